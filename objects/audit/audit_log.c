/* SPDX-License-Identifier: MIT */
#include "objects/audit/audit_log.h"

#include "backends/child/child_filter.h"
#include "objects/base/escape.h"
#include "objects/classes/common/message_class.h"
#include "objects/classes/vm/vm.h"
#include "objects/audit/audit_line.h"
#include "objects/model/read_txn.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

static void line_clear(struct log_line *l)
{
	free(l->command);
	strv_clear(&l->objects);
	free(l->person);
	free(l->user);
	free(l->uid);
	free(l->sudo);
	free(l->login);
	free(l->ms);
	free(l->result);
}

void deed_log_clear(struct deed_log *l)
{
	for (size_t i = 0; i < l->n; i++)
		line_clear(&l->items[i]);
	free(l->items);
	*l = (struct deed_log){ 0 };
}

/* True if @text, an object of an audit line as "CLASS UUID NAME", has the name or UUID @object. */
static bool object_is_called(const char *text, const char *object)
{
	const char *uuid = strchr(text, ' ');
	const char *name = uuid ? strchr(uuid + 1, ' ') : NULL;

	return name &&
		(str_eq(name + 1, object) ||
			((size_t)(name - uuid - 1) == strlen(object) &&
				str_starts(uuid + 1, object)));
}

/* Adds the audit line to the log if it names the object that the caller wants. */
static void keep(struct deed_log *l, struct log_line *line, const char *object)
{
	bool wanted = !object;

	for (size_t i = 0; !wanted && i < line->objects.n; i++)
		wanted = object_is_called(line->objects.items[i], object);
	if (!wanted) {
		line_clear(line);
		return;
	}
	l->items = xrealloc(l->items, l->n + 1, sizeof(*l->items));
	l->items[l->n++] = *line;
}

/* ---- the journal ----------------------------------------------------------------------------- */

/*
 * The text of a field of a journal entry, made safe to print: anybody who may write to the journal may have written
 * it. Owned.
 */
static char *journal_member(struct json_object *entry, const char *name)
{
	struct json_object *v;

	if (!json_object_object_get_ex(entry, name, &v) ||
		!json_object_is_type(v, json_type_string))
		return xstrdup("");
	return shown(json_object_get_string(v), SHOWN_TEXT);
}

/*
 * Adds the texts of a field of a journal entry to @ret; the JSON is an array if the field occurs several times, else
 * a string.
 */
static void members(struct json_object *entry, const char *name, struct strv *ret)
{
	struct json_object *v = NULL;

	if (!json_object_object_get_ex(entry, name, &v))
		return;
	if (json_object_is_type(v, json_type_string))
		strv_take(ret, shown(json_object_get_string(v), SHOWN_PATH));
	for (size_t i = 0;
		json_object_is_type(v, json_type_array) && i < json_object_array_length(v); i++) {
		struct json_object *one = json_object_array_get_idx(v, i);

		if (json_object_is_type(one, json_type_string))
			strv_take(ret, shown(json_object_get_string(one), SHOWN_PATH));
	}
}

static void read_entry(struct json_object *entry, const char *object, struct deed_log *ret)
{
	_cleanup_free_ char *us = journal_member(entry, "__REALTIME_TIMESTAMP");
	_cleanup_free_ char *known = journal_member(entry, "_UID");
	struct log_line line = { .time = strtoll(us, NULL, 10) / 1000000,
		.command = journal_member(entry, "VXE_COMMAND"),
		.person = journal_member(entry, "VXE_PERSON"),
		.user = journal_member(entry, "VXE_USER"),
		.uid = *known ? TAKE(known) : journal_member(entry, "VXE_UID"),
		.sudo = journal_member(entry, "VXE_SUDO_USER"),
		.login = journal_member(entry, "VXE_LOGINUID"),
		.ms = journal_member(entry, "VXE_DURATION_MS"),
		.result = journal_member(entry, "VXE_RESULT") };

	members(entry, "VXE_OBJECT", &line.objects);
	strv_sort(&line.objects);
	keep(ret, &line, object);
}

static bool audit_is_cancelled(void *ctx)
{
	return session_cancelled(ctx);
}

/*
 * Reads audit lines from the systemd journal. Returns the number of all that were read, even if they do not name
 * @object.
 */
static size_t read_journal(
	struct session *s, const char *object, int64_t since, struct deed_log *ret)
{
	_cleanup_free_ char *from = xasprintf("--since=@%" PRId64, since);
	const char *const argv[] = { s->config.journalctl, "--quiet", "--no-pager", "--all",
		"--output=json", from, "MESSAGE_ID=" DEED_MESSAGE_ID, NULL };
	const struct child_watch watch = { .cancelled = audit_is_cancelled, .ctx = s };
	_cleanup_child_output_ struct child_output output = { 0 };
	_cleanup_error_ struct vxe_error unread = { 0 };
	_cleanup_strv_ struct strv lines = { 0 };
	size_t n = 0;

	if (!s->config.journalctl || child_filter(argv, "", &watch, &output, &unread) < 0 ||
		output.status || output.signal)
		return 0;
	strv_split(&lines, output.out, '\n');
	for (size_t i = 0; i < lines.n; i++) {
		struct json_object *entry = json_tokener_parse(lines.items[i]);

		if (json_object_is_type(entry, json_type_object)) {
			read_entry(entry, object, ret);
			n++;
		}
		json_object_put(entry);
	}
	return n;
}

/* ---- the messages ---------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
	const struct log_line *x = a, *y = b;

	return x->time < y->time ? -1 : x->time > y->time;
}

static int read_message(struct session *s, const struct message *m, const char *object,
	struct deed_log *ret, struct vxe_error *err)
{
	const char *name = NULL;
	bool exists;

	if (reader_name(s, &vm_class, m->obj_uuid, &exists, &name, err) < 0)
		return -1;
	struct log_line line = { .time = m->timestamp,
		.command = xstrdup(m->name),
		.person = xstrdup(m->user),
		.user = xstrdup(""),
		.uid = xstrdup(""),
		.sudo = xstrdup(""),
		.login = xstrdup(""),
		.ms = xstrdup(""),
		.result = xstrdup("") };

	strv_take(&line.objects,
		xasprintf("%s %s %s", exists ? vm_class.name : "object", m->obj_uuid,
			exists ? name : ""));
	keep(ret, &line, object);
	return 0;
}

int deed_log_read(struct session *s, const char *object, int64_t since, struct deed_log *ret,
	struct vxe_error *err)
{
	if (read_journal(s, object, since, ret))
		return session_ended(err);
	ret->of_messages = true;
	_cleanup_records_ struct records all = { 0 };
	_cleanup_reader_ struct reader r = { 0 };

	if (reader_begin(s, NULL, &r, err) < 0 ||
		records_load(s->read_txn, &message_class, NULL, NULL, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct message *m = all.items[i];

		if (m->timestamp >= since && read_message(s, m, object, ret, err) < 0)
			return -1;
	}
	if (ret->n)
		qsort(ret->items, ret->n, sizeof(*ret->items), by_time);
	return 0;
}
