/* SPDX-License-Identifier: MIT */
/*
 * role and subject: the permissions of users. There is one of each: everybody who may use the store
 * is the local superuser and may do everything; remote users would need more.
 */
#pragma once

#include "objects/model/record.h"

struct role {
	struct record r;
	char *name;
	char *description;
};

RECORD_TYPE(role)

struct subject {
	struct record r;
	char *subject_identifier;
	struct map other_config;
	struct strv roles; /* names of roles */
};

RECORD_TYPE(subject)
