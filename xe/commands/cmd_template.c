/* SPDX-License-Identifier: MIT */
/* Makes VMs and templates from others: clone, copy, install; and deletes templates. */
#include <string.h>

#include "objects/queries/list.h"
#include "objects/vm/vm_clone.h"
#include "objects/vm/vm_destroy.h"
#include "objects/vm/vm_ops.h"
#include "xe/commands/uninstall.h"
#include "xe/model/select.h"

static struct vm_clone_args clone_args(const struct call *c)
{
	return (struct vm_clone_args){
		.name_label = call_get(c, "new-name-label"),
		.name_description = call_get(c, "new-name-description"),
		.sr = call_find(c, "sr-uuid"),
	};
}

static int clone_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	const struct vm_clone_args args = clone_args(c);
	int (*make)(struct session *, const char *, const struct vm_clone_args *, char **,
		struct vxe_error *) = call_flag(c, "full", false) ? vm_copy : vm_clone;

	return make(c->session, uuid, &args, &c->result, err);
}

static int copy_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	const struct vm_clone_args args = clone_args(c);

	return vm_copy(c->session, uuid, &args, &c->result, err);
}

/* ---- vm-install, vm-create ------------------------------------------------------------------- */

/* Finds the UUIDs of the objects of a view whose field @field has the value @value. */
static int find_uuids(struct call *c, const struct view *v, const char *field, const char *value,
	struct strv *ret, struct vxe_error *err)
{
	const struct field *const fields[] = { class_field(v->cls, "uuid"), NULL };
	const struct filter filter = { field, value };
	_cleanup_rows_ struct rows rows = { 0 };

	if (list_rows(c->session, v, &filter, 1, fields, 0, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++)
		strv_add(ret, rows.items[i].uuid);
	return 0;
}

/*
 * A view of VMs, templates and snapshots or, with @templates, only of templates and snapshots, which are templates,
 * too.
 */
static struct view all_vms(bool templates)
{
	struct view v = *view_by_prefix("template");

	memset(&v.filter, 0, sizeof(v.filter));
	if (templates) {
		v.filter[0].field = "is-a-template";
		v.filter[0].value = "true";
	}
	return v;
}

static int template_by_uuid(
	struct call *c, const char *uuid, struct strv *found, struct vxe_error *err)
{
	const struct view any = all_vms(false), templates = all_vms(true);
	_cleanup_strv_ struct strv all = { 0 };

	if (find_uuids(c, &any, "uuid", uuid, &all, err) < 0 ||
		find_uuids(c, &templates, "uuid", uuid, found, err) < 0)
		return -1;
	return all.n && !found->n ? vxe_fail_text(err, "Can only install from templates") : 0;
}

static int template_by_name(
	struct call *c, const char *name, struct strv *found, struct vxe_error *err)
{
	const struct view templates = all_vms(true);

	if (find_uuids(c, &templates, "name-label", name, found, err) < 0)
		return -1;
	if (!found->n)
		return vxe_fail(err, CLI_NO_MATCH, "No templates matched");
	return found->n == 1
		? 0
		: vxe_fail(err, CLI_AMBIGUOUS, "More than one matching template found");
}

/*
 * Finds the template that vm-install is to use, by UUID or name. As `vxe` xe/words/object_names.c has replaced all
 * parameters that name a template by template-uuid= before.
 */
static int find_template(struct call *c, struct strv *found, struct vxe_error *err)
{
	const char *uuid = call_get(c, "template-uuid");
	const char *name = call_get(c, "template-name-label");
	const char *any = call_get(c, "template");

	if (!name)
		name = call_get(c, "template-name");
	if (!uuid && !name && !any)
		return vxe_fail(err, CLI_USAGE,
			"Template must be specified by parameter 'template-uuid', 'template-name', "
			"'template-name-label' or 'template'");
	if ((uuid || !name) && template_by_uuid(c, uuid ? uuid : any, found, err) < 0)
		return -1;
	if (found->n)
		return 0;
	return uuid ? vxe_fail(err, CLI_NO_MATCH, "Cannot find template")
		    : template_by_name(c, name ? name : any, found, err);
}

/*
 * Finds the storage repository for the disks of a new VM by sr-uuid= and sr-name-label=; *ret is NULL if each disk is
 * to stay in its own repository. vm_install() itself refuses an unknown sr-uuid=.
 */
static int find_named_sr(
	struct call *c, const char **ret, struct strv *found, struct vxe_error *err)
{
	const char *uuid = call_get(c, "sr-uuid");
	const char *name = call_get(c, "sr-name-label");
	const struct view *v = view_by_prefix("sr");
	_cleanup_strv_ struct strv known = { 0 };

	*ret = uuid;
	if (!name)
		return 0;
	if (find_uuids(c, v, "name-label", name, found, err) < 0 ||
		(uuid && find_uuids(c, v, "uuid", uuid, &known, err) < 0))
		return -1;
	if (uuid && !known.n)
		return 0;
	if (!found->n)
		return vxe_fail(err, CLI_NO_MATCH, "No SR with that name-label found");
	if (uuid)
		return strv_has(found, uuid) ? 0
					     : vxe_fail_text(err,
						       "SR specified via sr-uuid doesn't have the "
						       "name specified via sr-name-label");
	*ret = found->items[0];
	return found->n == 1
		? 0
		: vxe_fail(err, CLI_AMBIGUOUS, "Multiple SRs with that name-label found");
}

/*
 * Checks that the host exists that copy-bios-strings-from= names. The parameter has no other effect: KVM cannot use
 * Xen's BIOS strings.
 */
static int check_bios_host(struct call *c, struct vxe_error *err)
{
	const char *host = call_get(c, "copy-bios-strings-from");
	_cleanup_strv_ struct strv found = { 0 };

	if (!host)
		return 0;
	if (find_uuids(c, view_by_prefix("host"), "uuid", host, &found, err) < 0)
		return -1;
	return found.n ? 0 : vxe_fail(err, UUID_INVALID, "host", host);
}

static int cmd_vm_install(struct call *c, struct vxe_error *err)
{
	_cleanup_strv_ struct strv templates = { 0 }, srs = { 0 };
	struct vm_clone_args args = { .name_label = call_get(c, "new-name-label") };

	if (call_session(c, err) < 0 || find_template(c, &templates, err) < 0 ||
		find_named_sr(c, &args.sr, &srs, err) < 0 || check_bios_host(c, err) < 0)
		return -1;
	return vm_install(c->session, templates.items[0], &args, &c->result, err);
}

static int cmd_vm_create(struct call *c, struct vxe_error *err)
{
	const struct vm_clone_args args = { .name_label = call_get(c, "name-label"),
		.name_description = call_get(c, "name-description") };

	return call_session(c, err) < 0 ? -1 : vm_create(c->session, &args, &c->result, err);
}

/* ---- template-uninstall ---------------------------------------------------------------------- */

static int cmd_template_uninstall(struct call *c, struct vxe_error *err)
{
	const char *uuid = call_get(c, "template-uuid");
	_cleanup_strv_ struct strv victims = { 0 };

	if (call_session(c, err) < 0 || template_check(c->session, uuid, err) < 0)
		return -1;
	strv_add(&victims, uuid);
	return uninstall(c, &victims, END_ALONE, err);
}

static const struct param_kind any_template = { "template-uuid", PARAM_UUID,
	.meaning = "The template, or a snapshot.", .view = "template", .snapshots = true };

const struct command template_commands[] = {
	{ "snapshot-clone", on_snapshot, C_STANDARD,
		"Make a template of a snapshot. It shares the snapshot's disks where it has not "
		"changed them.",
		PARAMS({ "new-name-label", P_REQUIRED }, { "uuid", 0 },
			{ "snapshot-uuid", P_HIDDEN }, SNAPSHOT_WORDS,
			{ "new-name-description", 0 }, DRY_RUN_PARAM, IF_NEEDED, { "full", P_OURS },
			FORCE_PARAM),
		.one = clone_one, .makes = "template", PRINTS(PRINTS_UUID) },
	{ "snapshot-copy", on_snapshot, C_STANDARD,
		"Make a template of a snapshot, with whole copies of its disks.",
		PARAMS({ "new-name-label", P_REQUIRED }, { "uuid", 0 },
			{ "snapshot-uuid", P_HIDDEN }, SNAPSHOT_WORDS,
			{ "new-name-description", 0 }, { "sr-uuid", 0 }, DRY_RUN_PARAM, IF_NEEDED,
			FORCE_PARAM),
		.one = copy_one, .makes = "template", PRINTS(PRINTS_UUID) },
	{ "template-uninstall", cmd_template_uninstall, C_STANDARD | C_INPUT | C_LOSES,
		"Remove a template together with its disks, after asking. --force does not ask.",
		PARAMS({ "template-uuid", P_REQUIRED }, { "template", P_OURS }, { "force", 0 },
			DRY_RUN_PARAM),
		PRINTS(PRINTS_PLAN | PRINTS_NOTHING) },
	{ "vm-clone", on_vms, C_STANDARD | C_SELECTS,
		"Make new VMs of the selected halted VMs or templates, at once: the disks are "
		"shared where they have not been changed. With full=true they are whole copies",
		PARAMS({ "new-name-label", P_REQUIRED }, { "new-name-description", 0 },
			FIRMWARE_PARAM, DRY_RUN_PARAM, IF_NEEDED, { "full", P_OURS }, FORCE_PARAM),
		.one = clone_one, .select = SELECT_TEMPLATES, .makes = "vm", PRINTS(PRINTS_UUID) },
	{ "vm-copy", on_vms, C_STANDARD | C_SELECTS,
		"Make a new VM of the selected halted VM or template, with whole copies of its "
		"disks, in another storage repository if one is named",
		PARAMS({ "new-name-label", P_REQUIRED }, { "new-name-description", 0 },
			{ "sr-uuid", 0 }, FIRMWARE_PARAM, DRY_RUN_PARAM, IF_NEEDED, FORCE_PARAM),
		.one = copy_one, .select = SELECT_TEMPLATES | SELECT_ONE, .makes = "vm",
		PRINTS(PRINTS_UUID) },
	{ "vm-create", cmd_vm_create, C_HIDDEN, "Make a VM without disks and network cards.",
		PARAMS({ "name-label", P_REQUIRED }, { "name-description", 0 }, DRY_RUN_PARAM),
		PRINTS(PRINTS_UUID) },
	{ "vm-install", cmd_vm_install, C_STANDARD,
		"Make a VM from a template, named by template= (UUID or name), template-uuid= or "
		"template-name-label=. With a storage repository named, the template's disks are "
		"copied there; else they are shared where they have not been changed.",
		PARAMS({ "new-name-label", P_REQUIRED }, { "sr-name-label", 0 }, { "sr-uuid", 0 },
			{ "template", 0 }, { "copy-bios-strings-from", P_IDLE }, DRY_RUN_PARAM,
			IF_NEEDED, { "template-name", P_HIDDEN },
			{ "template-name-label", P_HIDDEN }, { "template-uuid", P_HIDDEN },
			FORCE_PARAM),
		KINDS(&any_template), .makes = "vm", PRINTS(PRINTS_UUID) },
	{ 0 },
};
