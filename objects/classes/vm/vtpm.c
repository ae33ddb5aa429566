/* SPDX-License-Identifier: MIT */
/* The fields of virtual TPMs and of consoles, in xe's print order. */
#include "objects/classes/vm/vtpm.h"

#include "objects/classes/common/getters.h"
#include "objects/classes/vm/console.h"
#include "objects/classes/vm/vm_consoles.h"
#include "objects/model/enums.h"

/* ---- TPMs ------------------------------------------------------------------------------------ */

static const struct field vtpm_fields[] = {
	{ "uuid", "Unique identifier, derived from the VM's.", AT_STRING(struct vtpm, r.uuid),
		.flags = F_COLUMN },
	{ "vm-uuid", "The VM that has it.", AT_REF(struct vtpm, vm, CLASS_VM), .flags = F_COLUMN,
		.source = "libvirt: the domain's XML, devices/tpm" },
	{ "vm-name-label", "Name of that VM.", AT_REF(struct vtpm, vm, CLASS_VM), .flags = F_NAME,
		.source = "vm-uuid" },
	{ "secret", "Its content; it stays with libvirt.", COMPUTED(FIELD_STRING, get_nothing),
		.source = "constant: empty" },
	{ "is_unique", "Whether its content is kept from copies.",
		COMPUTED(FIELD_BOOL, get_nothing), .source = "constant: false" },
	{ "is_protected", "Whether its content is encrypted.", COMPUTED(FIELD_BOOL, get_nothing),
		.source = "constant: false" },
	{ "allowed-operations", "What can be done with it.", COMPUTED(FIELD_STRINGS, get_nothing),
		.source = "constant: none" },
	{ 0 },
};

const struct class vtpm_class = {
	.name = "VTPM",
	.size = sizeof(struct vtpm),
	.fields = vtpm_fields,
	.refresh = vtpms_refresh,
};

/* ---- consoles -------------------------------------------------------------------------------- */

static const struct field console_fields[] = {
	{ "uuid", "Unique identifier, derived from the VM's.", AT_STRING(struct console, r.uuid),
		.flags = F_COLUMN },
	{ "vm-uuid", "The VM that has it.", AT_REF(struct console, vm, CLASS_VM),
		.flags = F_COLUMN },
	{ "vm-name-label", "Name of that VM.", AT_REF(struct console, vm, CLASS_VM),
		.flags = F_NAME, .source = "vm-uuid" },
	{ "protocol", "How one talks to it.",
		AT_ENUM(struct console, protocol, &console_protocol_table), .flags = F_COLUMN,
		.source = "libvirt: the domain's XML, devices/graphics and devices/serial" },
	{ "location", "Where it is: \"vnc://host:port\", or the file of a terminal or socket.",
		AT_STRING(struct console, location),
		.source = "libvirt: the running domain's XML" },
	{ "other-config", "Free keys of users and tools.", AT_MAP(struct console, other_config),
		.flags = F_ADD },

	/* Not fields of xe. */
	{ "host", "The host on which the VM ran.", AT_REF(struct console, host, CLASS_HOST),
		.flags = F_INTERNAL },
	{ 0 },
};

const struct class console_class = {
	.name = "console",
	.size = sizeof(struct console),
	.fields = console_fields,
	.refresh = consoles_refresh,
};
