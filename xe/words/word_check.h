/* SPDX-License-Identifier: MIT */
/*
 * As `vxe` every word of a command line means something: a key, flag, map key, selector, field or value that the
 * command does not know is refused before anything is opened, and the message names the nearest one that the command
 * knows. Words of ~/.xe and XE_EXTRA_ARGS are for every command: the general ones of xe are ignored where a command
 * does not know them.
 */
#pragma once

#include "xe/model/command.h"

/*
 * Refuses with CLI_USAGE a word that the command does not know, and a parameter that is repeated with another value, of
 * which only the first would count.
 */
int words_check(
	const struct command *cmd, const struct params *params, struct vxe_error *err) _must_check_;
/*
 * Refuses with CLI_USAGE the name of a field that does not exist, an empty name-label where the command needs one, and
 * a filter that no object can match.
 */
int words_check_values(
	const struct command *cmd, const struct params *params, struct vxe_error *err) _must_check_;
/*
 * Fails with CLI_USAGE because the name-label in the parameter @word is empty: xe accepts an empty name, but no command
 * would then find the object by its name.
 */
int words_fail_unnamed(const char *word, struct vxe_error *err) _must_check_;
/* The view whose fields are parameters of the command, as filters, settings or conditions; NULL: it has none. */
const struct view *words_view(const struct command *cmd, const struct params *params);
/* The command's parameter with the name @key, or its map parameter to which @key belongs; NULL: there is neither. */
const struct param *words_param(const struct command *cmd, const char *key);
/*
 * The parameter or field of the command that @key names by the class of its object: vm= is uuid= of vm-param-get,
 * vm-uuid= of vbd-list and snapshot-of= of snapshot-list. NULL: @key is no such name, or the command itself has @key.
 */
const char *words_by_class(const struct command *cmd, const struct params *params, const char *key);
/* Adds a line for each given parameter that has no effect on KVM. */
void words_idle(const struct command *cmd, const struct params *params, struct strv *lines);
/*
 * True if the command accepts the word: a key, a flag or a key of a map. For some commands @params say to which field
 * or class the word belongs.
 */
bool words_know(const struct command *cmd, const struct params *params, const struct word *word);
