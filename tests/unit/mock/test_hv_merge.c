/* SPDX-License-Identifier: MIT */
/* Switches and merges of the mock hypervisor, checked by the data. */
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
	GOES(w, switch_to(&w, "1"));
	GOES(w, switch_to(&w, "2"));
	assert_leaf(&w, "2", "2");
	GOES(w, hv_xml(w.h, UUID, HV_XML_INACTIVE, &inactive, &w.err));
	const char *first = strstr(inactive, "<backingStore");
	cr_assert_not_null(first);
	cr_expect_not_null(strstr(first + 1, "<backingStore"), "one level for each layer");

	/* The trap: with only the leaf replaced, the domain would run on the wrong chain. */
	GOES(w, hv_destroy(w.h, UUID, &w.err));
	make_overlay("3", "0");
	_cleanup_free_ char *leaf = file("2");
	char *at = strstr(inactive, leaf);
	at[strlen(leaf) - 1] = '3';
	GOES(w, hv_define(w.h, inactive, &w.err));
	assert_failed(&w, hv_start(w.h, UUID, 0, &w.err), VXE_HYPERVISOR_FAILED, "stale");
	GOES(w, spec_read(inactive, &s, &w.err));
	spec_drop_layers(s);
	GOES(w, spec_patch(inactive, s, &clean, &w.err));
	GOES(w, hv_define(w.h, clean, &w.err));
	GOES(w, hv_start(w.h, UUID, 0, &w.err));
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

/* ---- merge ---------------------------------------------------------------------------------- */

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
	GOES(w, hv_merge_start(w.h, UUID, "vda", NULL, base, top, 0, &job, &w.err));
	cr_expect_eq(hv_poll(job, &p, &w.err), 1);
	cr_expect_eq(hv_poll(job, &p, &w.err), 1);
	cr_expect(p.done == 1 && p.total == 3);
	GOES(w, hv_cancel(job, &w.err));
	GOES(w, hv_cancel(job, &w.err));
	GOES(w, hv_poll(job, NULL, &w.err));
	hv_job_free(job);
	assert_backing("3", "2");
	assert_pattern("1", 0, 0x21);
}
