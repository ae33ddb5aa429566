/* SPDX-License-Identifier: MIT */
/*
 * Compares frozen layers with their fingerprints. Write bits do not stop root, and libvirtd runs
 * qemu-img as root; a layer that was written to since it was frozen no longer has the snapshot's
 * content.
 */
#include "objects/classes/storage/node_fingerprint.h"

#include "backends/content/content.h"
#include "objects/classes/storage/image_fingerprint.h"
#include "objects/classes/storage/node_names.h"
#include "objects/session/session.h"

#include <string.h>

/* ---- taking ---------------------------------------------------------------------------------- */

bool node_has_print(const struct node *n)
{
	return n->state == NODE_FROZEN && n->kind == NODE_DISK && !str_is_empty(n->format);
}

/* The present fingerprint of the layer's file; "" if the file does not exist or is a device. */
static char *print_of(const struct node *n, struct content *c)
{
	const char *path = content_place(c);
	_cleanup_error_ struct vxe_error ignored = { 0 };
	struct content_stat f;
	char *print = NULL;

	if (path[0] != '/' || content_stat(c, &f, &ignored) < 0 || !f.exists ||
		image_print(c, n->format, &print, &ignored) < 0)
		return xstrdup("");
	return print;
}

int node_take_print(
	struct session *s, struct txn *t, const char *uuid, bool again, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_free_ char *path = NULL, *print = NULL;

	if (node_find(t, uuid, &n, err) < 0)
		return -1;
	if (!n || !node_has_print(n) || (!again && node_is_printed(n)))
		return 0;
	if (node_path(t, n, &path, err) < 0)
		return -1;
	print = print_of(n, content_of(s, path));
	if (str_eq(print, n->fingerprint))
		return 0;
	str_replace(&n->fingerprint, print);
	return record_save(t, &node_class, n, err);
}

int node_accept(struct session *s, struct txn *t, const char *uuid, struct vxe_error *err)
{
	_cleanup_records_ struct records chain = { 0 };

	if (node_chain(t, uuid, &chain, err) < 0)
		return -1;
	for (size_t i = 0; i < chain.n; i++)
		if (node_take_print(
			    s, t, ((const struct node *)chain.items[i])->r.uuid, true, err) < 0)
			return -1;
	return 0;
}

/* ---- comparing ------------------------------------------------------------------------------- */

const char *node_changed(const struct node *n, struct content *c)
{
	if (!node_has_print(n) || !node_is_printed(n))
		return NULL;
	if (node_is_lost(n))
		return "it was another one when the database was restored";
	_cleanup_free_ char *now = print_of(n, c);

	return image_print_differs(n->fingerprint, now);
}

/* ---- noting ---------------------------------------------------------------------------------- */

#define NOTED                                                                                      \
	"noted " /* prefix of a fingerprint taken when vxe found the layer, not when it froze it */

void node_note_print(struct node *n, struct content *c)
{
	_cleanup_free_ char *print = node_has_print(n) ? print_of(n, c) : xstrdup("");

	free(n->fingerprint);
	n->fingerprint = str_is_empty(print) ? xstrdup("") : xasprintf(NOTED "%s", print);
}

bool node_is_printed(const struct node *n)
{
	return !str_is_empty(n->fingerprint) && !str_starts(n->fingerprint, NOTED);
}

int node_written(const struct node *n, struct content *c)
{
	_cleanup_free_ char *now = print_of(n, c);
	const char *then = n->fingerprint;

	if (str_is_empty(then) || str_is_empty(now))
		return -1;
	if (str_starts(then, NOTED))
		then += strlen(NOTED);
	return image_print_differs(then, now) != NULL;
}

/* ---- records that come back from a dump ------------------------------------------------------ */

#define LOST "lost" /* in place of a fingerprint: the file does not match its restored record */

int node_mark_lost(struct txn *t, struct node *n, struct vxe_error *err)
{
	str_replace(&n->fingerprint, LOST);
	return record_save(t, &node_class, n, err);
}

bool node_is_lost(const struct node *n)
{
	return str_eq(n->fingerprint, LOST);
}
