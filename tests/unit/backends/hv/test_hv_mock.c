/* SPDX-License-Identifier: MIT */
/* The mock hypervisor, through the same calls as the real one. */
#include "backends/hv/hv_impl.h"
#include "tests/unit/mock_fixture.h"

TestSuite(hv_mock, .init = enter, .fini = leave);

/* ---- connection and listing ----------------------------------------------------------------- */

Test(hv_mock, sessions_share_a_hypervisor_by_uri)
{
	_cleanup_world_ struct world w = { 0 };
	struct hv *second = NULL;

	world_open(&w);
	add(&w, UUID, "web", "0", HV_SHUTOFF);
	DO(w, hv_open(&second, &hv_mock_ops, URI, &w.err));
	DO(w, hv_undefine(second, UUID, HV_UNDEFINE_KEEP_STATE, &w.err));
	hv_close(second);
	cr_expect_null(hv_mock_xml(w.m, UUID, HV_XML_INACTIVE));

	assert_failed(&w, hv_open(&second, &hv_mock_ops, "mock:///other", &w.err),
		VXE_HYPERVISOR_UNREACHABLE, "no such");
	hv_mock_set_unreachable(w.m, "connection refused");
	assert_failed(&w, hv_open(&second, &hv_mock_ops, URI, &w.err), VXE_HYPERVISOR_UNREACHABLE,
		"connection refused");
}

Test(hv_mock, a_group_of_calls_may_be_absent)
{
	_cleanup_world_ struct world w = { 0 };
	struct hv_ops less = hv_mock_ops;
	struct hv_networks networks = { 0 };
	struct hv_pools pools = { 0 };
	struct hv_job *job = NULL;
	struct hv *h = NULL;

	world_open(&w);
	add(&w, UUID, "web", "0", HV_RUNNING);
	hv_mock_add_network(w.m, OTHER, "net", "br0");
	less.job = NULL, less.device = NULL, less.pool = NULL, less.network = NULL;
	DO(w, hv_open(&h, &less, URI, &w.err));
	assert_failed(&w, hv_save_start(h, UUID, "/nowhere", &job, &w.err), VXE_HYPERVISOR_FAILED,
		"cannot do that");
	assert_failed(&w, hv_detach_disk(h, UUID, "vda", &w.err), VXE_HYPERVISOR_FAILED,
		"cannot do that");
	DO(w, hv_networks(h, &networks, &w.err));
	cr_expect(networks.unknown && !networks.n);
	DO(w, hv_pools(h, &pools, &w.err));
	cr_expect_eq(pools.n, 0);
	hv_close(h);
}

Test(hv_mock, lists_sorted_with_states)
{
	_cleanup_world_ struct world w = { 0 };
	struct hv_domains all = { 0 };
	_cleanup_free_ char *xml = domain_xml("0095eb01-f6a4-8304-79aa-97f2502e193f", "t", "0");

	world_open(&w);
	add(&w, OTHER, "b", "0", HV_SHUTOFF);
	add(&w, UUID, "a", "0", HV_PAUSED);
	hv_mock_add_transient(w.m, xml);
	DO(w, hv_list(w.h, &all, &w.err));
	cr_assert_eq(all.n, 3);
	cr_expect_str_eq(all.items[0].name, "t");
	cr_expect(!all.items[0].persistent && all.items[0].id > 0);
	cr_expect_str_eq(all.items[1].uuid, UUID);
	cr_expect_eq(all.items[1].state, HV_PAUSED);
	cr_expect(all.items[2].persistent && all.items[2].id == -1);
	cr_expect_null(hv_domains_find(&all, "nothing"));
	hv_domains_clear(&all);
}

Test(hv_mock, finds_by_uuid_and_name)
{
	_cleanup_world_ struct world w = { 0 };
	struct hv_domain d = { 0 };
	_cleanup_free_ char *uuid = NULL;

	world_open(&w);
	add(&w, UUID, "web", "0", HV_SHUTOFF);
	DO(w, hv_find(w.h, OTHER, &d, &w.err));
	cr_expect_null(d.uuid);
	DO(w, hv_find(w.h, UUID, &d, &w.err));
	cr_expect_str_eq(d.name, "web");
	free(d.uuid);
	free(d.name);
	DO(w, hv_find_name(w.h, "web", &uuid, &w.err));
	cr_expect_str_eq(uuid, UUID);
}

/* ---- definitions and life cycle ------------------------------------------------------------- */

Test(hv_mock, names_and_uuids_are_unique)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *renamed = domain_xml(UUID, "new", "0");
	_cleanup_free_ char *clash = domain_xml(OTHER, "web", "0");

	world_open(&w);
	add(&w, UUID, "web", "0", HV_SHUTOFF);
	assert_failed(&w, hv_define(w.h, renamed, &w.err), VXE_HYPERVISOR_FAILED, "already");
	assert_failed(&w, hv_define(w.h, clash, &w.err), VXE_HYPERVISOR_FAILED, "already");
	assert_failed(&w, hv_define(w.h, "<domain/>", &w.err), VXE_HYPERVISOR_FAILED, "UUID");
}

Test(hv_mock, defining_a_running_domain_leaves_the_live_xml)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *xml = domain_xml(UUID, "web", "9");

	world_open(&w);
	add(&w, UUID, "web", "0", HV_RUNNING);
	DO(w, hv_define(w.h, xml, &w.err));
	assert_leaf(&w, "0", "9");
	DO(w, hv_destroy(w.h, UUID, &w.err));
	assert_leaf(&w, "9", "9");
}

Test(hv_mock, undefine_has_libvirts_conditions)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	add(&w, UUID, "web", "0", HV_RUNNING);
	hv_mock_set_managed_save(w.m, UUID, true);
	assert_failed(&w, hv_undefine(w.h, UUID, HV_UNDEFINE_DROP_STATE, &w.err),
		VXE_HYPERVISOR_FAILED, "managed save");
	hv_mock_set_managed_save(w.m, UUID, false);
	DO(w, hv_undefine(w.h, UUID, HV_UNDEFINE_KEEP_STATE, &w.err));
	cr_expect_eq(state_of(&w, UUID), HV_RUNNING, "it runs on as a transient domain");
	DO(w, hv_destroy(w.h, UUID, &w.err));
	DO(w, hv_destroy(w.h, UUID, &w.err));
	DO(w, hv_undefine(w.h, UUID, HV_UNDEFINE_KEEP_STATE, &w.err));
}

Test(hv_mock, start_wants_every_file_of_the_chain)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *base = file("0");

	world_open(&w);
	make_chain();
	add(&w, UUID, "web", "3", HV_SHUTOFF);
	DO(w, hv_start(w.h, UUID, true, &w.err));
	cr_expect_eq(state_of(&w, UUID), HV_PAUSED);
	assert_failed(&w, hv_start(w.h, UUID, false, &w.err), VXE_HYPERVISOR_FAILED, "already");
	DO(w, hv_destroy(w.h, UUID, &w.err));
	cr_assert_eq(remove(base), 0);
	assert_failed(&w, hv_start(w.h, UUID, false, &w.err), VXE_HYPERVISOR_FAILED, base);
	cr_expect_eq(state_of(&w, UUID), HV_SHUTOFF);
}

Test(hv_mock, the_button_can_be_ignored)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	add(&w, UUID, "web", "0", HV_RUNNING);
	hv_mock_ignore_button(w.m, true);
	DO(w, hv_shutdown(w.h, UUID, &w.err));
	cr_expect_eq(state_of(&w, UUID), HV_RUNNING);
	hv_mock_ignore_button(w.m, false);
	DO(w, hv_shutdown(w.h, UUID, &w.err));
	cr_expect_eq(state_of(&w, UUID), HV_SHUTOFF);
	assert_failed(&w, hv_shutdown(w.h, UUID, &w.err), VXE_HYPERVISOR_FAILED, "not running");
}

Test(hv_mock, attaches_live_only)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *path = file("b");
	const struct spec_disk d = { .target = (char[]){ "vdb" },
		.bus = (char[]){ "virtio" },
		.source = DISK_FILE,
		.path = path,
		.format = (char[]){ "qcow2" } };

	world_open(&w);
	make("b");
	add(&w, UUID, "web", "0", HV_RUNNING);
	DO(w, hv_attach_disk(w.h, UUID, &d, &w.err));
	cr_expect_not_null(strstr(hv_mock_xml(w.m, UUID, HV_XML_LIVE), path));
	cr_expect_null(strstr(hv_mock_xml(w.m, UUID, HV_XML_INACTIVE), path));
	assert_failed(&w, hv_attach_disk(w.h, UUID, &d, &w.err), VXE_HYPERVISOR_FAILED, "exists");
}

Test(hv_mock, pools)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *spelling = xasprintf("%s/.", dir);
	struct hv_pool p = { .name = (char[]){ "p" }, .path = dir };
	struct hv_pools all = { 0 };

	world_open(&w);
	DO(w, hv_pool_define(w.h, &p, &w.err));
	DO(w, hv_pool_define(w.h, &p, &w.err));
	p.path = spelling;
	DO(w, hv_pool_define(w.h, &p, &w.err));
	DO(w, hv_pools(w.h, &all, &w.err));
	cr_expect(all.n == 1 && all.items[0].active && str_eq(all.items[0].path, dir));
	hv_pools_clear(&all);
	p.path = (char[]){ "/b" };
	assert_failed(&w, hv_pool_define(w.h, &p, &w.err), VXE_HYPERVISOR_FAILED, "another");
}

/* ---- script --------------------------------------------------------------------------------- */

Test(hv_mock, a_scripted_failure_hits_one_call)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	add(&w, UUID, "web", "0", HV_RUNNING);
	hv_mock_fail(w.m, "destroy", 1, HV_MOCK_BEFORE, "no power");
	DO(w, hv_destroy(w.h, UUID, &w.err));
	hv_mock_set_state(w.m, UUID, HV_RUNNING);
	assert_failed(&w, hv_destroy(w.h, UUID, &w.err), VXE_HYPERVISOR_FAILED, "no power");
	cr_expect_eq(state_of(&w, UUID), HV_RUNNING);
	hv_mock_fail(w.m, "destroy", 0, HV_MOCK_AFTER, "lost");
	assert_failed(&w, hv_destroy(w.h, UUID, &w.err), VXE_HYPERVISOR_FAILED, "lost");
	cr_expect_eq(state_of(&w, UUID), HV_SHUTOFF, "it was done, only the answer was lost");
	DO(w, hv_destroy(w.h, UUID, &w.err));
	cr_expect_eq(hv_mock_calls(w.m, "destroy"), 4);
	cr_expect_eq(hv_mock_calls(w.m, NULL), 6, "with two listings");
}

Test(hv_mock, an_answer_is_lost_by_the_right_call)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	add(&w, UUID, "web", "0", HV_RUNNING);
	hv_mock_fail(w.m, "destroy", 1, HV_MOCK_AFTER, "lost");
	DO(w, hv_destroy(w.h, UUID, &w.err));
	assert_failed(&w, hv_destroy(w.h, UUID, &w.err), VXE_HYPERVISOR_FAILED, "lost");
}

static void start_it(struct hv_mock *m, void *uuid)
{
	hv_mock_set_state(m, uuid, HV_RUNNING);
}

Test(hv_mock, somebody_else_is_quicker)
{
	_cleanup_world_ struct world w = { 0 };
	char uuid[] = UUID;

	world_open(&w);
	add(&w, UUID, "web", "0", HV_SHUTOFF);
	hv_mock_before(w.m, "start", start_it, uuid);
	assert_failed(&w, hv_start(w.h, UUID, false, &w.err), VXE_HYPERVISOR_FAILED, "already");
}
