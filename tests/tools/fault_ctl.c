/* SPDX-License-Identifier: MIT */
/*
 * Tells all programs under fault.so which call has to fail.
 *   fault_ctl FILE arm DIRS N ERRNO [NAME]   the N-th below DIRS, "DIR:DIR..." (of files with NAME
 *                                            in their path)
 *   fault_ctl FILE note DIRS                 successful calls below DIRS go into the journal
 *   fault_ctl FILE read                      prints "<calls> <failed>", and ends both
 * ERRNO: ENOSPC or EIO.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/tools/fault.h"

static struct fault_control *map_control(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	void *map = MAP_FAILED;

	/* QEMU runs as another user. */
	if (fd >= 0 && fchmod(fd, 0666) == 0 && ftruncate(fd, sizeof(struct fault_control)) == 0)
		map = mmap(NULL, sizeof(struct fault_control), PROT_READ | PROT_WRITE, MAP_SHARED,
			fd, 0);
	if (fd >= 0)
		close(fd);
	return map == MAP_FAILED ? NULL : map;
}

/* From now on no call fails or is noted. */
static void disarm(struct fault_control *c)
{
	__atomic_store_n(&c->armed, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&c->noted, 0, __ATOMIC_RELEASE);
}

static int set_dirs(struct fault_control *c, const char *dirs)
{
	size_t n = strlen(dirs) + 1;

	if (n > sizeof(c->dirs))
		return -1;
	memcpy(c->dirs, dirs, n);
	return 0;
}

static int arm(struct fault_control *c, int argc, char **argv)
{
	disarm(c);
	if (argc < 6 || set_dirs(c, argv[3]) < 0 ||
		(argc > 6 && strlen(argv[6]) >= sizeof(c->name)))
		return 2;
	memset(c->name, 0, sizeof(c->name));
	if (argc > 6)
		memcpy(c->name, argv[6], strlen(argv[6]));
	c->at = strtoull(argv[4], NULL, 10);
	c->error = strcmp(argv[5], "EIO") == 0 ? EIO : ENOSPC;
	c->count = c->hits = 0;
	__atomic_store_n(&c->armed, 1, __ATOMIC_RELEASE);
	return 0;
}

static int note(struct fault_control *c, int argc, char **argv)
{
	disarm(c);
	if (argc < 4 || set_dirs(c, argv[3]) < 0)
		return 2;
	__atomic_store_n(&c->noted, 1, __ATOMIC_RELEASE);
	return 0;
}

int main(int argc, char **argv)
{
	struct fault_control *c = argc > 2 ? map_control(argv[1]) : NULL;

	if (c && strcmp(argv[2], "arm") == 0)
		return arm(c, argc, argv);
	if (c && strcmp(argv[2], "note") == 0)
		return note(c, argc, argv);
	if (!c || strcmp(argv[2], "read") != 0) {
		fprintf(stderr,
			"usage: fault_ctl FILE arm DIRS N ERRNO [NAME] | note DIRS | read\n");
		return 2;
	}
	disarm(c);
	printf("%llu %llu\n", (unsigned long long)c->count, (unsigned long long)c->hits);
	return 0;
}
