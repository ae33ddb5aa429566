/* SPDX-License-Identifier: MIT */
/*
 * event-wait: waits until an object of a class fulfils the conditions; ends at once if one already does. Looks at all four
 * times a second; if the store tells of commits, when there is one or libvirt has changed the state of a domain here. Who
 * waits for another start-time has libvirt tell of reboots.
 * Behaviour source: xen-api ocaml/xapi-cli-server/cli_operations.ml (event_wait_gen).
 */
#include <string.h>

#include "objects/base/clock.h"
#include "objects/domain/seen_states.h"
#include "objects/model/record.h"
#include "objects/queries/list.h"
#include "xe/model/call.h"
#include "xe/model/command.h"

#define PERIOD_MS 250
/* What nobody tells of, such as another host's silence, is seen after this time. */
#define LOOK_ANYWAY_MS 5000
#define NOT "/="

struct condition {
	const struct field *field;
	const char *value;
	bool differs; /* the field must differ from the value: FIELD=/=VALUE */
};

struct wait {
	/* the view of the class that is waited for, without its built-in filter */
	struct view view;
	struct condition *conditions;
	size_t n;
	/* the fields to which the conditions refer, ended by NULL */
	const struct field **fields;
	/* filter for a condition on the UUID; its key is NULL if there is no such condition */
	struct filter uuid;
	bool live;    /* needs_period() of a condition's field */
	bool reboots; /* a condition is on start-time */
	char *states; /* of the domains here, when they were last looked at; NULL: they were not */
	/* the first key of a condition that names no field; NULL: all keys name fields */
	const char *bad;
};

static void wait_clear(struct wait *w)
{
	free(w->conditions);
	free(w->states);
	free(w->fields);
}

static const struct view *waitable(const char *class)
{
	static const char *const classes_of_xe[] = { "vm", "vdi", "sr", "host", "network", "vif",
		"pif", "vbd", "pbd", "pool", "task", "subject", "role", "secret", "vmss" };

	for (size_t i = 0; i < ARRAY_LEN(classes_of_xe); i++)
		if (str_eq(class, classes_of_xe[i]))
			return view_by_prefix(class);
	return NULL;
}

/*
 * The field that the key of a condition names. `xe` accepts only the exact name here; `vxe` accepts the spellings that
 * other commands accept.
 */
static const struct field *field_of(const struct call *c, const struct class *cls, const char *key)
{
	const struct field *f = c->as_xe ? class_field(cls, key) : class_field_loose(cls, key);

	return f && f->flags & (F_INTERNAL | (c->as_xe ? F_OURS : 0)) ? NULL : f;
}

/* True for what libvirt alone knows, if it is more than a domain's state: nobody tells that it has changed. */
static bool needs_period(const struct field *f)
{
	return f->flags & F_COSTLY || (f->flags & F_LIVE && !(f->flags & F_STATE));
}

static void add_condition(struct call *c, struct wait *w, const struct word *p)
{
	bool differs = str_starts(p->value, NOT);
	const struct condition new = { .field = field_of(c, w->view.cls, p->key),
		.value = p->value + (differs ? strlen(NOT) : 0),
		.differs = differs };

	if (!new.field) {
		w->bad = w->bad ? w->bad : p->key;
		return;
	}
	w->conditions[w->n] = new;
	w->fields[w->n++] = new.field;
	if (needs_period(new.field))
		w->live = true;
	if (str_eq(new.field->name, "start-time"))
		w->reboots = true;
	if (str_eq(p->key, "uuid") && !differs)
		w->uuid = (struct filter){ "uuid", p->value };
}

/*
 * True if the object of @row meets the condition. A row has each field only once, in the order of the class, whatever
 * the order of the conditions.
 */
static bool condition_holds(struct session *s, const struct rows *rows, const struct row *row,
	const struct condition *condition)
{
	for (size_t i = 0; i < rows->n_fields; i++) {
		_cleanup_free_ char *text = NULL;

		if (rows->fields[i] != condition->field)
			continue;
		text = value_print(s, condition->field, &row->values[i]);
		return str_eq(text, condition->value) != condition->differs;
	}
	return false;
}

static bool all_hold(
	struct session *s, const struct wait *w, const struct rows *rows, const struct row *row)
{
	for (size_t i = 0; i < w->n; i++)
		if (!condition_holds(s, rows, row, &w->conditions[i]))
			return false;
	return true;
}

/*
 * Looks for an object that fulfils all conditions. Returns 1 if there is one, 0 if there is none, -1 on failure. As in
 * xe, a key that names no field is an error only if there is an object.
 */
static int find_awaited(struct session *s, struct wait *w, struct vxe_error *err)
{
	_cleanup_rows_ struct rows rows = { 0 };

	session_forget_domains(s->here);
	session_retry(s->here);
	if (w->reboots)
		session_hear_reboots(s->here);
	s->reports.adopted = false;
	if (list_rows(s, &w->view, &w->uuid, w->uuid.key && !w->bad, w->fields, LIST_COSTLY, &rows,
		    err) < 0)
		return -1;
	if (w->bad && rows.n)
		return vxe_fail_text(err, "key missing: %s", w->bad);
	seen_starts_note(s);
	for (size_t i = 0; i < rows.n; i++)
		if (all_hold(s, w, &rows, &rows.items[i]))
			return 1;
	return 0;
}

/* The domains here with their states, as one text; empty if libvirt cannot be reached. Owned. */
static char *states_here(struct session *s)
{
	_cleanup_error_ struct vxe_error down = { 0 };
	const struct hv_domains *all = NULL;
	struct str text = { 0 };

	session_forget_domains(s->here);
	session_retry(s->here);
	if (session_domains(s->here, &all, &down) < 0)
		return str_steal(&text);
	for (size_t i = 0; i < all->n; i++)
		str_addf(&text, "%s %d %d;", all->items[i].uuid, (int)all->items[i].state,
			all->items[i].id);
	return str_steal(&text);
}

/* True if domains here have other states than at the last call, or this is the first one. */
static bool states_changed(struct session *s, struct wait *w)
{
	_cleanup_free_ char *now = states_here(s);
	bool changed = !str_eq(now, w->states);

	str_replace(&w->states, now);
	return changed;
}

/* Waits until it is worth to look again. */
static int await_change(struct session *s, struct wait *w, int64_t seen, struct vxe_error *err)
{
	int64_t until = clock_ms() + (w->live ? PERIOD_MS : LOOK_ANYWAY_MS);
	int changed = 0;

	while (!changed && clock_ms() < until) {
		changed = store_await(s->store, seen, PERIOD_MS, err);
		if (changed < 0)
			return -1;
		if (session_cancelled(s))
			return vxe_fail(err, TASK_CANCELLED, "event-wait");
		changed = changed || states_changed(s, w);
	}
	return 0;
}

static int generation_now(struct session *s, int64_t *ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	return txn_begin(s->store, TXN_READ, &t, err) < 0 ? -1 : txn_generation(t, ret, err);
}

/* As find_awaited(); waits before it says that there is none. */
static int look_and_wait(struct session *s, struct wait *w, struct vxe_error *err)
{
	int64_t seen = 0;
	int found;

	if (generation_now(s, &seen, err) < 0)
		return -1;
	found = find_awaited(s, w, err);
	return found == 0 && await_change(s, w, seen, err) < 0 ? -1 : found;
}

static int cmd_event_wait(struct call *c, struct vxe_error *err)
{
	const char *class = call_get(c, "class");
	const struct view *v = waitable(class);
	_cleanup_(wait_clear) struct wait w = { 0 };
	int found;

	if (!v)
		return vxe_fail_value(
			err, "Cli listening for class '%s' not currently implemented", class);
	w.view = *v;
	memset(&w.view.filter, 0, sizeof(w.view.filter));
	if (call_session(c, err) < 0)
		return -1;
	w.conditions = xcalloc(c->params->n + 1, sizeof(*w.conditions));
	w.fields = xcalloc(c->params->n + 1, sizeof(*w.fields));
	for (size_t i = 0; i < c->params->n; i++) {
		const struct word *p = &c->params->items[i];

		if (!str_eq(p->key, "class") && !key_is_standard(p->key) &&
			!key_is_output(p->key, c->as_xe))
			add_condition(c, &w, p);
	}
	while ((found = look_and_wait(c->session, &w, err)) == 0)
		;
	return found < 0 ? -1 : 0;
}

const struct command event_commands[] = {
	{ "event-wait", cmd_event_wait, C_CONDITIONS | C_READS,
		"Wait until an object of the class has these values: field=value, or field=/=value "
		"for another value.",
		PARAMS({ "class", P_REQUIRED }), PRINTS(PRINTS_NOTHING) },
	{ 0 },
};
