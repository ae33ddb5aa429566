/* SPDX-License-Identifier: MIT */
/* `vxe check`: hosts of a pool whose clocks are wrong; a libvirt that has other files than vxe. */
#include "objects/check/check_areas.h"

#include <inttypes.h>

#include "objects/base/clock.h"
#include "objects/base/file_key.h"
#include "objects/classes/host/host.h"
#include "objects/classes/host/host_machine.h"
#include "objects/classes/host/recorded_facts.h"
#include "objects/classes/storage/node.h"
#include "objects/engine/plan_reach.h"

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

/* Compares the first file of each folder: the others lie beside it. */
int check_daemon_files(struct check *c, struct vxe_error *err)
{
	_cleanup_strv_ struct strv folders = { 0 };
	_cleanup_free_ char *unknown = reach_unknown(c->s);

	(void)err;
	if (unknown)
		session_notice(c->s,
			"Whether libvirt's daemon has the same files as vxe cannot be compared: %s.",
			unknown);
	for (size_t i = 0; i < c->nodes.n && !unknown; i++) {
		const struct node *n = c->nodes.items[i];
		_cleanup_error_ struct vxe_error other = { 0 };
		_cleanup_free_ char *dir = path_dir(c->paths.items[i]);

		if (!*c->paths.items[i] || strv_has(&folders, dir))
			continue;
		strv_add(&folders, dir);
		if (reach_check(c->s, c->paths.items[i], &other) < 0)
			check_found(c, "folder", "SR", n->sr,
				"libvirt has another folder %s than vxe, in the mount namespace of "
				"its process %s: give its container the folder that vxe has, or run vxe in "
				"it",
				dir, other.params[3]);
	}
	return 0;
}
