/* SPDX-License-Identifier: MIT */
/*
 * message: what happened to an object, for people and alert mails; the newest MESSAGES_KEPT stay.
 * Operations write theirs in their final transaction (plan_message()), so none is told that did
 * not happen and none is lost.
 */
#pragma once

#include "objects/classes/common/message_class.h"

#define MESSAGES_KEPT 10000

/* What vxe tells by itself; names and priorities: the table in message.c. */
enum message_kind {
	MESSAGE_VM_CHECKPOINTED,
	MESSAGE_VM_CLONED,
	MESSAGE_VM_REBOOTED,
	MESSAGE_VM_RESUMED,
	MESSAGE_VM_SHUTDOWN,
	MESSAGE_VM_SNAPSHOTTED,
	MESSAGE_VM_SNAPSHOT_REVERTED,
	MESSAGE_VM_STARTED,
	MESSAGE_VM_SUSPENDED,
};

struct session;
struct plan;
struct vm;
/* The operation of @p tells it about @vm when it ends well. */
void plan_message(struct plan *p, enum message_kind kind, const struct vm *vm);
/* The same at once, in @t; for what ends without a plan. */
int message_add(struct txn *t, enum message_kind kind, const struct vm *vm,
	struct vxe_error *err) _must_check_;
/* Drops the oldest above MESSAGES_KEPT. Whoever puts a message calls it in the same transaction. */
int messages_trim(struct txn *t, struct vxe_error *err) _must_check_;

/*
 * message-create: cls and obj_uuid of @what name an object, which must exist; its uuid and
 * timestamp are not looked at. Owned uuid in @ret.
 */
int message_create(struct session *s, const struct message *what, char **ret,
	struct vxe_error *err) _must_check_;
/* Which ones: younger than @after, older than @before, of @priority (-1: any). */
struct message_range {
	int64_t after, before, priority;
};
int messages_destroy_all(
	struct session *s, const struct message_range *range, struct vxe_error *err) _must_check_;
/* All of them or none: UUID_INVALID for one that does not exist. */
int messages_destroy(
	struct session *s, const struct strv *uuids, struct vxe_error *err) _must_check_;
