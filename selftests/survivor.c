// SPDX-License-Identifier: GPL-2.0
/*
 * survivor FILE - uses what a suspend of the domain must leave in order
 *
 * No test by itself: it runs while the tool stack pauses, saves, restores and
 * migrates the domain, and writes again and again one line into FILE, a count and
 * a word for each of these, "=ok" or "=bad":
 *
 *   store   a key below "data" is written, its watch fires, it is read back. The
 *           watch is set once and must be there in every life
 *   tx      a transaction is kept open for some time. In a new life it is gone and
 *           says so; in the old one it must come to its end
 *   timers  a periodic timer on each CPU goes on
 *   clock   no clock goes backwards, on no CPU
 *   steal   no more time was stolen than has gone by; to a new life's vCPUs, the
 *           wait for the domain's memory is none
 *   grant   a page that is granted to domain 0 keeps its content, and can be freed
 *           in whatever life
 *
 * What is bad is said once, on standard error, and stays bad.
 *
 * Needs: libxenstore, /dev/xen/xenbus; /dev/xen/gntalloc for "grant".
 */
#include <poll.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <xenstore.h>

#include "xentest.h"
#include "grantdev.h"

#define KEY		"data/survivor"
#define TOKEN		"survivor"
#define LOOP_US		100000
#define TICK_NS		(50 * XT_MS)
/* Under emulation, and behind others. */
#define PATIENCE_MS	20000
#define TX_LOOPS	10
#define GRANT_LOOPS	20
/* An idle CPU accounts when it next wakes up, at the latest for its timer. */
#define STEAL_SLACK	(500 * XT_MS)

static unsigned int loop;

struct state {
	struct xs_handle *xs;
	int domid;
	xs_transaction_t tx;
	int tx_domid;
	int timers[XT_MAX_CPUS];
	int cpus[XT_MAX_CPUS];
	int n;
	int64_t mono;
	int64_t boot;
	int64_t real;
	int64_t stolen;
	int64_t stolen_at;
	int grant_fd;
	struct gd_grant grant;
	uint32_t *page;
};

static bool complain(const char *format, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fprintf(stderr, "survivor: loop %u: %s\n", loop, text);
	return false;
}

static int read_domid(struct xs_handle *xs)
{
	unsigned int len;
	char *val = xs_read(xs, XBT_NULL, "domid", &len);
	int domid = val ? atoi(val) : -1;

	free(val);
	return domid;
}

/* The watch's events up to the one for our own write. */
static bool wait_for_watch(struct xs_handle *xs)
{
	struct pollfd pfd = { .fd = xs_fileno(xs), .events = POLLIN };
	bool found = false;
	char **event;

	while (!found) {
		if (poll(&pfd, 1, PATIENCE_MS) != 1)
			return false;
		while ((event = xs_check_watch(xs))) {
			found |= !strcmp(event[XS_WATCH_PATH], KEY);
			free(event);
		}
	}
	return true;
}

static bool check_store(struct state *s)
{
	int domid = read_domid(s->xs);
	unsigned int len;
	char want[16];
	bool same;
	char *got;

	snprintf(want, sizeof(want), "%u", loop);
	if (!xs_write(s->xs, XBT_NULL, KEY, want, strlen(want)))
		return complain("write: %s", strerror(errno));
	if (!wait_for_watch(s->xs))
		return complain("the watch does not fire");
	got = xs_read(s->xs, XBT_NULL, KEY, &len);
	/* A new life between write and read begins without the key. */
	same = (got && !strcmp(got, want)) || read_domid(s->xs) != domid;
	if (!same)
		complain("read \"%s\" instead of %s", got ?: "", want);
	free(got);
	return same;
}

static bool check_tx(struct state *s)
{
	bool ok;

	if (s->tx == XBT_NULL) {
		s->tx_domid = read_domid(s->xs);
		s->tx = xs_transaction_start(s->xs);
		/* A new life between these two is as good as one after them. */
		if (s->tx == XBT_NULL)
			return complain("no transaction: %s", strerror(errno));
		if (!xs_write(s->xs, s->tx, KEY "-tx", "x", 1) &&
		    read_domid(s->xs) == s->tx_domid)
			return complain("write in transaction: %s",
					strerror(errno));
		return true;
	}
	if (loop % TX_LOOPS)
		return true;

	ok = xs_transaction_end(s->xs, s->tx, false) || errno == EAGAIN;
	s->tx = XBT_NULL;
	if (!ok && read_domid(s->xs) == s->tx_domid)
		return complain("the transaction got lost");
	return true;
}

static bool check_timers(struct state *s)
{
	struct pollfd pfd = { .events = POLLIN };
	uint64_t ticks;
	int i;

	for (i = 0; i < s->n; i++) {
		pfd.fd = s->timers[i];
		if (poll(&pfd, 1, PATIENCE_MS) != 1 ||
		    read(pfd.fd, &ticks, sizeof(ticks)) != sizeof(ticks))
			return complain("the timer of CPU %d stands still",
					s->cpus[i]);
	}
	return true;
}

static bool goes_on(const char *name, int64_t *latest, clockid_t clock,
		    int64_t slack, int cpu)
{
	int64_t now = xt_clock(clock);

	if (now + slack < *latest)
		return complain("CPU %d: %s clock is back by %lld ns", cpu,
				name, (long long)(*latest - now));
	if (now > *latest)
		*latest = now;
	return true;
}

/* The time of day is the host's, which may be set. */
static bool check_clock(struct state *s)
{
	bool ok = true;
	int i;

	for (i = 0; i < s->n; i++) {
		/* It may have been set offline. */
		if (xt_pin(s->cpus[i]))
			continue;
		ok &= goes_on("monotonic", &s->mono, CLOCK_MONOTONIC, 0,
			      s->cpus[i]);
		ok &= goes_on("boot time", &s->boot, CLOCK_BOOTTIME, 0,
			      s->cpus[i]);
		ok &= goes_on("real time", &s->real, CLOCK_REALTIME,
			      2 * XT_NS, s->cpus[i]);
	}
	return ok;
}

/* Steal time of all CPUs together, ns */
static int64_t read_steal(void)
{
	long long user, nice, sys, idle, wait, irq, soft, steal;
	FILE *f = fopen("/proc/stat", "r");
	int n = 0;

	if (f) {
		n = fscanf(f, "cpu %lld %lld %lld %lld %lld %lld %lld %lld",
			   &user, &nice, &sys, &idle, &wait, &irq, &soft,
			   &steal);
		fclose(f);
	}
	return n == 8 ? steal * (XT_NS / sysconf(_SC_CLK_TCK)) : -1;
}

static bool check_steal(struct state *s)
{
	int64_t now = xt_clock(CLOCK_MONOTONIC), stolen = read_steal();
	int64_t most = s->stolen + s->n * (now - s->stolen_at) + STEAL_SLACK;
	bool first = !s->stolen_at;

	if (stolen < 0)
		return complain("no steal time in /proc/stat");
	if (!first && stolen < s->stolen)
		return complain("less time is stolen than before");
	if (!first && stolen > most)
		return complain("stolen are %lld ns, in %lld ns",
				(long long)(stolen - s->stolen),
				(long long)(now - s->stolen_at));
	s->stolen = stolen;
	s->stolen_at = now;
	return true;
}

static bool drop_grant(struct state *s)
{
	int err = munmap(s->page, GD_PAGE) ? errno :
		  gd_free(s->grant_fd, &s->grant);

	s->page = NULL;
	return !err || complain("cannot free a grant: %s", strerror(err));
}

static bool new_grant(struct state *s)
{
	int err = gd_alloc(s->grant_fd, 0, 1, true, &s->grant);

	if (err)
		return complain("no grant: %s", strerror(err));
	s->page = mmap(NULL, GD_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		       s->grant_fd, s->grant.index);
	if (s->page == MAP_FAILED) {
		s->page = NULL;
		return complain("cannot map a grant: %s", strerror(errno));
	}
	memset(s->page, loop, GD_PAGE);
	s->page[0] = loop;
	return true;
}

static bool check_grant(struct state *s)
{
	if (s->grant_fd < 0)
		return true;
	if (s->page && loop - s->page[0] > GRANT_LOOPS)
		return complain("a granted page has another content");
	if (s->page && loop % GRANT_LOOPS)
		return true;
	return (!s->page || drop_grant(s)) && new_grant(s);
}

static struct check {
	const char *name;
	bool (*fn)(struct state *s);
	bool bad;
} checks[] = {
	{ "clock", check_clock },
	{ "steal", check_steal },
	{ "timers", check_timers },
	{ "store", check_store },
	{ "tx", check_tx },
	{ "grant", check_grant },
};

#define NR_CHECKS	(sizeof(checks) / sizeof(checks[0]))

static bool start_timers(struct state *s)
{
	struct itimerspec its = {
		.it_value = { 0, TICK_NS },
		.it_interval = { 0, TICK_NS },
	};
	int i;

	s->n = xt_cpus(s->cpus, XT_MAX_CPUS);
	for (i = 0; i < s->n; i++) {
		s->timers[i] = timerfd_create(CLOCK_MONOTONIC, 0);
		if (xt_pin(s->cpus[i]) || s->timers[i] < 0 ||
		    timerfd_settime(s->timers[i], 0, &its, NULL))
			return complain("no timer: %s", strerror(errno));
	}
	return s->n > 0;
}

static bool start(struct state *s)
{
	s->xs = xs_open(0);
	if (!s->xs)
		return complain("no xenstore: %s", strerror(errno));
	if (!xs_watch(s->xs, KEY, TOKEN))
		return complain("no watch: %s", strerror(errno));
	s->grant_fd = open(GD_ALLOC_DEVICE, O_RDWR);
	return start_timers(s);
}

/* By way of another file, so that nobody reads half a line. */
static bool report(const char *path)
{
	char line[200], new[200];
	int len = snprintf(line, sizeof(line), "%u", loop);
	unsigned int i;
	FILE *f;

	for (i = 0; i < NR_CHECKS; i++)
		len += snprintf(line + len, sizeof(line) - len, " %s=%s",
				checks[i].name, checks[i].bad ? "bad" : "ok");
	snprintf(new, sizeof(new), "%s.new", path);
	f = fopen(new, "w");
	if (!f)
		return false;
	fprintf(f, "%s\n", line);
	return !fclose(f) && !rename(new, path);
}

int main(int argc, char **argv)
{
	struct state s = { .tx = XBT_NULL };
	unsigned int i;

	if (argc != 2) {
		fprintf(stderr, "usage: survivor FILE\n");
		return 2;
	}
	if (!start(&s))
		return 1;

	for (loop = 1;; loop++) {
		for (i = 0; i < NR_CHECKS; i++)
			if (!checks[i].bad)
				checks[i].bad = !checks[i].fn(&s);
		if (!report(argv[1]))
			return 1;
		usleep(LOOP_US);
	}
}
