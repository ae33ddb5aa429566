/* SPDX-License-Identifier: MIT */
#include "xe/manual/manual_entry.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "xe/model/command.h"

static const char *const verbs[ENTRY_COMMANDS] = { "list", "get", "set", "add", "remove", "clear" };

/* The command of the view that is called X-param-VERB, such as vm-param-get; NULL: the view has no such command. */
static const struct command *param_command(
	const struct commands *all, const struct view *v, const char *verb)
{
	_cleanup_free_ char *name = xasprintf("%s-param-%s", v->prefix, verb);

	return commands_find(all, name);
}

static bool is_param(const struct command *cmd)
{
	return cmd->view && str_starts(cmd->name + strlen(cmd->view->prefix), "-param-");
}

/*
 * True for a command that begins an entry of the manual; X-param-list begins the entry of all X-param-* commands of its
 * class.
 */
static bool begins_entry(const struct command *cmd)
{
	if (cmd->flags & C_HIDDEN && !str_eq(cmd->name, "help"))
		return false;
	return !is_param(cmd) || str_ends(cmd->name, "-param-list");
}

void entries_init(struct entries *ret, const struct commands *all)
{
	ret->items = xcalloc(all->n + 1, sizeof(*ret->items));
	for (size_t i = 0; i < all->n; i++) {
		const struct command *cmd = &all->items[i];
		struct entry *e = &ret->items[ret->n];

		if (!begins_entry(cmd))
			continue;
		ret->n++;
		if (!is_param(cmd)) {
			e->commands[e->n++] = cmd;
			continue;
		}
		e->view = cmd->view;
		for (size_t k = 0; k < ENTRY_COMMANDS; k++) {
			e->commands[e->n] = param_command(all, cmd->view, verbs[k]);
			e->n += e->commands[e->n] != NULL;
		}
	}
}

void entries_clear(struct entries *e)
{
	free(e->items);
	*e = (struct entries){ 0 };
}

char *entry_title(const struct entry *e)
{
	struct str s = { 0 };

	assert(e->n > 0);
	str_add(&s, e->commands[0]->name);
	for (size_t i = 1; i < e->n; i++)
		str_addf(&s, ", %s", strrchr(e->commands[i]->name, '-'));
	return str_steal(&s);
}

void entry_related(const struct commands *all, const struct command *cmd, struct strv *ret)
{
	_cleanup_strv_ struct strv names = { 0 };

	guide_related(all, cmd, &names);
	for (size_t i = 0; i < names.n; i++) {
		const char *at = strstr(names.items[i], "-param-");
		_cleanup_free_ char *name = at
			? xasprintf("%.*s-param-*", (int)(at - names.items[i]), names.items[i])
			: xstrdup(names.items[i]);

		if (!strv_has(ret, name))
			strv_add(ret, name);
	}
}
