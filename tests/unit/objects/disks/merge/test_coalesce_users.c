/* SPDX-License-Identifier: MIT */
/* Other users of a layer, and their effect on merges. */
#include "objects/classes/storage/node_names.h"
#include "objects/engine/lock_set.h"
#include "objects/engine/plan.h"
#include "objects/disks/merge/coalesce.h"
#include "objects/disks/disk_plan.h"
#include "objects/disks/node_ops.h"
#include "objects/disks/disks.h"
#include "objects/disks/steps/disk_steps.h"
#include "objects/disks/vdi_move.h"
#include "objects/storage/vdi_destroy.h"
#include "objects/storage/vdi_resize.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "tests/unit/scenes.h"
#include "objects/disks/images/image_make.h"
#include "tests/image_at.h"

TestSuite(coalesce_users, .fini = no_leaks, .timeout = 3000);

/* ---- strangers and readers ------------------------------------------------------------------- */

static void expect_nothing_done(struct layers *l, const struct scene *sc, const struct contents *c)
{
	struct coalesce_result r = run(l);

	cr_assert_eq(r.merged + r.removed, 0, "%s", sc->name);
	cr_assert_eq(r.waiting, 1);
	for (const char *n = sc->gone; *n; n++)
		cr_assert(layers_file(l, *n));
	expect_contents(l, sc, c, "waiting");
}

static void make_stranger(const struct layers *l, char below, const char *dir)
{
	_cleanup_free_ char *base = layers_path(l, below);
	_cleanup_free_ char *path = xasprintf("%s/%s/stranger.img", l->dir, dir);
	_cleanup_error_ struct vxe_error err = { 0 };
	const struct image_overlay o = { image_at(path), base, "qcow2", 1 << 20 };

	cr_assert_eq(image_make_overlays(&o, 1, NULL, &err), 0);
}

/* The displayed plan knows the other user: actions that it omits are not done either. */
static void expect_told(const struct layers *l, const char *user)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_tree_ struct tree tree = { 0 };
	_cleanup_actions_ struct disk_actions actions = { 0 };

	cr_assert_eq(tree_load(l->s, NULL, NULL, &tree, &err), 0);
	cr_assert_eq(tree_plan(l->s, &tree, &actions, &err), 0);
	cr_assert_eq(actions.n, 1);
	cr_assert_eq(actions.items[0].kind, ACTION_WAIT);
	_cleanup_free_ char *text = disk_action_text(&tree, &actions.items[0]);

	cr_assert(str_starts(text, "later: "), "%s", text);
	cr_assert_not_null(strstr(text, " (needed by "), "%s", text);
	cr_assert_not_null(strstr(text, user), "%s", text);
}

static void drop_stranger(const struct layers *l, const char *dir)
{
	_cleanup_free_ char *path = xasprintf("%s/%s/stranger.img", l->dir, dir);

	cr_assert_eq(unlink(path), 0);
}

Test(coalesce_users, a_strangers_overlay_keeps_both_sides)
{
	for (size_t i = 0; i < 2; i++) {
		struct layers l;
		struct contents c = { 0 };

		set_scene(&l, &scenes[i], &c);
		make_stranger(&l, 'N', "images");
		expect_told(&l, "stranger.img");
		expect_nothing_done(&l, &scenes[i], &c);
		drop_stranger(&l, "images");
		run(&l);
		expect_end(&l, &scenes[i], &c, "stranger gone");
		layers_close(&l);
	}
}

static void add_strange_domain(struct layers *l, const char *path)
{
	_cleanup_free_ char *xml =
		xasprintf("<domain type='kvm'><name>stranger</name>"
			  "<uuid>ffffffff-0000-4000-8000-000000000001</uuid><memory>1024</memory>"
			  "<os><type>hvm</type></os><devices><disk type='file' device='disk'>"
			  "<driver name='qemu' type='qcow2'/><source file='%s'/>"
			  "<target dev='vda'/></disk></devices></domain>",
			path);

	hv_mock_add(l->mock, xml, HV_SHUTOFF);
}

Test(coalesce_users, a_strangers_domain_keeps_the_layer)
{
	struct layers l;
	struct contents c = { 0 };

	set_scene(&l, &scenes[0], &c);
	_cleanup_free_ char *path = layers_path(&l, 'N');
	add_strange_domain(&l, path);
	expect_told(&l, "stranger");
	expect_nothing_done(&l, &scenes[0], &c);
	layers_close(&l);
}

/* An overlay in no directory of ours, found through the domain that uses it. */
Test(coalesce_users, a_domain_on_a_hidden_overlay_keeps_the_layer)
{
	struct layers l;
	struct contents c = { 0 };

	set_scene(&l, &scenes[0], &c);
	_cleanup_free_ char *hidden = xasprintf("%s/hidden", l.dir);
	cr_assert_eq(mkdir(hidden, 0700), 0);
	make_stranger(&l, 'N', "hidden");
	_cleanup_free_ char *path = xasprintf("%s/stranger.img", hidden);
	add_strange_domain(&l, path);
	expect_told(&l, "stranger");
	expect_nothing_done(&l, &scenes[0], &c);
	layers_close(&l);
}

Test(coalesce_users, a_reader_is_waited_for)
{
	struct layers l;
	struct lease *lease;
	struct contents c = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };

	set_scene(&l, &scenes[1], &c);
	cr_assert_eq(store_lease(l.s->store, id_of('N'), LEASE_SHARED, false, &lease, &err), 0);
	expect_nothing_done(&l, &scenes[1], &c);
	store_release(lease);
	run(&l);
	expect_end(&l, &scenes[1], &c, "reader gone");
	layers_close(&l);
}

Test(coalesce_users, a_file_that_is_open_goes_later)
{
	struct layers l;
	struct contents c = { 0 };
	struct flock lock = { .l_type = F_RDLCK, .l_start = 100, .l_len = 1 };

	set_scene(&l, &scenes[5], &c);
	_cleanup_free_ char *path = layers_path(&l, 'C');
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	cr_assert_eq(fcntl(fd, F_OFD_SETLK, &lock), 0);
	struct coalesce_result r = run(&l);

	cr_assert_eq(r.merged, 1);
	cr_assert(layers_file(&l, 'C'));
	_cleanup_(node_free_cleanup) struct node *n = layers_node(&l, 'C');
	cr_assert_eq(n->state, NODE_DOOMED);
	expect_contents(&l, &scenes[5], &c, "open");
	expect_clean(&l, &scenes[5], "open");
	close(fd);
	run(&l);
	expect_end(&l, &scenes[5], &c, "closed");
	layers_close(&l);
}

static void start_it(struct hv_mock *m, void *ctx)
{
	hv_mock_set_state(m, ctx, HV_RUNNING);
}

/* virsh start between the copy and the definition: the machine stays on its old file. */
Test(coalesce_users, a_start_in_between_is_noticed)
{
	struct layers l;
	struct contents c = { 0 };
	_cleanup_free_ char *vm = xstrdup(id_of('W'));

	set_scene(&l, &scenes[1], &c);
	hv_mock_before(l.mock, "define", start_it, vm);
	struct coalesce_result r = run(&l);

	cr_assert_eq(layers_disk(&l, 'W', "vda", HV_XML_LIVE), layers_node_of(&l, 'v'));
	cr_assert_eq(layers_disk(&l, 'W', "vda", HV_XML_INACTIVE), layers_node_of(&l, 'v'));
	cr_assert_leq(r.merged, 1);
	cr_assert(layers_writable(&l, layers_node_of(&l, 'v')));
	expect_contents(&l, &scenes[1], &c, "started");
	expect_clean(&l, &scenes[1], "started");
	layers_close(&l);
}

/* The managed-save image names the files that the domain had: without them the memory is lost. */
Test(coalesce_users, memory_that_libvirt_keeps_holds_the_disks)
{
	struct layers l;
	struct contents c = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };
	const struct scene *sc = &scenes[1];

	set_scene(&l, sc, &c);
	hv_mock_set_managed_save(l.mock, id_of('W'), true);
	expect_nothing_done(&l, sc, &c);
	cr_assert_eq(vdi_resize(l.s, id_of('v'), 2 << 20, false, &err), -1);
	cr_assert_eq(err.code, VXE_MANAGED_SAVE);
	error_clear(&err);
	cr_assert_eq(vdi_destroy(l.s, id_of('v'), &err), -1);
	cr_assert_eq(err.code, VXE_MANAGED_SAVE);
	hv_mock_set_managed_save(l.mock, id_of('W'), false);
	struct coalesce_result r = run(&l);
	cr_assert_eq(r.merged, 1);
	expect_contents(&l, sc, &c, "the image is gone");
	layers_close(&l);
}

/*
 * Defines the machine's disk as a volume of a pool that is newer than the session's list of pools.
 */
static void put_volume(const struct layers *l, char node)
{
	_cleanup_free_ char *path = layers_path(l, node), *dir = xstrdup(path);
	char uuid[] = "ffffffff-0000-4000-8000-00000000000f", name[] = "pool", type[] = "dir";
	const char *file = strrchr(path, '/') + 1;

	*strrchr(dir, '/') = '\0';
	hv_mock_add_pool(l->mock,
		&(struct hv_pool){
			.uuid = uuid, .name = name, .type = type, .path = dir, .active = true });
	_cleanup_free_ char *xml =
		xasprintf("<domain type='kvm'><name>vm-W</name><uuid>%s</uuid>"
			  "<memory unit='KiB'>65536</memory><vcpu>1</vcpu>"
			  "<os><type arch='x86_64' machine='pc'>hvm</type></os><devices>"
			  "<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/>"
			  "<source pool='pool' volume='%s'/><target dev='vda' bus='virtio'/></disk>"
			  "</devices></domain>",
			id_of('W'), file);

	hv_mock_set_xml(l->mock, id_of('W'), HV_XML_INACTIVE, xml);
	if (hv_mock_xml(l->mock, id_of('W'), HV_XML_LIVE))
		hv_mock_set_xml(l->mock, id_of('W'), HV_XML_LIVE, xml);
	session_forget_domains(l->s->here);
}

/* The same for every machine, running or kept by libvirt, as if the disk were named as a file. */
Test(coalesce_users, a_volume_is_seen_as_its_file_is)
{
	static const size_t at[] = { 1, 7 }; /* a halted and a running machine on L */

	for (size_t i = 0; i < ARRAY_LEN(at); i++) {
		struct layers l;
		struct contents c = { 0 };
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_tree_ struct tree tree = { 0 };
		bool runs = scenes[at[i]].vms[0].state == HV_RUNNING;
		size_t reserved = 0, active = 0;

		set_scene(&l, &scenes[at[i]], &c);
		hv_mock_set_managed_save(l.mock, id_of('W'), !runs);
		put_volume(&l, 'L');
		cr_assert_eq(tree_load(l.s, NULL, NULL, &tree, &err), 0);
		for (size_t k = 0; k < tree.n; k++) {
			reserved += tree.items[k].reserved;
			active += tree.items[k].active;
		}
		cr_assert_eq(active, runs ? 1 : 0, "%zu active", active);
		cr_assert_eq(reserved, runs ? 0 : 3, "%zu reserved", reserved);
		layers_close(&l);
	}
}

/* Another vxe uninstalls a VM after the domains were listed, before its definition is read. */
Test(coalesce_users, a_domain_that_goes_meanwhile_is_no_error)
{
	struct layers l;
	struct contents c = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_tree_ struct tree tree = { 0 };
	const struct hv_domains *domains;

	set_scene(&l, &scenes[1], &c);
	cr_assert_eq(session_domains(l.s->here, &domains, &err), 0);
	cr_assert_eq(domains->n, 1);
	cr_assert_eq(hv_undefine(l.s->here->hv, id_of('W'), HV_UNDEFINE_DROP_STATE, &err), 0);
	cr_assert_eq(tree_load(l.s, NULL, NULL, &tree, &err), 0);
	cr_assert_eq(tree.n, 3);
	layers_close(&l);
}

/* ---- nodes ----------------------------------------------------------------------------------- */

Test(coalesce_users, somebodys_file_is_forgotten_not_removed)
{
	struct layers l;

	layers_open(&l, NULL);
	layers_add(&l, &(struct layer){ 'U', 0, NODE_ADOPTED_LEAF, NODE_FROZEN, NULL, 0, 3 });
	layers_add(&l, &(struct layer){ 'B', 0, NODE_ADOPTED_BASE, NODE_FROZEN, NULL, 0, 3 });
	layers_sync(&l);
	struct coalesce_result r = run(&l);

	cr_assert_eq(r.removed, 0);
	for (const char *n = "UB"; *n; n++) {
		_cleanup_(node_free_cleanup) struct node *node = layers_node(&l, *n);

		cr_assert(layers_file(&l, *n));
		cr_assert(!node);
		cr_assert_eq(layers_node_of(&l, *n), 0);
	}
	layers_close(&l);
}

Test(coalesce_users, node_remove_refuses_what_is_in_use)
{
	struct layers l;
	struct contents c = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };

	set_scene(&l, &scenes[0], &c);
	for (const char *n = "RNL"; *n; n++) { /* a VDI, a layer above, a VDI */
		cr_assert_eq(node_remove(l.s, id_of(*n), &err), -1);
		cr_assert_eq(err.code, VXE_DEPENDENTS);
		error_clear(&err);
		cr_assert(layers_file(&l, *n));
	}
	cr_assert_eq(node_remove(l.s, id_of('z'), &err), 0, "what is gone is gone");
	layers_add(&l, &(struct layer){ 'A', 0, NODE_ADOPTED_LEAF, NODE_FROZEN, NULL, 0, 0 });
	cr_assert_eq(node_remove(l.s, id_of('A'), &err), -1);
	cr_assert(layers_file(&l, 'A'));
	layers_close(&l);
}

/* The state after vxe died there: the file is gone, the record is not. */
Test(coalesce_users, a_removal_that_stops_half_way_goes_on)
{
	struct layers l;
	_cleanup_error_ struct vxe_error err = { 0 };

	layers_open(&l, NULL);
	layers_add(&l, &(struct layer){ 'G', 0, NODE_MADE, NODE_FROZEN, NULL, 0, 3 });
	layers_sync(&l);
	_cleanup_free_ char *draft = xasprintf("%s/images/.%s.qcow2.vxe-tmp", l.dir, id_of('G'));

	cr_assert_eq(mkdir(draft, 0700), 0, "what cannot be unlinked");
	cr_assert_eq(node_remove(l.s, id_of('G'), &err), -1);
	cr_assert_eq(rmdir(draft), 0);
	cr_assert_not(layers_file(&l, 'G'));
	_cleanup_free_ char *found = layers_check(&l);
	cr_assert_str_eq(found, "");
	struct coalesce_result r = run(&l);
	_cleanup_(node_free_cleanup) struct node *node = layers_node(&l, 'G');
	cr_assert_eq(r.removed, 1);
	cr_assert(!node);
	layers_close(&l);
}

Test(coalesce_users, chains_and_paths_lead_to_nodes)
{
	struct layers l;
	struct contents c = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records chain = { 0 };
	_cleanup_(node_free_cleanup) struct node *found = NULL, *none = NULL;
	_cleanup_locks_ struct locks locks = { 0 };

	set_scene(&l, &scenes[1], &c);
	_cleanup_free_ char *path = layers_path(&l, 'N'), *other = xasprintf("%s.old", path);
	cr_assert_eq(txn_begin(l.s->store, TXN_READ, &t, &err), 0);
	cr_assert_eq(node_chain(t, id_of('L'), &chain, &err), 0);
	cr_assert_eq(chain.n, 3);
	cr_assert_str_eq(((struct node *)chain.items[0])->r.uuid, id_of('L'));
	cr_assert_str_eq(((struct node *)chain.items[2])->r.uuid, id_of('R'));
	cr_assert_eq(node_by_path(l.s, t, path, &found, &err), 0);
	cr_assert_str_eq(found->r.uuid, id_of('N'));
	cr_assert_eq(node_by_path(l.s, t, other, &none, &err), 0);
	cr_assert(!none);
	cr_assert_eq(locks_add_chain(&locks, t, id_of('L'), &err), 0);
	cr_assert(locks.n == 3 && locks_has(&locks, id_of('R')));
	txn_abort(TAKE(t));
	layers_close(&l);
}

Test(coalesce_users, vdi_move_lists_other_domains_and_refuses_running_ones)
{
	struct layers l;
	struct contents c = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	static const struct step steps[] = { { "others", DISK(DEFINE_OTHERS), false }, { 0 } };
	static const struct op_type type = { .steps = steps };
	_cleanup_plan_ struct plan p = { .op_type = &type };
	_cleanup_strv_ struct strv domains = { 0 };
	void *vdi;

	set_scene(&l, &scenes[0], &c);
	_cleanup_(node_free_cleanup) struct node *to = layers_node(&l, 'R');
	cr_assert_eq(txn_begin(l.s->store, TXN_READ, &t, &err), 0);
	cr_assert_eq(record_load(t, &vdi_class, id_of('v'), &vdi, &err), 0);
	cr_assert_eq(vdi_move(l.s, t, vdi, to, &p, &err), 0);
	plan_domains(&p, &domains);
	cr_assert(domains.n == 1 && strv_has(&domains, id_of('W')));
	cr_assert(strv_has(&p.nodes, id_of('L')) && strv_has(&p.nodes, id_of('R')));
	hv_mock_set_state(l.mock, id_of('W'), HV_RUNNING);
	session_forget_domains(l.s->here);
	cr_assert_eq(vdi_move(l.s, t, vdi, to, &p, &err), -1);
	cr_assert_eq(err.code, VDI_IN_USE);
	record_free(&vdi_class, vdi);
	txn_abort(TAKE(t));
	layers_close(&l);
}

/* ---- a merge that was given up ----------------------------------------------------------------- */

/* A layer that waits further down must not prevent work on the disks above. */
Test(coalesce_users, layers_are_made_above_a_merge_that_was_given_up)
{
	for (size_t i = 0; i < ARRAY_LEN(scenes); i++) {
		const struct vm_snapshot_args args = { .name_label = "s" };
		_cleanup_free_ char *spec = NULL, *snapshot = NULL;
		_cleanup_error_ struct vxe_error err = { 0 };
		struct contents c = { 0 };
		struct layers l;

		if (!scenes[i].op)
			continue;
		spec = xasprintf("%s:open:after=error", scenes[i].op);
		set_scene(&l, &scenes[i], &c);
		l.s->config.failpoints = (struct failpoints){ .spec = spec };
		run(&l);
		l.s->config.failpoints = (struct failpoints){ 0 };
		cr_assert_eq(vm_snapshot(l.s, id_of('W'), &args, &snapshot, &err), 0, "%s: %s",
			scenes[i].name, code_info(err.code)->name);
		run(&l);
		expect_clean(&l, &scenes[i], "a snapshot later");
		layers_close(&l);
	}
}
