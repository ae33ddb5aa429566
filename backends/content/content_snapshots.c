/* SPDX-License-Identifier: MIT */
/*
 * Reads the table of internal snapshots in a qcow2 image. The table is foreign data: each length is
 * limited before it is used, with QEMU's limits.
 */
#include "backends/content/content_private.h"

#include <inttypes.h>

/* bytes of an entry of the snapshot table before its extra data, its id and its name */
#define ENTRY_LEN 40
#define EXTRA_MAX 1024 /* most bytes of extra data */
#define MEMORY_LEN 8   /* bytes of the VM state's size, the first in a snapshot's extra data */
#define SIZE_LEN 8     /* bytes of the disk's size, which follows in the extra data */
#define TABLE_MAX (64UL * 1024 * 1024) /* most bytes of all entries */
#define NAME_SHOWN 255

#define SUM_START UINT64_C(0xcbf29ce484222325) /* first value of FNV-1a */
#define SUM_PRIME UINT64_C(0x100000001b3)

struct table {
	const struct content_open *from;
	/* offsets in the image of the next byte and of the table's last possible end */
	uint64_t at, end;
	uint64_t sum; /* checksum of the entry so far */
	struct content_snapshots *to;
};

/*
 * Reads the next @n bytes of the snapshot table, and adds them to the checksums. Returns NULL, or the text of an
 * error, valid until the next call of a C library function.
 */
static const char *take_bytes(struct table *t, unsigned char *buf, size_t n)
{
	if (n > t->end - t->at)
		return "the table of internal snapshots is too long";
	const char *wrong = read_exactly(t->from, buf, n, t->at);

	if (wrong)
		return wrong;
	t->at += n;
	for (size_t i = 0; i < n; i++) {
		t->to->sum = (t->to->sum ^ buf[i]) * SUM_PRIME;
		t->sum = (t->sum ^ buf[i]) * SUM_PRIME;
	}
	return NULL;
}

/* Reads the id or name of a snapshot, which need not be text; *ret ends at the first NUL, or after 255 bytes. */
static const char *read_name(struct table *t, size_t n, char **ret)
{
	_cleanup_free_ unsigned char *text = xcalloc(n + 1, 1);
	const char *wrong = take_bytes(t, text, n);

	if (!wrong)
		*ret = xstrndup((const char *)text, n < NAME_SHOWN ? n : NAME_SHOWN);
	return wrong;
}

/* Reads the extra data of a snapshot. The 64-bit size of the VM state in it replaces the 32-bit one of the entry. */
static const char *read_extra(struct table *t, size_t n, struct content_snapshot *s)
{
	unsigned char extra[EXTRA_MAX];

	if (n > sizeof(extra))
		return "an internal snapshot has too much extra data";
	const char *wrong = take_bytes(t, extra, n);

	if (!wrong && n >= MEMORY_LEN && qcow2_get64(extra) <= INT64_MAX)
		s->memory = (int64_t)qcow2_get64(extra);
	if (!wrong && n >= MEMORY_LEN + SIZE_LEN && qcow2_get64(extra + MEMORY_LEN) <= INT64_MAX)
		s->size = (int64_t)qcow2_get64(extra + MEMORY_LEN);
	return wrong;
}

static const char *read_entry(struct table *t, struct content_snapshot *s)
{
	unsigned char b[ENTRY_LEN];
	_cleanup_free_ char *id = NULL;

	t->at = (t->at + 7) & ~UINT64_C(7);
	t->sum = SUM_START;
	const char *wrong = t->at > t->end ? "the table of internal snapshots is too long"
					   : take_bytes(t, b, sizeof(b));

	if (wrong)
		return wrong;
	size_t id_len = (size_t)b[12] << 8 | b[13], name_len = (size_t)b[14] << 8 | b[15];

	s->time = qcow2_get32(b + 16);
	s->memory = qcow2_get32(b + 32);
	wrong = read_extra(t, qcow2_get32(b + 36), s);
	if (!wrong)
		wrong = read_name(t, id_len, &id);
	if (!wrong)
		wrong = read_name(t, name_len, &s->name);
	if (wrong)
		return wrong;
	s->key = xasprintf("%s:%016" PRIx64, id, t->sum);
	/* A snapshot's id that QEMU has given is a number; no other text may get into an option of qemu-img. */
	s->option = *id && id[strspn(id, "0123456789")] == '\0' ? xasprintf("snapshot.id=%s", id)
								: NULL;
	return NULL;
}

static const char *read_table(const struct content_open *from, const struct content_header *h,
	struct content_snapshots *ret)
{
	struct table t = { .from = from, .at = h->snapshot_table, .to = ret };

	if (h->snapshot_table > INT64_MAX - TABLE_MAX || h->snapshot_table % 8)
		return "the table of internal snapshots lies at no place of a file";
	t.end = h->snapshot_table + TABLE_MAX;
	for (int i = 0; i < h->snapshots; i++) {
		ret->items = xrealloc(ret->items, ret->n + 1, sizeof(*ret->items));
		ret->items[ret->n] = (struct content_snapshot){ 0 };
		const char *wrong = read_entry(&t, &ret->items[ret->n++]);

		if (wrong)
			return wrong;
	}
	return NULL;
}

/* Moves the snapshot with the key @key from @from to @ret; fails if there is none. */
static int only(const char *place, const char *key, struct content_snapshots *from,
	struct content_snapshots *ret, struct vxe_error *err)
{
	for (size_t i = 0; i < from->n; i++) {
		struct content_snapshot *one = &from->items[i];

		if (!one->option || !str_eq(one->key, key))
			continue;
		*ret = (struct content_snapshots){ 1, xcalloc(1, sizeof(*one)), from->sum };
		ret->items[0] = *one;
		*one = (struct content_snapshot){ 0 };
		return 1;
	}
	return image_fail(err, place, "the internal snapshot to read is there no more");
}

int content_snapshots(
	struct content *c, const char *key, struct content_snapshots *ret, struct vxe_error *err)
{
	const char *place = content_place(c);
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_snapshots_ struct content_snapshots found = { .sum = SUM_START };
	struct content_open open;
	int r = content_open(c, &open, err) < 0 ? -1 : header_read(&open, place, &h, err);

	if (r < 0 || (r == 0 && !key))
		return r;
	const char *wrong = r ? read_table(&open, &h, &found) : NULL;

	if (wrong)
		return image_fail(err, place, "%s", wrong);
	if (key)
		return only(place, key, &found, ret, err);
	*ret = found;
	found = (struct content_snapshots){ 0 };
	return 1;
}
