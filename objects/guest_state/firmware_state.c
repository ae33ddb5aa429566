/* SPDX-License-Identifier: MIT */
/*
 * Copies UEFI variables and TPM state. The plan's members say which file is copied to where; the steps know only
 * that. A file is put in place by renaming a complete one over it, so a domain started meanwhile sees the old or the
 * new file.
 */
#include "objects/guest_state/firmware_state_private.h"

#include "backends/content/content.h"
#include "objects/base/file_key.h"
#include "objects/classes/storage/sr_place.h"
#include "objects/guest_state/state_file.h"
#include "objects/base/uuid.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/engine/plan_reach.h"
#include "objects/engine/plan_space.h"
#include "objects/guest_state/state_file_users.h"

#include <string.h>

/* ---- the table ------------------------------------------------------------------------------- */

/*
 * The path of a domain's UEFI variables. Format "json": the file that has the variables since libvirt 12.1. Format
 * "raw": the content of a flash chip; before the first start it is the path that libvirt will choose, made of the
 * domain's name.
 */
static char *find_nvram(const struct session *s, const struct domain_spec *spec, const char *format)
{
	bool json = !str_is_empty(spec->varstore);

	if (json != str_eq(format, "json"))
		return NULL;
	if (json)
		return xstrdup(spec->varstore);
	if (!str_is_empty(spec->nvram))
		return spec->nvram[0] == '/' ? xstrdup(spec->nvram) : NULL;
	if (!str_eq(spec->firmware, "efi") || !s->config.nvram_dir)
		return NULL;
	return xasprintf("%s/%s" NVRAM_SUFFIX, s->config.nvram_dir, spec->name);
}

/*
 * The path of a domain's TPM state. @format is also the name of the file's directory: the version of the TPM
 * standard.
 */
static char *find_tpm(const struct session *s, const struct domain_spec *spec, const char *format)
{
	const char *file = str_eq(format, "tpm2") ? "tpm2-00.permall" : "tpm-00.permall";

	if (!spec->tpm || !s->config.tpm_dir)
		return NULL;
	return xasprintf("%s/%s/%s/%s", s->config.tpm_dir, spec->uuid, format, file);
}

/*
 * True if the definition names a file of UEFI variables. libvirt names one in the definition of a running guest whose
 * firmware keeps variables; other firmware has none.
 */
static bool has_nvram(const struct domain_spec *spec)
{
	return !str_is_empty(spec->nvram) || !str_is_empty(spec->varstore);
}

static bool has_tpm(const struct domain_spec *spec)
{
	return spec->tpm_files;
}

const struct artifact capture_artifacts[CAPTURE_KINDS] = {
	{ "nvram", "UEFI variables", NODE_NVRAM, "nvram_node", "nvram-mode",
		offsetof(struct vm, nvram_node), { "raw", "json", NULL }, find_nvram, has_nvram,
		0 },
	{ "tpm", "TPM state", NODE_TPM, "tpm_node", "tpm-mode", offsetof(struct vm, tpm_node),
		{ "tpm2", "tpm1.2", NULL }, find_tpm, has_tpm, 2 },
};

bool capture_has_nvram(const struct domain_spec *spec)
{
	return has_nvram(spec) || str_eq(spec->firmware, "efi");
}

const char *capture_node_in(const struct artifact *a, const struct vm *vm)
{
	return *(char *const *)(const void *)((const char *)vm + a->offset);
}

void capture_nodes(const struct vm *vm, struct strv *ret)
{
	for (size_t i = 0; i < CAPTURE_KINDS; i++) {
		const char *node = capture_node_in(&capture_artifacts[i], vm);

		if (!str_is_empty(node) && !strv_has(ret, node))
			strv_add(ret, node);
	}
}

/* ---- plans ----------------------------------------------------------------------------------- */

const struct plan_member capture_members[] = {
	{ OWN_PLACES, PLAN_BOOL, "the files go to a new domain, not into nodes" },
	{ "nvram-from", PLAN_PATH, "UEFI variables: the source" },
	{ "nvram-to", PLAN_PATH, "UEFI variables: the copy" },
	{ "nvram-mode", PLAN_INT,
		"UEFI variables: the mode of what the source is a frozen copy of" },
	{ "tpm-from", PLAN_PATH, "TPM state: the source" },
	{ "tpm-to", PLAN_PATH, "TPM state: the copy" },
	{ "tpm-mode", PLAN_INT, "TPM state: the mode of what the source is a frozen copy of" },
	{ 0 },
};

void capture_set_path(struct plan *p, const struct artifact *a, const char *end, const char *path)
{
	_cleanup_free_ char *key = xasprintf("%s-%s", a->name, end);

	plan_keep(p, key, path);
}

const char *capture_get_path(const struct plan *p, const struct artifact *a, const char *end)
{
	_cleanup_free_ char *key = xasprintf("%s-%s", a->name, end);

	return plan_string(p, key);
}

/* Refuses a definition that keeps UEFI variables where vxe cannot read them, for instance on another machine. */
static int check_nvram_place(
	const struct artifact *a, const struct domain_spec *spec, struct vxe_error *err)
{
	if (a->kind != NODE_NVRAM || str_is_empty(spec->nvram) || spec->nvram[0] == '/')
		return 0;
	return vxe_fail(err, VXE_FOREIGN_IMAGE, spec->nvram,
		"UEFI variables that are in no file of this machine cannot be captured; "
		"'virsh edit' puts them into one");
}

int capture_find_file(struct session *s, const struct artifact *a, const struct domain_spec *spec,
	char **path, const char **format, struct content_stat *ret, struct vxe_error *err)
{
	*path = NULL;
	if (check_nvram_place(a, spec, err) < 0)
		return -1;
	for (size_t i = 0; a->formats[i]; i++) {
		_cleanup_free_ char *at = a->find(s, spec, a->formats[i]);

		if (!at)
			continue;
		if (reach_check(s, at, err) < 0 || content_stat(content_of(s, at), ret, err) < 0)
			return -1;
		if (!ret->exists)
			continue;
		if (ret->device)
			return vxe_fail(err, VXE_FOREIGN_IMAGE, at,
				"UEFI variables on a block device cannot be captured; "
				"'virsh edit' puts them into a file");
		*path = TAKE(at);
		*format = a->formats[i];
		return 0;
	}
	return 0;
}

/* In a pool the file lies beside a disk of the VM that other hosts have, too: it has to be there if the VM goes there. */
static int state_sr(
	struct session *s, struct txn *t, const char *vm, struct sr **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };

	if (s->pool_size > 1 && records_load(t, &vbd_class, "vm", vm, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++) {
		const char *uuid = ((const struct vbd *)vbds.items[i])->vdi;
		_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
		_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

		if (!uuid)
			continue;
		if (vdi_find(t, uuid, &vdi, err) < 0 ||
			(vdi && vdi->sr && sr_find(t, vdi->sr, &sr, err) < 0))
			return -1;
		if (sr && sr->shared && sr_content(sr) == SR_DISKS) {
			*ret = TAKE(sr);
			return 0;
		}
	}
	return overlay_sr(s, t, NULL, ret, err);
}

int capture_plan_node(struct session *s, struct txn *t, const struct artifact *a, const char *vm,
	const char *format, const struct content_stat *of, struct plan *p, char **ret,
	struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_(node_free_cleanup) struct node *n = record_new(&node_class);

	if (state_sr(s, t, vm, &sr, err) < 0 || sr_check_takes_files(s, sr, err) < 0)
		return -1;
	n->r.uuid = uuid_new();
	str_replace(&n->sr, sr->r.uuid);
	free(n->path);
	n->path = xasprintf("%s.%s", n->r.uuid, a->name);
	str_replace(&n->format, format);
	n->origin = NODE_MADE;
	n->kind = (int)a->kind;
	n->state = NODE_FROZEN;
	n->virtual_size = of->size;
	n->old_mode = of->mode;
	plan_add(p, &node_class, n);

	_cleanup_free_ char *path = sr_image_place(sr, n->path);

	capture_set_path(p, a, "to", path);
	plan_need(p, path, of->size);
	*ret = xstrdup(n->r.uuid);
	return 0;
}

/*
 * Fails because a VM's file of UEFI variables or TPM state is missing; if the user ignores that, only tells it, and
 * only once, although an operation is planned several times.
 */
static int miss(struct session *s, const struct vm *vm, const char *path, struct vxe_error *err)
{
	if (!s->wishes->ignore_firmware)
		return vxe_fail(err, VXE_FIRMWARE_MISSING, vm->r.uuid, path);
	if (!strv_has(&s->reports.firmware_missed, path))
		session_notice(s, "%s is missing; continuing without it", path);
	strv_add(&s->reports.firmware_missed, path);
	return 0;
}

int capture_check_missing(struct session *s, const struct artifact *a, const struct vm *vm,
	const struct domain_spec *spec, bool runs, struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL;

	if ((!runs && vm->power_state != POWER_SUSPENDED) || !a->has(spec))
		return 0;
	for (size_t i = 0; a->formats[i] && !path; i++)
		path = a->find(s, spec, a->formats[i]);
	return miss(s, vm, path ? path : "the file with its TPM state", err);
}

/*
 * Plans a copy of the domain's UEFI variables or TPM state in a new layer (node); *ret is NULL if there is no file.
 */
static int plan_file(struct session *s, struct txn *t, const struct artifact *a, const char *vm,
	const struct domain_spec *spec, struct plan *p, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL;
	const char *format;
	struct content_stat f;

	*ret = NULL;
	if (capture_find_file(s, a, spec, &path, &format, &f, err) < 0)
		return -1;
	if (!path)
		return 0;
	capture_set_path(p, a, "from", path);
	return capture_plan_node(s, t, a, vm, format, &f, p, ret, err);
}

int capture_plan(struct session *s, struct txn *t, const struct vm_loaded *l, const char *snapshot,
	struct plan *p, struct vxe_error *err)
{
	/* If libvirt has chosen the path of the UEFI variables, only the live definition names it. */
	const struct domain_spec *spec = l->live ? l->live : l->spec;

	for (size_t i = 0; spec && i < CAPTURE_KINDS; i++) {
		_cleanup_free_ char *node = NULL;

		if (plan_file(s, t, &capture_artifacts[i], l->vm->r.uuid, spec, p, &node, err) < 0)
			return -1;
		if (node)
			plan_set_string(p, &vm_class, snapshot, capture_artifacts[i].field, node);
		else if (capture_check_missing(
				 s, &capture_artifacts[i], l->vm, spec, l->live != NULL, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Plans the copy of a snapshot's UEFI variables or TPM state. Returns 1 if the VM's record names a node with that
 * state, from which it is copied, 0 if the record names none.
 */
static int plan_from_node(struct session *s, struct txn *t, const struct artifact *a,
	const struct vm *vm, const struct domain_spec *spec, struct plan *p, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_free_ char *from = NULL, *to = NULL;
	struct content_stat f;

	if (str_is_empty(capture_node_in(a, vm)))
		return 0;
	if (node_get(t, capture_node_in(a, vm), &n, err) < 0 || node_path(t, n, &from, err) < 0 ||
		content_stat(content_of(s, from), &f, err) < 0)
		return -1;
	if (!f.exists)
		return vxe_fail(err, VXE_IMAGE_FAILED, from, "the file is missing");
	to = a->find(s, spec, n->format);
	if (!to)
		return miss(s, vm, from, err) < 0 ? -1 : 1;
	locks_add(&p->locks, LOCK_NODE, n->r.uuid, LEASE_SHARED);
	capture_set_path(p, a, "from", from);
	capture_set_path(p, a, "to", to);
	plan_keep_int(p, a->mode, n->old_mode);
	plan_need(p, to, f.size);
	return 1;
}

int capture_plan_revert(struct session *s, struct txn *t, const struct vm *snapshot,
	const struct domain_spec *spec, struct plan *p, struct vxe_error *err)
{
	for (size_t i = 0; i < CAPTURE_KINDS; i++)
		if (plan_from_node(s, t, &capture_artifacts[i], snapshot, spec, p, err) < 0)
			return -1;
	return state_plan_check(s, p, spec->uuid, err);
}

/* *ret: the file is in the folder of a shared SR. */
static int is_in_shared_sr(struct txn *t, const char *path, bool *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records srs = { 0 };

	*ret = false;
	if (records_load(t, &sr_class, NULL, NULL, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < srs.n && !*ret; i++) {
		const struct sr *sr = srs.items[i];
		size_t n = str_is_empty(sr->path) ? 0 : strlen(sr->path);

		*ret = sr->shared && n && strncmp(path, sr->path, n) == 0 && path[n] == '/';
	}
	return 0;
}

int capture_check_reach(struct session *s, struct txn *t, const struct vm *vm,
	const struct domain_spec *spec, struct vxe_error *err)
{
	for (size_t i = 0; i < CAPTURE_KINDS; i++) {
		const struct artifact *a = &capture_artifacts[i];
		_cleanup_free_ char *path = NULL;
		bool shared;

		for (size_t k = 0; a->formats[k] && !path; k++)
			path = a->find(s, spec, a->formats[k]);
		if (!path)
			continue;
		if (is_in_shared_sr(t, path, &shared, err) < 0 ||
			(!shared && miss(s, vm, path, err) < 0))
			return -1;
	}
	return 0;
}

bool capture_has_files(const struct vm *vm, const struct domain_spec *spec)
{
	return spec && !vm->is_a_snapshot && !str_is_empty(vm->libvirt_name) &&
		str_eq(spec->uuid, vm->r.uuid);
}

/* Plans that the file of UEFI variables or TPM state of one domain is copied to the path of another. */
static int plan_copy(struct session *s, const struct artifact *a, const struct vm *vm,
	const struct domain_spec *from, const struct domain_spec *to, struct plan *p,
	struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL, *place = NULL;
	const char *format;
	struct content_stat f;

	if (capture_find_file(s, a, from, &path, &format, &f, err) < 0)
		return -1;
	if (!path)
		return capture_check_missing(s, a, vm, from, false, err);
	place = a->find(s, to, format);
	if (!place)
		return miss(s, vm, path, err);
	if (file_is_same(path, place))
		return vxe_fail_internal(err, "two domains would have the file %s", path);
	capture_set_path(p, a, "from", path);
	capture_set_path(p, a, "to", place);
	plan_need(p, place, f.size);
	return 0;
}

int capture_plan_new(struct session *s, struct txn *t, const struct vm *source,
	const struct domain_spec *source_spec, struct vm *vm, const struct domain_spec *spec,
	struct plan *p, struct vxe_error *err)
{
	bool files = capture_has_files(source, source_spec);

	if (spec)
		plan_keep_bool(p, OWN_PLACES, true);
	for (size_t i = 0; i < CAPTURE_KINDS; i++) {
		const struct artifact *a = &capture_artifacts[i];
		char **named = (char **)(void *)((char *)vm + a->offset);
		int r = 0;

		str_replace(named, spec ? NULL : capture_node_in(a, source));
		if (spec)
			r = plan_from_node(s, t, a, source, spec, p, err);
		else if (*named)
			r = 1;
		if (r == 0 && files)
			r = spec ? plan_copy(s, a, source, source_spec, spec, p, err)
				 : plan_file(s, t, a, source->r.uuid, source_spec, p, named, err);
		if (r < 0)
			return -1;
	}
	return 0;
}

int capture_own_place(struct session *s, struct domain_spec *spec, struct vxe_error *err)
{
	bool json = !str_is_empty(spec->varstore);
	_cleanup_free_ char *at = find_nvram(s, spec, json ? "json" : "raw");
	_cleanup_free_ char *own = xstrdup_null(spec->uuid);

	if (!at)
		return 0;
	for (;;) {
		struct content_stat f;
		bool named = false;

		if (content_stat(content_of(s, at), &f, err) < 0 ||
			(!f.exists && state_is_named(s, at, spec->uuid, &named, err) < 0))
			return -1;
		if (!f.exists && !named)
			return 0;
		_cleanup_free_ char *next = xasprintf("%.*s%s%s", (int)(strrchr(at, '/') + 1 - at),
			at, own ? own : "", json ? VARSTORE_SUFFIX : NVRAM_SUFFIX);

		str_replace(json ? &spec->varstore : &spec->nvram, next);
		str_replace(&at, next);
		free(own); /* a file of this name exists, so another name is tried */
		own = uuid_new();
	}
}

/* ---- steps ----------------------------------------------------------------------------------- */

static int each_file(struct op *op, bool place, struct vxe_error *err)
{
	for (size_t i = 0; i < CAPTURE_KINDS; i++) {
		const struct artifact *a = &capture_artifacts[i];
		const char *from = capture_get_path(&op->plan, a, "from");
		const char *to = capture_get_path(&op->plan, a, "to");
		mode_t mode = (mode_t)plan_int(&op->plan, a->mode);

		if (!from || !to)
			continue;
		if ((place ? state_file_place(content_of(op->s, from), mode, to, err)
			   : state_file_capture(content_of(op->s, from), to, err)) < 0)
			return -1;
	}
	return 0;
}

/*
 * True if the plan copies UEFI variables and TPM state to the paths of a new domain, not into nodes of a snapshot or
 * template.
 */
static bool is_own_place(const struct op *op)
{
	return plan_bool(&op->plan, OWN_PLACES);
}

int step_capture_files(struct op *op, struct vxe_error *err)
{
	return each_file(op, is_own_place(op), err);
}

/*
 * Undo: removes the copied UEFI variables and TPM state. The directories of a new domain's files belong to it alone,
 * and are removed, too. But by the time of a recovery libvirt may have given the domain's name, and so the file, to
 * somebody else's domain; then the file stays.
 */
int step_drop_captured(struct op *op, struct vxe_error *err)
{
	_cleanup_state_files_ struct state_files f = { 0 };
	bool own = is_own_place(op);

	if (own && state_files_placed(op->s, &op->plan, op->plan.domain, &f, err) < 0)
		return -1;
	for (size_t i = 0; i < CAPTURE_KINDS; i++) {
		const char *to = capture_get_path(&op->plan, &capture_artifacts[i], "to");

		if (f.items[i].user)
			session_notice(op->s, "%s stays, because %s uses it", to, f.items[i].user);
		else if (to &&
			state_file_drop(content_of(op->s, to),
				own ? capture_artifacts[i].levels : 0, err) < 0)
			return -1;
	}
	return 0;
}

int step_place_files(struct op *op, struct vxe_error *err)
{
	return each_file(op, true, err);
}
