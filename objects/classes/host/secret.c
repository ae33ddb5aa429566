/* SPDX-License-Identifier: MIT */
/* The fields of secrets, in xe's print order. */
#include "objects/classes/host/secret.h"

static const struct field secret_fields[] = {
	{ "uuid", "Unique identifier.", AT_STRING(struct secret, r.uuid), .flags = F_COLUMN },
	{ "value", "What is kept secret.", AT_STRING(struct secret, value), .flags = F_SET },

	/* Not fields of xe. */
	{ "other-config", "Free keys; no command shows them.", AT_MAP(struct secret, other_config),
		.flags = F_INTERNAL },
	{ 0 },
};

const struct class secret_class = {
	.name = "secret",
	.size = sizeof(struct secret),
	.fields = secret_fields,
};
