/* SPDX-License-Identifier: MIT */
/* Writing an archive: the document, each disk as blocks with their checksums, the end mark. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "backends/xva/xva_image.h"
#include "backends/xva/xva_private.h"
#include "backends/xva/xva_stream.h"
#include "backends/xva/xva_tar.h"
#include "objects/base/clock.h"

#define AHEAD 8 /* blocks of a disk that are read concurrently */

struct writer {
	struct xva_out *out;
	const struct xva_watch *watch;
	int64_t done; /* bytes of disks */
	bool dense;   /* every block is written */
	struct image_read reads[AHEAD];
};

/* The blocks of a disk that are read ahead; the oldest is written next. */
struct ahead {
	const struct xva_disk *d;
	struct xva_image *image;
	int64_t next; /* the next number to look for */
	size_t oldest, n;
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
	struct writer *w, const char *id, const struct image_read *r, struct vxe_error *err)
{
	char name[TAR_NAME_MAX + 1], sum[SUM_TEXT_MAX + 1];

	snprintf(name, sizeof(name), "%s/%08" PRId64, id, r->number);
	if (put_member(w, name, r->buf, r->n, 0, err) < 0)
		return -1;
	snprintf(name, sizeof(name), "%s/%08" PRId64 "%s", id, r->number, sum_xxhash.suffix);
	sum_xxhash.text(r->buf, r->n, sum);
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

/* The number of the next block from @number on that may hold data; the last block always counts. */
static int next_block(
	struct xva_image *image, const struct xva_disk *d, int64_t *number, struct vxe_error *err)
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

static int64_t last_block(const struct xva_disk *d)
{
	return block_at(d->size - 1);
}

/* Starts reading as many blocks as fit, in their order. */
static int read_ahead(struct writer *w, struct ahead *a, struct vxe_error *err)
{
	for (; a->n < AHEAD && a->next <= last_block(a->d); a->next++) {
		struct image_read *r = &w->reads[(a->oldest + a->n) % AHEAD];

		if (a->next && !w->dense && next_block(a->image, a->d, &a->next, err) < 0)
			return -1;
		int64_t offset = a->next * (int64_t)XVA_BLOCK, left = a->d->size - offset;

		r->number = a->next;
		r->n = left < (int64_t)XVA_BLOCK ? (size_t)left : XVA_BLOCK;
		if (image_io_begin(a->image, r, offset, err) < 0)
			return -1;
		a->n++;
	}
	return 0;
}

/*
 * The first block of a disk shows the size of blocks, the last one the end of the disk: these two
 * are always written, the others only if they hold data.
 */
static int put_oldest(struct writer *w, struct ahead *a, struct vxe_error *err)
{
	struct image_read *r = &w->reads[a->oldest];
	bool must = w->dense || r->number == 0 || r->number == last_block(a->d);

	if (watch(w, w->done + r->number * (int64_t)XVA_BLOCK, err) < 0 ||
		image_io_await(a->image, r, err) < 0)
		return -1;
	if ((must || !all_zero(r->buf, r->n)) && put_block(w, a->d->id, r, err) < 0)
		return -1;
	a->oldest = (a->oldest + 1) % AHEAD;
	a->n--;
	return 0;
}

static int put_disk(struct writer *w, const struct xva_disk *d, struct vxe_error *err)
{
	_cleanup_(image_io_free_cleanup) struct xva_image *image = NULL;

	if (d->size <= 0 || block_at(d->size - 1) > XVA_NUMBER_MAX)
		return vxe_fail(err, VXE_IMAGE_FAILED, d->path, "its size cannot be exported");
	if (image_io_open(&image, d->path, d->format, d->size, false, err) < 0)
		return -1;
	struct ahead a = { .d = d, .image = image };

	do {
		if (read_ahead(w, &a, err) < 0 || put_oldest(w, &a, err) < 0)
			return -1;
	} while (a.n || a.next <= last_block(d));
	w->done += d->size;
	if (watch(w, w->done, err) < 0)
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
	_cleanup_free_ unsigned char *blocks = xmalloc(AHEAD * XVA_BLOCK);

	if (out_open(&out, fd, how, err) < 0)
		return -1;
	out_watch(out, watching);
	/* Other programs take the size of the archive's first block as the size of all blocks. */
	struct writer w = {
		.out = out, .watch = watching, .dense = n && disks[0].size < (int64_t)XVA_BLOCK
	};
	for (size_t i = 0; i < AHEAD; i++)
		w.reads[i].buf = blocks + i * XVA_BLOCK;
	return put_all(&w, document, disks, n, err);
}
