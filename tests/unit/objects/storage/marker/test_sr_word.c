/* SPDX-License-Identifier: MIT */
/* The word in the marker of a shared SR: when it changes, and what it tells apart. */
#include "objects/storage/marker/sr_word.h"

#include "objects/base/clock.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/classes/storage/sr_place.h"
#include "objects/storage/pbd_ops.h"
#include "objects/storage/sr_create.h"
#include "tests/unit/two_hosts.h"

#define DAY 86400

static void stop(void)
{
	clock_pretend(0);
	hosts_stop();
}

TestSuite(sr_word, .init = hosts_start, .fini = stop);

/* Makes an SR on host 1. UUID, owned. */
static char *make_sr(bool shared)
{
	_cleanup_free_ char *path = at("sr");
	_cleanup_map_ struct map config = { 0 };
	const struct sr_new args = {
		.name_label = "sr", .type = "file", .shared = shared, .device_config = &config
	};
	char *uuid;

	map_set(&config, "location", path);
	be_host(1);
	OK(sr_create(S, &args, &uuid, &E));
	return uuid;
}

/* The word in the marker, owned; NULL: none. */
static char *word_of(const struct sr *sr)
{
	_cleanup_mark_ struct sr_mark mark = { 0 };

	OK(sr_mark_read(sr->path, &mark, &E));
	return TAKE(mark.word);
}

/* Writes @word into the marker; NULL: none. */
static void put_word(const struct sr *sr, const char *word)
{
	_cleanup_mark_ struct sr_mark mark = { 0 };

	OK(sr_mark_read(sr->path, &mark, &E));
	str_replace(&mark.word, word);
	OK(sr_mark_write(sr->path, &mark, &E));
}

/* The SR as it is on record now, whose word is that of its marker. */
static struct sr *settled(const char *uuid)
{
	struct sr *sr = find(&sr_class, uuid);
	_cleanup_free_ char *word = word_of(sr);

	cr_expect_str_eq(sr->word, word);
	cr_expect_str_eq(sr->word_next, "");
	return sr;
}

Test(sr_word, it_changes_once_a_day_whichever_host_is_the_first)
{
	_cleanup_free_ char *uuid = make_sr(true);
	_cleanup_(sr_free_cleanup) struct sr *made = settled(uuid), *same = NULL, *next = NULL;

	cr_assert(llabs(sr_word_time(made->word) - clock_wall()) < 60);
	clock_pretend(DAY - 60);
	sr_words_keep(S);
	same = settled(uuid);
	cr_expect_str_eq(same->word, made->word);
	clock_pretend(DAY + 60);
	be_host(2);
	sr_words_keep(S);
	next = settled(uuid);
	cr_expect_str_neq(next->word, made->word);
	be_host(1);
	sr_words_keep(S);
	_cleanup_(sr_free_cleanup) struct sr *last = settled(uuid);

	cr_expect_str_eq(last->word, next->word);
	cr_expect(sr_check_storage(S->store, made, &E) == 0, "an old record is read anew");
}

Test(sr_word, an_sr_of_one_host_has_none)
{
	_cleanup_free_ char *uuid = make_sr(false);

	sr_words_keep(S);
	OK(sr_take_marker(S, uuid, &E));
	_cleanup_(sr_free_cleanup) struct sr *sr = find(&sr_class, uuid);

	cr_expect_str_eq(sr->word, "");
	cr_expect_null(word_of(sr));
	put_word(sr, "another");
	OK(sr_check_mounted(S, sr, &E));
}

Test(sr_word, another_word_is_another_copy_until_it_is_taken)
{
	_cleanup_free_ char *uuid = make_sr(true), *pbd = uuid_derive(uuid, "pbd");
	_cleanup_(sr_free_cleanup) struct sr *sr = settled(uuid);

	put_word(sr, "20200102T03:04:05Z x");
	FAILS(SR_NOT_ATTACHED, sr_check_mounted(S, sr, &E));
	cr_expect(sr_is_away(S, sr));
	FAILS(SR_NOT_ATTACHED, sr_word_renew(S, uuid, &E));
	FAILS(SR_NOT_ATTACHED, pbd_plug(S, pbd, &E));
	clock_pretend(2 * DAY);
	sr_words_keep(S);
	_cleanup_free_ char *kept = word_of(sr);

	cr_expect_str_eq(kept, "20200102T03:04:05Z x", "what is no storage gets no word");
	put_word(sr, NULL);
	FAILS(SR_NOT_ATTACHED, sr_check_mounted(S, sr, &E));
	OK(sr_take_marker(S, uuid, &E));
	_cleanup_(sr_free_cleanup) struct sr *now = settled(uuid);

	OK(sr_check_mounted(S, now, &E));
	cr_expect_not(sr_is_away(S, now));
}

Test(sr_word, a_marker_of_another_sr_is_not_taken)
{
	_cleanup_free_ char *uuid = make_sr(true);
	_cleanup_(sr_free_cleanup) struct sr *sr = settled(uuid);
	_cleanup_mark_ struct sr_mark other = { .sr = xstrdup(VM_A) }, mark = { 0 };

	OK(sr_mark_write(sr->path, &other, &E));
	FAILS(SR_NOT_ATTACHED, sr_take_marker(S, uuid, &E));
	OK(sr_mark_read(sr->path, &mark, &E));
	cr_expect_str_eq(mark.sr, VM_A);
}

/* A word that was written to the file, or only to the record, when vxe died. */
Test(sr_word, what_was_cut_off_is_ended_by_the_next_one)
{
	static const char *const points[] = { "sr-word:file=error", "sr-word:record=error" };
	_cleanup_free_ char *uuid = make_sr(true);

	for (size_t i = 0; i < ARRAY_LEN(points); i++) {
		_cleanup_(sr_free_cleanup) struct sr *before = settled(uuid), *between = NULL,
						     *after = NULL;
		_cleanup_free_ char *word = NULL;

		S->config.failpoints.spec = points[i];
		FAILS(VXE_FAILPOINT, sr_take_marker(S, uuid, &E));
		S->config.failpoints.spec = NULL;
		between = find(&sr_class, uuid);
		word = word_of(between);
		cr_expect_str_eq(between->word, before->word);
		cr_expect_str_eq(word, i ? between->word_next : before->word);
		for (int host = 1; host <= 2; host++) {
			be_host(host);
			OK(sr_check_mounted(S, between, &E));
		}
		sr_words_keep(S);
		after = settled(uuid);
		cr_expect_str_neq(after->word, before->word);
		/* the word on record alone is used; one that the file has had is over */
		cr_expect_eq(str_eq(after->word, between->word_next), i == 0);
	}
}
