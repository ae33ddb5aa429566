/* SPDX-License-Identifier: MIT */
/* Writing an archive: the document, each disk as blocks with their checksums, the end mark. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "backends/xva_private.h"
#include "objects/base/clock.h"

struct writer {
	struct xva_out *out;
	const struct xva_watch *watch;
	int64_t done; /* bytes of disks */
	unsigned char *block;
	bool dense; /* no block may be left out */
};

static int put_member(struct writer *w, const char *name, const void *data, size_t n, int64_t mtime,
	struct vxe_error *err)
{
	static const unsigned char zeros[TAR_RECORD];
	unsigned char header[TAR_RECORD];

	tar_header(name, n, mtime, header);
	if (out_write(w->out, header, sizeof(header), err) < 0 ||
		out_write(w->out, data, n, err) < 0)
		return -1;
	return out_write(w->out, zeros, -n % TAR_RECORD, err);
}

static int put_block(
	struct writer *w, const char *id, int64_t number, size_t n, struct vxe_error *err)
{
	char name[TAR_NAME_MAX + 1], sum[SUM_TEXT_MAX + 1];

	snprintf(name, sizeof(name), "%s/%08" PRId64, id, number);
	if (put_member(w, name, w->block, n, 0, err) < 0)
		return -1;
	snprintf(name, sizeof(name), "%s/%08" PRId64 "%s", id, number, sum_xxhash.suffix);
	sum_xxhash.text(w->block, n, sum);
	return put_member(w, name, sum, strlen(sum), 0, err);
}

static int64_t block_at(int64_t offset)
{
	return offset / (int64_t)XVA_BLOCK;
}

static int watch(struct writer *w, int64_t done, struct vxe_error *err)
{
	return w->watch && w->watch->tick ? w->watch->tick(w->watch->ctx, done, err) : 0;
}

/*
 * The first block of a disk says how large blocks are, the last one where the disk ends: both are
 * always written, every other one when it holds something.
 */
static int put_one(struct writer *w, const struct xva_disk *d, struct xva_image *image,
	int64_t number, struct vxe_error *err)
{
	int64_t offset = number * (int64_t)XVA_BLOCK, left = d->size - offset;
	size_t n = left < (int64_t)XVA_BLOCK ? (size_t)left : XVA_BLOCK;
	bool must = w->dense || number == 0 || number == block_at(d->size - 1);

	if (image_io_read(image, w->block, n, offset, err) < 0)
		return -1;
	return must || !all_zero(w->block, n) ? put_block(w, d->id, number, n, err) : 0;
}

/* The number of the next block from @number on that may hold something; the last one is due. */
static int next_block(struct xva_image *image, const struct xva_disk *d, int64_t *number,
	struct vxe_error *err)
{
	int64_t last = block_at(d->size - 1), offset = *number * (int64_t)XVA_BLOCK;

	while (*number < last) {
		int64_t length;
		bool zero;

		if (image_io_extent(image, offset, &length, &zero, err) < 0)
			return -1;
		if (!zero)
			break;
		offset += length;
		*number = block_at(offset) < last ? block_at(offset) : last;
	}
	return 0;
}

static int put_blocks(struct writer *w, const struct xva_disk *d, struct xva_image *image,
	struct vxe_error *err)
{
	int64_t last = block_at(d->size - 1);

	for (int64_t number = 0; number <= last; number++) {
		if (number && !w->dense && next_block(image, d, &number, err) < 0)
			return -1;
		if (watch(w, w->done + number * (int64_t)XVA_BLOCK, err) < 0 ||
			put_one(w, d, image, number, err) < 0)
			return -1;
	}
	w->done += d->size;
	return watch(w, w->done, err);
}

static int put_disk(struct writer *w, const struct xva_disk *d, struct vxe_error *err)
{
	_cleanup_(image_io_free_cleanup) struct xva_image *image = NULL;

	if (d->size <= 0 || block_at(d->size - 1) > XVA_NUMBER_MAX)
		return vxe_fail(err, VXE_IMAGE_FAILED, d->path, "its size cannot be exported");
	if (image_io_open(&image, d->path, d->format, d->size, false, err) < 0 ||
		put_blocks(w, d, image, err) < 0)
		return -1;
	return image_io_finish(image, err);
}

static int put_all(struct writer *w, const struct ova *document, const struct xva_disk *disks,
	size_t n, struct vxe_error *err)
{
	static const unsigned char end[2 * TAR_RECORD];
	size_t length;
	_cleanup_free_ char *text = ova_write(document, &length);

	if (put_member(w, "ova.xml", text, length, clock_wall(), err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (put_disk(w, &disks[i], err) < 0)
			return -1;
	if (out_write(w->out, end, sizeof(end), err) < 0)
		return -1;
	return out_finish(w->out, err);
}

int archive_write(int fd, enum xva_compression how, const struct ova *document,
	const struct xva_disk *disks, size_t n, const struct xva_watch *watching,
	struct vxe_error *err)
{
	_cleanup_(out_free_cleanup) struct xva_out *out = NULL;
	_cleanup_free_ unsigned char *block = xmalloc(XVA_BLOCK);

	if (out_open(&out, fd, how, err) < 0)
		return -1;
	out_watch(out, watching);
	/* Other readers take the first block of the archive for the size of all blocks. */
	struct writer w = { .out = out,
		.watch = watching,
		.block = block,
		.dense = n && disks[0].size < (int64_t)XVA_BLOCK };
	return put_all(&w, document, disks, n, err);
}
