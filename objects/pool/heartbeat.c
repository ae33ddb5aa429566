/* SPDX-License-Identifier: MIT */
#include "objects/pool/heartbeat.h"

#include "objects/domain/seen_states.h"
#include "objects/pool/host_dead.h"
#include "objects/pool/pool_member.h"
#include "objects/pool/seen_definitions.h"
#include "objects/pool/stale_domains.h"
#include "objects/pool/start_hook.h"

int heartbeat(struct session *s, struct vxe_error *err)
{
	_cleanup_seen_vms_ struct seen_vms seen = { 0 };
	struct hv *hv;

	if (session_prepare(s, err) < 0)
		return -1;
	if (s->pool_size < 2 && !s->mark.dir)
		return 0;
	if ((s->pool_size > 1 && store_beat(s->store, s->here->uuid, err) < 0) ||
		session_hv(s->here, &hv, err) < 0 || seen_states_note(s, &seen, err) < 0 ||
		seen_definitions_note(s, &seen.here, err) < 0)
		return -1;
	if (s->mark.dir)
		start_hook_keep(s);
	stale_domains_end(s, &seen.stale);
	return host_is_back(s, err) < 0 ? -1 : pool_member_note(s, err);
}
