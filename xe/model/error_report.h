/* SPDX-License-Identifier: MIT */
/* Turns errors into text; nothing else does. */
#pragma once

#include "objects/base/error.h"
#include "xe/output/io.h"

struct command;
struct session;

/* What the printing of an error needs to know. */
struct report {
	const struct io *io;
	const char *program; /* name of the program, for the usage hint */
	bool as_xe;	     /* print only texts that xe prints, too */
	bool json;	     /* print a line {"error": CODE, "params": [...], "message": ...} */
	/* "UUID (name-label)" for the value of an error parameter; NULL: print the value as it is. May be NULL. */
	char *(*resolve)(void *ctx, const char *param, const char *value);
	/* "vdi: UUID (name-label)" for a UUID, or for the file of a disk; NULL: it is unknown. May be NULL. */
	char *(*describe)(void *ctx, const char *value);
	void *ctx;
	/* the command that failed, whose parameters may be a way out; NULL: none */
	const struct command *command;
};

/* Prints the error's lines on the error stream. */
void report_error(const struct report *r, const struct vxe_error *err);
/* As report_error() with JSON, for one of several objects. */
void report_error_of(const struct report *r, const char *object, const struct vxe_error *err);
/* Prints the lines that --trace adds, for errors after parsing. */
void report_trace(const struct report *r, const struct vxe_error *err);
/* Adds the lines of the error to @lines; the first one is the text alone, without "Error: ". */
void report_failure(const struct report *r, const struct vxe_error *err, struct strv *lines);
/* The exit status of a command that failed with @err. */
int report_status(const struct vxe_error *err, bool as_xe);

/* The function resolve for a session (@ctx: struct session *; if it is NULL nothing is resolved). */
char *resolve_in_session(void *ctx, const char *param, const char *value);
/* The function describe for a session. */
char *describe_in_session(void *ctx, const char *value);
