/* SPDX-License-Identifier: MIT */
/*
 * vm-export: writes the record of a VM, template or snapshot with related objects as a document,
 * and the contents of its disks. It changes nothing; shared locks protect the record and its
 * layers, and QEMU's locks prevent the start of a guest on them.
 */
#include "objects/archive/vm_export_objects.h"

#include "objects/archive/ova_members.h"
#include "objects/archive/base64.h"
#include "objects/base/clock.h"
#include "objects/base/uuid.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/classes/vm/vm_platform.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/disks/disks.h"
#include "objects/domain/vif_mac.h"
#include "objects/domain/vm_load.h"
#include "objects/engine/op.h"
#include "objects/guest_state/firmware_state.h"
#include "objects/guest_state/firmware_bytes.h"

#include <string.h>

#define CANCEL_POLL_MS 100

static void exporting_clear(struct exporting *e)
{
	ova_free(TAKE(e->document));
	for (size_t i = 0; i < e->n_disks; i++) {
		union {
			const char *in;
			char *out;
		} id = { e->disks[i].id }, format = { e->disks[i].format },
		  snapshot = { e->disks[i].snapshot };

		free(id.out);
		free(format.out);
		free(snapshot.out);
	}
	free(TAKE(e->disks));
	e->n_disks = 0;
	e->n_ids = 0;
	e->total = 0;
	map_clear(&e->ids);
	strv_clear(&e->lost);
	strv_clear(&e->floppies);
	free(TAKE(e->memory_id));
	e->attached = false;
}

/* ---- steps ------------------------------------------------------------------------------------ */

static int tick(void *ctx, int64_t done, struct vxe_error *err)
{
	struct exporting *e = ctx;

	if (done != XVA_WAITS)
		op_progress(e->op, done, e->total);
	if (clock_ms() - e->asked < CANCEL_POLL_MS)
		return 0;
	e->asked = clock_ms();
	return op_cancelled(e->op) ? vxe_fail(err, TASK_CANCELLED, e->op->task) : 0;
}

/*
 * The step that writes the archive. It has no undo, and recovery never runs it: the commit point of the export is the
 * transaction after it, so a dead export is only undone.
 */
static int write_archive(struct op *op, struct vxe_error *err)
{
	struct exporting *e = op->ctx;
	const struct xva_watch watch = { tick, e };

	e->op = op;
	if (e->lost.n) {
		_cleanup_free_ char *names = strv_join(&e->lost, ", ");

		session_notice(op->s, "Left out, because it belongs to this host: %s.", names);
	}
	for (size_t i = 0; i < e->floppies.n; i++)
		session_notice(op->s,
			"The floppy %s is exported as it is now: snapshots do not keep floppies.",
			e->floppies.items[i]);
	if (e->memory_left_out)
		session_notice(op->s,
			"The memory of the suspended VM fits only this host and is "
			"left out; after an import, the VM is halted.");
	if (xva_write(e->fd, e->args->metadata ? XVA_PLAIN : e->args->compression, e->document,
		    e->disks, e->n_disks, &watch, err) < 0)
		return -1;
	/*
	 * Fails if an internal snapshot that was exported is gone: another program may have deleted it while it was
	 * read.
	 */
	for (size_t i = 0; i < e->n_disks; i++) {
		const struct xva_disk *d = &e->disks[i];
		_cleanup_snapshots_ struct content_snapshots still = { 0 };

		if (d->snapshot && disk_file_snapshots(d->of, d->snapshot, &still, err) < 0)
			return -1;
	}
	return 0;
}

static const struct step vm_export_steps[] = {
	{ "write", DO(write_archive, NULL), false },
	{ 0 },
};

const struct op_type vm_export_op = { "vm-export", "export", vm_export_steps, NULL, NULL };

/* ---- the VM ----------------------------------------------------------------------------------- */

/* Adds values that other importers require. */
static void complete(struct vm *vm)
{
	if (str_is_empty(vm->hvm_boot_policy))
		str_replace(&vm->hvm_boot_policy, "BIOS order");
	if (!map_get(&vm->hvm_boot_params, "order"))
		map_set(&vm->hvm_boot_params, "order", "cdn");
	if (!map_get(&vm->hvm_boot_params, "firmware"))
		map_set(&vm->hvm_boot_params, "firmware", "bios");
	if (!map_get(&vm->platform, VM_TIMEOFFSET))
		map_set(&vm->platform, VM_TIMEOFFSET, "0");
	if (!map_get(&vm->other_config, MAC_SEED)) {
		/*
		 * The seed of MAC addresses is derived from the VM's UUID, so that another export of the same VM
		 * gives the same archive.
		 */
		_cleanup_free_ char *seed = uuid_derive(vm->r.uuid, MAC_SEED);

		map_set(&vm->other_config, MAC_SEED, seed);
	}
	map_remove(&vm->other_config, "default_template");
	export_scrub(&vm->other_config);
}

/*
 * Adds what only another vxe can use to the archive: references to a host and an SR, the hardware XML and the TPM state;
 * adds to e->lost the hardware that a guest on another host will lack.
 */
static int add_own(struct exporting *e, const struct vm *vm, const char *xml,
	const struct captured *tpm, struct ova *own, struct vxe_error *err)
{
	_cleanup_free_ char *portable = NULL, *text = NULL;

	if (vm->affinity)
		ova_add_text(own, OVA_OWN_AFFINITY, vm->affinity);
	if (vm->suspend_sr)
		ova_add_text(own, OVA_OWN_SUSPEND_SR, vm->suspend_sr);
	if (str_is_empty(xml))
		return 0;
	if (xml_portable(xml, false, &portable, &e->lost, err) < 0)
		return -1;
	ova_add_text(own, OVA_OWN_HARDWARE, portable);
	if (!tpm->format)
		return 0;
	text = base64_encode(tpm->bytes, tpm->n);
	ova_add_text(own, OVA_OWN_TPM_FORMAT, tpm->format);
	ova_add_text(own, OVA_OWN_TPM, text);
	return 0;
}

/*
 * Adds the UEFI variables to xe's field NVRAM under a key of vxe's own, because XenServer's variables have another
 * format.
 */
static void add_variables(const struct captured *variables, struct ova *record)
{
	_cleanup_map_ struct map nvram = { 0 };
	_cleanup_free_ char *text = NULL;

	/* The archive has UEFI variables as the raw content of the flash chip, whatever the format of their file. */
	if (str_eq(variables->format, "raw")) {
		text = base64_encode(variables->bytes, variables->n);
		map_set(&nvram, OVA_FORMAT, OVA_FORMAT_VARIABLES);
		map_set(&nvram, OVA_VARIABLES, text);
	}
	ova_add_map(record, "NVRAM", &nvram);
}

/* Adds a VTPM object without content to the archive: XenServer makes an empty TPM of it. */
static void add_vtpm(struct exporting *e, const char *vm, struct strv *ids)
{
	_cleanup_free_ char *uuid = uuid_derive(e->vm, "vtpm");
	bool fresh;
	_cleanup_free_ char *id = export_id(e, uuid, &fresh);
	struct ova *record = export_object(e, "VTPM", id);

	ova_add_text(record, "vTPM'_VM", vm);
	ova_add_text(record, "vTPM'_uuid", uuid);
	ova_add_bool(record, "vTPM'_is_unique", false);
	ova_add_bool(record, "vTPM'_is_protected", false);
	ova_add_text(record, "vTPM'_content", "");
	strv_add(ids, id);
}

static int read_state(struct session *s, struct txn *t, const struct vm_loaded *l, const char *xml,
	struct captures *ret, bool *tpm, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;

	*tpm = false;
	if (str_is_empty(xml))
		return 0;
	if (spec_read(xml, &spec, err) < 0)
		return -1;
	*tpm = spec->tpm;
	return captures_read(s, t, l->vm, spec, ret, err);
}

static const char *const state_words[] = { [POWER_HALTED] = "Halted",
	[POWER_RUNNING] = "Running",
	[POWER_PAUSED] = "Paused",
	[POWER_SUSPENDED] = "Suspended" };

static int export_vm_record(struct session *s, struct exporting *e, struct txn *t,
	const struct vm_loaded *l, const char *id, enum power_state state, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = record_copy(&vm_class, l->vm);
	const char *xml = l->xml ? l->xml : l->vm->domain_xml;
	_cleanup_captures_ struct captures c = { 0 };
	_cleanup_strv_ struct strv vtpms = { 0 };
	bool tpm = false;

	if (e->args->as) {
		str_replace(&vm->r.uuid, e->args->as->r.uuid);
		str_replace(&vm->name_label, e->args->as->name_label);
		str_replace(&vm->name_description, e->args->as->name_description);
		vm->is_a_template = false;
	}
	complete(vm);
	/* UEFI variables and TPM state of a running guest are left out: the guest may change them at any time. */
	if (!l->live && read_state(s, t, l, xml, &c, &tpm, err) < 0)
		return -1;
	if (tpm && !(e->args->without & WITHOUT_VTPMS))
		add_vtpm(e, id, &vtpms);
	struct ova *record = export_object(e, "VM", id);

	ova_write_rows(ova_vm_rows, &vm_class, vm, record);
	ova_add_text(record, "domain_type", "hvm");
	ova_add_int(record, "memory_target", vm->memory_dynamic_max);
	ova_add_text(record, "power_state", state_words[state]);
	ova_add_text(record, "suspend_VDI", e->memory_id ? e->memory_id : OVA_NULL);
	ova_add_strings(record, "VTPMs", &vtpms);
	add_variables(&c.items[CAPTURE_NVRAM], record);
	return add_own(
		e, vm, xml, &c.items[CAPTURE_TPM], ova_add(record, OVA_OWN, OVA_STRUCT), err);
}

/* ---- the document ----------------------------------------------------------------------------- */

static void begin_document(struct exporting *e)
{
	char now[CLOCK_TEXT_LEN + 1];
	struct ova *v;

	clock_format(clock_wall(), now);
	_cleanup_free_ char *date = xasprintf("%.4s-%.2s-%.2s", now, now + 4, now + 6);

	e->document = ova_new(OVA_STRUCT);
	v = ova_add(e->document, "version", OVA_STRUCT);
	ova_add_text(v, "hostname", "localhost");
	ova_add_text(v, "date", date);
	ova_add_text(v, "product_version", "1.0");
	ova_add_text(v, "product_brand", "vxe");
	ova_add_text(v, "build_number", "");
	ova_add_int(v, "xapi_major", 1);
	ova_add_int(v, "xapi_minor", 20);
	ova_add_int(v, "export_vsn", 2);
	e->objects = ova_add(e->document, "objects", OVA_LIST);
}

/*
 * Chooses the VM's power state in the archive. With contents of disks the VM is halted, or suspended with its memory;
 * in a metadata archive it has its present state.
 */
static int add_state(struct session *s, struct exporting *e, struct txn *t, const struct vm *vm,
	enum power_state *state, struct plan *p, struct vxe_error *err)
{
	bool suspended = e->args->preserve_power_state && vm->power_state == POWER_SUSPENDED;

	free(TAKE(e->memory_id));
	*state = POWER_HALTED;
	if (e->args->metadata) {
		if (vm_power_state(s, vm, state, err) < 0)
			return -1;
		/* its memory is a managed save of libvirt's, for which there is no VDI */
		if (*state == POWER_SUSPENDED && !vm->suspend_vdi)
			*state = POWER_HALTED;
		if (*state == POWER_SUSPENDED && export_memory_record(e, t, vm, err) < 0)
			return -1;
		e->attached = *state != POWER_HALTED;
		return 0;
	}
	if (suspended && export_memory(s, e, t, vm, p, err) < 0)
		return -1;
	e->memory_left_out = suspended && !e->memory_id;
	if (e->memory_id)
		*state = POWER_SUSPENDED;
	return 0;
}

/*
 * Adds the VM's network cards (VIFs) to the archive. The hardware of templates and snapshots, which have no domain,
 * is read from the XML in their record.
 */
static int add_cards(struct exporting *e, struct txn *t, const struct vm_loaded *l, const char *vm,
	struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *kept = NULL;

	if (!l->spec && l->n_vifs && !str_is_empty(l->vm->domain_xml) &&
		spec_read(l->vm->domain_xml, &kept, err) < 0)
		return -1;
	for (size_t i = 0; i < l->n_vifs; i++)
		if (export_vif(e, t, l->vifs[i], l->spec ? l->spec : kept, vm, err) < 0)
			return -1;
	return 0;
}

/*
 * Gives each disk that has no position of its own a free one, as an importer needs it: older vxe let users set any text.
 * The record stays.
 */
static void settle_positions(const struct vm_loaded *l)
{
	struct vbd_positions taken = { 0 };
	_cleanup_free_ bool *has = xcalloc(l->n_disks + 1, sizeof(*has));

	for (size_t i = 0; i < l->n_disks; i++)
		has[i] = vbd_positions_take(&taken, l->disks[i].vbd);
	for (size_t i = 0; i < l->n_disks; i++)
		if (!has[i])
			(void)vbd_positions_give(&taken, l->disks[i].vbd);
}

static int add_machine(struct session *s, struct exporting *e, struct txn *t,
	const struct vm_loaded *l, struct plan *p, struct vxe_error *err)
{
	const unsigned without = e->args->without;
	enum power_state state;
	bool fresh;
	_cleanup_free_ char *vm = export_id(e, l->vm->r.uuid, &fresh);

	e->of_snapshot = l->vm->is_a_snapshot;
	settle_positions(l);
	if (add_state(s, e, t, l->vm, &state, p, err) < 0)
		return -1;
	if (!(without & WITHOUT_VIFS) && add_cards(e, t, l, vm, err) < 0)
		return -1;
	for (size_t i = 0; !(without & WITHOUT_VBDS) && i < l->n_disks; i++)
		if (export_vbd(s, e, t, &l->disks[i], vm, p, err) < 0)
			return -1;
	return export_vm_record(s, e, t, l, vm, state, err);
}

/* Marks the exported record as a snapshot of its VM, which only a metadata archive does. */
static void be_snapshot(struct exporting *e, const struct vm *vm)
{
	_cleanup_ova_ struct ova *own = ova_new(OVA_STRUCT);
	struct ova *record = export_record(e, map_get(&e->ids, vm->r.uuid));
	const char *of = map_get(&e->ids, vm->snapshot_of);
	const char *parent = vm->parent ? map_get(&e->ids, vm->parent) : NULL;

	ova_add_bool(own, "is_a_snapshot", true);
	ova_add_text(own, "snapshot_of", of ? of : OVA_NULL);
	ova_add_text(own, "parent", parent ? parent : OVA_NULL);
	ova_add_date(own, "snapshot_time", vm->snapshot_time);
	ova_add_map(own, "snapshot_info", &vm->snapshot_info);
	for (size_t i = 0; i < own->n; i++) {
		struct ova *to = export_member(record, own->items[i].name), was = *to;

		*to = own->items[i].value;
		own->items[i].value = was;
	}
}

static int add_snapshots(struct session *s, struct exporting *e, struct txn *t, const struct vm *of,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };

	if (records_load(t, &vm_class, "snapshot_of", of->r.uuid, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		_cleanup_loaded_ struct vm_loaded *l = NULL;
		const struct vm *vm = all.items[i];

		if (vm_load(s, vm->r.uuid, 0, &l, err) < 0 || add_machine(s, e, t, l, p, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < all.n; i++)
		be_snapshot(e, all.items[i]);
	return 0;
}

static int fill_document(struct session *s, struct exporting *e, const struct vm_loaded *l,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || add_machine(s, e, t, l, p, err) < 0)
		return -1;
	if (e->args->metadata && e->args->snapshots && add_snapshots(s, e, t, l->vm, p, err) < 0)
		return -1;
	for (size_t i = 0; i < e->objects->n; i++)
		export_backs(e, &e->objects->items[i].value);
	return 0;
}

static int plan_export(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct exporting *e = ctx;
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	locks_add(&p->locks, LOCK_RECORD, e->vm, LEASE_SHARED);
	if (p->draft)
		return 0;
	exporting_clear(e);
	if (vm_load(s, e->vm, VM_LOAD_ACT, &l, err) < 0 ||
		vm_check_operation(
			s, l->vm, e->args->metadata ? "metadata_export" : "export", err) < 0 ||
		(e->args->preserve_power_state && vm_check_saved(l, err) < 0))
		return -1;
	p->object = xstrdup(e->vm);
	p->commit = COMMIT_STORE;
	begin_document(e);
	if (fill_document(s, e, l, p, err) < 0)
		return -1;
	xva_sort(e->disks, e->n_disks);
	return 0;
}

int vm_export(struct session *s, const char *uuid, const struct vm_export_args *args, int fd,
	struct vxe_error *err)
{
	struct exporting e = { .vm = uuid, .args = args, .fd = fd };
	int r = op_run(s, &vm_export_op, plan_export, &e, NULL, err);

	exporting_clear(&e);
	return r;
}
