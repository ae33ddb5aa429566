/* SPDX-License-Identifier: MIT */
/* A domain goes from one mock hypervisor to another one. */
#include "tests/unit/mock_fixture.h"

TestSuite(hv_migrate, .init = enter, .fini = leave);

#define THERE "mock:///there"

static int go(struct world *w, bool cancel)
{
	const struct hv_migration how = { .to = THERE };
	_cleanup_job_ struct hv_job *job = NULL;
	int r = hv_migrate_start(w->h, UUID, &how, &job, &w->err);

	if (r == 0 && cancel)
		cr_assert_eq(hv_cancel(job, &w->err), 0);
	while (r == 0 && (r = hv_poll(job, NULL, &w->err)) > 0)
		r = 0;
	return r;
}

static struct hv_domain seen(struct world *w, const char *uri)
{
	struct hv_domain d = { 0 };
	struct hv *h = NULL;

	cr_assert_eq(hv_open_other(&h, &hv_mock_ops, uri, &w->err), 0);
	cr_assert_eq(hv_find(h, UUID, &d, &w->err), 0);
	hv_close(h);
	return d;
}

static void runs_on(struct world *w, bool here, bool there, bool moving)
{
	_cleanup_hv_domain_ struct hv_domain a = seen(w, URI), b = seen(w, THERE);

	cr_expect_eq(a.uuid && a.state == HV_RUNNING, here);
	cr_expect_eq(a.moving, moving);
	cr_expect_eq(b.uuid && b.persistent && b.state == HV_RUNNING, there);
}

Test(hv_migrate, a_domain_goes_with_its_memory_and_its_definition)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_mock_ struct hv_mock *there = hv_mock_create(THERE);

	world_open(&w);
	make("disk");
	add(&w, UUID, "web", "disk", HV_RUNNING);
	hv_mock_set_ram(w.m, UUID, 40);
	hv_mock_set_job_polls(w.m, 2);
	cr_assert_eq(go(&w, true), -1);
	error_clear(&w.err);
	runs_on(&w, true, false, false);

	GOES(w, go(&w, false));
	runs_on(&w, false, true, false);
	cr_assert_eq(hv_mock_ram(there, UUID), 42);
	cr_assert_null(hv_mock_xml(w.m, UUID, HV_XML_INACTIVE));
	cr_assert_not_null(hv_mock_xml(there, UUID, HV_XML_INACTIVE));
	assert_failed(&w, go(&w, false), VXE_HYPERVISOR_FAILED, "not found");
}

Test(hv_migrate, what_dies_at_the_switch_leaves_it_on_both)
{
	_cleanup_world_ struct world w = { 0 };
	_cleanup_mock_ struct hv_mock *there = hv_mock_create(THERE);

	world_open(&w);
	make("disk");
	add(&w, UUID, "web", "disk", HV_RUNNING);
	hv_mock_die_at_switch(w.m);
	assert_failed(&w, go(&w, false), VXE_HYPERVISOR_FAILED, "socket");
	runs_on(&w, false, true, true);
	cr_assert_eq(hv_mock_state(w.m, UUID), HV_PAUSED);
	assert_failed(&w, go(&w, false), VXE_HYPERVISOR_FAILED, "already active");
	GOES(w, hv_destroy(w.h, UUID, &w.err));
	GOES(w, hv_undefine(w.h, UUID, HV_UNDEFINE_KEEP_STATE, &w.err));
	runs_on(&w, false, true, false);
}
