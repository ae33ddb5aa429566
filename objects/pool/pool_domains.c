/* SPDX-License-Identifier: MIT */
#include "objects/pool/pool_domains.h"

#include "objects/classes/common/intent.h"
#include "objects/classes/vm/vm.h"

void pool_domains_clear(struct pool_domains *d)
{
	strv_clear(&d->all);
	strv_clear(&d->elsewhere);
}

struct search_domains {
	const struct session *s;
	const struct hv_domains *domains;
	struct strv all, elsewhere; /* the latter with those that are moved */
};

static int take_if_defined(
	void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct search_domains *f = ctx;

	(void)err;
	if (str_eq(values[1], "true") || !hv_domains_find(f->domains, uuid))
		return 0;
	strv_add(&f->all, uuid);
	if (!session_is_here(f->s, values[0]))
		strv_add(&f->elsewhere, uuid);
	return 0;
}

int pool_domains_find(
	struct session *s, struct txn *t, struct pool_domains *ret, struct vxe_error *err)
{
	static const char *const columns[] = { "home", "is_a_template", NULL };
	struct search_domains f = { .s = s };
	int r = session_domains(s->here, &f.domains, err) < 0
		? -1
		: txn_scan(t, vm_class.name, columns, take_if_defined, &f, err);

	for (size_t i = 0; r == 0 && i < f.elsewhere.n; i++) {
		const struct strv one = { 1, &f.elsewhere.items[i] };
		bool moving;

		r = intent_names(t, &one, &moving, err);
		if (r == 0 && !moving)
			strv_add(&ret->elsewhere, f.elsewhere.items[i]);
	}
	strv_copy(&ret->all, &f.all);
	strv_clear(&f.all);
	strv_clear(&f.elsewhere);
	return r;
}
