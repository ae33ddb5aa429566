/* SPDX-License-Identifier: MIT */
/*
 * Objects that are only records: message-*, secret-*, appliance-*, task-cancel. Behaviour
 * source: xen-api ocaml/xapi-cli-server/cli_operations.ml.
 */
#include <string.h>

#include "objects/base/clock.h"
#include "objects/classes/host/secret.h"
#include "objects/classes/vm/appliance.h"
#include "objects/engine/message.h"
#include "objects/model/enums.h"
#include "objects/model/value.h"
#include "objects/queries/record_objects.h"
#include "objects/vm/appliance_power.h"
#include "xe/model/call.h"
#include "xe/model/command.h"

static const char *text_or(const struct call *c, const char *key, const char *otherwise)
{
	const char *text = call_get(c, key);

	return text ? text : otherwise;
}

static int create_object(struct call *c, const struct class *cls, void *obj, struct vxe_error *err)
{
	return call_session(c, err) < 0 ? -1 : object_create(c->session, cls, obj, &c->result, err);
}

static int destroy_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return object_destroy(c->session, c->command->arg, uuid, err);
}

/* ---- secrets and appliances ----------------------------------------------------------------- */

static int cmd_secret_create(struct call *c, struct vxe_error *err)
{
	_cleanup_(secret_free_cleanup) struct secret *secret = record_new(&secret_class);

	str_replace(&secret->value, call_get(c, "value"));
	call_map(c, "other-config", &secret->other_config);
	return create_object(c, &secret_class, secret, err);
}

static int cmd_appliance_create(struct call *c, struct vxe_error *err)
{
	_cleanup_(appliance_free_cleanup) struct appliance *a = record_new(&appliance_class);

	str_replace(&a->name_label, call_get(c, "name-label"));
	str_replace(&a->name_description, text_or(c, "name-description", ""));
	return create_object(c, &appliance_class, a, err);
}

static int start_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return appliance_start(c->session, THIS_PROGRAM, uuid, call_flag(c, "paused", false), err);
}

static int shutdown_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return appliance_shutdown(
		c->session, THIS_PROGRAM, uuid, call_flag(c, "force", false), err);
}

/* ---- messages ------------------------------------------------------------------------------- */

static const struct {
	const char *key;
	int cls;
} about[] = {
	{ "vm-uuid", MESSAGE_CLS_VM },
	{ "pool-uuid", MESSAGE_CLS_POOL },
	{ "sr-uuid", MESSAGE_CLS_SR },
	{ "host-uuid", MESSAGE_CLS_HOST },
};

static const struct param_kind message_priority = { "priority", PARAM_NUMBER,
	.meaning = "1 (the most urgent) to 5.", .refusal = "Priority field should be an integer" };

static int cmd_message_create(struct call *c, struct vxe_error *err)
{
	_cleanup_(message_free_cleanup) struct message *m = record_new(&message_class);
	_cleanup_free_ char *uuid = NULL;
	size_t i = 0;

	m->priority = call_value(c, "priority", 0);
	while (i < ARRAY_LEN(about) && !call_get(c, about[i].key))
		i++;
	if (i == ARRAY_LEN(about))
		return vxe_fail_text(err, "Need one of: vm-uuid, host-uuid, sr-uuid or pool-uuid");
	m->cls = about[i].cls;
	str_replace(&m->obj_uuid, call_get(c, about[i].key));
	str_replace(&m->name, call_get(c, "name"));
	str_replace(&m->body, call_get(c, "body"));
	if (call_session(c, err) < 0)
		return -1;
	return message_create(c->session, m, &uuid, err);
}

static int cmd_message_destroy(struct call *c, struct vxe_error *err)
{
	const char *one = call_get(c, "uuid"), *many = call_get(c, "uuids");
	_cleanup_strv_ struct strv uuids = { 0 };

	if (one && many)
		return vxe_fail_text(err, "Ambiguous arguments; need one of uuid, uuids");
	if (!one && !many)
		return vxe_fail_text(err, "Need one of uuid, uuids");
	if (one)
		strv_add(&uuids, one);
	else
		strv_split(&uuids, many, ',');
	if (call_session(c, err) < 0)
		return -1;
	return messages_destroy(c->session, &uuids, err);
}

static const struct param_kind only_priority = { "priority", PARAM_NUMBER,
	.meaning = "Only messages of this priority.", .absent = "all",
	.refusal = "Invalid priority format (expected positive integer)", .natural = true };

static int cmd_message_destroy_all(struct call *c, struct vxe_error *err)
{
	const struct message_range range = { .after = call_value(c, "after", INT64_MIN),
		.before = call_value(c, "before", INT64_MAX),
		.priority = call_value(c, "priority", -1) };

	return call_session(c, err) < 0 ? -1 : messages_destroy_all(c->session, &range, err);
}

const struct command object_commands[] = {
	{ "appliance-create", cmd_appliance_create, 0,
		"Make an appliance: a group of VMs that belong together.",
		PARAMS({ "name-label", P_REQUIRED }, { "name-description", 0 }, DRY_RUN_PARAM),
		PRINTS(PRINTS_UUID) },
	{ "appliance-destroy", on_uuid, C_LOSES, "Remove an appliance; its VMs stay.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM), .one = destroy_one,
		.arg = &appliance_class, PRINTS(PRINTS_NOTHING) },
	{ "appliance-shutdown", on_uuid, C_LOSES,
		"Shut the VMs of an appliance down, those of the highest order first.",
		PARAMS({ "uuid", P_REQUIRED }, { "force", 0 }, DRY_RUN_PARAM), .one = shutdown_one,
		PRINTS(PRINTS_NOTHING) },
	{ "appliance-start", on_uuid, 0,
		"Start the VMs of an appliance, those of the lowest order first.",
		PARAMS({ "uuid", P_REQUIRED }, { "paused", 0 }, DRY_RUN_PARAM, FORCE_PARAM),
		.one = start_one, PRINTS(PRINTS_NOTHING) },
	{ "message-create", cmd_message_create, C_ANYWHERE,
		"Leave a message about a VM, a host, an SR or the pool.",
		PARAMS({ "name", P_REQUIRED }, { "priority", P_REQUIRED }, { "body", P_REQUIRED },
			{ "vm-uuid", 0 }, { "host-uuid", 0 }, { "sr-uuid", 0 }, { "pool-uuid", 0 },
			DRY_RUN_PARAM),
		KINDS(&message_priority), PRINTS(PRINTS_NOTHING) },
	{ "message-destroy", cmd_message_destroy, C_LOSES, "Remove messages.",
		PARAMS({ "uuid", 0 }, { "uuids", 0 }, DRY_RUN_PARAM), PRINTS(PRINTS_NOTHING) },
	{ "message-destroy-all", cmd_message_destroy_all, C_LOSES,
		"Remove all messages, or those of a time or a priority.",
		PARAMS({ "before", 0 }, { "after", 0 }, { "priority", 0 }, DRY_RUN_PARAM),
		KINDS(&only_priority), PRINTS(PRINTS_NOTHING) },
	{ "secret-create", cmd_secret_create, 0, "Keep a secret.",
		PARAMS({ "value", P_REQUIRED }, { "other-config:", P_HIDDEN }, DRY_RUN_PARAM),
		PRINTS(PRINTS_UUID) },
	{ "secret-destroy", on_uuid, C_LOSES, "Forget a secret.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM), .one = destroy_one,
		.arg = &secret_class, PRINTS(PRINTS_NOTHING) },
	{ "task-cancel", on_uuid, C_EVERYDAY | C_LOSES, "Ask a running task to stop.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM), .act = task_cancel,
		PRINTS(PRINTS_NOTHING) },
	{ 0 },
};
