/* SPDX-License-Identifier: MIT */
/*
 * In a pool, the facts about the machines of other hosts. A host writes its facts to its record when it lists the hosts
 * and they have changed; the other hosts read them there.
 */
#pragma once

#include "objects/session/session.h"

/*
 * The facts about the machine of the host @host: of this one those of host_facts(), of another one those on record.
 * Empty values for a host without a record, or one that has written none. Borrowed; valid as long as the session.
 */
const struct machine_facts *host_facts_of(struct session *s, const char *host);
/* Writes this host's facts to its record, in a pool and if they differ. */
int host_facts_note(struct session *s, struct vxe_error *err) _must_check_;

/* The facts as JSON text, owned, and back; from another text come empty values. */
char *facts_print(const struct machine_facts *m);
void facts_parse(const char *text, struct machine_facts *ret);
