/* SPDX-License-Identifier: MIT */
/*
 * `vxe check`: finds files without a record in the folders of SRs that vxe made. Operations may run meanwhile, so a
 * found file is checked again with a newer state of the store: an operation writes its journal entry (intent) before
 * it makes files.
 */
#include "objects/check/check_areas.h"

#include "objects/disks/disks.h"
#include "objects/base/far/far_file.h"
#include "objects/base/uuid.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/vm/seen_definition.h"
#include "objects/session/file_chain.h"
#include "objects/engine/file_claims.h"
#include "objects/base/file_draft.h"

#include <errno.h>
#include <string.h>

static bool is_node_name(const char *name)
{
	_cleanup_free_ char *uuid = xstrndup(name, UUID_TEXT_LEN);

	static const char *const suffixes[] = { ".qcow2", ".mem", ".nvram", ".tpm" };

	if (strlen(name) <= UUID_TEXT_LEN || !uuid_is_valid(uuid))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		if (str_eq(name + UUID_TEXT_LEN, suffixes[i]))
			return true;
	return false;
}

/*
 * True if the image's backing file is one of vxe's layers; in a folder that the user made only such a file can be
 * vxe's.
 */
static bool builds_on_node(struct check *c, const char *path)
{
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_error_ struct vxe_error ignored = { 0 };

	if (disk_file_header(content_of(c->s, path), &h, &ignored) <= 0 || !h.backing)
		return false;
	_cleanup_(node_free_cleanup) struct node *n = NULL;

	return h.backing_path && node_by_path(c->s, c->t, h.backing_path, &n, &ignored) == 0 && n;
}

static void check_name(struct check *c, const struct sr *sr, const char *name)
{
	_cleanup_free_ char *path = sr_image_place(sr, name);

	if ((!is_draft(name) && !is_node_name(name)) || strv_has(&c->paths, path) ||
		strv_has(&sr->forgotten, name))
		return;
	if (is_draft(name) || !sr->adopted || builds_on_node(c, path))
		strv_take(&c->orphans, TAKE(path));
}

static void add_name_of(void *ctx, const struct far_name *name)
{
	strv_add(ctx, name->name);
}

static void check_dir(struct check *c, const struct sr *sr)
{
	_cleanup_strv_ struct strv files = { 0 };
	struct stat st;

	if (far_list(sr->path, &st, add_name_of, &files) < 0) {
		check_found(c, "file", "SR", sr->r.uuid, "its directory %s cannot be read: %s",
			sr->path, far_why(errno));
		return;
	}
	for (size_t i = 0; i < files.n; i++)
		check_name(c, sr, files.items[i]);
	/* Checks also the images of the SR that are no files of its folder. */
	_cleanup_error_ struct vxe_error bad = { 0 };
	_cleanup_strv_ struct strv names = { 0 };
	const struct sr_type *type = sr_type(sr);

	if (type->list && type->list(sr->path, &names, &bad) < 0)
		check_found(c, "file", "SR", sr->r.uuid, "its images cannot be listed: %s",
			bad.n_params ? bad.params[bad.n_params - 1] : "");
	for (size_t i = 0; i < names.n; i++)
		check_name(c, sr, names.items[i]);
}

/* Returns 1 if the file exists, and neither a record nor an unfinished operation names it. */
static int is_orphan(struct check *c, struct txn *t, const struct claims *claims, const char *path,
	struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	struct content_stat f;

	if (claims_find(claims, path))
		return 0;
	if (node_by_path(c->s, t, path, &n, err) < 0 ||
		disk_file_stat(content_of(c->s, path), &f, err) < 0)
		return -1;
	return !n && f.exists;
}

/* What the user can do with a file that vxe made and that no record has, for a message. */
static const char *use_of(const char *path)
{
	return str_ends(path, ".mem")
		? "with the VM off 'vxe vm-resume' of its VM with filename= goes on with "
		  "this memory; "
		: str_ends(path, ".qcow2") ? "'vxe sr-scan' of its SR makes it a disk; "
					   : "";
}

/*
 * True if the image lies on the layer to which a guest writes by the records: then these may be older than the image, which has
 * what the guest has written since. *disk: that disk, owned.
 */
static bool is_newest(struct check *c, struct txn *t, const char *path, char **disk)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_file_chain_ struct file_chain chain = { 0 };

	if (str_ends(path, ".qcow2"))
		file_chain_read(content_of(c->s, path), "qcow2", &chain);
	for (size_t i = 1; i < chain.n && !*disk; i++) {
		_cleanup_(node_free_cleanup) struct node *n = NULL;
		_cleanup_records_ struct records vdis = { 0 };

		if (node_by_path(c->s, t, chain.items[i].path, &n, &ignored) < 0)
			return false;
		if (!n)
			continue;
		if (records_load(t, &vdi_class, "node", n->r.uuid, &vdis, &ignored) < 0)
			return false;
		for (size_t k = 0; k < vdis.n && !*disk; k++) {
			const struct vdi *vdi = vdis.items[k];

			if (vdi->managed && !vdi->is_a_snapshot && !vdi_is_kept(vdi))
				*disk = xasprintf("%s (%s)", vdi->r.uuid, vdi->name_label);
		}
		break;
	}
	return *disk != NULL;
}

/* Who needs the files: this host's domains and images, and, of a pool, the definitions of all hosts. */
struct needed {
	struct file_users users; /* of the paths in check.orphans */
	struct records definitions;
};

static void needed_clear(struct needed *n)
{
	file_users_clear(&n->users);
	records_clear(&n->definitions);
}

static int find_needed(struct check *c, struct txn *t, struct needed *ret, struct vxe_error *err)
{
	return users_look(c->s, &c->orphans, &ret->users, err) < 0
		? -1
		: records_load(t, &seen_definition_class, NULL, NULL, &ret->definitions, err);
}

/* Reports a file that somebody needs, although it has no record: records can be older than the definitions. */
static bool report_needed(struct check *c, const struct needed *n, size_t orphan)
{
	static const char text[] =
		"vxe made this file, but has no record of it: %s %s (%s) needs it; "
		"keep it%s%s%s";
	const char *path = c->orphans.items[orphan], *vm = NULL, *name = NULL;
	_cleanup_free_ char *quoted = xasprintf("'%s'", path);

	for (size_t i = 0; i < n->users.n && !vm; i++)
		if (n->users.items[i].file == orphan) {
			vm = n->users.items[i].domain;
			name = n->users.items[i].name;
		}
	for (size_t i = 0; i < n->definitions.n && !name; i++) {
		const struct seen_definition *d = n->definitions.items[i];

		if (strstr(d->xml, quoted)) {
			vm = d->r.uuid;
			name = "by its definition";
		}
	}
	if (!name)
		return false;
	finding_add(c->ret, "file", path, text, vm ? "the VM" : "the image", vm ? vm : name,
		vm ? name : "which lies on it", vm ? "; 'vxe vm-adopt-disks uuid=" : "",
		vm ? vm : "", vm ? " keep=definition' takes it" : "");
	return true;
}

static void report_orphan(struct check *c, struct txn *t, const char *path)
{
	_cleanup_free_ char *disk = NULL;

	if (is_newest(c, t, path, &disk))
		finding_add(c->ret, "file", path,
			"vxe made this file, but has no record of it: it lies on the disk %s, so it may have "
			"the newest data of its guest; keep it. A definition with this file goes on with it "
			"('virsh edit')",
			disk);
	else
		finding_add(c->ret, "file", path,
			"vxe made this file, but has no record of it: %sif nobody needs it, remove it",
			use_of(path));
}

static int judge_orphans(struct check *c, struct vxe_error *err)
{
	_cleanup_(needed_clear) struct needed needed = { 0 };
	_cleanup_claims_ struct claims claims = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(c->s->store, TXN_READ, &t, err) < 0 || claims_load(t, &claims, err) < 0 ||
		find_needed(c, t, &needed, err) < 0)
		return -1;
	for (size_t i = 0; i < c->orphans.n; i++) {
		const char *path = c->orphans.items[i];
		int r = is_orphan(c, t, &claims, path, err);

		if (r < 0)
			return -1;
		if (r > 0 && !report_needed(c, &needed, i))
			report_orphan(c, t, path);
	}
	return 0;
}

int check_orphans(struct check *c, struct vxe_error *err)
{
	_cleanup_records_ struct records srs = { 0 };

	if (srs_here(c->s, c->t, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < srs.n; i++) {
		const struct sr *sr = srs.items[i];

		if (!str_is_empty(sr->path) && sr_content(sr) != SR_DEVICES &&
			!strv_has(&c->detached, sr->r.uuid))
			check_dir(c, sr);
	}
	return c->orphans.n ? judge_orphans(c, err) : 0;
}
