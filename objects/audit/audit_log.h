/* SPDX-License-Identifier: MIT */
/*
 * Reads the audit log, which tells who did what: the lines that commands left in the systemd journal
 * (objects/audit/audit_line.h), or, if there are none, xe's message objects.
 */
#pragma once

#include "objects/base/error.h"
#include "objects/base/str.h"

#include <stdint.h>

struct session;

struct log_line {
	int64_t time; /* seconds since 1970 */
	/* the command line; in a line made of a message, the message's name */
	char *command;
	struct strv objects;			  /* each as "CLASS UUID NAME" */
	char *person, *user, *uid, *sudo, *login; /* "": unknown, or there is none */
	char *ms;				  /* the duration; "": unknown */
	char *result;				  /* "success" or the code of an error */
};
struct deed_log {
	size_t n;
	struct log_line *items; /* sorted by time */
	/* The lines are made of xe's message objects, because the journal has no audit line or cannot be read. */
	bool of_messages;
};
void deed_log_clear(struct deed_log *l);
#define _cleanup_deed_log_ _cleanup_(deed_log_clear)

/*
 * Reads the audit lines since @since that name the object with that UUID or name (NULL: all lines). The object need
 * not exist any more. The user in a line is the one that journald knows, whatever the line says.
 */
int deed_log_read(struct session *s, const char *object, int64_t since, struct deed_log *ret,
	struct vxe_error *err) _must_check_;
