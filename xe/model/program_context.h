/* SPDX-License-Identifier: MIT */
/* What one run of the program is given: its name, its output, its caller, its settings. */
#pragma once

#include "objects/session/session.h"
#include "xe/args/environment.h"
#include "xe/output/io.h"

struct program {
	const char *name; /* "xe" or "vxe", as texts show it */
	bool as_xe;	  /* behave exactly as xe: keys, commands, exit statuses */
	const struct io *io;
	const char *rc;			     /* path of xe's file ~/.xe; NULL: none */
	const char *extra;		     /* value of XE_EXTRA_ARGS; NULL: none */
	const struct session_config *config; /* NULL: made from the settings when it is needed */
	const struct settings *settings;     /* NULL: the environment of the process */
	const struct caller *caller;	     /* who calls; NULL: whoever runs the process */
	struct session *session;	     /* an open session, borrowed; NULL: open one */
	bool (*cancelled)(void *ctx); /* true when the command is to end; NULL: it never is */
	int (*ended_by)(
		void); /* number of the signal that came, 0: none yet; NULL: none can come */
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

/* The settings of the program, else those of the process. */
static inline const struct settings *settings_of(const struct program *p)
{
	return p->settings ? p->settings : &process_settings;
}
