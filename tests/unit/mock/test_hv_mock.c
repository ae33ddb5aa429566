/* SPDX-License-Identifier: MIT */
/* What a test scripts in the mock hypervisor. What its calls do, tests/conformance says. */
#include "tests/unit/mock_fixture.h"

TestSuite(hv_mock, .init = enter, .fini = leave);

/* ---- connection and listing ----------------------------------------------------------------- */

Test(hv_mock, sessions_share_a_hypervisor_by_uri)
{
	_cleanup_world_ struct world w = { 0 };
	struct hv *second = NULL;

	world_open(&w);
	add(&w, UUID, "web", "0", HV_SHUTOFF);
	GOES(w, hv_open(&second, &hv_mock_ops, URI, &w.err));
	GOES(w, hv_undefine(second, UUID, HV_UNDEFINE_KEEP_STATE, &w.err));
	hv_close(second);
	cr_expect_null(hv_mock_xml(w.m, UUID, HV_XML_INACTIVE));

	assert_failed(&w, hv_open(&second, &hv_mock_ops, "mock:///other", &w.err),
		VXE_HYPERVISOR_UNREACHABLE, "no such");
	hv_mock_set_unreachable(w.m, "connection refused");
	assert_failed(&w, hv_open(&second, &hv_mock_ops, URI, &w.err), VXE_HYPERVISOR_UNREACHABLE,
		"connection refused");
}

/* ---- definitions and life cycle ------------------------------------------------------------- */

Test(hv_mock, a_managed_save_keeps_the_definition)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	add(&w, UUID, "web", "0", HV_RUNNING);
	hv_mock_set_managed_save(w.m, UUID, true);
	assert_failed(&w, hv_undefine(w.h, UUID, HV_UNDEFINE_DROP_STATE, &w.err),
		VXE_HYPERVISOR_FAILED, "managed save");
	hv_mock_set_managed_save(w.m, UUID, false);
	GOES(w, hv_undefine(w.h, UUID, HV_UNDEFINE_KEEP_STATE, &w.err));
}

Test(hv_mock, the_button_can_be_ignored)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	add(&w, UUID, "web", "0", HV_RUNNING);
	hv_mock_ignore_button(w.m, true);
	GOES(w, hv_shutdown(w.h, UUID, &w.err));
	cr_expect_eq(state_of(&w, UUID), HV_RUNNING);
	hv_mock_ignore_button(w.m, false);
	GOES(w, hv_shutdown(w.h, UUID, &w.err));
	cr_expect_eq(state_of(&w, UUID), HV_SHUTOFF);
	assert_failed(&w, hv_shutdown(w.h, UUID, &w.err), VXE_HYPERVISOR_FAILED, "not running");
}

/* ---- script --------------------------------------------------------------------------------- */

Test(hv_mock, a_scripted_failure_hits_one_call)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	add(&w, UUID, "web", "0", HV_RUNNING);
	hv_mock_fail(w.m, "destroy", 1, HV_MOCK_BEFORE, "no power");
	GOES(w, hv_destroy(w.h, UUID, &w.err));
	hv_mock_set_state(w.m, UUID, HV_RUNNING);
	assert_failed(&w, hv_destroy(w.h, UUID, &w.err), VXE_HYPERVISOR_FAILED, "no power");
	cr_expect_eq(state_of(&w, UUID), HV_RUNNING);
	hv_mock_fail(w.m, "destroy", 0, HV_MOCK_AFTER, "lost");
	assert_failed(&w, hv_destroy(w.h, UUID, &w.err), VXE_HYPERVISOR_FAILED, "lost");
	cr_expect_eq(state_of(&w, UUID), HV_SHUTOFF, "it was done, only the answer was lost");
	GOES(w, hv_destroy(w.h, UUID, &w.err));
	cr_expect_eq(hv_mock_calls(w.m, "destroy"), 4);
	cr_expect_eq(hv_mock_calls(w.m, NULL), 6, "with two listings");
}

Test(hv_mock, an_answer_is_lost_by_the_right_call)
{
	_cleanup_world_ struct world w = { 0 };

	world_open(&w);
	add(&w, UUID, "web", "0", HV_RUNNING);
	hv_mock_fail(w.m, "destroy", 1, HV_MOCK_AFTER, "lost");
	GOES(w, hv_destroy(w.h, UUID, &w.err));
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
	assert_failed(&w, hv_start(w.h, UUID, 0, &w.err), VXE_HYPERVISOR_FAILED, "already");
}
