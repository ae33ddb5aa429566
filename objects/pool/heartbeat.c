/* SPDX-License-Identifier: MIT */
#include "objects/pool/heartbeat.h"

#include <inttypes.h>

#include "objects/base/clock.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/host/host_identity.h"
#include "objects/domain/adopt.h"
#include "objects/domain/seen_states.h"
#include "objects/pool/host_dead.h"
#include "objects/pool/pool_member.h"
#include "objects/pool/quiet.h"
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

/* What this phase asks; after a command that acted the records are compared anyway. */
static void foresee(const struct session *s)
{
	struct store_question list[] = {
		{ host_class.name, .uuid = s->here->uuid },
		records_question(&intent_class, NULL, NULL),
		seen_states_question(s),
		seen_definitions_question(s),
	};

	if (!s->reports.acted)
		quiet_questions(s, list + ARRAY_LEN(list) - QUIET_QUESTIONS);
	store_foresee(s->store, list, ARRAY_LEN(list));
}

/* Notes how wrong the clock is, in steps of ten seconds, so that one that drifts is seldom written. */
static int note_clock(struct session *s, struct before *ret, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_txn_ struct txn *t = NULL;
	foresee(s);
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

/* True if each persistent domain is that of a VM at home here: of any other one a record may come, of which this host's tell nothing. */
static bool all_at_home(struct session *s, const struct seen_vms *seen)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	const struct hv_domains *domains;
	size_t n = 0;

	if (session_domains_if_up(s->here, &domains, &ignored) < 0 || !domains)
		return false;
	for (size_t i = 0; i < domains->n; i++)
		n += domains->items[i].persistent;
	return n == seen->here.n;
}

/* Compares the domains and definitions with the records, and notes what differs. */
static int compare_all(struct session *s, struct before *before, struct vxe_error *err)
{
	_cleanup_seen_vms_ struct seen_vms seen = { 0 };
	_cleanup_quiet_ struct quiet quiet = { 0 };
	bool same = false, noted;

	/* a command that acted has adopted what it needs */
	if (!s->reports.acted &&
		(quiet_look(s, &quiet, &same, err) < 0 || (!same && adopt_domains(s, err) < 0)))
		return -1;
	if (!same &&
		(seen_states_note(s, before->generation, &seen, err) < 0 ||
			seen_definitions_note(s, &seen.here, &noted, err) < 0))
		return -1;
	if (s->mark.dir)
		start_hook_keep(s);
	if (!same)
		stale_domains_end(s, &seen.stale);
	if (before->dead && host_is_back(s, err) < 0)
		return -1;
	if (same)
		return 0;
	if (pool_member_note(s, err) < 0)
		return -1;
	if (noted && !seen.stale.n && !before->dead && all_at_home(s, &seen))
		quiet_keep(s, &quiet);
	return 0;
}

int heartbeat(struct session *s, struct vxe_error *err)
{
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
		note_clock(s, &before, err) < 0 || session_hv(s->here, &hv, err) < 0)
		return -1;
	return compare_all(s, &before, err);
}
