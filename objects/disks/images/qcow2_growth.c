/* SPDX-License-Identifier: MIT */
/*
 * Reads the L1 and L2 tables of qcow2 images. Their content is not trusted: sizes are limited, and an offset outside
 * of the file ends the reading.
 */
#include "objects/disks/images/qcow2_growth.h"

#include "backends/content/qcow2_layout.h"

/* Bit of a qcow2 incompatible feature, extended L2 entries: each entry has 16 bytes. */
#define EXTENDED_TABLES (UINT64_C(1) << 4)
#define OFFSET UINT64_C(0x00fffffffffffe00)
#define COMPRESSED (UINT64_C(1) << 62)
#define MOST_TABLES (4U * 1024 * 1024) /* number of L1 table entries that QEMU accepts at most */

struct tables {
	struct content *of;
	uint64_t cluster;     /* bytes of a cluster */
	uint64_t n;	      /* number of entries of the L1 table */
	unsigned char *first; /* L1 table; owned */
	/* the L2 table that was read last, one cluster; owned */
	unsigned char *second;
	uint64_t at; /* L1 entry of that table, one more than its index; 0: none was read */
	int there;   /* what second_read() said of it */
};

static void tables_clear(struct tables *t)
{
	free(t->first);
	free(t->second);
}

/* Reads exactly @n bytes; false if the file is cut short or cannot be read. */
static bool read_whole(struct content *c, void *buf, uint64_t n, uint64_t at)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };

	return at <= INT64_MAX &&
		content_pread(c, buf, (size_t)n, (int64_t)at, &ignored) == (ssize_t)n;
}

/*
 * Reads the L1 table of a qcow2 image. Returns 1: read; 0: it is an image of a kind whose growth cannot be computed.
 */
static int tables_read(struct content *c, struct tables *ret, struct vxe_error *err)
{
	_cleanup_header_ struct content_header h = { 0 };
	unsigned char b[80] = { 0 };
	int r = content_read(c, &h, err);

	ret->of = c;
	if (r <= 0)
		return r;
	if (h.state == CONTENT_FOREIGN || !read_whole(c, b, sizeof(b), 0) ||
		(h.version > 2 && qcow2_get64(b + 72) & EXTENDED_TABLES))
		return 0;
	ret->cluster = (uint64_t)h.cluster_size;
	ret->n = qcow2_get32(b + 36);
	if (ret->n > MOST_TABLES)
		return 0;
	ret->first = xcalloc(ret->n + 1, sizeof(uint64_t));
	ret->second = xcalloc(ret->cluster, 1);
	return read_whole(c, ret->first, ret->n * sizeof(uint64_t), qcow2_get64(b + 40));
}

/* Reads the L2 table of the L1 entry @i. Returns 1: read; 0: the entry has no table; -1: it cannot be read. */
static int second_read(struct tables *t, uint64_t i)
{
	uint64_t at = i < t->n ? qcow2_get64(t->first + i * sizeof(uint64_t)) & OFFSET : 0;

	if (!at)
		return 0;
	return read_whole(t->of, t->second, t->cluster, at) ? 1 : -1;
}

static bool has_data(const struct tables *t, uint64_t k)
{
	return qcow2_get64(t->second + k * sizeof(uint64_t)) & (OFFSET | COMPRESSED);
}

/*
 * Adds to *ret the bytes by which the clusters of the L1 entry @i in @from make @to grow; false: a table cannot be
 * read.
 */
static bool add_growth(struct tables *from, struct tables *to, uint64_t i, int64_t *ret)
{
	int there = second_read(from, i), known = there > 0 ? second_read(to, i) : 0;
	int64_t n = 0;

	if (there < 0 || known < 0)
		return false;
	for (uint64_t k = 0; there && k < from->cluster / sizeof(uint64_t); k++)
		n += has_data(from, k) && !(known && has_data(to, k));
	*ret += (n + (n && !known)) * (int64_t)from->cluster;
	return true;
}

/* Returns 1: the cluster @c of the disk has data, 0: it has none, -1: its table cannot be read. */
static int cluster_has_data(struct tables *t, uint64_t c)
{
	uint64_t per = t->cluster / sizeof(uint64_t), i = c / per;

	if (t->at != i + 1) {
		t->there = second_read(t, i);
		t->at = i + 1;
	}
	return t->there > 0 ? has_data(t, c % per) : t->there;
}

/* What @to would get, by now. */
struct added {
	uint64_t clusters, tables;
	uint64_t last,
		last_table; /* one more than the index of the cluster, and of the L2 table, that was counted last */
};

/* Counts the clusters of @to that the bytes from @at on, @n of them, need and that it lacks. */
static bool count_lacking(struct tables *to, uint64_t at, uint64_t n, struct added *ret)
{
	for (uint64_t c = at / to->cluster; c * to->cluster < at + n; c++) {
		uint64_t table = c / (to->cluster / sizeof(uint64_t)) + 1;
		int has = c + 1 == ret->last ? 1 : cluster_has_data(to, c);

		ret->last = c + 1;
		if (has < 0)
			return false;
		if (has)
			continue;
		ret->clusters++;
		ret->tables += to->there == 0 && table != ret->last_table;
		ret->last_table = table;
	}
	return true;
}

/* As add_growth() for the whole of two images with clusters of different sizes, with the reference counts of the new ones. */
static bool growth_of_mixed(struct tables *from, struct tables *to, int64_t *ret)
{
	uint64_t per = from->cluster / sizeof(uint64_t), n;
	struct added added = { 0 };

	for (uint64_t i = 0; i < from->n; i++) {
		int there = second_read(from, i);

		if (there < 0)
			return false;
		for (uint64_t k = 0; there && k < per; k++)
			if (has_data(from, k) &&
				!count_lacking(
					to, (i * per + k) * from->cluster, from->cluster, &added))
				return false;
	}
	n = added.clusters + added.tables;
	*ret = (int64_t)((n + n / (to->cluster / sizeof(uint16_t))) * to->cluster);
	return true;
}

int qcow2_growth(struct content *from, struct content *to, int64_t *ret, struct vxe_error *err)
{
	_cleanup_(tables_clear) struct tables upper = { 0 }, lower = { 0 };
	int r = tables_read(from, &upper, err);

	if (r > 0)
		r = tables_read(to, &lower, err);
	if (r <= 0)
		return r < 0 ? -1 : 0;
	if (upper.cluster != lower.cluster)
		return growth_of_mixed(&upper, &lower, ret);
	*ret = 0;
	for (uint64_t i = 0; i < upper.n; i++)
		if (!add_growth(&upper, &lower, i, ret))
			return 0;
	return 1;
}
