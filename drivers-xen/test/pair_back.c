// SPDX-License-Identifier: GPL-2.0
/* The backend of pair.h. */

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/mm.h>

#include <xen/events.h>

#include "../xenbus/xenbus.h"
#include "pair.h"

struct sum_back sum_back;

static int copy_numbers(struct sum_back *back, const struct sum_request *req)
{
	struct gnttab_copy copy = {
		.source.u.ref = req->gref,
		.source.domid = back->xdev->otherend_id,
		.dest.u.gmfn = xen_page_to_gfn(back->page),
		.dest.domid = DOMID_SELF,
		.len = req->num * sizeof(u32),
		.flags = GNTCOPY_source_gref,
	};

	gnttab_batch_copy(&copy, 1);
	return copy.status;
}

static void add_up(struct sum_back *back, const struct sum_request *req,
		   struct sum_response *rsp)
{
	const u32 *number = page_address(back->page);
	u32 i;

	back->asked++;
	*rsp = (struct sum_response) { .id = req->id };
	if (req->num > SUM_MAX) {
		rsp->status = SUM_BAD_NUMBER;
		return;
	}
	if (copy_numbers(back, req) != GNTST_okay) {
		rsp->status = SUM_BAD_GRANT;
		return;
	}
	for (i = 0; i < req->num; i++)
		rsp->sum += number[i];
}

/* True if there were questions */
static bool answer_all(struct sum_back *back)
{
	struct sum_response rsp, *slot;
	struct sum_request req;
	RING_IDX prod, cons;

	prod = READ_ONCE(back->ring.sring->req_prod);
	/* The questions before their number */
	virt_rmb();
	if (RING_REQUEST_PROD_OVERFLOW(&back->ring, prod)) {
		back->broken = true;
		dev_err_ratelimited(&back->xdev->dev,
				    "frontend: more questions than fit\n");
		return false;
	}
	cons = back->ring.req_cons;
	if (cons == prod)
		return false;
	for (; cons != prod; cons++) {
		RING_COPY_REQUEST(&back->ring, cons, &req);
		add_up(back, &req, &rsp);
		slot = RING_GET_RESPONSE(&back->ring,
					 back->ring.rsp_prod_pvt++);
		*slot = rsp;
	}
	back->ring.req_cons = cons;
	return true;
}

static irqreturn_t back_irq(int irq, void *dev_id)
{
	unsigned int eoi = XEN_EOI_FLAG_SPURIOUS;
	struct sum_back *back = dev_id;
	int more = true, notify;

	while (more && !back->broken) {
		if (answer_all(back)) {
			eoi = 0;
			RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&back->ring,
							     notify);
			if (notify)
				notify_remote_via_irq(irq);
		}
		if (!back->broken)
			RING_FINAL_CHECK_FOR_REQUESTS(&back->ring, more);
	}
	/* Who talks nonsense is not listened to any more: no EOI */
	if (!back->broken)
		xen_irq_lateeoi(irq, eoi);
	return IRQ_HANDLED;
}

static void disconnect(struct sum_back *back)
{
	if (back->irq)
		unbind_from_irqhandler(back->irq, back);
	back->irq = 0;
	if (back->ring.sring)
		xenbus_unmap_ring_vfree(back->xdev, back->ring.sring);
	back->ring.sring = NULL;
}

static int map_ring(struct sum_back *back, struct xenbus_device *xdev)
{
	unsigned int port;
	grant_ref_t ref;
	void *shared;
	int err;

	err = xenbus_gather(XBT_NIL, xdev->otherend, "ring-ref", "%u", &ref,
			    "event-channel", "%u", &port, NULL);
	if (err)
		return err;
	err = xenbus_map_ring_valloc(xdev, &ref, 1, &shared);
	if (err)
		return err;
	back->broken = false;
	BACK_RING_INIT(&back->ring, (struct sum_sring *)shared, XEN_PAGE_SIZE);
	err = bind_interdomain_evtchn_to_irqhandler_lateeoi(xdev, port,
							    back_irq, 0,
							    "sum-back", back);
	if (err < 0)
		return err;
	back->irq = err;
	return 0;
}

static void connect(struct sum_back *back, struct xenbus_device *xdev)
{
	int err;

	if (back->irq)
		return;
	err = map_ring(back, xdev);
	if (err) {
		disconnect(back);
		xenbus_dev_fatal(xdev, err, "connecting");
		return;
	}
	xenbus_switch_state(xdev, XenbusStateConnected);
}

static void frontend_changed(struct xenbus_device *xdev,
			     enum xenbus_state state)
{
	struct sum_back *back = dev_get_drvdata(&xdev->dev);

	switch (state) {
	case XenbusStateInitialising:
		if (xdev->state == XenbusStateClosed)
			xenbus_switch_state(xdev, XenbusStateInitWait);
		break;
	case XenbusStateInitialised:
		if (xdev->state == XenbusStateInitWait)
			connect(back, xdev);
		break;
	case XenbusStateUnknown:
	case XenbusStateClosing:
	case XenbusStateClosed:
		disconnect(back);
		xenbus_switch_state(xdev, state == XenbusStateClosing ?
					  XenbusStateClosing :
					  XenbusStateClosed);
		break;
	default:
		break;
	}
}

static int back_probe(struct xenbus_device *xdev,
		      const struct xenbus_device_id *id)
{
	if (sum_back.xdev)
		return -EBUSY;
	sum_back = (struct sum_back) {
		.xdev = xdev, .page = alloc_page(GFP_KERNEL),
	};
	if (!sum_back.page) {
		sum_back.xdev = NULL;
		return -ENOMEM;
	}
	dev_set_drvdata(&xdev->dev, &sum_back);
	xenbus_switch_state(xdev, XenbusStateInitWait);
	return 0;
}

static void back_remove(struct xenbus_device *xdev)
{
	disconnect(&sum_back);
	__free_page(sum_back.page);
	sum_back.xdev = NULL;
}

static int read_frontend(struct xenbus_device *xdev)
{
	return xenbus_read_otherend(xdev, "frontend-id", "frontend");
}

static const struct xenbus_device_id sum_ids[] = { { "sum" }, { "" } };

struct xenbus_driver sum_back_driver = {
	.name = "sum-back",
	.ids = sum_ids,
	.probe = back_probe,
	.remove = back_remove,
	.otherend_changed = frontend_changed,
	.read_otherend_details = read_frontend,
};
