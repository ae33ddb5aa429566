/* SPDX-License-Identifier: MIT */
/*
 * The bytes of an archive while it is read, decompressed: the first bytes show the compression. The archive is read
 * to the end of the compressed stream, so that the decompressor's checksum there is compared even if nobody needs the
 * bytes before it.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "backends/xva/xva_input.h"

#include "objects/base/file_kind.h"
#include "backends/xva/xva_stream.h"
#include "backends/xva/xva_tar.h"

#define BUFFER ((size_t)256 << 10)
#define DRAIN_MAX ((uint64_t)64 << 20)
#define WINDOW_LOG_MAX 27
#define GZIP_WINDOW (15 + 16)

struct xva_in {
	int fd;
	const struct xva_watch *watch;
	enum xva_compression how;
	z_stream gz;
	ZSTD_DCtx *zstd;
	unsigned char *buf;
	size_t from, to; /* range of the bytes in buf that were read and are not used yet */
	bool end;	 /* the descriptor was read to the end of the file */
	bool between;	 /* between two gzip members or zstd frames, where the stream may end */
	uint64_t offset;
};

/*
 * Fills the empty input buffer from the descriptor. Returns 0 also at the end of the file; in->from equals in->to
 * then.
 */
static int fill_input(struct xva_in *in, struct vxe_error *err)
{
	if (in->from < in->to || in->end)
		return 0;
	for (;;) {
		if (stream_wait(in->fd, POLLIN, in->watch, err) < 0)
			return -1;
		ssize_t n = read(in->fd, in->buf, BUFFER);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return vxe_fail_text(
				err, "The archive cannot be read: %s", strerror(errno));
		in->end = n == 0;
		in->from = 0;
		in->to = (size_t)n;
		return 0;
	}
}

/* Reads until the buffer has a whole tar record (512 bytes) or the file ends, even if the bytes arrive slowly. */
static int fill_first(struct xva_in *in, struct vxe_error *err)
{
	while (in->to < TAR_RECORD && !in->end) {
		if (stream_wait(in->fd, POLLIN, in->watch, err) < 0)
			return -1;
		ssize_t n = read(in->fd, in->buf + in->to, BUFFER - in->to);

		if (n < 0 && errno != EINTR)
			return vxe_fail_text(
				err, "The archive cannot be read: %s", strerror(errno));
		in->end = n == 0;
		in->to += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/*
 * The name of the kind of file that the user gave in place of an archive, "a qcow2 image", for the error message;
 * NULL: unknown.
 */
static const char *other_kind(const struct xva_in *in)
{
	const char *kind = file_kind(in->buf, in->to);
	bool boots = in->to >= TAR_RECORD && in->buf[TAR_RECORD - 2] == 0x55 &&
		in->buf[TAR_RECORD - 1] == 0xaa;

	return !kind && boots ? "a raw image of a disk" : kind;
}

static int detect_compression(struct xva_in *in, struct vxe_error *err)
{
	static const unsigned char zstd_magic[] = { 0x28, 0xb5, 0x2f, 0xfd };

	if (in->to >= 4 && memcmp(in->buf, zstd_magic, sizeof(zstd_magic)) == 0) {
		in->zstd = ZSTD_createDCtx();
		if (!in->zstd ||
			ZSTD_isError(ZSTD_DCtx_setParameter(
				in->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
			return vxe_fail_internal(err, "zstd: cannot begin");
		in->how = XVA_ZSTD;
		return 0;
	}
	if (in->to >= 2 && in->buf[0] == 0x1f && in->buf[1] == 0x8b) {
		if (inflateInit2(&in->gz, GZIP_WINDOW) != Z_OK)
			return vxe_fail_internal(err, "zlib: cannot begin");
		in->how = XVA_GZIP;
		return 0;
	}
	if (in->to >= TAR_RECORD && tar_is_header(in->buf))
		return 0;
	const char *kind = other_kind(in);

	if (kind)
		return vxe_fail(err, VXE_NO_ARCHIVE, kind);
	return in->to < TAR_RECORD ? vxe_fail(err, IMPORT_ERROR_PREMATURE_EOF)
				   : ova_fail(err, "this is not an archive of a VM");
}

int in_open(struct xva_in **ret, int fd, const struct xva_watch *watch, struct vxe_error *err)
{
	_cleanup_(in_free_cleanup) struct xva_in *in = xcalloc(1, sizeof(*in));

	in->fd = fd;
	in->watch = watch;
	in->buf = xmalloc(BUFFER);
	in->between = true;
	if (fill_first(in, err) < 0 || detect_compression(in, err) < 0)
		return -1;
	*ret = TAKE(in);
	return 0;
}

/* ---- one step of each kind: some bytes, or none and in->end ----------------------------------- */

static int step_plain(struct xva_in *in, void *buf, size_t n, size_t *got, struct vxe_error *err)
{
	if (fill_input(in, err) < 0)
		return -1;
	*got = in->to - in->from < n ? in->to - in->from : n;
	memcpy(buf, in->buf + in->from, *got);
	in->from += *got;
	return 0;
}

/* Goes on behind the end of a gzip member: zeros may follow the last member; anything else must be another member. */
static int next_gzip(struct xva_in *in, struct vxe_error *err)
{
	while (in->from < in->to && in->buf[in->from] == 0)
		in->from++;
	if (in->from == in->to)
		return 0;
	if (in->buf[in->from] != 0x1f)
		return ova_fail(err, "something follows the compressed data");
	in->between = false;
	return inflateReset(&in->gz) == Z_OK ? 0 : vxe_fail_internal(err, "zlib: cannot go on");
}

static int step_gzip(struct xva_in *in, void *buf, size_t n, size_t *got, struct vxe_error *err)
{
	if (fill_input(in, err) < 0 || (in->between && next_gzip(in, err) < 0))
		return -1;
	*got = 0;
	if (in->between)
		return 0;
	in->gz.next_in = in->buf + in->from;
	in->gz.avail_in = (uInt)(in->to - in->from);
	in->gz.next_out = buf;
	in->gz.avail_out = (uInt)n;
	int r = inflate(&in->gz, Z_NO_FLUSH);

	in->from = in->to - in->gz.avail_in;
	*got = n - in->gz.avail_out;
	in->between = r == Z_STREAM_END;
	/*
	 * When all input is used, zlib may still have output; if it has none either, the compressed stream was cut
	 * off.
	 */
	if (r == Z_BUF_ERROR && *got == 0 && in->end)
		return vxe_fail(err, IMPORT_ERROR_PREMATURE_EOF);
	return r == Z_OK || r == Z_STREAM_END || r == Z_BUF_ERROR
		? 0
		: ova_fail(err, "the compressed data are damaged");
}

static int step_zstd(struct xva_in *in, void *buf, size_t n, size_t *got, struct vxe_error *err)
{
	ZSTD_outBuffer out = { buf, n, 0 };

	if (fill_input(in, err) < 0)
		return -1;
	ZSTD_inBuffer from = { in->buf, in->to, in->from };
	size_t left = ZSTD_decompressStream(in->zstd, &out, &from);

	if (ZSTD_isError(left))
		return ova_fail(
			err, "the compressed data are damaged: %s", ZSTD_getErrorName(left));
	*got = out.pos;
	/*
	 * zstd may hold output back: only when all input is used does its result tell whether a frame is incomplete.
	 */
	if (from.pos > in->from || out.pos)
		in->between = left == 0;
	else if (in->end && !in->between)
		return vxe_fail(err, IMPORT_ERROR_PREMATURE_EOF);
	in->from = from.pos;
	return 0;
}

static int step(struct xva_in *in, void *buf, size_t n, size_t *got, struct vxe_error *err)
{
	return in->how == XVA_GZIP    ? step_gzip(in, buf, n, got, err)
		: in->how == XVA_ZSTD ? step_zstd(in, buf, n, got, err)
				      : step_plain(in, buf, n, got, err);
}

int in_read(struct xva_in *in, void *buf, size_t n, size_t *ret, struct vxe_error *err)
{
	size_t have = 0;

	while (have < n) {
		size_t got = 0;

		if (step(in, (char *)buf + have, n - have, &got, err) < 0)
			return -1;
		have += got;
		if (got == 0 && in->end && in->from == in->to)
			break;
	}
	in->offset += have;
	*ret = have;
	return 0;
}

int in_drain(struct xva_in *in, struct vxe_error *err)
{
	_cleanup_free_ unsigned char *buf = xmalloc(BUFFER);
	uint64_t drained = 0;
	size_t got;

	do {
		if (in_read(in, buf, BUFFER, &got, err) < 0)
			return -1;
		drained += got;
		if (drained > DRAIN_MAX)
			return ova_fail(err, "too much follows the end mark");
	} while (got == BUFFER);
	return 0;
}

void in_watch(struct xva_in *in, const struct xva_watch *watch)
{
	in->watch = watch;
}

uint64_t in_offset(const struct xva_in *in)
{
	return in->offset;
}

void in_free(struct xva_in *in)
{
	if (!in)
		return;
	if (in->how == XVA_GZIP)
		(void)inflateEnd(&in->gz);
	ZSTD_freeDCtx(in->zstd);
	free(in->buf);
	free(in);
}
