/* SPDX-License-Identifier: MIT */
/*
 * Who did what: each command that changes something leaves one line in the journal, also when it fails. The line has the
 * objects by class, UUID and name, the caller, the duration and the result; of the command's parameters it has no value.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "objects/base/str.h"

struct session;
struct session_config;

/* The journal's message id of all lines: journalctl MESSAGE_ID=... */
#define DEED_MESSAGE_ID "b9d1a2f4d0c84d0e9a2f7b6c4e5d3a10"
#define DEED_SUCCESS "success"
#define DEED_OBJECTS 100 /* a line names at most so many objects */

/*
 * Remembers that the command works on that object, which has to exist: afterwards its name may be gone. Of a snapshot its VM
 * is noted, too. A UUID of nothing that commands show is left out.
 */
void deed_note(struct session *s, const char *uuid);
/* Remembers the object of an operation for the line in the journal: the command has changed something. */
void deed_began(struct session *s, const char *uuid);

struct deed {
	const char *command;
	const char *result; /* DEED_SUCCESS or the code of the error */
	int64_t ms;
	const struct strv *objects; /* "CLASS UUID NAME": session->reports.deeds; NULL: none */
};
/* Writes the line. It is lost where neither a journal nor syslog takes it. */
void deed_tell(const struct session_config *config, const struct deed *d);
/* The name of the person who calls, for messages. Owned. */
char *deed_person(const struct session_config *config);
