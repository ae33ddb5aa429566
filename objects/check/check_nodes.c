/* SPDX-License-Identifier: MIT */
/* `vxe check`: compares layers with their files: whether they exist, their chains, sizes, write bits, names. */
#include "objects/check/check_areas.h"

#include "objects/disks/disks.h"
#include "backends/hv/memory_image.h"
#include "objects/classes/storage/chain_limit.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/node_fingerprint.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_memory.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/session/disk_path.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

static void found(
	struct check *c, const struct node *n, const char *kind, const char *text, const char *what)
{
	check_found(c, kind, "NODE", n->r.uuid, "%s: %s%s", n->path, text, what);
}

/* ---- chains ---------------------------------------------------------------------------------- */

/*
 * Checks that the backing file in the header of a layer's image, which QEMU would open, is the file of the layer's
 * recorded parent.
 */
static void check_parent(
	struct check *c, const struct node *n, const char *path, const struct content_header *h)
{
	const char *backing = h->backing_path;
	_cleanup_error_ struct vxe_error failed = { 0 };
	struct content_stat a = { 0 }, b = { 0 };
	const char *parent_path = NULL;
	const struct node *parent = check_node(c, n->parent, &parent_path);

	if (!n->parent && h->backing)
		found(c, n, "chain",
			"its header names a backing file that has no record: ", h->backing);
	if (!parent) /* check_references() reports it */
		return;
	if (!backing) {
		found(c, n, "chain", "its header names no backing file, the record says ",
			parent_path);
		return;
	}
	if (disk_file_stat(content_of(c->s, backing), &a, &failed) < 0 ||
		disk_file_stat(content_of(c->s, parent_path), &b, &failed) < 0) {
		check_failed(c, "chain", "NODE", n->r.uuid, &failed);
		return;
	}
	if (!str_eq(backing, parent_path) &&
		!(a.exists && b.exists && a.dev == b.dev && a.ino == b.ino)) {
		_cleanup_free_ char *text = check_other_chain(c, n);

		found(c, n, "chain", text, backing);
	}
	if (h->backing && !h->backing_format)
		check_found(c, "chain", "NODE", n->r.uuid,
			"%s: its header does not say the format of its backing file, so nothing "
			"reads it; if it is raw, 'qemu-img rebase -u -f qcow2 -F raw -b %s %s' "
			"writes that",
			n->path, h->backing, path);
	else if (!str_eq(h->backing_format, parent->format))
		found(c, n, "chain",
			"its header names another format of the backing file than the record: ",
			h->backing_format ? h->backing_format : "none");
}

/*
 * Compares the size of a layer's file with the record. The layer that a VM writes to may have been resized by another
 * program ('virsh blockresize', 'qemu-img resize'): its record takes over the size. If another layer has another
 * size, its content has changed, which is a finding.
 */
static void check_node_size(struct check *c, const struct node *n, int64_t size)
{
	bool ours = n->state == NODE_WRITABLE && n->kind == NODE_DISK;

	if (size == n->virtual_size)
		return;
	if (ours && !c->read_only) {
		if (!strv_has(&c->busy, n->r.uuid))
			strv_add(&c->resized, n->r.uuid);
		return;
	}
	check_found(c, "chain", "NODE", n->r.uuid,
		"%s: it has %" PRId64 " bytes, the record says %" PRId64 "%s", n->path, size,
		n->virtual_size,
		ours ? "; 'vxe vdi-update' of the disk, or 'vxe check' without --read-only, takes "
		       "the size over"
		     : "");
}

static void check_header(struct check *c, const struct node *n, const char *path)
{
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_error_ struct vxe_error failed = { 0 };
	int r = disk_file_header(content_of(c->s, path), &h, &failed);

	if (r < 0)
		check_failed(c, "file", "NODE", n->r.uuid, &failed);
	else if (r == 0)
		found(c, n, "file", "it is not a qcow2 image", "");
	if (r <= 0)
		return;
	/*
	 * Reports images marked as corrupt or dirty. A running QEMU clears the dirty mark of an image that it writes
	 * to; in a read-only layer only a merge or the user does that.
	 */
	if (h.state == CONTENT_CORRUPT ||
		(h.state == CONTENT_DIRTY && n->state == NODE_FROZEN &&
			n->origin != NODE_ADOPTED_BASE))
		check_found(c, "file", "NODE", n->r.uuid,
			"%s: %s; with no VM running on it, 'qemu-img check -r all -f qcow2 %s' "
			"repairs it%s",
			n->path, h.reason, path,
			n->state == NODE_FROZEN
				? ", and 'vxe vdi-update uuid=DISK force=true' accepts that"
				: "");
	check_node_size(c, n, h.virtual_size);
	check_parent(c, n, path, &h);
}

static void check_raw(struct check *c, const struct node *n, const char *path)
{
	_cleanup_error_ struct vxe_error failed = { 0 };
	int64_t size;

	if (n->parent)
		found(c, n, "chain", "a raw image has no backing file", "");
	if (disk_file_size(content_of(c->s, path), "raw", &size, &failed) < 0)
		check_failed(c, "file", "NODE", n->r.uuid, &failed);
	else
		check_node_size(c, n, size);
}

/*
 * The number of layers from this one down its backing chain; if that is more than there are layers, the parents lead
 * in a circle.
 */
static size_t depth(const struct check *c, const struct node *n)
{
	size_t layers = 0;

	for (; n && layers <= c->nodes.n; layers++)
		n = check_node(c, n->parent, NULL);
	return layers;
}

/*
 * Reports a backing chain that is too long: a guest may still run on such a chain, but cannot be started again once
 * it has stopped.
 */
static int check_depth(struct check *c, const struct node *n, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };
	size_t most, layers = depth(c, n);
	const char *libvirt;

	if (layers > c->nodes.n)
		found(c, n, "chain", "its chain of parents is a circle", "");
	if (n->state != NODE_WRITABLE || layers > c->nodes.n)
		return 0;
	if (chain_most(c->s, layers, &most, &libvirt, err) < 0)
		return -1;
	if (layers <= most)
		return 0;
	if (records_load(c->t, &vdi_class, "node", n->r.uuid, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++) {
		const struct vdi *v = vdis.items[i];

		check_found(c, "chain", "VDI", v->r.uuid,
			"it has %zu layers, libvirt %s starts a guest on %zu at most: 'vxe "
			"vdi-flatten uuid=%s' makes it one, beside a running guest, too",
			layers, libvirt ? libvirt : "of most versions", most, v->r.uuid);
	}
	return 0;
}

/* ---- files ----------------------------------------------------------------------------------- */

/*
 * True if a snapshot that vxe made reads the layer. A snapshot that libvirt keeps itself does not count: libvirt may
 * lose it.
 */
static bool is_read_by_snapshot(struct check *c, const struct node *n)
{
	_cleanup_strv_ struct strv todo = { 0 };

	strv_add(&todo, n->r.uuid);
	for (size_t i = 0; i < todo.n && i <= c->nodes.n; i++) {
		_cleanup_records_ struct records vdis = { 0 };
		_cleanup_error_ struct vxe_error failed = { 0 };

		if (records_load(c->t, &vdi_class, "node", todo.items[i], &vdis, &failed) < 0)
			return true;
		for (size_t k = 0; k < vdis.n; k++) {
			const struct vdi *vdi = vdis.items[k];

			if (vdi->is_a_snapshot && !vdi_is_kept(vdi))
				return true;
		}
		for (size_t k = 0; k < c->nodes.n; k++) {
			const struct node *above = c->nodes.items[k];

			if (str_eq(above->parent, todo.items[i]))
				strv_add(&todo, above->r.uuid);
		}
	}
	return false;
}

/* True for a disk file that the user made and no snapshot of vxe reads: the user may commit an overlay into it. */
static bool may_be_written(struct check *c, const struct node *n)
{
	return n->origin == NODE_ADOPTED_LEAF && !is_read_by_snapshot(c, n);
}

static void found_unwritable(struct check *c, const struct node *n, const char *path)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_free_ char *above = NULL;

	if (file_above(c->s, path, &above, &ignored) < 0)
		above = NULL;
	_cleanup_free_ char *text = check_unwritable(c, n, above);

	found(c, n, "write-bits", text, path);
}

static void check_bits(
	struct check *c, const struct node *n, const char *path, const struct content_stat *f)
{
	if (n->origin == NODE_ADOPTED_BASE || f->device)
		return;
	if (n->state == NODE_FROZEN && (f->mode & WRITE_BITS) && !may_be_written(c, n))
		found(c, n, "write-bits",
			"its content must not change, but it can be written to; 'chmod a-w' "
			"ends that: ",
			path);
	if (n->state == NODE_WRITABLE && !(f->mode & S_IWUSR))
		found_unwritable(c, n, path);
}

/* True if a disk of the VM had that image when the snapshot was made. */
static bool is_of_image(struct check *c, const struct vm *snapshot, const char *path)
{
	_cleanup_spec_ struct domain_spec *then = NULL;
	_cleanup_error_ struct vxe_error ignored = { 0 };
	struct spec_disk *disk = NULL;

	return spec_read(snapshot->domain_xml, &then, &ignored) == 0 &&
		disk_on(c->s, then, path, &disk, &ignored) == 0 && disk;
}

/* True if libvirt lists none of the internal snapshots in the image, so that it cannot revert to one. */
static bool are_hidden(struct check *c, const char *path)
{
	_cleanup_snapshots_ struct content_snapshots found = { 0 };
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_records_ struct records vms = { 0 };
	size_t hidden = 0;

	if (disk_file_snapshots(content_of(c->s, path), NULL, &found, &ignored) <= 0 ||
		records_load(c->t, &vm_class, NULL, NULL, &vms, &ignored) < 0)
		return false;
	for (size_t i = 0; i < found.n; i++)
		for (size_t k = 0; k < vms.n; k++) {
			const struct vm *v = vms.items[k];

			if (!vm_is_hidden(v) || !str_eq(v->libvirt_snapshot, found.items[i].name) ||
				!is_of_image(c, v, path))
				continue;
			hidden++;
			break;
		}
	return hidden == found.n;
}

/*
 * Reports internal snapshots in read-only layers, whose content a revert to one would change. Internal snapshots in
 * other layers only delay their merge, and are told with the layers that wait to be merged.
 */
static void check_internal(struct check *c, const struct node *n, const char *path)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_free_ char *names = NULL;

	if (n->origin == NODE_ADOPTED_BASE || node_internal(c->s, n, path, &names, &ignored) < 0 ||
		!names)
		return;
	if (n->state == NODE_FROZEN && !may_be_written(c, n) && !are_hidden(c, path))
		found(c, n, "internal",
			"its content must not change, but a revert to one of its internal "
			"snapshots ('virsh snapshot-revert') would change it: ",
			names);
}

/* A memory image that no VM names is lost space; vxe makes none, but an older one did. */
static void check_memory_named(struct check *c, const struct node *n)
{
	_cleanup_error_ struct vxe_error failed = { 0 };
	_cleanup_records_ struct records vdis = { 0 };

	if (records_load(c->t, &vdi_class, "node", n->r.uuid, &vdis, &failed) < 0) {
		check_failed(c, "file", "NODE", n->r.uuid, &failed);
		return;
	}
	for (size_t i = 0; i < vdis.n; i++) {
		const char *uuid = ((const struct record *)vdis.items[i])->uuid;
		_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

		if (memory_user(c->t, uuid, NULL, &vm, &failed) < 0) {
			check_failed(c, "file", "NODE", n->r.uuid, &failed);
			return;
		}
		if (!vm)
			check_found(c, "reference", "VDI", uuid,
				"it is the memory of no VM and no checkpoint: 'vxe vdi-destroy "
				"uuid=%s' removes it",
				uuid);
	}
}

static void check_memory(struct check *c, const struct node *n, const char *path)
{
	_cleanup_error_ struct vxe_error failed = { 0 };
	int whole = memory_image_complete(content_of(c->s, path), &failed);

	if (whole < 0)
		check_failed(c, "file", "NODE", n->r.uuid, &failed);
	else if (!whole)
		found(c, n, "file", "it is not a complete memory image", "");
	check_raw(c, n, path);
}

static void check_node_file(struct check *c, const struct node *n, const char *path)
{
	_cleanup_error_ struct vxe_error failed = { 0 };
	struct content_stat f;

	if (disk_file_stat(content_of(c->s, path), &f, &failed) < 0) {
		check_failed(c, "file", "NODE", n->r.uuid, &failed);
		return;
	}
	if (!f.exists) {
		_cleanup_free_ char *without = check_without_file(c, n, path);

		check_found(c, "file", "NODE", n->r.uuid,
			"%s: the file is missing: %s; put it back from a backup, with its "
			"modification time%s%s",
			n->path, path, without ? ", " : "", without ? without : "");
		return;
	}
	check_bits(c, n, path, &f);
	if (n->kind == NODE_MEMORY) {
		check_memory(c, n, path);
		check_memory_named(c, n);
	}
	if (n->kind != NODE_DISK && n->kind != NODE_GUARD)
		return;
	check_internal(c, n, path);
	const char *what = may_be_written(c, n) ? NULL : node_changed(n, content_of(c->s, path));
	_cleanup_free_ char *accepted = what ? check_accepted(c, n) : NULL;

	if (what)
		check_found(c, "changed", "NODE", n->r.uuid,
			"%s: it was changed outside vxe since it was frozen, so the layers above it no "
			"longer match it: %s; put it back from a backup, or, if a disk above it is right "
			"as it is, 'vxe vdi-update uuid=%s force=true' accepts it",
			n->path, what, accepted ? accepted : "");
	else if (n->state == NODE_FROZEN && !node_is_printed(n) && n->origin != NODE_ADOPTED_BASE &&
		!may_be_written(c, n))
		strv_add(&c->unprinted, n->r.uuid);
	if (str_eq(n->format, "qcow2"))
		check_header(c, n, path);
	else if (str_eq(n->format, "raw"))
		check_raw(c, n, path);
}

/* ---- places ---------------------------------------------------------------------------------- */

/* The name of the layer in a message to the user: the VDI that it belongs to, or else its own UUID. */
static int node_name_of(struct check *c, const struct node *n, char **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	if (records_load(c->t, &vdi_class, "node", n->r.uuid, &vdis, err) < 0)
		return -1;
	*ret = vdis.n ? xasprintf("VDI %s", ((const struct record *)vdis.items[0])->uuid)
		      : xasprintf("node %s", n->r.uuid);
	return 0;
}

/* Reports a file that has two records, as older versions of vxe could make them. */
static int check_node_place(struct check *c, const struct node *n, const char *path,
	const struct strv *nodes, struct vxe_error *err)
{
	for (size_t i = 0; *path && i < nodes->n; i++) {
		const struct node *other = check_node(c, nodes->items[i], NULL);
		_cleanup_free_ char *a = NULL, *b = NULL;

		if (!other || strcmp(n->r.uuid, other->r.uuid) >= 0)
			/* the other record is this one, or the pair is reported with it */
			continue;
		if (node_name_of(c, n, &a, err) < 0 || node_name_of(c, other, &b, err) < 0)
			return -1;
		check_found(c, "place", "NODE", n->r.uuid,
			"%s: %s and %s name one file; use 'vdi-forget', which leaves the file, on "
			"the one that no VM has",
			path, a, b);
	}
	return 0;
}

/* ---- names ----------------------------------------------------------------------------------- */

static void check_node_state(struct check *c, const struct node *n, int names, int children)
{
	if (n->state == NODE_WRITABLE && names > 1)
		found(c, n, "node", "two VDIs write to one file", "");
	if (n->state == NODE_WRITABLE && children)
		found(c, n, "node", "it is written to, but a layer builds on it", "");
	if (n->state == NODE_DOOMED && (names || children))
		found(c, n, "node", "it is about to be removed, but something uses it", "");
	if (n->state == NODE_MERGING && (names || children != 1))
		found(c, n, "node", "a merge of it was begun, but something uses it", "");
}

/* True for an overlay that the user has prepared for a later snapshot: it has no content, and no VM has it. */
static bool is_prepared(struct check *c, const struct node *n)
{
	_cleanup_error_ struct vxe_error failed = { 0 };
	_cleanup_records_ struct records vdis = { 0 }, users = { 0 }, above = { 0 };
	const char *path = NULL;
	bool touched;

	if (n->state != NODE_WRITABLE ||
		records_load(c->t, &vdi_class, "node", n->r.uuid, &vdis, &failed) < 0 ||
		node_children(c->t, n->r.uuid, &above, &failed) < 0 || vdis.n != 1 || above.n)
		return false;
	const struct record *vdi = vdis.items[0];

	if (records_load(c->t, &vbd_class, "vdi_uuid", vdi->uuid, &users, &failed) < 0 || users.n ||
		!check_node(c, n->r.uuid, &path))
		return false;
	return image_touched(content_of(c->s, path), n->format, &touched, &failed) == 0 && !touched;
}

static int check_names(struct check *c, const struct node *n, struct vxe_error *err)
{
	_cleanup_records_ struct records above = { 0 }, vdis = { 0 };
	int names, living = 0;

	if (node_count_names(c->t, n->r.uuid, &names, err) < 0 ||
		node_children(c->t, n->r.uuid, &above, err) < 0 ||
		records_load(c->t, &vdi_class, "node", n->r.uuid, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < above.n; i++) {
		const struct node *on = above.items[i];

		living += on->state != NODE_DOOMED &&
			!(n->state == NODE_WRITABLE && is_prepared(c, on));
	}
	check_node_state(c, n, names, living);
	for (size_t i = 0; i < vdis.n; i++) {
		const struct vdi *v = vdis.items[i];

		if (v->virtual_size != n->virtual_size)
			check_found(c, "chain", "VDI", v->r.uuid,
				"it has %" PRId64 " bytes, its file %s %" PRId64, v->virtual_size,
				n->path, n->virtual_size);
	}
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;

	if (vdi_find(c->t, n->r.uuid, &vdi, err) < 0)
		return -1;

	bool wanted = names == 0 && n->kind == NODE_DISK && n->state != NODE_DOOMED;
	bool there = vdi && vdi_is_base_copy(vdi->r.uuid, n->r.uuid, vdi->managed);

	if (wanted && !there)
		found(c, n, "reference", "no VDI names it and it has no base-copy record", "");
	if (!wanted && there)
		found(c, n, "reference", "it has a base-copy record although a VDI names it", "");
	return 0;
}

static int check_each(struct check *c, const struct strv *places, struct vxe_error *err)
{
	for (size_t i = 0; i < c->nodes.n; i++) {
		const struct node *n = c->nodes.items[i];
		const char *path = c->paths.items[i];

		if (n->state != NODE_DOOMED && path[0] == '/' && !strv_has(&c->busy, n->r.uuid) &&
			!strv_has(&c->detached, n->sr))
			check_node_file(c, n, path);
		if (check_depth(c, n, err) < 0 || check_names(c, n, err) < 0 ||
			check_node_place(c, n, path, &places[i], err) < 0)
			return -1;
	}
	return 0;
}

int check_nodes(struct check *c, struct vxe_error *err)
{
	struct strv *places = xcalloc(c->paths.n + 1, sizeof(*places));
	int r = nodes_of_files(c->s, c->t, &c->paths, places, err) < 0 ? -1
								       : check_each(c, places, err);

	for (size_t i = 0; i < c->paths.n; i++)
		strv_clear(&places[i]);
	free(places);
	return r;
}
