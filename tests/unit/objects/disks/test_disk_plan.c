/* SPDX-License-Identifier: MIT */
/*
 * The planner of layers on a model: every node has a few clusters, reads fall through to the
 * parent, and the actions change the model as qemu-img changes files. The content of all named
 * nodes must stay the same.
 */
#include "objects/disks/disk_plan.h"

#include "tests/unit/harness.h"
#include <string.h>

#include "tests/unit/leak.h"

TestSuite(disk_plan, .fini = no_leaks);

#define MAX_NODES 14
#define CLUSTERS 6
#define MAX_DOMAINS 3
#define ROUNDS 20000

/* ---- the model ------------------------------------------------------------------------------- */

struct model {
	int n;
	bool gone[MAX_NODES], kept_file[MAX_NODES];
	bool took_asked[MAX_NODES]; /* an asked layer went down into it */
	int parent[MAX_NODES];
	int names[MAX_NODES];
	int cluster[MAX_NODES][CLUSTERS]; /* 0: not allocated here */
	int n_domains;
	int active[MAX_DOMAINS]; /* each domain's leaf */
	struct tree tree;
	/* A named content: the node that has it now, and its expected value. */
	int n_contents;
	struct {
		int at;
		int value[CLUSTERS];
	} contents[MAX_NODES];
};

static unsigned seed;

static int dice(int sides)
{
	seed = seed * 1103515245u + 12345u;
	return (int)((seed >> 16) % (unsigned)sides);
}

static int read_cluster(const struct model *m, int node, int c)
{
	while (node >= 0 && !m->cluster[node][c])
		node = m->parent[node];
	return node < 0 ? 0 : m->cluster[node][c];
}

static int children_of(const struct model *m, int node, int *last)
{
	int n = 0;

	for (int i = 0; i < m->n; i++)
		if (!m->gone[i] && m->parent[i] == node) {
			n++;
			if (last)
				*last = i;
		}
	return n;
}

static bool in_chain(const struct model *m, int domain, int node)
{
	for (int i = m->active[domain]; i >= 0; i = m->parent[i])
		if (i == node)
			return true;
	return false;
}

/* The only domain whose chain holds the node, -1 none, -2 several. */
static int domain_of(const struct model *m, int node)
{
	int found = -1;

	for (int d = 0; d < m->n_domains; d++)
		if (in_chain(m, d, node))
			found = found == -1 ? d : -2;
	return found;
}

static void remember_contents(struct model *m)
{
	for (int i = 0; i < m->n; i++) {
		if (!m->names[i])
			continue;
		m->contents[m->n_contents].at = i;
		for (int c = 0; c < CLUSTERS; c++)
			m->contents[m->n_contents].value[c] = read_cluster(m, i, c);
		m->n_contents++;
	}
}

static enum node_origin random_origin(const struct model *m, int i)
{
	int p = m->parent[i];

	if (p < 0 && dice(3) == 0)
		return NODE_ADOPTED_BASE;
	if (p >= 0 && m->tree.items[p].origin == NODE_ADOPTED_BASE && dice(4) == 0)
		return NODE_ADOPTED_BASE;
	return dice(p < 0 ? 2 : 8) == 0 ? NODE_ADOPTED_LEAF : NODE_MADE;
}

static void random_node(struct model *m, int i)
{
	struct tree_node *n = &m->tree.items[i];

	m->parent[i] = i == 0 || dice(8) == 0 ? -1 : dice(3) ? i - 1 : dice(i);
	m->names[i] = dice(2) ? 0 : dice(3);
	for (int c = 0; c < CLUSTERS; c++)
		m->cluster[i][c] = dice(2) ? 0 : 1 + i * CLUSTERS + c + dice(9) * 1000;
	n->parent = m->parent[i];
	n->origin = random_origin(m, i);
	n->kind = NODE_DISK;
	n->qcow2 = m->parent[i] >= 0 || dice(2);
	n->reserved = dice(15) == 0;
	n->lost =
		dice(15) == 0; /* it goes where nothing needs it, but no merge reads or writes it */
	n->domain = -1;
	for (int c = 0; c < CLUSTERS; c++)
		n->allocated += m->cluster[i][c] ? 65536 : 0;
}

static void random_model(struct model *m, bool asks)
{
	*m = (struct model){ .n = 1 + dice(MAX_NODES) };
	m->tree.n = (size_t)m->n;
	m->tree.items = xcalloc(m->tree.n, sizeof(*m->tree.items));
	for (int i = 0; i < m->n; i++)
		random_node(m, i);
	for (int i = 0; asks && i < m->n; i++)
		m->tree.items[i].asked = dice(3) == 0;
	for (int i = 0; i < m->n && m->n_domains < MAX_DOMAINS; i++)
		if (!children_of(m, i, NULL) && dice(2)) {
			m->active[m->n_domains++] = i;
			m->names[i] = 1;
			m->tree.items[i].active = true;
		}
	for (int i = 0; i < m->n; i++) {
		struct tree_node *n = &m->tree.items[i];
		int d = domain_of(m, i), kids = children_of(m, i, NULL);

		n->n_names = m->names[i];
		n->several = d == -2;
		n->domain = d == -2 ? 0 : d;
		n->state = kids ? NODE_FROZEN : NODE_WRITABLE;
		if (kids == 1 && !m->names[i] && dice(4) == 0)
			n->state = NODE_MERGING;
	}
	remember_contents(m);
}

/* ---- playing the actions --------------------------------------------------------------------- */

static void play_leaf(struct model *m, const struct disk_action *a)
{
	const struct tree_node *n = &m->tree.items[a->node];

	cr_assert_eq(m->names[a->node], 0, "seed: a named node goes");
	cr_assert_eq(children_of(m, a->node, NULL), 0);
	cr_assert_eq(domain_of(m, a->node), -1);
	cr_assert(!n->reserved);
	cr_assert_eq(a->kind == ACTION_REMOVE, n->origin == NODE_MADE);
	m->gone[a->node] = true;
	m->kept_file[a->node] = a->kind == ACTION_FORGET;
}

/*
 * The conditions of both merges: no VDI names @low, @high is its only child, no other user is
 * affected.
 */
static void check_pair(const struct model *m, const struct disk_action *a, int low, int high)
{
	int domain = domain_of(m, low), only = -1;

	cr_assert(!m->gone[low] && !m->gone[high]);
	cr_assert_eq(m->names[low], 0, "the content of a named node would change");
	cr_assert_eq(children_of(m, low, &only), 1);
	cr_assert_eq(only, high);
	cr_assert(!m->tree.items[low].reserved && !m->tree.items[high].reserved);
	cr_assert(!m->tree.items[low].lost && !m->tree.items[high].lost);
	cr_assert_neq(domain, -2, "two running chains");
	cr_assert_eq(domain, domain_of(m, high));
	cr_assert_eq(a->live, domain >= 0);
	if (m->tree.items[high].asked) {
		cr_assert_eq(a->kind, ACTION_COMMIT, "an asked layer goes up");
		return;
	}
	cr_assert_neq(m->tree.items[low].origin == NODE_ADOPTED_BASE && a->kind == ACTION_COMMIT,
		true, "an adopted base is written");
	cr_assert_eq(m->tree.items[high].origin, NODE_MADE, "somebody's file is merged or removed");
}

static void play_commit(struct model *m, const struct disk_action *a)
{
	int low = a->into, high = a->node, domain = domain_of(m, high);

	check_pair(m, a, low, high);
	bool alone = m->tree.items[high].asked && children_of(m, high, NULL) == 1;

	m->took_asked[low] |= m->tree.items[high].asked;
	for (int i = 0; i < m->n; i++) {
		if (m->gone[i] || m->parent[i] != high)
			continue;
		cr_assert_eq(domain_of(m, i), domain, "a header would change behind a user's back");
		if (!alone)
			cr_assert_neq(m->tree.items[i].origin, NODE_ADOPTED_BASE);
		m->parent[i] = low;
	}
	for (int c = 0; c < CLUSTERS; c++)
		if (m->cluster[high][c])
			m->cluster[low][c] = m->cluster[high][c];
	for (int d = 0; d < m->n_domains; d++)
		if (m->active[d] == high)
			m->active[d] = low;
	for (int i = 0; i < m->n_contents; i++)
		if (m->contents[i].at == high)
			m->contents[i].at = low;
	m->names[low] = m->names[high];
	m->gone[high] = true;
}

static void play_pull(struct model *m, const struct disk_action *a)
{
	int low = a->node, high = a->into, domain = domain_of(m, high);

	check_pair(m, a, low, high);
	cr_assert_eq(m->tree.items[low].origin, NODE_MADE, "somebody's file is removed");
	cr_assert_lt(domain, 0, "a layer is pulled live");
	for (int c = 0; c < CLUSTERS; c++)
		if (!m->cluster[high][c])
			m->cluster[high][c] = m->cluster[low][c];
	m->parent[high] = m->parent[low];
	m->gone[low] = true;
}

static void check_contents(const struct model *m, unsigned at_seed)
{
	for (int i = 0; i < m->n_contents; i++)
		for (int c = 0; c < CLUSTERS; c++)
			cr_assert_eq(read_cluster(m, m->contents[i].at, c), m->contents[i].value[c],
				"seed %u: content %d changed", at_seed, i);
}

static void check_bases(const struct model *m, const struct model *before)
{
	for (int i = 0; i < m->n; i++) {
		if (m->tree.items[i].origin == NODE_ADOPTED_BASE && !m->took_asked[i])
			cr_assert_eq(
				memcmp(m->cluster[i], before->cluster[i], sizeof(m->cluster[i])), 0,
				"an adopted base changed");
		if (m->tree.items[i].origin != NODE_MADE && m->gone[i] && !m->tree.items[i].asked)
			cr_assert(m->kept_file[i], "somebody's file was removed");
	}
}

/* ---- nothing that could go is left ----------------------------------------------------------- */

static bool waits(const struct disk_actions *a, int node)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->items[i].kind == ACTION_WAIT && a->items[i].node == node)
			return a->items[i].why && *a->items[i].why;
	return false;
}

/* In the rules of an administrator: a merge of @low with @high must be possible. */
static bool must_merge(const struct model *m, int low, int high)
{
	const struct tree_node *l = &m->tree.items[low], *h = &m->tree.items[high];
	int d = domain_of(m, low);
	bool down = l->origin != NODE_ADOPTED_BASE || h->asked;
	bool up = l->origin == NODE_MADE && !h->asked;

	if (l->reserved || h->reserved || l->lost || h->lost ||
		(h->origin != NODE_MADE && !h->asked) || d == -2 || !h->qcow2)
		return false;
	if (domain_of(m, high) != d)
		return false;
	for (int i = 0; i < m->n; i++) {
		if (m->gone[i] || m->parent[i] != high)
			continue;
		down &= domain_of(m, i) == d && !m->tree.items[i].reserved &&
			!m->tree.items[i].lost &&
			(m->tree.items[i].origin != NODE_ADOPTED_BASE ||
				(h->asked && children_of(m, high, NULL) == 1));
	}
	if (d >= 0)
		up = false;
	return down || up;
}

static void check_nothing_left(
	const struct model *m, const struct disk_actions *a, unsigned at_seed)
{
	for (int i = 0; i < m->n; i++) {
		const struct tree_node *n = &m->tree.items[i];
		int only = -1, kids = children_of(m, i, &only);

		if (m->gone[i] || m->names[i])
			continue;
		if (kids == 0)
			cr_assert(n->reserved, "seed %u: unnamed leaf %d is left", at_seed, i);
		if (kids == 1)
			cr_assert(
				!must_merge(m, i, only), "seed %u: %d could be merged", at_seed, i);
		if (kids <= 1 && n->origin == NODE_MADE)
			cr_assert(waits(a, i), "seed %u: %d stays without a word", at_seed, i);
	}
}

static void play(struct model *m, const struct disk_actions *a)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct disk_action *x = &a->items[i];

		if (x->kind == ACTION_REMOVE || x->kind == ACTION_FORGET)
			play_leaf(m, x);
		else if (x->kind == ACTION_COMMIT)
			play_commit(m, x);
		else if (x->kind == ACTION_PULL)
			play_pull(m, x);
		else
			cr_assert(!m->gone[x->node]);
	}
}

Test(disk_plan, random_trees_keep_every_named_content)
{
	size_t merges = 0, live = 0, up = 0;

	for (unsigned round = 1; round <= ROUNDS; round++) {
		struct model m, before;
		_cleanup_actions_ struct disk_actions a = { 0 }, again = { 0 };

		seed = round * 2654435761u;
		random_model(&m, round % 2);
		before = m;
		disk_plan(&m.tree, &a);
		disk_plan(&m.tree, &again);
		cr_assert_eq(a.n, again.n);
		for (size_t i = 0; i < a.n; i++) {
			cr_assert_eq(a.items[i].node, again.items[i].node, "not deterministic");
			merges +=
				a.items[i].kind == ACTION_COMMIT || a.items[i].kind == ACTION_PULL;
			live += a.items[i].live;
			up += a.items[i].kind == ACTION_PULL && !a.items[i].live;
		}
		play(&m, &a);
		check_contents(&m, round);
		check_bases(&m, &before);
		check_nothing_left(&m, &a, round);
		tree_clear(&m.tree);
	}
	cr_assert(merges > 1000 && live > 100 && up > 10,
		"the trees are too poor: %zu merges, %zu live, %zu up offline", merges, live, up);
}

/* ---- single cases ---------------------------------------------------------------------------- */

/* A chain of qcow2 nodes, the first is the root; tests change it. */
static void chain(struct tree *t, size_t n)
{
	t->n = n;
	t->items = xcalloc(n, sizeof(*t->items));
	for (size_t i = 0; i < n; i++)
		t->items[i] = (struct tree_node){ .parent = (int)i - 1,
			.domain = -1,
			.qcow2 = true,
			.n_names = 1,
			.state = i + 1 < n ? NODE_FROZEN : NODE_WRITABLE,
			.allocated = 1000 };
}

static void expect_one(const struct tree *t, enum disk_action_kind kind, int node, int into)
{
	_cleanup_actions_ struct disk_actions a = { 0 };

	disk_plan(t, &a);
	cr_assert_eq(a.n, 1, "%zu actions", a.n);
	cr_assert_eq(a.items[0].kind, kind, "kind %d", a.items[0].kind);
	cr_assert_eq(a.items[0].node, node);
	cr_assert_eq(a.items[0].into, into);
}

/* An interrupted merge is repeated from the upper file, which is still complete. */
Test(disk_plan, offline_layers_go_down)
{
	_cleanup_tree_ struct tree t = { 0 };

	chain(&t, 3);
	t.items[1].n_names = 0;
	t.items[1].allocated = 10;
	expect_one(&t, ACTION_COMMIT, 2, 1);
	t.items[1].allocated = 5000;
	expect_one(&t, ACTION_COMMIT, 2, 1);
}

Test(disk_plan, offline_layers_go_up_where_a_header_above_must_stay)
{
	_cleanup_tree_ struct tree t = { 0 };

	chain(&t, 5);
	t.items[1].n_names = 0;
	t.items[3].origin = NODE_ADOPTED_BASE;
	t.items[4].origin = NODE_ADOPTED_LEAF;
	expect_one(&t, ACTION_PULL, 1, 2);
	t.items[3].origin = NODE_MADE;
	t.items[3].reserved = true;
	expect_one(&t, ACTION_PULL, 1, 2);
	t.items[3].reserved = false;
	expect_one(&t, ACTION_COMMIT, 2, 1);
}

/* qemu-img would open the image of another format below, as root. */
Test(disk_plan, layers_above_another_format_are_merged_by_a_running_guest_only)
{
	_cleanup_tree_ struct tree t = { 0 };

	chain(&t, 5);
	t.items[0].foreign = true;
	t.items[0].origin = NODE_ADOPTED_BASE;
	t.items[2].n_names = 0;
	expect_one(&t, ACTION_WAIT, 2, -1);
	t.items[4].origin = NODE_ADOPTED_BASE; /* whose header stays: no pull instead */
	expect_one(&t, ACTION_WAIT, 2, -1);
	t.items[4].origin = NODE_MADE;
	for (size_t i = 0; i < t.n; i++)
		t.items[i].domain = 0;
	t.items[4].active = true;
	expect_one(&t, ACTION_COMMIT, 3, 2);
}

/* QEMU reports the end of the copy before the copy is on the disk. */
Test(disk_plan, live_layers_go_down_too_however_much_is_copied)
{
	_cleanup_tree_ struct tree t = { 0 };

	chain(&t, 3);
	for (size_t i = 0; i < t.n; i++)
		t.items[i].domain = 0;
	t.items[2].active = true;
	t.items[1].n_names = 0;
	t.items[1].allocated = 10;
	expect_one(&t, ACTION_COMMIT, 2, 1);
	t.items[1].allocated = 5000;
	expect_one(&t, ACTION_COMMIT, 2, 1);
}

Test(disk_plan, bytes_are_what_is_copied)
{
	_cleanup_tree_ struct tree t = { 0 };
	_cleanup_actions_ struct disk_actions a = { 0 };

	chain(&t, 3);
	t.items[1].n_names = 0;
	t.items[2].allocated = 77;
	disk_plan(&t, &a);
	cr_assert_eq(a.items[0].bytes, 77);
	cr_assert(!a.items[0].live);
}

Test(disk_plan, live_layers_only_go_down)
{
	_cleanup_tree_ struct tree t = { 0 };

	chain(&t, 4);
	for (size_t i = 0; i < t.n; i++)
		t.items[i].domain = 0;
	t.items[3].active = true;
	t.items[1].n_names = 0;
	t.items[1].allocated = 10;
	expect_one(&t, ACTION_COMMIT, 2, 1);
	t.items[1].n_names = 1;
	t.items[2].n_names = 0;
	t.items[2].allocated = 10;
	expect_one(&t, ACTION_COMMIT, 3, 2);
}

Test(disk_plan, a_neighbour_of_another_vm_makes_it_wait)
{
	_cleanup_tree_ struct tree t = { 0 };

	chain(&t, 5);
	for (int i = 0; i < 4; i++)
		t.items[i].domain = 0;
	t.items[3].active = true;
	t.items[4].parent = 2; /* a halted VM's overlay on the layer to be removed */
	t.items[1].n_names = 0;
	expect_one(&t, ACTION_WAIT, 1, -1);
}

Test(disk_plan, two_running_disks_on_one_layer_wait)
{
	_cleanup_tree_ struct tree t = { 0 };

	chain(&t, 3);
	for (int i = 0; i < 3; i++)
		t.items[i].domain = 0;
	t.items[0].n_names = 0;
	t.items[0].several = t.items[1].several = true;
	expect_one(&t, ACTION_WAIT, 0, -1);
}

Test(disk_plan, the_users_own_file_takes_its_overlay_in)
{
	_cleanup_tree_ struct tree t = { 0 };

	chain(&t, 2);
	t.items[0].origin = NODE_ADOPTED_LEAF;
	t.items[0].qcow2 = false;
	t.items[0].n_names = 0;
	t.items[0].allocated = 1;
	expect_one(&t, ACTION_COMMIT, 1, 0);
}

Test(disk_plan, an_adopted_base_is_never_written)
{
	_cleanup_tree_ struct tree t = { 0 };
	_cleanup_actions_ struct disk_actions a = { 0 };

	chain(&t, 2);
	t.items[0].origin = NODE_ADOPTED_BASE;
	t.items[0].n_names = 0;
	disk_plan(&t, &a);
	cr_assert_eq(a.n, 0);
}

/* Base, two layers of the user's and the leaf; all but the base are asked. */
static void asked_chain(struct tree *t)
{
	chain(t, 4);
	for (int i = 0; i < 3; i++) {
		t->items[i].origin = NODE_ADOPTED_BASE;
		t->items[i].n_names = 0;
	}
	t->items[3].origin = NODE_ADOPTED_LEAF;
	for (int i = 1; i < 4; i++) {
		t->items[i].asked = true;
		t->items[i].allocated = 1000 - i;
	}
}

/* "1>0": 1 goes down into 0; "0^1": 0 goes up into 1; "2 kept"; "2: the reason why it waits". */
static void expect_actions(const struct tree *t, const char *want)
{
	_cleanup_actions_ struct disk_actions a = { 0 };
	_cleanup_str_ struct str text = { 0 };

	disk_plan(t, &a);
	for (size_t i = 0; i < a.n; i++) {
		const struct disk_action *x = &a.items[i];

		str_addf(&text, "%s%d", i ? ", " : "", x->node);
		if (x->kind == ACTION_WAIT)
			str_addf(&text, ": %s", x->why);
		else if (x->into < 0)
			str_add(&text, " kept");
		else
			str_addf(&text, "%c%d", x->kind == ACTION_COMMIT ? '>' : '^', x->into);
	}
	cr_assert_str_eq(str_text(&text), want);
}

Test(disk_plan, asked_layers_go_down_from_below_whoever_made_them)
{
	_cleanup_tree_ struct tree t = { 0 };

	asked_chain(&t);
	expect_actions(&t, "1>0, 2>0, 3>0");
	t.items[1].asked = t.items[3].asked = false;
	expect_actions(&t, "2>1");
}

Test(disk_plan, an_asked_layer_that_stays_says_why)
{
	_cleanup_tree_ struct tree t = { 0 };

	asked_chain(&t);
	t.items[1].asked = false;
	t.items[1].n_names = 1;
	expect_actions(
		&t, "3>2, 2: the layer below is the content of another disk or of a snapshot");
	t.items[3].asked = false;
	t.items[1].n_names = 0;
	t.items[2].hindrance = xstrdup("too large");
	expect_actions(&t, "2: too large");
	free(TAKE(t.items[2].hindrance));
	t.items[2].internal = xstrdup("inner");
	expect_actions(&t, "2: inner");
	free(TAKE(t.items[2].internal));
	t.items[2].needed = xstrdup("needed by x");
	expect_actions(&t, "2: needed by x");
	free(TAKE(t.items[2].needed));
	t.items[3].parent = 1;
	t.items[3].asked = true;
	t.items[2].n_names = 1;
	expect_actions(&t,
		"2: another layer builds on the one below it, "
		"3: another layer builds on the one below it");
	t.items[3].parent = 2;
	t.items[2].asked = t.items[3].asked = false;
	t.items[0].asked = true;
	expect_actions(&t, "0: there is no layer below it");
}

/* The document of libvirt's own snapshot names the file: it must stay, and its content be the same. */
Test(disk_plan, a_layer_of_libvirts_own_snapshot_never_goes_down)
{
	_cleanup_tree_ struct tree t = { 0 };

	chain(&t, 3);
	t.items[0].n_names = 0;
	expect_actions(&t, "1>0");
	t.items[1].kept = true;
	expect_actions(&t, "0^1");
	t.items[0].origin = NODE_ADOPTED_LEAF;
	expect_actions(&t, "0: libvirt's own snapshot names the layer above");
	t.items[1].kept = false;
	expect_actions(&t, "1>0");
}

/* A copy up would leave the base as it is, but that was not asked. */
Test(disk_plan, an_asked_layer_never_takes_the_one_below_in)
{
	_cleanup_tree_ struct tree t = { 0 };

	asked_chain(&t);
	t.items[0].origin = t.items[1].origin = NODE_MADE;
	t.items[1].asked = t.items[2].asked = t.items[3].asked = false;
	expect_actions(&t, "0^1, 1: the layer above was not made by vxe");
	t.items[1].asked = true;
	expect_actions(&t, "1>0, 0: the layer above was not made by vxe");
}

Test(disk_plan, files_that_are_not_ours_are_forgotten_not_removed)
{
	_cleanup_tree_ struct tree t = { 0 };
	_cleanup_actions_ struct disk_actions a = { 0 };

	chain(&t, 3);
	t.items[0].origin = NODE_ADOPTED_BASE;
	t.items[1].origin = NODE_ADOPTED_LEAF;
	for (int i = 0; i < 3; i++)
		t.items[i].n_names = 0;
	disk_plan(&t, &a);
	cr_assert_eq(a.n, 3);
	cr_assert_eq(a.items[0].kind, ACTION_REMOVE);
	cr_assert_eq(a.items[0].bytes, 1000);
	cr_assert_eq(a.items[1].kind, ACTION_FORGET);
	cr_assert_eq(a.items[2].kind, ACTION_FORGET);
	cr_assert_str_eq(a.items[1].why, "not made by vxe");
}

Test(disk_plan, doomed_layers_and_other_kinds_are_only_removed)
{
	_cleanup_tree_ struct tree t = { 0 };

	chain(&t, 2);
	t.items[1].n_names = 0;
	t.items[1].state = NODE_DOOMED;
	expect_one(&t, ACTION_REMOVE, 1, -1);
	t.items[1].state = NODE_FROZEN;
	t.items[1].kind = NODE_NVRAM;
	expect_one(&t, ACTION_REMOVE, 1, -1);
	t.items[1].n_names = 1;
	t.items[0].n_names = 0;
	expect_one(&t, ACTION_WAIT, 0, -1);
}

Test(disk_plan, a_layer_with_internal_snapshots_goes_nowhere_unless_they_may_be_lost)
{
	_cleanup_tree_ struct tree t = { 0 };

	chain(&t, 3);
	t.items[2].internal = xstrdup("live1");
	t.items[2].n_names = 0; /* unnamed */
	expect_one(&t, ACTION_WAIT, 2, -1);
	t.items[2].lose = true;
	expect_one(&t, ACTION_REMOVE, 2, -1);
	t.items[2].lose = false;
	t.items[2].n_names = 1; /* above the unnamed one */
	t.items[1].n_names = 0;
	expect_one(&t, ACTION_WAIT, 1, -1);
	t.items[2].lose = true;
	expect_one(&t, ACTION_COMMIT, 2, 1);
}

Test(disk_plan, a_layer_takes_another_in_beside_its_internal_snapshots_but_not_into_the_one_above)
{
	_cleanup_tree_ struct tree t = { 0 };

	chain(&t, 5);
	t.items[1].internal = xstrdup("old");
	t.items[1].n_names = 0;
	expect_one(&t, ACTION_COMMIT, 2, 1);
	t.items[3].origin = NODE_ADOPTED_BASE; /* only up */
	expect_one(&t, ACTION_WAIT, 1, -1);
}

/* libvirt's record of the snapshot may name each layer below it. */
Test(disk_plan, no_layer_goes_below_internal_snapshots)
{
	for (int only_up = 0; only_up < 2; only_up++) {
		_cleanup_tree_ struct tree t = { 0 };

		chain(&t, 5);
		t.items[1].n_names = 0;
		t.items[3].origin = only_up ? NODE_ADOPTED_BASE : NODE_MADE;
		t.items[4].internal = xstrdup("live1");
		expect_one(&t, ACTION_WAIT, 1, -1);
		t.items[4].lose = true;
		expect_one(&t, only_up ? ACTION_PULL : ACTION_COMMIT, only_up ? 1 : 2,
			only_up ? 2 : 1);
		t.items[4].lose = false;
		t.items[4].parent = 0; /* beside it */
		expect_one(&t, only_up ? ACTION_PULL : ACTION_COMMIT, only_up ? 1 : 2,
			only_up ? 2 : 1);
	}
}

Test(disk_plan, what_was_changed_outside_is_not_merged)
{
	for (size_t i = 1; i <= 3; i++) {
		_cleanup_tree_ struct tree t = { 0 };

		chain(&t, 4);
		t.items[1].n_names = 0;
		t.items[i].changed = xstrdup("changed");
		expect_one(&t, i == 3 ? ACTION_PULL : ACTION_WAIT, 1, i == 3 ? 2 : -1);
	}
}

Test(disk_plan, nothing_goes_into_or_out_of_a_corrupt_layer)
{
	for (size_t i = 1; i <= 3; i++) {
		_cleanup_tree_ struct tree t = { 0 };

		chain(&t, 4);
		t.items[1].n_names = 0;
		t.items[i].damaged = xstrdup("corrupt");
		expect_one(&t, i == 3 ? ACTION_PULL : ACTION_WAIT, 1, i == 3 ? 2 : -1);
	}
}

/* Offline the merge repairs it. QEMU, which has opened it for reading, does not before it writes to it. */
Test(disk_plan, a_dirty_layer_takes_nothing_in_while_a_vm_runs_on_it)
{
	for (int domain = -1; domain <= 0; domain++) {
		_cleanup_tree_ struct tree t = { 0 };

		chain(&t, 3);
		for (size_t i = 0; i < t.n; i++)
			t.items[i].domain = domain;
		t.items[2].active = domain == 0;
		t.items[2].dirty = xstrdup("the guest writes to it");
		t.items[1].n_names = 0;
		expect_one(&t, ACTION_COMMIT, 2, 1);
		t.items[1].dirty = xstrdup("left by a killed QEMU");
		expect_one(&t, domain < 0 ? ACTION_COMMIT : ACTION_WAIT, domain < 0 ? 2 : 1,
			domain < 0 ? 1 : -1);
	}
}
