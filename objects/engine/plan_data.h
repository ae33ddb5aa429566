/* SPDX-License-Identifier: MIT */
/*
 * Members of a plan: the data that an operation keeps across a crash, besides disks and records. Each operation
 * declares its members in tables next to its steps; the members of the ready-made acts of which its steps are made
 * come with these acts. Reading or writing a member that the operation does not declare, or that has another type, is
 * a bug: the calls assert.
 */
#pragma once

#include "objects/base/str.h"

#include <stdint.h>

struct json_object;
struct op_type;
struct plan;

/*
 * The types of plan members. UUIDs and paths are strings that nobody checks: they may come from definitions and
 * archives.
 */
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

/* The tables of an operation's own plan members, for op_type.members; a NULL name ends each table. */
#define PLAN_MEMBERS(...) ((const struct plan_member *const[]){ __VA_ARGS__, NULL })

#define OP_TABLES 16 /* number of tables of plan members that an operation has at most */

/*
 * Lists the tables of plan members of an operation and of the acts that its steps use, each once; returns their
 * number. @type NULL: none.
 */
size_t op_tables(const struct op_type *type, const struct plan_member *ret[OP_TABLES]);
/* The declaration of the plan member @name; NULL: the operation has none of that name. */
const struct plan_member *plan_member_find(const struct op_type *type, const char *name);

bool plan_has(const struct plan *p, const char *name);
/* The value of a plan member that is a string, UUID or path, borrowed; NULL: not set. */
const char *plan_string(const struct plan *p, const char *name);
/* The value of a plan member; false also if the member is not set. */
bool plan_bool(const struct plan *p, const char *name);
/* The value of a plan member; 0 also if the member is not set. */
int64_t plan_int(const struct plan *p, const char *name);
void plan_strings(const struct plan *p, const char *name, struct strv *ret);

/* Sets a plan member to a copy of @value; NULL unsets the member. */
void plan_keep(struct plan *p, const char *name, const char *value);
void plan_keep_bool(struct plan *p, const char *name, bool value);
void plan_keep_int(struct plan *p, const char *name, int64_t value);
/* Adds @value to a plan member that is a list of strings, if it is not there yet. */
void plan_keep_one_more(struct plan *p, const char *name, const char *value);

/* Converts plan members that are all strings (FORM_TEXT) to their types, and drops undeclared ones. */
void plan_members_from_text(struct json_object **extra, const struct op_type *type);
/* NULL if each plan member in @extra is declared and has its type; else what is wrong, owned. */
char *plan_members_check(struct json_object *extra, const struct op_type *type);
