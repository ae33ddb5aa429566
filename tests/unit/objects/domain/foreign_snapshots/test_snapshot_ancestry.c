/* SPDX-License-Identifier: MIT */
/*
 * A snapshot of virsh's gets its place among vxe's own by the layers: the VM v has the snapshots a, b (vxe's own, b on a)
 * on the layers A, B, and writes to L.
 */
#include "tests/unit/layers.h"

#include "objects/classes/common/intent.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/domain/foreign_snapshots/snapshot_ancestry.h"
#include "objects/session/session.h"
#include "tests/unit/expect.h"
#include "tests/unit/leak.h"

static struct vxe_error E;
static struct layers l;

struct saved {
	const struct class *c;
	const void *obj;
};

static int save_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct saved *s = ctx;

	return record_save(t, s->c, s->obj, err);
}

static void save(const struct class *c, const void *obj)
{
	OK(store_update(l.s->store, save_body, &(struct saved){ c, obj }, &E));
}

static void add_node(char name, char parent)
{
	_cleanup_(node_free_cleanup) struct node *n = record_new(&node_class);

	n->r.uuid = xstrdup(id_of(name));
	free(n->path);
	n->path = xasprintf("%s.qcow2", id_of(name));
	str_replace(&n->sr, l.sr);
	str_replace(&n->parent, parent ? id_of(parent) : NULL);
	save(&node_class, n);
}

/* A VM or snapshot @vm with one disk, whose VDI is the capital letter's content @node. */
static void add_vm(char vm, char vdi, char node, char parent)
{
	_cleanup_(vm_free_cleanup) struct vm *v = record_new(&vm_class);
	_cleanup_(vdi_free_cleanup) struct vdi *d = record_new(&vdi_class);
	_cleanup_(vbd_free_cleanup) struct vbd *b = record_new(&vbd_class);

	v->r.uuid = xstrdup(id_of(vm));
	str_replace(&v->parent, parent ? id_of(parent) : NULL);
	save(&vm_class, v);
	d->r.uuid = xstrdup(id_of(vdi));
	str_replace(&d->node, id_of(node));
	save(&vdi_class, d);
	b->r.uuid = xstrdup(id_of((char)(vdi + 10)));
	str_replace(&b->vm, id_of(vm));
	str_replace(&b->vdi, id_of(vdi));
	save(&vbd_class, b);
}

/* The layers Z, A, M, B, L, from below; the line of snapshots is a, b. */
static void start(void)
{
	static const char order[] = "ZAMBL";

	layers_open(&l, NULL);
	for (int i = 0; order[i]; i++)
		add_node(order[i], i ? order[i - 1] : 0);
	add_vm('a', '0', 'A', 0);
	add_vm('b', '1', 'B', 'a');
	add_vm('v', '2', 'L', 'b');
}

static void stop(void)
{
	layers_close(&l);
	error_clear(&E);
	no_leaks();
}

TestSuite(ancestry, .init = start, .fini = stop);

static void *find(char letter)
{
	_cleanup_txn_ struct txn *t = NULL;
	void *vm;

	OK(txn_begin(l.s->store, TXN_READ, &t, &E));
	OK(record_find(t, &vm_class, id_of(letter), &vm, &E));
	return vm;
}

struct line {
	bool is_current;
	struct vm *vm, *new;
};

static int adopt_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct line *w = ctx;

	return adopt_line(t, w->vm, w->new, w->is_current, err);
}

/* The snapshot n is on @node: expects the parents of n, of a, of b and of the VM. */
static void expect_line(char node, bool is_current, const char *wanted)
{
	add_vm('n', '3', node, 0);
	_cleanup_(vm_free_cleanup) struct vm *vm = find('v'), *new = find('n');

	OK(store_update(l.s->store, adopt_body, &(struct line){ is_current, vm, new }, &E));
	_cleanup_(vm_free_cleanup) struct vm *a = find('a'), *b = find('b');
	const char *const parents[] = { new->parent, a->parent, b->parent, vm->parent };

	for (int i = 0; i < 4; i++)
		cr_expect(str_eq(parents[i], wanted[i] == '-' ? NULL : id_of(wanted[i])),
			"parent %d of %s: %s", i, wanted, parents[i] ? parents[i] : "none");
}

Test(ancestry, older_than_all)
{
	expect_line('Z', false, "-nab");
}

Test(ancestry, between_two)
{
	expect_line('M', false, "a-nb");
}

Test(ancestry, younger_than_all)
{
	expect_line('L', false, "b-an");
}

/* libvirt says that the VM goes on from it, though the VM's disk is on other layers. */
Test(ancestry, the_current_one_is_the_vms_parent)
{
	add_node('X', 0);
	expect_line('X', true, "b-an");
}

Test(ancestry, one_of_another_branch_is_not_in_the_line)
{
	add_node('X', 'A');
	expect_line('X', false, "--ab");
}

/* The operation will write the snapshot after it as it knows it. */
Test(ancestry, what_an_operation_changes_is_left_alone)
{
	_cleanup_(intent_free_cleanup) struct intent *i = record_new(&intent_class);

	i->r.uuid = xstrdup(id_of('i'));
	strv_add(&i->objects, id_of('b'));
	save(&intent_class, i);
	expect_line('M', false, "--ab");
}

/* Where libvirt's own snapshots come between, their parents are libvirt's to say. */
Test(ancestry, the_line_ends_at_a_snapshot_of_libvirts)
{
	_cleanup_(vm_free_cleanup) struct vm *b = find('b');

	str_replace(&b->libvirt_snapshot, "b");
	save(&vm_class, b);
	expect_line('Z', false, "--ab");
}
