/* SPDX-License-Identifier: MIT */
/* Waits for a commit of anybody: each tells its generation to all sessions that listen. */
#include "store/postgresql/pg_store.h"

#include <poll.h>
#include <stdlib.h>

#include "objects/base/clock.h"

/* Takes the notices that have arrived; true if one tells of a commit after @seen. */
static bool is_told(struct pg_conn *c, int64_t seen)
{
	bool newer = false;
	PGnotify *n;

	while ((n = PQnotifies(c->pg))) {
		newer = newer || strtoll(n->extra, NULL, 10) > seen;
		PQfreemem(n);
	}
	return newer;
}

/* Lets the session be told from now on. Returns 1 if there was a commit after @seen before. */
static int listen_from_now(struct pg_store *s, int64_t seen, struct vxe_error *err)
{
	_cleanup_result_ PGresult *now = NULL;

	if (pg_run(s->main, "LISTEN vxe", NULL, err) < 0 ||
		pg_run(s->main, "SELECT generation FROM vxe.meta", &now, err) < 0)
		return -1;
	s->listens = s->session;
	return PQntuples(now) && strtoll(pg_value(now, 0, 0), NULL, 10) > seen;
}

/* A lost connection counts as a commit: the caller looks again, on a new one. */
int pg_await(struct store *base, int64_t seen, int64_t ms, struct vxe_error *err)
{
	struct pg_store *s = (struct pg_store *)base;
	int64_t until = clock_ms() + ms;

	if (pg_store_revive(s, err) < 0)
		return -1;
	if (s->listens != s->session) {
		int rc = listen_from_now(s, seen, err);

		if (rc)
			return rc;
	}
	pg_drain(s->main);
	for (int64_t left = ms; left > 0; left = until - clock_ms()) {
		struct pollfd answer = { PQsocket(s->main->pg), POLLIN, 0 };

		if (is_told(s->main, seen))
			return 1;
		if (poll(&answer, 1, (int)left) < 0)
			return 0; /* a signal handler has run */
		if (!PQconsumeInput(s->main->pg))
			return 1;
	}
	return is_told(s->main, seen);
}
