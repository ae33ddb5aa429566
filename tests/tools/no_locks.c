/* SPDX-License-Identifier: MIT */
/*
 * A library for LD_PRELOAD: a QEMU takes no locks on its images, and sees none of others, as on two hosts between which
 * the storage carries no locks. The hosts of the tests share a kernel, which would stop a second writer.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>

typedef int fcntl_fn(int fd, int cmd, ...);

static int without_locks(const char *name, int fd, int cmd, void *arg)
{
	fcntl_fn *next = (fcntl_fn *)dlsym(RTLD_NEXT, name);

	if (cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW)
		return 0;
	if (cmd == F_OFD_GETLK) {
		((struct flock *)arg)->l_type = F_UNLCK;
		return 0;
	}
	return next(fd, cmd, arg);
}

#define LOCKLESS(name)                                                                             \
	__attribute__((visibility("default"))) int name(int fd, int cmd, ...)                      \
	{                                                                                          \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, cmd);                                                               \
                                                                                                   \
		void *arg = va_arg(args, void *);                                                  \
                                                                                                   \
		va_end(args);                                                                      \
		return without_locks(#name, fd, cmd, arg);                                         \
	}

LOCKLESS(fcntl)
LOCKLESS(fcntl64)
