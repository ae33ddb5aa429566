/* SPDX-License-Identifier: MIT */
/* Reads who did what: the lines that commands left in the journal (objects/audit/audit_line.h), else the messages. */
#pragma once

#include "objects/base/error.h"
#include "objects/base/str.h"

#include <stdint.h>

struct session;

struct log_line {
	int64_t time;				  /* seconds since 1970 */
	char *command;				  /* the command line; of a message its name */
	struct strv objects;			  /* each as "CLASS UUID NAME" */
	char *person, *user, *uid, *sudo, *login; /* "": unknown, or there is none */
	char *ms;				  /* the duration; "": unknown */
	char *result;				  /* "success" or the code of an error */
};
struct deed_log {
	size_t n;
	struct log_line *items; /* sorted by time */
	bool of_messages; /* they are made of messages, because the journal has no line or cannot be read */
};
void deed_log_clear(struct deed_log *l);
#define _cleanup_deed_log_ _cleanup_(deed_log_clear)

/*
 * The lines since @since that have an object of that UUID or name (NULL: all lines). Objects need not exist any more.
 * The user that ran the command is the one that journald knows, whatever the line says.
 */
int deed_log_read(struct session *s, const char *object, int64_t since, struct deed_log *ret,
	struct vxe_error *err) _must_check_;
