/* SPDX-License-Identifier: MIT */
/*
 * What the caller of program_run() decides about one run of the program: its name, its input and output, its user, its
 * settings.
 */
#pragma once

#include "objects/session/session.h"
#include "xe/args/environment.h"
#include "xe/output/io.h"

struct program {
	const char *name; /* "xe" or "vxe", the name of the program in messages */
	bool as_xe;	  /* behave exactly as xe: keys, commands, exit statuses */
	const struct io *io;
	const char *rc;	   /* path of xe's file ~/.xe; NULL: none */
	const char *extra; /* value of XE_EXTRA_ARGS; NULL: none */
	/* the configuration of the session; NULL: it is made from the settings when it is needed */
	const struct session_config *config;
	/* source of settings such as VXE_STORE; NULL: the environment of the process */
	const struct settings *settings;
	/* the user for whom the command runs; NULL: the user who runs the process */
	const struct caller *caller;
	/* what the host has said that sent the command here; NULL: it was typed on this one */
	const struct forwarded *forwarded;
	const char *ssh_command; /* what sshd was asked to run; NULL: nothing */
	/* watches whether that host is still there, and ends the process if not; NULL: nobody does */
	void (*watch_caller)(bool input);
	/* an open session for the command, borrowed; NULL: the program opens one itself */
	struct session *session;
	/* returns true once the command is to end early; NULL: that never happens */
	bool (*cancelled)(void *ctx);
	/*
	 * returns the number of the signal that has asked the program to end, 0: none has come; NULL: no signal can
	 * come
	 */
	int (*ended_by)(void);
	/*
	 * Called before the command's line is written to the journal, because journald stores the command line of the
	 * process with the line: overwrites the words of the command line, so that no values get there. @argv of
	 * program_run() is not read after this call. NULL: nothing to do.
	 */
	void (*forget_words)(void);
	/*
	 * Ends the process with this exit status when a call into libvirt does not return; called in another thread,
	 * which watches the call. Must not return. NULL: _exit() ends the process.
	 */
	void (*leave)(int status);
};

/* The settings that the program was given, else those from the environment of the process. */
static inline const struct settings *settings_of(const struct program *p)
{
	return p->settings ? p->settings : &process_settings;
}
