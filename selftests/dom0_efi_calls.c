// SPDX-License-Identifier: GPL-2.0
/*
 * dom0_efi_calls - EFI's runtime services, one by one, as they come back through Xen
 *
 * Time, wake-up time, variables, what room there is for them, the monotonic count; the
 * firmware's own errors, and calls without the pointers that they need.
 *
 * Needs: dom0 of a Xen that EFI started; CONFIG_EFI_TEST, root.
 * Time: 1 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <sys/ioctl.h>

#define NODE		"/dev/efi_test"
#define RTC		"/sys/class/rtc/rtc0/since_epoch"

#define EFI_SUCCESS		0UL
#define EFI_ERROR(_n)		(1UL << 63 | (_n))
#define EFI_INVALID_PARAMETER	EFI_ERROR(2)
#define EFI_UNSUPPORTED		EFI_ERROR(3)
#define EFI_BUFFER_TOO_SMALL	EFI_ERROR(5)
#define EFI_WRITE_PROTECTED	EFI_ERROR(8)
#define EFI_NOT_FOUND		EFI_ERROR(14)

/* Kept, seen by boot services, seen at run time */
#define STORED			7
#define NAME_MAX_BYTES		1024

struct guid {
	uint8_t bytes[16];
};

struct efi_time {
	uint16_t year;
	uint8_t month, day, hour, minute, second, pad1;
	uint32_t nanosecond;
	int16_t timezone;
	uint8_t daylight, pad2;
};

struct time_caps {
	uint32_t resolution, accuracy;
	uint8_t sets_to_zero;
};

/* What the kernel's drivers/firmware/efi/test takes */
struct get_variable {
	uint16_t *name;
	struct guid *vendor;
	uint32_t *attr;
	unsigned long *size;
	void *data;
	unsigned long *status;
} __attribute__((packed));

struct set_variable {
	uint16_t *name;
	struct guid *vendor;
	uint32_t attr;
	unsigned long size;
	void *data;
	unsigned long *status;
} __attribute__((packed));

struct get_time {
	struct efi_time *time;
	struct time_caps *caps;
	unsigned long *status;
};

struct set_time {
	struct efi_time *time;
	unsigned long *status;
};

struct get_wakeup {
	uint8_t *enabled, *pending;
	struct efi_time *time;
	unsigned long *status;
};

struct set_wakeup {
	uint8_t enabled;
	struct efi_time *time;
	unsigned long *status;
} __attribute__((packed));

struct next_name {
	unsigned long *size;
	uint16_t *name;
	struct guid *vendor;
	unsigned long *status;
};

struct query_info {
	uint32_t attr;
	uint64_t *storage, *remaining, *largest;
	unsigned long *status;
} __attribute__((packed));

struct high_count {
	uint32_t *count;
	unsigned long *status;
};

struct query_capsule {
	void **headers;
	unsigned long count;
	uint64_t *largest;
	int *reset_type;
	unsigned long *status;
};

#define GET_VARIABLE	_IOWR('p', 0x01, struct get_variable)
#define SET_VARIABLE	_IOW('p', 0x02, struct set_variable)
#define GET_TIME	_IOR('p', 0x03, struct get_time)
#define SET_TIME	_IOW('p', 0x04, struct set_time)
#define GET_WAKEUP	_IOR('p', 0x05, struct get_wakeup)
#define SET_WAKEUP	_IOW('p', 0x06, struct set_wakeup)
#define NEXT_NAME	_IOWR('p', 0x07, struct next_name)
#define QUERY_INFO	_IOR('p', 0x08, struct query_info)
#define HIGH_COUNT	_IOR('p', 0x09, struct high_count)
#define QUERY_CAPSULE	_IOR('p', 0x0A, struct query_capsule)

static const struct guid global = { {
	0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
	0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c } };
static const struct guid ours = { {
	0x0c, 0x8a, 0x5b, 0x2f, 0x64, 0x6f, 0x0e, 0x4d,
	0x9a, 0x53, 0x1c, 0x2d, 0x7b, 0xe0, 0xa4, 0x42 } };

FIXTURE(efi)
{
	int fd;
};

FIXTURE_SETUP(efi)
{
	self->fd = -1;
	XT_NEED_XEN();
	if (access("/sys/firmware/efi", F_OK))
		SKIP(return, "the firmware is no EFI");
	self->fd = open(NODE, O_RDWR | O_CLOEXEC);
	if (self->fd < 0 && errno == ENOENT)
		SKIP(return, "no " NODE " (CONFIG_EFI_TEST)");
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(efi)
{
	if (self->fd >= 0)
		close(self->fd);
}

/* A call that the firmware, or the kernel in its place, has answered. */
static unsigned long ask(int fd, unsigned long cmd, void *arg,
			 unsigned long *status)
{
	int ret;

	*status = ~0UL;
	ret = ioctl(fd, cmd, arg);
	if (ret && errno != EINVAL)
		return ~0UL;
	return ret == 0 || *status ? *status : ~0UL;
}

static unsigned long get(int fd, uint16_t *name, const struct guid *vendor,
			 uint32_t *attr, unsigned long *size, void *data)
{
	unsigned long status;
	struct get_variable arg = { name, (struct guid *)vendor, attr, size,
				    data, &status };

	return ask(fd, GET_VARIABLE, &arg, &status);
}

static unsigned long set(int fd, uint16_t *name, const struct guid *vendor,
			 uint32_t attr, unsigned long size, const void *data)
{
	unsigned long status;
	struct set_variable arg = { name, (struct guid *)vendor, attr, size,
				    (void *)data, &status };

	return ask(fd, SET_VARIABLE, &arg, &status);
}

static unsigned long next(int fd, unsigned long *size, uint16_t *name,
			  struct guid *vendor)
{
	unsigned long status;
	struct next_name arg = { size, name, vendor, &status };

	return ask(fd, NEXT_NAME, &arg, &status);
}

static unsigned long get_time(int fd, struct efi_time *time,
			      struct time_caps *caps)
{
	unsigned long status;
	struct get_time arg = { time, caps, &status };

	return ask(fd, GET_TIME, &arg, &status);
}

static unsigned long set_time(int fd, struct efi_time *time)
{
	unsigned long status;
	struct set_time arg = { time, &status };

	return ask(fd, SET_TIME, &arg, &status);
}

static unsigned long set_wakeup(int fd, bool enabled, struct efi_time *time)
{
	unsigned long status;
	struct set_wakeup arg = { enabled, time, &status };

	return ask(fd, SET_WAKEUP, &arg, &status);
}

static long long seconds(const struct efi_time *time)
{
	struct tm tm = {
		.tm_year = time->year - 1900,
		.tm_mon = time->month - 1,
		.tm_mday = time->day,
		.tm_hour = time->hour,
		.tm_min = time->minute,
		.tm_sec = time->second,
	};

	return timegm(&tm);
}

static long long rtc_seconds(void)
{
	char text[32];

	return xt_read_file(RTC, text, sizeof(text)) ? atoll(text) : -1;
}

/* The driver of the clock reads the registers that the firmware reads. */
TEST_F(efi, time)
{
	struct time_caps caps = { .sets_to_zero = 9 };
	struct efi_time time = { 0 };
	long long before, after;

	before = rtc_seconds();
	ASSERT_EQ(EFI_SUCCESS, get_time(self->fd, &time, &caps));
	after = rtc_seconds();
	ASSERT_LT(0, before);
	EXPECT_LE(before, seconds(&time));
	EXPECT_GE(after, seconds(&time));
	EXPECT_LT(0, caps.resolution);
	EXPECT_GE(1, caps.sets_to_zero);
}

TEST_F(efi, set_time)
{
	struct efi_time time, read = { 0 }, bad;

	ASSERT_EQ(EFI_SUCCESS, get_time(self->fd, &time, NULL));
	bad = time;
	bad.month = 13;
	EXPECT_EQ(EFI_INVALID_PARAMETER, set_time(self->fd, &bad));
	/* A day that each year has */
	bad = time;
	bad.year += 1;
	bad.day = 28;
	ASSERT_EQ(EFI_SUCCESS, set_time(self->fd, &bad));
	EXPECT_EQ(EFI_SUCCESS, get_time(self->fd, &read, NULL));
	EXPECT_EQ(EFI_SUCCESS, set_time(self->fd, &time));
	EXPECT_EQ(time.year + 1, read.year);
	ASSERT_EQ(EFI_SUCCESS, get_time(self->fd, &read, NULL));
	EXPECT_LE(seconds(&time), seconds(&read));
	EXPECT_GE(seconds(&time) + 60, seconds(&read));
}

/* In an hour, so that nobody is woken */
TEST_F(efi, wakeup)
{
	uint8_t enabled = 9, pending = 9;
	struct efi_time time, read = { 0 };
	unsigned long status;
	struct get_wakeup arg = { &enabled, &pending, &read, &status };

	ASSERT_EQ(EFI_SUCCESS, get_time(self->fd, &time, NULL));
	time.hour = (time.hour + 1) % 24;
	ASSERT_EQ(EFI_SUCCESS, set_wakeup(self->fd, true, &time));
	EXPECT_EQ(EFI_SUCCESS, ask(self->fd, GET_WAKEUP, &arg, &status));
	EXPECT_EQ(1, enabled);
	EXPECT_EQ(time.hour, read.hour);
	EXPECT_EQ(time.minute, read.minute);
	EXPECT_EQ(time.second, read.second);
	/* Off, without a time */
	EXPECT_EQ(EFI_SUCCESS, set_wakeup(self->fd, false, NULL));
	EXPECT_EQ(EFI_SUCCESS, ask(self->fd, GET_WAKEUP, &arg, &status));
	EXPECT_EQ(0, enabled);
}

TEST_F(efi, names)
{
	uint16_t name[NAME_MAX_BYTES / 2] = { 0 };
	unsigned long size = sizeof(name[0]), status;
	struct guid vendor = { { 0 } };
	int n = 0, orders = 0;

	EXPECT_EQ(EFI_BUFFER_TOO_SMALL, next(self->fd, &size, name, &vendor));
	EXPECT_LT(sizeof(name[0]), size);
	EXPECT_GE(sizeof(name), size);
	EXPECT_EQ(0, name[0]);

	for (;;) {
		size = sizeof(name);
		status = next(self->fd, &size, name, &vendor);
		if (status)
			break;
		ASSERT_GT(1000, ++n);
		orders += size == sizeof(u"BootOrder") &&
			  !memcmp(name, u"BootOrder", size) &&
			  !memcmp(&vendor, &global, sizeof(vendor));
	}
	EXPECT_EQ(EFI_NOT_FOUND, status);
	EXPECT_LT(10, n);
	EXPECT_EQ(1, orders);
}

TEST_F(efi, variable)
{
	uint16_t name[] = u"Calls";
	uint8_t data[100], read[200];
	unsigned long size = sizeof(read);
	uint32_t attr = 0;

	memset(data, 0x5a, sizeof(data));
	EXPECT_EQ(EFI_NOT_FOUND, get(self->fd, name, &ours, &attr, &size, read));
	ASSERT_EQ(EFI_SUCCESS, set(self->fd, name, &ours, STORED, sizeof(data),
				   data));

	size = 10;
	EXPECT_EQ(EFI_BUFFER_TOO_SMALL, get(self->fd, name, &ours, &attr, &size,
					    read));
	EXPECT_EQ(sizeof(data), size);
	size = sizeof(read);
	EXPECT_EQ(EFI_SUCCESS, get(self->fd, name, &ours, &attr, &size, read));
	EXPECT_EQ(sizeof(data), size);
	EXPECT_EQ(STORED, attr);
	EXPECT_EQ(0, memcmp(data, read, sizeof(data)));

	/* Nothing, to delete it */
	EXPECT_EQ(EFI_SUCCESS, set(self->fd, name, &ours, STORED, 0, data));
	size = sizeof(read);
	EXPECT_EQ(EFI_NOT_FOUND, get(self->fd, name, &ours, &attr, &size, read));
	EXPECT_EQ(EFI_NOT_FOUND, set(self->fd, name, &ours, STORED, 0, data));
}

TEST_F(efi, refused)
{
	uint16_t name[] = u"Refused", secure[] = u"SecureBoot";
	uint8_t data[4] = { 0 };

	/* Not to be seen at run time; with attributes that nobody knows */
	EXPECT_EQ(EFI_INVALID_PARAMETER, set(self->fd, name, &ours, 3,
					     sizeof(data), data));
	EXPECT_EQ(EFI_INVALID_PARAMETER, set(self->fd, name, &ours, 0x10007,
					     sizeof(data), data));
	EXPECT_EQ(EFI_WRITE_PROTECTED, set(self->fd, secure, &global, 6, 1,
					   data));
}

TEST_F(efi, room)
{
	uint64_t storage = 0, remaining = 0, largest = 0;
	unsigned long status;
	struct query_info arg = { STORED, &storage, &remaining, &largest,
				  &status };

	ASSERT_EQ(EFI_SUCCESS, ask(self->fd, QUERY_INFO, &arg, &status));
	EXPECT_LT(0, remaining);
	EXPECT_LE(remaining, storage);
	EXPECT_LT(0, largest);
	EXPECT_LE(largest, storage);
	arg.attr = 0;
	EXPECT_EQ(EFI_INVALID_PARAMETER, ask(self->fd, QUERY_INFO, &arg,
					     &status));
}

TEST_F(efi, count)
{
	uint32_t first = 0, second = 0;
	unsigned long status;
	struct high_count arg = { &first, &status };

	ASSERT_EQ(EFI_SUCCESS, ask(self->fd, HIGH_COUNT, &arg, &status));
	arg.count = &second;
	ASSERT_EQ(EFI_SUCCESS, ask(self->fd, HIGH_COUNT, &arg, &status));
	EXPECT_EQ(first + 1, second);
}

/* Xen has an interface for capsules, and nothing behind it. */
TEST_F(efi, capsules)
{
	unsigned long status;
	uint64_t largest = 77;
	int type = 88;
	struct query_capsule arg = { NULL, 0, &largest, &type, &status };

	EXPECT_EQ(EFI_UNSUPPORTED, ask(self->fd, QUERY_CAPSULE, &arg, &status));
	EXPECT_EQ(77, largest);
	EXPECT_EQ(88, type);
}

TEST_F(efi, missing_pointers)
{
	uint16_t name[NAME_MAX_BYTES / 2] = u"BootOrder";
	unsigned long size = sizeof(name), status;
	struct guid vendor = global;
	struct high_count arg = { NULL, &status };
	uint8_t data[64];

	EXPECT_EQ(EFI_INVALID_PARAMETER, get(self->fd, NULL, &vendor, NULL,
					     &size, data));
	EXPECT_EQ(EFI_INVALID_PARAMETER, get(self->fd, name, NULL, NULL, &size,
					     data));
	EXPECT_EQ(EFI_INVALID_PARAMETER, get(self->fd, name, &vendor, NULL,
					     NULL, NULL));
	EXPECT_EQ(EFI_INVALID_PARAMETER, next(self->fd, NULL, name, &vendor));
	EXPECT_EQ(EFI_INVALID_PARAMETER, next(self->fd, &size, NULL, &vendor));
	EXPECT_EQ(EFI_INVALID_PARAMETER, next(self->fd, &size, name, NULL));
	EXPECT_EQ(EFI_INVALID_PARAMETER, set(self->fd, NULL, &vendor, STORED,
					     sizeof(data), data));
	EXPECT_EQ(EFI_INVALID_PARAMETER, ask(self->fd, HIGH_COUNT, &arg,
					     &status));
}

TEST_HARNESS_MAIN
