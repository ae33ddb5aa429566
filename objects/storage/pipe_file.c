/* SPDX-License-Identifier: MIT */
#include "objects/storage/pipe_file.h"

#include "objects/base/file.h"
#include "objects/base/image_error.h"

#include <fcntl.h>
#include <unistd.h>

#define BLOCK_BYTES 65536
#define PRIVATE_MODE 0600

int pour_scratch(const char *dir, struct vxe_error *err)
{
	int fd = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, PRIVATE_MODE);

	return fd < 0 ? image_fail_errno(err, dir, "no file can be made there") : fd;
}

/* Fills the block as far as there is input, also from a pipe; returns 0 at the end of input. */
static ssize_t read_block(int fd, char *data)
{
	size_t have = 0;

	while (have < BLOCK_BYTES) {
		ssize_t n = read(fd, data + have, BLOCK_BYTES - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

static int pour_block(int to, const char *data, size_t n, bool sparse)
{
	if (sparse && n && !*data && memcmp(data, data + 1, n - 1) == 0)
		return lseek(to, (off_t)n, SEEK_CUR) < 0 ? -1 : 0;
	return fd_write(to, data, n);
}

int pour(int from, int to, bool sparse, bool (*cancelled)(void *ctx), void *ctx,
	struct vxe_error *err)
{
	_cleanup_free_ char *data = xmalloc(BLOCK_BYTES);
	int64_t total = 0;

	for (;;) {
		ssize_t n = read_block(from, data);

		if (n < 0)
			return image_fail_errno(err, "the input", "cannot be read");
		if (n == 0)
			break;
		if (cancelled && cancelled(ctx))
			return vxe_fail(err, TASK_CANCELLED, "");
		if (pour_block(to, data, (size_t)n, sparse) < 0)
			return image_fail_errno(err, "the output", "cannot be written");
		total += n;
	}
	if (sparse && ftruncate(to, total) < 0)
		return image_fail_errno(err, "the output", "cannot be written");
	return 0;
}
