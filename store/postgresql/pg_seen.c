/* SPDX-License-Identifier: MIT */
/*
 * The newest commit that this host has seen, in a file beside the locks, and, as the last heartbeat had it, in one that outlives a
 * boot: its generation and its word in vxe.commits. A
 * number alone says nothing: of a server and its standby, the one that was the primary before may come back as one, with
 * the records of then, and libpq takes the first that it finds; a standby that lacks commits may take over, and others
 * write as many anew. So each transaction asks whether the commit is still there. Of those that were forgotten the first one of
 * each life of the server stays: where the commit was, there must be the life that its word names.
 *
 * A host that has not seen the last commits cannot know that they are missing. So who has seen them leaves an objection in
 * the database, which all heed: a row of vxe.commits with the negative generation and the name of the host in the word's
 * place. When a person has decided for the records nevertheless (pool-reconcile), vxe.meta says since when: whoever has seen less
 * of that than there is takes the records as they are, and no objection is left.
 */
#include "store/postgresql/pg_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "objects/base/file.h"
#include "objects/base/log.h"
#include "objects/base/uuid.h"
#include "store/store_place.h"

/* The word of the oldest commit that is there. */
#define FIRST_WORD                                                                                 \
	" (SELECT writer FROM vxe.commits WHERE generation >= 0 ORDER BY generation LIMIT 1)"

static char *own_host(void)
{
	char name[65] = "";

	(void)gethostname(name, sizeof(name) - 1);
	return xstrdup(name);
}

/* ---- the file -------------------------------------------------------------------------------- */

static char *seen_path(const struct pg_store *s)
{
	const struct store_config *c = &s->base.config;

	return place_seen(c->lock_dir, c->keep_dir, c->where);
}

/* A word for the URI, which may have a password. Owned. */
static char *uri_word(const struct pg_store *s)
{
	return uuid_derive("postgresql", s->base.config.where);
}

void pg_seen_clear(struct pg_store *s)
{
	free(s->seen.writer);
	free(s->seen.first);
	s->seen = (struct pg_seen){ 0 };
}

static bool read_seen(const char *path, char *text, size_t n)
{
	_cleanup_close_ int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;

	return fd >= 0 && read(fd, text, n) > 0;
}

void pg_seen_new(struct pg_store *s)
{
	_cleanup_free_ char *path = seen_path(s);

	(void)unlink(path);
	pg_seen_clear(s);
	s->noted = s->reconciled = 0;
}

void pg_seen_load(struct pg_store *s)
{
	_cleanup_free_ char *path = seen_path(s), *uri = uri_word(s);
	_cleanup_free_ char *kept = place_seen_kept(s->base.config.keep_dir);
	_cleanup_strv_ struct strv lines = { 0 };
	char text[512] = "";
	bool fresh;

	fresh = read_seen(path, text, sizeof(text) - 1);
	if (!fresh && !read_seen(kept, text, sizeof(text) - 1))
		return;
	strv_split(&lines, text, '\n');
	s->seen.generation = strtoll(text + strcspn(text, " "), NULL, 10);
	s->noted = fresh ? s->seen.generation : 0;
	if (lines.n > 1)
		s->seen.writer = xstrdup(lines.items[1]);
	if (lines.n > 2 && *lines.items[2])
		s->seen.first = xstrdup(lines.items[2]);
	if (lines.n > 3)
		s->seen.reconciled = s->reconciled = strtoll(lines.items[3], NULL, 10);
	s->met = fresh && lines.n > 4 && str_eq(lines.items[4], uri);
}

/* Asks which commit is the oldest one; what cannot be asked now is asked next time. */
static void read_first(struct pg_store *s)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_result_ PGresult *found = NULL;

	if (pg_run(s->main, "SELECT" FIRST_WORD, &found, &ignored) == 0)
		str_replace(&s->seen.first, pg_value(found, 0, 0));
}

/* Writes the file that outlives a boot, which waits for the disk: with heartbeats alone. */
static void put_kept(const struct pg_store *s, const char *text)
{
	_cleanup_free_ char *path = place_seen_kept(s->base.config.keep_dir);
	char before[512] = "";

	if (!path || !s->beats ||
		(read_seen(path, before, sizeof(before) - 1) && str_eq(before, text)))
		return;
	if (file_put(path, text, 0600, true) < 0)
		log_debug("store: %s is not written: %s", path, strerror(errno));
}

static void put_file(struct pg_store *s)
{
	_cleanup_free_ char *path = seen_path(s), *text = NULL, *uri = uri_word(s);
	bool changed = s->seen.generation > s->noted || s->tried;

	if (!s->seen.first && s->seen.writer && !s->misses_seen) {
		read_first(s);
		changed = true;
	}
	if (!s->seen.generation || (!changed && !s->beats))
		return;
	text = xasprintf("generation %lld\n%s\n%s\n%lld\n%s\n", (long long)s->seen.generation,
		s->seen.writer ? s->seen.writer : "", s->seen.first ? s->seen.first : "",
		(long long)s->seen.reconciled, s->met ? uri : "");
	if (changed &&
		(place_make_dir(s->base.config.lock_dir) < 0 ||
			file_put(path, text, 0600, true) < 0))
		log_debug("store: %s is not written: %s", path, strerror(errno));
	put_kept(s, text);
}

/* ---- objections ------------------------------------------------------------------------------ */

/*
 * Leaves an objection in a database that began as the one did of which this host has seen more, unless the others have
 * gone on for so long that it was decided. Nobody waits for that: there is another command soon.
 */
static int object_to(struct pg_store *s, const char *host, struct vxe_error *err)
{
	_cleanup_free_ char *generation = xasprintf("%lld", (long long)s->seen.generation);
	_cleanup_free_ char *kept = xasprintf("%d", COMMITS_KEPT);

	return pg_ask(s->main,
		"INSERT INTO vxe.commits SELECT -$1::bigint, $2 FROM vxe.meta"
		" WHERE $1::bigint > forgotten - $3::bigint AND $4 =" FIRST_WORD
		" ON CONFLICT DO NOTHING",
		4, (const char *const[]){ generation, host, kept, s->seen.first }, NULL, err);
}

static void tell(struct pg_store *s)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_free_ char *host = own_host();

	if (s->base.config.readonly || !(s->misses_seen ? s->seen.first != NULL : s->objects) ||
		pg_run(s->main, "SET synchronous_commit = off; SET lock_timeout = '1s'", NULL,
			&ignored) < 0)
		return;
	if ((s->misses_seen ? object_to(s, host, &ignored)
			    : pg_ask(s->main,
				      "DELETE FROM vxe.commits WHERE generation < 0 AND writer = $1",
				      1, (const char *const[]){ host }, NULL, &ignored)) < 0)
		log_debug("store: its objection is not told: %s", ignored.params[1]);
}

void pg_seen_save(struct pg_store *s)
{
	if (!s->main)
		return;
	put_file(s);
	tell(s);
}

/* ---- what a transaction finds ---------------------------------------------------------------- */

/* Plain, as each further operator takes a new session of the server a tenth of a millisecond. */
char *pg_seen_columns(const struct pg_store *s, bool writes)
{
	return xasprintf(
		"(SELECT writer FROM vxe.commits c WHERE c.generation = meta.generation%s),"
		"(SELECT writer FROM vxe.commits WHERE generation = %lld),"
		"(SELECT writer FROM vxe.commits WHERE generation < 0 LIMIT 1), reconciled",
		writes ? " - 1" : "", (long long)s->seen.generation);
}

char *pg_seen_decides(const struct pg_store *s)
{
	if (!s->base.decides)
		return xstrdup("generation + 1");
	return xasprintf(
		"greatest(generation, %lld, (SELECT max(-c.generation) FROM vxe.commits c"
		" WHERE c.generation < 0)) + 1,"
		" reconciled = greatest(reconciled + 1, %lld, extract(epoch FROM clock_timestamp())::bigint)",
		(long long)s->seen.generation, (long long)s->seen.reconciled + 1);
}

/* The word of a commit is its own, then the life of the server. */
static const char *life_of(const char *writer)
{
	const char *space = strchr(writer, ' ');

	return space ? space + 1 : "";
}

/* Whether the commit that this host has seen, which was forgotten, was made in the life that its word names. */
static int ask_life(const struct pg_seen *seen, struct pg_conn *c, bool *ret, struct vxe_error *err)
{
	_cleanup_free_ char *generation = xasprintf("%lld", (long long)seen->generation);
	_cleanup_result_ PGresult *last = NULL;

	if (pg_ask(c,
		    "SELECT writer FROM vxe.commits WHERE generation BETWEEN 0 AND $1"
		    " ORDER BY generation DESC LIMIT 1",
		    1, (const char *const[]){ generation }, &last, err) < 0)
		return -1;
	*ret = !PQntuples(last) || str_eq(life_of(pg_value(last, 0, 0)), life_of(seen->writer));
	return 0;
}

/* *ret: the commit that this host has seen is there; @word: that of the commit with its generation; NULL: it was forgotten. */
static int is_there(const struct pg_seen *seen, struct pg_conn *c, const char *word, bool *ret,
	struct vxe_error *err)
{
	if (!str_is_empty(seen->writer) && !word)
		return ask_life(seen, c, ret, err);
	*ret = str_is_empty(seen->writer) || str_eq(word, seen->writer);
	return 0;
}

static int fail_missing(struct pg_store *s, int64_t generation, struct vxe_error *err)
{
	s->misses_seen = true;
	return store_fail(s->base.config.where, err,
		"its records %s those that this host has seen (generation %lld, now %lld): it may be a "
		"server that another one has replaced%s; if they are the right ones: 'vxe pool-reconcile'",
		generation < s->seen.generation ? "are older than" : "have another history than",
		(long long)s->seen.generation, (long long)generation,
		generation < s->seen.generation ? "" : ", or one that lacked the last commits");
}

/* There are objections: fails if another host has one. That of this host goes in any case: two may wait for each other. */
static int heed(struct pg_store *s, struct pg_conn *c, struct vxe_error *err)
{
	_cleanup_result_ PGresult *all = NULL;
	_cleanup_free_ char *own = own_host();
	int other = -1;

	if (pg_run(c, "SELECT writer, -generation FROM vxe.commits WHERE generation < 0", &all,
		    err) < 0)
		return -1;
	for (int i = 0; i < PQntuples(all); i++)
		if (str_eq(pg_value(all, i, 0), own))
			s->objects = true;
		else
			other = i;
	if (other < 0)
		return 0;
	return store_fail(s->base.config.where, err,
		"the host %s has seen commits that are not in it (generation %s): it may be a server that "
		"another one has replaced; if its records are the right ones: 'vxe pool-reconcile'",
		pg_value(all, other, 0), pg_value(all, other, 1));
}

int pg_seen(struct pg_store *s, struct pg_conn *c, int64_t generation, const PGresult *row, int at,
	bool writes, struct vxe_error *err)
{
	const char *writer = pg_value(row, 0, at);
	bool there = false;

	s->reconciled = strtoll(pg_value(row, 0, at + 3), NULL, 10);
	/* What is seen is noted with the commit that decides. Nothing else is written before it. */
	if (writes ? s->base.decides : s->base.config.reconcile)
		return 0;
	if (generation >= s->seen.generation &&
		is_there(&s->seen, c, pg_value(row, 0, at + 1), &there, err) < 0)
		return -1;
	if (!there && s->reconciled > s->seen.reconciled)
		free(TAKE(s->seen.first));
	else if (!there)
		return fail_missing(s, generation, err);
	if (pg_value(row, 0, at + 2) && heed(s, c, err) < 0)
		return -1;
	/* A writer that has waited for another one does not see its word. */
	if (writer)
		pg_seen_own(s, generation, writer);
	return 0;
}

void pg_seen_own(struct pg_store *s, int64_t generation, const char *writer)
{
	if (s->base.decides) {
		free(TAKE(s->seen.first));
		s->misses_seen = false;
	}
	s->seen.generation = generation;
	s->seen.reconciled = s->reconciled;
	str_replace(&s->seen.writer, writer);
}
