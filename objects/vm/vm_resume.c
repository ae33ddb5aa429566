/* SPDX-License-Identifier: MIT */
/*
 * vm-resume: restores the memory image with the guards, the overlays that a Suspended VM's definition names, as disks;
 * the guest is paused at first. After the guest has been unpaused (unless it is to stay paused), the result of the
 * operation deletes the image. The restored domain carries a token of this operation in its live XML. Without this
 * token the VM stays Suspended, so an image is deleted only when the guest certainly ran. vm_resume_file.c plans the
 * same operation for an image that is a user's file.
 */
#include "objects/vm/vm_resume.h"

#include "objects/base/uuid.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/domain/vm_load.h"
#include "objects/domain/vm_networks.h"
#include "objects/engine/message.h"
#include "objects/disks/disks.h"
#include "objects/engine/op.h"
#include "objects/engine/op_recover.h"
#include "objects/host/host_ops.h"
#include "objects/domain/autostart.h"
#include "objects/domain/guard_overlay.h"
#include "objects/guest_state/suspend_image.h"
#include "objects/vm/vm_diagnosis.h"
#include "objects/vm/vm_lifecycle.h"
#include "objects/vm/vm_ops.h"

#include <string.h>

/* ---- steps ----------------------------------------------------------------------------------- */

/* Defines the domain if it has no definition; libvirt would otherwise restore it as a transient one. */
static int define_missing(struct op *op, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;

	if (!op->plan.xml_after)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0 || hv_find(hv, op->plan.domain, &d, err) < 0)
		return -1;
	return d.uuid ? 0 : hv_define(hv, op->plan.xml_after, err);
}

/* Returns 1 if the domain is active and this operation has restored it. */
static int domain_is_restored(struct op *op, enum hv_state *state, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;

	if (session_hv(op->s->here, &hv, err) < 0 || hv_find(hv, op->plan.domain, &d, err) < 0)
		return -1;
	*state = d.state;
	if (!d.uuid || !hv_is_active(d.state))
		return 0;
	if (session_spec(op->s->here, op->plan.domain, HV_XML_LIVE, &spec, err) < 0)
		return -1;
	return str_eq(spec->mark_extra, plan_string(&op->plan, "token"));
}

/* Adds the path of the memory image to the error: QEMU says what is wrong, but not with which image. */
static int name_image(const char *path, struct vxe_error *err)
{
	if (err->code != VXE_HYPERVISOR_FAILED || err->n_params < 2 || strstr(err->params[1], path))
		return -1;
	_cleanup_free_ char *text = xasprintf("%s: %s", path, err->params[1]);

	error_clear(err);
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, "restore", text);
}

static int restore(struct op *op, struct vxe_error *err)
{
	_cleanup_job_ struct hv_job *job = NULL;
	const char *path = plan_string(&op->plan, "memory-path");
	unsigned how = HV_STAY_PAUSED | image_how(op);
	struct hv *hv;

	if (networks_start(op, err) < 0 || session_hv(op->s->here, &hv, err) < 0)
		return -1;
	if (hv_restore_start(hv, path, plan_string(&op->plan, "restore-xml"), how, &job, err) ==
			0 &&
		op_wait_job(op, job, err) == 0)
		return 0;
	image_explain(op, err);
	(void)name_image(path, err);
	return vm_start_explain(op->s, op->plan.domain, err);
}

/*
 * Lets the restored guest go on, unless it is to stay paused; fails if it is not the one that this operation restored.
 */
static int unpause_restored(struct op *op, struct vxe_error *err)
{
	enum hv_state state;
	struct hv *hv;
	int ours = domain_is_restored(op, &state, err);

	if (ours < 0)
		return -1;
	if (!ours) /* the guest ended before it ran, so the image is needed again */
		return vxe_fail(
			err, VXE_TRY_AGAIN, op->plan.domain, "the VM has ended before it went on");
	if (state != HV_PAUSED || plan_bool(&op->plan, "paused"))
		return 0;
	return session_hv(op->s->here, &hv, err) < 0 ? -1 : hv_unpause(hv, op->plan.domain, err);
}

static const struct plan_member resume_members[] = {
	{ "token", PLAN_UUID, "mark of this resume in the live XML" },
	{ "restore-xml", PLAN_STRING, "the XML to restore with" },
	{ "paused", PLAN_BOOL, "the guest's CPUs stay stopped" },
	{ 0 },
};
static const struct step resume_steps[] = {
	{ "define-missing", DO(define_missing, NULL), false },
	{ "restore", DO(restore, NULL), true },
	{ "unpause", DO(unpause_restored, NULL), false },
	{ "autostart", DO(step_autostart, NULL), false },
	{ "define-others", DISK(DEFINE_OTHERS), false },
	{ 0 },
};

static int probe_resumed(struct op *op, struct vxe_error *err)
{
	enum hv_state state;

	return domain_is_restored(op, &state, err);
}

const struct op_type vm_resume_op = { "vm-resume", "resume", resume_steps,
	PLAN_MEMBERS(autostart_members, memory_members, network_members, resume_members),
	probe_resumed };

/* ---- plan ------------------------------------------------------------------------------------ */

struct wish {
	const char *vm;
	unsigned flags; /* bits of enum resume_flags */
};

/*
 * Refuses to resume if the domain has another name than in the memory image: libvirt finds the domain of an image by
 * name, and 'virsh domrename' may have changed it.
 */
static int check_name(
	const struct vm_loaded *l, const struct domain_spec *image, struct vxe_error *err)
{
	if (!l->spec || str_eq(l->spec->name, image->name))
		return 0;
	_cleanup_free_ char *text = xasprintf(
		"the memory image is of a domain called '%s': give the domain that name again with "
		"'virsh domrename %s %s'",
		image->name, l->spec->name, image->name);

	return vxe_fail(err, OPERATION_NOT_ALLOWED, text);
}

int resume_plan_xml(struct session *s, const struct vm_loaded *l, const char *xml,
	struct domain_spec *spec, struct plan *p, struct vxe_error *err)
{
	_cleanup_free_ char *patched = NULL, *token = uuid_new();

	if (check_name(l, spec, err) < 0)
		return -1;
	str_replace(&spec->store, s->store_uuid);
	str_replace(&spec->mark_extra, NULL);
	/* the saved XML lists the layers that existed when the memory was saved */
	spec_drop_layers(spec);
	if (l->spec)
		str_replace(&spec->title, l->spec->title);
	else if (spec_patch(xml, spec, &p->xml_after, err) < 0)
		return -1;
	str_replace(&spec->mark_extra, token);
	plan_keep(p, "token", token);
	if (spec_patch(xml, spec, &patched, err) < 0)
		return -1;
	plan_keep(p, "restore-xml", patched);
	return 0;
}

static int plan_xml(struct session *s, const struct vm_loaded *l, const char *path, struct plan *p,
	struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;
	struct hv *hv;

	if (session_hv(s->here, &hv, err) < 0 || hv_saved_xml(hv, path, &xml, err) < 0 ||
		spec_read(xml, &spec, err) < 0)
		return -1;
	for (size_t i = 0; i < p->n_disks; i++) {
		const struct plan_disk *d = &p->disks[i];
		struct spec_disk *disk = d->target ? spec_find_disk(spec, d->target) : NULL;

		if (!disk)
			return vxe_fail(err, VXE_DISK_CHANGED, l->vm->r.uuid, d->new_path,
				"the memory image has no such disk");
		plan_disk_put(d, true, disk);
	}
	return resume_plan_xml(s, l, xml, spec, p, err);
}

/* Plans that each guard, the overlay of a suspended disk, becomes the file of its disk. Disks without a guard stay. */
static int plan_moves(struct session *s, struct txn *t, const struct vm_loaded *l, struct plan *p,
	struct vxe_error *err)
{
	for (size_t i = 0; i < l->n_disks; i++) {
		const struct vm_disk *d = &l->disks[i];

		if (d->guard && d->vdi &&
			(node_use_chain(s, t, d->guard->r.uuid, p, err) < 0 ||
				vdi_move(s, t, d->vdi, d->guard, p, err) < 0))
			return -1;
	}
	return 0;
}

static int plan_resume(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct wish *w = ctx;
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_free_ char *path = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->vm, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vm_load(s, w->vm, VM_LOAD_ACT, &l, err) < 0 ||
		vm_check_operation(s, l->vm, "resume", err) < 0 || host_check_enabled(s, err) < 0 ||
		vm_check_saved(l, err) < 0 || vm_plan_networks(s, l, p, err) < 0 ||
		txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		vm_check_storage(s->store, t, w->vm, err) < 0 ||
		image_find(s, t, l->vm, &path, err) < 0)
		return -1;
	p->object = xstrdup(w->vm);
	p->domain = xstrdup(w->vm);
	p->commit = COMMIT_REPEAT;
	plan_keep(p, "memory-path", path);
	if (w->flags & RESUME_PAUSED)
		plan_keep_bool(p, "paused", true);
	if (w->flags & RESUME_BYPASS_CACHE)
		plan_keep_bool(p, "bypass-cache", true);
	if (guards_plan_disks(t, l, p, err) < 0 || plan_moves(s, t, l, p, err) < 0 ||
		guards_note(t, l, p, &p->freed, err) < 0 || plan_xml(s, l, path, p, err) < 0 ||
		autostart_plan(s, p, l->vm->autostart, err) < 0)
		return -1;
	guards_release(p);
	plan_set_now(p, &vm_class, w->vm, "start-time"); /* a new process, as in xe */
	plan_message(p, MESSAGE_VM_RESUMED, l->vm);
	return 0;
}

/* ---- discard-changes=true -------------------------------------------------------------------- */

static const struct step renew_steps[] = {
	{ "make-guards", DISK(MAKE_OVERLAYS), false },
	{ "stop", DISK(STOP), false },
	{ "define", DISK(DEFINE), true },
	{ 0 },
};

/*
 * vm-discard-changes: replaces the guards (overlays) of a Suspended VM that somebody has written to by new, empty ones.
 */
const struct op_type vm_renew_op = { "vm-discard-changes", "resume", renew_steps, NULL, NULL };

static int renew_guard(struct session *s, struct txn *t, const struct vm_disk *d, struct plan *p,
	struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *fresh = NULL;
	struct plan_disk *disk = plan_add_disk(p);

	disk->target = xstrdup_null(d->vbd->target);
	disk->vbd = xstrdup(d->vbd->r.uuid);
	disk->old_node = xstrdup(d->guard->r.uuid);
	disk->old_path = xstrdup(d->guard_path);
	disk->old_format = xstrdup("qcow2");
	if (guard_plan_on(s, t, d->vdi, d->node, p, disk, &fresh, err) < 0)
		return -1;
	plan_set_string(p, &vbd_class, d->vbd->r.uuid, "guard", fresh->r.uuid);
	return 0;
}

static int plan_renew(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct wish *w = ctx;
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->vm, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vm_load(s, w->vm, VM_LOAD_ACT | VM_LOAD_GUARDED | VM_LOAD_DRIFTED, &l, err) < 0 ||
		vm_check_saved(l, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	p->object = xstrdup(w->vm);
	p->domain = xstrdup_null(l->domain.uuid);
	p->commit = p->domain ? COMMIT_DEFINE : COMMIT_STORE;
	for (size_t i = 0; i < l->n_disks; i++) {
		const struct vm_disk *d = &l->disks[i];

		if (!d->guard || !d->vdi || !d->node)
			continue;
		strv_add(&p->freed, d->guard->r.uuid);
		if (loss_check(s, t, d->guard->r.uuid, LOSS_GONE, p, err) < 0 ||
			renew_guard(s, t, d, p, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Returns 1 if the VM is Suspended and somebody has started it, written to its guards (the overlays that its definition
 * names), or defined it without them.
 */
static int was_changed(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_error_ struct vxe_error changed = { 0 };

	if (op_recover_object(s, uuid, err) < 0 ||
		vm_load(s, uuid, VM_LOAD_ACT | VM_LOAD_GUARDED | VM_LOAD_DRIFTED, &l, err) < 0)
		return -1;
	if (l->drifted)
		return 1;
	if (guards_check(s, l, &changed) == 0)
		return 0;
	if (changed.code == VXE_DISK_CHANGED)
		return 1;
	error_move(err, &changed);
	return -1;
}

static int discard(struct session *s, struct wish *w, struct vxe_error *err)
{
	int r = was_changed(s, w->vm, err);

	if (r <= 0)
		return r;
	r = op_run_freeing(s, &vm_renew_op, plan_renew, w, NULL, err);
	if (r < 0 && err->code == VXE_PLANNED)
		session_planned(s, "then: vm-resume with the new files");
	return r;
}

/* Returns 1 if libvirt has saved the VM, and not vxe. */
static int is_saved(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	return vm_load(s, uuid, 0, &l, err) < 0 ? -1 : vm_is_saved(l);
}

int vm_resume(struct session *s, const char *uuid, unsigned flags, struct vxe_error *err)
{
	struct wish w = { .vm = uuid, .flags = flags };
	unsigned start = (flags & RESUME_PAUSED ? VM_START_PAUSED : 0) |
		(flags & RESUME_BYPASS_CACHE ? VM_START_BYPASS_CACHE : 0);
	int r = is_saved(s, uuid, err);

	if (r != 0) /* a VM that libvirt has saved has no guards, so no changes in them */
		return r < 0 ? -1 : vm_start_saved(s, uuid, start, err);
	if (flags & RESUME_DISCARD)
		r = discard(s, &w, err);
	if (r == 0)
		r = op_run_freeing(s, &vm_resume_op, plan_resume, &w, NULL, err);
	return r;
}
