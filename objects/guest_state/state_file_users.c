/* SPDX-License-Identifier: MIT */
#include "objects/guest_state/state_file_users.h"

#include "backends/content/content.h"
#include "objects/guest_state/state_file.h"
#include "objects/base/log.h"
#include "objects/disks/disks.h"
#include "objects/engine/plan_reach.h"
#include "objects/guest_state/firmware_state_private.h"
#include "objects/disks/file_users/file_users.h"
#include "objects/base/file_key.h"

#include <string.h>

void state_files_clear(struct state_files *f)
{
	for (size_t i = 0; i < CAPTURE_KINDS; i++) {
		free(f->items[i].path);
		free(f->items[i].user);
	}
	*f = (struct state_files){ 0 };
}

/* ---- the files ------------------------------------------------------------------------------- */

static int find_file(struct session *s, const struct artifact *a, const struct domain_spec *spec,
	char **ret, struct vxe_error *err)
{
	*ret = NULL;
	for (size_t i = 0; a->formats[i] && !*ret; i++) {
		_cleanup_free_ char *at = a->find(s, spec, a->formats[i]);
		struct content_stat f;

		if (!at)
			continue;
		if (content_stat(content_of(s, at), &f, err) < 0)
			return -1;
		if (f.exists)
			*ret = TAKE(at);
	}
	return 0;
}

int state_files_find(struct session *s, const struct domain_spec *spec, struct state_files *ret,
	struct vxe_error *err)
{
	_cleanup_state_files_ struct state_files found = { 0 };

	for (size_t i = 0; i < CAPTURE_KINDS; i++) {
		const struct artifact *a = &capture_artifacts[i];

		found.items[i].what = a->what;
		if (find_file(s, a, spec, &found.items[i].path, err) < 0)
			return -1;
	}
	*ret = found;
	found = (struct state_files){ 0 };
	return 0;
}

/* ---- their users ------------------------------------------------------------------------------ */

/*
 * Lists the path of a state file and of each directory that has only this file, because another definition may name
 * the directory.
 */
static void add_paths(const struct artifact *a, const char *path, struct strv *ret)
{
	_cleanup_free_ char *at = xstrdup(path);

	strv_add(ret, at);
	for (int i = 0; i < a->levels; i++) {
		*strrchr(at, '/') = '\0';
		strv_add(ret, at);
	}
}

static char *user_text(const struct file_user *u)
{
	return u->domain ? xasprintf("domain %s (%s)", u->domain, u->name) : xstrdup(u->name);
}

/* Searches for other users of all these state files at once; @uuid is the domain to which the files belong. */
static int find_state_users(
	struct session *s, const char *uuid, struct state_files *files, struct vxe_error *err)
{
	_cleanup_users_ struct file_users users = { 0 };
	_cleanup_strv_ struct strv paths = { 0 };
	size_t end[CAPTURE_KINDS];

	for (size_t i = 0; i < CAPTURE_KINDS; i++) {
		if (files->items[i].path)
			add_paths(&capture_artifacts[i], files->items[i].path, &paths);
		end[i] = paths.n;
	}
	if (!paths.n)
		return 0;
	if (users_look(s, &paths, &users, err) < 0)
		return -1;
	for (size_t i = 0; i < users.n; i++) {
		const struct file_user *u = &users.items[i];
		size_t k = 0;

		while (u->file >= end[k])
			k++;
		if (!str_eq(u->domain, uuid) && !files->items[k].user)
			files->items[k].user = user_text(u);
	}
	return 0;
}

/* Finds the state files of a domain, as state_files_find(), and who else uses each of them. */
static int state_files_look(struct session *s, const struct domain_spec *spec,
	struct state_files *ret, struct vxe_error *err)
{
	_cleanup_state_files_ struct state_files found = { 0 };

	if (state_files_find(s, spec, &found, err) < 0 ||
		find_state_users(s, spec->uuid, &found, err) < 0)
		return -1;
	*ret = found;
	found = (struct state_files){ 0 };
	return 0;
}

int state_check_nvram(struct session *s, const struct domain_spec *spec, struct vxe_error *err)
{
	_cleanup_state_files_ struct state_files f = { 0 };

	if (state_files_look(s, spec, &f, err) < 0)
		return -1;
	const struct state_file *nvram = &f.items[CAPTURE_NVRAM];

	return nvram->user ? vxe_fail(err, VXE_FIRMWARE_SHARED, nvram->path, nvram->user) : 0;
}

int state_is_named(
	struct session *s, const char *path, const char *except, bool *ret, struct vxe_error *err)
{
	_cleanup_domain_users_ struct domain_users users = { 0 };

	if (users_domains_of(s, path, except, &users, err) < 0)
		return -1;
	*ret = users.n > 0;
	return 0;
}

/* ---- files that an operation places ----------------------------------------------------------------------------------- */

int state_files_placed(struct session *s, const struct plan *p, const char *uuid,
	struct state_files *ret, struct vxe_error *err)
{
	for (size_t i = 0; i < CAPTURE_KINDS; i++)
		ret->items[i].path = xstrdup_null(capture_get_path(p, &capture_artifacts[i], "to"));
	return find_state_users(s, uuid, ret, err);
}

int state_plan_check(struct session *s, struct plan *p, const char *uuid, struct vxe_error *err)
{
	_cleanup_state_files_ struct state_files f = { 0 };

	if (state_files_placed(s, p, uuid, &f, err) < 0)
		return -1;
	for (size_t i = 0; i < CAPTURE_KINDS; i++) {
		const struct state_file *file = &f.items[i];

		if (!file->user)
			continue;
		if (!s->wishes->ignore_firmware)
			return vxe_fail(err, VXE_FIRMWARE_SHARED, file->path, file->user);
		capture_set_path(p, &capture_artifacts[i], "to", NULL);
		if (!strv_has(&s->reports.firmware_missed, file->path))
			session_notice(s, "%s stays as it is, because %s uses it, too", file->path,
				file->user);
		strv_add(&s->reports.firmware_missed, file->path);
	}
	return 0;
}

int step_check_placed(struct op *op, struct vxe_error *err)
{
	_cleanup_state_files_ struct state_files f = { 0 };

	if (state_files_placed(op->s, &op->plan, op->plan.domain, &f, err) < 0)
		return -1;
	for (size_t i = 0; i < CAPTURE_KINDS; i++)
		if (f.items[i].user)
			return vxe_fail(err, VXE_FIRMWARE_SHARED, f.items[i].path, f.items[i].user);
	return 0;
}

/* ---- the end of a domain ---------------------------------------------------------------------- */

/*
 * True if the state file is not removed with its domain: somebody else uses it, or it is a device, whose name the
 * hypervisor would remove.
 */
static bool stays(const struct state_file *f)
{
	return f->path && (f->user || file_is_device(f->path));
}

int step_undefine_whole(struct op *op, struct vxe_error *err)
{
	_cleanup_state_files_ struct state_files f = { 0 };
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_free_ char *xml = NULL;
	unsigned how = HV_UNDEFINE_DROP_STATE;
	struct hv *hv;

	if (!op->plan.domain || !plan_bool(&op->plan, "drop-state"))
		return DISK(UNDEFINE)->run(op, err);
	if (session_hv(op->s->here, &hv, err) < 0)
		return -1;
	if (hv_xml(hv, op->plan.domain, HV_XML_INACTIVE, &xml, err) < 0)
		return hv_has_gone(hv, op->plan.domain, err) ? 0 : -1;
	if (spec_read(xml, &spec, err) < 0 || state_files_look(op->s, spec, &f, err) < 0)
		return -1;
	if (stays(&f.items[CAPTURE_NVRAM]))
		how &= ~(unsigned)HV_UNDEFINE_DROP_NVRAM;
	if (stays(&f.items[CAPTURE_TPM]) || !spec->tpm_files)
		how &= ~(unsigned)HV_UNDEFINE_DROP_TPM;
	return hv_undefine(hv, op->plan.domain, how, err);
}

/* ---- the list ---------------------------------------------------------------------------------- */

/* *ret: the definition of the domain whose state files are removed with the VM; NULL: no files are removed. */
static int read_definition(
	struct session *s, const struct vm *vm, struct domain_spec **ret, struct vxe_error *err)
{
	const struct hv_domain *d = NULL;
	_cleanup_free_ char *xml = NULL;
	struct hv *hv;

	*ret = NULL;
	if (vm->is_a_snapshot || vm->is_control_domain || str_is_empty(vm->libvirt_name))
		return 0;
	if (vm->is_a_template) {
		xml = str_is_empty(vm->domain_xml) ? NULL : xstrdup(vm->domain_xml);
	} else {
		if (session_hv(s->here, &hv, err) < 0 ||
			session_domain(s->here, vm->r.uuid, &d, err) < 0)
			return -1;
		if (d && d->persistent && hv_xml(hv, vm->r.uuid, HV_XML_INACTIVE, &xml, err) < 0)
			return -1;
	}
	return xml ? spec_read(xml, ret, err) : 0;
}

int state_files_tell(
	struct session *s, const struct vm *vm, struct planned_list *ret, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_state_files_ struct state_files f = { 0 };

	if (read_definition(s, vm, &spec, err) < 0)
		return -1;
	/* a definition with another UUID names files of another VM */
	if (!spec || !str_eq(spec->uuid, vm->r.uuid))
		return 0;
	if (state_files_look(s, spec, &f, err) < 0)
		return -1;
	for (size_t i = 0; i < CAPTURE_KINDS; i++) {
		const struct state_file *file = &f.items[i];

		if (file->user)
			planned_add_file(ret, file->path, -1,
				xasprintf("kept: %s (used by %s)", file->path, file->user));
		else if (file->path && file_is_device(file->path))
			planned_add_file(
				ret, file->path, -1, xasprintf("kept: %s (a device)", file->path));
		else if (file->path)
			planned_add_file(ret, file->path, -1,
				xasprintf("remove: %s (%s)", file->path, file->what));
	}
	return 0;
}

/* ---- the end of a template ------------------------------------------------------------------- */

static int drop_files(struct session *s, const struct vm *vm, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_state_files_ struct state_files f = { 0 };

	session_forget_domains(s->here);
	if (spec_read(vm->domain_xml, &spec, err) < 0)
		return -1;
	/* a definition with another UUID names files of another VM */
	if (!str_eq(spec->uuid, vm->r.uuid))
		return 0;
	if (state_files_look(s, spec, &f, err) < 0)
		return -1;
	for (size_t i = 0; i < CAPTURE_KINDS; i++)
		if (f.items[i].path && !stays(&f.items[i]) &&
			(reach_check(s, f.items[i].path, err) < 0 ||
				state_file_drop(content_of(s, f.items[i].path),
					capture_artifacts[i].levels, err) < 0))
			return -1;
	return 0;
}

void state_files_drop(struct session *s, const struct vm *vm)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	if (!vm->is_a_template || vm->is_a_snapshot || str_is_empty(vm->libvirt_name) ||
		str_is_empty(vm->domain_xml))
		return;
	if (drop_files(s, vm, &err) < 0)
		log_error("%s: a file of it is left: %s %s", vm->r.uuid, code_info(err.code)->name,
			err.n_params ? err.params[0] : "");
}
