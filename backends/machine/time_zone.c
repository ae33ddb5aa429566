/* SPDX-License-Identifier: MIT */
#include "backends/machine/time_zone.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "objects/base/mem.h"
#include "objects/base/str.h"

#define ZONES "/usr/share/zoneinfo/"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/"
#define MAGIC "TZif"
#define A_DAY_OR_MORE (36 * 3600)

bool zone_is_known(const char *name)
{
	char magic[sizeof(MAGIC) - 1];

	if (!*name || *name == '/' || strspn(name, LETTERS) != strlen(name))
		return false;
	_cleanup_free_ char *path = xasprintf("%s%s", ZONES, name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	return fd >= 0 && read(fd, magic, sizeof(magic)) == sizeof(magic) &&
		memcmp(magic, MAGIC, sizeof(magic)) == 0;
}

struct zone zone_enter(const char *root, const char *name)
{
	_cleanup_free_ char *here = xasprintf(":%s/etc/localtime", root ? root : "");
	const struct zone before = { xstrdup_null(getenv("TZ")) };

	setenv("TZ", str_is_empty(name) ? here : name, 1);
	tzset();
	return before;
}

void zone_leave(struct zone *before)
{
	if (before->before)
		setenv("TZ", before->before, 1);
	else
		unsetenv("TZ");
	tzset();
	free(TAKE(before->before));
}

int64_t zone_offset(int64_t at)
{
	const time_t t = at;
	struct tm tm;

	return localtime_r(&t, &tm) ? tm.tm_gmtoff : 0;
}

/*
 * The instant after @from and up to @to at which the local time's offset from UTC changes; at @from the offset is
 * @old.
 */
static int64_t find_jump(int64_t from, int64_t to, int64_t old)
{
	while (to - from > 1) {
		int64_t middle = from + (to - from) / 2;

		if (zone_offset(middle) == old)
			from = middle;
		else
			to = middle;
	}
	return to;
}

int64_t zone_instant(int64_t local)
{
	/* No zone is further than a day from UTC, and none changes its offset twice within such a time. */
	const int64_t before = zone_offset(local - A_DAY_OR_MORE),
		      after = zone_offset(local + A_DAY_OR_MORE);
	const int64_t early = local - before, late = local - after;

	if (before == after)
		return early;
	if (zone_offset(early) == before)
		return early;
	if (zone_offset(late) == after)
		return late;
	return find_jump(late, early, before);
}
