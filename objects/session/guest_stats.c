/* SPDX-License-Identifier: MIT */
/* Statistics and agents of running guests, kept for the session. */
#include "objects/session/guest_stats.h"

#include <string.h>

#include "objects/base/clock.h"

#define SAMPLE_MS 200

struct guest {
	char *vm;
	struct hv_guest said;
	struct guest *next;
};

struct live {
	bool looked;	     /* @now has been read, of all VMs */
	char *only;	     /* @now has been read of this VM alone: most commands ask about one */
	struct hv_stats now; /* first sample */
	struct hv_stats later; /* second sample, for rates */
	bool has_later;
	int64_t ms; /* time between the samples */
	struct guest *guests;
};

void live_free(struct live *l)
{
	if (!l)
		return;
	hv_stats_clear(&l->now);
	hv_stats_clear(&l->later);
	free(l->only);
	while (l->guests) {
		struct guest *next = l->guests->next;

		hv_guest_clear(&l->guests->said);
		free(l->guests->vm);
		free(l->guests);
		l->guests = next;
	}
	free(l);
}

static struct live *live_of(struct session *s)
{
	if (!s->here->live)
		s->here->live = xcalloc(1, sizeof(*s->here->live));
	return s->here->live;
}

/*
 * Of the first VM alone: QEMU of another one may hang, and nothing is asked about that VM. When a second one is asked for, it
 * is a list, and all are read.
 */
static int ask_guest_stats(
	struct session *s, const char *vm, struct live **ret, struct vxe_error *err)
{
	const struct hv_domains *domains;
	struct hv_stats found = { 0 };
	struct hv *hv;

	*ret = s->here->live;
	if (*ret && ((*ret)->looked || str_eq((*ret)->only, vm)))
		return 0;
	if (session_domains(s->here, &domains, err) < 0)
		return -1;
	*ret = NULL;
	/* A listing of domains without a connection exists only in tests. */
	if (!s->here->hv)
		return 0;
	bool one = !s->wishes->agents_unasked && !(s->here->live && s->here->live->only);

	if (session_hv(s->here, &hv, err) < 0 || hv_stats(hv, one ? vm : NULL, &found, err) < 0)
		return -1;
	struct live *l = live_of(s);

	hv_stats_clear(&l->now);
	hv_stats_clear(&l->later);
	l->now = found;
	l->has_later = false;
	l->looked = !one;
	str_replace(&l->only, one ? vm : NULL);
	*ret = l;
	return 0;
}

int live_stat(struct session *s, const char *vm, const struct hv_stat **ret, struct vxe_error *err)
{
	struct live *l;

	if (ask_guest_stats(s, vm, &l, err) < 0)
		return -1;
	*ret = l ? hv_stats_find(&l->now, vm) : NULL;
	return 0;
}

/* Takes two new samples of the same domains, because the first sample may be old. */
static int look_again(struct session *s, struct live *l, struct vxe_error *err)
{
	struct hv_stats first = { 0 };
	struct hv *hv;
	int64_t start;

	if (session_hv(s->here, &hv, err) < 0 || hv_stats(hv, l->only, &first, err) < 0)
		return -1;
	hv_stats_clear(&l->now);
	l->now = first;
	start = clock_ms();
	clock_sleep_ms(SAMPLE_MS);
	if (hv_stats(hv, l->only, &l->later, err) < 0)
		return -1;
	l->ms = clock_ms() - start;
	l->has_later = true;
	return 0;
}

int live_sample(struct session *s, const char *vm, struct live_sample *ret, struct vxe_error *err)
{
	struct live *l;

	*ret = (struct live_sample){ 0 };
	if (ask_guest_stats(s, vm, &l, err) < 0)
		return -1;
	if (!l || !hv_stats_find(&l->now, vm))
		return 0;
	if (!l->has_later && look_again(s, l, err) < 0)
		return -1;
	ret->a = hv_stats_find(&l->now, vm);
	ret->b = hv_stats_find(&l->later, vm);
	if (!ret->a || !ret->b) /* the domain stopped meanwhile */
		ret->a = ret->b = NULL;
	ret->ms = l->ms;
	return 0;
}

double live_sample_load(const struct live_sample *l, int i)
{
	double ns = (double)(l->b->vcpu_ns[i] - l->a->vcpu_ns[i]), all = (double)l->ms * 1e6;

	return ns < 0 ? 0 : ns > all ? 1 : ns / all;
}

int live_vcpu_load(struct session *s, const char *vm, struct map *ret, struct vxe_error *err)
{
	struct live_sample l;

	if (live_sample(s, vm, &l, err) < 0)
		return -1;
	for (int i = 0; l.a && i < l.a->vcpus && i < l.b->vcpus; i++) {
		_cleanup_free_ char *number = xasprintf("%d", i);
		_cleanup_free_ char *load = xasprintf("%.3f", live_sample_load(&l, i));

		map_set(ret, number, load);
	}
	return 0;
}

/* Returns 1 if the VM runs and libvirt can be asked about it. Asks about this VM alone. */
static int guest_runs(struct session *s, const char *vm, struct hv **hv, struct vxe_error *err)
{
	const struct hv_domain *d;

	if (session_domain(s->here, vm, &d, err) < 0)
		return -1;
	if (!d || !hv_is_active(d->state))
		return 0;
	/* A listing of domains without a connection exists only in tests. */
	if (s->here->domains && !s->here->hv)
		return 0;
	return session_hv(s->here, hv, err) < 0 ? -1 : 1;
}

int live_guest(
	struct session *s, const char *vm, const struct hv_guest **ret, struct vxe_error *err)
{
	static const struct hv_guest absent;
	struct hv_guest said = { 0 };
	struct hv *hv;
	int r;

	*ret = &absent;
	for (const struct guest *g = s->here->live ? s->here->live->guests : NULL; g; g = g->next)
		if (str_eq(g->vm, vm)) {
			*ret = &g->said;
			return 0;
		}
	r = guest_runs(s, vm, &hv, err);
	if (r <= 0)
		return r;
	if (hv_guest(hv, vm, &said, err) < 0)
		return -1;
	struct guest *g = xcalloc(1, sizeof(*g));
	g->vm = xstrdup(vm);
	g->said = said;
	g->next = live_of(s)->guests;
	s->here->live->guests = g;
	*ret = &g->said;
	return 0;
}
