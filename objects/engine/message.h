/* SPDX-License-Identifier: MIT */
/*
 * xe's class message: an event on an object, for people and alert mails; the newest MESSAGES_KEPT are kept. An
 * operation writes its message in its final transaction (plan_message()), so there is a message exactly if the
 * operation was completed.
 */
#pragma once

#include "objects/classes/common/message_class.h"

#define MESSAGES_KEPT 10000
#define MESSAGES_SPARE 500

/* The kinds of messages that vxe itself writes; their names and priorities are in message.c. */
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
struct session_config;
struct plan;
struct vm;
/* The name of messages of this kind: "VM_STARTED". */
const char *message_kind_name(enum message_kind kind);
/* Adds a message about @vm to what the plan's final transaction writes. */
void plan_message(struct plan *p, enum message_kind kind, const struct vm *vm);
/* Stores in each message of the plan which person has called vxe. */
void plan_sign_messages(struct plan *p, const struct session_config *config);
/* Writes a message in the transaction @t, for operations that have no plan. */
int message_add(struct txn *t, const struct session_config *config, enum message_kind kind,
	const struct vm *vm, struct vxe_error *err) _must_check_;
/*
 * Deletes the oldest messages above MESSAGES_KEPT. Does nothing until there are MESSAGES_SPARE too many, because it
 * reads the times of all messages. Called in the same transaction as every new message.
 */
int messages_trim(struct txn *t, struct vxe_error *err) _must_check_;

/*
 * Carries out message-create: cls and obj_uuid of @what name an object, which must exist; uuid and timestamp of @what
 * are ignored. @ret: the new message's UUID, owned.
 */
int message_create(struct session *s, const struct message *what, char **ret,
	struct vxe_error *err) _must_check_;
/* Selects messages younger than @after, older than @before, and of @priority (-1: of any). */
struct message_range {
	int64_t after, before, priority;
};
int messages_destroy_all(
	struct session *s, const struct message_range *range, struct vxe_error *err) _must_check_;
/* Deletes all messages of the list or none: UUID_INVALID if one does not exist. */
int messages_destroy(
	struct session *s, const struct strv *uuids, struct vxe_error *err) _must_check_;
