/* SPDX-License-Identifier: MIT */
/* The names of a folder are always those of now, and it is read once. */
#include "objects/file_index/folder_listing.h"
#include "tests/unit/host_fixture.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static struct listings all;
static unsigned reads; /* folders read to their end */
static bool failing;

/* In the place of libc's. */
struct dirent *readdir(DIR *d)
{
	struct dirent *(*real)(DIR *);
	void *found = dlsym(RTLD_NEXT, "readdir");

	memcpy(&real, &found, sizeof(real));
	if (failing) {
		errno = EIO;
		return NULL;
	}
	struct dirent *e = real(d);

	reads += e == NULL;
	return e;
}

static void start(void)
{
	host_start();
	reads = 0;
	write_text("images/a", "");
	write_text("images/b", "");
}

static void end(void)
{
	listings_clear(&all);
	host_stop();
}

TestSuite(users_listing, .fini = end);

static struct listing *get(const char *folder)
{
	_cleanup_free_ char *path = at(folder);

	return listings_get(&all, path, strlen(path));
}

/* The number of the file with that name, as the listing has it; 0: it is not listed; -1: twice. */
static int64_t number(const char *folder, const char *name)
{
	const struct listing *l = get(folder);
	int64_t found = 0;

	cr_assert(l);
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(listed_name(l, &l->items[i]), name))
			found = found ? -1 : l->items[i].ino;
	return found;
}

static void expect(const char *folder, const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s/%s/%s", dir, folder, name);
	struct stat st;
	int64_t is = lstat(path, &st) == 0 ? (int64_t)st.st_ino : 0;

	cr_expect_eq(number(folder, name), is, "%s", path);
}

static void move(const char *from, const char *to)
{
	_cleanup_free_ char *old = at(from), *new = at(to);

	cr_assert_eq(rename(old, new), 0);
}

Test(users_listing, names_that_come_and_go_are_seen_without_reading_again)
{
	start();
	expect("images", "a");
	for (int i = 0; i < 100; i++) {
		_cleanup_free_ char *a = at("images/a"), *c = at("images/c"), *x = at("x");

		write_text("images/d", "");
		expect("images", "d");
		cr_assert_eq(link(a, c), 0);
		expect("images", "c");
		cr_assert_eq(unlink(c), 0);
		expect("images", "c");
		cr_assert_eq(symlink("a", c), 0);
		expect("images", "c");
		move("images/d", "images/c");
		expect("images", "c");
		expect("images", "d");
		move("images/c", "x");
		expect("images", "c");
		write_text("images/b", "");
		move("x", "images/b");
		expect("images", "b");
		cr_assert_lt(access(x, F_OK), 0);
	}
	expect("images", "a");
	cr_expect_eq(reads, 1, "%u times", reads);
}

Test(users_listing, a_link_is_not_a_plain_file)
{
	start();
	_cleanup_free_ char *late = at("images/late"), *early = at("images/early");

	cr_assert_eq(symlink("a", early), 0);
	get("images");
	cr_assert_eq(symlink("a", late), 0);
	const struct listing *l = get("images");

	for (size_t i = 0; i < l->n; i++) {
		const char *name = listed_name(l, &l->items[i]);

		cr_expect_eq(l->items[i].plain, !str_ends(name, "ly") && !str_eq(name, "late"),
			"%s", name);
	}
}

Test(users_listing, another_folder_under_the_path_is_read)
{
	start();
	_cleanup_free_ char *other = at("other");

	expect("images", "a");
	cr_assert_eq(mkdir(other, 0700), 0);
	write_text("other/e", "");
	move("images", "gone");
	move("other", "images");
	expect("images", "a");
	expect("images", "e");
	expect("gone", "a");
	move("images", "other");
	move("gone", "images");
	expect("images", "a");
	expect("images", "e");
}

/* The watch does not tell of it. */
Test(users_listing, another_folder_above_it_is_noticed)
{
	start();
	_cleanup_free_ char *up = at("up"), *down = at("up/images");

	cr_assert(mkdir(up, 0700) == 0 && mkdir(down, 0700) == 0);
	write_text("up/images/a", "");
	expect("up/images", "a");
	move("up", "gone");
	cr_assert(mkdir(up, 0700) == 0 && mkdir(down, 0700) == 0);
	write_text("up/images/e", "");
	expect("up/images", "a");
	expect("up/images", "e");
}

/* One watch serves both. */
Test(users_listing, a_folder_with_two_paths_is_kept_up_to_date_under_both)
{
	start();
	_cleanup_free_ char *link = at("link"), *c = at("images/c");

	cr_assert_eq(symlink("images", link), 0);
	expect("images", "a");
	expect("link", "a");
	write_text("images/c", "");
	expect("images", "c");
	expect("link", "c");
	cr_assert_eq(unlink(link), 0);
	cr_expect_null(get("link"));
	cr_assert_eq(unlink(c), 0);
	expect("images", "c");
	expect("images/", "b");
	cr_expect_eq(reads, 2, "%u times", reads);
}

Test(users_listing, when_events_are_lost_the_folder_is_read_again)
{
	start();
	expect("images", "a");
	_cleanup_free_ char *c = at("images/c");

	for (int i = 0; i < 20000; i++) {
		write_text("images/c", "");
		cr_assert_eq(unlink(c), 0);
	}
	write_text("images/d", "");
	expect("images", "d");
	expect("images", "c");
	cr_expect_eq(reads, 2, "%u times", reads);
}

Test(users_listing, without_a_watch_it_is_read_each_time)
{
	start();
	all = (struct listings){ .tried = true, .fd = -1 };
	expect("images", "a");
	write_text("images/c", "");
	expect("images", "c");
	cr_expect_eq(reads, 2, "%u times", reads);
}

Test(users_listing, a_small_folder_is_not_watched)
{
	start();
	all.watched_from = INT64_MAX;
	expect("images", "a");
	write_text("images/c", "");
	expect("images", "c");
	cr_expect_eq(reads, 2, "%u times", reads);
	cr_expect_not(all.tried, "the kernel takes long to end a watch");
}

Test(users_listing, a_folder_that_cannot_be_read_is_an_error)
{
	start();
	failing = true;
	cr_expect_null(get("images"));
	cr_expect_eq(errno, EIO);
	failing = false;
	expect("images", "a");
	cr_expect_null(get("nowhere"));
	cr_expect_eq(errno, ENOENT);
	cr_expect_null(get("images/a"));
	cr_expect_eq(errno, ENOTDIR);
}
