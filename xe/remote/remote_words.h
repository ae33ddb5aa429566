/* SPDX-License-Identifier: MIT */
/*
 * A command that another host of the pool runs: the words that start it there, and the word before its own words that
 * only vxe writes and reads, "--forwarded=HOST,...".
 */
#pragma once

#include "objects/base/str.h"

/* What the host that a command was typed on tells the one that runs it. */
struct forwarded {
	char *host;   /* UUID of the host that is to run it; another one refuses */
	size_t usual; /* that many of its last words are from ~/.xe, XE_EXTRA_ARGS or VXE_OPTS */
	bool input;   /* its input has content; if false, the end of the input stops the command */
	/*
	 * The command is a part of one with several objects or with a file of the caller's: its output is the result
	 * alone, or the content of the file, and an error is written for vxe.
	 */
	bool part;
	int64_t bytes; /* so many bytes are its input, and a shorter one was cut off; 0: unknown */
	char *only;    /* of a part: UUID of the selected VM; NULL: the words name the object */
};
void forwarded_clear(struct forwarded *f);
#define _cleanup_forwarded_ _cleanup_(forwarded_clear)

#define FORWARDED_WORD "--forwarded="
/* Reads the word; false if it is not such a word, or a newer vxe's. */
bool forwarded_parse(const char *word, struct forwarded *ret);
char *forwarded_print(const struct forwarded *f); /* the word, owned */

/*
 * All words of a forwarded command as one, owned, in which no shell that it comes through changes anything, and which needs
 * no quotes: "--forwarded=+" and each word behind a "+", with "%" and two digits for a byte that a shell may read. Reads it
 * back, as forwarded_print() has printed the first word; false if it is not such a word.
 */
char *remote_word(const struct forwarded *f, const struct strv *words);
bool remote_word_read(const char *word, struct strv *ret);
/*
 * Reads back what ssh was asked for: a program and such a word, or, from an older vxe, words that are each quoted for a
 * shell; false if it is none of both. No shell reads it, so that a key of ssh's can be for vxe alone: docs/pool.md.
 */
bool remote_asked(const char *text, struct strv *ret);
#define FORWARDED_BY_SSH                                                                           \
	"--forwarded" /* the word of the command that sshd runs whatever it was asked for */

/*
 * Adds the command that has @program run there with @words: those of @way, by which this host reaches that one, or if there
 * are none ssh's, then the program and the word. No shell runs here.
 */
void remote_argv(const struct strv *way, const char *address, const char *program,
	const struct forwarded *f, const struct strv *words, struct strv *ret);
