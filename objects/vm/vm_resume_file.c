/* SPDX-License-Identifier: MIT */
/*
 * vm-resume filename=: resumes a halted VM from a file that 'virsh save' made. Nothing guards the
 * disks of such a VM, so vxe looks whether they still are what the memory was saved with: the same
 * files, or untouched overlays on them, and none written to after the memory. The file stays the
 * user's: vxe only reads it, and makes no record of it.
 */
#include "objects/base/far/far_file.h"
#include "objects/disks/disks.h"
#include "backends/hv/memory_image.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/domain/vm_record_copy.h"
#include "objects/domain/vm_load.h"
#include "objects/domain/vm_networks.h"
#include "objects/engine/message.h"
#include "objects/host/host_ops.h"
#include "objects/session/file_chain.h"
#include "objects/domain/guard_overlay.h"
#include "objects/session/disk_path.h"
#include "objects/vm/vm_lifecycle.h"
#include "objects/vm/vm_ops.h"
#include "objects/vm/vm_resume.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct file_wish {
	const char *vm, *path; /* UUID of the VM; absolute path of the file with its memory */
	unsigned flags;	       /* bits of enum resume_flags */
	struct strv told;      /* texts about what force=true has allowed */
};

/* The comparison of a file with saved memory and the VM that is to be resumed from it. */
struct fit {
	struct session *s;
	struct file_wish *w;
	const struct vm_loaded *l;
	int64_t saved; /* time at which the memory was written */
	char *xml;
	struct domain_spec *then; /* the VM's machine when the memory was saved */
};

static void fit_clear(struct fit *f)
{
	free(f->xml);
	domain_spec_free(f->then);
}

_printf_(3, 4) static int unfit(const struct fit *f, struct vxe_error *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	_cleanup_free_ char *found = xvasprintf(fmt, args);
	va_end(args);
	return vxe_fail(err, VXE_MEMORY_UNFIT, f->w->vm, f->w->path, found);
}

/*
 * Reports a sign that memory and disks may not fit, which may be harmless: fails, or with force=true only keeps a
 * message for the user.
 */
_printf_(3, 4) static int doubt(const struct fit *f, struct vxe_error *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	_cleanup_free_ char *found = xvasprintf(fmt, args);
	va_end(args);
	if (!(f->w->flags & RESUME_FORCE))
		return unfit(f, err, "%s", found);
	if (strv_has(&f->w->told, found))
		return 0;
	strv_add(&f->w->told, found);
	session_notice(f->s,
		"%s; the guest damages its file systems if the disks do not hold what they held "
		"then",
		found);
	return 0;
}

/* ---- the disks ------------------------------------------------------------------------------- */

static int check_age(const struct fit *f, const char *path, struct vxe_error *err)
{
	struct content_stat file;

	if (disk_file_stat(content_of(f->s, path), &file, err) < 0)
		return -1;
	if (!file.exists)
		return unfit(f, err, "%s does not exist", path);
	if (file.device)
		return doubt(f, err, "nothing shows when the device %s was last written to", path);
	return file.written > f->saved
		? doubt(f, err, "%s was written to after the memory was saved", path)
		: 0;
}

/*
 * Checks an overlay that a disk got after the memory was saved: without content of its own, the overlay changes
 * nothing.
 */
static int check_overlay(const struct fit *f, const char *path, int64_t size, struct vxe_error *err)
{
	bool touched;

	if (guard_is_touched(content_of(f->s, path), size, &touched, err) < 0)
		return -1;
	return touched ? unfit(f, err, "the disk is on %s by now, which was written to", path) : 0;
}

static int check_saved_disk(const struct fit *f, struct spec_disk *then, struct vxe_error *err)
{
	const struct spec_disk *now = spec_find_disk(f->l->spec, then->target);
	int same = now ? disk_is_same(f->s, then, now, err) : 0;

	if (same < 0)
		return -1;
	if (!now)
		return unfit(f, err, "the VM has no disk %s any more", then->target);
	_cleanup_free_ char *path = disk_path(f->s, now);

	if (path) {
		/*
		 * Checks that the disk's chain has the file with which the memory was saved, and that no file in the
		 * chain is newer than the memory.
		 */
		_cleanup_free_ char *old = disk_path(f->s, then);
		_cleanup_file_chain_ struct file_chain chain = { 0 };

		file_chain_read(content_of(f->s, path), now->format, &chain);
		int at = old ? file_chain_find(&chain, old) : -1;

		if (at < 0 || !str_eq(chain.items[at].format, then->format))
			return unfit(f, err, "the disk %s was on %s (%s), and is on %s by now",
				then->target, old ? old : "another medium", then->format, path);
		for (int i = 0; i < at; i++)
			if (check_overlay(
				    f, chain.items[i].path, chain.items[at].virtual_size, err) < 0)
				return -1;
		for (size_t i = (size_t)at; i < chain.n; i++)
			if (check_age(f, chain.items[i].path, err) < 0)
				return -1;
		if (!chain.complete && doubt(f, err, "vxe cannot look below %s", path) < 0)
			return -1;
		if (at > 0)
			spec_put_file(then, path, now->format);
		return 0;
	}
	return same
		? doubt(f, err, "nothing shows when the disk %s was last written to", then->target)
		: unfit(f, err, "the disk %s is on another medium by now", then->target);
}

/*
 * Compares the modification times of the disks with that of the memory file. The times say too little if that file is a
 * copy, which is younger than the memory in it.
 */
static int check_disks(const struct fit *f, struct vxe_error *err)
{
	if (f->l->domain.ended &&
		doubt(f, err,
			"libvirt says that the guest has run since its memory was saved last") < 0)
		return -1;
	/* loads libvirt's storage pools, because disks may be volumes */
	if (session_facts(f->s->here, err) < 0)
		return -1;
	for (size_t i = 0; i < f->then->n_disks; i++)
		if (f->then->disks[i].device == DISK_DISK &&
			check_saved_disk(f, &f->then->disks[i], err) < 0)
			return -1;
	return 0;
}

/* ---- the file -------------------------------------------------------------------------------- */

static int read_xml(struct fit *f, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error refused = { 0 };
	struct hv *hv;

	if (session_hv(f->s->here, &hv, err) < 0)
		return -1;
	if (hv_saved_xml(hv, f->w->path, &f->xml, &refused) == 0)
		return spec_read(f->xml, &f->then, err);
	if (refused.code == VXE_HYPERVISOR_FAILED)
		return unfit(f, err, "%s", refused.params[1]);
	error_move(err, &refused);
	return -1;
}

static int read_memory_file(struct fit *f, struct vxe_error *err)
{
	struct content_stat file;

	if (disk_file_stat(content_of(f->s, f->w->path), &file, err) < 0)
		return -1;
	int whole = memory_image_complete(content_of(f->s, f->w->path), err);

	if (whole < 0)
		return -1;
	if (!whole)
		return unfit(f, err, "it is not the complete memory of a VM");
	f->saved = file.written;
	if (read_xml(f, err) < 0)
		return -1;
	return str_eq(f->then->uuid, f->w->vm)
		? 0
		: unfit(f, err, "it is of the domain %s (%s)", f->then->uuid, f->then->name);
}

/* ---- plan ------------------------------------------------------------------------------------ */

static int check_resumable(struct session *s, const struct vm_loaded *l, struct vxe_error *err)
{
	const char *reason = map_get(&l->vm->blocked_operations, "resume");

	if (vm_check_saved(l, err) < 0 || vm_check_operation(s, l->vm, "start", err) < 0 ||
		host_check_enabled(s, err) < 0)
		return -1;
	return reason ? vxe_fail(err, OPERATION_BLOCKED, l->vm->r.uuid, reason) : 0;
}

static int plan_resume_file(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct file_wish *w = ctx;
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_(fit_clear) struct fit f = { .s = s, .w = w };

	locks_add(&p->locks, LOCK_RECORD, w->vm, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vm_load(s, w->vm, VM_LOAD_ACT, &l, err) < 0 || check_resumable(s, l, err) < 0)
		return -1;
	f.l = l;
	if (!l->spec)
		return unfit(&f, err, "libvirt has no definition of the VM any more");
	if (vm_check_chains(l, err) < 0 || read_memory_file(&f, err) < 0 ||
		vm_check_disks(s, l, err) < 0 || check_disks(&f, err) < 0 ||
		vm_plan_networks(s, l, p, err) < 0)
		return -1;
	p->object = xstrdup(w->vm);
	p->domain = xstrdup(w->vm);
	p->commit = COMMIT_REPEAT;
	plan_keep(p, "memory-path", w->path);
	if (w->flags & RESUME_PAUSED)
		plan_keep_bool(p, "paused", true);
	if (w->flags & RESUME_BYPASS_CACHE)
		plan_keep_bool(p, "bypass-cache", true);
	plan_set_now(p, &vm_class, w->vm, "start-time");
	plan_message(p, MESSAGE_VM_RESUMED, l->vm);
	return resume_plan_xml(s, l, f.xml, f.then, p, err);
}

int vm_resume_file(struct session *s, const char *uuid, const char *file, unsigned flags,
	struct vxe_error *err)
{
	_cleanup_free_ char *path = far_answers(file) < 0 ? NULL : realpath(file, NULL);
	struct file_wish w = { .vm = uuid, .path = path, .flags = flags };

	if (!path)
		return vxe_fail(err, VXE_IMAGE_FAILED, file, far_why(errno));
	int r = op_run(s, &vm_resume_op, plan_resume_file, &w, NULL, err);

	strv_clear(&w.told);
	return r;
}
