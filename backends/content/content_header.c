/* SPDX-License-Identifier: MIT */
/*
 * Reads the qcow2 header itself, because running qemu-img for each disk would take longer than a
 * whole snapshot. The limits are QEMU's; a file that QEMU would refuse to open is an error here,
 * too.
 */
#include "backends/content/content_private.h"

#define V2_LENGTH 72
#define V3_LENGTH 104
#define SNAPSHOTS_MAX 65536
#define BITMAPS_MAX 65535
#define BITMAPS_LEN 24
#define CLUSTER_BITS_MIN 9
#define CLUSTER_BITS_MAX 21

enum extension {
	EXT_END = 0,
	EXT_BACKING_FORMAT = QCOW2_BACKING_FORMAT,
	EXT_BITMAPS = 0x23852875,
	EXT_ENCRYPTION = 0x0537be77,
	EXT_DATA_FILE = 0x44415441,
};

enum incompatible_bit {
	BIT_DIRTY = 1 << 0,
	BIT_CORRUPT = 1 << 1,
	BIT_DATA_FILE = 1 << 2,
	BIT_COMPRESSION = 1 << 3, /* the header says how clusters are compressed */
	/* entries of the L2 tables have 16 bytes; qemu-img makes and reads such images */
	BIT_EXTENDED_L2 = 1 << 4,
	BITS_KNOWN = BIT_DIRTY | BIT_CORRUPT | BIT_DATA_FILE | BIT_COMPRESSION | BIT_EXTENDED_L2,
};
enum autoclear_bit { BIT_BITMAPS = 1 << 0 };
enum compression { COMPRESSION_ZLIB = 0, COMPRESSION_ZSTD = 1 };

/* Positions in a qcow2 header, which are needed only while the header is read. */
struct layout {
	uint64_t backing_offset;
	uint32_t backing_len;
	uint64_t cluster_size;
	uint64_t extensions; /* offset of the extensions */
	/* the program that wrote the image last knows bitmaps, so the bitmaps are up to date */
	bool bitmaps;
};

/*
 * The functions below read parts of a qcow2 header. They return NULL if all is well, else the text of the error,
 * which is valid until the next call of a C library function.
 */
const char *read_exactly(const struct content_open *o, void *buf, size_t n, uint64_t offset)
{
	ssize_t got = o->kind->pread(o->fd, buf, n, (off_t)offset);

	if (got < 0)
		return strerror(errno);
	return (size_t)got == n ? NULL : "the qcow2 header is cut short";
}

/*
 * The first bytes of an image file. They hold the whole header of most images, so that one read takes the place of
 * ten.
 */
struct head {
	struct content_open open;
	size_t n; /* number of bytes read */
	unsigned char bytes[1024];
};

static const char *read_part(const struct head *head, void *buf, size_t n, uint64_t offset)
{
	if (offset > head->n || n > head->n - offset)
		return read_exactly(&head->open, buf, n, offset);
	memcpy(buf, head->bytes + offset, n);
	return NULL;
}

/* Replaces the text *ret by the @n bytes at @offset of the image; refuses more than @max bytes, and a NUL. */
static const char *read_text(
	const struct head *head, uint64_t offset, size_t n, size_t max, char **ret)
{
	if (n > max)
		return "a name in the qcow2 header is too long";
	_cleanup_free_ char *text = xcalloc(n + 1, 1);
	const char *wrong = read_part(head, text, n, offset);

	if (wrong)
		return wrong;
	if (strlen(text) != n)
		return "a name in the qcow2 header holds a NUL byte";
	free(*ret);
	*ret = TAKE(text);
	return NULL;
}

/* Reads the type of compression, which stands behind the fixed part of a qcow2 header of version 3. */
static const char *read_compression(
	const struct head *head, const struct layout *l, struct content_header *h)
{
	unsigned char type;

	if (l->extensions <= V3_LENGTH)
		return NULL;
	const char *wrong = read_part(head, &type, sizeof(type), V3_LENGTH);

	h->unknown |= !wrong && type != COMPRESSION_ZLIB && type != COMPRESSION_ZSTD;
	return wrong;
}

static const char *decode_fixed(const unsigned char *b, struct layout *l, struct content_header *h)
{
	uint32_t cluster_bits = qcow2_get32(b + 20), snapshots = qcow2_get32(b + 60);
	uint64_t size = qcow2_get64(b + 24);

	if (cluster_bits < CLUSTER_BITS_MIN || cluster_bits > CLUSTER_BITS_MAX)
		return "the cluster size in the qcow2 header is out of range";
	if (size > INT64_MAX)
		return "the size in the qcow2 header is out of range";
	if (snapshots > SNAPSHOTS_MAX)
		return "the qcow2 header names too many snapshots";
	l->cluster_size = UINT64_C(1) << cluster_bits;
	l->backing_offset = qcow2_get64(b + 8);
	l->backing_len = qcow2_get32(b + 16);
	l->extensions = V2_LENGTH;
	h->virtual_size = (int64_t)size;
	h->cluster_size = (int64_t)l->cluster_size;
	h->encrypted = qcow2_get32(b + 32) != 0;
	h->snapshots = (int)snapshots;
	h->snapshot_table = qcow2_get64(b + 64);
	return NULL;
}

static const char *check_layout(const struct layout *l, int version)
{
	uint64_t least = version == 2 ? V2_LENGTH : V3_LENGTH;

	if (l->extensions < least || l->extensions > l->cluster_size)
		return "the length of the qcow2 header is out of range";
	if (l->backing_offset > l->cluster_size)
		return "the backing file's name lies outside the qcow2 header";
	if (l->backing_offset && l->backing_len > l->cluster_size - l->backing_offset)
		return "the backing file's name lies outside the qcow2 header";
	return NULL;
}

static const char *read_bitmaps(const struct head *head, const struct layout *l, uint64_t offset,
	uint32_t len, struct content_header *h)
{
	unsigned char b[BITMAPS_LEN];

	if (len != BITMAPS_LEN)
		return "the bitmaps extension of the qcow2 header is damaged";
	const char *wrong = read_part(head, b, sizeof(b), offset);

	if (wrong)
		return wrong;
	if (qcow2_get32(b) > BITMAPS_MAX)
		return "the qcow2 header names too many bitmaps";
	h->bitmaps = l->bitmaps ? (int)qcow2_get32(b) : 0;
	return NULL;
}

static const char *read_extension(const struct head *head, const struct layout *l, uint32_t type,
	uint64_t offset, uint32_t len, struct content_header *h)
{
	switch (type) {
	case EXT_BACKING_FORMAT:
		return read_text(head, offset, len, QCOW2_FORMAT_MAX, &h->backing_format);
	case EXT_DATA_FILE:
		return read_text(head, offset, len, QCOW2_NAME_MAX, &h->data_file);
	case EXT_BITMAPS:
		return read_bitmaps(head, l, offset, len, h);
	case EXT_ENCRYPTION:
		h->encrypted = true;
		return NULL;
	default:
		return NULL;
	}
}

/* Reads the extensions of a qcow2 header, which end at the backing file's name or at the end of the first cluster. */
static const char *read_extensions(
	const struct head *head, const struct layout *l, struct content_header *h)
{
	uint64_t offset = l->extensions;
	uint64_t end = l->backing_offset ? l->backing_offset : l->cluster_size;

	while (offset + 8 <= end) {
		unsigned char b[8];
		const char *wrong = read_part(head, b, sizeof(b), offset);
		uint32_t type, len;

		if (wrong)
			return wrong;
		type = qcow2_get32(b);
		len = qcow2_get32(b + 4);
		offset += sizeof(b);
		if (type == EXT_END)
			break;
		if (len > end - offset)
			return "an extension of the qcow2 header is too long";
		wrong = read_extension(head, l, type, offset, len, h);
		if (wrong)
			return wrong;
		offset += ((uint64_t)len + 7) & ~UINT64_C(7);
	}
	return NULL;
}

static const char *read_header(const struct head *head, struct content_header *h)
{
	unsigned char b[V3_LENGTH];
	struct layout l = { 0 };
	size_t n;

	const char *wrong = read_part(head, b, 8, 0);

	if (wrong)
		return wrong;
	h->version = (int)qcow2_get32(b + 4);
	if (h->version != 2 && h->version != 3)
		return "this version of the qcow2 format is not supported";
	n = h->version == 2 ? V2_LENGTH : V3_LENGTH;
	wrong = read_part(head, b, n, 0);
	if (wrong)
		return wrong;
	wrong = decode_fixed(b, &l, h);
	if (wrong)
		return wrong;
	if (h->version == 3) {
		uint64_t incompatible = qcow2_get64(b + 72);

		h->dirty = incompatible & BIT_DIRTY;
		h->corrupt = incompatible & BIT_CORRUPT;
		h->unknown = incompatible & ~(uint64_t)BITS_KNOWN;
		l.bitmaps = qcow2_get64(b + 88) & BIT_BITMAPS;
		/*
		 * A header extension has the external data file's name; without the extension, too, the image has
		 * its data in another file.
		 */
		if (incompatible & BIT_DATA_FILE)
			h->data_file = xstrdup("");
		l.extensions = qcow2_get32(b + 100);
	}
	wrong = check_layout(&l, h->version);
	if (!wrong && h->version == 3)
		wrong = read_compression(head, &l, h);
	if (wrong)
		return wrong;
	wrong = read_extensions(head, &l, h);
	if (wrong || !l.backing_offset || !l.backing_len)
		return wrong;
	return read_text(head, l.backing_offset, l.backing_len, QCOW2_NAME_MAX, &h->backing);
}

/* ---- judging --------------------------------------------------------------------------------- */

static const char *foreign_reason(const struct content_header *h)
{
	if (h->data_file)
		return "it keeps its data in another file";
	if (h->encrypted)
		return "it is encrypted";
	if (h->unknown)
		return "it needs features of the qcow2 format that vxe does not know";
	if (h->backing && !h->backing_path)
		return "its backing file is a protocol name";
	return NULL;
}

static void judge_header(struct content_header *h)
{
	h->reason = foreign_reason(h);
	if (h->reason) {
		h->state = CONTENT_FOREIGN;
		return;
	}
	if (h->corrupt)
		h->reason = "QEMU has found damage in it, and marked it as corrupt";
	else if (h->dirty)
		h->reason = "it was not closed properly, and is marked as dirty";
	h->state = h->corrupt ? CONTENT_CORRUPT : h->dirty ? CONTENT_DIRTY : CONTENT_SOUND;
}

/* ---- reading --------------------------------------------------------------------------------- */

static int check_readable(const struct content_open *o, const char *place, struct vxe_error *err)
{
	struct content_stat f = { 0 };

	if (o->kind->look(place, &f, err) < 0)
		return -1;
	return f.exists && !S_ISREG(f.type) && !S_ISBLK(f.type)
		? image_fail(err, place, "neither a file nor a block device")
		: 0;
}

int header_read(const struct content_open *o, const char *place, struct content_header *ret,
	struct vxe_error *err)
{
	_cleanup_header_ struct content_header h = { 0 };
	struct head head = { .open = *o };
	ssize_t got = o->kind->pread(o->fd, head.bytes, sizeof(head.bytes), 0);
	int error = errno;

	if (got < 4 || qcow2_get32(head.bytes) != QCOW2_MAGIC) {
		if (check_readable(o, place, err) < 0)
			return -1;
		errno = error;
		return got < 0 ? image_fail_errno(err, place, "cannot be read") : 0;
	}
	head.n = (size_t)got;
	const char *wrong = read_header(&head, &h);

	if (wrong)
		return image_fail(err, place, "%s", wrong);
	if (str_is_empty(h.backing_format))
		str_replace(&h.backing_format, NULL);
	const struct content_name below = { .text = h.backing };

	h.backing_path = h.backing ? content_named(place, &below) : NULL;
	judge_header(&h);
	*ret = h;
	h = (struct content_header){ 0 };
	return 1;
}

int content_read(struct content *c, struct content_header *ret, struct vxe_error *err)
{
	struct content_open open;

	return content_open(c, &open, err) < 0 ? -1
					       : header_read(&open, content_place(c), ret, err);
}
