/* SPDX-License-Identifier: MIT */
/* The fields of patches and updates, in xe's print order. */
#include "objects/classes/host/patch.h"

#define NONE .source = "no such object exists"

static const struct field patch_fields[] = {
	{ "uuid", "Unique identifier.", AT_STRING(struct patch, r.uuid), .flags = F_COLUMN, NONE },
	{ "name-label", "Name shown to people.", AT_STRING(struct patch, name_label),
		.flags = F_COLUMN, NONE },
	{ "name-description", "Free text about it.", AT_STRING(struct patch, name_description),
		NONE },
	{ "size", "Its size, in bytes.", AT_INT(struct patch, size), NONE, .flags = F_SIZE },
	{ "hosts", "Hosts that have it.", AT_STRINGS(struct patch, hosts), .flags = F_COMMA, NONE },
	{ "after-apply-guidance", "What to do once it is there.",
		AT_STRINGS(struct patch, after_apply_guidance), .flags = F_COMMA, NONE },
	{ "update", "The update that it is.", AT_REF(struct patch, update, CLASS_UPDATE), NONE },
	{ 0 },
};

const struct class patch_class = {
	.name = "pool_patch",
	.size = sizeof(struct patch),
	.fields = patch_fields,
};

static const struct field update_fields[] = {
	{ "uuid", "Unique identifier.", AT_STRING(struct update, r.uuid), .flags = F_COLUMN, NONE },
	{ "name-label", "Name shown to people.", AT_STRING(struct update, name_label),
		.flags = F_COLUMN, NONE },
	{ "name-description", "Free text about it.", AT_STRING(struct update, name_description),
		NONE },
	{ "version", "Its version.", AT_STRING(struct update, version), NONE },
	{ "installation-size", "Space that it needs, in bytes.",
		AT_INT(struct update, installation_size), NONE, .flags = F_SIZE },
	{ "hosts", "Hosts that have it.", AT_STRINGS(struct update, hosts), .flags = F_COMMA,
		NONE },
	{ "after-apply-guidance", "What to do once it is there.",
		AT_STRINGS(struct update, after_apply_guidance), .flags = F_COMMA, NONE },
	{ "enforce-homogeneity", "Whether all hosts must have it.",
		AT_BOOL(struct update, enforce_homogeneity), NONE },
	{ 0 },
};

const struct class update_class = {
	.name = "pool_update",
	.size = sizeof(struct update),
	.fields = update_fields,
};
