/* SPDX-License-Identifier: MIT */
/*
 * Reads the table of internal snapshots in a qcow2 image. The table is foreign data: each length is
 * limited before it is used, with QEMU's limits.
 */
#include "backends/content/qcow2_table.h"

#include "backends/content/image_private.h"
#include "backends/content/qcow2.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define ENTRY_LEN 40		       /* before the extra data, the identity and the name */
#define EXTRA_MAX 1024		       /* bytes of extra data */
#define MEMORY_LEN 8		       /* of extra data: the size of the memory */
#define SIZE_LEN 8		       /* after that: the size of the disk */
#define TABLE_MAX (64UL * 1024 * 1024) /* bytes, of all entries */
#define NAME_SHOWN 255

#define SUM_START UINT64_C(0xcbf29ce484222325) /* FNV-1a */
#define SUM_PRIME UINT64_C(0x100000001b3)

struct table {
	int fd;
	uint64_t at, end; /* offsets */
	uint64_t sum;	  /* of the entry so far */
	struct qcow2_snapshots *to;
};

void qcow2_snapshots_clear(struct qcow2_snapshots *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->items[i].name);
		free(s->items[i].key);
	}
	free(s->items);
	*s = (struct qcow2_snapshots){ 0 };
}

/* NULL on success, else an error text, as in qcow2.c. */
static const char *take(struct table *t, unsigned char *buf, size_t n)
{
	if (n > t->end - t->at)
		return "the table of internal snapshots is too long";
	const char *wrong = qcow2_read_exactly(t->fd, buf, n, t->at);

	if (wrong)
		return wrong;
	t->at += n;
	for (size_t i = 0; i < n; i++) {
		t->to->sum = (t->to->sum ^ buf[i]) * SUM_PRIME;
		t->sum = (t->sum ^ buf[i]) * SUM_PRIME;
	}
	return NULL;
}

/* Names need not be text; a name with a NUL is cut there. */
static const char *read_name(struct table *t, size_t n, char **ret)
{
	_cleanup_free_ unsigned char *text = xcalloc(n + 1, 1);
	const char *wrong = take(t, text, n);

	if (!wrong)
		*ret = xstrndup((const char *)text, n < NAME_SHOWN ? n : NAME_SHOWN);
	return wrong;
}

/* If there is a 64-bit number of the memory's bytes, it replaces the 32-bit one. */
static const char *read_extra(struct table *t, size_t n, struct qcow2_snapshot *s)
{
	unsigned char extra[EXTRA_MAX];

	if (n > sizeof(extra))
		return "an internal snapshot has too much extra data";
	const char *wrong = take(t, extra, n);

	if (!wrong && n >= MEMORY_LEN && qcow2_get64(extra) <= INT64_MAX)
		s->memory = (int64_t)qcow2_get64(extra);
	if (!wrong && n >= MEMORY_LEN + SIZE_LEN && qcow2_get64(extra + MEMORY_LEN) <= INT64_MAX)
		s->size = (int64_t)qcow2_get64(extra + MEMORY_LEN);
	return wrong;
}

static const char *read_entry(struct table *t, struct qcow2_snapshot *s)
{
	unsigned char b[ENTRY_LEN];
	_cleanup_free_ char *id = NULL;

	t->at = (t->at + 7) & ~UINT64_C(7);
	t->sum = SUM_START;
	const char *wrong = t->at > t->end ? "the table of internal snapshots is too long"
					   : take(t, b, sizeof(b));

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
	if (!wrong)
		s->key = xasprintf("%s:%016" PRIx64, id, t->sum);
	return wrong;
}

static const char *read_table(int fd, const struct qcow2_header *h, struct qcow2_snapshots *ret)
{
	struct table t = { .fd = fd, .at = h->snapshot_table, .to = ret };

	if (h->snapshot_table > INT64_MAX - TABLE_MAX || h->snapshot_table % 8)
		return "the table of internal snapshots lies at no place of a file";
	t.end = h->snapshot_table + TABLE_MAX;
	for (int i = 0; i < h->snapshots; i++) {
		ret->items = xrealloc(ret->items, ret->n + 1, sizeof(*ret->items));
		ret->items[ret->n] = (struct qcow2_snapshot){ 0 };
		const char *wrong = read_entry(&t, &ret->items[ret->n++]);

		if (wrong)
			return wrong;
	}
	return NULL;
}

int qcow2_snapshots_read(struct content *c, struct qcow2_snapshots *ret, struct vxe_error *err)
{
	int fd = content_fd(c, err);
	const char *path = content_place(c);
	_cleanup_header_ struct qcow2_header h = { 0 };
	_cleanup_snapshots_ struct qcow2_snapshots found = { .sum = SUM_START };
	int r = fd < 0 ? -1 : qcow2_read_fd(fd, path, &h, err);

	if (r <= 0)
		return r;
	const char *wrong = read_table(fd, &h, &found);

	if (wrong)
		return image_fail(err, path, "%s", wrong);
	*ret = found;
	found = (struct qcow2_snapshots){ 0 };
	return 1;
}

/* QEMU's numbers; nothing else may get into an option. */
static bool is_number(const char *id, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isdigit((unsigned char)id[i]))
			return false;
	return n > 0;
}

int qcow2_snapshot_option(struct content *c, const char *key, char **ret, struct vxe_error *err)
{
	_cleanup_snapshots_ struct qcow2_snapshots found = { 0 };
	size_t n = strcspn(key, ":");
	bool is_there = false;

	if (qcow2_snapshots_read(c, &found, err) < 0)
		return -1;
	for (size_t i = 0; i < found.n; i++)
		is_there |= str_eq(found.items[i].key, key);
	if (!is_there || !is_number(key, n))
		return image_fail(
			err, content_place(c), "the internal snapshot to read is there no more");
	*ret = xasprintf("snapshot.id=%.*s", (int)n, key);
	return 0;
}
