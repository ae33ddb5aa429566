/* SPDX-License-Identifier: MIT */
/*
 * Shared by the store's tests: scratch directories, classes, short calls to put and read. Each test
 * runs in a process of its own, so the scratch directory's name is static.
 */
#pragma once

#include "store/store.h"
#include "objects/base/uri.h"

#include "tests/unit/harness.h"
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/leak.h"
#include "tests/unit/scratch.h"

#define LIST(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static const struct store_class test_classes[] = {
	{ "VM", (const char *const[]){ "name_label", "is_a_template", "parent", "size", NULL },
		(const bool[]){ false, false, true, false }, false, NULL },
	{ "VDI", (const char *const[]){ "sr", "MAC", NULL }, (const bool[]){ true, false }, false,
		NULL },
	{ "FILE", (const char *const[]){ "sr", "path", NULL }, (const bool[]){ true, true }, false,
		(const char *const[]){ "sr", "path", NULL } },
	{ "TASK", (const char *const[]){ NULL }, NULL, false, NULL },
	{ "PIF", (const char *const[]){ NULL }, NULL, true, NULL },
	{ "PBD", (const char *const[]){ NULL }, NULL, true, NULL },
	{ NULL, NULL, NULL, false, NULL },
};

static char scratch[SCRATCH_MAX];

static inline void scratch_make(void)
{
	scratch_dir(scratch, "store");
}

static inline void scratch_remove(void)
{
	scratch_drop(scratch);
	no_leaks();
}

static inline struct store *open_with(const struct store_ops *ops, const char *name,
	const struct store_class *classes, bool readonly, struct vxe_error *err)
{
	char where[PATH_MAX], locks[PATH_MAX];
	struct store *s = NULL;

	if (uri_is_database(name))
		snprintf(where, sizeof(where), "%s", name);
	else
		snprintf(where, sizeof(where), "%s/%s", scratch, name);
	snprintf(locks, sizeof(locks), "%s/run/locks", scratch);
	if (store_open(&s, ops,
		    &(struct store_config){ where, classes, locks, .readonly = readonly }, err) < 0)
		return NULL;
	return s;
}

#define cr_ok(call, err)                                                                           \
	cr_assert((call) == 0, "%s: %s / %s", (err)->code ? code_info((err)->code)->name : "rc",   \
		(err)->n_params > 0 ? (err)->params[0] : "",                                       \
		(err)->n_params > 1 ? (err)->params[1] : "")

/* Asserts the error's code and clears it. */
#define cr_error(err, wanted)                                                                      \
	do {                                                                                       \
		cr_assert_eq((err)->code, wanted);                                                 \
		error_clear(err);                                                                  \
	} while (0)

static inline void put_text(struct txn *t, const char *cls, const char *uuid, const char *json)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct json_object *doc = json_tokener_parse(json);

	cr_assert(doc, "%s", json);
	cr_ok(txn_put(t, cls, uuid, doc, &err), &err);
	json_object_put(doc);
}

/* Puts one object in a transaction of its own. */
static inline void put_now(struct store *s, const char *cls, const char *uuid, const char *json)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct txn *t = NULL;

	cr_ok(txn_begin(s, TXN_WRITE, &t, &err), &err);
	put_text(t, cls, uuid, json);
	cr_ok(txn_commit(t, &err), &err);
}

/* The document's text, owned; NULL if there is none. */
static inline char *get_text(struct txn *t, const char *cls, const char *uuid)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct json_object *doc = NULL;

	cr_ok(txn_get(t, cls, uuid, &doc, NULL, &err), &err);
	if (!doc)
		return NULL;
	char *text = xstrdup(json_object_to_json_string_ext(
		doc, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(doc);
	return text;
}

/* Callbacks that write their arguments to a struct str. */
static inline int add_row(
	void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	(void)err;
	str_addf(ctx, "%s", uuid);
	for (size_t i = 0; values[i]; i++)
		str_addf(ctx, " %s", values[i]);
	str_add(ctx, ";");
	return 0;
}

static inline int add_doc(
	void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	(void)err;
	str_addf(ctx, "%s %s;", uuid, json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PLAIN));
	return 0;
}

static inline int add_uuid(
	void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	(void)err, (void)doc;
	str_addf(ctx, "%s;", uuid);
	return 0;
}

/* The values of the columns name_label, is_a_template, parent, size of a row, "-" where absent. */
static inline int add_columns(
	void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	(void)err;
	str_addf(ctx, "%s", uuid);
	for (size_t i = 0; i < 4; i++)
		str_addf(ctx, " %s", values[i] ? values[i] : "-");
	str_add(ctx, ";");
	return 0;
}

#define ALL_COLUMNS LIST("name_label", "is_a_template", "parent", "size")

/* The whole store as text: columns and documents. */
static inline char *dump(struct store *s)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct str text = { 0 };
	struct txn *t = NULL;

	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	cr_ok(txn_scan(t, "VM", ALL_COLUMNS, add_columns, &text, &err), &err);
	str_add(&text, "\n");
	cr_ok(txn_each(t, "VM", add_doc, &text, &err), &err);
	str_add(&text, "\n");
	cr_ok(txn_each(t, "VDI", add_doc, &text, &err), &err);
	str_add(&text, "\n");
	cr_ok(txn_changes(t, 0, add_row, &text, &err), &err);
	txn_abort(t);
	return str_steal(&text);
}

static inline char *find_text(struct txn *t, const char *cls, const char *column, const char *value)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct str text = { 0 };

	cr_ok(txn_find(t, cls, column, value, add_uuid, &text, &err), &err);
	return str_steal(&text);
}

#define cr_text(actual, wanted)                                                                    \
	do {                                                                                       \
		_cleanup_free_ char *text_ = (actual);                                             \
		cr_assert(text_, "nothing, not %s", wanted);                                       \
		cr_assert_str_eq(text_, wanted);                                                   \
	} while (0)
