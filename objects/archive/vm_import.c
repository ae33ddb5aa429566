/* SPDX-License-Identifier: MIT */
/*
 * vm-import: imports a VM of an archive in one operation, completely or not at all (import_vm(), which vm_import() in
 * vm_import_archive.c calls for each VM). Images are made and filled while the archive is read to its very end; only
 * then the VM gets its domain and its records. The commit point of the import of a template is the store transaction,
 * that of a VM the definition of its domain.
 */
#include "objects/archive/vm_import_devices.h"

#include "backends/xva/download.h"
#include "objects/archive/ova_members.h"
#include "objects/archive/vm_import_memory.h"
#include "objects/archive/vm_import_replace.h"
#include "objects/base/clock.h"
#include "objects/base/file.h"
#include "objects/base/image_error.h"
#include "objects/base/uuid.h"
#include "objects/classes/network/network_records.h"
#include "objects/classes/host/host.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr_place.h"
#include "objects/classes/vm/vm_platform.h"
#include "objects/queries/param_effect.h"
#include "objects/devices/network_ops.h"
#include "objects/domain/vif_mac.h"
#include "objects/disks/disks.h"
#include "objects/engine/op.h"
#include "objects/engine/op_recover.h"
#include "objects/engine/plan.h"
#include "objects/domain/autostart.h"
#include "objects/domain/guard_overlay.h"

#include <inttypes.h>
#include <string.h>

#define CANCEL_POLL_MS 100

static void importing_clear(struct importing *i)
{
	imported_clear(&i->in);
	free(i->uuid);
	free(i->seed);
	free(i->base);
	free(i->definition);
	strv_clear(&i->macs);
	vm_loaded_free(i->old);
	domain_spec_free(i->machine);
}

/* ---- steps ------------------------------------------------------------------------------------ */

static int tick(void *ctx, int64_t done, struct vxe_error *err)
{
	struct importing *i = ctx;

	if (done != XVA_WAITS)
		op_progress(i->op, done, i->total);
	if (clock_ms() - i->asked < CANCEL_POLL_MS)
		return 0;
	i->asked = clock_ms();
	return op_cancelled(i->op) ? vxe_fail(err, TASK_CANCELLED, i->op->task) : 0;
}

static void notice_import(void *ctx, const char *text)
{
	const struct importing *i = ctx;

	session_notice(i->op->s, "%s", text);
}

/*
 * Fills the plan's images and the memory file from the archive's stream, syncs them, and reads to the archive's very
 * end. Not repeatable.
 */
static int read_archive(struct op *op, struct vxe_error *err)
{
	struct importing *i = op->ctx;

	i->op = op;
	i->started = i->told = true;
	/* an import of metadata reads nothing of the archive but the document */
	if (i->args->metadata)
		return 0;
	for (size_t k = 0; k < i->in.n_streams; k++) {
		struct xva_disk *d = &i->in.streams[k];
		const struct plan_disk *image = import_image_of(&op->plan, d->id);
		const char *memory = import_memory_path(op, i, d->id);

		const char *path = image ? image->new_path : memory;

		d->of = path ? content_of(op->s, path) : NULL;
		d->format = memory ? "raw" : "qcow2";
		i->total += d->size;
	}
	const struct xva_reading r = { .disks = i->in.streams,
		.n = i->in.n_streams,
		.flags = (i->args->force ? XVA_FORCE : 0) | (i->in.has_table ? XVA_TABLE : 0),
		.watch = { tick, i },
		.notice = notice_import,
		.ctx = i };
	if (xva_read(i->archive, &r, err) < 0)
		return -1;
	return i->download ? download_check(i->download, err) : 0;
}

static int write_state(struct op *op, struct vxe_error *err)
{
	const struct importing *i = op->ctx;

	return captures_write(op, &i->in.state, err);
}

/*
 * The steps of vm-import. Networks are made first: if another program has taken a network's name meanwhile, the
 * import fails before it reads the archive.
 */
static const struct step vm_import_steps[] = {
	{ "make-networks", DO(step_make_networks, step_unmake_networks), false },
	{ "make-images", DISK(MAKE_TO_FILL), false },
	{ "make-memory", DO(step_make_memory, step_drop_memory), false },
	{ "read", DO(read_archive, NULL), false },
	{ "bind-memory", DO(step_bind_memory, NULL), false },
	/* disks of snapshots, and of a VM with memory: is_frozen() */
	{ "freeze", DISK(FREEZE_MADE), false },
	{ "write-state", DO(write_state, step_drop_captured), false },
	{ "define", DO_WITH(DISK(DEFINE_HALTED), step_define_imported, step_undefine_imported),
		true },
	{ "autostart", DO(step_autostart, NULL), false },
	{ "seal-memory", DO(step_seal_memory, NULL), false },
	{ 0 },
};

const struct op_type vm_import_op = { "vm-import", "import", vm_import_steps,
	PLAN_MEMBERS(autostart_members, memory_members, capture_members, made_network_members),
	probe_imported };

/* ---- where to --------------------------------------------------------------------------------- */

static int find_import_sr(
	struct session *s, struct txn *t, const char *uuid, struct sr **ret, struct vxe_error *err)
{
	_cleanup_(pool_free_cleanup) struct pool *pool = NULL;

	if (!uuid && pool_get(t, s->store_uuid, &pool, err) < 0)
		return -1;
	if (!uuid && str_is_empty(pool->default_sr))
		return vxe_fail_text(err, "No SR specified and Pool default SR is null");
	if (!uuid && sr_default_here(s, t, pool->default_sr, ret, err) < 0)
		return -1;
	if (!*ret && sr_get(t, uuid ? uuid : pool->default_sr, ret, err) < 0)
		return -1;
	if (sr_content_is_cds((*ret)->content_type) || sr_content(*ret) != SR_DISKS)
		return vxe_fail(err, SR_OPERATION_NOT_SUPPORTED, (*ret)->r.uuid);
	return 0;
}

/*
 * Tells the user if the disks of the archive would not fit the SR when they are completely written. That is no error,
 * because images grow with their content.
 */
static int check_room(
	struct session *s, struct importing *i, const struct sr *sr, struct vxe_error *err)
{
	int64_t room, sum = 0;

	if (!i->in.n_streams)
		return 0;
	if (sr_check_takes_files(s, sr, err) < 0)
		return -1;
	if (file_free_space(sr->path, &room) < 0)
		return image_fail_errno(err, sr->path, "its free space cannot be read");
	for (size_t k = 0; k < i->in.n_streams; k++)
		sum += i->in.streams[k].size;
	if (sum > room && !i->warned && !i->told)
		session_notice(s,
			"Completely written, the disks of the archive would not fit the storage "
			"repository: they have %" PRId64 " bytes, and %" PRId64 " are free.",
			sum, room);
	i->warned = true;
	return 0;
}

/* ---- the VM ----------------------------------------------------------------------------------- */

struct vm *import_settings(const struct importing *i, const struct vm *from, const char *seed)
{
	struct vm *vm = record_copy(&vm_class, from);

	str_replace(&vm->r.uuid, i->uuid);
	map_set(&vm->other_config, MAC_SEED, seed);
	map_remove(&vm->other_config, "grant_api_access");
	map_remove(&vm->other_config, "import_task");
	map_remove(&vm->other_config, "default_template");
	vm->version = i->args->preserve ? vm->version + 1 : 0;
	if (!vm->is_a_template) {
		_cleanup_free_ char *old = TAKE(vm->generation_id);

		vm->generation_id = generation_id_fresh(old);
	}
	return vm;
}

int import_keep_places(struct txn *t, struct vm *vm, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if ((vm->affinity && host_find(t, vm->affinity, &host, err) < 0) ||
		(vm->suspend_sr && sr_find(t, vm->suspend_sr, &sr, err) < 0))
		return -1;
	if (!host)
		str_replace(&vm->affinity, NULL);
	if (!sr)
		str_replace(&vm->suspend_sr, NULL);
	return 0;
}

static struct vm *new_vm(const struct importing *i)
{
	const char *kept = map_get(&i->in.vm->other_config, MAC_SEED);
	_cleanup_free_ char *seed = i->args->preserve && kept ? xstrdup(kept) : uuid_new();
	struct vm *vm = import_settings(i, i->in.vm, seed);

	str_replace(&vm->parent, import_parent(i));
	return vm;
}

static int plan_all(struct making *m, struct importing *i, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	m->vm = new_vm(i);
	if (txn_begin(m->s->store, TXN_READ, &m->t, err) < 0 ||
		import_keep_places(m->t, m->vm, err) < 0 ||
		(!i->args->metadata &&
			(find_import_sr(m->s, m->t, i->args->sr, &sr, err) < 0 ||
				check_room(m->s, i, sr, err) < 0)))
		return -1;
	m->base = i->base;
	m->abroad = true;
	m->state = &i->in.state;
	if (i->resumes)
		import_plan_memory(m, i, sr);
	/*
	 * A template with memory needs already now the name that its domain will have, because the memory image
	 * contains the name.
	 */
	if (i->resumes && m->vm->is_a_template)
		m->libvirt_name = i->uuid;
	if (import_plan_devices(m, i, sr, err) < 0)
		return -1;
	import_plan_old_end(m, i);
	if (making_plan(m, err) < 0 || import_plan_snapshots(m, i, sr, err) < 0)
		return -1;
	str_replace(&i->definition, m->p->xml_after ? m->p->xml_after : m->vm->domain_xml);
	return 0;
}

/* Locks the networks that the import may make, so that a command that lists networks meanwhile leaves them out. */
static void lock_networks(const struct importing *i, const struct imported *of, struct locks *l)
{
	for (size_t k = 0; k < of->n_vifs; k++) {
		_cleanup_free_ char *uuid = import_network_uuid(i, of->vifs[k].network);

		locks_add(l, LOCK_RECORD, uuid, LEASE_EXCLUSIVE);
	}
}

/*
 * Locks the UUIDs of the archive's devices if they are kept (preserve=true): another import may bring the same UUIDs
 * at this moment.
 */
static void lock_devices(const struct importing *i, const struct imported *of, struct locks *l)
{
	lock_networks(i, of, l);
	for (size_t k = 0; i->args->preserve && k < of->n_disks; k++)
		if (uuid_is_valid(of->disks[k].vbd->r.uuid))
			locks_add(l, LOCK_RECORD, of->disks[k].vbd->r.uuid, LEASE_EXCLUSIVE);
	for (size_t k = 0; i->args->preserve && k < of->n_vifs; k++)
		if (uuid_is_valid(of->vifs[k].vif->r.uuid))
			locks_add(l, LOCK_RECORD, of->vifs[k].vif->r.uuid, LEASE_EXCLUSIVE);
}

static int plan_import(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct importing *i = ctx;
	_cleanup_(making_clear) struct making m = { .s = s, .p = p };

	locks_add(&p->locks, LOCK_RECORD, i->uuid, LEASE_EXCLUSIVE);
	lock_devices(i, &i->in, &p->locks);
	for (size_t k = 0; k < i->in.n_snapshots; k++) {
		locks_add(&p->locks, LOCK_RECORD, i->in.snapshots[k].vm->r.uuid, LEASE_EXCLUSIVE);
		lock_devices(i, &i->in.snapshots[k], &p->locks);
	}
	if (p->draft)
		return 0;
	if (i->started)
		return vxe_fail_text(err,
			"Objects of the import changed while its archive was "
			"read; import the archive once more.");
	if (import_find_old(s, i, err) < 0)
		return -1;
	if (i->old) /* the replaced VM may be a template with UEFI variables and TPM state */
		capture_nodes(i->old->vm, &p->freed);
	return plan_all(&m, i, err);
}

/* ---- the machine ------------------------------------------------------------------------------ */

/* Returns 1 if this host has no KVM, so that QEMU can only emulate a machine. */
static int only_emulates(struct hv *hv, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;

	if (hv_new_machine(hv, &xml, err) < 0 || spec_read(xml, &spec, err) < 0)
		return -1;
	return !str_eq(spec->type, "kvm");
}

/* Reads the XML of the original machine, if the archive has it, and keeps what a guest can see. */
static int read_machine(struct session *s, struct importing *i, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *there = NULL;
	_cleanup_error_ struct vxe_error bad = { 0 };
	struct hv *hv;
	int emulated = 0;

	if (str_is_empty(i->in.hardware))
		return 0;
	if (session_hv(s->here, &hv, err) < 0 || (emulated = only_emulates(hv, err)) < 0)
		return -1;
	if (spec_read(i->in.hardware, &there, &bad) < 0 ||
		xml_portable(i->in.hardware, emulated, &i->base, NULL, &bad) < 0 ||
		spec_read(i->base, &i->machine, &bad) < 0)
		return ova_fail(err, "%s: %s", OVA_OWN_HARDWARE,
			bad.n_params > 1 ? bad.params[1] : "not XML");
	i->resumes = i->in.suspended && i->in.memory_bytes && str_eq(there->type, i->machine->type);
	if (!str_eq(there->type, i->machine->type))
		session_notice(s, "There is no KVM here: the VM is emulated, which is slow.");
	i->in.vm->has_tpm = i->machine->tpm;
	/*
	 * The original clock had local time, and goes on with it: the time offset in the archive was written only for
	 * XenServer.
	 */
	if (!i->machine->timeoffset)
		map_remove(&i->in.vm->platform, VM_TIMEOFFSET);
	for (size_t k = 0; !i->machine->timeoffset && k < i->in.n_snapshots; k++)
		map_remove(&i->in.snapshots[k].vm->platform, VM_TIMEOFFSET);
	return 0;
}

/*
 * Tells the user each setting of the imported VM or card that has no effect on this host: @prefix, then the text that
 * param-set would say. Settings of VBDs always have an effect, because the domain's definition is made from them.
 */
static void tell_idle(struct session *s, const struct class *c, const void *obj, const char *prefix)
{
	_cleanup_strv_ struct strv lines = { 0 };
	void *fresh = record_new(c);

	settings_without_effect(c, fresh, obj, &lines);
	record_free(c, fresh);
	for (size_t i = 0; i < lines.n; i++)
		session_notice(s, "%s%s.", prefix, lines.items[i]);
}

/* Tells the user which settings of the imported VM have no effect on this host; says nothing when called as `xe`. */
static void tell_settings(struct session *s, const struct importing *i)
{
	if (s->wishes->as_xe)
		return;
	/*
	 * Warns the user if the VM is a Windows guest of XenServer, which its platform:viridian tells: XenServer's
	 * templates for Windows set it, other templates do not.
	 */
	if (str_eq(map_get(&i->in.vm->platform, "viridian"), "true") && !i->machine &&
		i->in.n_disks)
		session_notice(s,
			"The VM looks like a Windows: its disks are virtio here, for which "
			"it needs the virtio-win drivers. Without them it boots from a SATA "
			"disk (docs/from-xe.md: Other buses).");
	tell_idle(s, &vm_class, i->in.vm, "");
	for (size_t k = 0; k < i->in.n_vifs; k++) {
		const struct vif *vif = i->in.vifs[k].vif;
		_cleanup_free_ char *prefix = xasprintf("Card %s: ", vif->device);

		tell_idle(s, &vif_class, vif, prefix);
	}
}

/* Tells the user what of the archive is left out or changed by the import. */
static void tell_losses(struct session *s, const struct importing *i)
{
	for (size_t k = 0; k < i->in.notices.n; k++)
		session_notice(s, "%s", i->in.notices.items[k]);
	if (i->in.left_snapshots)
		session_notice(s, "The snapshots of the VM are not imported%s.",
			s->wishes->as_xe || i->args->metadata
				? ""
				: "; snapshots=true imports them, too");
	tell_settings(s, i);
	if (i->in.suspended && !i->resumes)
		session_notice(s, "The saved memory of the VM cannot be used here; it is halted.");
	if (i->resumes && i->in.n_vifs && !i->args->preserve)
		session_notice(s, "The guest keeps its old MAC addresses until it is restarted.");
}

static int import(struct session *s, struct importing *i, struct vxe_error *err)
{
	const unsigned flags = (i->args->metadata ? IMPORTED_METADATA : 0) |
		(i->args->snapshots ? IMPORTED_SNAPSHOTS : 0);

	if (imported_read(xva_document(i->archive), i->args->only, flags, &i->in, err) < 0 ||
		read_machine(s, i, err) < 0)
		return -1;
	if (i->args->preserve && !uuid_is_valid(i->in.vm->r.uuid))
		return ova_fail(err, "%s is no UUID", i->in.vm->r.uuid);
	if ((i->args->preserve || i->args->metadata) && imported_check_uuids(&i->in, err) < 0)
		return -1;
	i->uuid = i->args->preserve ? xstrdup(i->in.vm->r.uuid) : uuid_new();
	i->seed = uuid_new();
	if (import_name_snapshots(i, err) < 0 || import_check_networks(i, err) < 0 ||
		networks_follow(s, err) < 0)
		return -1;
	int loose = i->resumes ? import_leaves_loose(i, err) : 0;

	if (loose < 0)
		return -1;
	i->resumes &= !loose;
	if (!i->told)
		tell_losses(s, i);
	if (i->args->dry_run) {
		/* For dry-run=true: plans as for an import, but takes no locks and writes nothing. */
		_cleanup_plan_ struct plan p = { .op_type = &vm_import_op };

		return plan_import(s, i, &p, err) < 0 ? -1 : plan_rehearse(s, &p, err);
	}
	return op_run_freeing(s, &vm_import_op, plan_import, i, NULL, err);
}

int import_vm(struct session *s, const struct vm_import_args *args, struct xva *archive,
	struct download *download, bool told, char **ret, struct vxe_error *err)
{
	_cleanup_(importing_clear) struct importing i = {
		.s = s, .args = args, .archive = archive, .download = download, .told = told
	};

	if (import(s, &i, err) < 0)
		return -1;
	*ret = args->dry_run ? NULL : TAKE(i.uuid);
	return 0;
}
