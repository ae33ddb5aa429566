/* SPDX-License-Identifier: MIT */
/* One run of a command: its session, the values of its parameters, and how it ends. */
#pragma once

#include "objects/base/call_watch.h"
#include "xe/model/command.h"
#include "xe/model/program_context.h"

/* For commands that call another one: the file of this program. */
#define THIS_PROGRAM "/proc/self/exe"

/* One run of a command with all that it has opened. */
struct run {
	/* must be first: the session's callbacks get the address of this member as their context */
	struct call call;
	const struct program *program;
	struct session *opened, *borrowed;
	struct environment env;
	struct render render;
	struct report report;
	struct progress progress;
	struct watch watch;
};

/* Closes the session of a run and frees all its data. */
void run_clear(struct run *r);

/*
 * Opens c->session when it is first needed, so that an earlier error has touched neither the store nor the
 * hypervisor.
 */
int call_session(struct call *c, struct vxe_error *err) _must_check_;
/*
 * Called by a handler before call_session() if it will surely need libvirt: the library is then loaded while the store
 * is opened.
 */
void call_asks_libvirt(struct call *c);
/*
 * Makes the configuration without opening a session; from now on the time of calls into libvirt is watched. *ret is
 * borrowed.
 */
int call_environment(
	struct call *c, const struct session_config **ret, struct vxe_error *err) _must_check_;

/* The text of a parameter, which the command must have declared; NULL if the parameter was not given. */
const char *call_get(const struct call *c, const char *key);
/*
 * The text of a parameter, for a handler of several commands: NULL also if this command does not declare the parameter.
 */
const char *call_find(const struct call *c, const char *key);
/* Adds the keys and values that were given for the map parameter "NAME:" of the command. */
void call_map(const struct call *c, const char *name, struct map *ret);
/*
 * The value of the command's parameter as a flag, a size, or a number of its type; @otherwise if the parameter was not
 * given.
 */
bool call_flag(const struct call *c, const char *key, bool otherwise);
int64_t call_size(const struct call *c, const char *key, int64_t otherwise);
int64_t call_value(const struct call *c, const char *key, int64_t otherwise);

/* Shows the name of the object in the progress line of a terminal from now on. */
void call_names(struct call *c, const char *uuid);
/* Runs act() or one() of the struct command of this call for one object. */
one_fn call_act;
/* Runs act() or one() of the struct command of this call for the object that uuid= names. */
int on_uuid(struct call *c, struct vxe_error *err) _must_check_;
/*
 * Remembers the objects on which the command works, for the command's line in the journal: objects/audit/audit_line.h.
 */
void call_note(struct call *c, const struct strv *uuids);
/*
 * Writes the line of a command that changes something to the journal; @code is the error of the command. Does nothing
 * before the command began, in a dry run, and when called a second time.
 */
void call_tell(struct call *c, enum vxe_code code);
/* Prints a remark for people on the error stream; with --quiet it is left out. */
void call_remark(struct call *c, const char *text);
/* Prints a text as a result of the command; removes the progress line first. */
void call_print(struct call *c, const char *text);
/*
 * The exit status after a signal that has asked the program to end: 128 and the number of the signal, as in a shell; 0:
 * no signal has come, or the program was called as `xe`.
 */
int call_signal_status(const struct call *c);
/* The exit status of the program after the error @err: that of a signal if one has cancelled the command. */
int call_failed_status(const struct call *c, const struct vxe_error *err);
/* Prints the UUIDs of objects that the command has made, each on a line; with --json objects {"uuid": ...}. */
void call_print_made(struct call *c, const struct strv *uuids);
/* Prints c->result: the UUID of the object that the command has made, or a text. */
void call_print_result(struct call *c);

/* Adds a line of a dry run or of an uninstall, which are printed when the command ends; as JSON it is an object. */
void call_plan(struct call *c, const struct planned *line);
/* Forgets the lines. */
void call_plan_clear(struct call *c);
/* The line below a plan that copies or frees bytes in several places. Owned; NULL: there is none. */
char *call_plan_sum(const struct call *c);
/* Prints these lines: as JSON one array. */
void call_print_plan(struct call *c);
