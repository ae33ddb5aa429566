/* SPDX-License-Identifier: MIT */
/*
 * Snapshots that libvirt has inside an image on which vxe has put layers: whether they are still there, what hinders that
 * libvirt gets them back, and that it does.
 */
#include "tests/unit/host_fixture.h"

#include "backends/child/child.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/hidden_snapshots/hidden_snapshot.h"

#define SNAPSHOT "cccccccc-0000-4000-8000-000000000003"
#define YOUNGER "cccccccc-0000-4000-8000-000000000002" /* stands before it in the store */

TestSuite(hidden, .init = host_start_mem, .fini = host_stop, .timeout = 300);

static void in_image(const char *option, const char *name, const char *image)
{
	_cleanup_free_ char *path = at(image);
	const char *const argv[] = { "qemu-img", "snapshot", "-q", option, name, path, NULL };

	session_close_contents(S);
	OK(child_run(argv, path, NULL, &E));
}

/* The document of a snapshot of VM_A with the disk vda at @place ("internal", "external"). */
static char *document_of(const char *name, const char *parent, const char *place)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *domain = domain_xml(VM_A, "a", disk);
	_cleanup_free_ char *up =
		parent ? xasprintf("<parent><name>%s</name></parent>", parent) : xstrdup("");

	return xasprintf("<domainsnapshot><name>%s</name><state>shutoff</state>%s"
			 "<creationTime>1700000000</creationTime><memory snapshot='no'/>"
			 "<disks><disk name='vda' snapshot='%s'/></disks>%s</domainsnapshot>",
		name, up, place, domain);
}

/* The record of a snapshot that libvirt has forgotten: @kept is VM_KEPT_HIDDEN or VM_KEPT_APART. Owned. */
static struct vm *hide(const char *uuid, const char *name, const char *parent, const char *kept)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a.qcow2");
	struct vm *v = record_new(&vm_class);

	v->r.uuid = xstrdup(uuid);
	str_replace(&v->name_label, name);
	v->is_a_snapshot = true;
	v->snapshot_time = 1700000000;
	str_replace(&v->snapshot_of, VM_A);
	str_replace(&v->libvirt_snapshot, name);
	free(v->libvirt_document);
	v->libvirt_document =
		document_of(name, parent, str_eq(kept, VM_KEPT_HIDDEN) ? "internal" : "external");
	free(v->domain_xml);
	v->domain_xml = domain_xml(VM_A, "a", disk);
	map_set(&v->snapshot_info, VM_KEPT_BY_LIBVIRT, kept);
	save(&vm_class, v);
	return v;
}

static void save_vm(const char *parent)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = record_new(&vm_class);

	vm->r.uuid = xstrdup(VM_A);
	str_replace(&vm->parent, parent);
	save(&vm_class, vm);
}

static struct domain_spec *definition(const char *image)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", image);
	_cleanup_free_ char *xml = domain_xml(VM_A, "a", disk);
	struct domain_spec *spec = NULL;

	OK(spec_read(xml, &spec, &E));
	return spec;
}

/* ---- whether it is there --------------------------------------------------------------------- */

static void expect_in(const struct vm *v, const char *image)
{
	_cleanup_hv_snapshots_ struct hv_snapshots of = { 0 };
	_cleanup_free_ char *path = image ? at(image) : NULL, *file = NULL;

	OK(hidden_read(v, &of, &E));
	cr_assert_eq(of.n, 1);
	cr_expect_str_eq(of.items[0].name, v->libvirt_snapshot);
	OK(hidden_file(S, v, &of, &file, &E));
	cr_expect(str_eq(file, path), "%s", file ? file : "in none");
}

Test(hidden, it_is_there_as_long_as_its_image_has_it)
{
	_cleanup_(vm_free_cleanup) struct vm *v = hide(SNAPSHOT, "one", NULL, VM_KEPT_HIDDEN);
	_cleanup_(vm_free_cleanup) struct vm *vm = record_new(&vm_class);

	vm->r.uuid = xstrdup(VM_A);
	make_image("a.qcow2", NULL, NULL);
	in_image("-c", "one", "a.qcow2");
	in_image("-c", "another", "a.qcow2");
	expect_in(v, "a.qcow2");
	cr_expect_not(hidden_has_gone(S, v));
	FAILS(VXE_SNAPSHOT_HIDDEN, hidden_check(S, vm, &E));
	in_image("-d", "one", "a.qcow2");
	expect_in(v, NULL);
	cr_expect(hidden_has_gone(S, v));
	OK(hidden_check(S, vm, &E));
}

/* Nobody can say that it has gone. */
Test(hidden, an_image_that_cannot_be_read_may_have_it)
{
	_cleanup_(vm_free_cleanup) struct vm *v = hide(SNAPSHOT, "one", NULL, VM_KEPT_HIDDEN);

	expect_in(v, NULL);
	cr_expect_not(hidden_has_gone(S, v));
}

Test(hidden, an_external_one_is_in_no_image)
{
	_cleanup_(vm_free_cleanup) struct vm *v = hide(SNAPSHOT, "one", NULL, VM_KEPT_APART);

	make_image("a.qcow2", NULL, NULL);
	in_image("-c", "one", "a.qcow2");
	expect_in(v, NULL);
	cr_expect_not(hidden_has_gone(S, v));
}

Test(hidden, libvirt_finds_it_in_the_disk_alone)
{
	_cleanup_(vm_free_cleanup) struct vm *v = hide(SNAPSHOT, "one", NULL, VM_KEPT_HIDDEN);
	_cleanup_hv_snapshots_ struct hv_snapshots of = { 0 };
	_cleanup_spec_ struct domain_spec *same = definition("a.qcow2");
	_cleanup_spec_ struct domain_spec *above = definition("b.qcow2");

	make_image("a.qcow2", NULL, NULL);
	make_image("b.qcow2", "a.qcow2", "qcow2");
	OK(hidden_read(v, &of, &E));
	OK(hidden_check_on_top(S, v, of.items, same, &E));
	FAILS(VXE_SNAPSHOT_HIDDEN, hidden_check_on_top(S, v, of.items, above, &E));
}

/* ---- its document ---------------------------------------------------------------------------- */

static void expect_parent(const struct vm *v, const struct hv_snapshots *found, const char *parent)
{
	_cleanup_hv_snapshots_ struct hv_snapshots of = { 0 };
	_cleanup_free_ char *xml = NULL;
	struct hv_snapshot now = { 0 };

	OK(hidden_read(v, &of, &E));
	OK(hidden_document(v, &of, found, &xml, &E));
	OK(snapshot_read(xml, &now, &E));
	cr_expect(str_eq(now.parent, parent), "%s", now.parent ? now.parent : "none");
	hv_snapshot_clear(&now);
}

Test(hidden, its_document_names_a_parent_that_libvirt_has)
{
	_cleanup_(vm_free_cleanup) struct vm *v = hide(SNAPSHOT, "two", "one", VM_KEPT_HIDDEN);
	_cleanup_hv_snapshots_ struct hv_snapshots of = { 0 };
	char one[] = "one", two[] = "two";
	struct hv_snapshot there[] = { { .name = one }, { .name = two } };
	const struct hv_snapshots none = { 0 }, parent = { 1, there }, both = { 2, there };
	_cleanup_free_ char *xml = NULL;

	expect_parent(v, &parent, "one");
	expect_parent(v, &none, NULL);
	OK(hidden_read(v, &of, &E));
	FAILS(OPERATION_NOT_ALLOWED, hidden_document(v, &of, &both, &xml, &E));
}

/* ---- who needs the layers of an external one --------------------------------------------------- */

#define NODE(n) "eeeeeeee-0000-4000-8000-00000000000" #n
#define VDI(n) "dddddddd-0000-4000-8000-00000000000" #n

static void add_node(const char *uuid, const char *parent, int origin)
{
	_cleanup_(node_free_cleanup) struct node *n = record_new(&node_class);

	n->r.uuid = xstrdup(uuid);
	free(n->path);
	n->path = xasprintf("%s/%s", dir, uuid);
	str_replace(&n->parent, parent);
	n->origin = origin;
	save(&node_class, n);
}

static void add_vdi(const char *uuid, const char *node, const char *snapshot_of, bool kept)
{
	_cleanup_(vdi_free_cleanup) struct vdi *v = record_new(&vdi_class);

	v->r.uuid = xstrdup(uuid);
	str_replace(&v->node, node);
	str_replace(&v->snapshot_of, snapshot_of);
	v->is_a_snapshot = snapshot_of != NULL;
	v->managed = true;
	if (kept)
		map_set(&v->sm_config, VDI_KEPT, VDI_KEPT_OUTSIDE);
	save(&vdi_class, v);
}

static void expect_needed(const struct vm *v, bool wanted, const char *when)
{
	_cleanup_txn_ struct txn *t = NULL;
	bool one = !wanted, any = !wanted;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(hidden_should_be(t, v, &one, &E));
	OK(hidden_is_needed(t, VM_A, &any, &E));
	cr_expect_eq(one, wanted, "%s", when);
	cr_expect_eq(any, wanted, "%s", when);
}

/* The VM's disk is node 2 on node 1, which is what the snapshot has. */
Test(hidden, snapshots_and_layers_of_vxe_need_the_layers_below)
{
	_cleanup_(vm_free_cleanup) struct vm *v = hide(SNAPSHOT, "one", NULL, VM_KEPT_APART);
	_cleanup_(vbd_free_cleanup) struct vbd *b = record_new(&vbd_class);

	b->r.uuid = xstrdup("bbbbbbbb-0000-4000-8000-000000000009");
	str_replace(&b->vm, SNAPSHOT);
	str_replace(&b->vdi, VDI(1));
	save(&vbd_class, b);
	add_node(NODE(1), NULL, NODE_ADOPTED_BASE);
	add_node(NODE(2), NODE(1), NODE_MADE);
	add_vdi(VDI(1), NODE(1), VDI(2), true);
	add_vdi(VDI(2), NODE(2), NULL, false);
	expect_needed(v, false, "the VM's own disk alone");
	add_node(NODE(3), NODE(1), NODE_ADOPTED_LEAF);
	add_vdi(VDI(3), NODE(3), NULL, false);
	expect_needed(v, false, "another's file on it");
	add_node(NODE(4), NODE(3), NODE_MADE);
	add_vdi(VDI(4), NODE(4), NULL, false);
	expect_needed(v, true, "a disk on a layer of vxe's");
	add_vdi(VDI(4), NODE(4), VDI(2), true);
	expect_needed(v, false, "what libvirt keeps itself");
	add_vdi(VDI(4), NODE(2), VDI(2), false);
	expect_needed(v, true, "a snapshot of vxe's");
}

/* ---- given back -------------------------------------------------------------------------------- */

static bool is_hidden(const char *uuid)
{
	_cleanup_(vm_free_cleanup) struct vm *v = find(&vm_class, uuid);

	return vm_is_hidden(v);
}

static void give_back(const char *wanted)
{
	_cleanup_hv_snapshots_ struct hv_snapshots found = { 0 };
	_cleanup_str_ struct str names = { 0 };
	struct hv *hv;

	next_command();
	session_close_contents(S);
	OK(hidden_give_back(S, VM_A, &E));
	OK(session_hv(S->here, &hv, &E));
	OK(hv_snapshots(hv, VM_A, &found, &E));
	for (size_t i = 0; i < found.n; i++)
		str_addf(&names, "%s<%s%s ", found.items[i].name,
			found.items[i].parent ? found.items[i].parent : "",
			found.items[i].current ? "*" : "");
	cr_expect_str_eq(str_text(&names), wanted);
}

Test(hidden, libvirt_gets_back_what_is_in_the_vms_disk)
{
	vm_free(hide(YOUNGER, "two", "one", VM_KEPT_HIDDEN));
	vm_free(hide(SNAPSHOT, "one", NULL, VM_KEPT_HIDDEN));
	save_vm(YOUNGER);
	make_image("a.qcow2", NULL, NULL);
	in_image("-c", "one", "a.qcow2");
	in_image("-c", "two", "a.qcow2");
	make_image("b.qcow2", "a.qcow2", "qcow2");
	add_domain(VM_A, "a", "b.qcow2");
	give_back("");
	cr_expect(is_hidden(SNAPSHOT) && is_hidden(YOUNGER));
	edit_disk(VM_A, "a", "a.qcow2");
	give_back("one< two<one* ");
	cr_expect(!is_hidden(SNAPSHOT) && !is_hidden(YOUNGER));
	give_back("one< two<one* ");
}

/* Its parent has gone from the image: it becomes a root. */
Test(hidden, a_child_comes_back_without_its_parent)
{
	vm_free(hide(YOUNGER, "two", "one", VM_KEPT_HIDDEN));
	vm_free(hide(SNAPSHOT, "one", NULL, VM_KEPT_HIDDEN));
	save_vm(NULL);
	make_image("a.qcow2", NULL, NULL);
	in_image("-c", "two", "a.qcow2");
	add_domain(VM_A, "a", "a.qcow2");
	give_back("two< ");
	cr_expect(is_hidden(SNAPSHOT) && !is_hidden(YOUNGER));
}
