/* SPDX-License-Identifier: MIT */
/*
 * What could stand next on a command line, for the completion of shells: commands, keys, names of
 * fields, values. It reads the tables and the store, never libvirt, and makes no store.
 */
#pragma once

#include "xe/program.h"

/* The word before which no other word stands when a shell asks; only as `vxe`. */
#define COMPLETE_WORD "__complete"

/*
 * @words: the name of the program that is typed ("xe" or "vxe"), its words, last the unfinished one
 * (may be empty). Prints a line "CANDIDATE\tDESCRIPTION" for each whole word that fits; nothing
 * when there is none, so that the shell may offer files. Returns the exit status, always 0.
 */
int complete_words(const struct program *p, const char *const *words, size_t n);
