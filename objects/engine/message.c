/* SPDX-License-Identifier: MIT */
/*
 * Messages (xe's class message): those that operations write, message-create and message-destroy, and the limit on
 * their number.
 */
#include "objects/engine/message.h"

#include "objects/base/clock.h"
#include "objects/base/uuid.h"
#include "objects/classes/host/host.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vmss.h"
#include "objects/audit/audit_line.h"
#include "objects/engine/plan.h"
#include "objects/model/trial_run.h"
#include "objects/session/session.h"

#include <json-c/json.h>
#include <string.h>

#define FOR_INFORMATION 5

static const struct {
	const char *name, *did;
} kinds[] = {
	[MESSAGE_VM_CHECKPOINTED] = { "VM_CHECKPOINTED", "was checkpointed" },
	[MESSAGE_VM_CLONED] = { "VM_CLONED", "was cloned" },
	[MESSAGE_VM_REBOOTED] = { "VM_REBOOTED", "was rebooted" },
	[MESSAGE_VM_RESUMED] = { "VM_RESUMED", "was resumed" },
	[MESSAGE_VM_SHUTDOWN] = { "VM_SHUTDOWN", "was shut down" },
	[MESSAGE_VM_SNAPSHOTTED] = { "VM_SNAPSHOTTED", "was snapshotted" },
	[MESSAGE_VM_SNAPSHOT_REVERTED] = { "VM_SNAPSHOT_REVERTED", "was reverted to a snapshot" },
	[MESSAGE_VM_STARTED] = { "VM_STARTED", "was started" },
	[MESSAGE_VM_SUSPENDED] = { "VM_SUSPENDED", "was suspended" },
};

const char *message_kind_name(enum message_kind kind)
{
	return kinds[kind].name;
}

static struct message *message_about(enum message_kind kind, const struct vm *vm)
{
	struct message *m = record_new(&message_class);

	m->r.uuid = uuid_new();
	str_replace(&m->name, kinds[kind].name);
	m->priority = FOR_INFORMATION;
	m->cls = MESSAGE_CLS_VM;
	str_replace(&m->obj_uuid, vm->r.uuid);
	free(m->body);
	m->body = xasprintf("VM '%s' %s.", vm->name_label, kinds[kind].did);
	return m;
}

void plan_message(struct plan *p, enum message_kind kind, const struct vm *vm)
{
	_cleanup_(message_free_cleanup) struct message *m = message_about(kind, vm);

	plan_add(p, &message_class, m);
	plan_set_now(p, &message_class, m->r.uuid, "timestamp");
}

static int save_message(struct txn *t, struct message *m, struct vxe_error *err)
{
	m->timestamp = clock_wall();
	if (record_save(t, &message_class, m, err) < 0)
		return -1;
	return messages_trim(t, err);
}

void plan_sign_messages(struct plan *p, const struct session_config *config)
{
	const size_t n = p->changes ? json_object_array_length(p->changes) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *change = json_object_array_get_idx(p->changes, i), *cls, *doc;

		if (!json_object_object_get_ex(change, "class", &cls) ||
			!str_eq(json_object_get_string(cls), message_class.name) ||
			!json_object_object_get_ex(change, "doc", &doc))
			continue;
		_cleanup_free_ char *person = deed_person(config);

		json_object_object_add(doc, "user", json_object_new_string(person));
	}
}

int message_add(struct txn *t, const struct session_config *config, enum message_kind kind,
	const struct vm *vm, struct vxe_error *err)
{
	_cleanup_(message_free_cleanup) struct message *m = message_about(kind, vm);

	free(m->user);
	m->user = deed_person(config);
	return save_message(t, m, err);
}

/* ---- the limit ------------------------------------------------------------------------------- */

/* Collects for each message a text that sorts by age: the time as documents store it, a blank, the UUID. */
static int add_age(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	(void)err;
	strv_take(ctx, xasprintf("%s %s", values[0] ? values[0] : "", uuid));
	return 0;
}

int messages_trim(struct txn *t, struct vxe_error *err)
{
	static const char *const timestamp[] = { "timestamp", NULL };
	_cleanup_strv_ struct strv ages = { 0 };
	int64_t n;

	if (txn_count(t, message_class.name, &n, err) < 0)
		return -1;
	if (n <= MESSAGES_KEPT + MESSAGES_SPARE)
		return 0;
	if (txn_scan(t, message_class.name, timestamp, add_age, &ages, err) < 0)
		return -1;
	strv_sort(&ages);
	for (size_t i = 0; i < ages.n - MESSAGES_KEPT; i++)
		if (txn_del(t, message_class.name, strchr(ages.items[i], ' ') + 1, err) < 0)
			return -1;
	return 0;
}

/* ---- by hand --------------------------------------------------------------------------------- */

static const struct class *class_of(int cls)
{
	switch ((enum message_cls)cls) {
	case MESSAGE_CLS_HOST:
		return &host_class;
	case MESSAGE_CLS_SR:
		return &sr_class;
	case MESSAGE_CLS_POOL:
		return &pool_class;
	case MESSAGE_CLS_VMSS:
		return &vmss_class;
	default:
		return &vm_class;
	}
}

static int create_message(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct message *m = ctx;
	const struct class *c = class_of(m->cls);
	void *obj;

	if (record_load(t, c, m->obj_uuid, &obj, err) < 0)
		return -1;
	record_free(c, obj);
	return save_message(t, m, err);
}

int message_create(struct session *s, const struct message *what, char **ret, struct vxe_error *err)
{
	_cleanup_(message_free_cleanup) struct message *m = record_copy(&message_class, what);

	str_replace(&m->r.uuid, NULL);
	m->r.uuid = uuid_new();
	free(m->user);
	m->user = deed_person(&s->config);
	if (record_update(s, create_message, m, err) < 0)
		return -1;
	*ret = TAKE(m->r.uuid);
	return 0;
}

static int destroy(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct strv *uuids = ctx;

	for (size_t i = 0; i < uuids->n; i++) {
		_cleanup_(message_free_cleanup) struct message *m = NULL;

		if (message_get(t, uuids->items[i], &m, err) < 0 ||
			txn_del(t, message_class.name, uuids->items[i], err) < 0)
			return -1;
	}
	return 0;
}

int messages_destroy(struct session *s, const struct strv *uuids, struct vxe_error *err)
{
	struct strv copy = *uuids; /* a copy of the struct alone: the texts are not changed */

	return record_update(s, destroy, &copy, err);
}

static bool in_range(const struct message *m, const struct message_range *r)
{
	return m->timestamp > r->after && m->timestamp < r->before &&
		(r->priority < 0 || m->priority == r->priority);
}

static int destroy_range(struct txn *t, void *ctx, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };

	if (records_load(t, &message_class, NULL, NULL, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct message *m = all.items[i];

		if (in_range(m, ctx) && txn_del(t, message_class.name, m->r.uuid, err) < 0)
			return -1;
	}
	return 0;
}

int messages_destroy_all(
	struct session *s, const struct message_range *range, struct vxe_error *err)
{
	struct message_range copy = *range;

	return record_update(s, destroy_range, &copy, err);
}
