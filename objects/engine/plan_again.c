/* SPDX-License-Identifier: MIT */
#include "objects/engine/plan_again.h"

#define MAX_RUNS 5

void replans_clear(struct replans *r)
{
	free(r->plan);
	free(r->failure);
	*r = (struct replans){ 0 };
}

char *replan_known(const struct plan *p)
{
	struct str s = { 0 };

	str_addf(&s, "%s %s %d\n", p->object ? p->object : "", p->domain ? p->domain : "",
		p->running);
	for (size_t i = 0; i < p->n_disks; i++) {
		const struct plan_disk *d = &p->disks[i];

		str_addf(&s, "%s %s %s\n", d->target ? d->target : "",
			d->old_node ? d->old_node : "", d->old_path ? d->old_path : "");
	}
	return str_steal(&s);
}

static char *failure_of(const struct vxe_error *err)
{
	struct str s = { 0 };

	for (size_t i = 0; i < err->n_params; i++)
		str_addf(&s, "%s\n", err->params[i]);
	return str_steal(&s);
}

bool replan(struct replans *r, const char *plan, struct vxe_error *err)
{
	if (err->code != VXE_TRY_AGAIN || ++r->n == MAX_RUNS)
		return false;
	_cleanup_free_ char *failure = failure_of(err);

	if (plan && str_eq(plan, r->plan) && str_eq(failure, r->failure)) {
		struct vxe_error stuck = { 0 };

		(void)vxe_fail(&stuck, VXE_NO_PROGRESS, err->params[0], err->params[1]);
		stuck.about = TAKE(err->about);
		error_move(err, &stuck);
		return false;
	}
	str_replace(&r->plan, plan);
	str_replace(&r->failure, failure);
	error_clear(err);
	return true;
}
