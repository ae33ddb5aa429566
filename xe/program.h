/* SPDX-License-Identifier: MIT */
/* One run of the program, from words to an exit status; main.c and tests provide the rest. */
#pragma once

#include "objects/session/session.h"
#include "xe/io.h"

struct program {
	const char *name; /* "xe" or "vxe", for texts */
	bool as_xe;	  /* exactly xe: keys, commands, exit statuses */
	const struct io *io;
	const char *rc;			     /* path of the rc file; NULL: none */
	const char *extra;		     /* XE_EXTRA_ARGS; NULL: none */
	const struct session_config *config; /* NULL: from the environment, when it is needed */
	struct session *session;	     /* already open, borrowed; NULL: open one */
	bool (*cancelled)(void *ctx);	     /* NULL: never */
	int (*ended_by)(void); /* the number of the signal, 0: none yet; NULL: never */
	/*
	 * Called before the line in the journal, with which journald stores the command line of the process: removes
	 * the values from there. @argv of program_run() is not read any more. NULL: nothing to do.
	 */
	void (*forget_words)(void);
};

/* @argv without the program's name. */
int program_run(const struct program *p, const char *const *argv, size_t n);
