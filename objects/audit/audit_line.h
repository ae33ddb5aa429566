/* SPDX-License-Identifier: MIT */
/*
 * The audit log: each command that changes something leaves one line in the systemd journal, also when it fails. The
 * line has the objects by class, UUID and name, the caller, the duration and the result, but no values of the
 * command's parameters.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "objects/base/str.h"

struct session;
struct session_config;

/* The MESSAGE_ID of all audit lines in the systemd journal: journalctl MESSAGE_ID=... */
#define DEED_MESSAGE_ID "b9d1a2f4d0c84d0e9a2f7b6c4e5d3a10"
#define DEED_SUCCESS "success"
#define DEED_OBJECTS 100 /* most objects that an audit line names */

/*
 * Remembers for the audit line that the command works on the object @uuid, which must still exist, because its name
 * may be gone afterwards. For a snapshot its VM is remembered, too. A UUID of no object that commands show is
 * ignored.
 */
void deed_note(struct session *s, const char *uuid);
/*
 * Remembers for the audit line that the command has changed something, and the object @uuid (may be NULL) of the
 * operation.
 */
void deed_began(struct session *s, const char *uuid);

struct deed {
	const char *command;
	const char *result; /* DEED_SUCCESS or the code of the error */
	int64_t ms;
	const struct strv *objects; /* "CLASS UUID NAME": session->reports.deeds; NULL: none */
};
/* Writes the audit line of a command. The line is lost where neither the systemd journal nor syslog takes it. */
void deed_tell(const struct session_config *config, const struct deed *d);
/* The name of the person who runs the command, for messages. Owned. */
char *deed_person(const struct session_config *config);
