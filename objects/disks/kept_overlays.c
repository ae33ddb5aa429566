/* SPDX-License-Identifier: MIT */
#include "objects/disks/kept_overlays.h"

#include "backends/content/content.h"
#include "backends/machine/machine.h"
#include "objects/base/far/far_file.h"
#include "objects/base/far/far_mounts.h"
#include "objects/base/file_key.h"
#include "objects/base/log.h"

#include <string.h>

/* ---- file systems ---------------------------------------------------------------------------- */

/* The length of the mount point of the file system on which the file lies, which begins its path; 0: the root. */
static size_t mount_length(const struct session *s, const char *path)
{
	_cleanup_free_ char *text = machine_text(s->config.root, "/proc/self/mountinfo");
	_cleanup_strv_ struct strv lines = { 0 };
	size_t longest = 0;

	if (text)
		strv_split(&lines, text, '\n');
	for (size_t i = 0; i < lines.n; i++) {
		_cleanup_strv_ struct strv words = { 0 };

		strv_split(&words, lines.items[i], ' ');
		if (words.n < 5)
			continue;
		far_unescape(words.items[4]);
		size_t n = strlen(words.items[4]);

		if (n > longest && n > 1 && strncmp(path, words.items[4], n) == 0 && path[n] == '/')
			longest = n;
	}
	return longest;
}

/*
 * The path as it is kept: with two slashes where its file system begins, so that a file which has gone is told from one
 * whose file system is not mounted. Owned.
 */
static char *kept_path(const struct session *s, const char *path)
{
	size_t n = mount_length(s, path);

	return xasprintf("%.*s/%s", (int)n, path, path + n);
}

/* *ret: the path, owned. Returns whether its file system is mounted. */
static bool is_mounted(const struct session *s, const char *kept, char **ret)
{
	const char *at = strstr(kept, "//");

	*ret = at ? xasprintf("%.*s%s", (int)(at - kept), kept, at + 1) : xstrdup(kept);
	return !at || mount_length(s, *ret) == (size_t)(at - kept);
}

/* ---- keeping --------------------------------------------------------------------------------- */

struct keeping {
	struct session *s;
	const char *path;
	char *kept; /* the overlay, as kept_path() */
	bool there; /* the record has it, or there is no such layer */
};

static int keep_it(struct txn *t, void *ctx, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	struct keeping *k = ctx;

	if (node_by_path(k->s, t, k->path, &n, err) < 0)
		return -1;
	k->there = !n || strv_has(&n->overlays, k->kept);
	if (k->there)
		return 0;
	strv_add(&n->overlays, k->kept);
	return record_save(t, &node_class, n, err);
}

void overlay_keep(struct session *s, const char *path, const char *overlay)
{
	_cleanup_free_ char *real = far_answers(overlay) < 0 ? NULL : realpath(overlay, NULL);
	_cleanup_error_ struct vxe_error failed = { 0 };
	struct keeping k = { .s = s, .path = path };

	if (!real || file_is_device(real))
		return;
	_cleanup_free_ char *kept = k.kept = kept_path(s, real);

	if (store_update(s->store, keep_it, &k, &failed) < 0)
		log_info("%s is not kept as an overlay on %s: %s", kept, path,
			code_info(failed.code)->name);
}

/* ---- looking again --------------------------------------------------------------------------- */

/* What a kept overlay is to the file @path, for a person; NULL: nothing any more. Owned. */
static char *user_of(struct session *s, const char *kept, const char *path)
{
	_cleanup_error_ struct vxe_error failed = { 0 };
	_cleanup_strv_ struct strv names = { 0 };
	_cleanup_free_ char *next = NULL, *at = NULL;
	struct content_stat f = { 0 };
	bool mounted = is_mounted(s, kept, &at);

	if (content_stat(content_of(s, at), &f, &failed) == 0 && !f.exists)
		return mounted ? NULL : xasprintf("%s, whose file system is not mounted", at);
	if (failed.code || content_names(content_of(s, at), &names, &next, &failed) < 0)
		return xasprintf("%s, which cannot be read", at);
	for (size_t i = 0; i < names.n; i++)
		if (file_is_same(names.items[i], path))
			return TAKE(at);
	return NULL;
}

int overlays_find(struct session *s, struct txn *t, const char *node, const char *path,
	stranger_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;

	if (node_find(t, node, &n, err) < 0)
		return -1;
	for (size_t i = 0; n && i < n->overlays.n; i++) {
		_cleanup_free_ char *user = user_of(s, n->overlays.items[i], path);

		if (user && fn(ctx, path, user, err) < 0)
			return -1;
	}
	return 0;
}
