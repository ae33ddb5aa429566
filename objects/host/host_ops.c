/* SPDX-License-Identifier: MIT */
/* Enables and disables the host, reboots it and shuts it down. */
#include "objects/host/host_ops.h"

#include "backends/child/child.h"

#include "objects/classes/host/host.h"
#include "objects/model/trial_run.h"

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

	return record_update(s, set_enabled, &w, err);
}

/* ---- host-evacuate --------------------------------------------------------------------------- */

static int lock_evacuation(struct session *s, const char *host, enum lease_mode mode,
	struct locks *held, struct vxe_error *err)
{
	_cleanup_free_ char *key = xasprintf("host-evacuate-%s", host);

	locks_add(held, LOCK_RECORD, key, mode);
	if (locks_try(s, held, err) == 0)
		return 0;
	if (err->code != VXE_BUSY)
		return -1;
	error_clear(err);
	return vxe_fail(err, HOST_EVACUATE_IN_PROGRESS, host);
}

int host_evacuation_begin(struct session *s, struct locks *held, struct vxe_error *err)
{
	return lock_evacuation(s, s->here->uuid, LEASE_EXCLUSIVE, held, err);
}

int host_check_evacuation(struct session *s, const char *host, struct vxe_error *err)
{
	_cleanup_locks_ struct locks held = { 0 };

	return s->pool_size < 2 ? 0 : lock_evacuation(s, host, LEASE_SHARED, &held, err);
}

/* ---------------------------------------------------------------------------------------------- */

int host_check_enabled(struct session *s, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		host_find(t, s->here->uuid, &host, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	return host && !host->enabled ? vxe_fail(err, NO_HOSTS_AVAILABLE)
				      : host_check_evacuation(s, s->here->uuid, err);
}

/* ---- host-reboot and host-shutdown ----------------------------------------------------------- */

static int check_disabled(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || host_get(t, uuid, &host, err) < 0)
		return -1;
	return host->enabled ? vxe_fail(err, HOST_NOT_DISABLED) : 0;
}

/* Refuses while any domain runs, also another program's: its guest would be stopped. */
static int check_idle(struct session *s, const char *uuid, struct vxe_error *err)
{
	const struct hv_domains *domains;

	session_forget_domains(s->here);
	if (session_domains(s->here, &domains, err) < 0)
		return -1;
	for (size_t i = 0; i < domains->n; i++)
		if (hv_is_active(domains->items[i].state))
			return vxe_fail(err, HOST_IN_USE, uuid, "VM", domains->items[i].uuid);
	return 0;
}

int host_end(struct session *s, const char *uuid, enum host_end how, struct vxe_error *err)
{
	const char *const argv[] = { s->config.shutdown, how == HOST_REBOOT ? "-r" : "-h", "now",
		NULL };
	struct session_host *host;

	if (session_host(s, uuid, &host, err) < 0 || check_disabled(s, uuid, err) < 0 ||
		check_idle(s, uuid, err) < 0)
		return -1;
	if (!s->config.shutdown)
		return vxe_fail_internal(err, "nothing can end this system");
	if (s->wishes->dry_run) {
		session_planned(s, "run: %s %s %s", argv[0], argv[1], argv[2]);
		return vxe_fail(err, VXE_PLANNED, "host");
	}
	return child_run(argv, s->config.shutdown, NULL, err);
}
