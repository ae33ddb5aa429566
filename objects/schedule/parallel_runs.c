/* SPDX-License-Identifier: MIT */
/* Children that take the snapshots of one run, several at the same time. */
#include "objects/schedule/parallel_runs.h"

#include "objects/base/log.h"
#include "objects/base/uuid.h"

#include <inttypes.h>
#include <string.h>

void outcome_clear(struct outcome *o)
{
	free(o->vm);
	free(o->name);
	free(o->uuid);
	free(o->text);
	*o = (struct outcome){ 0 };
}

int team_start(struct team *t, const char *program, const struct vmss *v, const char *vm,
	const char *name, struct vxe_error *err)
{
	_cleanup_free_ char *schedule = xasprintf("uuid=%s", v->r.uuid),
			    *about = xasprintf("vm-uuid=%s", vm),
			    *slot = xasprintf("slot=%" PRId64, v->open_slot);
	const char *const argv[] = { program, "vmss-run", schedule, about, slot, NULL };
	struct child child;

	if (child_start(&child, argv, err) < 0)
		return -1;
	child.mild = true;
	t->items = xrealloc(t->items, t->n + 1, sizeof(*t->items));
	t->items[t->n++] = (struct teammate){ xstrdup(vm), xstrdup(name), child };
	return 0;
}

/* The error that a child has printed, as one line: "TEXT (name: value, ...)". */
static char *error_of(const char *output, int status)
{
	_cleanup_strv_ struct strv lines = { 0 }, rest = { 0 };

	strv_split(&lines, output, '\n');
	for (size_t i = 1; i < lines.n; i++)
		if (*lines.items[i] &&
			!str_ends(lines.items[i], ": ")) /* leaves out a name without a value */
			strv_add(&rest, lines.items[i]);
	if (!lines.n || !*lines.items[0])
		return status > CHILD_SIGNALED
			? xasprintf("killed by signal %d", status - CHILD_SIGNALED)
			: xasprintf("exit status %d", status);
	_cleanup_free_ char *more = strv_join(&rest, ", ");

	return rest.n ? xasprintf("%s (%s)", lines.items[0], more) : xstrdup(lines.items[0]);
}

/* The last line of a child's output that is a UUID; NULL: there is none. */
static char *uuid_of(const char *output)
{
	_cleanup_strv_ struct strv lines = { 0 };

	strv_split(&lines, output, '\n');
	for (size_t i = lines.n; i > 0; i--)
		if (uuid_is_valid(lines.items[i - 1]))
			return xstrdup(lines.items[i - 1]);
	return NULL;
}

int team_wait(struct team *t, struct outcome *ret, struct vxe_error *err)
{
	_cleanup_free_ struct child **children = xcalloc(t->n, sizeof(*children));
	_cleanup_free_ char *output = NULL;
	size_t which;

	for (size_t i = 0; i < t->n; i++)
		children[i] = &t->items[i].child;
	int status = child_wait_any(children, t->n, &which, &output, err);
	const struct teammate mate = t->items[which];

	t->items[which] = t->items[--t->n];
	*ret = (struct outcome){ .vm = mate.vm, .name = mate.name };
	if (status < 0)
		return -1;
	if (status == 0)
		ret->uuid = uuid_of(output);
	ret->busy = status == EXIT_BUSY;
	ret->stopped = status && mate.child.stopped;
	if (!ret->uuid)
		ret->text = error_of(output, status);
	return 0;
}

void team_clear(struct team *t)
{
	for (size_t i = 0; i < t->n; i++)
		child_stop(&t->items[i].child);
	while (t->n) {
		_cleanup_error_ struct vxe_error failure = { 0 };
		_cleanup_outcome_ struct outcome o = { 0 };

		if (team_wait(t, &o, &failure) < 0)
			log_warn("a snapshot of %s was not waited for", o.vm);
	}
	free(TAKE(t->items));
}
