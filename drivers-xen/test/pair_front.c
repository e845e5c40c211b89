// SPDX-License-Identifier: GPL-2.0
/* The frontend of pair.h. */

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/mm.h>

#include <xen/events.h>

#include "../xenbus/xenbus.h"
#include "pair.h"

/* What a sum of each request needs, and what all of them do */
#define GRANTS_MIN	1
#define GRANTS_MAX	(SUM_RING_SIZE / 2)

struct sum_front sum_front;

unsigned int sum_unanswered(void)
{
	unsigned int i, num = 0;

	for (i = 0; i < SUM_RING_SIZE; i++)
		num += !!sum_front.pending[i].page;
	return num;
}

static struct sum_pending *free_slot(struct sum_front *front)
{
	unsigned int i;

	for (i = 0; i < SUM_RING_SIZE; i++) {
		if (!front->pending[i].page)
			return &front->pending[i];
	}
	return NULL;
}

static void grants_again(void *arg)
{
	struct sum_front *front = arg;

	front->wakeups++;
}

static struct page *page_of_numbers(u32 value, u32 num)
{
	struct page *page = alloc_page(GFP_ATOMIC | __GFP_ZERO);

	if (page)
		memset32(page_address(page), value, min(num, SUM_MAX));
	return page;
}

static void push_request(struct sum_front *front, struct sum_pending *slot,
			 u32 num)
{
	struct sum_request *req;
	int notify;

	req = RING_GET_REQUEST(&front->ring, front->ring.req_prod_pvt++);
	*req = (struct sum_request) {
		.id = slot - front->pending, .gref = slot->gref, .num = num,
	};
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&front->ring, notify);
	if (notify)
		notify_remote_via_irq(front->irq);
}

int sum_ask(u32 value, u32 num)
{
	struct sum_front *front = &sum_front;
	struct sum_pending *slot;
	grant_ref_t head;

	if (!front->irq || front->broken)
		return -ENOTCONN;
	slot = free_slot(front);
	if (!slot || RING_FULL(&front->ring))
		return -EBUSY;
	if (gnttab_budget_get(&front->budget, 1, &head)) {
		gnttab_budget_wait(&front->budget, 1, grants_again, front);
		return -EBUSY;
	}

	slot->page = page_of_numbers(value, num);
	if (!slot->page) {
		gnttab_budget_put(&front->budget, head);
		return -ENOMEM;
	}
	slot->gref = gnttab_claim_grant_reference(&head);
	gnttab_grant_foreign_access_ref(slot->gref, front->xdev->otherend_id,
					xen_page_to_gfn(slot->page), 1);
	push_request(front, slot, num);
	return 0;
}

static void end_question(struct sum_front *front, struct sum_pending *slot)
{
	gnttab_budget_end(&front->budget, slot->gref, slot->page);
	slot->page = NULL;
}

/* False for an answer to nothing */
static bool take_answer(struct sum_front *front,
			const struct sum_response *rsp)
{
	struct sum_pending *slot;
	u64 sum = 0;
	u32 *number;
	int i;

	if (rsp->id >= SUM_RING_SIZE || !front->pending[rsp->id].page)
		return false;
	slot = &front->pending[rsp->id];
	number = page_address(slot->page);
	for (i = 0; i < SUM_MAX; i++)
		sum += number[i];

	front->answers++;
	if (rsp->status != SUM_OKAY)
		front->errors++;
	else if (rsp->sum != sum)
		front->wrong++;
	end_question(front, slot);
	return true;
}

static void give_up(struct sum_front *front, const char *why)
{
	front->broken = true;
	dev_err_ratelimited(&front->xdev->dev, "backend: %s\n", why);
}

static bool take_answers(struct sum_front *front)
{
	struct sum_response rsp;
	bool found = false;
	RING_IDX cons, prod;

	prod = READ_ONCE(front->ring.sring->rsp_prod);
	/* The answers before their number */
	virt_rmb();
	if (RING_RESPONSE_PROD_OVERFLOW(&front->ring, prod)) {
		give_up(front, "more answers than questions");
		return false;
	}
	for (cons = front->ring.rsp_cons; cons != prod; cons++) {
		RING_COPY_RESPONSE(&front->ring, cons, &rsp);
		found = true;
		if (!take_answer(front, &rsp)) {
			give_up(front, "an answer to nothing");
			return false;
		}
	}
	front->ring.rsp_cons = cons;
	return found;
}

static irqreturn_t front_irq(int irq, void *dev_id)
{
	unsigned int eoi = XEN_EOI_FLAG_SPURIOUS;
	struct sum_front *front = dev_id;
	int more = true;

	front->events++;
	while (more && !front->broken) {
		if (take_answers(front))
			eoi = 0;
		if (!front->broken)
			RING_FINAL_CHECK_FOR_RESPONSES(&front->ring, more);
	}
	/* Who talks nonsense is not listened to any more: no EOI */
	if (!front->broken)
		xen_irq_lateeoi(irq, eoi);
	return IRQ_HANDLED;
}

static void disconnect(struct sum_front *front)
{
	unsigned int i;

	if (front->irq)
		unbind_from_irqhandler(front->irq, front);
	else if (front->port)
		xenbus_free_evtchn(front->xdev, front->port);
	front->irq = 0;
	front->port = 0;
	for (i = 0; i < SUM_RING_SIZE; i++) {
		if (front->pending[i].page)
			end_question(front, &front->pending[i]);
	}
	xenbus_teardown_ring(&front->shared, 1, &front->ring_ref);
	if (front->has_budget)
		gnttab_budget_exit(&front->budget);
	front->has_budget = false;
}

static int make_ring(struct sum_front *front, struct xenbus_device *xdev)
{
	int err;

	err = gnttab_budget_init(&front->budget, dev_name(&xdev->dev),
				 xdev->otherend_id, GRANTS_MIN, GRANTS_MAX);
	if (err)
		return err;
	front->has_budget = true;
	front->broken = false;

	err = xenbus_setup_ring(xdev, GFP_KERNEL, &front->shared, 1,
				&front->ring_ref);
	if (err)
		return err;
	XEN_FRONT_RING_INIT(&front->ring, (struct sum_sring *)front->shared,
			    XEN_PAGE_SIZE);

	err = xenbus_alloc_evtchn(xdev, &front->port);
	if (err)
		return err;
	err = bind_evtchn_to_irqhandler_lateeoi(front->port, front_irq, 0,
						"sum-front", front);
	if (err < 0)
		return err;
	front->irq = err;
	return 0;
}

static int write_keys(struct sum_front *front, struct xenbus_device *xdev)
{
	struct xenbus_transaction t;
	int err;

	do {
		err = xenbus_transaction_start(&t);
		if (err)
			return err;
		err = xenbus_printf(t, xdev->nodename, "ring-ref", "%u",
				    front->ring_ref) ?:
		      xenbus_printf(t, xdev->nodename, "event-channel", "%u",
				    front->port);
		if (err) {
			xenbus_transaction_end(t, 1);
			return err;
		}
		err = xenbus_transaction_end(t, 0);
	} while (err == -EAGAIN);
	return err;
}

static void connect(struct sum_front *front, struct xenbus_device *xdev)
{
	int err;

	if (front->shared || front->has_budget)
		return;
	err = make_ring(front, xdev) ?: write_keys(front, xdev);
	if (err) {
		disconnect(front);
		xenbus_dev_fatal(xdev, err, "connecting");
		return;
	}
	xenbus_switch_state(xdev, XenbusStateInitialised);
}

static void backend_changed(struct xenbus_device *xdev,
			    enum xenbus_state state)
{
	struct sum_front *front = dev_get_drvdata(&xdev->dev);

	switch (state) {
	case XenbusStateInitWait:
		if (xdev->state == XenbusStateClosed)
			xenbus_switch_state(xdev, XenbusStateInitialising);
		connect(front, xdev);
		break;
	case XenbusStateConnected:
		if (xdev->state == XenbusStateInitialised)
			xenbus_switch_state(xdev, XenbusStateConnected);
		break;
	case XenbusStateUnknown:
	case XenbusStateClosing:
	case XenbusStateClosed:
		disconnect(front);
		xenbus_frontend_closed(xdev);
		break;
	default:
		break;
	}
}

static int front_probe(struct xenbus_device *xdev,
		       const struct xenbus_device_id *id)
{
	if (sum_front.xdev)
		return -EBUSY;
	sum_front = (struct sum_front) {
		.xdev = xdev, .ring_ref = INVALID_GRANT_REF,
	};
	dev_set_drvdata(&xdev->dev, &sum_front);
	return 0;
}

static void front_remove(struct xenbus_device *xdev)
{
	disconnect(&sum_front);
	sum_front.xdev = NULL;
}

static int read_backend(struct xenbus_device *xdev)
{
	return xenbus_read_otherend(xdev, "backend-id", "backend");
}

static const struct xenbus_device_id sum_ids[] = { { "sum" }, { "" } };

struct xenbus_driver sum_front_driver = {
	.name = "sum-front",
	.ids = sum_ids,
	.probe = front_probe,
	.remove = front_remove,
	.otherend_changed = backend_changed,
	.read_otherend_details = read_backend,
};
