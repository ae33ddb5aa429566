/* SPDX-License-Identifier: MIT */
/*
 * Tar headers: vxe writes one kind, and accepts only plain files. An archive of a VM has no links,
 * devices, folders or sparse files.
 */
#include <stdio.h>
#include <string.h>

#include "backends/xva/xva_tar.h"

#include "backends/xva/xva_input.h"

#define EXTRA_MAX ((size_t)64 << 10) /* most bytes of extended headers */

struct ustar {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100];
	char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], pad[12];
};
_Static_assert(sizeof(struct ustar) == TAR_RECORD, "a header is one record");

/* ---- writing ---------------------------------------------------------------------------------- */

static unsigned header_sum(const unsigned char *record)
{
	size_t at = offsetof(struct ustar, sum);
	unsigned sum = 0;

	for (size_t i = 0; i < TAR_RECORD; i++)
		sum += i >= at && i < at + sizeof(((struct ustar *)0)->sum) ? ' ' : record[i];
	return sum;
}

void tar_header(const char *name, uint64_t size, int64_t mtime, unsigned char ret[TAR_RECORD])
{
	struct ustar h = { .type = '0', .magic = "ustar", .version = { '0', '0' } };

	snprintf(h.name, sizeof(h.name), "%s", name);
	memcpy(h.mode, "0000400", sizeof(h.mode));
	memcpy(h.uid, "0000000", sizeof(h.uid));
	memcpy(h.gid, "0000000", sizeof(h.gid));
	memcpy(h.major, "0000000", sizeof(h.major));
	memcpy(h.minor, "0000000", sizeof(h.minor));
	snprintf(h.size, sizeof(h.size), "%011llo", (unsigned long long)size & 077777777777);
	snprintf(h.mtime, sizeof(h.mtime), "%011llo", (unsigned long long)mtime & 077777777777);
	memcpy(ret, &h, TAR_RECORD);
	snprintf(h.sum, sizeof(h.sum), "%07o", header_sum(ret));
	memcpy(ret, &h, TAR_RECORD);
}

/* ---- reading ---------------------------------------------------------------------------------- */

/* Reads octal digits behind blanks, ended by a NUL, a blank or the field's end; an empty field is 0. */
static bool octal(const char *field, size_t n, uint64_t *ret)
{
	size_t i = 0;
	uint64_t value = 0;

	while (i < n && field[i] == ' ')
		i++;
	for (; i < n && field[i] && field[i] != ' '; i++) {
		if (field[i] < '0' || field[i] > '7' || value >> 60)
			return false;
		value = value << 3 | (uint64_t)(field[i] - '0');
	}
	*ret = value;
	return true;
}

/*
 * Reads a member's size from its tar header. A size in binary form, which only huge members have, counts as
 * UINT64_MAX; no member of an archive is so large. False if the field is damaged.
 */
static bool size_of(const struct ustar *h, uint64_t *ret)
{
	const unsigned char *p = (const unsigned char *)h->size;

	if (!(p[0] & 0x80))
		return octal(h->size, sizeof(h->size), ret);
	*ret = UINT64_MAX;
	return !(p[0] & 0x40);
}

bool tar_is_header(const unsigned char record[TAR_RECORD])
{
	const struct ustar *h = (const struct ustar *)(const void *)record;
	uint64_t sum;

	return octal(h->sum, sizeof(h->sum), &sum) && sum == header_sum(record) && sum != 8UL * ' ';
}

bool all_zero(const void *data, size_t n)
{
	const unsigned char *p = data;

	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

/*
 * Reads a member's name from its tar header, with the ustar prefix; false if bytes follow the NUL that ends the name,
 * or the name is too long.
 */
static bool member_name_of(const struct ustar *h, char ret[TAR_NAME_MAX + 1])
{
	size_t n = strnlen(h->name, sizeof(h->name));
	bool posix = memcmp(h->magic, "ustar", sizeof(h->magic)) == 0;
	size_t prefix = posix ? strnlen(h->prefix, sizeof(h->prefix)) : 0;

	if (n < sizeof(h->name) && !all_zero(h->name + n, sizeof(h->name) - n))
		return false;
	if (prefix + 1 + n > TAR_NAME_MAX)
		return false;
	snprintf(ret, TAR_NAME_MAX + 1, "%.*s%s%.*s", (int)prefix, h->prefix, prefix ? "/" : "",
		(int)n, h->name);
	return true;
}

static int fail_at(const struct tar_member *m, const char *what, struct vxe_error *err)
{
	return ova_fail(err, "%s at byte %llu", what, (unsigned long long)m->offset);
}

int tar_content(struct xva_in *in, const struct tar_member *m, void *buf, struct vxe_error *err)
{
	unsigned char padding[TAR_RECORD];
	size_t rest = (size_t)(-m->size % TAR_RECORD), got;

	if (in_read(in, buf, (size_t)m->size, &got, err) < 0)
		return -1;
	if (got < m->size)
		return vxe_fail(err, IMPORT_ERROR_PREMATURE_EOF);
	if (in_read(in, padding, rest, &got, err) < 0)
		return -1;
	return got < rest ? vxe_fail(err, IMPORT_ERROR_PREMATURE_EOF) : 0;
}

/* ---- what comes before a header --------------------------------------------------------------- */

struct extra {
	char *path; /* name from an extended header, used instead of the tar header's */
	bool has_size;
	uint64_t size;
};

static void extra_clear(struct extra *e)
{
	free(e->path);
}

static bool decimal(const char *text, const char *end, uint64_t *ret)
{
	uint64_t n = 0;

	if (text == end)
		return false;
	for (; text < end; text++)
		if (*text < '0' || *text > '9' || n > UINT64_MAX / 10 - 1)
			return false;
		else
			n = n * 10 + (uint64_t)(*text - '0');
	*ret = n;
	return true;
}

/*
 * Reads the pax record "LENGTH KEY=VALUE\n" at @p, and keeps a path or size in @e; returns the record's end; NULL: it
 * is damaged.
 */
static const char *pax_record(const char *p, const char *end, struct extra *e)
{
	const char *blank = memchr(p, ' ', (size_t)(end - p));
	uint64_t length;

	if (!blank || !decimal(p, blank, &length) || length > (uint64_t)(end - p) ||
		length < (uint64_t)(blank - p) + 3 || p[length - 1] != '\n')
		return NULL;
	const char *last = p + length - 1, *key = blank + 1;
	const char *equals = memchr(key, '=', (size_t)(last - key));

	if (!equals || memchr(key, '\0', (size_t)(last - key)))
		return NULL;
	if (equals - key == 4 && memcmp(key, "path", 4) == 0) {
		free(e->path);
		e->path = xstrndup(equals + 1, (size_t)(last - equals - 1));
	}
	if (equals - key == 4 && memcmp(key, "size", 4) == 0) {
		e->has_size = true;
		if (!decimal(equals + 1, last, &e->size))
			return NULL;
	}
	return p + length;
}

/* ---- members ---------------------------------------------------------------------------------- */

/*
 * Reads the next record of a tar stream. Returns 1: a record that is not all zeros, 0: the end of the archive, -1:
 * failure.
 */
static int read_header(
	struct xva_in *in, unsigned char *record, bool *marked, struct vxe_error *err)
{
	for (int zeros = 0; zeros < 2; zeros++) {
		size_t got;

		*marked = false;
		if (in_read(in, record, TAR_RECORD, &got, err) < 0)
			return -1;
		if (got == 0)
			return 0;
		if (got < TAR_RECORD)
			return vxe_fail(err, IMPORT_ERROR_PREMATURE_EOF);
		if (all_zero(record, TAR_RECORD))
			continue;
		return zeros ? ova_fail(err, "data follows the end mark at byte %llu",
				       (unsigned long long)in_offset(in) - TAR_RECORD)
			     : 1;
	}
	*marked = true;
	return 0;
}

static int apply_extra(const struct extra *e, struct tar_member *m, struct vxe_error *err)
{
	if (e->has_size)
		m->size = e->size;
	if (!e->path)
		return 0;
	if (strlen(e->path) > TAR_NAME_MAX)
		return fail_at(m, "a name is too long", err);
	snprintf(m->name, sizeof(m->name), "%s", e->path);
	return 0;
}

int tar_next(struct xva_in *in, struct tar_member *ret, bool *marked, struct vxe_error *err)
{
	_cleanup_(extra_clear) struct extra e = { 0 };
	unsigned char record[TAR_RECORD];
	const struct ustar *h = (const struct ustar *)(const void *)record;

	for (;;) {
		ret->offset = in_offset(in);
		int r = read_header(in, record, marked, err);
		if (r <= 0)
			return r;
		if (!tar_is_header(record))
			return fail_at(ret, "no tar header", err);
		if (!size_of(h, &ret->size) || !member_name_of(h, ret->name))
			return fail_at(ret, "a damaged tar header", err);
		char type = h->type ? h->type : '0';

		if (type == '0')
			return apply_extra(&e, ret, err) < 0 ? -1 : 1;
		if (type != 'x' && type != 'g' && type != 'L')
			return fail_at(ret, "a member that is not a plain file", err);
		if (ret->size > EXTRA_MAX)
			return fail_at(ret, "an extended header is too large", err);
		_cleanup_free_ char *text = xcalloc((size_t)ret->size + 1, 1);

		if (tar_content(in, ret, text, err) < 0)
			return -1;
		if (type == 'L') {
			if (strnlen(text, (size_t)ret->size) + 1 < ret->size)
				return fail_at(ret, "a long name is damaged", err);
			str_replace(&e.path, text);
		}
		for (const char *p = text; type == 'x' && p < text + ret->size;) {
			p = pax_record(p, text + ret->size, &e);
			if (!p)
				return fail_at(ret, "an extended header is damaged", err);
		}
	}
}
