/* SPDX-License-Identifier: MIT */
/*
 * `vxe check` on a sound tree, then with one fault at a time: it finds each fault, and only that.
 */
#include "objects/check/check_areas.h"

#include "objects/disks/images/image_merge.h"
#include "objects/base/uuid.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/engine/plan.h"
#include "store/store_engine.h"
#include "tests/unit/layers.h"
#include "tests/unit/leak.h"
#include "tests/image_at.h"

#include "tests/unit/harness.h"
#include <fcntl.h>
#include <json-c/json_object.h>
#include <string.h>
#include <sys/stat.h>

TestSuite(check, .fini = no_leaks, .timeout = 3000);

/*
 * A snapshot names R, no VDI names N, which has two layers on it; L and M are the disks of two
 * machines.
 */
static void sound(struct layers *l)
{
	layers_open(l, NULL);
	layers_add(l, &(struct layer){ 'R', 0, NODE_MADE, NODE_FROZEN, NULL, 0, 0 });
	layers_add(l, &(struct layer){ 'N', 'R', NODE_MADE, NODE_FROZEN, NULL, 0, 0 });
	layers_add(l, &(struct layer){ 'L', 'N', NODE_MADE, NODE_WRITABLE, NULL, 0, 0 });
	layers_add(l, &(struct layer){ 'M', 'N', NODE_MADE, NODE_WRITABLE, NULL, 0, 0 });
	layers_add(l, &(struct layer){ 'B', 0, NODE_ADOPTED_BASE, NODE_FROZEN, "raw", 0, 0 });
	layers_vdi(l, 's', 'R', true);
	layers_vdi(l, 'v', 'L', false);
	layers_vdi(l, 'w', 'M', false);
	layers_vm(l, 'W', "v", HV_RUNNING);
	layers_vm(l, 'X', "w", HV_SHUTOFF);
	layers_sync(l);
}

/* ---- breaking records ------------------------------------------------------------------------ */

typedef void change_fn(void *obj);

struct change {
	const struct class *cls;
	const char *uuid;
	change_fn *fn; /* NULL: delete */
};

static int change_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct change *c = ctx;
	void *obj;

	if (!c->fn)
		return txn_del(t, c->cls->name, c->uuid, err);
	if (record_find(t, c->cls, c->uuid, &obj, err) < 0)
		return -1;
	if (!obj) {
		obj = record_new(c->cls);
		((struct record *)obj)->uuid = xstrdup(c->uuid);
	}
	c->fn(obj);
	int r = record_save(t, c->cls, obj, err);
	record_free(c->cls, obj);
	return r;
}

static void change(struct layers *l, const struct class *cls, char letter, change_fn *fn)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct change c = { cls, id_of(letter), fn };

	cr_assert_eq(store_update(l->s->store, change_body, &c, &err), 0);
}

static void parent_is_gone(void *obj)
{
	str_replace(&((struct node *)obj)->parent, id_of('z'));
}

static void parent_is_root(void *obj)
{
	str_replace(&((struct node *)obj)->parent, id_of('R'));
}

static void parent_is_above(void *obj)
{
	str_replace(&((struct node *)obj)->parent, id_of('L'));
}

static void size_is_wrong(void *obj)
{
	((struct node *)obj)->virtual_size = 512;
}

static void is_writable(void *obj)
{
	((struct node *)obj)->state = NODE_WRITABLE;
}

static void is_frozen(void *obj)
{
	((struct node *)obj)->state = NODE_FROZEN;
}

static void is_doomed(void *obj)
{
	((struct node *)obj)->state = NODE_DOOMED;
}

static void is_merging(void *obj)
{
	((struct node *)obj)->state = NODE_MERGING;
}

static void names_leaf_too(void *obj)
{
	struct vdi *v = obj;

	str_replace(&v->node, id_of('L'));
	v->managed = true;
	v->virtual_size = 1 << 20;
}

static void vdi_size_is_wrong(void *obj)
{
	((struct vdi *)obj)->virtual_size = 512;
}

static void is_reset(void *obj)
{
	((struct vdi *)obj)->on_boot = ON_BOOT_RESET;
}

static void is_of_nobody(void *obj)
{
	(void)obj;
}

/* ---- breaking files and domains ------------------------------------------------------------- */

static void remove_file(struct layers *l, char node)
{
	_cleanup_free_ char *path = layers_path(l, node);

	cr_assert_eq(unlink(path), 0);
}

static void set_mode(struct layers *l, char node, mode_t mode)
{
	_cleanup_free_ char *path = layers_path(l, node);

	cr_assert_eq(chmod(path, mode), 0);
}

static void other_header(struct layers *l, char node, char backing, const char *format)
{
	_cleanup_free_ char *path = layers_path(l, node);
	_cleanup_free_ char *name = xasprintf("%s.qcow2", id_of(backing));
	_cleanup_error_ struct vxe_error err = { 0 };

	cr_assert_eq(image_set_backing(image_at(path), name, format, &err), 0);
}

static void make_file(struct layers *l, const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s/images/%s", l->dir, name);
	_cleanup_close_ int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	cr_assert_geq(fd, 0);
}

/* Replaces a word in the domain's XML. */
static void edit(struct layers *l, char vm, enum hv_xml which, const char *from, const char *to)
{
	const char *xml = hv_mock_xml(l->mock, id_of(vm), which), *at = strstr(xml, from);

	cr_assert(at, "%s is not in the XML", from);
	_cleanup_free_ char *changed =
		xasprintf("%.*s%s%s", (int)(at - xml), xml, to, at + strlen(from));
	hv_mock_set_xml(l->mock, id_of(vm), which, changed);
}

/* ---- one thing at a time --------------------------------------------------------------------- */

static void no_parent(struct layers *l)
{
	change(l, &node_class, 'R', parent_is_gone);
}

static void other_parent(struct layers *l)
{
	change(l, &node_class, 'L', parent_is_root);
}

static void circle(struct layers *l)
{
	change(l, &node_class, 'R', parent_is_above);
}

static void wrong_size(struct layers *l)
{
	change(l, &node_class, 'R', size_is_wrong);
}

static void wrong_vdi_size(struct layers *l)
{
	change(l, &vdi_class, 's', vdi_size_is_wrong);
}

static void no_vdi(struct layers *l)
{
	change(l, &vdi_class, 'v', NULL);
}

static void reset_on_boot(struct layers *l)
{
	change(l, &vdi_class, 'v', is_reset);
}

static void no_file(struct layers *l)
{
	remove_file(l, 'R');
}

static void frozen_with_bits(struct layers *l)
{
	set_mode(l, 'N', 0644);
}

static void writable_without_bits(struct layers *l)
{
	set_mode(l, 'M', 0444);
}

static void header_elsewhere(struct layers *l)
{
	other_header(l, 'M', 'R', "qcow2");
}

static void header_format(struct layers *l)
{
	other_header(l, 'M', 'N', "raw");
}

static void orphan(struct layers *l)
{
	make_file(l, "01234567-89ab-4def-8123-456789abcdef.qcow2");
}

static void draft(struct layers *l)
{
	make_file(l, ".01234567-89ab-4def-8123-456789abcdef.qcow2.vxe-tmp");
}

static void layer_is_written(struct layers *l)
{
	set_mode(l, 'N', 0644);
	change(l, &node_class, 'N', is_writable);
}

static void disk_is_frozen(struct layers *l)
{
	set_mode(l, 'M', 0444);
	change(l, &node_class, 'M', is_frozen);
}

static void doomed_in_use(struct layers *l)
{
	change(l, &node_class, 'R', is_doomed);
}

static void merging_in_use(struct layers *l)
{
	change(l, &node_class, 'N', is_merging);
}

static void two_writers(struct layers *l)
{
	change(l, &vdi_class, 'y', names_leaf_too);
}

static void no_base_copy(struct layers *l)
{
	change(l, &vdi_class, 'N', NULL);
}

static void no_domain(struct layers *l)
{
	hv_mock_remove(l->mock, id_of('X'));
}

/* As if virsh had undefined a domain whose guest runs. */
static void no_definition(struct layers *l)
{
	_cleanup_free_ char *xml = xstrdup(hv_mock_xml(l->mock, id_of('W'), HV_XML_LIVE));

	hv_mock_remove(l->mock, id_of('W'));
	hv_mock_add_transient(l->mock, xml);
}

static void no_record(struct layers *l)
{
	hv_mock_add(l->mock,
		"<domain type='kvm'><name>new</name>"
		"<uuid>12345678-0000-4000-8000-000000000001</uuid><memory>1024</memory>"
		"<os><type>hvm</type></os></domain>",
		HV_SHUTOFF);
}

static void edited_inactive(struct layers *l)
{
	edit(l, 'W', HV_XML_INACTIVE, id_of('L'), id_of('M'));
}

static void edited_live(struct layers *l)
{
	edit(l, 'W', HV_XML_LIVE, id_of('L'), id_of('M'));
}

static void edited_format(struct layers *l)
{
	edit(l, 'X', HV_XML_INACTIVE, "type='qcow2'", "type='raw'");
}

static void edited_target(struct layers *l)
{
	edit(l, 'X', HV_XML_INACTIVE, "dev='vda'", "dev='vdz'");
}

static void dead_intent(struct layers *l)
{
	change(l, &intent_class, 'i', is_of_nobody);
}

/* Past the checks of the store, as in stores from before these checks. */
static void same_uuid(struct layers *l)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct json_object *doc = json_object_new_object();
	struct txn *t = NULL;

	cr_assert_eq(txn_begin(l->s->store, TXN_WRITE, &t, &err), 0);
	cr_assert_eq(l->s->store->ops->put(t, "VIF", id_of('W'), doc, false, &err), 0);
	cr_assert_eq(txn_commit(t, &err), 0);
	json_object_put(doc);
}

static const struct {
	const char *name;
	void (*damage)(struct layers *l);
	const char *expect[3]; /* pieces of different findings */
} damages[] = {
	{ "a parent that is gone", no_parent, { "reference | NODE 52", NULL } },
	{ "another parent than the header's", other_parent, { "chain | NODE 4c", NULL } },
	{ "a circle", circle, { "circle", NULL } },
	{ "a size", wrong_size, { "chain | NODE 52", "chain | VDI 73" } },
	{ "a VDI's size", wrong_vdi_size, { "chain | VDI 73", NULL } },
	{ "a VDI that is gone", no_vdi, { "reference | VBD", "no base-copy record" } },
	{ "a disk that is to be reset at each start", reset_on_boot,
		{ "setting | VDI 76", "on-boot=persist", NULL } },
	{ "a file that is gone", no_file, { "file | NODE 52", NULL } },
	{ "a frozen file that can be written to", frozen_with_bits,
		{ "write-bits | NODE 4e", NULL } },
	{ "a disk that cannot be written to", writable_without_bits,
		{ "write-bits | NODE 4d", NULL } },
	{ "a header that leads elsewhere", header_elsewhere, { "chain | NODE 4d", NULL } },
	{ "a header with another format", header_format, { "another format", NULL } },
	{ "a file that no record knows", orphan, { "file | /tmp", NULL } },
	{ "a draft that was left", draft, { "file | /tmp", NULL } },
	{ "a layer below others that is written", layer_is_written, { "node | NODE 4e", NULL } },
	{ "a machine's disk that is frozen", disk_is_frozen, { "node | VM 58", NULL } },
	{ "a doomed node that is named", doomed_in_use, { "node | NODE 52", NULL } },
	{ "a merging node with two above", merging_in_use, { "node | NODE 4e", NULL } },
	{ "two VDIs on one disk", two_writers, { "node | NODE 4c", NULL } },
	{ "no base copy", no_base_copy, { "reference | NODE 4e", NULL } },
	{ "a machine without domain", no_domain, { "domain | VM 58", NULL } },
	{ "a guest without definition", no_definition, { "domain | VM 57", "virsh define" } },
	{ "a domain without record", no_record, { "domain | domain 12", NULL } },
	{ "an edited definition", edited_inactive, { "inactive XML", NULL } },
	{ "a live disk on another file", edited_live, { "live XML", NULL } },
	{ "a format in the definition", edited_format, { "domain | VM 58", NULL } },
	{ "a target in the definition", edited_target, { "has no disk vda", "a disk vdz" } },
	{ "two objects of one UUID", same_uuid, { "uuid | VM 57", NULL } },
	{ "an intent of a dead owner", dead_intent, { "intent | INTENT", NULL } },
};

Test(check, a_sound_tree_has_no_findings)
{
	struct layers l;

	sound(&l);
	_cleanup_free_ char *text = layers_check(&l);
	cr_assert_str_empty(text, "%s", text);
	layers_close(&l);
}

Test(check, every_damage_is_found)
{
	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		struct layers l;

		sound(&l);
		damages[i].damage(&l);
		_cleanup_free_ char *text = layers_check(&l);

		cr_assert_str_not_empty(text, "%s was not found", damages[i].name);
		for (size_t k = 0; k < 3 && damages[i].expect[k]; k++)
			cr_assert(strstr(text, damages[i].expect[k]), "%s: %s is not among:\n%s",
				damages[i].name, damages[i].expect[k], text);
		layers_close(&l);
	}
}

/* Objects of a running operation are between two states; that is no damage. */
static char *being_made; /* path of the file of orphan(); draft() makes its temporary file */

static void touches_leaf(void *obj)
{
	struct intent *i = obj;
	_cleanup_plan_ struct plan p = { 0 };

	plan_add_disk(&p)->new_path = xstrdup(being_made);
	strv_add(&i->objects, id_of('M'));
	str_replace(&i->operation, "vm-snapshot");
	free(i->plan);
	i->plan = plan_encode(&p);
}

Test(check, an_operation_at_work_is_no_damage)
{
	struct layers l;
	struct lease *lease;
	_cleanup_error_ struct vxe_error err = { 0 };

	sound(&l);
	being_made = xasprintf("%s/images/01234567-89ab-4def-8123-456789abcdef.qcow2", l.dir);
	change(&l, &intent_class, 'i', touches_leaf);
	free(being_made);
	writable_without_bits(&l);
	orphan(&l);
	draft(&l);
	cr_assert_eq(store_lease(l.s->store, id_of('M'), LEASE_EXCLUSIVE, false, &lease, &err), 0);
	_cleanup_free_ char *busy = layers_check(&l);
	cr_assert_str_empty(busy, "%s", busy);
	store_release(lease);
	_cleanup_free_ char *dead = layers_check(&l);
	cr_assert(strstr(dead, "write-bits") && strstr(dead, "intent |") &&
			!strstr(dead, "no record of it"),
		"%s", dead);
	layers_close(&l);
}
