/* SPDX-License-Identifier: MIT */
/*
 * As `vxe` every word of a command line means something: a key, flag, map key, selector, field or
 * value that the command's row does not know is refused, with the nearest one that it knows, before
 * anything is opened. Words of ~/.xe and XE_EXTRA_ARGS are for every command: xe's general ones are
 * left out where a command does not know them.
 */
#pragma once

#include "xe/model/command.h"

/*
 * Refuses with CLI_USAGE a word that the command does not know, and a repeated one of which only the first would count.
 */
int words_check(
	const struct command *cmd, const struct params *params, struct vxe_error *err) _must_check_;
/* Refuses with CLI_USAGE a name that no field has, and a filter that no object can match. */
int words_check_values(
	const struct command *cmd, const struct params *params, struct vxe_error *err) _must_check_;
/* Fails with CLI_USAGE: xe accepts an empty name, but no command would then find the object by its name. */
int words_fail_unnamed(const char *word, struct vxe_error *err) _must_check_;
/* The view whose fields are parameters of the command, as filters, settings or conditions; NULL: it has none. */
const struct view *words_view(const struct command *cmd, const struct params *params);
/* The command's parameter with that key, or its map to which the key belongs; NULL: neither. */
const struct param *words_param(const struct command *cmd, const char *key);
/*
 * The parameter or field of the command that @key names by the class of its object: vm= is uuid= of vm-param-get,
 * vm-uuid= of vbd-list and snapshot-of= of snapshot-list. NULL: it names none, or the command has @key itself.
 */
const char *words_by_class(const struct command *cmd, const struct params *params, const char *key);
/* Adds a line for each word that has no effect here. */
void words_idle(const struct command *cmd, const struct params *params, struct strv *lines);
/* True if the command takes that key, flag or map key; for some commands @params names the field or the class. */
bool words_know(const struct command *cmd, const struct params *params, const struct word *word);
