/* SPDX-License-Identifier: MIT */
#include "objects/pool/heartbeat.h"

#include <inttypes.h>

#include "objects/base/clock.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/host/host_identity.h"
#include "objects/domain/seen_states.h"
#include "objects/pool/host_dead.h"
#include "objects/pool/pool_member.h"
#include "objects/pool/seen_definitions.h"
#include "objects/pool/stale_domains.h"
#include "objects/pool/start_hook.h"

static int put_clock(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct host *now = ctx;
	_cleanup_(host_free_cleanup) struct host *host = NULL;

	if (host_get(t, now->r.uuid, &host, err) < 0)
		return -1;
	host->clock_ahead = now->clock_ahead;
	return record_save(t, &host_class, host, err);
}

/* What the records say at the begin. */
struct before {
	int64_t generation;
	bool dead;
};

/* Notes how wrong the clock is, in steps of ten seconds, so that one that drifts is seldom written. */
static int note_clock(struct session *s, struct before *ret, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_txn_ struct txn *t = NULL;
	/* all of it is asked in one phase */
	const struct store_question list[] = {
		{ host_class.name, .uuid = s->here->uuid },
		seen_states_question(s),
		seen_definitions_question(s),
		records_question(&intent_class, NULL, NULL),
	};

	store_foresee(s->store, list, ARRAY_LEN(list));
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		txn_generation(t, &ret->generation, err) < 0 ||
		host_get(t, s->here->uuid, &host, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	ret->dead = host->dead;
	const int64_t now = clock_ahead(), rounded = (now + (now < 0 ? -5 : 5)) / 10 * 10;
	const int64_t ahead = imaxabs(now) < CLOCK_WRONG ? 0 : rounded;

	if (s->pool_size < 2 || host->clock_ahead == ahead)
		return 0;
	host->clock_ahead = ahead;
	return store_update(s->store, put_clock, host, err);
}

int heartbeat(struct session *s, struct vxe_error *err)
{
	_cleanup_seen_vms_ struct seen_vms seen = { 0 };
	_cleanup_view_ struct store *view = s->store;
	struct before before;
	struct hv *hv;

	store_view(view, true);
	if (session_prepare(s, err) < 0)
		return -1;
	if (s->pool_size < 2 && !s->mark.dir)
		return 0;
	/* A copy of the host tells nothing in its name. */
	if (host_check_here(s, err) < 0)
		return -1;
	if ((s->pool_size > 1 && store_beat(s->store, s->here->uuid, err) < 0) ||
		note_clock(s, &before, err) < 0 || session_hv(s->here, &hv, err) < 0 ||
		seen_states_note(s, before.generation, &seen, err) < 0 ||
		seen_definitions_note(s, &seen.here, err) < 0)
		return -1;
	if (s->mark.dir)
		start_hook_keep(s);
	stale_domains_end(s, &seen.stale);
	return before.dead && host_is_back(s, err) < 0 ? -1 : pool_member_note(s, err);
}
