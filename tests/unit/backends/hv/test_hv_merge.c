/* SPDX-License-Identifier: MIT */
/* Switches and merges of the mock hypervisor, judged by the data. */
#include "tests/unit/mock_fixture.h"

TestSuite(hv_merge, .init = enter, .fini = leave);

/* ---- switch --------------------------------------------------------------------------------- */

Test(hv_merge, switch_changes_both_and_leaves_a_stale_chain)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *inactive = NULL, *clean = NULL;
	_cleanup_spec_ struct domain_spec *s = NULL;

	world_open(&w);
	make("0");
	make_overlay("1", "0");
	make_overlay("2", "1");
	add(&w, UUID, "web", "0", HV_RUNNING);
	DO(w, switch_to(&w, "1"));
	DO(w, switch_to(&w, "2"));
	assert_leaf(&w, "2", "2");
	DO(w, hv_xml(w.h, UUID, HV_XML_INACTIVE, &inactive, &w.err));
	const char *first = strstr(inactive, "<backingStore");
	cr_assert_not_null(first);
	cr_expect_not_null(strstr(first + 1, "<backingStore"), "one level for each layer");

	/* The trap: the leaf alone is replaced, and the domain would run on the wrong chain. */
	DO(w, hv_destroy(w.h, UUID, &w.err));
	make_overlay("3", "0");
	_cleanup_free_ char *leaf = file("2");
	char *at = strstr(inactive, leaf);
	at[strlen(leaf) - 1] = '3';
	DO(w, hv_define(w.h, inactive, &w.err));
	assert_failed(&w, hv_start(w.h, UUID, false, &w.err), VXE_HYPERVISOR_FAILED, "stale");
	DO(w, spec_read(inactive, &s, &w.err));
	DO(w, spec_patch(inactive, s, &clean, &w.err));
	DO(w, hv_define(w.h, clean, &w.err));
	DO(w, hv_start(w.h, UUID, false, &w.err));
}

Test(hv_merge, switch_is_all_or_nothing)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *good = NULL, *bad = NULL, *before = NULL;

	world_open(&w);
	make("0");
	make_overlay("1", "0");
	add(&w, UUID, "web", "0", HV_RUNNING);
	before = xstrdup(hv_mock_xml(w.m, UUID, HV_XML_LIVE));
	good = file("1");
	bad = file("absent");
	const struct hv_switch s[] = { { "vda", good, "qcow2" }, { "sda", bad, "qcow2" } };
	struct hv_job *job = NULL;
	DO(w, hv_switch_start(w.h, UUID, s, 2, NULL, &job, &w.err));
	assert_failed(&w, run(&w, job), VXE_HYPERVISOR_FAILED, "missing");
	cr_expect_str_eq(hv_mock_xml(w.m, UUID, HV_XML_LIVE), before);
	cr_expect_str_eq(hv_mock_xml(w.m, UUID, HV_XML_INACTIVE), before);
}

Test(hv_merge, a_switch_whose_answer_is_lost_has_happened)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	make("0");
	make_overlay("1", "0");
	add(&w, UUID, "web", "0", HV_RUNNING);
	hv_mock_fail(w.m, "switch_start", 0, HV_MOCK_AFTER, "connection lost");
	assert_failed(&w, switch_to(&w, "1"), VXE_HYPERVISOR_FAILED, "connection lost");
	assert_leaf(&w, "1", "1");
}

Test(hv_merge, switch_needs_a_running_domain)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	make("0");
	make_overlay("1", "0");
	add(&w, UUID, "web", "0", HV_SHUTOFF);
	assert_failed(&w, switch_to(&w, "1"), VXE_HYPERVISOR_FAILED, "not running");
}

/* ---- merge ---------------------------------------------------------------------------------- */

Test(hv_merge, commit_of_a_middle_layer)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	make_chain();
	add(&w, UUID, "web", "3", HV_RUNNING);
	DO(w, merge(&w, "1", "2"));
	assert_leaf(&w, "3", "3");
	assert_backing("3", "1");
	assert_pattern("1", 64 * 3, 0x12);
	assert_pattern("1", 0, 0x22);
	assert_chain_data("3");
}

Test(hv_merge, commit_of_the_active_layer_pivots)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	make_chain();
	add(&w, UUID, "web", "3", HV_RUNNING);
	DO(w, merge(&w, "2", NULL));
	assert_leaf(&w, "2", "2");
	assert_backing("2", "1");
	assert_chain_data("2");
}

static int object_to(void *calls, struct vxe_error *err)
{
	++*(int *)calls;
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, "pivot", "not now");
}

Test(hv_merge, no_pivot_where_the_caller_objects)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *base = file("2");
	struct hv_job *job = NULL;
	int calls = 0;

	world_open(&w);
	make_chain();
	add(&w, UUID, "web", "3", HV_RUNNING);
	DO(w, hv_merge_start(w.h, UUID, "vda", base, NULL, &job, &w.err));
	hv_before_pivot(job, object_to, &calls);
	assert_failed(&w, run(&w, job), VXE_HYPERVISOR_FAILED, "not now");
	cr_expect_eq(calls, 1);
	assert_leaf(&w, "3", "3");
	assert_chain_data("3");
}

Test(hv_merge, a_cancelled_merge_has_done_nothing)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *base = file("1"), *top = file("2");
	struct hv_progress p = { 0 };
	struct hv_job *job = NULL;

	world_open(&w);
	make_chain();
	add(&w, UUID, "web", "3", HV_RUNNING);
	hv_mock_set_job_polls(w.m, 3);
	DO(w, hv_merge_start(w.h, UUID, "vda", base, top, &job, &w.err));
	cr_expect_eq(hv_poll(job, &p, &w.err), 1);
	cr_expect_eq(hv_poll(job, &p, &w.err), 1);
	cr_expect(p.done == 1 && p.total == 3);
	DO(w, hv_cancel(job, &w.err));
	DO(w, hv_cancel(job, &w.err));
	DO(w, hv_poll(job, NULL, &w.err));
	hv_job_free(job);
	assert_backing("3", "2");
	assert_pattern("1", 0, 0x21);
}

Test(hv_merge, merge_ends_with_its_domain)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_free_ char *base = file("1"), *top = file("2");
	struct hv_job *job = NULL;

	world_open(&w);
	make_chain();
	add(&w, UUID, "web", "3", HV_RUNNING);
	DO(w, hv_merge_start(w.h, UUID, "vda", base, top, &job, &w.err));
	hv_mock_set_state(w.m, UUID, HV_SHUTOFF);
	assert_failed(&w, run(&w, job), VXE_HYPERVISOR_FAILED, "not running");
	assert_backing("3", "2");
}

Test(hv_merge, merge_of_layers_that_are_not_there)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	make_chain();
	add(&w, UUID, "web", "3", HV_RUNNING);
	assert_failed(&w, merge(&w, "1", "9"), VXE_HYPERVISOR_FAILED, "find");
	assert_failed(&w, merge(&w, "9", NULL), VXE_HYPERVISOR_FAILED, "find");
	assert_chain_data("3");
}
