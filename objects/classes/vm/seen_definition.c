/* SPDX-License-Identifier: MIT */
#include "objects/classes/vm/seen_definition.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "objects/base/clock.h"
#include "objects/classes/host/host.h"
#include "objects/classes/vm/appliance.h"
#include "objects/classes/vm/vmss.h"

#define FORGOTTEN "forgotten:" /* with the time, in seconds */
#define FORGOTTEN_SECONDS (INT64_C(90) * 24 * 3600)
#define STR(m) AT_STRING(struct seen_definition, m)

static const struct field seen_definition_fields[] = {
	{ "uuid", "That of the VM.", STR(r.uuid), .flags = F_INTERNAL | F_COLUMN },
	{ "host", "The host that has told it.", AT_REF(struct seen_definition, host, CLASS_HOST),
		.flags = F_INTERNAL | F_COLUMN },
	{ "word", "A word for libvirt's file of it.", STR(word), .flags = F_INTERNAL | F_COLUMN },
	{ "xml", "The XML.", STR(xml), .flags = F_INTERNAL },
	{ "odd", "Disks on another file than that on record.",
		AT_STRINGS(struct seen_definition, odd), .flags = F_INTERNAL },
	{ "forgotten", "The record of the VM, which has none, as JSON.", STR(forgotten),
		.flags = F_INTERNAL },
	{ 0 },
};

const struct class seen_definition_class = {
	.name = "DEFINITION",
	.size = sizeof(struct seen_definition),
	.fields = seen_definition_fields,
	.internal = true,
};

int seen_definition_put(
	struct txn *t, const char *vm, const char *host, const char *xml, struct vxe_error *err)
{
	_cleanup_(seen_definition_free_cleanup) struct seen_definition *seen = NULL;
	_cleanup_(vm_free_cleanup) struct vm *record = NULL;

	if (vm_find(t, vm, &record, err) < 0 || seen_definition_find(t, vm, &seen, err) < 0)
		return -1;
	if (!record || !str_eq(record->home, host))
		return 0;
	if (!seen) {
		seen = record_new(&seen_definition_class);
		str_replace(&seen->r.uuid, vm);
	}
	str_replace(&seen->host, host);
	str_replace(&seen->word, "");
	str_replace(&seen->xml, xml);
	str_replace(&seen->forgotten, "");
	return record_save(t, &seen_definition_class, seen, err);
}

/* ---- a VM without a record ------------------------------------------------------------------------ */

int seen_definition_forget(
	struct txn *t, const struct vm *vm, const char *host, struct vxe_error *err)
{
	_cleanup_(seen_definition_free_cleanup) struct seen_definition *seen = NULL;

	if (seen_definition_find(t, vm->r.uuid, &seen, err) < 0)
		return -1;
	if (!seen) {
		seen = record_new(&seen_definition_class);
		str_replace(&seen->r.uuid, vm->r.uuid);
	}
	struct json_object *doc = record_encode(&vm_class, vm);

	str_replace(&seen->host, host);
	free(seen->word);
	seen->word = xasprintf(FORGOTTEN "%" PRId64, clock_wall());
	str_replace(&seen->forgotten, json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PLAIN));
	json_object_put(doc);
	return record_save(t, &seen_definition_class, seen, err);
}

bool seen_definition_is_old(const char *word)
{
	return !str_starts(word, FORGOTTEN) ||
		strtoll(word + strlen(FORGOTTEN), NULL, 10) + FORGOTTEN_SECONDS < clock_wall();
}

/* Empties a reference to an object that is gone. */
static int keep_reference(struct txn *t, const struct class *c, char **ref, struct vxe_error *err)
{
	bool there = false;

	if (!str_is_empty(*ref) && record_taken(t, c, *ref, &there, err) < 0)
		return -1;
	if (!there)
		str_replace(ref, NULL);
	return 0;
}

int seen_definition_recall(struct txn *t, const char *uuid, struct vm **ret, struct vxe_error *err)
{
	_cleanup_(seen_definition_free_cleanup) struct seen_definition *seen = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	*ret = NULL;
	if (seen_definition_find(t, uuid, &seen, err) < 0)
		return -1;
	if (!seen || str_is_empty(seen->forgotten))
		return 0;
	struct json_object *doc = json_tokener_parse(seen->forgotten);

	vm = record_new(&vm_class);
	int r = doc ? record_decode(&vm_class, doc, vm, err)
		    : vxe_fail_internal(err, "the forgotten VM %s cannot be read", uuid);

	json_object_put(doc);
	str_replace(&vm->r.uuid, uuid);
	if (r < 0 || keep_reference(t, &appliance_class, &vm->appliance, err) < 0 ||
		keep_reference(t, &vmss_class, &vm->snapshot_schedule, err) < 0 ||
		keep_reference(t, &host_class, &vm->affinity, err) < 0 ||
		txn_del(t, seen_definition_class.name, uuid, err) < 0)
		return -1;
	str_replace(&vm->parent, NULL);
	str_replace(&vm->last_home, "");
	str_replace(&vm->snapshots_seen, "");
	vm->power_state = vm->seen_state = POWER_HALTED;
	*ret = TAKE(vm);
	return 0;
}
