/* SPDX-License-Identifier: MIT */
/*
 * Candidates for the next word on a command line, for the completion of shells: commands, keys,
 * names of fields, values. Reads the tables and the store, never libvirt, and makes no store.
 */
#pragma once

#include "xe/model/program_context.h"

/* First word of the command line with which a shell asks vxe for candidates; only as `vxe`. */
#define COMPLETE_WORD "__complete"

/*
 * Completes a command line. @words: the name of the typed program ("xe" or "vxe"), then its words, last the unfinished
 * one (may be empty). Prints a line "CANDIDATE\tDESCRIPTION" for each possible word; prints nothing if there is none,
 * so that the shell may offer files. Returns the exit status, always 0.
 */
int complete_words(const struct program *p, const char *const *words, size_t n);
