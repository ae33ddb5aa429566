/* SPDX-License-Identifier: MIT */
/*
 * Reads the URI of a database with libpq, and adds what vxe needs of a session: the server ends none that is silent, it
 * notices a client that is cut off, and the client notices that earlier: so who loses its locks knows it before anybody
 * else has them.
 */
#include "store/postgresql/pg_params.h"

#include <libpq-fe.h>
#include <string.h>
#include <unistd.h>

#include "store/store_engine.h"

/*
 * Settings of the session. Those of TCP do nothing on a Unix socket. Records are few, so they are in memory: then an index
 * in the order of a list is faster than to sort it.
 */
static const char session_settings[] =
	"-c idle_session_timeout=0 -c idle_in_transaction_session_timeout=0"
	" -c statement_timeout=0 -c lock_timeout=0 -c synchronous_commit=on"
	" -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
	" -c tcp_user_timeout=10000 -c search_path=pg_catalog -c client_min_messages=error"
	" -c jit=off -c random_page_cost=1 -c max_parallel_workers_per_gather=0";

/* Used where the URI says nothing else. */
static const char *const usual[][2] = {
	{ "connect_timeout", "10" },
	{ "keepalives_idle", "3" },
	{ "keepalives_interval", "1" },
	{ "keepalives_count", "3" },
	{ "tcp_user_timeout", "4000" },
};

void pg_params_clear(struct pg_params *p)
{
	strv_clear(&p->keywords);
	strv_clear(&p->values);
}

static void params_add(struct pg_params *p, const char *keyword, const char *value)
{
	strv_add(&p->keywords, keyword);
	strv_add(&p->values, value);
}

static void options_freep(PQconninfoOption **all)
{
	PQconninfoFree(*all);
}

/*
 * True if the part with user and host can be read in one way only. libpq would take what follows a '/' in a password for
 * the name of the database, and what follows an '@' for a host, and name them in errors.
 */
static bool is_unambiguous(const char *uri)
{
	const char *user = strstr(uri, "://") + strlen("://");
	const char *at = memchr(user, '@', strcspn(user, "?"));
	size_t host = strcspn(user, "/?");

	return !at || (at < user + host && !memchr(at + 1, '@', strcspn(at + 1, "?")));
}

static void add_own(struct pg_params *p, const char *options)
{
	char host[65] = "";

	for (size_t i = 0; i < ARRAY_LEN(usual); i++)
		if (!strv_has(&p->keywords, usual[i][0]))
			params_add(p, usual[i][0], usual[i][1]);
	_cleanup_free_ char *all =
		xasprintf("%s%s%s", options ? options : "", options ? " " : "", session_settings);
	(void)gethostname(host, sizeof(host) - 1);
	_cleanup_free_ char *name = xasprintf("vxe %ld on %s", (long)getpid(), host);

	params_add(p, "options", all);
	params_add(p, "application_name", name);
	params_add(p, "client_encoding", "UTF8");
	strv_take(&p->keywords, NULL);
	strv_take(&p->values, NULL);
}

int pg_params_read(struct pg_params *ret, const char *uri, const char *where, struct vxe_error *err)
{
	static const char *const own[] = { "options", "application_name", "client_encoding" };
	_cleanup_(options_freep) PQconninfoOption *all = NULL;
	const char *options = NULL;
	char *why = NULL;

	if (is_unambiguous(uri))
		all = PQconninfoParse(uri, &why);
	PQfreemem(why); /* it may quote a password */
	if (!all)
		return store_fail(where, err,
			"it is no URI that libpq understands; in a name or password write %%40 for "
			"'@', %%2F for '/' and %%3A for ':'");
	for (const PQconninfoOption *o = all; o->keyword; o++) {
		bool is_own = false;

		for (size_t i = 0; i < ARRAY_LEN(own); i++)
			is_own = is_own || str_eq(o->keyword, own[i]);
		if (str_eq(o->keyword, "options"))
			options = o->val;
		if (o->val && !is_own)
			params_add(ret, o->keyword, o->val);
	}
	add_own(ret, options);
	return 0;
}
