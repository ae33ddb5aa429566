/* SPDX-License-Identifier: MIT */
/* The only place that turns errors into text. */
#pragma once

#include "objects/base/error.h"
#include "xe/output/io.h"

struct command;
struct session;

/* The context for printing errors. */
struct report {
	const struct io *io;
	const char *program; /* "xe", for the usage hint */
	bool as_xe;	     /* only texts that xe prints, too */
	bool json;	     /* a line {"error": CODE, "params": [...], "message": ...} */
	/*
	 * "uuid (name-label)" for the value of an error parameter; NULL: print it unchanged. May be
	 * NULL.
	 */
	char *(*resolve)(void *ctx, const char *param, const char *value);
	/* "vdi: UUID (name-label)" for a UUID, or for a file of a disk; NULL: unknown. May be NULL. */
	char *(*describe)(void *ctx, const char *value);
	void *ctx;
	const struct command *command; /* its parameters may be named as a way out; NULL: none */
};

/* Prints the error's lines on the error stream. */
void report_error(const struct report *r, const struct vxe_error *err);
/* The same in JSON for one object of several. */
void report_error_of(const struct report *r, const char *object, const struct vxe_error *err);
/* Prints the lines that --trace adds, for errors after parsing. */
void report_trace(const struct report *r, const struct vxe_error *err);
/* Appends the error's lines to @lines: the first is the text alone, without "Error: ". */
void report_failure(const struct report *r, const struct vxe_error *err, struct strv *lines);
/* The exit status of a command that failed with @err. */
int report_status(const struct vxe_error *err, bool as_xe);

/* report.resolve for an open session (@ctx: struct session *; NULL resolves nothing). */
char *resolve_in_session(void *ctx, const char *param, const char *value);
/* The same for report.describe. */
char *describe_in_session(void *ctx, const char *value);
