/* SPDX-License-Identifier: MIT */
/*
 * Fingerprints of images: made of a file's metadata and its table of internal snapshots, not of its
 * content. Writing to a file changes its modification time; restoring it from a backup preserves
 * that. The positions of holes, and so the end of the data, are not included: file systems report
 * them late, and a copy has other holes.
 */
#include "objects/classes/storage/image_fingerprint.h"

#include "backends/content/content.h"
#include "objects/base/image_error.h"

#include <inttypes.h>
#include <string.h>

#define NS INT64_C(1000000000)
#define UNREADABLE "unreadable"

static char *table_print(struct content *c, const char *format)
{
	_cleanup_snapshots_ struct content_snapshots found = { 0 };
	_cleanup_error_ struct vxe_error ignored = { 0 };

	if (!str_eq(format, "qcow2"))
		return xstrdup("none");
	if (content_snapshots(c, NULL, &found, &ignored) <= 0)
		return xstrdup(UNREADABLE);
	return xasprintf("%zu:%016" PRIx64, found.n, found.sum);
}

int image_print(struct content *c, const char *format, char **ret, struct vxe_error *err)
{
	struct content_stat f;

	if (content_stat(c, &f, err) < 0)
		return -1;
	if (!f.exists)
		return image_fail(err, content_place(c), "does not exist");
	if (!S_ISREG(f.type)) {
		*ret = xstrdup("");
		return 0;
	}
	_cleanup_free_ char *table = table_print(c, format);

	*ret = xasprintf(
		"size=%" PRId64 " changed=%" PRId64 " snapshots=%s", f.size, f.written, table);
	return 0;
}

/* ---- comparing ------------------------------------------------------------------------------- */

/* Finds the value of the member @name in a fingerprint, up to the next blank; "" if there is no such member. */
static const char *fingerprint_member(const char *print, const char *name, size_t *len)
{
	size_t n = strlen(name);

	for (const char *p = print; *p; p += strcspn(p, " "), p += *p == ' ') {
		if (strncmp(p, name, n) != 0 || p[n] != '=')
			continue;
		*len = strcspn(p + n + 1, " ");
		return p + n + 1;
	}
	*len = 0;
	return "";
}

static bool same(const char *a, const char *b, const char *name)
{
	size_t n, m;
	const char *x = fingerprint_member(a, name, &n), *y = fingerprint_member(b, name, &m);

	return n == m && strncmp(x, y, n) == 0;
}

static int64_t fingerprint_number(const char *print, const char *name)
{
	size_t n;

	return strtoll(fingerprint_member(print, name, &n), NULL, 10);
}

const char *image_print_differs(const char *then, const char *now)
{
	if (str_is_empty(then) || str_is_empty(now))
		return NULL;
	if (!same(then, now, "size"))
		return "its size is another";
	if (!same(then, now, "snapshots"))
		return "its internal snapshots are others";
	/*
	 * A present time of whole seconds is compared by its seconds only: many archivers restore no fractions of
	 * seconds.
	 */
	int64_t a = fingerprint_number(then, "changed"), b = fingerprint_number(now, "changed");

	return (a == b || (b % NS == 0 && a / NS == b / NS)) ? NULL : "it was written to";
}
