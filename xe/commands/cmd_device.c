/* SPDX-License-Identifier: MIT */
/*
 * vbd-*, vif-*, vm-disk-remove, vm-cd-*, vm-vif-list.
 * Behaviour source: xen-api ocaml/xapi-cli-server/cli_operations.ml.
 */
#include <stdlib.h>
#include <string.h>

#include "objects/devices/vbd_create.h"
#include "objects/devices/vbd_plug.h"
#include "objects/devices/vif_ops.h"
#include "objects/model/enums.h"
#include "objects/queries/list.h"
#include "xe/commands/disk_list.h"
#include "xe/model/fields.h"
#include "xe/model/select.h"

/* ---- VBDs ------------------------------------------------------------------------------------ */

static const struct param_kind vbd_type = { "type", PARAM_WORD,
	.meaning = "What the VM gets: a disk or a drive.", .words = &vbd_type_table,
	.absent = "Disk", .refusal = "Unknown type: %s (should be \"cd\", \"disk\" or \"floppy\"" };

static int cmd_vbd_create(struct call *c, struct vxe_error *err)
{
	struct vbd_new args = { .vm = call_get(c, "vm-uuid"),
		.device = call_get(c, "device"),
		.vdi = call_get(c, "vdi-uuid"),
		.mode = (int)call_value(c, "mode", VBD_RW),
		.type = (int)call_value(c, "type", VBD_DISK),
		.bootable = call_flag(c, "bootable", false),
		.unpluggable = call_flag(c, "unpluggable", true) };

	if (!args.vdi && args.type != VBD_CD)
		return vxe_fail_text(err, "Empty VBDs can only be made for type=CD");
	return call_session(c, err) < 0 ? -1 : vbd_create(c->session, &args, &c->result, err);
}

static int insert_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return vbd_insert(c->session, uuid, call_get(c, "vdi-uuid"), err);
}

/* ---- VIFs ------------------------------------------------------------------------------------ */

static int cmd_vif_create(struct call *c, struct vxe_error *err)
{
	return call_session(c, err) < 0
		? -1
		: vif_create(c->session, call_get(c, "vm-uuid"), call_get(c, "device"),
			  call_get(c, "network-uuid"), call_get(c, "mac"), &c->result, err);
}

static int move_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return vif_move(c->session, uuid, call_get(c, "network-uuid"), err);
}

static int vif_list_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	struct view v = *view_by_prefix("vif");
	const struct list_order order = select_order(c, v.cls);
	const char *asked = call_get(c, "params");
	const struct filter filter = { "vm-uuid", uuid };
	_cleanup_strv_ struct strv names = { 0 };
	_cleanup_free_ const struct field **fields = NULL;
	_cleanup_rows_ struct rows rows = { 0 };

	strv_split(&names,
		asked ? asked : "uuid,device,MAC,network-uuid,network-name-label,vm-name-label",
		',');
	fields = fields_named(v.cls, &names, !c->as_xe);
	v.order = order.limited || order.by[0] ? &order : NULL;
	if (list_rows(c->session, &v, &filter, 1, fields, LIST_COSTLY, &rows, err) < 0)
		return -1;
	return render_rows(c->render, c->session, &rows, &names, err);
}

/* ---- vm-disk-remove -------------------------------------------------------------------------- */

static int disk_remove_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return vm_disk_remove(c->session, uuid, call_get(c, "device"), err);
}

/* ---- CDs of a VM ----------------------------------------------------------------------------- */

/* Finds the disks with the name-label @name in storage repositories that hold CD images. */
static int find_cds(struct call *c, const char *name, struct strv *ret, struct vxe_error *err)
{
	const struct view *vdis = view_by_prefix("vdi"), *srs = view_by_prefix("sr");
	const struct field *const sr_fields[] = { class_field(srs->cls, "uuid"), NULL };
	const struct field *const vdi_fields[] = { class_field(vdis->cls, "uuid"),
		class_field(vdis->cls, "sr-uuid"), NULL };
	const struct filter iso = { "content-type", "iso" }, named = { "name-label", name };
	_cleanup_rows_ struct rows places = { 0 }, found = { 0 };

	if (list_rows(c->session, srs, &iso, 1, sr_fields, 0, &places, err) < 0 ||
		list_rows(c->session, vdis, &named, 1, vdi_fields, 0, &found, err) < 0)
		return -1;
	for (size_t i = 0; i < found.n; i++)
		for (size_t k = 0; k < places.n; k++)
			if (str_eq(found.items[i].values[1].string, places.items[k].uuid))
				strv_add(ret, found.items[i].uuid);
	return 0;
}

/*
 * Adds a VM's CD drives, all or only the empty ones: the UUIDs of their VBDs to @uuids and the names of their media to
 * @names (may be NULL), as lists print them, "<EMPTY>" for an empty drive.
 */
enum drives { DRIVES_ALL, DRIVES_EMPTY };

static int find_drives(struct call *c, const char *vm, enum drives which, struct strv *uuids,
	struct strv *names, struct vxe_error *err)
{
	const struct view *v = view_by_prefix("vbd");
	const struct filter filters[] = { { "vm-uuid", vm }, { "type", "CD" },
		{ "empty", "true" } };
	size_t n = ARRAY_LEN(filters) - (which == DRIVES_ALL);
	const struct field *const fields[] = { class_field(v->cls, "uuid"),
		class_field(v->cls, "vdi-name-label"), NULL };
	_cleanup_rows_ struct rows rows = { 0 };

	if (list_rows(c->session, v, filters, n, fields, 0, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++) {
		const struct value *name = &rows.items[i].values[1];

		strv_add(uuids, rows.items[i].uuid);
		if (!names)
			continue;
		strv_add(names, name->literal ? name->literal : name->string ? name->string : "");
	}
	return 0;
}

static int cd_add_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	const struct vbd_new args = { .vm = uuid,
		.device = call_get(c, "device"),
		.vdi = c->ctx,
		.mode = VBD_RO,
		.type = VBD_CD,
		.bootable = true };
	_cleanup_free_ char *made = NULL;

	return vbd_create(c->session, &args, &made, err);
}

static int cmd_vm_cd_add(struct call *c, struct vxe_error *err)
{
	const char *name = call_get(c, "cd-name");
	_cleanup_strv_ struct strv found = { 0 };

	if (call_session(c, err) < 0 || find_cds(c, name, &found, err) < 0)
		return -1;
	return found.n ? each_vm(c, 0, cd_add_one, found.items[0], err)
		       : vxe_fail_text(err, "CD %s not found!", name);
}

static int cd_remove_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	_cleanup_strv_ struct strv drives = { 0 }, names = { 0 };

	if (find_drives(c, uuid, DRIVES_ALL, &drives, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < drives.n; i++)
		if (str_eq(names.items[i], call_get(c, "cd-name")))
			return vbd_destroy(c->session, drives.items[i], err);
	return vxe_fail_text(err, "Disk not found");
}

/*
 * Ejects the CD from the only drive of a VM. Refuses a VM with several drives, even if only one has a medium: otherwise
 * the contents of the drives would decide which one is emptied.
 */
static int cd_eject_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	_cleanup_strv_ struct strv drives = { 0 };

	if (find_drives(c, uuid, DRIVES_ALL, &drives, NULL, err) < 0)
		return -1;
	if (!drives.n)
		return vxe_fail_text(err, "No CDs found");
	if (drives.n > 1)
		return vxe_fail_text(err, "Two or more CDs found. Please use vbd-eject");
	return vbd_eject(c->session, drives.items[0], err);
}

static int cd_insert_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	_cleanup_strv_ struct strv drives = { 0 };

	if (find_drives(c, uuid, DRIVES_EMPTY, &drives, NULL, err) < 0)
		return -1;
	if (!drives.n)
		return vxe_fail(err, VM_NO_EMPTY_CD_VBD, uuid);
	if (drives.n > 1)
		return vxe_fail_text(
			err, "Two or more empty CD devices found. Please use vbd-insert");
	return vbd_insert(c->session, drives.items[0], c->ctx, err);
}

static int cmd_vm_cd_insert(struct call *c, struct vxe_error *err)
{
	const char *name = call_get(c, "cd-name");
	_cleanup_strv_ struct strv found = { 0 };

	if (call_session(c, err) < 0 || find_cds(c, name, &found, err) < 0)
		return -1;
	if (!found.n)
		return vxe_fail_text(err, "CD %s not found", name);
	if (found.n > 1)
		return vxe_fail_text(err,
			"Multiple CDs named %s found. Please use vbd-insert and specify uuids",
			name);
	return each_vm(c, 0, cd_insert_one, found.items[0], err);
}

static const struct param_kind idle_force = { "force", PARAM_FLAG,
	.meaning = "Has no effect: the guest has to let the device go." };
static const struct param_kind vif_params = { "params", PARAM_FIELDS,
	.meaning = "The fields to show.", .view = "vif", .absent = "the usual columns" };
static const struct param_kind vif_sort = SORT_KIND("vif", SORT_MEANING, "the list's own order");

const struct command device_commands[] = {
	{ "vbd-create", cmd_vbd_create, C_EVERYDAY,
		"Give a VM a disk or a drive; a running VM gets it by vbd-plug or at its "
		"next start.",
		PARAMS({ "vm-uuid", P_REQUIRED }, { "device", P_REQUIRED }, { "vdi-uuid", 0 },
			{ "bootable", 0 }, { "type", 0 }, { "mode", 0 }, { "unpluggable", 0 },
			DRY_RUN_PARAM),
		KINDS(&vbd_type), PRINTS(PRINTS_UUID) },
	{ "vbd-destroy", on_uuid, C_EVERYDAY | C_LOSES,
		"Take a disk or drive from a VM; the disk itself stays.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM), .act = vbd_destroy,
		PRINTS(PRINTS_NOTHING) },
	{ "vbd-eject", on_uuid, C_LOSES, "Take the medium out of a drive.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM), .act = vbd_eject,
		PRINTS(PRINTS_NOTHING) },
	{ "vbd-insert", on_uuid, 0, "Put a medium into an empty drive.",
		PARAMS({ "uuid", P_REQUIRED }, { "vdi-uuid", P_REQUIRED }, DRY_RUN_PARAM),
		.one = insert_one, PRINTS(PRINTS_NOTHING) },
	{ "vbd-plug", on_uuid, 0, "Plug a disk into the running VM.",
		PARAMS({ "uuid", P_REQUIRED }, FORCE_PARAM, DRY_RUN_PARAM), .act = vbd_plug,
		PRINTS(PRINTS_NOTHING) },
	{ "vbd-unplug", on_uuid, C_LOSES,
		"Unplug a disk from the running VM; its guest has to let it go.",
		PARAMS({ "uuid", P_REQUIRED }, { "timeout", P_IDLE }, { "force", P_IDLE },
			DRY_RUN_PARAM),
		KINDS(&idle_force), .act = vbd_unplug, PRINTS(PRINTS_NOTHING) },
	{ "vif-create", cmd_vif_create, C_EVERYDAY,
		"Give a VM a network card; a running VM gets it by vif-plug or at its next start.",
		PARAMS({ "device", P_REQUIRED }, { "network-uuid", P_REQUIRED },
			{ "vm-uuid", P_REQUIRED }, { "mac", 0 }, DRY_RUN_PARAM),
		PRINTS(PRINTS_UUID) },
	{ "vif-destroy", on_uuid, C_EVERYDAY | C_LOSES, "Take a network card from a VM.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM), .act = vif_destroy,
		PRINTS(PRINTS_NOTHING) },
	{ "vif-move", on_uuid, 0,
		"Plug a network card into another network, also while the VM runs.",
		PARAMS({ "uuid", P_REQUIRED }, { "network-uuid", P_REQUIRED }, DRY_RUN_PARAM),
		.one = move_one, PRINTS(PRINTS_NOTHING) },
	{ "vif-plug", on_uuid, 0, "Plug a network card into the running VM.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM), .act = vif_plug,
		PRINTS(PRINTS_NOTHING) },
	{ "vif-unplug", on_uuid, C_LOSES, "Unplug a network card from the running VM.",
		PARAMS({ "uuid", P_REQUIRED }, { "force", P_IDLE }, DRY_RUN_PARAM),
		KINDS(&idle_force), .act = vif_unplug, PRINTS(PRINTS_NOTHING) },
	{ "vm-cd-add", cmd_vm_cd_add, C_STANDARD | C_SELECTS,
		"Give the selected VMs a drive with a CD, by its name",
		PARAMS({ "cd-name", P_REQUIRED }, { "device", P_REQUIRED }, DRY_RUN_PARAM),
		PRINTS(PRINTS_NOTHING) },
	{ "vm-cd-eject", on_vms, C_STANDARD | C_SELECTS | C_LOSES,
		"Take the CD out of the drive of the selected VMs", PARAMS(DRY_RUN_PARAM),
		.one = cd_eject_one, PRINTS(PRINTS_NOTHING) },
	{ "vm-cd-insert", cmd_vm_cd_insert, C_STANDARD | C_SELECTS,
		"Put a CD, by its name, into the empty drive of the selected VMs",
		PARAMS({ "cd-name", P_REQUIRED }, DRY_RUN_PARAM), PRINTS(PRINTS_NOTHING) },
	{ "vm-cd-list", on_vms, C_STANDARD | C_SELECTS | C_READS,
		"List the CD drives of the selected VMs",
		PARAMS({ "vbd-params", 0 }, { "vdi-params", 0 }, { "params", P_HIDDEN | P_XE },
			ORDER_PARAMS),
		KINDS(&disk_sort, &disk_limit), .one = print_cd_list, PRINTS(PRINTS_DRIVES) },
	{ "vm-cd-remove", on_vms, C_STANDARD | C_SELECTS | C_LOSES,
		"Take the drive with a CD, by its name, from the selected VMs",
		PARAMS({ "cd-name", P_REQUIRED }, DRY_RUN_PARAM), .one = cd_remove_one,
		PRINTS(PRINTS_NOTHING) },
	{ "vm-disk-remove", on_vms, C_STANDARD | C_SELECTS | C_LOSES,
		"Take a disk from the selected VMs and destroy it",
		PARAMS({ "device", P_REQUIRED }, DRY_RUN_PARAM, FORCE_PARAM),
		.one = disk_remove_one, PRINTS(PRINTS_NOTHING) },
	{ "vm-vif-list", on_vms, C_STANDARD | C_SELECTS | C_READS,
		"List the network cards of the selected VMs",
		PARAMS({ "params", P_HIDDEN }, ORDER_PARAMS),
		KINDS(&vif_params, &vif_sort, &disk_limit), .one = vif_list_one,
		.select = SELECT_MANY, PRINTS(PRINTS_RECORDS, .of = "vif") },
	{ 0 },
};
