/* SPDX-License-Identifier: MIT */
/*
 * The bytes of an archive while it is written: plain, gzip or zstd, with one buffer of compressed
 * bytes. I/O errors are reported as errors of the caller's file.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "backends/xva/xva_stream.h"

#define BUFFER ((size_t)256 << 10)
#define ASK_MS 250
#define WRITE_BACK (INT64_C(8) << 20)
#define ZSTD_LEVEL 3
/* half the time of zlib's default level 6, for slightly more bytes */
#define GZIP_LEVEL 3
#define GZIP_WINDOW (15 + 16) /* zlib's windowBits: the largest window, with a gzip header */

struct xva_out {
	int fd;
	enum xva_compression how;
	z_stream gz;
	ZSTD_CCtx *zstd;
	unsigned char *buf;
	size_t used;
	const struct xva_watch *watch;
	/* the output is no file: a write must not be larger than the pipe's free space */
	bool waits;
	/*
	 * If the output is a file: the bytes written so far, and the bytes that the kernel was asked to write to the
	 * disk.
	 */
	int64_t written, asked;
};

int stream_wait(int fd, short events, const struct xva_watch *watch, struct vxe_error *err)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int n = poll(&p, 1, ASK_MS);

		if (n > 0 || (n < 0 && errno != EINTR))
			/* if poll() failed, the following read or write reports the error */
			return 0;
		if (watch && watch->tick && watch->tick(watch->ctx, XVA_WAITS, err) < 0)
			return -1;
	}
}

/* Has the kernel begin to write to the disk, so that the sync at the end is short. */
static void write_back(struct xva_out *o, ssize_t done)
{
	o->written += done;
	if (o->waits || o->written - o->asked < WRITE_BACK)
		return;
	(void)sync_file_range(o->fd, o->asked, o->written - o->asked, SYNC_FILE_RANGE_WRITE);
	o->asked = o->written;
}

static int write_all(struct xva_out *o, const void *data, size_t n, struct vxe_error *err)
{
	const char *p = data;

	while (n) {
		if (o->waits && stream_wait(o->fd, POLLOUT, o->watch, err) < 0)
			return -1;
		ssize_t done = write(o->fd, p, o->waits && n > PIPE_BUF ? PIPE_BUF : n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return vxe_fail_text(
				err, "The archive cannot be written: %s", strerror(errno));
		p += done;
		n -= (size_t)done;
		write_back(o, done);
	}
	return 0;
}

static int flush(struct xva_out *o, struct vxe_error *err)
{
	size_t n = o->used;

	o->used = 0;
	return write_all(o, o->buf, n, err);
}

int out_open(struct xva_out **ret, int fd, enum xva_compression how, struct vxe_error *err)
{
	_cleanup_(out_free_cleanup) struct xva_out *o = xcalloc(1, sizeof(*o));

	struct stat st;

	o->fd = fd;
	o->waits = fstat(fd, &st) < 0 || !S_ISREG(st.st_mode);
	o->buf = xmalloc(BUFFER);
	if (how == XVA_GZIP &&
		deflateInit2(&o->gz, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) !=
			Z_OK)
		return vxe_fail_internal(err, "zlib: cannot begin");
	if (how == XVA_ZSTD) {
		o->zstd = ZSTD_createCCtx();
		if (!o->zstd ||
			ZSTD_isError(ZSTD_CCtx_setParameter(
				o->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL)) ||
			ZSTD_isError(ZSTD_CCtx_setParameter(o->zstd, ZSTD_c_checksumFlag, 1)))
			return vxe_fail_internal(err, "zstd: cannot begin");
		/* A second thread compresses, if the library can use threads. */
		(void)ZSTD_CCtx_setParameter(o->zstd, ZSTD_c_nbWorkers, 1);
	}
	o->how = how;
	*ret = TAKE(o);
	return 0;
}

void out_watch(struct xva_out *o, const struct xva_watch *watch)
{
	o->watch = watch;
}

static int out_plain(struct xva_out *o, const void *data, size_t n, struct vxe_error *err)
{
	if (o->used + n > BUFFER && flush(o, err) < 0)
		return -1;
	if (n > BUFFER / 4)
		return flush(o, err) < 0 ? -1 : write_all(o, data, n, err);
	memcpy(o->buf + o->used, data, n);
	o->used += n;
	return 0;
}

static int out_gzip(struct xva_out *o, const void *data, size_t n, bool end, struct vxe_error *err)
{
	union {
		const void *in;
		Bytef *out;
	} u = { data }; /* zlib only reads from it */
	int r;

	o->gz.next_in = u.out;
	o->gz.avail_in = (uInt)n;
	do {
		o->gz.next_out = o->buf + o->used;
		o->gz.avail_out = (uInt)(BUFFER - o->used);
		r = deflate(&o->gz, end ? Z_FINISH : Z_NO_FLUSH);
		o->used = BUFFER - o->gz.avail_out;
		if (r == Z_STREAM_ERROR)
			return vxe_fail_internal(err, "zlib: %s", o->gz.msg ? o->gz.msg : "");
		if (o->used == BUFFER && flush(o, err) < 0)
			return -1;
	} while (o->gz.avail_in || (end && r != Z_STREAM_END));
	return 0;
}

static int out_zstd(struct xva_out *o, const void *data, size_t n, bool end, struct vxe_error *err)
{
	ZSTD_inBuffer in = { data, n, 0 };
	size_t left;

	do {
		ZSTD_outBuffer out = { o->buf, BUFFER, o->used };

		left = ZSTD_compressStream2(o->zstd, &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return vxe_fail_internal(err, "zstd: %s", ZSTD_getErrorName(left));
		o->used = out.pos;
		if (o->used == BUFFER && flush(o, err) < 0)
			return -1;
	} while (in.pos < in.size || (end && left));
	return 0;
}

int out_write(struct xva_out *o, const void *data, size_t n, struct vxe_error *err)
{
	if (n == 0)
		return 0;
	return o->how == XVA_GZIP    ? out_gzip(o, data, n, false, err)
		: o->how == XVA_ZSTD ? out_zstd(o, data, n, false, err)
				     : out_plain(o, data, n, err);
}

int out_finish(struct xva_out *o, struct vxe_error *err)
{
	int r = o->how == XVA_GZIP   ? out_gzip(o, "", 0, true, err)
		: o->how == XVA_ZSTD ? out_zstd(o, "", 0, true, err)
				     : 0;

	return r < 0 ? -1 : flush(o, err);
}

void out_free(struct xva_out *o)
{
	if (!o)
		return;
	if (o->how == XVA_GZIP)
		(void)deflateEnd(&o->gz);
	ZSTD_freeCCtx(o->zstd);
	free(o->buf);
	free(o);
}
