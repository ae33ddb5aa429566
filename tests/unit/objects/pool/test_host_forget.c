/* SPDX-License-Identifier: MIT */
/* A host that will not come back is forgotten, or is needed still. */
#include "objects/pool/host_forget.h"

#include "objects/classes/common/intent.h"
#include "tests/unit/two_hosts.h"

#define INTENT "12121212-0000-4000-8000-000000000001"

TestSuite(host_forget, .init = hosts_start, .fini = hosts_stop);

/* A migration of VM_A from one host to another is half done. */
static void is_on_its_way(const char *from, const char *to)
{
	struct intent *intent = record_new(&intent_class);

	intent->r.uuid = xstrdup(INTENT);
	str_replace(&intent->operation, "vm-migrate");
	str_replace(&intent->object, VM_A);
	str_replace(&intent->host, from);
	free(intent->plan);
	intent->plan = xasprintf("{\"target\":\"%s\"}", to);
	save(&intent_class, intent);
	record_free(&intent_class, intent);
}

static bool has(const struct class *c, const char *uuid)
{
	_cleanup_records_ struct records all = all_of(c);

	for (size_t i = 0; i < all.n; i++)
		if (str_eq(((struct record *)all.items[i])->uuid, uuid))
			return true;
	return false;
}

Test(host_forget, one_that_a_guest_is_on_its_way_to_is_not)
{
	static const struct wishes dry = { .dry_run = true };

	silence = 60000;
	is_on_its_way(hosts[1], HOST_2);
	FAILS(VXE_BUSY, host_forget(S, HOST_2, &E));
	session_wish(S, &dry);
	FAILS(VXE_BUSY, host_forget(S, HOST_2, &E));
	cr_expect(has(&host_class, HOST_2) && has(&intent_class, INTENT));
}

Test(host_forget, one_that_nothing_needs_is)
{
	silence = 60000;
	OK(host_forget(S, HOST_2, &E));
	cr_expect(!has(&host_class, HOST_2) && has(&host_class, hosts[1]));
}
