/* SPDX-License-Identifier: MIT */
/*
 * cd-list, diagnostic-vdi-status, diagnostic-vm-status, vm-query-services: commands that only read.
 * Behaviour source: xen-api ocaml/xapi-cli-server/cli_operations.ml.
 */
#include "objects/vm/vm_diagnosis.h"
#include "xe/model/fields.h"
#include "xe/model/select.h"

/* ---- cd-list --------------------------------------------------------------------------------- */

/* Finds the UUIDs of all disks in storage repositories that hold CD images. */
static int find_cds(struct call *c, struct strv *ret, struct vxe_error *err)
{
	const struct view *vdis = view_by_prefix("vdi"), *srs = view_by_prefix("sr");
	const struct field *const sr_fields[] = { class_field(srs->cls, "uuid"), NULL };
	const struct field *const vdi_fields[] = { class_field(vdis->cls, "sr-uuid"), NULL };
	const struct filter iso = { "content-type", "iso" };
	_cleanup_rows_ struct rows places = { 0 }, disks = { 0 };
	_cleanup_strv_ struct strv uuids = { 0 };

	if (list_rows(c->session, srs, &iso, 1, sr_fields, 0, &places, err) < 0 ||
		list_rows(c->session, vdis, NULL, 0, vdi_fields, 0, &disks, err) < 0)
		return -1;
	for (size_t i = 0; i < places.n; i++)
		strv_add(&uuids, places.items[i].uuid);
	for (size_t i = 0; i < disks.n; i++) {
		const char *sr = disks.items[i].values[0].string;

		if (sr && strv_has(&uuids, sr))
			strv_add(ret, disks.items[i].uuid);
	}
	return 0;
}

static int cmd_cd_list(struct call *c, struct vxe_error *err)
{
	struct view v = *view_by_prefix("vdi");
	const struct list_order order = select_order(c, v.cls);
	const char *asked = call_get(c, "params");
	_cleanup_strv_ struct strv names = { 0 }, cds = { 0 };
	_cleanup_free_ const struct field **fields = NULL;
	_cleanup_rows_ struct rows rows = { 0 };

	strv_split(&names, asked ? asked : "uuid,name-label", ',');
	fields = fields_named(v.cls, &names, !c->as_xe);
	if (call_session(c, err) < 0 || find_cds(c, &cds, err) < 0)
		return -1;
	v.among = &cds;
	v.order = order.limited || order.by[0] ? &order : NULL;
	if (list_rows(c->session, &v, NULL, 0, fields, LIST_COSTLY, &rows, err) < 0)
		return -1;
	return render_rows(c->render, c->session, &rows, &names, err);
}

/* ---- diagnostic-vdi-status, diagnostic-vm-status ---------------------------------------------- */

/*
 * Prints the records of a view that match the filters, also columns that are expensive to compute; *n is the number of
 * records.
 */
static int show(struct call *c, const struct view *v, const struct filter *filters,
	size_t n_filters, const char *columns, size_t *n, struct vxe_error *err)
{
	_cleanup_strv_ struct strv names = { 0 };
	_cleanup_free_ const struct field **fields = NULL;
	_cleanup_rows_ struct rows rows = { 0 };

	strv_split(&names, columns, ',');
	fields = fields_named(v->cls, &names, false);
	if (list_rows(c->session, v, filters, n_filters, fields, LIST_COSTLY, &rows, err) < 0)
		return -1;
	*n = rows.n;
	return rows.n ? render_rows(c->render, c->session, &rows, &names, err) : 0;
}

/* Prints the VBDs of the disk that are (or are not) attached, after a title. */
static int show_vbds(
	struct call *c, const char *vdi, bool attached, const char *title, struct vxe_error *err)
{
	const struct filter of_vdi[] = { { "vdi-uuid", vdi },
		{ "currently-attached", attached ? "true" : "false" } };
	const struct view *v = view_by_prefix("vbd");
	const struct field *const uuid[] = { class_field(v->cls, "uuid"), NULL };
	_cleanup_rows_ struct rows rows = { 0 };
	size_t n;

	if (list_rows(c->session, v, of_vdi, 2, uuid, LIST_COSTLY, &rows, err) < 0)
		return -1;
	if (!rows.n && attached)
		call_print(c, "no active VBDs.");
	if (!rows.n)
		return 0;
	call_print(c, title);
	return show(
		c, v, of_vdi, 2, "uuid,userdevice,device,empty,mode,type,storage-lock", &n, err);
}

static int cmd_diagnostic_vdi_status(struct call *c, struct vxe_error *err)
{
	const char *uuid = call_get(c, "uuid");
	const struct filter self = { "uuid", uuid };
	size_t n;

	if (call_session(c, err) < 0 ||
		show(c, view_by_prefix("vdi"), &self, 1,
			"uuid,name-label,sr-uuid,read-only,sharable,storage-lock", &n, err) < 0)
		return -1;
	if (!n)
		return vxe_fail(err, UUID_INVALID, "VDI", uuid);
	return show_vbds(c, uuid, true, "active VBDs:", err) < 0
		? -1
		: show_vbds(c, uuid, false, "inactive VBDs:", err);
}

int print_host_report(struct call *c, const char *vm, struct vxe_error *err)
{
	const struct view *v = view_by_prefix("host");
	const struct field *const fields[] = { class_field(v->cls, "name-label"), NULL };
	_cleanup_free_ char *obstacle = NULL, *verdict = NULL;
	_cleanup_rows_ struct rows rows = { 0 };

	if (list_rows(c->session, v, NULL, 0, fields, 0, &rows, err) < 0 ||
		vm_start_obstacle(c->session, vm, &obstacle, err) < 0)
		return -1;
	verdict = obstacle ? xasprintf("Cannot start here [%s]", obstacle) : xstrdup("OK");
	for (size_t i = 0; i < rows.n; i++) {
		const struct column host[] = { { rows.items[i].values[0].string, CELL_TEXT },
			{ 0 } };
		const char *const cell = verdict;

		render_cells(c->render, host, &cell, 1);
	}
	return 0;
}

static int show_agility(struct call *c, const char *vm, struct vxe_error *err)
{
	_cleanup_free_ char *obstacle = NULL, *line = NULL;

	if (vm_move_obstacle(c->session, vm, &obstacle, err) < 0)
		return -1;
	line = obstacle ? xasprintf("VM is not agile because: %s", obstacle)
			: xstrdup("VM is agile.");
	call_print(c, line);
	return 0;
}

static int cmd_diagnostic_vm_status(struct call *c, struct vxe_error *err)
{
	const char *uuid = call_get(c, "uuid");
	struct view any = *view_by_prefix("vm"); /* a view of VMs, templates and snapshots */
	const struct filter self = { "uuid", uuid }, of_vm = { "vm-uuid", uuid };
	size_t n;

	any.filter[0].field = NULL;
	if (call_session(c, err) < 0 ||
		show(c, &any, &self, 1, "uuid,name-label,power-state,possible-hosts", &n, err) < 0)
		return -1;
	if (!n)
		return vxe_fail(err, UUID_INVALID, "VM", uuid);
	call_print(c, "Checking to see whether disks are attachable");
	if (show(c, view_by_prefix("vbd"), &of_vm, 1,
		    "uuid,userdevice,device,vdi-uuid,empty,mode,type,storage-lock,attachable", &n,
		    err) < 0)
		return -1;
	call_print(c, "Checking to see whether VM can boot on each host");
	return print_host_report(c, uuid, err) < 0 ? -1 : show_agility(c, uuid, err);
}

/* ---- vm-query-services ----------------------------------------------------------------------- */

/* Refuses vm-query-services for every VM, as in xe: scripts expect the error code NOT_IMPLEMENTED. */
static int services_of_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	(void)c, (void)uuid;
	return vxe_fail(err, NOT_IMPLEMENTED, "query_services");
}

static const struct param_kind vdi_kind = { "uuid", PARAM_UUID, .meaning = "The disk.",
	.view = "vdi" };
static const struct param_kind vm_kind = { "uuid", PARAM_UUID, .meaning = "The VM.", .view = "vm" };
static const struct param_kind cd_params = { "params", PARAM_FIELDS,
	.meaning = "The fields to show.", .view = "vdi", .absent = "the usual columns" };
static const struct param_kind cd_sort = SORT_KIND("vdi", SORT_MEANING, "the list's own order");

const struct command diagnose_commands[] = {
	{ "cd-list", cmd_cd_list, C_STANDARD | C_READS,
		"List the CDs of all storage repositories that hold ISOs.",
		PARAMS({ "params", 0 }, ORDER_PARAMS), KINDS(&cd_params, &cd_sort),
		PRINTS(PRINTS_RECORDS, .of = "vdi") },
	{ "diagnostic-vdi-status", cmd_diagnostic_vdi_status, C_STANDARD | C_READS,
		"Show a disk with the VBDs that have it attached, and the others.",
		PARAMS({ "uuid", P_REQUIRED }), KINDS(&vdi_kind),
		PRINTS(PRINTS_TEXTS | PRINTS_RECORDS, .of = "vdi vbd") },
	{ "diagnostic-vm-status", cmd_diagnostic_vm_status, C_STANDARD | C_READS,
		"Show a VM with its disks, and say whether it can start.",
		PARAMS({ "uuid", P_REQUIRED }), KINDS(&vm_kind),
		PRINTS(PRINTS_TEXTS | PRINTS_RECORDS | PRINTS_FACTS, .of = "vm vbd") },
	{ "vm-query-services", on_vms, C_STANDARD | C_HIDDEN | C_SELECTS | C_READS,
		"Fail: no VM has services that could be asked", NO_PARAMS, .one = services_of_one,
		PRINTS(PRINTS_NOTHING) },
	{ 0 },
};
