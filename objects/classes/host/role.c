/* SPDX-License-Identifier: MIT */
/* The fields of roles and subjects, in xe's print order, and the only object of each of these classes. */
#include "objects/classes/host/role.h"

#include "objects/base/uuid.h"
#include "objects/classes/common/mirrored_records.h"

#define ADMIN "pool-admin"
/* UUID of the role pool-admin, the same in every XenServer. */
#define ADMIN_UUID "0165f154-ba3e-034e-6b27-5d271af109ba"

static const struct field role_fields[] = {
	{ "uuid", "Unique identifier.", AT_STRING(struct role, r.uuid), .flags = F_COLUMN },
	{ "name", "Its name.", AT_STRING(struct role, name), .flags = F_COLUMN,
		.source = "constant" },
	{ "description", "What it allows.", AT_STRING(struct role, description),
		.source = "constant" },
	{ 0 },
};

static const struct field subject_fields[] = {
	{ "uuid", "Unique identifier.", AT_STRING(struct subject, r.uuid), .flags = F_COLUMN },
	{ "subject-identifier", "The system's name of the user.",
		AT_STRING(struct subject, subject_identifier), .flags = F_COLUMN,
		.source = "constant" },
	{ "other-config", "What the system says of the user.", AT_MAP(struct subject, other_config),
		.source = "constant" },
	{ "roles", "Names of the user's roles.", AT_STRINGS(struct subject, roles),
		.source = "constant" },
	{ 0 },
};

static int roles_refresh(struct session *s, struct vxe_error *err)
{
	_cleanup_records_ struct records roles = { .cls = &role_class };
	_cleanup_records_ struct records subjects = { .cls = &subject_class };
	struct role *role = mirror_add(s, &roles, "role:" ADMIN);
	struct subject *root = mirror_add(s, &subjects, "subject:root");

	str_replace(&role->r.uuid, ADMIN_UUID);
	if (s->pool_size > 1) { /* one user of all hosts */
		free(root->r.uuid);
		root->r.uuid = uuid_derive(s->store_uuid, "subject:root");
	}
	str_replace(&role->name, ADMIN);
	str_replace(&role->description, "May do everything.");
	str_replace(&root->subject_identifier, "root");
	map_set(&root->other_config, "subject-name", "root");
	map_set(&root->other_config, "subject-uid", "0");
	strv_add(&root->roles, ADMIN);
	if (mirror_records(s, &roles, MIRROR_SHARED, NULL, err) < 0)
		return -1;
	return mirror_records(s, &subjects, MIRROR_SHARED, NULL, err);
}

const struct class role_class = {
	.name = "role",
	.size = sizeof(struct role),
	.fields = role_fields,
	.refresh = roles_refresh,
};

const struct class subject_class = {
	.name = "subject",
	.size = sizeof(struct subject),
	.fields = subject_fields,
	.refresh = roles_refresh,
};
