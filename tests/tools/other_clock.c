/* SPDX-License-Identifier: MIT */
/*
 * A library for LD_PRELOAD: vxe and date see a clock that is CLOCK_AHEAD seconds ahead, as on a host whose clock is wrong.
 * Other programs see the machine's, because a libvirtd waits until times of it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#define VISIBLE __attribute__((visibility("default")))

static time_t seconds_ahead(void)
{
	const char *text = getenv("CLOCK_AHEAD"), *name = program_invocation_short_name;

	return text && (strncmp(name, "vxe", 3) == 0 || strcmp(name, "date") == 0)
		? (time_t)strtoll(text, NULL, 10)
		: 0;
}

VISIBLE int clock_gettime(clockid_t which, struct timespec *ret)
{
	static int (*next)(clockid_t, struct timespec *);

	if (!next)
		next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int rc = next(which, ret);

	if (rc == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
		ret->tv_sec += seconds_ahead();
	return rc;
}

VISIBLE time_t time(time_t *ret)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (ret)
		*ret = now.tv_sec;
	return now.tv_sec;
}

VISIBLE int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	*ret = (struct timeval){ .tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000 };
	return 0;
}
