/* SPDX-License-Identifier: MIT */
#include "objects/domain/kept/hidden.h"

#include "backends/image/qcow2_table.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/session/disk_path.h"

int hidden_read(const struct vm *snapshot, struct hv_snapshots *ret, struct vxe_error *err)
{
	ret->items = xcalloc(1, sizeof(*ret->items));
	if (snapshot_read(snapshot->libvirt_document, ret->items, err) < 0)
		return -1;
	ret->n = 1;
	return 0;
}

enum found { FOUND_NOT, FOUND, FOUND_UNKNOWN }; /* unknown: the image cannot be read */

static enum found find_in(const char *path, const char *name)
{
	_cleanup_snapshots_ struct qcow2_snapshots found = { 0 };
	_cleanup_error_ struct vxe_error ignored = { 0 };

	if (qcow2_snapshots_read(path, &found, &ignored) <= 0)
		return FOUND_UNKNOWN;
	for (size_t i = 0; i < found.n; i++)
		if (str_eq(found.items[i].name, name))
			return FOUND;
	return FOUND_NOT;
}

/* *file: the first image that holds it, or NULL; *unknown: there are images that cannot be read. */
static int find(struct session *s, const struct vm *snapshot, const struct hv_snapshot *of,
	char **file, bool *unknown, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *then = NULL;

	*file = NULL;
	*unknown = false;
	if (spec_read(snapshot->domain_xml, &then, err) < 0 || disk_paths_know(s, then, err) < 0)
		return -1;
	for (size_t i = 0; i < of->n_disks && !*file; i++) {
		const struct spec_disk *disk = spec_find_disk(then, of->disks[i].target);
		_cleanup_free_ char *path = disk ? disk_path(s, disk) : NULL;

		if (of->disks[i].place != HV_INTERNAL)
			continue;
		enum found found = path ? find_in(path, of->name) : FOUND_UNKNOWN;

		*unknown |= found == FOUND_UNKNOWN;
		if (found == FOUND)
			*file = TAKE(path);
	}
	return 0;
}

int hidden_file(struct session *s, const struct vm *snapshot, const struct hv_snapshots *hidden,
	char **ret, struct vxe_error *err)
{
	bool unknown;

	return find(s, snapshot, hidden->items, ret, &unknown, err);
}

bool hidden_has_gone(struct session *s, const struct vm *snapshot)
{
	_cleanup_hv_snapshots_ struct hv_snapshots hidden = { 0 };
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_free_ char *file = NULL;
	bool unknown;

	return hidden_read(snapshot, &hidden, &ignored) == 0 &&
	       find(s, snapshot, hidden.items, &file, &unknown, &ignored) == 0 && !file && !unknown;
}

int hidden_document(const struct vm *snapshot, const struct hv_snapshots *hidden,
	const struct hv_snapshots *found, char **ret, struct vxe_error *err)
{
	const struct hv_snapshot *of = hidden->items;
	bool has_parent = of->parent && hv_snapshots_find(found, of->parent);

	if (hv_snapshots_find(found, of->name))
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"libvirt has another snapshot of that name by now; end that one first");
	return snapshot_with_parent(
		snapshot->libvirt_document, has_parent ? of->parent : NULL, ret, err);
}

static int check_one(struct session *s, const struct vm *snapshot, struct vxe_error *err)
{
	_cleanup_hv_snapshots_ struct hv_snapshots hidden = { 0 };
	_cleanup_free_ char *file = NULL;

	if (hidden_read(snapshot, &hidden, err) < 0 ||
		hidden_file(s, snapshot, &hidden, &file, err) < 0)
		return -1;
	return file ? vxe_fail(err, VXE_SNAPSHOT_HIDDEN, snapshot->r.uuid, file) : 0;
}

int hidden_check(struct session *s, const struct vm *vm, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records all = { 0 };

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vm_class, "snapshot_of", vm->r.uuid, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		if (vm_is_hidden(all.items[i]) && check_one(s, all.items[i], err) < 0)
			return -1;
	return 0;
}
