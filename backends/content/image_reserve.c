/* SPDX-License-Identifier: MIT */
/*
 * Disk space for a header that will be rewritten. At the end of a merge QEMU writes the header's
 * whole cluster, and does not survive a failure. Images of older versions of vxe, and of other
 * programs, have a hole after the used part of this cluster.
 */
#include "backends/content/image.h"

#include "backends/content/image_private.h"
#include "backends/content/qcow2.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/*
 * Everything that QEMU writes into a header (fixed part, extensions, longest name) fits into this.
 */
#define ROOMY 4096

/* Writes zeros into the holes, for file systems without fallocate(2). */
static int fill_holes(int fd, off_t end)
{
	static const unsigned char zeros[4096];

	for (off_t at = lseek(fd, 0, SEEK_HOLE); at >= 0 && at < end;
		at = lseek(fd, at, SEEK_HOLE)) {
		off_t data = lseek(fd, at, SEEK_DATA);
		off_t until = data < 0 || data > end ? end : data;
		size_t n = until - at < (off_t)sizeof(zeros) ? (size_t)(until - at) : sizeof(zeros);

		if (pwrite(fd, zeros, n, at) != (ssize_t)n)
			return -1;
		at += (off_t)n;
	}
	return 0;
}

/* Stops at the end of the file, because an image in use may be growing meanwhile. */
static int fill_header(const char *path, off_t end, struct vxe_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int rc;

	if (fd < 0)
		return image_fail_errno(err, path, "cannot be opened for writing");
	do
		rc = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, end);
	while (rc < 0 && errno == EINTR);
	if (rc < 0 && (errno == EOPNOTSUPP || errno == ENOSYS))
		rc = fill_holes(fd, end);
	if (rc == 0)
		rc = fdatasync(fd);
	return rc < 0 ? image_fail_errno(err, path, "its header cannot be rewritten") : 0;
}

int image_reserve_header(struct content *c, struct vxe_error *err)
{
	const char *path = content_place(c);
	_cleanup_header_ struct qcow2_header h = { 0 };
	int fd = content_fd(c, err);
	int found = fd < 0 ? -1 : qcow2_read_fd(fd, path, &h, err);

	if (found < 0)
		return -1;
	if (found == 0)
		return image_fail(err, path, "not a qcow2 image");
	if (h.cluster_size < ROOMY)
		return image_fail(err, path,
			"its clusters of %lld bytes are too small for another backing file's name",
			(long long)h.cluster_size);
	off_t end = (off_t)h.cluster_size, hole = lseek(fd, 0, SEEK_HOLE);

	/* If the file system cannot tell, there is no hole. */
	return hole >= 0 && hole < end ? fill_header(path, end, err) : 0;
}
