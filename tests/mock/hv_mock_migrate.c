/* SPDX-License-Identifier: MIT */
/* A domain of one mock hypervisor goes to another one, with its definition, state and memory. */
#include "tests/mock/hv_mock_job.h"

int mock_migrate_check(const struct mock_job *j, const struct mock_domain *d, struct vxe_error *err)
{
	const struct hv_mock *to = mock_lookup(j->to);

	if (!to || to->unreachable)
		return mock_job_fail(j, err, to ? to->unreachable : "unable to connect to server");
	if (to == j->m)
		return mock_job_fail(j, err, "Attempt to migrate guest to the same host");
	if (d->own_snapshots || d->snapshots.n)
		return mock_job_fail(j, err, "cannot migrate domain with snapshots");
	if (mock_merging(j->m, j->uuid, NULL))
		return mock_job_fail(j, err, MOCK_DISK_BUSY);
	const struct mock_domain *there = mock_find(to, j->uuid);

	if (there && there->live)
		return mock_job_fail(j, err, "domain is already active");
	return there || !mock_find_name(to, d->name)
		? 0
		: mock_job_fail(j, err, "domain is already defined with another uuid");
}

int mock_migrate(const struct mock_job *j, struct mock_domain *d, struct vxe_error *err)
{
	struct hv_mock *to = mock_lookup(j->to);

	if (mock_migrate_check(j, d, err) < 0 || mock_check_disks(d->live, "migrate", err) < 0)
		return -1;
	struct mock_domain *there = mock_find(to, j->uuid);

	if (!there)
		there = mock_add_domain(to, d->uuid, d->name);
	str_replace(&there->inactive, d->inactive ? d->inactive : d->live);
	str_replace(&there->live, d->live);
	there->state = d->state;
	there->ram = d->ram;
	there->id = ++to->next_id;
	there->ended = false;
	if (!j->m->dies_at_switch) {
		mock_remove_domain(j->m, d);
		return 0;
	}
	j->m->dies_at_switch = false;
	d->state = HV_PAUSED;
	d->moving = true;
	return mock_job_fail(j, err, "client socket is closed");
}
