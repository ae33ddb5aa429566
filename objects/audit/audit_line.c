/* SPDX-License-Identifier: MIT */
#include "objects/audit/audit_line.h"

#include "backends/machine/machine_caller.h"
#include "backends/machine/machine_journal.h"
#include "objects/base/escape.h"
#include "objects/base/uuid.h"
#include "objects/classes/vm/vm.h"
#include "objects/model/read_txn.h"

#include <string.h>

/* ---- the objects ----------------------------------------------------------------------------- */

/* The class of the record with that UUID, and *name, its name; NULL: commands show no such object. */
static const struct class *find_class(
	struct session *s, const char *uuid, const char **name, struct vxe_error *err)
{
	const char *holder = NULL;
	bool exists = false;

	if (txn_holder(s->read_txn, uuid, &holder, err) < 0 || !holder)
		return NULL;
	const struct class *c = class_by_name(holder);

	return reader_name(s, c, uuid, &exists, name, err) == 0 && exists ? c : NULL;
}

/* The UUID of the VM of which the object is a snapshot; NULL: the object is no snapshot. Owned. */
static char *vm_of_snapshot(struct session *s, const struct class *c, const char *uuid)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (c != &vm_class || vm_get(s->read_txn, uuid, &vm, &ignored) < 0)
		return NULL;
	return xstrdup_null(vm->snapshot_of);
}

static char *note_one(struct session *s, const char *uuid)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_reader_ struct reader r = { 0 };
	const char *name = NULL;

	if (!uuid_is_valid(uuid) || reader_begin(s, NULL, &r, &ignored) < 0)
		return NULL;
	const struct class *c = find_class(s, uuid, &name, &ignored);

	if (!c)
		return NULL;
	_cleanup_free_ char *safe = shown(name, SHOWN_TEXT);
	_cleanup_free_ char *text = xasprintf("%s %s %s", c->name, uuid, safe);

	if (!strv_has(&s->reports.deeds, text))
		strv_add(&s->reports.deeds, text);
	return vm_of_snapshot(s, c, uuid);
}

static bool is_noted(const struct session *s, const char *uuid)
{
	for (size_t i = 0; i < s->reports.deeds.n; i++) {
		const char *blank = strchr(s->reports.deeds.items[i], ' ');

		if (str_starts(blank + 1, uuid))
			return true;
	}
	return false;
}

void deed_note(struct session *s, const char *uuid)
{
	_cleanup_free_ char *vm = NULL;

	if (!s->store || s->reports.deeds.n >= DEED_OBJECTS || is_noted(s, uuid))
		return;
	vm = note_one(s, uuid);
	if (vm && !is_noted(s, vm))
		free(note_one(s, vm));
}

void deed_began(struct session *s, const char *uuid)
{
	s->reports.acted = true;
	if (uuid)
		deed_note(s, uuid);
}

/* ---- the line -------------------------------------------------------------------------------- */

static void add_field(struct journal_line *line, const char *name, const char *value)
{
	_cleanup_free_ char *safe = shown(value, SHOWN_PATH);

	strv_take(&line->fields, xasprintf("%s=%s", name, safe));
}

static void add_caller(struct journal_line *line, struct str *text, const struct caller *c)
{
	_cleanup_free_ char *uid = xasprintf("%lld", (long long)c->uid);
	_cleanup_free_ char *login = xasprintf("%lld", (long long)c->login);

	add_field(line, "VXE_USER", c->user);
	add_field(line, "VXE_UID", uid);
	add_field(line, "VXE_PERSON", c->person);
	str_addf(text, ", by %s (uid %s", c->user, uid);
	if (*c->sudo) {
		add_field(line, "VXE_SUDO_USER", c->sudo);
		str_addf(text, ", sudo %s", c->sudo);
	}
	if (c->login >= 0) {
		add_field(line, "VXE_LOGINUID", login);
		str_addf(text, ", login uid %s", login);
	}
	if (c->address) {
		add_field(line, "VXE_ADDRESS", c->address);
		str_addf(text, ", from %s", c->address);
	}
	str_add(text, ")");
}

/*
 * The user who runs the command, by the configuration of the session, or else by this process, for which @own is the
 * memory.
 */
static const struct caller *caller_of(const struct session_config *c, struct caller *own)
{
	if (c->caller)
		return c->caller;
	caller_read(c->root, c->sudo_user, own);
	return own;
}

void deed_tell(const struct session_config *config, const struct deed *d)
{
	const bool good = str_eq(d->result, DEED_SUCCESS);
	struct journal_line line = { .priority = good ? JOURNAL_NOTICE : JOURNAL_WARNING };
	_cleanup_free_ char *ms = xasprintf("%lld", (long long)d->ms);
	_cleanup_caller_ struct caller own = { 0 };
	_cleanup_str_ struct str text = { 0 };
	_cleanup_free_ char *safe = NULL;

	if (!config->journal)
		return;
	add_field(&line, "MESSAGE_ID", DEED_MESSAGE_ID);
	add_field(&line, "VXE_COMMAND", d->command);
	add_field(&line, "VXE_RESULT", d->result);
	add_field(&line, "VXE_DURATION_MS", ms);
	str_add(&text, d->command);
	for (size_t i = 0; d->objects && i < d->objects->n; i++) {
		const char *uuid = strchr(d->objects->items[i], ' ') + 1;
		_cleanup_free_ char *alone = xstrndup(uuid, UUID_TEXT_LEN);

		add_field(&line, "VXE_OBJECT", d->objects->items[i]);
		add_field(&line, "VXE_UUID", alone);
		str_addf(&text, "%s %s", i ? "," : "", d->objects->items[i]);
	}
	str_addf(&text, ": %s after %.2f s", d->result, (double)d->ms / 1000);
	add_caller(&line, &text, caller_of(config, &own));
	line.text = safe = shown_lines(str_text(&text));
	if (!journal_send(config->journal, &line))
		(void)syslog_send(config->syslog, &line);
	strv_clear(&line.fields);
}

char *deed_person(const struct session_config *config)
{
	_cleanup_caller_ struct caller own = { 0 };

	return shown(caller_of(config, &own)->person, SHOWN_TEXT);
}
