/* SPDX-License-Identifier: MIT */
/*
 * Members of a plan: the data that an operation keeps across a crash, beside disks and records. Each
 * operation declares its members in tables beside its steps; those of the acts that it is made of come with
 * them. Reading or writing a member that the operation does not declare, or that has another type, is a
 * bug: the calls assert.
 */
#pragma once

#include "objects/base/str.h"

#include <stdint.h>

struct json_object;
struct op_type;
struct plan;

/* The types of members. UUIDs and paths are texts that nobody checks: they may come from definitions and archives. */
enum plan_type {
	PLAN_STRING,
	PLAN_UUID,
	PLAN_PATH,
	PLAN_BOOL,
	PLAN_INT,
	PLAN_STRINGS,
};

struct plan_member {
	const char *name;
	enum plan_type type;
	const char *doc;
};

/* The tables of an operation's own members, for op_type.members; a NULL name ends each table. */
#define PLAN_MEMBERS(...) ((const struct plan_member *const[]){ __VA_ARGS__, NULL })

#define OP_TABLES 16 /* an operation has at most so many tables */

/* The operation's own tables and those of its acts, each once; returns their number. @type NULL: none. */
size_t op_tables(const struct op_type *type, const struct plan_member *ret[OP_TABLES]);
const struct plan_member *plan_member_find(
	/* The declaration of a member; NULL: the operation has none of that name. */
	const struct op_type *type, const char *name);

bool plan_has(const struct plan *p, const char *name);
/* The value of a string, UUID or path, borrowed; NULL: not set. */
const char *plan_string(const struct plan *p, const char *name);
bool plan_bool(const struct plan *p, const char *name);	  /* false also if the member is not set */
int64_t plan_int(const struct plan *p, const char *name); /* 0 also if the member is not set */
void plan_strings(const struct plan *p, const char *name, struct strv *ret);

/* Sets the member to a copy of @value; with NULL it is not set any more. */
void plan_keep(struct plan *p, const char *name, const char *value);
void plan_keep_bool(struct plan *p, const char *name, bool value);
void plan_keep_int(struct plan *p, const char *name, int64_t value);
/* Adds @value to the list, if it is not there yet. */
void plan_keep_one_more(struct plan *p, const char *name, const char *value);

/* Converts members that are all texts (FORM_TEXT) to their types, and drops undeclared ones. */
void plan_members_from_text(struct json_object **extra, const struct op_type *type);
/* NULL if each member is declared and has its type; else what is wrong, owned. */
char *plan_members_check(struct json_object *extra, const struct op_type *type);
