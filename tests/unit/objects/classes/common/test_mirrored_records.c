/* SPDX-License-Identifier: MIT */
/* Records that mirror the machine, after changes of the machine. */
#include "tests/unit/machine_fixture.h"

#include "objects/classes/common/mirrored_records.h"
#include "objects/queries/param.h"

TestSuite(mirrored_records, .init = machine_start, .fini = host_stop);

/*
 * Values that users set stay as long as the card exists; the card's own facts follow the machine.
 */
Test(mirrored_records, records_follow_the_machine)
{
	_cleanup_free_ char *uuid = uuid_of("pif", "device", "eth1");
	_cleanup_free_ char *gone = below("/sys/class/net/eth1");
	const struct filter set = { "other-config:owner", "bob" };

	OK(param_set(S, view_by_prefix("pif"), uuid, &set, 1, &E));
	put_nic_file("eth1", "address", "52:54:00:00:00:09\n");
	machine_clear(S->here->machine);
	free(TAKE(S->here->machine));
	EXPECT("pif", "uuid", uuid, "MAC", "52:54:00:00:00:09");
	EXPECT("pif", "uuid", uuid, "other-config", "owner: bob");

	int64_t before = store_generation();
	EXPECT("pif", "uuid", uuid, "other-config", "owner: bob");
	cr_expect_eq(store_generation(), before, "a list that finds nothing new writes nothing");

	scratch_drop(gone);
	machine_clear(S->here->machine);
	free(TAKE(S->here->machine));
	FAILS(UUID_INVALID, param_set(S, view_by_prefix("pif"), uuid, &set, 1, &E));
}
