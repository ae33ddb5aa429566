/* SPDX-License-Identifier: MIT */
#include "objects/pool/pool_domains.h"

#include "objects/classes/common/intent.h"
#include "objects/domain/seen_states.h"

void pool_domains_clear(struct pool_domains *d)
{
	strv_clear(&d->all);
	strv_clear(&d->here);
	strv_clear(&d->elsewhere);
}

int pool_domains_find(
	struct session *s, struct txn *t, struct pool_domains *ret, struct vxe_error *err)
{
	_cleanup_seen_vms_ struct seen_vms seen = { 0 };
	const struct hv_domains *domains;

	if (session_domains(s->here, &domains, err) < 0 ||
		seen_vms_find(s, t, domains, &seen, err) < 0)
		return -1;
	strv_copy(&ret->all, &seen.here);
	strv_copy(&ret->here, &seen.here);
	for (size_t i = 0; i < seen.stale.n; i++) {
		const struct strv one = { 1, &seen.stale.items[i] };
		bool moving;

		if (intent_names(t, &one, &moving, err) < 0)
			return -1;
		strv_add(&ret->all, seen.stale.items[i]);
		if (!moving)
			strv_add(&ret->elsewhere, seen.stale.items[i]);
	}
	return 0;
}
