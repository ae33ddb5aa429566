/* SPDX-License-Identifier: MIT */
#include "objects/classes/vm/seen_definition.h"

#include "objects/classes/vm/vm.h"

#define STR(m) AT_STRING(struct seen_definition, m)

static const struct field seen_definition_fields[] = {
	{ "uuid", "That of the VM.", STR(r.uuid), .flags = F_INTERNAL | F_COLUMN },
	{ "host", "The host that has told it.", AT_REF(struct seen_definition, host, CLASS_HOST),
		.flags = F_INTERNAL | F_COLUMN },
	{ "word", "A word for libvirt's file of it.", STR(word), .flags = F_INTERNAL | F_COLUMN },
	{ "xml", "The XML.", STR(xml), .flags = F_INTERNAL },
	{ "odd", "Disks on another file than that on record.",
		AT_STRINGS(struct seen_definition, odd), .flags = F_INTERNAL },
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
	return record_save(t, &seen_definition_class, seen, err);
}
