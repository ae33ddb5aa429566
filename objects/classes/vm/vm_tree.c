/* SPDX-License-Identifier: MIT */
/* Walks the tree of snapshots; getters of fields that describe the place of a snapshot in it. */
#include "objects/classes/vm/vm_tree.h"

#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/model/read_txn.h"

int vm_tree_children(struct session *s, const char *uuid, struct strv *ret, struct vxe_error *err)
{
	_cleanup_reader_ struct reader reader = { 0 };
	_cleanup_strv_ struct strv users = { 0 };

	if (reader_begin(s, NULL, &reader, err) < 0 ||
		reader_users(s, &vm_class, "parent", uuid, &users, err) < 0)
		return -1;
	for (size_t i = 0; i < users.n; i++) {
		_cleanup_(vm_free_cleanup) struct vm *child = NULL;

		if (vm_find(s->read_txn, users.items[i], &child, err) < 0)
			return -1;
		if (child && child->is_a_snapshot && !strv_has(ret, child->r.uuid))
			strv_add(ret, child->r.uuid);
	}
	return 0;
}

/*
 * Follows the parents of a snapshot upwards. Adds no object twice: a damaged chain of parents may lead back to itself.
 */
int vm_tree_above(struct session *s, const char *uuid, struct strv *ret, struct vxe_error *err)
{
	_cleanup_reader_ struct reader reader = { 0 };
	_cleanup_(vm_free_cleanup) struct vm *at = NULL;

	if (reader_begin(s, NULL, &reader, err) < 0 || vm_get(s->read_txn, uuid, &at, err) < 0)
		return -1;
	while (at->parent && !strv_has(ret, at->parent)) {
		_cleanup_(vm_free_cleanup) struct vm *below = TAKE(at);

		if (vm_find(s->read_txn, below->parent, &at, err) < 0)
			return -1;
		if (!at)
			return 0;
		strv_add(ret, at->r.uuid);
	}
	return 0;
}

int vm_tree_below(struct session *s, const char *uuid, struct strv *ret, struct vxe_error *err)
{
	_cleanup_reader_ struct reader reader = { 0 };
	_cleanup_strv_ struct strv found = { 0 };

	if (reader_begin(s, NULL, &reader, err) < 0)
		return -1;
	strv_add(&found, uuid);
	for (size_t i = 0; i < found.n; i++)
		if (vm_tree_children(s, found.items[i], &found, err) < 0)
			return -1;
	for (size_t i = 1; i < found.n; i++)
		strv_add(ret, found.items[i]);
	return 0;
}

/* ---- fields ---------------------------------------------------------------------------------- */

int vm_get_children_names(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;
	_cleanup_strv_ struct strv users = { 0 };

	if (reader_users(s, &vm_class, "parent", vm->r.uuid, &users, err) < 0)
		return -1;
	for (size_t i = 0; i < users.n; i++) {
		const char *name;
		bool exists;

		if (reader_name(s, &vm_class, users.items[i], &exists, &name, err) < 0)
			return -1;
		if (exists)
			strv_add(&ret->list, name);
	}
	return 0;
}

int vm_get_is_root(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;
	bool exists = false;

	if (vm->parent && reader_name(s, &vm_class, vm->parent, &exists, NULL, err) < 0)
		return -1;
	ret->integer = !exists;
	return 0;
}

int vm_get_is_leaf(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;
	_cleanup_strv_ struct strv children = { 0 };

	if (vm_tree_children(s, vm->r.uuid, &children, err) < 0)
		return -1;
	ret->integer = !children.n;
	return 0;
}

int vm_get_has_memory(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;

	(void)s, (void)err;
	ret->integer = vm->power_state == POWER_SUSPENDED;
	return 0;
}

/*
 * The getter of a snapshot's size: the bytes that its deletion would free. If they cannot be computed, the field is
 * shown as "<unknown>" and the list goes on; only a cancelled command fails.
 */
int vm_get_size(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error untold = { 0 };
	const struct vm *vm = obj;

	if (!vm->is_a_snapshot)
		return 0;
	if (session_above.frees(s, vm->r.uuid, &ret->integer, &untold) == 0)
		return 0;
	if (untold.code == TASK_CANCELLED) {
		error_move(err, &untold);
		return -1;
	}
	ret->literal = "<unknown>";
	return 0;
}

int vm_get_memory_size(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct class *images = class_by_id(CLASS_VDI);
	const struct vm *vm = obj;
	void *image = NULL;
	int r = 0;

	if (vm->suspend_vdi && record_find(s->read_txn, images, vm->suspend_vdi, &image, err) < 0)
		return -1;
	if (image)
		r = field_value(s, class_field(images, "physical-utilisation"), image, ret, err);
	record_free(images, image);
	return r;
}

int vm_get_is_quiesced(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;

	(void)s, (void)err;
	ret->integer = str_eq(map_get(&vm->snapshot_info, "disk-snapshot-type"), "quiesced");
	return 0;
}

int vm_get_is_internal(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	(void)s, (void)err;
	ret->integer = vm_is_inside_image(obj);
	return 0;
}

int vm_get_is_in_libvirt(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;

	(void)s, (void)err;
	ret->integer = !str_is_empty(vm->libvirt_snapshot) && !vm_is_hidden(vm);
	return 0;
}
