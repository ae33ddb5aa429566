/* SPDX-License-Identifier: MIT */
/*
 * Lines for the journal of systemd, in its native protocol: one datagram of fields. No library is loaded for that. Where
 * there is no journal, syslog gets the text. Neither waits longer than a second.
 */
#pragma once

#include "objects/base/str.h"

/* Numbers as in syslog(3). */
enum journal_priority { JOURNAL_WARNING = 4, JOURNAL_NOTICE = 5 };

struct journal_line {
	enum journal_priority priority;
	const char *text;   /* line for people */
	struct strv fields; /* more fields, "NAME=value"; no value has a newline */
};

/* Sends an entry; false if nobody listens at the socket, or if the entry is too long for it. */
bool journal_send(const char *socket, const struct journal_line *line);
bool syslog_send(const char *socket, const struct journal_line *line);
