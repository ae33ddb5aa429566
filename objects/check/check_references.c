/* SPDX-License-Identifier: MIT */
/* `vxe check`: each reference of each record must lead to an object. */
#include "objects/check/check_areas.h"
#include "objects/classes/storage/node.h"
#include "objects/classes/vm/vm_memory.h"

#include <stdlib.h>
#include <string.h>

/* The UUIDs of one class, sorted. */
struct index {
	struct strv uuids;
};

struct walk {
	struct check *c;
	struct index *indexes;	 /* one for each class */
	const struct class *cls; /* class whose records are looked at */
};

static bool exists(const struct walk *w, const struct class *cls, const char *uuid)
{
	for (size_t i = 0; classes[i]; i++)
		if (classes[i] == cls)
			return strv_has_sorted(&w->indexes[i].uuids, uuid);
	return false;
}

static void check_ref(
	const struct walk *w, const struct field *f, const char *owner, const char *uuid)
{
	const struct class *cls = field_class(f);
	_cleanup_free_ char *next = NULL;

	if (str_is_empty(uuid) || exists(w, cls, uuid) ||
		(w->cls == &vm_class && str_eq(uuid, HOME_NONE)))
		return;
	if (w->cls == &vm_class && str_eq(f->name, "suspend-VDI-uuid"))
		next = xasprintf("; 'vxe vm-shutdown uuid=%s --force' gives it up", owner);
	else if (w->cls == &vm_class && f->flags & F_SET)
		next = xasprintf(
			"; 'vxe vm-param-set uuid=%s %s=UUID' names another", owner, f->name);
	check_found(w->c, "reference", w->cls->name, owner, "%s names %s %s, which is gone%s",
		f->name, cls->name, uuid, next ? next : "");
}

/*
 * A checkpoint without memory cannot be reverted to. check_domains() looks at the memory of VMs; libvirt keeps that of
 * its own snapshots in their disks.
 */
static int check_checkpoint(const struct walk *w, const struct vm *vm, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *image = NULL;

	if (!vm->is_a_snapshot || vm->power_state != POWER_SUSPENDED ||
		!str_is_empty(vm->libvirt_snapshot))
		return 0;
	if (vm_memory_find(w->c->t, vm, &image, err) < 0)
		return -1;
	if (!image)
		check_found(w->c, "reference", "VM", vm->r.uuid,
			"the checkpoint has no memory image any more: 'vxe "
			"snapshot-reset-powerstate uuid=%s --force' leaves its disks",
			vm->r.uuid);
	return 0;
}

/* What a VM that is not suspended names as its memory is never looked at. */
static bool is_idle(const struct walk *w, const struct field *f, const void *obj)
{
	const struct vm *vm = obj;

	return w->cls == &vm_class && str_eq(f->name, "suspend-VDI-uuid") &&
		(vm->power_state != POWER_SUSPENDED || vm->is_a_snapshot);
}

static void check_object(const struct walk *w, const void *obj)
{
	const struct record *r = obj;

	for (const struct field *f = w->cls->fields; f->name; f++) {
		const char *at = (const char *)obj + f->offset;

		/*
		 * References to the original of a snapshot (snapshot-of) and to the root of the tree of snapshots
		 * (parent) are not checked: both may be deleted, and then the reference leads nowhere.
		 */
		if (f->offset == FIELD_COMPUTED || !field_class(f) || is_idle(w, f, obj) ||
			(w->cls != &node_class &&
				(str_eq(f->name, "snapshot-of") || str_eq(f->name, "parent"))))
			continue;
		if (f->type == FIELD_REF)
			check_ref(w, f, r->uuid, *(char *const *)(const void *)at);
		if (f->type != FIELD_REFS)
			continue;
		const struct strv *v = (const void *)at;

		for (size_t i = 0; i < v->n; i++)
			check_ref(w, f, r->uuid, v->items[i]);
	}
}

static int take_uuid(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct strv *v = ctx;

	(void)values, (void)err;
	strv_add(v, uuid);
	return 0;
}

static int load_indexes(struct walk *w, struct vxe_error *err)
{
	static const char *const none[] = { NULL };

	for (size_t i = 0; classes[i]; i++) {
		if (txn_scan(w->c->t, classes[i]->name, none, take_uuid, &w->indexes[i].uuids,
			    err) < 0)
			return -1;
		strv_sort(&w->indexes[i].uuids);
	}
	return 0;
}

static int check_class(struct walk *w, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };

	if (records_load(w->c->t, w->cls, NULL, NULL, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		check_object(w, all.items[i]);
		if (w->cls == &vm_class && check_checkpoint(w, all.items[i], err) < 0)
			return -1;
	}
	return 0;
}

/* Finds UUIDs that two objects have. The store prevents that, but older versions did not. */
static void check_unique(const struct walk *w, size_t cls)
{
	const struct strv *mine = &w->indexes[cls].uuids;

	if (classes[cls]->internal)
		return;
	for (size_t i = cls + 1; classes[i]; i++)
		for (size_t k = 0; !classes[i]->internal && k < mine->n; k++)
			if (exists(w, classes[i], mine->items[k]))
				check_found(w->c, "uuid", classes[cls]->name, mine->items[k],
					"%s has the same UUID", classes[i]->name);
}

int check_references(struct check *c, struct vxe_error *err)
{
	struct walk w = { .c = c };
	size_t n = 0;

	while (classes[n])
		n++;
	w.indexes = xcalloc(n + 1, sizeof(*w.indexes));

	int r = load_indexes(&w, err);

	for (size_t i = 0; i < n && r == 0; i++) {
		w.cls = classes[i];
		r = check_class(&w, err);
		check_unique(&w, i);
	}
	for (size_t i = 0; i < n; i++)
		strv_clear(&w.indexes[i].uuids);
	free(w.indexes);
	return r;
}
