/* SPDX-License-Identifier: MIT */
/*
 * The group job: a domain goes to another host. There is one host here, so it goes nowhere; tests/e2e/pool/299-migrate.sh
 * and the unit tests of two hosts have the other half.
 */
#include "tests/conformance/guest.h"

static int go_to(struct world *w, const char *uri)
{
	const struct hv_migration how = { .to = uri };
	struct hv_job *job = NULL;
	int rc = hv_migrate_start(w->h, w->uuid, &how, &job, &w->err);

	return finish(w, rc, job);
}

static void a_domain_that_cannot_go_stays_and_runs(struct world *w)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };

	run_guest(w, "");
	REFUSED("migrate", go_to(w, "qemu+tcp://127.0.0.1:1/system"));
	REFUSED("migrate", go_to(w, w->host->uri));
	DO(hv_find(w->h, w->uuid, &d, &w->err));
	IS(d.state == HV_RUNNING && d.persistent && !d.moving);
	struct hv_left left = { .migration = true };
	DO(hv_settle(w->h, w->uuid, &left, 5000, &w->err));
	IS(state_of(w) == HV_RUNNING && is_on(w, "vda", "disk", "disk"));
}

static void another_host_is_asked_by_its_own_connection(struct world *w)
{
	struct hv *other = NULL;

	DO(hv_open_other(&other, w->host->ops, w->host->uri, &w->err));
	make_disk(w, "disk");
	define(w, "disk", "");
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	DO(hv_find(other, w->uuid, &d, &w->err));
	IS(d.uuid && d.state == HV_SHUTOFF);
	hv_close(other);
}

const struct conformance_case migration_cases[] = {
	CASE(a_domain_that_cannot_go_stays_and_runs),
	CASE(another_host_is_asked_by_its_own_connection),
	{ 0 },
};
