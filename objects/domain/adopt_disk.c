/* SPDX-License-Identifier: MIT */
/*
 * Makes records for the disks of a domain, which stay in place: layers for the file and its backing
 * chain, by the headers, and a VDI. Known files are found by their path, so if two domains have the
 * same disk there is one VDI.
 */
#include "objects/domain/adopt_disk.h"

#include <string.h>

#include "objects/base/file_key.h"
#include "objects/base/uuid.h"
#include "objects/classes/storage/forgotten_disk.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/node_fingerprint.h"
#include "objects/domain/adopt_sr.h"
#include "objects/engine/file_claims.h"
#include "objects/disks/disks.h"
#include "objects/session/disk_path.h"

#include <string.h>

/* ---- layers ----------------------------------------------------------------------------------- */

int adopt_uuid(struct txn *t, const struct class *c, const char *space, const char *name,
	char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = uuid_derive(space, name);
	bool taken;

	if (record_taken(t, c, uuid, &taken, err) < 0)
		return -1;
	/*
	 * A disk that the user has forgotten may have this UUID. If it is the disk of this very file, it is restored
	 * with its UUID.
	 */
	if (!taken && c == &vdi_class && forgotten_has(t, uuid, &taken, err) < 0)
		return -1;
	*ret = taken ? uuid_new() : TAKE(uuid);
	return 0;
}

int adopt_file_uuid(struct session *s, struct txn *t, const struct class *c,
	const struct adopted_file *f, char **ret, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if (s->pool_size > 1 && sr_find(t, f->sr, &sr, err) < 0)
		return -1;
	bool shared = sr && sr->shared;
	_cleanup_free_ char *name = xasprintf("%s:%s", f->what, shared ? f->rest : f->path);

	return adopt_uuid(t, c, shared ? f->sr : s->here->uuid, name, ret, err);
}

static struct node *node_of_file(const struct chain_file *f, enum node_origin origin,
	enum node_state state, const char *parent)
{
	struct node *n = record_new(&node_class);

	str_replace(&n->format, f->format);
	str_replace(&n->parent, parent);
	n->origin = (int)origin;
	n->kind = NODE_DISK;
	n->state = (int)state;
	n->virtual_size = f->virtual_size;
	return n;
}

/*
 * Makes the record of a layer for one file of a backing chain. If the store remembers a forgotten disk at this path,
 * the layer gets its old UUID, so that no merge touches the file and a scan brings the disk back. A layer whose file
 * is as it was gets its whole old record.
 */
static int make_node(struct session *s, struct txn *t, const struct chain_file *f,
	enum node_origin origin, enum node_state state, const char *parent, char **ret,
	struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = node_of_file(f, origin, state, parent),
						 *then = NULL;
	_cleanup_free_ char *sr = NULL, *rest = NULL;

	if (claims_refuse(t, f->path, err) < 0 ||
		adopt_sr(s, t, f->path, false, &sr, &rest, err) < 0 ||
		forgotten_node(t, sr, rest, &then, err) < 0)
		return -1;
	str_replace(&n->sr, sr);
	str_replace(&n->path, rest);
	if (then)
		str_replace(&n->r.uuid, then->r.uuid);
	else if (adopt_file_uuid(s, t, &node_class,
			 &(struct adopted_file){ "node", f->path, sr, rest }, &n->r.uuid, err) < 0)
		return -1;
	bool as_it_was = then && state == NODE_FROZEN && str_eq(then->format, f->format) &&
		node_fits(then, f->virtual_size, parent);

	node_note_print(n, content_of(s, f->path));
	if (record_add(t, &node_class, as_it_was ? then : n, err) < 0)
		return -1;
	places_note(s, f->path, n->r.uuid);
	*ret = xstrdup(n->r.uuid);
	return 0;
}

/*
 * *ret: the layer that already has a record for this file. If that was made while the backing file was missing, its
 * parent is set now.
 */
static int known_node(struct session *s, struct txn *t, const char *path, const char *parent,
	char **ret, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;

	*ret = NULL;
	if (node_by_path(s, t, path, &n, err) < 0)
		return -1;
	if (!n)
		return 0;
	*ret = xstrdup(n->r.uuid);
	if (!parent || n->parent || n->origin == NODE_MADE)
		return 0;
	str_replace(&n->parent, parent);
	return record_save(t, &node_class, n, err);
}

static int adopt_chain(struct session *s, struct txn *t, const struct file_chain *files,
	enum node_origin top, enum node_origin below_it, char **ret, struct vxe_error *err)
{
	_cleanup_strv_ struct strv touched = { 0 };
	_cleanup_free_ char *below = NULL;

	for (size_t i = files->n; i-- > 0;) {
		const struct chain_file *f = &files->items[i];
		_cleanup_free_ char *uuid = NULL;

		if (known_node(s, t, f->path, below, &uuid, err) < 0)
			return -1;
		enum node_origin origin = i ? below_it : top;
		bool written = origin == NODE_ADOPTED_LEAF && !i;

		if (!uuid &&
			make_node(s, t, f, origin, written ? NODE_WRITABLE : NODE_FROZEN, below,
				&uuid, err) < 0)
			return -1;
		strv_add(&touched, uuid);
		free(below);
		below = TAKE(uuid);
	}
	*ret = TAKE(below);
	/* The top layer is left out: its base-copy record changes together with its VDI. */
	for (size_t i = 0; i + 1 < touched.n; i++)
		if (node_sync_base_copy(t, touched.items[i], err) < 0)
			return -1;
	return 0;
}

int adopt_files(struct session *s, struct txn *t, const struct file_chain *files,
	enum node_origin below_it, char **ret, struct vxe_error *err)
{
	return adopt_chain(s, t, files, NODE_ADOPTED_LEAF, below_it, ret, err);
}

int adopt_frozen(struct session *s, struct txn *t, const struct file_chain *files, char **ret,
	struct vxe_error *err)
{
	return adopt_chain(s, t, files, NODE_ADOPTED_BASE, NODE_ADOPTED_BASE, ret, err);
}

/* ---- VDIs ------------------------------------------------------------------------------------ */

/* *ret: the VDI of a disk whose top layer is @node; its base-copy record and snapshots do not count. */
static int vdi_of_node(struct txn *t, const char *node, char **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	*ret = NULL;
	if (records_load(t, &vdi_class, "node", node, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n && !*ret; i++) {
		const struct vdi *vdi = vdis.items[i];

		if (vdi->managed && !vdi->is_a_snapshot)
			*ret = xstrdup(vdi->r.uuid);
	}
	return 0;
}

static struct vdi *new_adopted_vdi(const struct spec_disk *disk, const char *path)
{
	struct vdi *vdi = record_new(&vdi_class);
	const char *slash = strrchr(path, '/');

	str_replace(&vdi->name_label, slash && slash[1] ? slash + 1 : path);
	vdi->type = VDI_USER;
	vdi->managed = true;
	vdi->sharable = disk->shareable;
	vdi->read_only = disk->readonly || disk->device == DISK_CDROM;
	return vdi;
}

bool vdi_take_use(struct vdi *vdi, const struct spec_disk *disk)
{
	bool writes = disk->device == DISK_DISK && !disk->readonly && !vdi->is_a_snapshot;
	bool changed = (vdi->read_only && writes) || (!vdi->sharable && disk->shareable);

	vdi->read_only &= !writes;
	vdi->sharable |= disk->shareable;
	return changed;
}

/*
 * Updates the record of a disk with how this domain uses it, read-only or shared; another domain may use it in
 * another way.
 */
static int take_use_of_known(
	struct txn *t, const char *uuid, const struct spec_disk *disk, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;

	if (vdi_get(t, uuid, &vdi, err) < 0)
		return -1;
	return vdi_take_use(vdi, disk) ? record_save(t, &vdi_class, vdi, err) : 0;
}

/* If the user has forgotten the disk at this path, restores its record. */
static int give_back(struct txn *t, struct vdi **vdi, const char *path, struct vxe_error *err)
{
	struct vdi *then = NULL;

	if (forgotten_take(t, (*vdi)->sr, path, &then, NULL, err) < 0)
		return -1;
	if (!then)
		return 0;
	str_replace(&then->sr, (*vdi)->sr);
	then->managed = (*vdi)->managed;
	vdi_free(*vdi);
	*vdi = then;
	return 0;
}

static int adopt_with_node(struct session *s, struct txn *t, const struct spec_disk *disk,
	const char *path, char **ret, struct vxe_error *err)
{
	_cleanup_file_chain_ struct file_chain files = { 0 };
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
	_cleanup_free_ char *node = NULL, *location = NULL;

	file_chain_read(content_of(s, path), disk->format, &files);
	if (adopt_files(s, t, &files, NODE_ADOPTED_BASE, &node, err) < 0 ||
		vdi_of_node(t, node, ret, err) < 0)
		return -1;
	if (*ret)
		return take_use_of_known(t, *ret, disk, err);
	vdi = new_adopted_vdi(disk, path);
	if (adopt_sr(s, t, path, false, &vdi->sr, &location, err) < 0 ||
		adopt_file_uuid(s, t, &vdi_class,
			&(struct adopted_file){ "vdi", path, vdi->sr, location }, &vdi->r.uuid,
			err) < 0)
		return -1;
	if (give_back(t, &vdi, location, err) < 0)
		return -1;
	str_replace(&vdi->location, location);
	str_replace(&vdi->node, node);
	vdi->virtual_size = files.items[0].virtual_size;
	if (record_add(t, &vdi_class, vdi, err) < 0 || node_sync_base_copy(t, node, err) < 0)
		return -1;
	*ret = xstrdup(vdi->r.uuid);
	return 0;
}

/*
 * The virtual size of the image; 0 if it is unknown: the medium may be missing, and a disk that vxe does not manage
 * needs no size.
 */
static int64_t reference_size(struct content *c, const char *format)
{
	_cleanup_file_chain_ struct file_chain files = { 0 };

	file_chain_read(c, format, &files);
	return files.items[0].virtual_size;
}

struct reference {
	const char *file;
	char *key; /* file_key() of the file; NULL: only VDIs with the name @file are searched for */
	struct strv elsewhere; /* SRs of other hosts */
	char *vdi;	       /* UUID of the VDI whose file this is; NULL: none found yet */
};

static int compare_reference(
	void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct reference *r = ctx;

	(void)err;
	if (r->vdi || str_is_empty(values[0]) || sr_is_among(&r->elsewhere, values[1]))
		return 0;
	_cleanup_free_ char *key = r->key ? file_key(values[0]) : NULL;

	if (str_eq(r->key ? key : values[0], r->key ? r->key : r->file))
		r->vdi = xstrdup(uuid);
	return 0;
}

static int search_references(struct txn *t, struct reference *r, struct vxe_error *err)
{
	static const char *const columns[] = { "file", "sr_uuid", NULL };
	const char *name = vdi_class.name;

	if (txn_scan_where(t, name, columns, "file", r->file, compare_reference, r, err) < 0)
		return -1;
	if (r->vdi)
		return 0;
	r->key = file_key(r->file);
	return txn_scan(t, name, columns, compare_reference, r, err);
}

/*
 * Finds a VDI that refers to the file under any of its names: a scan may have found the CD, or another domain uses
 * it.
 */
static int find_reference(struct session *s, struct txn *t, const char *uuid, const char *file,
	char **ret, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *known = NULL;
	struct reference r = { .file = file };
	int rc = 0;

	if (vdi_find(t, uuid, &known, err) < 0)
		return -1;
	if (!known)
		rc = srs_elsewhere(s, t, &r.elsewhere, err) < 0 ? -1
								: search_references(t, &r, err);
	strv_clear(&r.elsewhere);
	free(r.key);
	*ret = known ? xstrdup(uuid) : r.vdi;
	return rc;
}

/*
 * Notes in an existing VDI record why vxe does not manage this disk: the definition has changed, or an older vxe
 * noted no reason.
 */
static int note_reason(struct txn *t, const char *uuid, const char *why, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;

	if (vdi_get(t, uuid, &vdi, err) < 0)
		return -1;
	if (vdi->managed || vdi->node || str_eq(map_get(&vdi->sm_config, VDI_UNFIT), why))
		return 0;
	map_set(&vdi->sm_config, VDI_UNFIT, why);
	return record_save(t, &vdi_class, vdi, err);
}

/*
 * Makes a VDI that only refers to a file or device that vxe does not manage (CDs, floppies, passed-through and
 * network disks); @why is the reason.
 */
static int adopt_reference(struct session *s, struct txn *t, const struct spec_disk *disk,
	const char *path, const char *why, char **ret, struct vxe_error *err)
{
	const char *what = path ? path : disk->path;
	_cleanup_free_ char *name = xasprintf("reference:%s", what);
	_cleanup_free_ char *uuid = uuid_derive(s->here->uuid, name), *location = NULL;
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
	_cleanup_free_ char *known = NULL;

	if (find_reference(s, t, uuid, what, &known, err) < 0 ||
		(known && note_reason(t, known, why, err) < 0))
		return -1;
	if (!known) {
		vdi = new_adopted_vdi(disk, what);
		vdi->r.uuid = xstrdup(uuid);
		vdi->managed = path && disk->device == DISK_CDROM;
		if (path &&
			adopt_sr(s, t, path, disk->device == DISK_CDROM, &vdi->sr, &location, err) <
				0)
			return -1;
		str_replace(&vdi->location, location ? location : what);
		map_set(&vdi->sm_config, "file", what);
		str_replace(&vdi->file, what);
		if (disk->format && !str_eq(disk->format, "raw"))
			map_set(&vdi->sm_config, "format", disk->format);
		if (!vdi->managed)
			map_set(&vdi->sm_config, VDI_UNFIT, why);
		if (path)
			vdi->virtual_size = reference_size(content_of(s, path), disk->format);
		if (record_save(t, &vdi_class, vdi, err) < 0)
			return -1;
	}
	*ret = known ? TAKE(known) : TAKE(uuid);
	return 0;
}

int adopt_disk(struct session *s, struct txn *t, const struct domain_spec *spec,
	const struct spec_disk *disk, char **vdi, struct vxe_error *err)
{
	_cleanup_free_ char *path = disk_path(s, disk);

	if (!path && str_is_empty(disk->path))
		return vxe_fail_internal(
			err, "disk %s of domain %s has no medium", disk->target, spec->name);
	_cleanup_free_ char *why = disk_unfit(s, disk);

	return why ? adopt_reference(s, t, disk, path, why, vdi, err)
		   : adopt_with_node(s, t, disk, path, vdi, err);
}
