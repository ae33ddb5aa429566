/* SPDX-License-Identifier: MIT */
/* SRs of a pool: a folder of one host has nothing to do with the folder of the same path on another. */
#include "objects/storage/sr_create.h"
#include "tests/unit/two_hosts.h"

TestSuite(pool_srs, .init = hosts_start, .fini = hosts_stop);

/* The folder of the host's own store stays closed when its records are in a pool's store. */
Test(pool_srs, an_sr_is_not_made_in_the_folder_of_the_hosts_own_store)
{
	_cleanup_free_ char *path = at("store/sr"), *store = at("store"), *uuid = NULL;
	_cleanup_map_ struct map config = { 0 };
	const struct sr_new args = { .name_label = "s", .type = "file", .device_config = &config };

	map_set(&config, "location", path);
	be_host(1);
	S->mark.dir = store;
	S->config.store = "postgresql:///vxe";
	FAILS(SR_DEVICE_IN_USE, sr_create(S, &args, &uuid, &E));
}
