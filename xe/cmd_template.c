/* SPDX-License-Identifier: MIT */
/* Making VMs and templates of others: clone, copy, and taking templates away. */
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
