/* SPDX-License-Identifier: MIT */
#include "tests/unit/io_buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static int buffer_out(void *ctx, const char *data, size_t n)
{
	struct io_buffer *b = ctx;

	if (b->out_errno) {
		errno = b->out_errno;
		return -1;
	}
	str_add_bytes(&b->out, data, n);
	return 0;
}

static int buffer_error(void *ctx, const char *data, size_t n)
{
	struct io_buffer *b = ctx;

	str_add_bytes(&b->error, data, n);
	return 0;
}

static int buffer_flush(void *ctx)
{
	struct io_buffer *b = ctx;

	b->n_flushed++;
	errno = b->out_errno;
	return b->out_errno ? -1 : 0;
}

static int buffer_ask(void *ctx, char **ret)
{
	struct io_buffer *b = ctx;

	if (!b->answers || !*b->answers)
		return -1;
	*ret = xstrdup(*b->answers++);
	return 0;
}

static int buffer_file_read(void *ctx, const char *path)
{
	(void)ctx;
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int buffer_out_fd(void *ctx)
{
	struct io_buffer *b = ctx;

	if (b->content <= 0)
		b->content = memfd_create("content", MFD_CLOEXEC);
	return fcntl(b->content, F_DUPFD_CLOEXEC, 3);
}

struct io io_buffered(struct io_buffer *b)
{
	return (struct io){
		.out = buffer_out,
		.error = buffer_error,
		.flush = buffer_flush,
		.ask = buffer_ask,
		.file_read = buffer_file_read,
		.out_fd = buffer_out_fd,
		.draft_open = io_draft_open,
		.draft_keep = io_draft_keep,
		.draft_drop = io_draft_drop,
		.out_is_terminal = b->columns != 0,
		.columns = b->columns,
		.unicode = b->unicode,
		.ctx = b,
	};
}

void io_buffer_clear(struct io_buffer *b)
{
	str_clear(&b->out);
	str_clear(&b->error);
	if (b->content > 0)
		close(b->content);
	b->content = 0;
}
