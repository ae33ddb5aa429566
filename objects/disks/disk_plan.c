/* SPDX-License-Identifier: MIT */
/*
 * The planner of merges. It works on a copy of the tree of layers: chooses the cheapest allowed action, applies the
 * action to the copy, and repeats until no action is left. The remaining layers are listed at the end with the reason
 * why they wait.
 */
#include "objects/disks/disk_plan.h"

#include "objects/model/human.h"

#include <inttypes.h>

#include "objects/base/mem.h"
#include "objects/base/str.h"

/* A layer in the planner's copy of the tree. */
struct spot {
	struct tree_node node; /* the layer; its texts are borrowed from the original tree */
	int n_children;
	bool gone;
};

struct game {
	size_t n;
	struct spot *spots;
};

void tree_clear(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->items[i].uuid);
		free(t->items[i].path);
		free(t->items[i].why);
		free(t->items[i].needed);
		free(t->items[i].vm);
		free(t->items[i].changed);
		free(t->items[i].internal);
		free(t->items[i].damaged);
		free(t->items[i].dirty);
		free(t->items[i].hindrance);
	}
	free(t->items);
	strv_clear(&t->domains);
	*t = (struct tree){ 0 };
}

void disk_actions_clear(struct disk_actions *a)
{
	free(a->items);
	*a = (struct disk_actions){ 0 };
}

static void add_action(struct disk_actions *a, struct disk_action action)
{
	a->items = xrealloc(a->items, a->n + 1, sizeof(*a->items));
	a->items[a->n++] = action;
}

static int only_child(const struct game *g, int node)
{
	for (size_t i = 0; i < g->n; i++)
		if (!g->spots[i].gone && g->spots[i].node.parent == node)
			return (int)i;
	return -1;
}

static bool is_unnamed(const struct spot *s)
{
	return !s->gone && s->node.n_names == 0;
}

/* ---- layers without children ----------------------------------------------------------------- */

/* True if the layer has internal snapshots that the user has not allowed to be lost. */
static bool keeps_internal(const struct tree_node *n)
{
	return n->internal && !n->lose;
}

/* Why a layer without children, which no VDI names, must stay; NULL: it can be removed. */
static const char *keeps_leaf(const struct tree_node *n)
{
	if (n->origin == NODE_MADE && keeps_internal(n))
		return n->internal;
	if (n->reserved)
		return n->why ? n->why : "it is in use";
	if (n->needed)
		return n->needed;
	if (n->domain >= 0)
		return "a running VM uses it";
	return NULL;
}

static bool drop_leaf(struct game *g, int i, struct disk_actions *ret)
{
	struct spot *s = &g->spots[i];

	if (!is_unnamed(s) || s->n_children || keeps_leaf(&s->node))
		return false;
	if (s->node.origin == NODE_MADE)
		add_action(ret,
			(struct disk_action){
				ACTION_REMOVE, i, -1, false, s->node.allocated, NULL });
	else
		add_action(ret,
			(struct disk_action){ ACTION_FORGET, i, -1, false, 0, "not made by vxe" });
	s->gone = true;
	if (s->node.parent >= 0)
		g->spots[s->node.parent].n_children--;
	return true;
}

/* ---- merges ---------------------------------------------------------------------------------- */

/* Why a layer that no VDI names and its only child cannot be merged in either direction; NULL: they can. */
static const char *keeps_pair(const struct tree_node *low, const struct tree_node *high)
{
	if (low->kind != NODE_DISK || high->kind != NODE_DISK)
		return "it is not a disk";
	if (low->reserved || high->reserved) {
		const char *why = low->reserved ? low->why : high->why;

		return why ? why : "it is being read";
	}
	if (low->lost || high->lost)
		return low->lost ? "its file is missing"
				 : "the file of the layer above it is missing";
	if (low->needed || high->needed)
		return low->needed ? low->needed : high->needed;
	if (low->state == NODE_DOOMED || high->state == NODE_DOOMED)
		return "a layer is about to be removed";
	if (low->damaged || high->damaged)
		return low->damaged ? low->damaged : high->damaged;
	if (low->several || high->several)
		return "two running VMs use it";
	if (low->active)
		return "a running VM writes to it";
	if (low->domain != high->domain)
		return "a running VM uses it";
	/*
	 * QEMU has opened the lower file for reading; a merge in the running guest would write to that file without the
	 * repair that its dirty header asks for.
	 */
	if (low->domain >= 0 && low->dirty)
		return low->dirty;
	if (!high->qcow2 || (high->origin != NODE_MADE && !high->asked))
		return "the layer above was not made by vxe";
	/*
	 * A commit would lose the internal snapshots of the upper file, which is removed; after a pull into the upper
	 * file they would lack the data that was copied.
	 */
	if (keeps_internal(high))
		return high->internal;
	return NULL;
}

/*
 * Why the header of the layer @above cannot get another backing file; NULL: it can. @asked: @above is the only layer on
 * one that the user wants to be merged.
 */
static const char *keeps_header(const struct tree_node *above, bool asked)
{
	if (above->reserved)
		return "a layer above is being read";
	if (above->lost)
		return "the file of a layer above is missing";
	if (above->changed)
		return above->changed;
	if (above->damaged)
		return above->damaged;
	if (!above->qcow2 || (above->origin == NODE_ADOPTED_BASE && !asked))
		return "a layer above was not made by vxe";
	return NULL;
}

/*
 * True if the layer @node or one below it is an image that vxe does not read. qemu-img would open it with a layer above,
 * as root, and what else it names; the QEMU of a guest has it open already.
 */
static bool lies_on_foreign(const struct game *g, int node)
{
	for (size_t steps = 0; node >= 0 && steps < g->n; steps++) {
		if (g->spots[node].node.foreign)
			return true;
		node = g->spots[node].node.parent;
	}
	return false;
}

#define FOREIGN_BELOW                                                                               \
	"it lies on an image that is neither qcow2 nor raw, which vxe does not open: it is merged " \
	"while the VM runs"

/* Why @high cannot be merged down into @low, which changes the header of every child of @high; NULL: it can. */
static const char *keeps_commit(const struct game *g, int low, int high)
{
	const struct tree_node *l = &g->spots[low].node, *h = &g->spots[high].node;

	if (l->origin == NODE_ADOPTED_BASE && !h->asked)
		return "the layer below is an adopted base, which vxe never changes";
	if (l->foreign)
		return "the layer below is neither qcow2 nor raw";
	if (h->domain < 0 && lies_on_foreign(g, low))
		return FOREIGN_BELOW;
	/* for layers that the user asks for, merge_request.c reads libvirt's snapshot documents */
	if (h->kept && !h->asked)
		return "libvirt's own snapshot names the layer above";
	/* QEMU can merge a layer of a running guest only in a chain without branches. */
	if (h->domain >= 0 && g->spots[high].n_children != (h->active ? 0 : 1))
		return "a snapshot or another disk builds on the layer above it, too: it is merged "
		       "when the VM is off";
	for (size_t i = 0; i < g->n; i++) {
		const struct spot *s = &g->spots[i];

		if (s->gone || s->node.parent != high)
			continue;
		const char *why =
			keeps_header(&s->node, h->asked && g->spots[high].n_children == 1);

		if (why)
			return why;
	}
	return NULL;
}

/*
 * Why @low cannot be merged up into @high (a pull, which writes only to @high); NULL: it can. Never under a running
 * guest: QEMU changes the name of the backing file and ends the job before the tables of the copied data are on the
 * disk. If QEMU died then, the copy would be lost, unless the guest had flushed its disk.
 */
static const char *keeps_pull(const struct game *g, int low, int high)
{
	const struct tree_node *l = &g->spots[low].node, *h = &g->spots[high].node;

	if (l->origin != NODE_MADE)
		return "not made by vxe";
	if (keeps_internal(l))
		return l->internal;
	if (h->domain >= 0)
		return "a running VM's layers can only be merged downwards";
	if (lies_on_foreign(g, low))
		return FOREIGN_BELOW;
	return NULL;
}

/* True if @layer is the layer @node, or lies above it. */
static bool builds_on(const struct game *g, int layer, int node)
{
	for (size_t steps = 0; layer >= 0 && layer != node && steps < g->n; steps++)
		layer = g->spots[layer].node.parent;
	return layer == node;
}

/* True if the layer @node, or one above it, is the disk of a snapshot, or of another VDI that no VM writes to. */
static bool is_kept_above(const struct game *g, int node)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct tree_node *n = &g->spots[i].node;

		if (!g->spots[i].gone && n->n_names && n->state != NODE_WRITABLE &&
			builds_on(g, (int)i, node))
			return true;
	}
	return false;
}

/*
 * The text about internal snapshots in a layer above @node; NULL: there are none. The definition in libvirt's record of
 * such a snapshot may name all layers below: libvirt does not revert to the snapshot when one of their files is gone.
 */
static const char *internal_above(const struct game *g, int node)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct spot *s = &g->spots[i];

		if (!s->gone && (int)i != node && keeps_internal(&s->node) &&
			builds_on(g, (int)i, node))
			return s->node.internal;
	}
	return NULL;
}

/*
 * Chooses how to merge a layer that no VDI names with its only child, or returns why that cannot be done. QEMU or
 * qemu-img copies the allocated clusters of the layer that is removed. This is the upper one whenever possible: an
 * interrupted commit leaves the upper file complete and is repeated, whereas a pull writes into a file that a VDI names
 * and does not write data before tables.
 */
static const char *plan_pair(const struct game *g, int low, struct disk_action *ret)
{
	int high = only_child(g, low);
	const struct tree_node *l = &g->spots[low].node, *h = &g->spots[high].node;
	const char *why = h->asked && h->hindrance ? h->hindrance : keeps_pair(l, h);

	/*
	 * A changed frozen layer may be merged below a disk in use, which goes on with the changed content anyway; but
	 * a snapshot above it would silently get other content.
	 */
	if (!why && (l->changed || h->changed) && is_kept_above(g, low))
		why = l->changed ? l->changed : h->changed;
	if (!why)
		why = internal_above(g, high);
	if (why)
		return why;
	const char *no_commit = keeps_commit(g, low, high), *no_pull = keeps_pull(g, low, high);

	if (no_commit && (no_pull || h->asked))
		return no_commit;
	if (no_commit)
		*ret = (struct disk_action){ ACTION_PULL, low, high, false, l->allocated, NULL };
	else
		*ret = (struct disk_action){ ACTION_COMMIT, high, low, l->domain >= 0, h->allocated,
			NULL };
	return NULL;
}

/*
 * Carries out a commit in the planner's copy of the tree: the lower layer gets the names and the children of the upper
 * one.
 */
static void play_commit(struct game *g, int low, int high)
{
	struct spot *l = &g->spots[low], *h = &g->spots[high];

	l->node.n_names = h->node.n_names;
	l->node.state = h->node.state;
	l->node.active = h->node.active;
	l->node.allocated += h->node.allocated;
	l->n_children = h->n_children;
	h->gone = true;
	for (size_t i = 0; i < g->n; i++)
		if (!g->spots[i].gone && g->spots[i].node.parent == high)
			g->spots[i].node.parent = low;
}

/*
 * True if the merge @a comes before the merge @b: layers that the user asks for, from the lowest up, so that each byte
 * is copied once; then the cheapest.
 */
static bool is_better(
	const struct game *g, const struct disk_action *a, const struct disk_action *b)
{
	bool a_asked = g->spots[a->node].node.asked, b_asked = g->spots[b->node].node.asked;

	if (a_asked && b_asked)
		return builds_on(g, b->node, a->node);
	return a_asked != b_asked ? a_asked : a->bytes < b->bytes;
}

/*
 * Adds the best possible merge to the actions and carries it out in the planner's copy of the tree; false if no merge
 * is possible.
 */
static bool merge_one(struct game *g, struct disk_actions *ret)
{
	struct disk_action best = { .node = -1 };

	for (size_t i = 0; i < g->n; i++) {
		struct disk_action a;

		if (!is_unnamed(&g->spots[i]) || g->spots[i].n_children != 1)
			continue;
		if (!plan_pair(g, (int)i, &a) && (best.node < 0 || is_better(g, &a, &best)))
			best = a;
	}
	if (best.node < 0)
		return false;
	add_action(ret, best);
	if (best.kind == ACTION_COMMIT)
		play_commit(g, best.into, best.node);
	else {
		struct spot *l = &g->spots[best.node], *h = &g->spots[best.into];

		h->node.parent = l->node.parent;
		h->node.allocated += l->node.allocated;
		l->gone = true;
	}
	return true;
}

static bool drop_leaves(struct game *g, struct disk_actions *ret)
{
	bool any = false;

	for (size_t i = 0; i < g->n; i++)
		any |= drop_leaf(g, (int)i, ret);
	return any;
}

/* Why a layer that the user wants to be merged into the one below has to stay; NULL: it can be merged. */
static const char *keeps_asked(const struct game *g, int high)
{
	int low = g->spots[high].node.parent;
	struct disk_action ignored;

	if (low < 0)
		return "there is no layer below it";
	if (g->spots[low].node.n_names)
		return "the layer below is the content of another disk or of a snapshot";
	if (g->spots[low].n_children > 1)
		return "another layer builds on the one below it";
	return plan_pair(g, low, &ignored);
}

static void list_asked(const struct game *g, struct disk_actions *ret)
{
	for (size_t i = 0; i < g->n; i++) {
		bool stays = !g->spots[i].gone && g->spots[i].node.asked;
		const char *why = stays ? keeps_asked(g, (int)i) : NULL;

		if (why)
			add_action(ret,
				(struct disk_action){ ACTION_WAIT, (int)i, -1, false, 0, why });
	}
}

/*
 * Adds an ACTION_WAIT for each layer that cannot be removed now, but may be some day. Backing files that vxe did not
 * make may stay for ever and are not listed.
 */
static void list_waiting(struct game *g, struct disk_actions *ret)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct spot *s = &g->spots[i];
		struct disk_action ignored;
		const char *why = NULL;

		if (!is_unnamed(s) || s->node.origin == NODE_ADOPTED_BASE || s->node.asked)
			continue;
		if (s->n_children == 0)
			why = keeps_leaf(&s->node);
		else if (s->n_children == 1)
			why = plan_pair(g, (int)i, &ignored);
		if (why)
			add_action(ret,
				(struct disk_action){ ACTION_WAIT, (int)i, -1, false, 0, why });
	}
}

void disk_plan(const struct tree *t, struct disk_actions *ret)
{
	struct game g = { 0 };

	g.n = t->n;
	g.spots = xcalloc(t->n ? t->n : 1, sizeof(*g.spots));
	for (size_t i = 0; i < t->n; i++)
		g.spots[i].node = t->items[i];
	for (size_t i = 0; i < t->n; i++)
		if (t->items[i].parent >= 0)
			g.spots[t->items[i].parent].n_children++;
	do {
		while (drop_leaves(&g, ret))
			;
	} while (merge_one(&g, ret));
	list_asked(&g, ret);
	list_waiting(&g, ret);
	free(g.spots);
}

/* ---- texts ----------------------------------------------------------------------------------- */

char *disk_wait_text(const struct tree *t, const struct disk_action *a)
{
	const struct tree_node *n = &t->items[a->node];

	return n->vm ? xasprintf("%s (%s; VM %s)", n->path, a->why, n->vm)
		     : xasprintf("%s (%s)", n->path, a->why);
}

char *disk_action_text(const struct tree *t, const struct disk_action *a)
{
	const struct tree_node *n = &t->items[a->node];
	const char *into = a->into >= 0 ? t->items[a->into].path : "";

	switch (a->kind) {
	case ACTION_REMOVE:
		return xasprintf("remove: %s (%" PRId64 " bytes)", n->path, a->bytes);
	case ACTION_FORGET:
		return xasprintf("kept: %s (%s)", n->path, a->why);
	case ACTION_COMMIT:
	case ACTION_PULL:
		return xasprintf("merge: %s into %s (%" PRId64 " bytes)%s%s", n->path, into,
			a->bytes, a->live ? ", guest running" : "",
			n->asked && n->origin != NODE_MADE ? ", then remove the file" : "");
	case ACTION_WAIT:
		break;
	}
	_cleanup_free_ char *wait = disk_wait_text(t, a);

	return xasprintf("later: %s", wait);
}

struct planned disk_action_line(const struct tree *t, const struct disk_action *a)
{
	const struct tree_node *n = &t->items[a->node];
	bool merges = a->kind == ACTION_COMMIT || a->kind == ACTION_PULL;
	_cleanup_free_ char *size = human_size(a->bytes);
	struct planned line = { .text = disk_action_text(t, a),
		.file = xstrdup(n->path),
		.bytes = merges || a->kind == ACTION_REMOVE ? a->bytes : -1,
		.copied = merges ? a->bytes : 0,
		.freed = a->kind == ACTION_REMOVE ? a->bytes : 0 };

	if (merges)
		line.brief = xasprintf("merge: %s into %s (%s copied%s; then the first file goes)",
			n->path, t->items[a->into].path, size,
			a->live ? " while the guest runs" : "");
	else if (a->kind == ACTION_REMOVE)
		line.brief = xasprintf("remove: %s (%s)", n->path, size);
	return line;
}
