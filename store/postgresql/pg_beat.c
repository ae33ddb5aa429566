/* SPDX-License-Identifier: MIT */
/*
 * When each host was last up, by the server's clock. The table is unlogged: its writers wait for no disk, and after a
 * crash of the server it is empty until the hosts speak again.
 */
#include "store/postgresql/pg_store.h"

#include "objects/base/clock.h"

#include <stdlib.h>

#define MS_AGO "(extract(epoch FROM clock_timestamp() - at) * 1000)::bigint"

/* Asks in the transaction that uses the connection, if there is one. Else it may have been lost since the last one. */
static int ask_main(struct pg_store *s, const char *sql, const char *host, PGresult **ret,
	struct vxe_error *err)
{
	if (!s->on_main && pg_store_revive(s, err) < 0)
		return -1;
	if (pg_ask(s->main, sql, 1, &host, ret, err) == 0)
		return 0;
	if (s->on_main)
		pg_txn_failed(s->on_main);
	return -1;
}

int pg_beat(struct store *s, const char *host, struct vxe_error *err)
{
	((struct pg_store *)s)->beats = true;
	return ask_main((struct pg_store *)s,
		"INSERT INTO vxe.beats VALUES($1, clock_timestamp())"
		" ON CONFLICT (host) DO UPDATE SET at = excluded.at",
		host, NULL, err);
}

int pg_last_beat(struct store *s, const char *host, int64_t *ms, struct vxe_error *err)
{
	_cleanup_result_ PGresult *found = NULL;

	if (ask_main((struct pg_store *)s, "SELECT " MS_AGO " FROM vxe.beats WHERE host = $1", host,
		    &found, err) < 0)
		return -1;
	*ms = PQntuples(found) ? strtoll(pg_value(found, 0, 0), NULL, 10) : -1;
	return 0;
}

/* One question for all hosts. */
int pg_beat_in(struct txn *base, const char *host, int64_t *ms, struct vxe_error *err)
{
	struct pg_txn *t = (struct pg_txn *)base;

	if (!t->beats) {
		if (pg_txn_ask(t, "SELECT host, " MS_AGO " FROM vxe.beats", 0, NULL, &t->beats,
			    err) < 0)
			return -1;
		t->beats_at = clock_ms();
	}
	for (int i = 0; i < PQntuples(t->beats); i++)
		if (str_eq(pg_value(t->beats, i, 0), host))
			*ms = strtoll(pg_value(t->beats, i, 1), NULL, 10) + clock_ms() -
				t->beats_at;
	return 0;
}
