/* SPDX-License-Identifier: MIT */
/* Dump and restore of all records. */
#include "objects/queries/database.h"

#include "objects/classes/common/intent.h"
#include "objects/classes/common/task.h"
#include "objects/engine/op_recover.h"
#include "objects/disks/disks.h"
#include "objects/model/json.h"
#include "objects/model/record.h"

#include <string.h>

#define FORMAT "vxe-database"
#define VERSION 1

static bool class_is_kept(const struct class *c)
{
	return c != &task_class && c != &intent_class;
}

/* ---- dump ------------------------------------------------------------------------------------ */

static int add_document(void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	(void)err;
	json_object_object_add(ctx, uuid, json_object_get(doc));
	return 0;
}

/*
 * Tells the user that a record is damaged: a dump of a damaged store has only what can still be read, and its user
 * must know of that.
 */
static void tell_damaged(
	void *ctx, const char *cls, const char *uuid, const char *reason, bool is_read)
{
	session_notice(ctx, "%s %s is not as vxe wrote it (%s): %s.", cls, uuid, reason,
		is_read ? "look at it in the file before you restore it" : "it is not in the file");
}

static int collect_database(struct session *s, struct json_object *all, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	for (size_t i = 0; classes[i]; i++) {
		struct json_object *rows;

		if (!class_is_kept(classes[i]))
			continue;
		rows = json_object_new_object();
		json_object_object_add(all, classes[i]->name, rows);
		if (txn_each(t, classes[i]->name, add_document, rows, err) < 0)
			return -1;
	}
	return 0;
}

int database_dump(struct session *s, sink_fn *sink, void *ctx, struct vxe_error *err)
{
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	struct json_object *all = json_object_new_object();
	const char *text;

	json_object_object_add(doc, "format", json_object_new_string(FORMAT));
	json_object_object_add(doc, "version", json_object_new_int(VERSION));
	json_object_object_add(doc, "classes", all);
	if (session_prepare(s, err) < 0)
		return -1;
	if (s->here->uuid)
		json_object_object_add(doc, "host", json_object_new_string(s->here->uuid));
	store_bear_damage(s->store, tell_damaged, s);
	int r = collect_database(s, all, err);
	store_bear_damage(s->store, NULL, NULL);
	if (r < 0)
		return -1;
	text = json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PRETTY);
	if (sink(ctx, text, strlen(text)) < 0 || sink(ctx, "\n", 1) < 0)
		return vxe_fail_internal(err, "the database could not be written");
	return 0;
}

/* ---- restore --------------------------------------------------------------------------------- */

static int no_database(struct vxe_error *err, const char *why)
{
	return vxe_fail_text(err, "The file is not a database of vxe: %s", why);
}

/* Checks that each record of the class in a dump can be decoded. */
static int check_rows(const struct class *c, struct json_object *rows, struct vxe_error *err)
{
	struct json_object_iterator i = json_object_iter_begin(rows);
	struct json_object_iterator end = json_object_iter_end(rows);

	for (; !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		_cleanup_error_ struct vxe_error bad = { 0 };
		void *obj = record_new(c);
		int r = record_decode(c, json_object_iter_peek_value(&i), obj, &bad);

		record_free(c, obj);
		if (r < 0)
			return no_database(err, bad.params[0]);
	}
	return 0;
}

static int check_document(const struct session *s, struct json_object *doc,
	struct json_object **all, struct vxe_error *err)
{
	struct json_object *format = NULL, *version = NULL, *host = NULL;

	if (!json_object_is_type(doc, json_type_object))
		return no_database(err, "it is not JSON");
	json_object_object_get_ex(doc, "format", &format);
	json_object_object_get_ex(doc, "version", &version);
	json_object_object_get_ex(doc, "host", &host);
	if (!str_eq(json_object_get_string(format), FORMAT))
		return no_database(err, "it is another kind of document");
	if (json_object_get_int(version) != VERSION)
		return no_database(err, "another version of vxe wrote it");
	if (s->here->uuid && !str_eq(json_object_get_string(host), s->here->uuid))
		return vxe_fail(
			err, VXE_HYPERVISOR_MISMATCH, json_object_get_string(host), s->here->uuid);
	if (!json_object_object_get_ex(doc, "classes", all) ||
		!json_object_is_type(*all, json_type_object))
		return no_database(err, "it has no records");
	json_object_object_foreach(*all, name, rows)
	{
		const struct class *c = class_by_name(name);

		if (!c || !class_is_kept(c) || !json_object_is_type(rows, json_type_object))
			return no_database(err, name);
		if (check_rows(c, rows, err) < 0)
			return -1;
	}
	return 0;
}

static int add_uuid(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	(void)values, (void)err;
	strv_add(ctx, uuid);
	return 0;
}

/* Refuses a restore while an operation runs: the operation would end on records that it does not know. */
static int check_idle(struct txn *t, struct vxe_error *err)
{
	static const char *const none[] = { NULL };
	_cleanup_strv_ struct strv intents = { 0 };

	if (txn_scan(t, intent_class.name, none, add_uuid, &intents, err) < 0)
		return -1;
	return intents.n ? vxe_fail(err, VXE_BUSY, "the store", "a running operation") : 0;
}

static int drop_others(
	struct txn *t, const struct class *c, struct json_object *rows, struct vxe_error *err)
{
	static const char *const none[] = { NULL };
	_cleanup_strv_ struct strv there = { 0 };

	if (txn_scan(t, c->name, none, add_uuid, &there, err) < 0)
		return -1;
	for (size_t i = 0; i < there.n; i++)
		if (!(rows && json_object_object_get_ex(rows, there.items[i], NULL)) &&
			txn_del(t, c->name, there.items[i], err) < 0)
			return -1;
	return 0;
}

static int put_rows(
	struct txn *t, const struct class *c, struct json_object *rows, struct vxe_error *err)
{
	json_object_object_foreach(rows, uuid, doc)
	{
		if (txn_put_back(t, c->name, uuid, doc, err) < 0)
			return -1;
	}
	return 0;
}

struct restoring {
	struct session *s;
	struct json_object *all;
	struct strv told; /* texts for the user */
};

/*
 * Replaces all records of the store by those of a dump. Deletes first, because a UUID of the store may belong to an
 * object of another class in the dump.
 */
static int restore(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct restoring *w = ctx;
	struct json_object *rows;

	if (check_idle(t, err) < 0)
		return -1;
	for (size_t i = 0; classes[i]; i++) {
		rows = NULL;
		json_object_object_get_ex(w->all, classes[i]->name, &rows);
		if (class_is_kept(classes[i]) && drop_others(t, classes[i], rows, err) < 0)
			return -1;
	}
	for (size_t i = 0; classes[i]; i++)
		if (class_is_kept(classes[i]) &&
			json_object_object_get_ex(w->all, classes[i]->name, &rows) &&
			put_rows(t, classes[i], rows, err) < 0)
			return -1;
	strv_clear(&w->told);
	return database_compare(w->s, t, &w->told, err);
}

/*
 * Restores all records in one transaction, and then tells the user what is lost. libvirt's domains are listed before
 * the transaction begins, because the transaction needs the list.
 */
static int restore_all(struct restoring *w, struct vxe_error *err)
{
	if (leaf_load(w->s, err) < 0 || store_update(w->s->store, restore, w, err) < 0)
		return -1;
	for (size_t i = 0; i < w->told.n; i++)
		session_notice(w->s, "%s", w->told.items[i]);
	return 0;
}

int database_restore(struct session *s, const char *text, bool dry_run, struct vxe_error *err)
{
	_cleanup_json_ struct json_object *doc = json_tokener_parse(text);
	struct json_object *all;

	if (session_prepare(s, err) < 0 || check_document(s, doc, &all, err) < 0)
		return -1;
	if (dry_run)
		return 0;
	if (op_recover(s, NULL, NULL, err) < 0)
		return -1;
	struct restoring w = { .s = s, .all = all };
	int r = restore_all(&w, err);

	strv_clear(&w.told);
	return r;
}
