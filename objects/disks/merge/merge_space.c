/* SPDX-License-Identifier: MIT */
#include "objects/disks/merge/merge_space.h"

#include "backends/content/content.h"
#include "objects/disks/images/qcow2_growth.h"
#include "objects/engine/plan_space.h"

int64_t merge_needs(const struct tree_node *from, const struct tree_node *to)
{
	_cleanup_error_ struct vxe_error untold = { 0 };
	int64_t bytes = 0;

	if (!from->qcow2 || !to->qcow2 ||
		qcow2_growth(from->content, to->content, &bytes, &untold) <= 0)
		return -1;
	return bytes;
}

static char *lack(const char *path, int64_t needed)
{
	_cleanup_error_ struct vxe_error unknown = { 0 };
	_cleanup_plan_ struct plan p = { 0 };

	plan_need(&p, path, needed);
	if (plan_check_space(&p, &unknown) == 0 || unknown.code != SR_BACKEND_FAILURE_44)
		return NULL;
	return xstrdup(unknown.params[unknown.n_params - 1]);
}

char *merge_space_lack(const struct tree_node *from, const struct tree_node *to)
{
	int64_t needed = merge_needs(from, to);

	return needed > 0 ? lack(to->path, needed) : NULL;
}

/* A file system, with the bytes that the planned merges so far take from it, less those that they give back. */
struct fs {
	dev_t dev;
	int64_t taken;
};

struct account {
	size_t n;
	struct fs *items;
};

static struct fs *fs_of(struct account *a, dev_t dev)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->items[i].dev == dev)
			return &a->items[i];
	a->items = xrealloc(a->items, a->n + 1, sizeof(*a->items));
	a->items[a->n] = (struct fs){ .dev = dev };
	return &a->items[a->n++];
}

static struct fs *fs_of_file(struct account *a, const struct tree_node *n)
{
	_cleanup_error_ struct vxe_error unknown = { 0 };
	struct content_stat f;

	return content_stat(n->content, &f, &unknown) == 0 && f.exists ? fs_of(a, f.dev) : NULL;
}

/*
 * Adds the disk space of the merge @a to the account; true if it lacks space, so its layer must wait. A merge that
 * the user asks for (vdi-merge) is not held back: it checks its space itself, and fails.
 */
static bool mark(struct account *acc, struct tree *t, const struct disk_action *a)
{
	struct tree_node *n = &t->items[a->node];
	const struct tree_node *into = a->into >= 0 ? &t->items[a->into] : NULL;

	if (a->kind == ACTION_WAIT || a->kind == ACTION_FORGET)
		return false;
	struct fs *at = into ? fs_of_file(acc, into) : NULL;
	int64_t needed = at && !n->asked ? merge_needs(n, into) : 0;
	char *why = needed > 0 ? lack(into->path, needed + at->taken) : NULL;

	if (why) {
		n->reserved = true;
		free(n->why);
		n->why = why;
		return true;
	}
	if (needed > 0)
		at->taken += needed;
	at = fs_of_file(acc, n);
	if (at)
		at->taken -= n->allocated;
	return false;
}

bool merge_space_mark(struct tree *t, const struct disk_actions *a)
{
	struct account acc = { 0 };
	bool any = false;

	for (size_t i = 0; i < a->n && !any; i++)
		any = mark(&acc, t, &a->items[i]);
	free(acc.items);
	return any;
}
