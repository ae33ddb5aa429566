/* SPDX-License-Identifier: MIT */
/*
 * A heartbeat compares this host's domains, and libvirt's files of their definitions, with the records of the VMs that are at home here,
 * which are read one by one. If it has found nothing to do or to note, this is remembered, until the next boot: how many records
 * there are, when one was written last, and the domains. The next one reads no records while all this is the same.
 */
#pragma once

#include "objects/session/session.h"

struct quiet {
	char *text; /* what a heartbeat compares now; NULL: libvirt cannot be asked, or there is no place for it */
	char *path;
};
void quiet_clear(struct quiet *q);
#define _cleanup_quiet_ _cleanup_(quiet_clear)

/* Looks; *same: as the last one has left it. Lists the domains anew. */
int quiet_look(struct session *s, struct quiet *q, bool *same, struct vxe_error *err) _must_check_;
/* The heartbeat has found nothing to do since quiet_look(): this is remembered, if the records are the same still. */
void quiet_keep(struct session *s, const struct quiet *q);
/* What both ask of the records, for store_foresee(). */
#define QUIET_QUESTIONS 2
void quiet_questions(const struct session *s, struct store_question ret[QUIET_QUESTIONS]);
