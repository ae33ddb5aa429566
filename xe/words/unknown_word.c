/* SPDX-License-Identifier: MIT */
#include "xe/words/unknown_word.h"

#include "xe/words/similar_word.h"

#include <string.h>

static bool is_plain(const char *word)
{
	return *word &&
		!word[strspn(
			word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")];
}

/* Adds @value, in quotes if necessary, to a text that ends in "=": "vm=" becomes "vm=web", or vm='the web'. */
static void add_value(struct str *text, const char *value)
{
	if (is_plain(value))
		str_add(text, value);
	else if (!strchr(value, '\''))
		str_addf(text, "'%s'", value);
}

/*
 * Fills typed words without a key into a suggested command, as its VM and its snapshot: "vm-start vm=" and "web" become
 * "vm-start vm=web". Owned.
 */
static char *filled(const char *command, const struct params *params)
{
	_cleanup_strv_ struct strv words = { 0 };
	struct str text = { 0 };
	bool lists = str_starts(command, "vm-list ");
	size_t at = 0;

	strv_split(&words, command, ' ');
	for (size_t i = 0; i < words.n; i++) {
		const char *word = words.items[i];

		str_addf(&text, "%s%s", i ? " " : "", word);
		if (!str_eq(word, "vm=") && !str_eq(word, "snapshot=") &&
			!(lists && str_eq(word, "name-label=")))
			continue;
		while (params && at < params->n && !params->items[at].bare)
			at++;
		if (params && at < params->n)
			add_value(&text, params->items[at++].key);
	}
	return str_steal(&text);
}

char *meant_word(const struct command *cmd, const char *word)
{
	const char *selector = command_selector(cmd);
	const char *key = selector			? selector
		: command_param(cmd, "snapshot", false) ? "snapshot"
		: command_param(cmd, "vm", false)	? "vm"
							: NULL;
	struct str text = { 0 };

	if (!key)
		return NULL;
	str_addf(&text, "%s=", key);
	add_value(&text, word);
	return str_steal(&text);
}

int unknown_command(const struct commands *all, const char *name, const struct params *params,
	struct vxe_error *err)
{
	_cleanup_nearest_ struct nearest n = { .word = name };
	const char *virsh = virsh_command(name);
	_cleanup_free_ char *meant = virsh ? xstrdup(virsh) : synonym_command(all, name);

	/* virsh's verb behind xe's noun: vm-reset, vm-console */
	if (!meant && str_starts(name, "vm-") && (virsh = virsh_command(name + strlen("vm-"))))
		meant = xstrdup(virsh);

	_cleanup_free_ char *text = meant ? filled(meant, params) : NULL, *names = NULL;

	vxe_fail(err, CLI_UNKNOWN_COMMAND, name);
	if (text) {
		err->detail = xasprintf("%s: vxe %s",
			virsh ? "What virsh does by that verb" : "Here that is", text);
		return -1;
	}
	for (size_t i = 0; i < all->n; i++)
		if (!(all->items[i].flags & (C_HIDDEN | C_LOSES)))
			nearest_try(&n, all->items[i].name);
	names = nearest_text(&n);
	if (nearest_is_near(&n))
		err->detail = xasprintf("The nearest is %s.", names);
	return -1;
}
