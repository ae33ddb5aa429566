/* SPDX-License-Identifier: MIT */
/* One call of the program: the session of its handler, and how it ends. */
#pragma once

#include "objects/base/call_watch.h"
#include "xe/model/command.h"
#include "xe/model/program_context.h"

/* One call with all that it has opened. */
struct run {
	struct call call; /* must be first: the session's callbacks get its address */
	const struct program *program;
	struct session *opened, *borrowed;
	struct environment env;
	struct render render;
	struct report report;
	struct progress progress;
	struct watch watch;
};

/* Closes the session and clears the call's data. */
void run_clear(struct run *r);

/*
 * Opens c->session when it is first needed, so that an earlier error has touched neither the store nor the
 * hypervisor.
 */
int call_session(struct call *c, struct vxe_error *err) _must_check_;
/*
 * Says before call_session() that the handler will surely need libvirt, which is then loaded while the store is
 * opened.
 */
void call_asks_libvirt(struct call *c);
/* Makes only the configuration; from now on calls to libvirt are watched. Borrowed. */
int call_environment(
	struct call *c, const struct session_config **ret, struct vxe_error *err) _must_check_;

/* The text of a parameter, which the command must have in its table; NULL if it was not given. */
const char *call_get(const struct call *c, const char *key);
/* As call_get(), for handlers of several commands: NULL also if this command does not have the parameter. */
const char *call_find(const struct call *c, const char *key);
/* The keys and values of the command's parameter "NAME:". */
void call_map(const struct call *c, const char *name, struct map *ret);
/* The value of the command's parameter, read by its type; @otherwise if it was not given. */
bool call_flag(const struct call *c, const char *key, bool otherwise);
int64_t call_size(const struct call *c, const char *key, int64_t otherwise);
int64_t call_value(const struct call *c, const char *key, int64_t otherwise);

/* Names the object in the progress that a terminal shows from now on. */
void call_names(struct call *c, const char *uuid);
/* Calls the command's act() or one(), of its struct command, for an object. */
one_fn call_act;
/* As call_act(), for the object that uuid= names. */
int on_uuid(struct call *c, struct vxe_error *err) _must_check_;
/* Remembers the objects that the command works on, for its line in the journal: objects/audit/audit_line.h. */
void call_note(struct call *c, const struct strv *uuids);
/*
 * Leaves the line of a command that changes something; @code is its error. Without effect before the command began, in a
 * dry run, and the second time.
 */
void call_tell(struct call *c, enum vxe_code code);
/* Prints a text; hides the progress bar first. */
void call_print(struct call *c, const char *text);
/* 128 and the number of the signal that has asked the program to end, as a shell has it; 0: none, or as xe. */
int call_signal_status(const struct call *c);
/* The exit status after that error. */
int call_failed_status(const struct call *c, const struct vxe_error *err);
