/* SPDX-License-Identifier: MIT */
/*
 * Reads an archive. The number of a block does not give its position: each missing number stands
 * for a block of zeros, but an empty block, which only keeps a slow connection alive, has a number
 * and takes no space.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "backends/xva/xva_image.h"
#include "backends/xva/xva_input.h"
#include "backends/xva/xva_private.h"
#include "backends/xva/xva_table.h"
#include "backends/xva/xva_tar.h"
#include "objects/base/escape.h"

#define CLUSTER ((size_t)64 << 10) /* bytes of a cluster of a qcow2 image */

struct xva {
	const struct xva_ops *ops; /* must be first; xva.c sets it */
	struct xva_in *in;
	struct ova *document;
	unsigned char *block; /* one of the two blocks below */
	unsigned char *blocks[2];
	bool marked; /* the two zero records that end a tar stream were found */
	int64_t done;
	struct sum_table sums; /* checksums of all blocks read so far; empty without XVA_TABLE */
};

/* The disk that is being read. */
struct disk {
	const struct xva_disk *d;
	struct xva_image *image; /* NULL: its content is dropped */
	int64_t last, unit, offset;
	/* for each of the archive's two block buffers, the writes from it that are under way */
	struct image_writes writes[2];
};

/* ---- members ---------------------------------------------------------------------------------- */

static int fail_member(const struct tar_member *m, const char *what, struct vxe_error *err)
{
	return ova_fail(err, "%s: %s, at byte %" PRIu64, m->name, what, m->offset);
}

static int read_document(struct xva *x, const struct xva_watch *watch, struct vxe_error *err)
{
	struct tar_member m;

	int r = tar_next(x->in, &m, &x->marked, err);

	if (r < 0)
		return -1;
	if (r == 0)
		return vxe_fail(err, IMPORT_ERROR_PREMATURE_EOF);
	if (str_ends(m.name, ".ovf"))
		return vxe_fail(err, VXE_NO_ARCHIVE, "an OVA");
	if (!str_eq(m.name, "ova.xml")) {
		_cleanup_free_ char *found = shown(m.name, SHOWN_TEXT);

		return vxe_fail(err, IMPORT_ERROR_UNEXPECTED_FILE, "ova.xml", found);
	}
	if (m.size > XVA_DOCUMENT_MAX)
		return fail_member(&m, "too large", err);
	_cleanup_free_ char *text = xmalloc((size_t)m.size + 1);

	if (tar_content(x->in, &m, text, err) < 0)
		return -1;
	return ova_parse(text, (size_t)m.size, watch, &x->document, err);
}

static void archive_close(struct xva *x)
{
	in_free(x->in);
	ova_free(x->document);
	free(x->blocks[0]);
	free(x->blocks[1]);
	sum_table_clear(&x->sums);
	free(x);
}
DEFINE_CLEANUP(struct xva *, archive_close)

static int archive_open(
	struct xva **ret, int fd, const struct xva_watch *watch, struct vxe_error *err)
{
	_cleanup_(archive_close_cleanup) struct xva *x = xcalloc(1, sizeof(*x));

	x->blocks[0] = x->block = xmalloc(XVA_BLOCK);
	x->blocks[1] = xmalloc(XVA_BLOCK);
	if (in_open(&x->in, fd, watch, err) < 0 || read_document(x, watch, err) < 0)
		return -1;
	*ret = TAKE(x);
	return 0;
}

static const struct ova *archive_document(const struct xva *x)
{
	return x->document;
}

/* ---- blocks ----------------------------------------------------------------------------------- */

#define DIGITS_MAX 20

/*
 * Reads the name "ID/NUMBER" of a block in an archive: returns the number, *suffix is what follows; -1: the name is
 * not of this form, or has another id. xapi writes 8 digits, other programs 1 to 20.
 */
static int64_t block_number(const char *name, const char *id, const char **suffix)
{
	size_t n = strlen(id);
	int64_t number = 0;

	if (strncmp(name, id, n) != 0 || name[n] != '/')
		return -1;
	name += n + 1;
	*suffix = name + strspn(name, "0123456789");
	if (*suffix == name || *suffix - name > DIGITS_MAX)
		return -1;
	for (; name < *suffix; name++)
		if (__builtin_mul_overflow(number, 10, &number) ||
			__builtin_add_overflow(number, *name - '0', &number))
			return -1;
	return number;
}

/* Checks the number and the size of a disk's block before its data are read; *ret is the block's offset in the disk. */
static int check_block(struct disk *k, const struct tar_member *m, int64_t number, int64_t *ret,
	struct vxe_error *err)
{
	int64_t hole, end;

	if (number <= k->last)
		return fail_member(m, "a block out of order", err);
	if (m->size > XVA_BLOCK)
		return fail_member(m, "a block that is too large", err);
	if (k->last < 0 && number != 0)
		return fail_member(m, "the first block is missing", err);
	if (k->last < 0 && m->size == 0)
		return fail_member(m, "the first block is empty", err);
	if (k->last < 0)
		k->unit = (int64_t)m->size;
	if ((int64_t)m->size > k->unit)
		return fail_member(m, "a block larger than the first", err);
	if (__builtin_mul_overflow(number - k->last - 1, k->unit, &hole) ||
		__builtin_add_overflow(k->offset, hole, ret) ||
		__builtin_add_overflow(*ret, (int64_t)m->size, &end) || end > k->d->size)
		return fail_member(m, "a block beyond the end of its disk", err);
	if (m->size && (int64_t)m->size < k->unit && end != k->d->size)
		return fail_member(m, "a block that is too short", err);
	return 0;
}

/* Compares a block with its checksum, which is the next tar member. */
static int check_sum(struct xva *x, const struct tar_member *block, const struct xva_reading *r,
	struct vxe_error *err)
{
	struct tar_member m;
	char found[SUM_TEXT_MAX];
	size_t n = strlen(block->name);
	int got = tar_next(x->in, &m, &x->marked, err);

	if (got < 0)
		return -1;
	if (got == 0)
		return vxe_fail(err, IMPORT_ERROR_PREMATURE_EOF);
	const struct sum_kind *kind =
		strncmp(m.name, block->name, n) == 0 ? sum_by_suffix(m.name + n) : NULL;

	if (!kind)
		return fail_member(&m, "not the checksum of the block before", err);
	if (m.size != kind->length)
		return fail_member(&m, "no checksum", err);
	if (tar_content(x->in, &m, found, err) < 0)
		return -1;
	char sum[SUM_TEXT_MAX + 1];

	kind->text(x->block, (size_t)block->size, sum);
	if (r->flags & XVA_TABLE)
		sum_table_add(&x->sums, block->name, sum);
	if (memcmp(sum, found, kind->length) == 0)
		return 0;
	_cleanup_free_ char *text =
		xasprintf("%s: the checksum is wrong, at byte %" PRIu64 ": %s instead of %.*s",
			block->name, block->offset, sum, (int)kind->length, found);

	if (!(r->flags & XVA_FORCE))
		return ova_fail(err, "%s", text);
	if (r->notice)
		r->notice(r->ctx, text);
	return 0;
}

static struct image_writes *writes_of(const struct xva *x, struct disk *k)
{
	return &k->writes[x->block == x->blocks[1]];
}

static int settle_disk_writes(const struct xva *x, struct disk *k, struct vxe_error *err)
{
	return k->image ? image_io_settle(k->image, writes_of(x, k), err) : 0;
}

/*
 * Switches to the other of the two block buffers, so that it can be filled while qemu-nbd still writes from the
 * first; waits until earlier writes from the new buffer have ended.
 */
static int take_other_block(struct xva *x, struct disk *k, struct vxe_error *err)
{
	x->block = x->blocks[x->block == x->blocks[0]];
	return settle_disk_writes(x, k, err);
}

/* Writes a block of a disk to the image, except clusters of zeros: a new image reads as zeros, and stays small. */
static int write_block(
	struct xva *x, struct disk *k, size_t n, int64_t offset, struct vxe_error *err)
{
	for (size_t at = 0, piece; k->image && at < n; at += piece) {
		bool zero = all_zero(x->block + at, n - at < CLUSTER ? n - at : CLUSTER);

		/* Finds the end of the piece: its clusters are either all zero or all not zero. */
		for (piece = 0; piece < n - at; piece += CLUSTER) {
			size_t left = n - at - piece;

			if (all_zero(x->block + at + piece, left < CLUSTER ? left : CLUSTER) !=
				zero)
				break;
		}
		piece = piece < n - at ? piece : n - at;
		if (!zero &&
			image_io_write(k->image, writes_of(x, k), x->block + at, piece,
				offset + (int64_t)at, err) < 0)
			return -1;
	}
	return 0;
}

static int read_block(struct xva *x, struct disk *k, const struct tar_member *m, int64_t number,
	const struct xva_reading *r, struct vxe_error *err)
{
	int64_t offset = 0;

	if (check_block(k, m, number, &offset, err) < 0 || take_other_block(x, k, err) < 0 ||
		tar_content(x->in, m, x->block, err) < 0 || check_sum(x, m, r, err) < 0 ||
		write_block(x, k, (size_t)m->size, offset, err) < 0)
		return -1;
	k->last = number;
	k->offset = offset + (int64_t)m->size;
	return r->watch.tick ? r->watch.tick(r->watch.ctx, x->done + k->offset, err) : 0;
}

/* ---- disks ------------------------------------------------------------------------------------ */

static int read_blocks(
	struct xva *x, struct disk *k, const struct xva_reading *r, struct vxe_error *err)
{
	while (k->offset < k->d->size) {
		struct tar_member m;
		const char *suffix = "";
		int got = tar_next(x->in, &m, &x->marked, err);

		if (got < 0)
			return -1;
		if (got == 0)
			return vxe_fail(err, IMPORT_ERROR_PREMATURE_EOF);
		int64_t number = block_number(m.name, k->d->id, &suffix);

		if (number < 0 || *suffix)
			return fail_member(&m, "a block of another disk was expected", err);
		if (read_block(x, k, &m, number, r, err) < 0)
			return -1;
	}
	x->done += k->d->size;
	return settle_disk_writes(x, k, err) < 0 || take_other_block(x, k, err) < 0 ? -1 : 0;
}

static int read_disk(
	struct xva *x, const struct xva_disk *d, const struct xva_reading *r, struct vxe_error *err)
{
	_cleanup_(image_io_free_cleanup) struct xva_image *image = NULL;
	struct disk k = { .d = d, .last = -1 };

	if (d->of && image_io_open(&image, d->of, d->format, d->size, true, NULL, err) < 0)
		return -1;
	k.image = image;
	if (read_blocks(x, &k, r, err) < 0)
		return -1;
	return image ? image_io_finish(image, err) : 0;
}

static void notice(const struct xva_reading *r, const char *text)
{
	if (r->notice)
		r->notice(r->ctx, text);
}

static int expect_table(struct xva *x, struct tar_member *m, struct vxe_error *err)
{
	int got = tar_next(x->in, m, &x->marked, err);

	if (got < 0)
		return -1;
	if (got == 0 || !str_ends(m->name, XVA_TABLE_NAME)) {
		_cleanup_free_ char *found = shown(got ? m->name : "", SHOWN_TEXT);

		return vxe_fail(err, IMPORT_ERROR_UNEXPECTED_FILE, XVA_TABLE_NAME, found);
	}
	return m->size > XVA_DOCUMENT_MAX ? fail_member(m, "too large", err) : 0;
}

static int read_table(struct xva *x, const struct xva_reading *r, struct vxe_error *err)
{
	struct tar_member m;
	_cleanup_ova_ struct ova *table = NULL;

	if (expect_table(x, &m, err) < 0)
		return -1;
	_cleanup_free_ char *text = xmalloc((size_t)m.size + 1);

	if (tar_content(x->in, &m, text, err) < 0 ||
		ova_parse(text, (size_t)m.size, &r->watch, &table, err) < 0)
		return -1;
	const char *name = sum_table_differs(&x->sums, table);

	if (!name)
		return 0;
	if (!(r->flags & XVA_FORCE))
		return vxe_fail(err, IMPORT_ERROR_SOME_CHECKSUMS_FAILED);
	_cleanup_free_ char *safe = shown(name, SHOWN_TEXT);
	_cleanup_free_ char *said = xasprintf(
		"The archive's table of checksums does not agree with the block %s.", safe);

	notice(r, said);
	return 0;
}

static int archive_read(struct xva *x, const struct xva_reading *r, struct vxe_error *err)
{
	in_watch(x->in, &r->watch);
	for (size_t i = 0; i < r->n; i++)
		if (read_disk(x, &r->disks[i], r, err) < 0)
			return -1;
	if (r->flags & XVA_TABLE && read_table(x, r, err) < 0)
		return -1;
	struct tar_member m;
	int got = tar_next(x->in, &m, &x->marked, err);

	if (got < 0)
		return -1;
	if (got > 0)
		return fail_member(&m, "nothing more was expected", err);
	if (!x->marked)
		notice(r, "The archive has no end mark; everything else is there.");
	return in_drain(x->in, err);
}

extern const struct xva_ops xva_module_ops;
const struct xva_ops xva_module_ops = {
	.write = archive_write,
	.open = archive_open,
	.document = archive_document,
	.read = archive_read,
	.close = archive_close,
};
