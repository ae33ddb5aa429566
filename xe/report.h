/* SPDX-License-Identifier: MIT */
/* The one place that turns errors into text. */
#pragma once

#include "objects/base/error.h"
#include "xe/io.h"

struct session;

/* What an error's text depends on beside the error. */
struct report {
	const struct io *io;
	const char *program; /* "xe" in the usage hint */
	bool as_xe;	     /* nothing that xe does not say */
	/* "uuid (name-label)" for the value of an error parameter; NULL: as it is. May be NULL. */
	char *(*resolve)(void *ctx, const char *param, const char *value);
	void *ctx;
};

/* The error's lines on the error stream. */
void report_error(const struct report *r, const struct vxe_error *err);
/* The lines that --trace adds, of what did not already fail in parsing. */
void report_trace(const struct report *r, const struct vxe_error *err);
/* The error's lines, appended to @lines: the first is the text alone, without "Error: ". */
void report_failure(const struct report *r, const struct vxe_error *err, struct strv *lines);
/* The exit status of a command that ended with @err. */
int report_status(const struct vxe_error *err, bool as_xe);

/* report.resolve for an open session (@ctx: struct session *; NULL resolves nothing). */
char *resolve_in_session(void *ctx, const char *param, const char *value);
