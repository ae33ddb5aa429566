/* SPDX-License-Identifier: MIT */
/* Making VMs and templates of others: clone, copy, and taking templates away. */
#include <string.h>

#include "objects/list.h"
#include "objects/vm_ops.h"
#include "xe/select.h"

static struct vm_clone_args clone_args(const struct call *c)
{
	return (struct vm_clone_args){
		.name_label = params_get(c->params, "new-name-label"),
		.name_description = params_get(c->params, "new-name-description"),
		.sr = params_get(c->params, "sr-uuid"),
	};
}

static void print_uuid(struct call *c, char *uuid)
{
	_cleanup_strv_ struct strv list = { 0 };

	strv_take(&list, uuid);
	render_list(c->render, &list);
}

/* ---- vm-clone, vm-copy ----------------------------------------------------------------------- */

static int clone_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	return vm_clone(c->session, uuid, ctx, ret, err);
}

int cmd_vm_clone(struct call *c, struct vxe_error *err)
{
	const struct vm_clone_args args = clone_args(c);

	return each_vm(c, SELECT_TEMPLATES, clone_one, &args, err);
}

static int copy_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	return vm_copy(c->session, uuid, ctx, ret, err);
}

int cmd_vm_copy(struct call *c, struct vxe_error *err)
{
	const struct vm_clone_args args = clone_args(c);

	return each_vm(c, SELECT_TEMPLATES | SELECT_ONE, copy_one, &args, err);
}

/* ---- snapshot-clone, snapshot-copy ----------------------------------------------------------- */

int cmd_snapshot_clone(struct call *c, struct vxe_error *err)
{
	const struct vm_clone_args args = clone_args(c);
	const char *uuid;
	char *made;

	if (snapshot_param(c, &uuid, err) < 0 || vm_clone(c->session, uuid, &args, &made, err) < 0)
		return -1;
	print_uuid(c, made);
	return 0;
}

int cmd_snapshot_copy(struct call *c, struct vxe_error *err)
{
	const struct vm_clone_args args = clone_args(c);
	const char *uuid;
	char *made;

	if (snapshot_param(c, &uuid, err) < 0 || vm_copy(c->session, uuid, &args, &made, err) < 0)
		return -1;
	print_uuid(c, made);
	return 0;
}

/* ---- vm-install, vm-create ------------------------------------------------------------------- */

/* The one object of a class whose field has this value; NULL with return 0 when there is none. */
static int find_one(struct call *c, const struct view *v, const char *field, const char *value,
	const char *several, char **ret, struct vxe_error *err)
{
	const struct field *const fields[] = { class_field(v->cls, "uuid"), NULL };
	const struct filter filter = { field, value };
	_cleanup_rows_ struct rows rows = { 0 };

	*ret = NULL;
	if (list_rows(c->session, v, &filter, 1, fields, 0, &rows, err) < 0)
		return -1;
	if (rows.n > 1)
		return vxe_fail_text(
			err, "There are several %s called '%s': name one by UUID.", several, value);
	if (rows.n)
		*ret = xstrdup(rows.items[0].uuid);
	return 0;
}

/* Templates and snapshots; both are templates. */
static struct view all_templates(void)
{
	struct view v = *view_by_prefix("template");

	memset(&v.filter, 0, sizeof(v.filter));
	v.filter[0].field = "is-a-template";
	v.filter[0].value = "true";
	return v;
}

static int find_template(struct call *c, char **ret, struct vxe_error *err)
{
	static const char several[] = "templates";
	const char *uuid = params_get(c->params, "template-uuid");
	const char *name = params_get(c->params, "template-name-label");
	const char *any = params_get(c->params, "template");
	const struct view v = all_templates();

	if (!name)
		name = params_get(c->params, "template-name");
	if (!uuid && !name && !any)
		return vxe_fail_text(err, "Name the template, by template=, template-uuid= or "
					  "template-name-label=.");
	if ((uuid || (!name && any)) &&
		find_one(c, &v, "uuid", uuid ? uuid : any, several, ret, err) < 0)
		return -1;
	if (!uuid && !*ret &&
		find_one(c, &v, "name-label", name ? name : any, several, ret, err) < 0)
		return -1;
	return *ret ? 0 : vxe_fail_text(err, "No template was found.");
}

static int find_sr(struct call *c, char **ret, struct vxe_error *err)
{
	const char *uuid = params_get(c->params, "sr-uuid");
	const char *name = params_get(c->params, "sr-name-label");

	if (name && find_one(c, view_by_prefix("sr"), "name-label", name, "storage repositories",
			    ret, err) < 0)
		return -1;
	if (name && !*ret)
		return vxe_fail_text(err, "There is no storage repository called '%s'.", name);
	if (name && uuid && !str_eq(*ret, uuid))
		return vxe_fail_text(err, "sr-uuid and sr-name-label name different ones.");
	if (!name)
		*ret = xstrdup_null(uuid);
	return 0;
}

int cmd_vm_install(struct call *c, struct vxe_error *err)
{
	_cleanup_free_ char *template = NULL, *sr = NULL;
	struct vm_clone_args args = { .name_label = params_get(c->params, "new-name-label") };
	struct session *s;
	char *made;

	if (call_session(c, &s, err) < 0 || find_template(c, &template, err) < 0 ||
		find_sr(c, &sr, err) < 0)
		return -1;
	args.sr = sr;
	if (vm_install(s, template, &args, &made, err) < 0)
		return -1;
	print_uuid(c, made);
	return 0;
}

int cmd_vm_create(struct call *c, struct vxe_error *err)
{
	const struct vm_clone_args args = { .name_label = params_get(c->params, "name-label"),
		.name_description = params_get(c->params, "name-description") };
	struct session *s;
	char *made;

	if (call_session(c, &s, err) < 0 || vm_create(s, &args, &made, err) < 0)
		return -1;
	print_uuid(c, made);
	return 0;
}

/* ---- template-uninstall ---------------------------------------------------------------------- */

int cmd_template_uninstall(struct call *c, struct vxe_error *err)
{
	const char *uuid = params_get(c->params, "template-uuid");
	struct uninstall_options options = { 0 };
	_cleanup_strv_ struct strv victims = { 0 };
	struct session *s;

	if (uninstall_options(c, &options, err) < 0 || call_session(c, &s, err) < 0 ||
		template_check(s, uuid, err) < 0)
		return -1;
	strv_add(&victims, uuid);
	return uninstall(c, &options, &victims, false, err);
}
