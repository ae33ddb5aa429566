/* SPDX-License-Identifier: MIT */
#include "objects/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int fd_write(int fd, const void *data, size_t n)
{
	for (const char *p = data; n;) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

int dir_sync(const char *dir)
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fsync(fd) == 0)
		return 0;
	/* Some file systems (FUSE, network) cannot sync folders. */
	return errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -1;
}
