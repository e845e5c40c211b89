/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xenstore, and the bus on which the devices described there appear.
 *
 * A device has two ends, the frontend and the backend, in two domains. Each end
 * has a directory in xenstore with a key "state" that only it writes and the
 * other end watches; see enum xenbus_state.
 *
 * Unless said otherwise, every function here sleeps, and returns 0 or a
 * negative error.
 *
 * Xen's public/io/xenbus.h, public/io/xs_wire.h and docs/misc/xenstore.txt.
 */
#ifndef _XEN_XENBUS_H
#define _XEN_XENBUS_H

/* Drivers rely on these to arrive with this header. */
#include <linux/device.h>
#include <linux/notifier.h>
#include <linux/mutex.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/completion.h>
#include <linux/init.h>
#include <linux/slab.h>
#include <linux/semaphore.h>

#include <xen/interface/xen.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/io/xenbus.h>
#include <xen/interface/io/xs_wire.h>
#include <xen/interface/event_channel.h>

struct xenbus_watch;

/* Pages that a ring may have */
#define XENBUS_MAX_RING_GRANT_ORDER	4
#define XENBUS_MAX_RING_GRANTS		(1U << XENBUS_MAX_RING_GRANT_ORDER)

/* Watches */

typedef bool (*xenbus_watch_filter)(struct xenbus_watch *watch,
				    const char *path, const char *token);
typedef void (*xenbus_watch_callback)(struct xenbus_watch *watch,
				      const char *path, const char *token);

/**
 * struct xenbus_watch - somebody who wants to know about changes
 * @list: for xenbus
 * @node: path to watch, with all that is below it
 * @nr_pending: for xenbus: events that wait for @callback
 * @nr_max: for xenbus: how many may; 0 for as many as "look again" takes, where the last
 *	one names @node
 * @will_handle: NULL, or a filter: false drops the event. Called in atomic
 *	context
 * @callback: called for each event from the thread xenwatch, one at a time, and
 *	once right after registration; may sleep
 *
 * Owned by the caller, and to be kept until it is unregistered.
 */
struct xenbus_watch {
	struct list_head list;
	const char *node;
	unsigned int nr_pending;
	unsigned int nr_max;
	xenbus_watch_filter will_handle;
	xenbus_watch_callback callback;
};

/**
 * register_xenbus_watch() - start to watch
 * @watch: with node and callback filled in
 *
 * Return: 0 or a negative error.
 */
int register_xenbus_watch(struct xenbus_watch *watch);

/**
 * unregister_xenbus_watch() - stop to watch
 * @watch: a registered watch
 *
 * Events that wait are dropped. A callback that runs is waited for, except in
 * the callback itself; so no lock that it takes may be held.
 */
void unregister_xenbus_watch(struct xenbus_watch *watch);

/* Devices and drivers */

/**
 * struct xenbus_device - one end of a device
 * @devicetype: "vbd", "vif", ...
 * @nodename: our directory in xenstore
 * @otherend: directory of the other end
 * @otherend_id: domain of the other end
 * @otherend_watch: watches its state
 * @dev: Linux' device
 * @state: our state, as it was last written
 * @writing: our state, as it is written, or was; set before the node and @state
 * @down: completed when the frontend has closed
 * @work: for the frontend bus
 * @reclaim_sem: held while probe or remove run
 * @event_channels: ports that were bound for this device
 * @events: events on them
 * @spurious_events: those which were for nothing
 * @jiffies_eoi_delayed: for how long they were kept masked because of that
 * @spurious_threshold: how many in a row are let pass
 * @held: the bus will have the device probed soon
 * @asked: the driver core wanted to probe it
 * @gone: it is not in xenstore any more
 * @reattached: it got another backend, at a restore or because it was attached once
 *	more, and has not been connected to that
 * @awaited: a new backend was waited for
 * @hidden: what @otherend was before it became none, to be freed
 * @leaving: its driver is being taken from it, and hears of the other end no more
 */
struct xenbus_device {
	const char *devicetype;
	const char *nodename;
	const char *otherend;
	int otherend_id;
	struct xenbus_watch otherend_watch;
	struct device dev;
	enum xenbus_state state;
	enum xenbus_state writing;
	struct completion down;
	struct work_struct work;
	struct semaphore reclaim_sem;

	atomic_t event_channels;
	atomic_t events;
	atomic_t spurious_events;
	atomic_t jiffies_eoi_delayed;
	unsigned int spurious_threshold;

	bool held;
	bool asked;
	bool gone;
	bool reattached;
	bool awaited;
	bool leaving;
	const char *hidden;
};

#define to_xenbus_device(d)	container_of_const(d, struct xenbus_device, dev)

/**
 * struct xenbus_device_id - a type of device that a driver serves
 * @devicetype: "vbd", "vif", ...; "" ends the list
 */
struct xenbus_device_id {
	char devicetype[32];
};

/**
 * struct xenbus_driver - a driver for one end of devices
 * @name: name of the driver, NULL to use the first device type
 * @ids: what it serves
 * @allow_rebind: a device that closed may be probed again
 * @not_essential: boot need not wait for such devices
 * @probe: a device has appeared; may sleep
 * @otherend_changed: the state of the other end has changed, or may have:
 *	called from xenwatch, also for states seen before; may sleep
 * @remove: the device goes; the other end is not watched any more; may sleep
 * @suspend: the domain is about to be suspended; may be NULL
 * @resume: the domain has been resumed, or, with no @suspend and in a system that goes on,
 *	another backend has come in the place of one that is gone: grants and ports
 *	serve nobody any more; may be NULL
 * @uevent: adds variables to the uevent; may be NULL
 * @driver: Linux' driver
 * @read_otherend_details: set by registration: finds the other end
 * @is_ready: tells boot whether the device is usable; may be NULL
 * @reclaim_memory: frees what the device can do without; may be NULL
 * @stage: set by registration: whether it may have devices
 *
 * Devices may be probed at the same time, by different threads; a device by one only.
 */
struct xenbus_driver {
	const char *name;
	const struct xenbus_device_id *ids;
	bool allow_rebind;
	bool not_essential;
	int (*probe)(struct xenbus_device *dev,
		     const struct xenbus_device_id *id);
	void (*otherend_changed)(struct xenbus_device *dev,
				 enum xenbus_state backend_state);
	void (*remove)(struct xenbus_device *dev);
	int (*suspend)(struct xenbus_device *dev);
	int (*resume)(struct xenbus_device *dev);
	int (*uevent)(const struct xenbus_device *dev,
		      struct kobj_uevent_env *env);
	struct device_driver driver;
	int (*read_otherend_details)(struct xenbus_device *dev);
	int (*is_ready)(struct xenbus_device *dev);
	void (*reclaim_memory)(struct xenbus_device *dev);
	unsigned int stage;
};

#define to_xenbus_driver(d)	container_of_const(d, struct xenbus_driver, driver)

/**
 * __xenbus_register_frontend() - register a driver for frontends
 * @drv: the driver
 * @owner: its module
 * @mod_name: name of its module
 *
 * While the kernel boots, or when a module is loaded, this waits for the
 * devices that are there to connect.
 *
 * Return: 0 or a negative error.
 */
int __must_check __xenbus_register_frontend(struct xenbus_driver *drv,
					    struct module *owner,
					    const char *mod_name);

/**
 * __xenbus_register_backend() - register a driver for backends
 * @drv: the driver
 * @owner: its module
 * @mod_name: name of its module
 *
 * Return: 0 or a negative error.
 */
int __must_check __xenbus_register_backend(struct xenbus_driver *drv,
					   struct module *owner,
					   const char *mod_name);

#define xenbus_register_frontend(drv)	\
	__xenbus_register_frontend(drv, THIS_MODULE, KBUILD_MODNAME)
#define xenbus_register_backend(drv)	\
	__xenbus_register_backend(drv, THIS_MODULE, KBUILD_MODNAME)

/**
 * xenbus_unregister_driver() - undo the registration; removes all devices
 * @drv: the driver
 */
void xenbus_unregister_driver(struct xenbus_driver *drv);

/* Reading and writing. All paths are in two parts, which are joined by '/'. */

/**
 * struct xenbus_transaction - accesses that count as one
 * @id: xenstore's number, 0 for none
 * @generation: of the connection that it belongs to; a restore brings another one, where the
 *	same number may be somebody else's
 */
struct xenbus_transaction {
	u32 id;
	u32 generation;
};

/* Not in a transaction */
#define XBT_NIL	((struct xenbus_transaction) { 0 })

/**
 * xenbus_transaction_start() - begin a transaction
 * @t: gets the transaction
 *
 * The domain is not suspended before it ends, or has taken 30 seconds. If so, all that is
 * done in it after the restore, or was under way, fails with -EAGAIN, the end as well.
 *
 * Return: 0 or a negative error.
 */
int xenbus_transaction_start(struct xenbus_transaction *t);

/**
 * xenbus_transaction_end() - end a transaction
 * @t: the transaction
 * @abort: not 0 to make all its changes undone
 *
 * Return: 0; -EAGAIN if somebody else changed the same keys, so that all has to
 * be done again; or another negative error.
 */
int xenbus_transaction_end(struct xenbus_transaction t, int abort);

/**
 * xenbus_directory() - list the keys below a path
 * @t: transaction or XBT_NIL
 * @dir: path, first part
 * @node: path, second part
 * @num: gets how many there are
 *
 * Return: array of names, to be freed with one kfree(), or an ERR_PTR().
 */
char **xenbus_directory(struct xenbus_transaction t, const char *dir,
			const char *node, unsigned int *num);

/**
 * xenbus_read() - read a key
 * @t: transaction or XBT_NIL
 * @dir: path, first part
 * @node: path, second part
 * @len: gets the length without the final NUL; may be NULL
 *
 * Return: the value, to be freed with kfree(), or an ERR_PTR().
 */
void *xenbus_read(struct xenbus_transaction t, const char *dir,
		  const char *node, unsigned int *len);

/**
 * xenbus_read_unsigned() - read a number
 * @dir: path, first part
 * @node: path, second part
 * @default_val: what to return if there is no number
 */
unsigned int xenbus_read_unsigned(const char *dir, const char *node,
				  unsigned int default_val);

/**
 * xenbus_scanf() - read a key and take it apart
 * @t: transaction or XBT_NIL
 * @dir: path, first part
 * @node: path, second part
 * @fmt: as for sscanf()
 *
 * Return: how many conversions were done; -ERANGE for none; or the error of the
 * read.
 */
int xenbus_scanf(struct xenbus_transaction t, const char *dir,
		 const char *node, const char *fmt, ...) __scanf(4, 5);

/**
 * xenbus_gather() - read several keys
 * @t: transaction or XBT_NIL
 * @dir: their directory
 *
 * Followed by three arguments for each key, and NULL: the name of the key, a
 * format as for sscanf(), and a pointer. Where the format is NULL, the pointer
 * gets the value as a string, to be freed with kfree(). On an error, strings of the
 * keys before the one that failed are there, and to be freed.
 *
 * Return: 0 or the first error.
 */
int xenbus_gather(struct xenbus_transaction t, const char *dir, ...);

/**
 * xenbus_write() - write a key
 * @t: transaction or XBT_NIL
 * @dir: path, first part
 * @node: path, second part
 * @string: the value
 *
 * Return: 0 or a negative error.
 */
int xenbus_write(struct xenbus_transaction t, const char *dir,
		 const char *node, const char *string);

/**
 * xenbus_printf() - put a value together and write it
 * @t: transaction or XBT_NIL
 * @dir: path, first part
 * @node: path, second part
 * @fmt: as for printk()
 *
 * Return: 0 or a negative error.
 */
__printf(4, 5)
int xenbus_printf(struct xenbus_transaction t, const char *dir,
		  const char *node, const char *fmt, ...);

/**
 * xenbus_mkdir() - make a key without a value
 * @t: transaction or XBT_NIL
 * @dir: path, first part
 * @node: path, second part
 *
 * Return: 0, also if it is there already, or a negative error.
 */
int xenbus_mkdir(struct xenbus_transaction t, const char *dir,
		 const char *node);

/**
 * xenbus_exists() - is there such a key?
 * @t: transaction or XBT_NIL
 * @dir: path, first part
 * @node: path, second part
 *
 * Return: 1 or 0.
 */
int xenbus_exists(struct xenbus_transaction t, const char *dir,
		  const char *node);

/**
 * xenbus_rm() - remove a key and all that is below it
 * @t: transaction or XBT_NIL
 * @dir: path, first part
 * @node: path, second part
 *
 * Return: 0 or a negative error.
 */
int xenbus_rm(struct xenbus_transaction t, const char *dir, const char *node);

/* An error which only says that a key is not there, or not yet written */
#define XENBUS_EXIST_ERR(err)	((err) == -ENOENT || (err) == -ERANGE)

/**
 * xenbus_refuse_empty() - treat an empty value as an error
 * @str: from xenbus_read()
 *
 * Return: @str, or ERR_PTR(-ERANGE) with @str freed.
 */
static inline void *xenbus_refuse_empty(char *str)
{
	if (IS_ERR(str) || *str)
		return str;

	kfree(str);
	return ERR_PTR(-ERANGE);
}

/* Replaces an empty string by an error, and tells whether @str is an error. */
#define XENBUS_IS_ERR_READ(str)	IS_ERR((str) = xenbus_refuse_empty(str))

/* States */

/**
 * xenbus_switch_state() - change our state
 * @dev: our end of the device
 * @new_state: the state
 *
 * Does nothing if we are in that state, or if our directory is gone.
 *
 * Return: 0; errors are reported through xenbus_dev_fatal().
 */
int xenbus_switch_state(struct xenbus_device *dev, enum xenbus_state new_state);

/**
 * xenbus_read_driver_state() - read the state of an end
 * @path: its directory
 *
 * Return: the state, XenbusStateUnknown if there is none.
 */
enum xenbus_state xenbus_read_driver_state(const char *path);

/**
 * xenbus_strstate() - name of a state, for messages
 * @state: any number
 *
 * Context: any.
 */
const char *xenbus_strstate(enum xenbus_state state);

/**
 * xenbus_dev_is_online() - does the tool stack want to keep a backend?
 * @dev: the backend
 *
 * Return: value of its key "online", 0 if there is none.
 */
int xenbus_dev_is_online(struct xenbus_device *dev);

/**
 * xenbus_frontend_closed() - the frontend has let go of everything
 * @dev: the frontend
 *
 * Switches to Closed and lets go whoever waits for that.
 *
 * Return: 0.
 */
int xenbus_frontend_closed(struct xenbus_device *dev);

/**
 * xenbus_dev_error() - report an error
 * @dev: the device
 * @err: negative error
 * @fmt: what went wrong, as for printk()
 *
 * Goes to the log and to xenstore, where the tool stack sees it.
 */
__printf(3, 4)
void xenbus_dev_error(struct xenbus_device *dev, int err, const char *fmt, ...);

/**
 * xenbus_dev_fatal() - report an error and give the device up
 * @dev: the device, which goes to Closing
 * @err: negative error
 * @fmt: what went wrong, as for printk()
 */
__printf(3, 4)
void xenbus_dev_fatal(struct xenbus_device *dev, int err, const char *fmt, ...);

/* What drivers need to connect. On errors these call xenbus_dev_fatal(). */

/**
 * xenbus_watch_path() - fill in and register a watch
 * @dev: for which device
 * @path: path to watch, which must stay
 * @watch: the watch
 * @will_handle: see &struct xenbus_watch
 * @callback: see &struct xenbus_watch
 *
 * Return: 0, or a negative error with the node of @watch cleared.
 */
int xenbus_watch_path(struct xenbus_device *dev, const char *path,
		      struct xenbus_watch *watch,
		      xenbus_watch_filter will_handle,
		      xenbus_watch_callback callback);

/**
 * xenbus_watch_pathfmt() - the same with the path put together
 * @dev: for which device
 * @watch: the watch; its node is to be freed with kfree() afterwards
 * @will_handle: see &struct xenbus_watch
 * @callback: see &struct xenbus_watch
 * @pathfmt: as for printk()
 *
 * Return: 0 or a negative error with nothing to free.
 */
__printf(5, 6)
int xenbus_watch_pathfmt(struct xenbus_device *dev, struct xenbus_watch *watch,
			 xenbus_watch_filter will_handle,
			 xenbus_watch_callback callback,
			 const char *pathfmt, ...);

/**
 * xenbus_setup_ring() - allocate a ring and grant it to the other end
 * @dev: the device
 * @gfp: how to allocate
 * @vaddr: gets the ring, zeroed
 * @nr_pages: its size
 * @grefs: gets a reference for each page
 *
 * Return: 0 or a negative error with @vaddr NULL and @grefs invalid.
 */
int xenbus_setup_ring(struct xenbus_device *dev, gfp_t gfp, void **vaddr,
		      unsigned int nr_pages, grant_ref_t *grefs);

/**
 * xenbus_teardown_ring() - end access and free the ring
 * @vaddr: the ring; set to NULL
 * @nr_pages: its size
 * @grefs: its references; made invalid
 */
void xenbus_teardown_ring(void **vaddr, unsigned int nr_pages,
			  grant_ref_t *grefs);

/**
 * xenbus_map_ring_valloc() - map a ring of the other end
 * @dev: the device
 * @gnt_refs: its references
 * @nr_grefs: how many, at most XENBUS_MAX_RING_GRANTS
 * @vaddr: gets the ring
 *
 * Return: 0 or a negative error with @vaddr NULL.
 */
int xenbus_map_ring_valloc(struct xenbus_device *dev, grant_ref_t *gnt_refs,
			   unsigned int nr_grefs, void **vaddr);

/**
 * xenbus_unmap_ring_vfree() - unmap it
 * @dev: the device
 * @vaddr: the ring
 *
 * Return: 0, or a GNTST_* status.
 */
int xenbus_unmap_ring_vfree(struct xenbus_device *dev, void *vaddr);

/**
 * xenbus_alloc_evtchn() - open a port for the other end
 * @dev: the device
 * @port: gets the local port
 *
 * Return: 0 or a negative error.
 */
int xenbus_alloc_evtchn(struct xenbus_device *dev, evtchn_port_t *port);

/**
 * xenbus_free_evtchn() - close a port
 * @dev: the device
 * @port: the local port, without an interrupt
 *
 * Return: 0 or a negative error.
 */
int xenbus_free_evtchn(struct xenbus_device *dev, evtchn_port_t port);

/* The store itself */

/**
 * register_xenstore_notifier() - be told when xenstore can be used
 * @nb: called from here if it can be used already
 *
 * Return: 0.
 */
int register_xenstore_notifier(struct notifier_block *nb);

/**
 * unregister_xenstore_notifier() - do not want to know any more
 * @nb: as registered
 */
void unregister_xenstore_notifier(struct notifier_block *nb);

/* Not 0: xenstore can be used */
extern int xenstored_ready;

/**
 * xs_suspend() - finish all requests and let no new ones start
 */
void xs_suspend(void);

/**
 * xs_resume() - connect anew, and set all watches again
 */
void xs_resume(void);

/**
 * xs_suspend_cancel() - undo xs_suspend(): the connection has stayed
 */
void xs_suspend_cancel(void);

/* For xenfs: the file operations of /dev/xen/xenbus, and dom0's own ring */
extern const struct file_operations xen_xenbus_fops;
extern struct xenstore_domain_interface *xen_store_interface;
extern int xen_store_evtchn;

#endif /* _XEN_XENBUS_H */
