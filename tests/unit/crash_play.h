/* SPDX-License-Identifier: MIT */
/*
 * Failpoints of every operation (play() says which) return an error once, on the mock hypervisor and the memory
 * store, with real files. Afterwards, when an intent that may be left was recovered: everything is
 * consistent, no file is left over, and records and contents are those before or those after the
 * operation.
 *
 * Then the store's disk becomes full at each of its commits: the operation is refused and everything is as before, or it
 * is done and says so, without a recovery.
 */
#pragma once

#include "tests/unit/crash_state.h"

#include "objects/check/check.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/common/task.h"
#include "objects/engine/op_recover.h"
#include "objects/disks/disks.h"
#include "objects/vm/vm_apply.h"
#include "objects/vm/vm_destroy.h"
#include "objects/vm/vm_home.h"
#include "objects/vm/vm_ops.h"

#include <dirent.h>

/*
 * The files with the scenes of each operation: test_crash.c, test_crash_copies.c,
 * test_crash_devices.c.
 */
#define CRASH_VM(X)                                                                                \
	X(vm_start, "vm-start")                                                                    \
	X(vm_shutdown, "vm-shutdown")                                                              \
	X(vm_reboot, "vm-reboot")                                                                  \
	X(vm_pause, "vm-pause")                                                                    \
	X(vm_unpause, "vm-unpause")                                                                \
	X(snapshot_reset_powerstate, "snapshot-reset-powerstate")                                  \
	X(vm_suspend, "vm-suspend")                                                                \
	X(vm_resume, "vm-resume")                                                                  \
	X(vm_discard_changes, "vm-discard-changes")                                                \
	X(vm_checkpoint, "vm-checkpoint")                                                          \
	X(vm_snapshot, "vm-snapshot")                                                              \
	X(vdi_snapshot, "vdi-snapshot")                                                            \
	X(vdi_flatten, "vdi-flatten")                                                              \
	X(vdi_merge, "vdi-merge")                                                                  \
	X(snapshot_revert, "snapshot-revert")                                                      \
	X(kept_revert, "kept-revert")                                                              \
	X(vm_destroy, "vm-destroy")                                                                \
	X(vm_uninstall, "vm-uninstall")                                                            \
	X(vm_disk_add, "vm-disk-add")                                                              \
	X(vm_param_set, "vm-param-set")                                                            \
	X(vm_adopt_disks, "vm-adopt-disks")                                                        \
	X(coalesce_commit, "coalesce-commit")                                                      \
	X(coalesce_pull, "coalesce-pull")
#define CRASH_COPIES(X)                                                                            \
	X(vm_freeze, "vm-freeze")                                                                  \
	X(vm_clone, "vm-clone")                                                                    \
	X(vm_copy, "vm-copy")                                                                      \
	X(vm_install, "vm-install")                                                                \
	X(vm_create, "vm-create")                                                                  \
	X(vm_template, "vm-template")                                                              \
	X(vm_leave, "vm-leave")                                                                    \
	X(vm_take, "vm-take")                                                                      \
	X(vm_export, "vm-export")                                                                  \
	X(vm_import, "vm-import")
#define CRASH_DEVICES(X)                                                                           \
	X(vdi_create, "vdi-create")                                                                \
	X(vdi_copy, "vdi-copy")                                                                    \
	X(vdi_destroy, "vdi-destroy")                                                              \
	X(vdi_forget, "vdi-forget")                                                                \
	X(vdi_import, "vdi-import")                                                                \
	X(vdi_resize, "vdi-resize")                                                                \
	X(vbd_create, "vbd-create")                                                                \
	X(vbd_param_set, "vbd-param-set")                                                          \
	X(vbd_destroy, "vbd-destroy")                                                              \
	X(vbd_plug, "vbd-plug")                                                                    \
	X(vbd_unplug, "vbd-unplug")                                                                \
	X(vbd_insert, "vbd-insert")                                                                \
	X(vbd_eject, "vbd-eject")                                                                  \
	X(vm_disk_remove, "vm-disk-remove")                                                        \
	X(vif_create, "vif-create")                                                                \
	X(vif_destroy, "vif-destroy")                                                              \
	X(vif_plug, "vif-plug")                                                                    \
	X(vif_unplug, "vif-unplug")                                                                \
	X(vif_move, "vif-move")                                                                    \
	X(sr_create, "sr-create")                                                                  \
	X(sr_destroy, "sr-destroy")                                                                \
	X(sr_forget, "sr-forget")                                                                  \
	X(pbd_plug, "pbd-plug")                                                                    \
	X(pbd_unplug, "pbd-unplug")                                                                \
	X(network_create, "network-create")                                                        \
	X(network_destroy, "network-destroy")

/* ---- what a scene begins with ----------------------------------------------------------------- */

static inline void nothing(void)
{
}

static inline void running(void)
{
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
}

static inline int rename_vm(const char *name, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *before = find(&vm_class, VM_A);
	_cleanup_(vm_free_cleanup) struct vm *after = record_copy(&vm_class, before);

	str_replace(&after->name_label, name);
	return vm_apply_settings(S, before, after, err);
}

static inline int suspend(struct vxe_error *err)
{
	return vm_suspend(S, VM_A, false, err);
}

static inline void old(void)
{
	running();
	hv_mock_set_ram(mock, VM_A, OLD);
	hv_mock_set_autostart(mock, VM_A, true);
	next_command();
	OK(rename_vm("a", &E)); /* vxe records the changes made so far */
}

static inline void paused(void)
{
	old();
	hv_mock_set_state(mock, VM_A, HV_PAUSED);
}

static inline void suspended(void)
{
	old();
	OK(suspend(&E));
}

/* "zero" is a checkpoint; the guest has run on since. */
static inline void with_checkpoint(void)
{
	const struct vm_snapshot_args args = { .name_label = "zero" };

	old();
	OK(snapshot_destroy(S, zero, END_ALONE, &E));
	free(TAKE(zero));
	OK(vm_checkpoint(S, VM_A, &args, &zero, &E));
	hv_mock_set_ram(mock, VM_A, 0);
}

static inline void with_checkpoint_halted(void)
{
	with_checkpoint();
	hv_mock_set_state(mock, VM_A, HV_SHUTOFF);
	guest_writes(9, 64);
}

struct scene {
	const char *op, *name;
	size_t n_disks;
	bool stops; /* when undone, it leaves the VM unchanged, but halted */
	void (*prepare)(void);
	int (*act)(struct vxe_error *err);
};

/* ---- what must hold afterwards --------------------------------------------------------------- */

static bool is_touched; /* the scene has guards that were written to, which check reports */
static bool is_drifted; /* the scene has an old definition */

static inline void no_findings(const char *where)
{
	_cleanup_findings_ struct findings found = { 0 };

	next_command();
	OK(check_all(S, false, &found, &E));
	size_t wrong = 0;
	for (size_t i = 0; i < found.n; i++) {
		/* These findings remain until the user chooses one of the remedies. */
		if (is_touched && str_eq(found.items[i].kind, "guard"))
			continue;
		if (is_drifted && strstr(found.items[i].text, "in its inactive XML"))
			continue;
		wrong++;
		cr_expect(false, "%s: %s: %s", where, found.items[i].object, found.items[i].text);
	}
	cr_assert_eq(wrong, 0, "%s", where);
	cr_assert_eq(count_of(&intent_class), 0, "%s: an intent is left", where);
	cr_assert_eq(count_of(&task_class), 0, "%s: a task is left", where);
}

/* The record of a disk says the size of its image. vxe check would take a wrong one over, so this looks before it. */
static inline void no_other_sizes(const char *where)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records all = { 0 };

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(records_load(t, &vdi_class, NULL, NULL, &all, &E));
	for (size_t i = 0; i < all.n; i++) {
		const struct vdi *vdi = all.items[i];
		_cleanup_(node_free_cleanup) struct node *node = NULL;
		_cleanup_free_ char *path = NULL;
		int64_t size;

		if (vdi->node)
			OK(node_find(t, vdi->node, &node, &E));
		if (!node || node->kind != NODE_DISK)
			continue;
		OK(node_path(t, node, &path, &E));
		if (access(path, F_OK) < 0)
			continue;
		OK(content_size(image_at(path), node->format, &size, &E));
		cr_assert_eq(vdi->virtual_size, size, "%s: %s has %ld bytes, its record says %ld",
			where, path, (long)size, (long)vdi->virtual_size);
	}
}

static inline void no_orphans(const char *where, const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		_cleanup_free_ char *path = xasprintf("%s/%s", folder, e->d_name);
		_cleanup_(node_free_cleanup) struct node *node = NULL;
		_cleanup_txn_ struct txn *t = NULL;

		if (!strstr(e->d_name, ".qcow2") && !strstr(e->d_name, ".mem") &&
			!strstr(e->d_name, ".nvram") && !strstr(e->d_name, ".tpm"))
			continue;
		OK(txn_begin(S->store, TXN_READ, &t, &E));
		OK(node_by_path(S, t, path, &node, &E));
		cr_assert(node, "%s: the file %s is left", where, path);
	}
	if (d)
		closedir(d);
}

/*
 * The next command on the VM recovers the intents that it meets; if the VM is gone, the check does.
 */
static inline void recover(size_t n)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);

	next_command();
	if (vm && str_eq(vm->home, HOME_NONE))
		OK(vm_take(S, VM_A, &E));
	else if (n % 2 || is_touched || is_drifted || !vm ||
		!hv_mock_xml(mock, VM_A, HV_XML_INACTIVE))
		OK(op_recover(S, NULL, NULL, &E));
	else
		OK(rename_vm(vm->name_label, &E));
}

/* The next command completes the interrupted merges of snapshots; false: nothing was left. */
static inline bool merge_rest(void)
{
	struct coalesce_result done = { 0 };

	next_command();
	OK(sr_coalesce(S, NULL, &done, NULL, &E));
	return done.merged + done.removed > 0;
}

/* ---- running them ---------------------------------------------------------------------------- */

/* The text without the UUIDs of the disks, which differ between hosts. */
static inline char *without_uuids(char *text)
{
	for (size_t i = 0; i < vdis.n; i++)
		for (char *at_uuid; (at_uuid = strstr(text, vdis.items[i]));)
			memset(at_uuid, (int)('0' + i), strlen(vdis.items[i]));
	return text;
}

/* Adds the failpoints that the operation reached, in their order, to @points. */
static inline void note_reached(struct strv *points)
{
	_cleanup_free_ char *path = at("reached");
	FILE *f = fopen(path, "re");
	char line[128];

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		strv_add(points, line);
	}
	if (f)
		fclose(f);
}

static inline char *end_of(const struct scene *sc, char **before, struct strv *points)
{
	_cleanup_free_ char *log = NULL;

	set_up(sc->n_disks);
	sc->prepare();
	*before = without_uuids(state());
	next_command();
	log = at("reached");
	S->config.failpoints = (struct failpoints){ .log = log };
	OK(sc->act(&E));
	S->config.failpoints = (struct failpoints){ 0 };
	note_reached(points);
	char *after = without_uuids(state());
	no_findings(sc->name);
	tear_down();
	return after;
}

static inline bool is_before(const struct scene *sc, const char *now, const char *before)
{
	static const char on[] = "domain 1 1\n", off[] = "domain 1 0\n";

	if (!sc->stops || !str_starts(before, on) || !str_starts(now, off))
		return str_eq(now, before);
	now += strlen(off);
	before += strlen(on);
	size_t n = (size_t)(strstr(now, LIVE) - now);
	return strncmp(now, before, n + strlen(LIVE)) == 0;
}

/* An operation that the final store transaction commits is undone by the command in which it fails. */
static inline void no_intent_before_commit(const char *where)
{
	_cleanup_free_ char *uncommitted = xasprintf("\"commit\":%d,", COMMIT_STORE);
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records all = { 0 };

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(records_load(t, &intent_class, NULL, NULL, &all, &E));
	for (size_t i = 0; i < all.n; i++) {
		const struct intent *intent = all.items[i];

		cr_assert(!strstr(intent->plan, uncommitted), "%s: %s is left: %s", where,
			intent->operation, notices.n ? notices.items[notices.n - 1] : "");
	}
}

static inline void fail_at(const struct scene *sc, size_t n, const char *before, const char *after)
{
	_cleanup_free_ char *spec = xasprintf("#%zu=error", n), *now = NULL, *images = NULL;
	_cleanup_free_ char *where = xasprintf("%s %s %s", sc->op, sc->name, spec);

	set_up(sc->n_disks);
	sc->prepare();
	next_command();
	S->config.failpoints = (struct failpoints){ .spec = spec };
	int r = sc->act(&E);

	cr_assert_geq(S->config.failpoints.reached, n, "%s was not reached", where);
	S->config.failpoints = (struct failpoints){ 0 };
	if (r < 0)
		cr_assert_eq(E.code, VXE_FAILPOINT, "%s: %s", where, code_info(E.code)->name);
	error_clear(&E);
	no_intent_before_commit(where);
	recover(n);
	no_other_sizes(where);
	no_findings(where);
	if (merge_rest())
		no_findings(where);
	now = without_uuids(state());
	cr_assert(is_before(sc, now, before) || str_eq(now, after), "%s: %s\nbefore: %s\nafter: %s",
		where, now, before, after);
	images = at("images/vxe");
	no_orphans(where, dir);
	no_orphans(where, images);
	tear_down();
}

/* Returns false if the scene has fewer than @n commits. */
static inline bool full_at(
	const struct scene *sc, unsigned n, const char *before, const char *after)
{
	_cleanup_free_ char *where =
		xasprintf("%s %s, no space at the commit %u", sc->op, sc->name, n);
	_cleanup_free_ char *now = NULL, *images = NULL;

	set_up(sc->n_disks);
	sc->prepare();
	next_command();
	commits = 0;
	full_from = n;
	int r = sc->act(&E);
	bool reached = commits >= n;

	full_from = 0;
	if (r < 0)
		cr_assert_eq(E.code, VXE_STORE_UNUSABLE, "%s: %s", where, code_info(E.code)->name);
	error_clear(&E);
	cr_assert_eq(
		count_of(&intent_class), 0, "%s: status %d, and it is left for recovery", where, r);
	now = without_uuids(state());
	cr_assert(r < 0 ? is_before(sc, now, before) : str_eq(now, after),
		"%s: status %d, %s\nbefore: %s\nafter: %s", where, r, now, before, after);
	no_findings(where);
	(void)merge_rest();
	images = at("images/vxe");
	no_orphans(where, dir);
	no_orphans(where, images);
	tear_down();
	return reached;
}

/*
 * In ring all an operation fails at each failpoint of each scene, and at each commit. Nothing happens between the end of a
 * step and the beginning of the next one: so in the other rings it fails at one of these two, in turn, in the first scene
 * that reaches them, and there at each commit. In further scenes it fails at every fourteenth, and at the second commit, which
 * is that of the result where there are two.
 */
static inline bool all_points(void)
{
	return str_eq(getenv("RING"), "all");
}

static inline void play(const struct scene *sc, struct strv *hit)
{
	_cleanup_strv_ struct strv points = { 0 };
	bool all_commits = hit->n == 0 || all_points();
	unsigned n = all_commits ? 1 : 2;

	is_touched = is_drifted = false;
	_cleanup_free_ char *before = NULL, *after = end_of(sc, &before, &points);
	cr_assert_geq(points.n, 4, "%s reached hardly any failpoint", sc->op);
	for (size_t i = 0; i < points.n; i++) {
		bool is_new = !strv_has(hit, points.items[i]);

		if (is_new)
			strv_add(hit, points.items[i]);
		if (!all_points() && (is_new ? i % 4 > 1 : i % 14 != 3))
			continue;
		host_start();
		fail_at(sc, i + 1, before, after);
	}
	do
		host_start();
	while (full_at(sc, n++, before, after) && all_commits);
}

struct points {
	const char *op;
	const struct strv *hit;
	int defined, reached;
};

static inline void count_point(void *ctx, const char *name)
{
	struct points *p = ctx;
	size_t n = strlen(p->op);

	if (!str_starts(name, p->op) || name[n] != ':')
		return;
	p->defined++;
	cr_expect(strv_has(p->hit, name), "%s was not hit", name);
	p->reached += strv_has(p->hit, name);
}

static inline void play_all(const struct scene *scenes, size_t n_scenes, const char *op)
{
	_cleanup_strv_ struct strv hit = { 0 };
	struct points p = { op, &hit, 0, 0 };
	bool first = true;

	for (size_t i = 0; i < n_scenes; i++) {
		if (!str_eq(scenes[i].op, op))
			continue;
		if (!first)
			host_start();
		first = false;
		play(&scenes[i], &hit);
	}
	op_failpoints(count_point, &p);
	cr_log_info("%s: failpoints hit / defined: %d / %d", op, p.reached, p.defined);
	cr_assert_gt(p.defined, 0);
	cr_assert_eq(p.reached, p.defined);
}

#define PLAY_ALL(name, op)                                                                         \
	Test(crash, name)                                                                          \
	{                                                                                          \
		play_all(scenes, ARRAY_LEN(scenes), op);                                           \
	}
