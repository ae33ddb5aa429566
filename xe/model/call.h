/* SPDX-License-Identifier: MIT */
/* One call: the session of its handler, and leaving it. */
#pragma once

#include "objects/base/call_watch.h"
#include "xe/model/command.h"
#include "xe/model/program.h"

/* One call with everything that it opened. */
struct run {
	struct call call; /* first: the session's callbacks get the call */
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
 * Opens c->session at its first use: an error before has touched neither the store nor the
 * hypervisor.
 */
int call_session(struct call *c, struct vxe_error *err) _must_check_;
/* Before call_session(), when the handler is sure to need libvirt: libvirt is loaded while the store is opened. */
void call_asks_libvirt(struct call *c);
/* Only the configuration; from then on calls to libvirt are watched. Borrowed. */
int call_environment(
	struct call *c, const struct session_config **ret, struct vxe_error *err) _must_check_;

/* A parameter of the call as text; NULL if it is not given. The row must have it. */
const char *call_get(const struct call *c, const char *key);
/* The same in handlers that rows share: NULL, too, if the row does not have it. */
const char *call_find(const struct call *c, const char *key);
/* The keys and values of a parameter "NAME:" of the row. */
void call_map(const struct call *c, const char *name, struct map *ret);
/* A parameter of the command's row, read as its type; @otherwise if it is not given. */
bool call_flag(const struct call *c, const char *key, bool otherwise);
int64_t call_size(const struct call *c, const char *key, int64_t otherwise);
int64_t call_value(const struct call *c, const char *key, int64_t otherwise);

/* From now on the progress on a terminal is that of the command on this object. */
void call_names(struct call *c, const char *uuid);
/* Runs the row's act or one for an object. */
one_fn call_act;
/* The same for the object that uuid= names. */
int on_uuid(struct call *c, struct vxe_error *err) _must_check_;
/* Notes the objects that the command works on, for its line in the journal: objects/audit/audit_line.h. */
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
