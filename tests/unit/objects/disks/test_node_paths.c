/* SPDX-License-Identifier: MIT */
/*
 * One file, one record: the owner of a file during an operation, one file under several names, and
 * stores in which an older vxe has recorded a file twice.
 */
#include <json-c/json_object.h>
#include <unistd.h>

#include "objects/base/uuid.h"
#include "objects/check/check.h"
#include "objects/check/check_areas.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/host/pool.h"
#include "objects/domain/adopt.h"
#include "objects/engine/file_claims.h"
#include "objects/engine/plan.h"
#include "objects/domain/guard_overlay.h"
#include "objects/disks/disks.h"
#include "objects/disks/node_ops.h"
#include "objects/disks/vdi_move.h"
#include "objects/storage/sr_scan.h"
#include "objects/storage/vdi_destroy.h"
#include "tests/unit/host_fixture.h"

#define FILE_A "images/vxe/aaaaaaaa-1111-4111-8111-111111111111.qcow2"
#define FILE_B "images/vxe/bbbbbbbb-1111-4111-8111-111111111111.qcow2"
#define NODE_A "aaaaaaaa-1111-4111-8111-111111111111"

static char *sr; /* Local storage */

static void start(void)
{
	_cleanup_(pool_free_cleanup) struct pool *pool = NULL;
	_cleanup_txn_ struct txn *t = NULL;
	struct hv *hv;

	host_start_mem();
	OK(session_hv(S->here, &hv, &E));
	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(pool_get(t, S->store_uuid, &pool, &E));
	sr = xstrdup(pool->default_sr);
}

static void stop(void)
{
	free(sr);
	host_stop();
}

TestSuite(places, .init = start, .fini = stop);

/* ---- an operation at work -------------------------------------------------------------------- */

typedef void plan_of(struct plan *p);

static void as_disk(struct plan *p)
{
	struct plan_disk *d = plan_add_disk(p);

	d->new_path = at(FILE_A);
	d->make = true;
}

static void as_node(struct plan *p)
{
	_cleanup_(node_free_cleanup) struct node *n = record_new(&node_class);

	n->r.uuid = xstrdup(NODE_A);
	str_replace(&n->sr, sr);
	str_replace(&n->path, strrchr(FILE_A, '/') + 1);
	plan_put(p, &node_class, n);
}

static const struct op_type with_memory = { .members = PLAN_MEMBERS(memory_members) };

static void as_scalar(struct plan *p)
{
	_cleanup_free_ char *path = at(FILE_A);

	p->op_type = &with_memory;
	plan_keep(p, "memory-path", path);
}

static plan_of *const ways[] = { as_disk, as_node, as_scalar };

static struct lease *owner; /* of the intent; it is still working */

/* Puts an intent that names FILE_A in the given way. */
static char *intent_put(plan_of *how)
{
	_cleanup_(intent_free_cleanup) struct intent *i = record_new(&intent_class);
	_cleanup_plan_ struct plan p = { 0 };

	how(&p);
	i->r.uuid = uuid_new();
	str_replace(&i->operation, "vdi-create");
	i->object = uuid_new();
	free(i->plan);
	i->plan = plan_encode(&p);
	strv_add(&i->objects, i->object);
	save(&intent_class, i);
	OK(store_lease(S->store, i->object, LEASE_EXCLUSIVE, false, &owner, &E));
	return xstrdup(i->r.uuid);
}

static int del_intent(struct txn *t, void *ctx, struct vxe_error *err)
{
	return txn_del(t, intent_class.name, ctx, err);
}

static void intent_end(char *uuid)
{
	OK(store_update(S->store, del_intent, uuid, &E));
	store_release(TAKE(owner));
	free(uuid);
}

static bool has_node(const char *name)
{
	_cleanup_(node_free_cleanup) struct node *n = node_of(name);

	return n != NULL;
}

Test(places, a_scan_leaves_what_an_operation_makes)
{
	make_image(FILE_A, NULL, NULL);
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		char *intent = intent_put(ways[i]);

		OK(sr_scan(S, sr, &E));
		cr_assert(!has_node(FILE_A), "way %zu", i);
		intent_end(intent);
	}
	OK(sr_scan(S, sr, &E));
	cr_assert(has_node(FILE_A), "what nobody claims comes in");
}

Test(places, a_claim_holds_before_the_file_is_there_and_under_any_name)
{
	_cleanup_free_ char *linked = at("linked"), *folder = at("images/vxe"), *path = at(FILE_A);
	_cleanup_free_ char *link = at("link.qcow2"), *draft = NULL;
	_cleanup_claims_ struct claims c = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	char *intent = intent_put(as_disk);
	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(claims_load(t, &c, &E)); /* and only now the file is created */
	make_image(FILE_A, NULL, NULL);
	cr_assert(symlink(folder, linked) == 0 && symlink(path, link) == 0);
	const char *slash = strrchr(path, '/');
	draft = xasprintf("%s/.%s.vxe-tmp", folder, slash + 1);
	_cleanup_free_ char *there = xasprintf("%s%s", linked, slash);
	_cleanup_free_ char *other = at(FILE_B);

	cr_assert_str_eq(claims_find(&c, path), "vdi-create");
	cr_assert(claims_find(&c, there));
	cr_assert(claims_find(&c, draft));
	cr_assert(!claims_find(&c, other));
	claims_clear(&c);
	OK(claims_load(t, &c, &E));
	cr_assert(claims_find(&c, link));
	txn_abort(TAKE(t));
	intent_end(intent);
}

Test(places, a_layer_on_what_an_operation_makes_waits)
{
	make_image(FILE_A, NULL, NULL);
	make_image(FILE_B, strrchr(FILE_A, '/') + 1, "qcow2");
	char *intent = intent_put(as_disk);

	OK(sr_scan(S, sr, &E));
	cr_assert(!has_node(FILE_A) && !has_node(FILE_B));
	intent_end(intent);
	OK(sr_scan(S, sr, &E));
	cr_assert(has_node(FILE_A) && has_node(FILE_B));
}

Test(places, nor_is_it_introduced)
{
	const struct vdi_introduced args = { .uuid = "cccccccc-1111-4111-8111-111111111111",
		.sr = sr,
		.location = strrchr(FILE_A, '/') + 1 };

	make_image(FILE_A, NULL, NULL);
	char *intent = intent_put(as_disk);

	FAILS(VXE_BUSY, vdi_introduce(S, &args, &E));
	intent_end(intent);
	OK(vdi_introduce(S, &args, &E));
}

Test(places, a_domain_on_it_is_adopted_later)
{
	make_image(FILE_A, NULL, NULL);
	char *intent = intent_put(as_disk);

	add_domain(VM_A, "web", FILE_A);
	OK(adopt_domains(S, &E));
	cr_assert(!has_node(FILE_A));
	cr_assert_eq(notices.n, 1);
	cr_assert(strstr(notices.items[0], "web is left out"), "%s", notices.items[0]);
	intent_end(intent);
	next_command();
	OK(adopt_domains(S, &E));
	cr_assert(has_node(FILE_A));
}

static size_t findings(const char *kind)
{
	_cleanup_(findings_clear) struct findings f = { 0 };
	size_t n = 0;

	next_command();
	OK(check_all(S, true, &f, &E));
	for (size_t i = 0; i < f.n; i++)
		n += str_eq(f.items[i].kind, kind);
	return n;
}

Test(places, nor_does_check_call_it_lost)
{
	make_image(FILE_A, NULL, NULL);
	cr_assert_eq(findings("file"), 1);
	char *intent = intent_put(as_disk);

	cr_assert_eq(findings("file"), 0);
	store_release(TAKE(owner)); /* it dies */
	cr_assert_eq(findings("file"), 0);
	cr_assert_eq(findings("intent"), 1);
	intent_end(intent);
}

/* ---- one file, several names ----------------------------------------------------------------- */

/* The same file by a path through the same folder, a link, a hard link. */
Test(places, a_node_is_found_by_every_name_of_its_file)
{
	_cleanup_free_ char *folder = at("images/vxe"), *linked = at("linked"), *path = at(FILE_A);
	_cleanup_free_ char *soft = at("soft.qcow2"), *hard = at("hard.qcow2");

	make_image(FILE_A, NULL, NULL);
	cr_assert(
		symlink(folder, linked) == 0 && symlink(path, soft) == 0 && link(path, hard) == 0);
	OK(sr_scan(S, sr, &E));
	cr_assert(has_node("linked/aaaaaaaa-1111-4111-8111-111111111111.qcow2"));
	cr_assert(has_node("images/../" FILE_A));
	cr_assert(has_node("soft.qcow2") && has_node("hard.qcow2"));
	cr_assert(!has_node("linked/none.qcow2"));
}

static void make_web(void)
{
	_cleanup_free_ char *path = at("disks/web.qcow2");

	make_dirs(path);
	make_image("disks/web.qcow2", NULL, NULL);
	add_domain(VM_A, "web", "disks/web.qcow2");
	OK(adopt_domains(S, &E));
}

/* Two domains, two spellings: one disk. */
static void expect_one_disk(const char *other)
{
	next_command();
	add_domain(VM_B, "twin", other);
	OK(adopt_domains(S, &E));
	cr_assert_eq(count_of(&node_class), 1, "%s", other);
	cr_assert_eq(count_of(&vdi_class), 1, "%s", other);
	hv_mock_remove(mock, VM_B);
	next_command();
	OK(adopt_domains(S, &E));
}

Test(places, domains_on_one_file_share_its_disk)
{
	_cleanup_free_ char *path = at("disks/web.qcow2"), *soft = at("disks/soft.qcow2");
	_cleanup_free_ char *hard = at("other/hard.qcow2"), *linked = at("linked");
	_cleanup_free_ char *folder = at("disks");

	make_web();
	make_dirs(hard);
	cr_assert(symlink("web.qcow2", soft) == 0 && link(path, hard) == 0 &&
		symlink(folder, linked) == 0);
	expect_one_disk("disks/soft.qcow2");
	expect_one_disk("other/hard.qcow2");
	expect_one_disk("linked/web.qcow2");
	expect_one_disk("disks/../disks/web.qcow2");
}

/* ---- two records of one file ----------------------------------------------------------------- */

/* The state that an older vxe has left: NODE_A and its own VDI beside the disk of VM_A. */
static int put_twin(struct txn *t, void *ctx, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_(vdi_free_cleanup) struct vdi *v = record_new(&vdi_class);
	const char *node = ctx;

	if (node_get(t, node, &n, err) < 0)
		return -1;
	str_replace(&n->r.uuid, NODE_A);
	n->origin = NODE_MADE;
	struct json_object *doc = record_encode(&node_class, n);
	int r = txn_put_back(t, node_class.name, NODE_A, doc, err);

	json_object_put(doc);
	v->r.uuid = xstrdup(VM_B);
	str_replace(&v->sr, n->sr);
	str_replace(&v->node, NODE_A);
	v->virtual_size = n->virtual_size;
	v->managed = true;
	return r < 0 ? r : record_save(t, &vdi_class, v, err);
}

static void make_twins(void)
{
	make_web();
	_cleanup_(node_free_cleanup) struct node *n = node_of("disks/web.qcow2");

	OK(store_update(S->store, put_twin, n->r.uuid, &E));
	next_command();
}

static bool domain_has_disk(void)
{
	return strstr(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE), "disks/web.qcow2") != NULL;
}

Test(places, check_names_both_records)
{
	make_twins();
	cr_assert_eq(findings("place"), 1);
}

Test(places, neither_can_be_destroyed)
{
	_cleanup_records_ struct records vdis = { 0 };
	_cleanup_free_ char *path = at("disks/web.qcow2");

	make_twins();
	vdis = all_of(&vdi_class);
	cr_assert_eq(vdis.n, 2);
	for (size_t i = 0; i < vdis.n; i++)
		FAILS(VXE_DEPENDENTS,
			vdi_destroy(S, ((const struct record *)vdis.items[i])->uuid, &E));
	FAILS(VXE_DEPENDENTS, node_remove(S, NODE_A, &E));
	cr_assert(access(path, F_OK) == 0 && domain_has_disk());
}

Test(places, the_stray_one_is_forgotten_and_the_guest_keeps_its_disk)
{
	_cleanup_free_ char *path = at("disks/web.qcow2");

	make_twins();
	OK(vdi_forget(S, VM_B, &E));
	cr_assert(access(path, F_OK) == 0 && domain_has_disk());
	cr_assert_eq(findings("place"), 0);
	cr_assert_eq(count_of(&node_class), 1);
}

struct twin {
	const char *of, *uuid, *sr, *path;
};

static int put_named(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct twin *w = ctx;
	_cleanup_(node_free_cleanup) struct node *n = NULL;

	if (node_get(t, w->of, &n, err) < 0)
		return -1;
	str_replace(&n->r.uuid, w->uuid);
	str_replace(&n->path, w->path);
	str_replace(&n->sr, w->sr ? w->sr : n->sr);
	return record_save(t, &node_class, n, err);
}

static void expect_nodes(const struct strv *paths)
{
	_cleanup_txn_ struct txn *t = NULL;
	struct strv found[3] = { 0 };

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(nodes_of_files(S, t, paths, found, &E));
	cr_expect_eq(found[0].n, 3, "%zu records of %s", found[0].n, paths->items[0]);
	cr_expect_eq(found[1].n, 0, "%zu records of %s", found[1].n, paths->items[1]);
	cr_expect_eq(found[2].n, 3, "%zu records of %s", found[2].n, paths->items[2]);
	for (size_t i = 0; i < ARRAY_LEN(found); i++)
		strv_clear(&found[i]);
}

/* In its own SR, under a hard link there, and under a link in another SR; also where folders tell nothing. */
Test(places, every_record_of_a_file_is_found)
{
	_cleanup_free_ char *path = at("disks/web.qcow2"), *hard = at("disks/hard.qcow2");
	_cleanup_free_ char *soft = at("images/vxe/soft.qcow2"), *other = at("disks/other.qcow2");
	_cleanup_free_ char *spelled = at("images/../disks/web.qcow2"), *empty = at("empty");
	_cleanup_strv_ struct strv paths = { 0 }, again = { 0 };
	const char *root = S->config.root;

	make_web();
	make_image("disks/other.qcow2", NULL, NULL);
	cr_assert(link(path, hard) == 0 && symlink(path, soft) == 0);
	_cleanup_(node_free_cleanup) struct node *n = node_of("disks/web.qcow2");
	struct twin twins[] = { { n->r.uuid, NODE_A, NULL, "hard.qcow2" },
		{ n->r.uuid, "bbbbbbbb-1111-4111-8111-111111111111", sr, "soft.qcow2" },
		/* Of another file, which is not there. */
		{ n->r.uuid, "cccccccc-1111-4111-8111-111111111111", sr, "other.qcow2" } };

	for (size_t i = 0; i < ARRAY_LEN(twins); i++)
		OK(store_update(S->store, put_named, &twins[i], &E));
	strv_add(&paths, path);
	strv_add(&paths, other);
	strv_add(&paths, hard);
	strv_add(&again, spelled);
	strv_add(&again, other);
	strv_add(&again, soft);
	write_text("machine/proc/self/mountinfo", "1 1 0:1 / / rw - ext4 none rw\n");
	expect_nodes(&paths);
	expect_nodes(&again);
	S->config.root = empty; /* no mount points are known: each name is asked for */
	expect_nodes(&paths);
	S->config.root = root;
}

/* Even if every other check is missing, the store itself refuses a second record of a file. */
Test(places, the_store_refuses_a_second_record)
{
	make_web();
	_cleanup_(node_free_cleanup) struct node *n = node_of("disks/web.qcow2");

	str_replace(&n->r.uuid, NODE_A);
	struct save_one w = { &node_class, n };

	FAILS(VXE_PLACE_TAKEN, store_update(S->store, save_body, &w, &E));
}

/* ---- domains by any name --------------------------------------------------------------------- */

static void expect_found(const char *spelling)
{
	_cleanup_free_ char *path = at("disks/web.qcow2");
	_cleanup_strv_ struct strv halted = { 0 }, running = { 0 }, paths = { 0 }, known = { 0 };

	add_domain(VM_B, "twin", spelling);
	next_command();
	OK(domains_on(S, path, VM_A, &halted, &running, &E));
	cr_assert_eq(halted.n, 1, "%s", spelling);
	strv_add(&paths, path);
	strv_add(&known, VM_A);
	FAILS(VXE_DEPENDENTS, strangers_find(S, &paths, &known, NULL, NULL, &E));
	hv_mock_remove(mock, VM_B);
	next_command();
}

Test(places, a_domain_is_found_on_a_file_by_any_name)
{
	_cleanup_free_ char *path = at("disks/web.qcow2"), *soft = at("disks/a&b.qcow2");
	_cleanup_free_ char *hard = at("hard.qcow2"), *linked = at("linked"), *folder = at("disks");

	make_web();
	cr_assert(symlink("web.qcow2", soft) == 0 && link(path, hard) == 0 &&
		symlink(folder, linked) == 0);
	expect_found("disks/web.qcow2");
	expect_found("disks/a&amp;b.qcow2");
	expect_found("hard.qcow2");
	expect_found("linked/web.qcow2");
	expect_found("disks/../linked/web.qcow2");
}

/* Also as a volume of a pool: a frozen layer that a domain writes to in this way is refused. */
Test(places, a_writer_is_found_on_a_volume)
{
	_cleanup_free_ char *path = at("disks/web.qcow2"), *target = at("disks");
	_cleanup_free_ char *uuid = xstrdup(NODE_A), *name = xstrdup("p"), *type = xstrdup("dir");
	const struct hv_pool pool = {
		.uuid = uuid, .name = name, .type = type, .path = target, .active = true
	};
	_cleanup_free_ char *twin = domain_xml(VM_B, "twin",
		"<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/>"
		"<source pool='p' volume='web.qcow2'/><target dev='vda' bus='virtio'/></disk>");
	struct leaf leaf;

	hv_mock_add_pool(mock, &pool);
	make_web();
	OK(leaf_find(S, path, VM_A, &leaf, &E));
	cr_assert_null(leaf.domain);
	hv_mock_add(mock, twin, HV_SHUTOFF);
	next_command();
	OK(leaf_find(S, path, VM_A, &leaf, &E));
	cr_assert(leaf.domain);
	cr_assert_str_eq(leaf.domain->uuid, VM_B);
}
