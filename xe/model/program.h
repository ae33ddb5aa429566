/* SPDX-License-Identifier: MIT */
/* What one run of the program is given: its name, its output, its caller, its settings. */
#pragma once

#include "objects/session/session.h"
#include "xe/args/environment.h"
#include "xe/output/io.h"

struct program {
	const char *name; /* "xe" or "vxe", for texts */
	bool as_xe;	  /* exactly xe: keys, commands, exit statuses */
	const struct io *io;
	const char *rc;			     /* path of the rc file; NULL: none */
	const char *extra;		     /* XE_EXTRA_ARGS; NULL: none */
	const struct session_config *config; /* NULL: from the settings, when it is needed */
	const struct settings *settings;     /* NULL: the environment of the process */
	const struct caller *caller;	     /* who calls; NULL: whoever runs the process */
	struct session *session;	     /* already open, borrowed; NULL: open one */
	bool (*cancelled)(void *ctx);	     /* NULL: never */
	int (*ended_by)(void); /* the number of the signal, 0: none yet; NULL: never */
	/*
	 * Called before the line in the journal, with which journald stores the command line of the process: removes
	 * the values from there. @argv of program_run() is not read any more. NULL: nothing to do.
	 */
	void (*forget_words)(void);
	/*
	 * Ends the call with this status when libvirt does not return from a call, from another thread; must not return.
	 * NULL: the process ends.
	 */
	void (*leave)(int status);
};

/* Its own, or those of the process. */
static inline const struct settings *settings_of(const struct program *p)
{
	return p->settings ? p->settings : &process_settings;
}
