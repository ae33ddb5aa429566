/* SPDX-License-Identifier: MIT */
/* Updates records that mirror the machine. */
#include "objects/classes/common/mirrored_records.h"

#include <string.h>

#include "objects/base/uuid.h"
#include "objects/classes/host/host_identity.h"

struct mirror {
	const struct session *s;
	size_t host_at;
	const struct records *want;
	mirror_fn *take;
	bool dry; /* only find out whether anything differs */
	bool differs;
};

void *mirror_add(struct session *s, struct records *want, const char *name)
{
	struct record *r = record_new(want->cls);

	r->uuid = uuid_derive(s->here->uuid, name);
	want->items = xrealloc(want->items, want->n + 1, sizeof(*want->items));
	want->items[want->n++] = r;
	return r;
}

static void *record_with_uuid(const struct records *records, const char *uuid)
{
	for (size_t i = 0; i < records->n; i++)
		if (str_eq(((const struct record *)records->items[i])->uuid, uuid))
			return records->items[i];
	return NULL;
}

static char **host_of(const struct mirror *m, void *record)
{
	return (char **)((char *)record + m->host_at);
}

static bool mirrors_this_host(const struct mirror *m, void *record)
{
	return m->host_at == MIRROR_SHARED || session_is_here(m->s, *host_of(m, record));
}

/* Brings a record that this host still has up to date; true if that changed it. A record of an older vxe has no host. */
static bool mirror_take(const struct mirror *m, void *known, const void *want)
{
	bool changed = m->take && m->take(known, want);

	if (m->host_at == MIRROR_SHARED || !m->s->here->uuid || !str_is_empty(*host_of(m, known)))
		return changed;
	str_replace(host_of(m, known), m->s->here->uuid);
	return true;
}

static int body(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct mirror *m = ctx;
	_cleanup_records_ struct records have = { 0 };

	if (records_load(t, m->want->cls, NULL, NULL, &have, err) < 0)
		return -1;
	for (size_t i = 0; i < m->want->n; i++) {
		const struct record *want = m->want->items[i];
		void *known = record_with_uuid(&have, want->uuid);

		if (known && !mirror_take(m, known, want))
			continue;
		m->differs = true;
		if (!m->dry && record_save(t, m->want->cls, known ? known : want, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < have.n; i++) {
		struct record *known = have.items[i];

		if (record_with_uuid(m->want, known->uuid) || !mirrors_this_host(m, known))
			continue;
		m->differs = true;
		if (!m->dry && txn_del(t, m->want->cls->name, known->uuid, err) < 0)
			return -1;
	}
	return 0;
}

int mirror_records(struct session *s, const struct records *want, size_t host_at, mirror_fn *take,
	struct vxe_error *err)
{
	struct mirror m = { .s = s, .host_at = host_at, .want = want, .take = take, .dry = true };
	_cleanup_txn_ struct txn *t = NULL;

	if (!host_is_here(
		    s)) /* the interfaces of another host cannot be read here: its records stay */
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || body(t, &m, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (!m.differs)
		return 0;
	m.dry = false;
	return store_learn(s->store, body, &m, err);
}
