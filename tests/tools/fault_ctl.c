/* SPDX-License-Identifier: MIT */
/*
 * Says to all programs under fault.so which call fails.
 *   fault_ctl FILE arm DIR N ERRNO [NAME]   the N-th below DIR (of files with NAME in their path)
 *   fault_ctl FILE read                     prints "<calls> <failed>" and disarms
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

	/* QEMU is another user. */
	if (fd >= 0 && fchmod(fd, 0666) == 0 && ftruncate(fd, sizeof(struct fault_control)) == 0)
		map = mmap(NULL, sizeof(struct fault_control), PROT_READ | PROT_WRITE, MAP_SHARED,
			fd, 0);
	if (fd >= 0)
		close(fd);
	return map == MAP_FAILED ? NULL : map;
}

static int arm(struct fault_control *c, int argc, char **argv)
{
	if (argc < 6 || strlen(argv[3]) >= sizeof(c->dir) ||
		(argc > 6 && strlen(argv[6]) >= sizeof(c->name)))
		return 2;
	__atomic_store_n(&c->armed, 0, __ATOMIC_RELEASE);
	memcpy(c->dir, argv[3], strlen(argv[3]) + 1);
	memset(c->name, 0, sizeof(c->name));
	if (argc > 6)
		memcpy(c->name, argv[6], strlen(argv[6]));
	c->at = strtoull(argv[4], NULL, 10);
	c->error = strcmp(argv[5], "EIO") == 0 ? EIO : ENOSPC;
	c->count = c->hits = 0;
	__atomic_store_n(&c->armed, 1, __ATOMIC_RELEASE);
	return 0;
}

int main(int argc, char **argv)
{
	struct fault_control *c = argc > 2 ? map_control(argv[1]) : NULL;

	if (c && strcmp(argv[2], "arm") == 0)
		return arm(c, argc, argv);
	if (!c || strcmp(argv[2], "read") != 0) {
		fprintf(stderr, "usage: fault_ctl FILE arm DIR N ERRNO [NAME] | read\n");
		return 2;
	}
	__atomic_store_n(&c->armed, 0, __ATOMIC_RELEASE);
	printf("%llu %llu\n", (unsigned long long)c->count, (unsigned long long)c->hits);
	return 0;
}
