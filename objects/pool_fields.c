/* SPDX-License-Identifier: MIT */
/* The fields of the pool, in xe's print order. */
#include "objects/pool.h"

#include "objects/getters.h"
#include "objects/host.h"
#include "objects/sr.h"

#define STR(m) AT_STRING(struct pool, m)
#define SR(m) AT_REF(struct pool, m, &sr_class)

static const struct field pool_fields[] = {
	{ "uuid", "Unique identifier; marks the domains of this store.", STR(r.uuid),
		.flags = F_COLUMN },
	{ "name-label", "Name shown to people.", STR(name_label), .flags = F_SET | F_COLUMN },
	{ "name-description", "Free text about the pool.", STR(name_description),
		.flags = F_SET | F_COLUMN },
	{ "master", "The host that coordinates.", AT_REF(struct pool, master, &host_class),
		.flags = F_COLUMN },
	{ "default-SR", "The SR for new disks.", SR(default_sr),
		.flags = F_SET | F_NULLABLE | F_COLUMN },
	{ "crash-dump-SR", "The SR for crash dumps; unused.", SR(crash_dump_sr),
		.flags = F_SET | F_NULLABLE },
	{ "suspend-image-SR", "The SR for memory images.", SR(suspend_image_sr),
		.flags = F_SET | F_NULLABLE },
	{ "other-config", "Free keys of users and tools.", AT_MAP(struct pool, other_config),
		.flags = F_ADD },
	{ "allowed-operations", "What can be done with the pool now.",
		COMPUTED(FIELD_STRINGS, get_nothing), .source = "always empty" },
	{ "current-operations", "What is being done with the pool now.",
		COMPUTED(FIELD_STRINGS, get_current_operations), .source = "tasks" },
	{ "ha-enabled", "Whether high availability is on; unused.",
		AT_BOOL(struct pool, ha_enabled) },
	{ "tags", "Words by which users group objects.", AT_STRINGS(struct pool, tags),
		.flags = F_ADD | F_COMMA },
	{ 0 },
};

const struct class pool_class = {
	.name = "pool",
	.size = sizeof(struct pool),
	.fields = pool_fields,
};
