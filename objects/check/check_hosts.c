/* SPDX-License-Identifier: MIT */
/* `vxe check`: hosts of a pool whose clocks are wrong. */
#include "objects/check/check_areas.h"

#include <inttypes.h>

#include "objects/base/clock.h"
#include "objects/classes/host/host.h"
#include "objects/classes/host/host_machine.h"
#include "objects/classes/host/recorded_facts.h"

int check_clocks(struct check *c, struct vxe_error *err)
{
	_cleanup_records_ struct records hosts = { 0 };

	if (records_load(c->t, &host_class, NULL, NULL, &hosts, err) < 0)
		return -1;
	for (size_t i = 0; i < hosts.n; i++) {
		const struct host *host = hosts.items[i];
		const bool here = session_is_here(c->s, host->r.uuid);
		const int64_t ahead = here ? clock_ahead() : host->clock_ahead;

		if (imaxabs(ahead) < CLOCK_WRONG)
			continue;
		check_found(c, "clock", "host", host->r.uuid,
			"the clock of '%s' is %s%" PRIdMAX " seconds %s that of the database's "
			"server. Records have the server's time, but its journal and other "
			"programs there do not: set both by NTP (chronyd or systemd-timesyncd)",
			host_facts_of(c->s, host->r.uuid)->hostname, here ? "" : "some ",
			imaxabs(ahead), ahead > 0 ? "ahead of" : "behind");
	}
	return 0;
}
