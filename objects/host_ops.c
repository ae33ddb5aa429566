/* SPDX-License-Identifier: MIT */
/* Enabling and disabling the host. */
#include "objects/host_ops.h"

#include "objects/host.h"

struct wish {
	const char *uuid;
	bool enabled;
};

static int set_enabled(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct wish *w = ctx;
	_cleanup_(host_free_cleanup) struct host *host = NULL;

	if (host_get(t, w->uuid, &host, err) < 0)
		return -1;
	if (w->enabled)
		map_remove(&host->other_config, "MAINTENANCE_MODE");
	host->enabled = w->enabled;
	return record_save(t, &host_class, host, err);
}

int host_set_enabled(struct session *s, const char *uuid, bool enabled, struct vxe_error *err)
{
	struct wish w = { uuid, enabled };

	return store_update(s->store, set_enabled, &w, err);
}

int host_check_enabled(struct session *s, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		host_find(t, s->host_uuid, &host, err) < 0)
		return -1;
	return host && !host->enabled ? vxe_fail(err, NO_HOSTS_AVAILABLE) : 0;
}
