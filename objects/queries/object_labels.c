/* SPDX-License-Identifier: MIT */
/* Finds names for messages; if one cannot be found, the message does without it. */
#include "objects/queries/object_labels.h"

#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vm.h"
#include "objects/disks/disks.h"
#include "objects/model/read_txn.h"
#include "objects/model/record.h"
#include "objects/queries/param.h"
#include "objects/session/session.h"

char *naming_reference(struct session *s, const struct field *f, const char *uuid)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_reader_ struct reader reader = { 0 };
	const struct class *c = field_class(f);
	const char *name = NULL;
	bool exists = false;

	return c && reader_begin(s, NULL, &reader, &ignored) == 0 && class_field(c, "name-label") &&
			reader_name(s, c, uuid, &exists, &name, &ignored) == 0 && exists
		? xstrdup(name)
		: NULL;
}

static const struct view *view_of(struct session *s, const char *uuid)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	const char *holder = NULL;

	if (txn_begin(s->store, TXN_READ, &t, &ignored) < 0 ||
		txn_holder(t, uuid, &holder, &ignored) < 0 || !holder)
		return NULL;
	for (const struct view *v = views; v->prefix; v++)
		if (str_eq(v->cls->name, holder))
			return v;
	return NULL;
}

/*
 * The word for an object in messages: "vm", "template" and "snapshot" are one class; of other classes it is the
 * prefix of their commands.
 */
static const char *vm_kind_label(struct session *s, const struct view *v, const char *uuid)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (v->cls != &vm_class || txn_begin(s->store, TXN_READ, &t, &ignored) < 0 ||
		vm_find(t, uuid, &vm, &ignored) < 0 || !vm)
		return v->prefix;
	return vm->is_a_snapshot ? "snapshot" : vm->is_a_template ? "template" : "vm";
}

/*
 * The text of a field; NULL: the class has no such field, or the field cannot be read. After a signal param_get()
 * fails but has read the text, which is used all the same: the message about what was cancelled needs it.
 */
static char *field_text(
	struct session *s, const struct view *v, const char *uuid, const char *field)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	char *text = NULL;

	if (class_field(v->cls, field) && param_get(s, v, uuid, field, NULL, &text, &ignored) < 0)
		error_clear(&ignored);
	return text;
}

static char *place_text(struct session *s, const struct view *v, const char *uuid)
{
	_cleanup_free_ char *vm = field_text(s, v, uuid, "vm-name-label");
	_cleanup_free_ char *device = field_text(s, v, uuid, "device");

	return vm && device ? xasprintf("%s of %s", device, vm) : NULL;
}

char *naming_object(struct session *s, const char *uuid, const char **kind)
{
	const struct view *v = view_of(s, uuid);
	char *name = v ? field_text(s, v, uuid, "name-label") : NULL;

	if (v && kind)
		*kind = vm_kind_label(s, v, uuid);
	return name || !v ? name : place_text(s, v, uuid);
}

char *naming_disk(struct session *s, const char *path)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_records_ struct records vdis = { 0 };

	if (txn_begin(s->store, TXN_READ, &t, &ignored) < 0 ||
		node_by_path(s, t, path, &n, &ignored) < 0 || !n ||
		records_load(t, &vdi_class, "node", n->r.uuid, &vdis, &ignored) < 0 || !vdis.n)
		return NULL;
	return xstrdup(((const struct vdi *)vdis.items[0])->r.uuid);
}
