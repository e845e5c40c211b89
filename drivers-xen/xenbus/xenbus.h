/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private interface of the xenstore client and the xenbus bus.
 *
 * A packet travels through the files in this order:
 *
 *   store.c    typed call, builds a request and waits
 *   request.c  gives it an id and queues it
 *   send.c     puts it into the ring
 *   pump.c     the "xenbus" thread does so, too, and takes what comes in
 *   wire.c     through the shared page, to its request or to
 *   watch.c    registry, queue, the "xenwatch" thread
 *   bus.c      otherend watch and root watch, devices and drivers
 *
 * What a store that misbehaves leads to:
 *
 *   bad ring index, header, length, type or request id
 *           the stream can no longer be followed: the connection is broken,
 *           every waiter gets -EIO, later requests get -EIO at once, until
 *           xs_resume() starts a new connection
 *   bad body of one reply
 *           that request gets -EIO, the connection stays up
 *   bad watch event
 *           dropped
 *   silence one message; waiting goes on and ends with an answer or a kill
 *
 * Each case prints one rate-limited line.
 *
 * Lock order: xs_store.pump_lock, then xs_store.lock, then xs_store.event_lock.
 * xs_store.registry_lock nests outside xs_store.lock and event_lock and is
 * never held while waiting for an answer.
 */
#ifndef _XENBUS_PRIVATE_H
#define _XENBUS_PRIVATE_H

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/spinlock.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <xen/xenbus.h>

#define XS_REPLY_TIMEOUT	(30 * HZ)
/* The same when the system ends */
#define XS_END_TIMEOUT		HZ
#define XS_KILL_GRACE		(2 * HZ)
/* Events that one watch may have waiting for delivery. */
#define XS_WATCH_QUEUE_MAX	256
/* Room for a watch token: a pointer in hexadecimal and a NUL. */
#define XS_TOKEN_SIZE		(2 * sizeof(long) + 1)

/**
 * struct xs_wire - the two byte rings in the page shared with the store
 * @page: the shared page, written by the peer at any time
 * @notify: tells the peer to look at the page
 * @port: event channel used by @notify
 * @req_prod: our request producer index; the page holds a copy of it
 * @rsp_cons: our response consumer index; the page holds a copy of it
 * @notify_due: @notify is to be called
 * @stale: @req_prod and @rsp_cons are to be read from the page once the peer has
 *	reconnected
 * @reset_ms: how long xs_wire_reset() waits for the peer to reconnect
 *
 * Serialised by xs_store.pump_lock.
 */
struct xs_wire {
	struct xenstore_domain_interface *page;
	void (*notify)(struct xs_wire *wire);
	evtchn_port_t port;
	u32 req_prod;
	u32 rsp_cons;
	bool notify_due;
	bool stale;
	unsigned int reset_ms;
};

int xs_wire_put(struct xs_wire *wire, const void *data, unsigned int len);
int xs_wire_get(struct xs_wire *wire, void *data, unsigned int len);
void xs_wire_flush(struct xs_wire *wire);
int xs_wire_reset(struct xs_wire *wire);

struct xs_store;

enum xs_request_state {
	XS_REQ_NEW,
	XS_REQ_QUEUED,
	XS_REQ_SENT,
};

/**
 * struct xs_request - one message to the store and its answer
 * @list: on xs_store.outq until the last byte is in the ring
 * @state: how far it got; under xs_store.lock
 * @sent: bytes in the ring so far, header included
 * @done: called by the "xenbus" thread when there is an answer, NULL when
 *	somebody waits on @answered; changed under xs_store.lock
 * @owner: for @done
 * @dated: part of a transaction of the connection with number @generation
 * @generation: see @dated
 * @user_id: request id that the user of /dev/xen/xenbus chose
 * @answered: completed when @done is NULL
 * @err: 0, or why there is no reply
 * @reply_type: type of the reply, may be XS_ERROR
 * @reply_len: length of @reply without the NUL that is always behind it
 * @reply: kmalloc()ed body of the reply, freed with the request
 * @hdr: header on the wire
 * @body: @hdr.len bytes that follow it
 */
struct xs_request {
	struct list_head list;
	enum xs_request_state state;
	unsigned int sent;
	void (*done)(struct xs_store *store, struct xs_request *req);
	void *owner;
	bool dated;
	unsigned int generation;
	u32 user_id;
	struct completion answered;
	int err;
	u32 reply_type;
	u32 reply_len;
	char *reply;
	struct xsd_sockmsg hdr;
	char body[];
};

/**
 * struct xs_event - one watch event, from the ring to its callback
 * @list: on xs_store.events
 * @watch: whom it is for
 * @path: what changed; points into @body or is the node that is watched
 * @token: token of the watch, in @body
 * @body: as received, with a NUL behind it
 */
struct xs_event {
	struct list_head list;
	struct xenbus_watch *watch;
	const char *path;
	const char *token;
	char body[];
};

/**
 * struct xs_parser - what of the current incoming message is known
 * @hdr: header, complete when @have reaches its size
 * @hunting: where a message begins is not known: what comes is for somebody else,
 *	or the rest of it, until there is the header of an answer to us
 * @have: header bytes received
 * @got: body bytes received
 * @req: request that it answers, NULL for a watch event
 * @event: room for a watch event
 * @reply: room for a reply
 */
struct xs_parser {
	struct xsd_sockmsg hdr;
	bool hunting;
	unsigned int have;
	unsigned int got;
	struct xs_request *req;
	struct xs_event *event;
	char *reply;
};

/**
 * struct xs_store - a connection to xenstore
 * @wire: the rings; under @pump_lock
 * @pump_lock: held by whoever touches the rings
 * @parser: the incoming message; under @pump_lock
 * @parked: leave the rings alone (suspend); under @pump_lock
 * @irq: interrupt of @wire.port, 0 without
 * @lock: requests and the flags below
 * @outq: requests that are not completely in the ring
 * @inflight: all requests without an answer, by request id
 * @next_id: where the search for the next request id starts
 * @broken: the peer talks nonsense, see the top of this file
 * @silent: the message about a silent peer is out
 * @kick: there may be something to do for the "xenbus" thread
 * @events_seen: the peer has notified us at least once
 * @wake: where the "xenbus" thread waits for @kick
 * @pump: the "xenbus" thread
 * @users: requests and kernel transactions under way
 * @suspending: nothing new may start
 * @gate: woken when @users falls to 0 or @suspending ends
 * @generation: counts new connections (resume); written with @pump_lock and @lock held
 * @timeout: jiffies without an answer before the message, while the system runs
 * @registry_lock: serialises changes of @watches
 * @event_lock: @watches, @events, @running and xenbus_watch.nr_pending
 * @watches: registered watches
 * @events: events waiting for delivery
 * @running: watch whose callback runs
 * @event_wake: where the "xenwatch" thread waits for @events
 * @event_idle: woken when a callback has returned
 * @xenwatch: the "xenwatch" thread
 */
struct xs_store {
	struct xs_wire wire;
	/* The rings and the parser. */
	struct mutex pump_lock;
	struct xs_parser parser;
	bool parked;
	int irq;

	/* Requests. */
	spinlock_t lock;
	struct list_head outq;
	struct xarray inflight;
	u32 next_id;
	bool broken;
	bool silent;

	bool kick;
	bool events_seen;
	wait_queue_head_t wake;
	struct task_struct *pump;

	unsigned int users;
	bool suspending;
	wait_queue_head_t gate;
	unsigned int generation;
	unsigned long timeout;

	/* Changes of the list of watches. */
	struct mutex registry_lock;
	/* Watches and events. */
	spinlock_t event_lock;
	struct list_head watches;
	struct list_head events;
	struct xenbus_watch *running;
	wait_queue_head_t event_wake;
	wait_queue_head_t event_idle;
	struct task_struct *xenwatch;
};

/* The connection that the public calls use; NULL before there is one. */
extern struct xs_store *xs_store;

/* request.c */
void xs_silence(struct xs_store *store);
struct xs_request *xs_request_alloc(u32 type, u32 tx_id,
				    const struct kvec *iov, unsigned int num);
void xs_request_free(struct xs_request *req);
int xs_queue(struct xs_store *store, struct xs_request *req);
int xs_submit(struct xs_store *store, struct xs_request *req);
void xs_request_finish(struct xs_store *store, struct xs_request *req,
		       int err);
int xs_request_wait(struct xs_store *store, struct xs_request *req);
int xs_send_async(struct xs_store *store, u32 type, u32 tx_id,
		  const struct kvec *iov, unsigned int num);
void xs_abort_transaction(struct xs_store *store, u32 tx_id);
void xs_fail_requests(struct xs_store *store, int err, bool broken);

/* send.c */
int xs_send_some(struct xs_store *store);
void xs_kick(struct xs_store *store);
void xs_push(struct xs_store *store);

/* pump.c */
void xs_parser_reset(struct xs_parser *parser);
void xs_store_init(struct xs_store *store);
int xs_store_start(struct xs_store *store);
void xs_store_stop(struct xs_store *store);

/* suspend.c */
void xs_gate_enter(struct xs_store *store, bool inside);
void xs_gate_leave(struct xs_store *store);

/* store.c */
struct xs_request *xs_read_begin(struct xs_store *store,
				 struct xenbus_transaction t, const char *dir,
				 const char *node);
void *xs_read_end(struct xs_store *store, struct xs_request *req);
void *xs_talk(struct xenbus_transaction t, u32 type, const struct kvec *iov,
	      unsigned int num, unsigned int *len);
char *xs_join(const char *dir, const char *name);
int xs_error_to_errno(const char *name);
const char *xs_errno_to_error(int err);

/* watch.c */
void xs_watch_event(struct xs_store *store, struct xs_event *event,
		    unsigned int len);
int xs_watch_start(struct xs_store *store);
void xs_watch_stop(struct xs_store *store);
void xs_watch_again(struct xs_store *store);
void xs_unwatch_nowait(struct xenbus_watch *watch);
void xs_run_in_xenwatch(void (*fn)(void *arg), void *arg);

/* init.c */
evtchn_port_t xenbus_store_port(void);
int xenbus_store_appears(evtchn_port_t port);
bool xenbus_store_is_local(void);
bool xenbus_wait_for_store(unsigned int seconds);

/**
 * struct xenbus_bus - one of the two buses, "xen" and "xen-backend"
 * @bus: the bus that the driver core sees
 * @root: directory in xenstore whose children are device types
 * @depth: slashes in the node name of a device
 * @watch: watch on @root
 * @is_frontend: devices of this bus are frontends
 * @take_over_ms: while this is not 0, devices that are in use are taken over from
 *	whoever ran in this domain before; their backends get so long for each step
 */
struct xenbus_bus {
	const struct bus_type bus;
	const char *root;
	unsigned int depth;
	struct xenbus_watch watch;
	bool is_frontend;
	unsigned int take_over_ms;
};

#define to_xenbus_bus(b)	container_of_const(b, struct xenbus_bus, bus)

/* So many devices are dealt with at the same time. */
#define XENBUS_AT_ONCE	8

/**
 * struct xenbus_job - something that is done at the same time as others
 * @list: on the caller's list
 * @work: for together.c
 * @run: does it
 */
struct xenbus_job {
	struct list_head list;
	struct work_struct work;
	void (*run)(struct xenbus_job *job);
};

/**
 * struct xenbus_node - a node that may be a device
 * @list: on the list of a scan
 * @hash: for scan.c
 * @known: there is a device
 * @state: state of that end
 * @job: for takeover.c
 * @timeout_ms: likewise
 * @path: the node, like device/vbd/51712
 */
struct xenbus_node {
	struct list_head list;
	struct hlist_node hash;
	bool known;
	enum xenbus_state state;
	struct xenbus_job job;
	unsigned int timeout_ms;
	char path[];
};

/* Stages of a driver, in xenbus_driver.stage. */
enum {
	/* Not, or not any more */
	XENBUS_DRIVER_AWAY,
	/* The core learns of it: devices are probed afterwards. */
	XENBUS_DRIVER_COMES,
	XENBUS_DRIVER_HERE,
};

/* ends.c, and for its unit test */
bool xs_ends_without_store(struct xs_store *store, unsigned long waited);
#if IS_ENABLED(CONFIG_KUNIT)
bool xenbus_store_is_gone(void);
int xenbus_system_goes(struct notifier_block *nb, unsigned long action,
		       void *data);
#endif

/* sysfs.c */
extern const struct attribute_group *xenbus_dev_groups[];

/* bus.c */
bool xenbus_fits(const struct xenbus_driver *drv,
		 const struct xenbus_device *xdev);
int xenbus_match(struct device *dev, const struct device_driver *drv);
int xenbus_dev_probe(struct device *dev);
void xenbus_dev_remove(struct device *dev);
void xenbus_dev_shutdown(struct device *dev);
bool xenbus_system_ends(void);
int xenbus_register_driver_common(struct xenbus_driver *drv,
				  struct xenbus_bus *bus,
				  struct module *owner, const char *mod_name);
int xenbus_dev_connect(struct xenbus_device *xdev, struct xenbus_driver *drv,
		       int (*start)(struct xenbus_device *xdev));
int xenbus_dev_watch(struct xenbus_device *xdev);
void xenbus_dev_unwatch(struct xenbus_device *xdev);
void xenbus_hide_otherend(struct xenbus_device *xdev);
void xenbus_dev_disconnect(struct xenbus_device *xdev);
int xenbus_read_otherend(struct xenbus_device *xdev, const char *id_key,
			 const char *path_key);

/* In such a state an end may use what the other one has granted it. */
static inline bool xenbus_is_active(enum xenbus_state state)
{
	return state == XenbusStateInitialised ||
		state == XenbusStateConnected ||
		state == XenbusStateReconfiguring ||
		state == XenbusStateReconfigured;
}

/* The node says so already. */
static inline void xenbus_set_initialising(struct xenbus_device *xdev)
{
	WRITE_ONCE(xdev->writing, XenbusStateInitialising);
	WRITE_ONCE(xdev->state, XenbusStateInitialising);
}

/* together.c */
void xenbus_do_together(struct list_head *jobs);

/* attach.c */
void xenbus_attach_devices(const struct xenbus_bus *bus);
void xenbus_attach_driver(const struct xenbus_bus *bus,
			  const struct xenbus_driver *drv);

/* unbind.c */
extern const struct attribute_group *xenbus_drv_groups[];
bool xenbus_unbind(struct device *dev, const struct device_driver *drv);
void xenbus_unbind_all(struct xenbus_driver *drv);

/* nodes.c */
void xenbus_list_nodes(const char *dir, unsigned int depth,
		       struct list_head *nodes);
void xenbus_read_states(struct list_head *nodes);
void xenbus_free_nodes(struct list_head *nodes);

/* scan.c */
void xenbus_scan(struct xenbus_bus *bus, const char *dir, unsigned int depth);
void xenbus_root_changed(struct xenbus_watch *watch, const char *path,
			 const char *token);
int xenbus_add_node(struct xenbus_bus *bus, const char *node);
int xenbus_bus_id(const struct xenbus_bus *bus, const char *node, char *id,
		  size_t size);

/* reattach.c */
bool xenbus_reattach(struct xenbus_device *xdev, enum xenbus_state state);

/* absent.c */
bool xenbus_has_frontend(struct xenbus_bus *bus, const char *node);
void xenbus_forget_absent(const struct xenbus_bus *bus, const char *dir);

/* takeover.c */
int xenbus_take_over(const char *node, unsigned int timeout_ms);
void xenbus_take_over_all(struct list_head *nodes, unsigned int timeout_ms);

/* client.c */
bool xenbus_watch_idle(struct xenbus_watch *watch, const char *path,
		       const char *token);

#endif
