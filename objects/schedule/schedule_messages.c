/* SPDX-License-Identifier: MIT */
#include "objects/schedule/schedule_messages.h"

#include "objects/base/log.h"
#include "objects/engine/message.h"

#define IMPORTANT 3 /* priority of xe's messages about failed schedules */

static struct message *message_of(
	const struct vmss *v, const char *vm, const char *name, const char *text)
{
	struct message *m = record_new(&message_class);

	m->priority = IMPORTANT;
	m->cls = vm ? MESSAGE_CLS_VM : MESSAGE_CLS_VMSS;
	str_replace(&m->obj_uuid, vm ? vm : v->r.uuid);
	str_replace(&m->name, name);
	free(m->body);
	m->body = xasprintf("schedule '%s' (%s): %s", v->name_label, v->r.uuid, text);
	return m;
}

static void create_schedule_message(struct session *s, const struct message *m)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_free_ char *uuid = NULL;

	if (!s->wishes->dry_run && message_create(s, m, &uuid, &ignored) < 0)
		log_warn("a message about %s is lost: %s", m->obj_uuid, m->body);
}

void schedule_tell(
	struct session *s, const struct vmss *v, const char *vm, const char *name, const char *text)
{
	_cleanup_(message_free_cleanup) struct message *m = message_of(v, vm, name, text);

	create_schedule_message(s, m);
}

static bool is_told(struct session *s, const struct message *m)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_records_ struct records all = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, &ignored) < 0 ||
		records_load(t, &message_class, "obj_uuid", m->obj_uuid, &all, &ignored) < 0)
		return false;
	for (size_t i = 0; i < all.n; i++) {
		const struct message *told = all.items[i];

		if (str_eq(told->name, m->name) && str_eq(told->body, m->body))
			return true;
	}
	return false;
}

void schedule_tell_once(
	struct session *s, const struct vmss *v, const char *vm, const char *name, const char *text)
{
	_cleanup_(message_free_cleanup) struct message *m = message_of(v, vm, name, text);

	if (!is_told(s, m))
		create_schedule_message(s, m);
}
