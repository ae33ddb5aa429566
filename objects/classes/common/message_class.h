/* SPDX-License-Identifier: MIT */
/* message: a report of an event on an object, for people and alert mails. */
#pragma once

#include "objects/model/record.h"

enum message_cls {
	MESSAGE_CLS_VM,
	MESSAGE_CLS_HOST,
	MESSAGE_CLS_SR,
	MESSAGE_CLS_POOL,
	MESSAGE_CLS_VMPP,
	MESSAGE_CLS_VMSS,
	MESSAGE_CLS_PVS_PROXY,
	MESSAGE_CLS_VDI,
	MESSAGE_CLS_CERTIFICATE,
};

struct message {
	struct record r;
	char *name;
	int64_t priority; /* from 1 (worst) to 5 */
	int cls;	  /* enum message_cls */
	char *obj_uuid;
	int64_t timestamp;
	char *body;
	char *user;
};

RECORD_TYPE(message)
