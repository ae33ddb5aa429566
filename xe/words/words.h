/* SPDX-License-Identifier: MIT */
/*
 * As `vxe` every word of a command line means something: a key, flag, map key, selector, field or
 * value that the command's row does not know is refused, with the nearest one that it knows, before
 * anything is opened. Words of ~/.xe and XE_EXTRA_ARGS are for every command: xe's general ones are
 * left out where a command does not know them.
 */
#pragma once

#include "xe/model/command.h"

/* CLI_USAGE: a word that the row does not know, or of which only the first would count. */
int words_check(
	const struct command *cmd, const struct params *params, struct vxe_error *err) _must_check_;
/* CLI_USAGE: the name of a field that there is not, or a filter that nothing can match. */
int words_check_values(
	const struct command *cmd, const struct params *params, struct vxe_error *err) _must_check_;
/* CLI_USAGE: xe takes an empty name, but no command then finds the object by its name. */
int words_fail_unnamed(const char *word, struct vxe_error *err) _must_check_;
/* The view whose fields are parameters of the row, as filters, settings or conditions; NULL: none. */
const struct view *words_view(const struct command *cmd, const struct params *params);
/* The row's parameter, or the map to which the key belongs; NULL: neither. */
const struct param *words_param(const struct command *cmd, const char *key);
/* Adds a line for each given word that has no effect here. */
void words_idle(const struct command *cmd, const struct params *params, struct strv *lines);
/* Whether a row takes that key, flag or map key; @params name the field or class for some rows. */
bool words_know(const struct command *cmd, const struct params *params, const struct word *word);
