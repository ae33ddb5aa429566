/* SPDX-License-Identifier: MIT */
/*
 * A PostgreSQL for the tests of a program: started before the first test, stopped after the last. Each test, a process
 * of its own, has a database of its own. A test that stops a server has its own server, too.
 */
#pragma once

#include "tests/unit/scratch.h"

#include "tests/unit/harness.h"
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "objects/base/clock.h"
#include "objects/base/str.h"

struct pg_server {
	char dir[SCRATCH_MAX]; /* of its files and its socket */
	pid_t pid;
};

#define PG_DIR                                                                                     \
	"VXE_TEST_POSTGRESQL" /* the variable by which tests know the folder of the common server */

/* The URI of a database; @dir NULL: of the common server. Owned. */
static inline char *pg_uri(const char *dir, const char *database)
{
	return xasprintf("postgresql:///%s?host=%s&user=vxe", database, dir ? dir : getenv(PG_DIR));
}

static inline void pg_start(struct pg_server *s)
{
	_cleanup_free_ char *uri = pg_uri(s->dir, "postgres");

	s->pid = fork();
	if (s->pid == 0) {
		setpgid(0, 0); /* a ^C for the tests is not one for it */
		execlp("bash", "bash", "tests/lib/postgresql.sh", s->dir, (char *)NULL);
		_exit(127);
	}
	for (int64_t until = clock_ms() + 120000; PQping(uri) != PQPING_OK;) {
		if (s->pid < 0 || clock_ms() > until || waitpid(s->pid, NULL, WNOHANG) != 0) {
			fprintf(stderr, "no PostgreSQL in %s\n", s->dir);
			exit(1);
		}
		clock_sleep_ms(20);
	}
}

/* SIGINT: an orderly end; SIGQUIT: as if it crashed, but nothing is left in the kernel. */
static inline void pg_stop(const struct pg_server *s, int sig)
{
	kill(s->pid, sig);
	waitpid(s->pid, NULL, 0);
}

static inline void pg_make(struct pg_server *s)
{
	scratch_dir(s->dir, "pg");
	if (chmod(s->dir, 0711) < 0)
		exit(1);
	pg_start(s);
}

static inline void pg_drop(const struct pg_server *s)
{
	pg_stop(s, SIGQUIT);
	scratch_drop(s->dir);
}

static struct pg_server common_server;

BeforeAll
{
	pg_make(&common_server);
	setenv(PG_DIR, common_server.dir, 1);
}

AfterAll
{
	pg_drop(&common_server);
}

/* Runs SQL in a database, as another client; the first value of the last result, owned; NULL: there is none. */
static inline char *pg_sql(const char *dir, const char *database, const char *sql)
{
	_cleanup_free_ char *uri = pg_uri(dir, database);
	PGconn *pg = PQconnectdb(uri);
	PGresult *result = PQexec(pg, sql);
	char *value = NULL;

	cr_assert(PQresultStatus(result) == PGRES_TUPLES_OK ||
			PQresultStatus(result) == PGRES_COMMAND_OK,
		"%s: %s", sql, PQerrorMessage(pg));
	if (PQntuples(result) && PQnfields(result))
		value = xstrdup(PQgetvalue(result, 0, 0));
	PQclear(result);
	PQfinish(pg);
	return value;
}

/* Makes an empty database. */
static inline void pg_create(const char *dir, const char *database)
{
	_cleanup_free_ char *sql = xasprintf("CREATE DATABASE \"%s\"", database);

	free(pg_sql(dir, "postgres", sql));
}
