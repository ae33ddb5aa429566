/* SPDX-License-Identifier: MIT */
/* What processes, and the hosts of a pool, tell each other by the store beside its records: leases, and that they are up. */
#include <assert.h>

#include "objects/base/log.h"
#include "store/store_engine.h"

int store_lease(struct store *s, const char *key, enum lease_mode mode, bool wait,
	struct lease **ret, struct vxe_error *err)
{
	log_debug("store: lease %s", key);
	if (checked(s->ops->lease(s, key, mode, wait, ret, err), err) < 0)
		return -1;
	(*ret)->ops = s->ops;
	return 0;
}

void store_release(struct lease *l)
{
	if (l)
		l->ops->release(l);
}

int store_keep_leases(struct store *s, const char *cls, const char *uuid, bool ask, bool *gone,
	struct vxe_error *err)
{
	*gone = false;
	return checked(s->ops->keep_leases(s, cls, uuid, ask, gone, err), err);
}

/* ---- hosts that are up ------------------------------------------------------------------------ */

int store_beat(struct store *s, const char *host, struct vxe_error *err)
{
	return checked(s->held ? 0 : s->ops->beat(s, host, err), err);
}

int store_last_beat(struct store *s, const char *host, int64_t *ms, struct vxe_error *err)
{
	*ms = -1;
	return checked(s->ops->last_beat(s, host, ms, err), err);
}

int txn_last_beat(struct txn *t, const char *host, int64_t *ms, struct vxe_error *err)
{
	*ms = -1;
	return checked(t->store->ops->beat_in(t, host, ms, err), err);
}

int store_await(struct store *s, int64_t seen, int64_t ms, struct vxe_error *err)
{
	assert(s->n_open == 0);
	return checked(s->ops->await(s, seen, ms, err), err);
}
