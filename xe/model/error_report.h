/* SPDX-License-Identifier: MIT */
/* Turns errors into text for users; no other code does that. */
#pragma once

#include "objects/base/error.h"
#include "xe/output/io.h"

#include <stdatomic.h>

struct command;
struct session;

/* What the printing of an error needs to know. */
struct report {
	const struct io *io;
	const char *program; /* name of the program, for the usage hint */
	bool as_xe;	     /* print only texts that xe prints, too */
	bool quiet;	     /* print no line that says what to do next */
	bool json; /* print errors as lines {"error": CODE, "params": [...], "message": ...} */
	/*
	 * Returns "UUID (name-label)" for the value of an error parameter, or NULL to print the value as it is. The
	 * pointer may be NULL.
	 */
	char *(*resolve)(void *ctx, const char *param, const char *value);
	/*
	 * Returns "vdi: UUID (name-label)" for a UUID, or for the file of a disk, or NULL if the object is unknown. The
	 * pointer may be NULL.
	 */
	char *(*describe)(void *ctx, const char *value);
	void *ctx;
	const atomic_int *begun; /* reports.begun of the session; NULL: there is none yet */
	/* the command that failed: advice may name its parameters; NULL: none is known */
	const struct command *command;
};

/* What `vxe` prints before every error that is not JSON. */
#define ERROR_MARK "Error: "
/* What xe says first where a file of the caller's cannot be used; `vxe` leaves it out. */
#define XE_FILE_FAILED "Operation failed. " ERROR_MARK

/* Prints the text of an error that has no code, before a command is known: as `vxe` with ERROR_MARK. */
void report_text(const struct io *io, bool as_xe, const char *text);
/* Prints the error's lines on the error stream. */
void report_error(const struct report *r, const struct vxe_error *err);
/* Prints the error as a line of JSON that also names the object @object, for a command on several objects. */
void report_error_of(const struct report *r, const char *object, const struct vxe_error *err);
/* Prints the lines that --trace adds to an error; errors of parsing have none. */
void report_trace(const struct report *r, const struct vxe_error *err);
/*
 * Adds the lines of the error to @lines, for a list of failures; a message that is printed as "Error: TEXT" elsewhere
 * is TEXT alone.
 */
void report_failure(const struct report *r, const struct vxe_error *err, struct strv *lines);
/* The exit status of a command that failed with @err. */
int report_status(const struct vxe_error *err, bool as_xe);

/*
 * A function for the member resolve of struct report that finds names in a session (@ctx: struct session *); if @ctx is
 * NULL nothing is resolved.
 */
char *resolve_in_session(void *ctx, const char *param, const char *value);
/*
 * A function for the member describe of struct report that finds names in a session (@ctx: struct session *, may be
 * NULL).
 */
char *describe_in_session(void *ctx, const char *value);
