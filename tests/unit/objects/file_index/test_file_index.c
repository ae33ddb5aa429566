/* SPDX-License-Identifier: MIT */
/* The index's file: it reads as it was written, with the changes at its end, or not at all. */
#include "objects/file_index/file_index.h"
#include "tests/unit/host_fixture.h"
#include "tests/unit/shortcuts.h"

#include <unistd.h>

#define MANY 3000
#define BOOT "boot"

static struct users_index x;
static char *path;

static void fresh(void)
{
	users_index_clear(&x);
}

static void load(void)
{
	fresh();
	users_index_load(&x, path, BOOT);
}

static char *image(int i)
{
	return xasprintf("/images/of a folder with a long name/%d.qcow2", i);
}

/* The image @i names @below, as a look of this process has read it; NULL: it has gone. */
static void set(int i, const char *below)
{
	_cleanup_user_text_ struct user_text text = { 0 };
	_cleanup_free_ char *name = image(i);
	struct user *u = users_index_get(&x, name);

	user_empty(u);
	if (!below)
		return;
	strv_add(&text.names, below);
	strv_add(&text.chain, below);
	user_fill(u, &text);
	u->sign = (struct sign){ 1, i, 3, 4, 5 };
	u->read_at = 6;
	u->seen = 1;
}

static const char *named_by(int i)
{
	_cleanup_free_ char *name = image(i);
	const struct user *u = users_index_find(&x, name);

	if (!u || !u->read_at)
		return NULL;
	cr_expect(u->kind == USER_IMAGE && u->sign.ino == i && strcmp(u->names, u->chain) == 0);
	return u->names;
}

static struct stat at_path(void)
{
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	return st;
}

/* Reads all texts of all entries. */
static void read_texts(void)
{
	size_t n = 0;

	for (size_t i = 0; i < x.n; i++) {
		const struct user *u = x.items[i];

		n += strlen(u->path) + (u->domain ? strlen(u->domain) : 0);
		foreach_text(name, u->names) n++;
		foreach_text(image, u->chain) n++;
	}
	cr_assert(n < 1 << 20);
}

/* Reads the file with each byte from there in turn changed. */
static void flip_each(off_t from)
{
	off_t end = at_path().st_size;

	for (off_t n = from; n < end; n++) {
		FILE *f = fopen(path, "r+e");
		int was = 0;

		cr_assert(f && fseek(f, n, SEEK_SET) == 0 && (was = fgetc(f)) != EOF);
		cr_assert(fseek(f, n, SEEK_SET) == 0 && fputc(was ^ 0x81, f) != EOF && !fclose(f));
		load();
		read_texts();
		f = fopen(path, "r+e");
		cr_assert(f && fseek(f, n, SEEK_SET) == 0 && fputc(was, f) != EOF && !fclose(f));
	}
}

/* A file of MANY images, of which each names the same one. */
static void start(void)
{
	host_start();
	path = at("index");
	x.proved_dev = 7;
	x.proved_ino = 8;
	for (int i = 0; i < MANY; i++)
		set(i, "/below");
	users_index_save(&x, path, BOOT);
	load();
	cr_assert_eq(x.n, MANY);
}

/* True: the change was appended. */
static bool append(void)
{
	struct stat before = at_path();

	users_index_save(&x, path, BOOT);
	struct stat after = at_path();
	bool same = before.st_ino == after.st_ino;

	cr_expect(!same || after.st_size - before.st_size < 4096, "a change is small");
	return same;
}

static void others_are_as_before(void)
{
	for (int i = 10; i < MANY; i++)
		cr_assert_str_eq(named_by(i), "/below");
}

static void stop(void)
{
	fresh();
	free(TAKE(path));
	host_stop();
}

TestSuite(users_index, .init = all_shortcuts, .fini = stop, .timeout = 600);

static void fill(void)
{
	struct user *u = users_index_get(&x, "/definitions/a.xml");
	_cleanup_user_text_ struct user_text text = { .domain = xstrdup(VM_A) };

	strv_add(&text.names, "/images/a b\n");
	strv_add(&text.names, "/images/c");
	strv_add(&text.chain, "/images/c");
	user_fill(u, &text);
	u->kind = USER_DEFINITION;
	u->sign = (struct sign){ 1, 2, 3, 4, 5 };
	u->read_at = 6;
	u->seen = 1;
	x.proved_dev = 7;
	x.proved_ino = 8;
	for (int i = 0; i < 300; i++) {
		_cleanup_free_ char *image = xasprintf("/images/%d", i);

		u = users_index_get(&x, image);
		u->read_at = 1;
	}
	x.images_searched = true; /* so those images that no look has seen are left out */
}

Test(users_index, the_file_gives_back_what_was_written)
{
	host_start();
	path = at("index");
	struct stat st;

	fill();
	users_index_save(&x, path, BOOT);
	fresh();
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0600);
	users_index_load(&x, path, BOOT);
	const struct user *u = users_index_find(&x, "/definitions/a.xml");

	cr_assert_eq(x.n, 1);
	cr_assert(u);
	cr_expect(u->kind == USER_DEFINITION && u->read_at == 6 && u->seen == 0);
	cr_expect(sign_is(&u->sign, &(struct sign){ 1, 2, 3, 4, 5 }));
	cr_expect_str_eq(u->domain, VM_A);
	cr_expect(memcmp(u->names, "/images/a b\n\0/images/c\0", 24) == 0);
	cr_expect(memcmp(u->chain, "/images/c\0", 11) == 0);
	cr_expect(x.proved_dev == 7 && x.proved_ino == 8);
	fresh();
	users_index_load(&x, path, "another boot");
	cr_expect_eq(x.n, 0);
	cr_assert_eq(chmod(path, 0644), 0);
	users_index_load(&x, path, BOOT);
	cr_expect_eq(x.n, 0);
}

/* Texts that no entry has any more are dropped. */
Test(users_index, the_file_does_not_grow_with_each_change)
{
	host_start();
	path = at("index");
	off_t most = 0;

	fill();
	users_index_save(&x, path, BOOT);
	for (int i = 0; i < 3000; i++) {
		_cleanup_user_text_ struct user_text text = { .domain = xstrdup(VM_A) };
		struct stat st;

		fresh();
		users_index_load(&x, path, BOOT);
		struct user *u = users_index_find(&x, "/definitions/a.xml");

		cr_assert(u);
		if (i)
			cr_assert_eq(strtol(u->names + strlen("/images/of a long name/"), NULL, 10),
				i - 1);
		strv_take(&text.names, xasprintf("/images/of a long name/%d.qcow2", i));
		user_fill(u, &text);
		u->seen = 1;
		u->read_at = 6;
		users_index_save(&x, path, BOOT);
		cr_assert_eq(stat(path, &st), 0);
		most = st.st_size > most ? st.st_size : most;
	}
	cr_expect(most < 1000, "%d bytes", (int)most);
	fresh();
}

Test(users_index, a_damaged_file_leaves_the_index_empty)
{
	host_start();
	path = at("index");
	struct stat st;

	fill();
	users_index_save(&x, path, BOOT);
	fresh();
	cr_assert_eq(stat(path, &st), 0);
	for (off_t n = st.st_size - 1; n >= 0; n--) {
		cr_assert_eq(truncate(path, n), 0);
		users_index_load(&x, path, BOOT);
		cr_assert(x.n == 0 && x.proved_ino == 0, "cut at %d", (int)n);
	}
}

/* Each byte in turn has another value: the index may be wrong, but nothing is read beyond its end. */
Test(users_index, any_byte_may_differ)
{
	host_start();
	path = at("index");
	fill();
	users_index_save(&x, path, BOOT);
	flip_each(0);
}

/* The last list would have no end. */
Test(users_index, texts_without_an_end_are_not_read)
{
	host_start();
	path = at("index");
	fill();
	users_index_save(&x, path, BOOT);
	FILE *f = fopen(path, "r+e");

	cr_assert(f && fseek(f, -2, SEEK_END) == 0 && fputs("xx", f) != EOF && !fclose(f));
	load();
	cr_expect_eq(x.n, 0);
}

/* ---- changes ---------------------------------------------------------------------------------- */

Test(users_index, a_change_is_appended_and_read)
{
	start();
	set(1, "/other");
	set(2, NULL);
	set(MANY, "/new");
	x.folders.definitions = (struct sign){ 1, 2, 3, 4, 5 };
	cr_expect(append());
	for (int i = 0; i < 2; i++) {
		load();
		cr_expect_str_eq(named_by(1), "/other");
		cr_expect_null(named_by(2));
		cr_expect_str_eq(named_by(MANY), "/new");
		cr_expect(x.proved_ino == 8 && x.folders.definitions.ino == 2);
		others_are_as_before();
		cr_expect(append(), "nothing has changed");
	}
	load();
	set(1, "/third");
	set(2, "/again");
	set(MANY, NULL);
	cr_expect(append());
	load();
	cr_expect_str_eq(named_by(1), "/third");
	cr_expect_str_eq(named_by(2), "/again");
	cr_expect_null(named_by(MANY));
	others_are_as_before();
}

/* An image that a look did not find is left out, as in a whole file. */
Test(users_index, what_is_not_seen_any_more_goes)
{
	start();
	x.images_searched = true;
	for (size_t i = 0; i < x.n; i++)
		x.items[i]->seen = i != 3;
	cr_expect(append());
	load();
	cr_expect_null(named_by(3));
	cr_expect_str_eq(named_by(4), "/below");
}

/* The process died while it wrote; the next one writes the whole file. */
Test(users_index, a_part_of_a_change_does_not_count)
{
	start();
	off_t whole = at_path().st_size;

	set(1, "/other");
	cr_assert(append());
	off_t end = at_path().st_size;

	for (off_t n = end - 1; n > whole; n--) {
		cr_assert_eq(truncate(path, n), 0);
		load();
		cr_assert_str_eq(named_by(1), "/below", "cut at %d", (int)(n - whole));
		cr_assert(n % 16 || x.n == MANY);
	}
	set(1, "/third");
	cr_expect_not(append(), "nothing is appended to a part");
	load();
	cr_expect_str_eq(named_by(1), "/third");
	others_are_as_before();
}

/* Another command has written meanwhile: what this one knows is whole in itself. */
Test(users_index, a_file_that_has_changed_is_written_anew)
{
	struct users_index other = { 0 };

	start();
	users_index_load(&other, path, BOOT);
	set(1, "/mine");
	x.folders.definitions = (struct sign){ 1, 2, 3, 4, 5 };
	cr_expect(append());
	fresh();
	x = other;
	set(5, "/theirs");
	cr_expect_not(append());
	load();
	cr_expect_str_eq(named_by(1), "/below", "what the other one knew");
	cr_expect_str_eq(named_by(5), "/theirs");
	cr_expect_eq(x.folders.definitions.ino, 0, "and its folders");
	others_are_as_before();
}

Test(users_index, another_proof_is_written_with_the_whole_file)
{
	struct stat folder = { .st_dev = 7, .st_ino = 9 };

	start();
	cr_expect_not(users_index_proves(path, BOOT, &folder));
	x.proved_ino = 9;
	x.met.ino = 5;
	cr_expect_not(append());
	cr_expect(users_index_proves(path, BOOT, &folder));
}

Test(users_index, many_changes_become_a_whole_file)
{
	start();
	off_t whole = at_path().st_size, most = 0;
	int anew = 0;

	for (int i = 0; i < 2000; i++) {
		_cleanup_free_ char *below = xasprintf("/below the image, now number %d", i);

		load();
		if (i)
			cr_assert_eq(strtol(strrchr(named_by(1), ' '), NULL, 10), i - 1);
		set(1, below);
		anew += !append();
		off_t size = at_path().st_size;

		most = size > most ? size : most;
	}
	cr_expect(anew > 1 && anew < 100, "%d", anew);
	cr_expect_lt(most, 2 * whole);
	load();
	others_are_as_before();
}

/* Each byte of a change in turn has another value. */
Test(users_index, any_byte_of_a_change_may_differ)
{
	start();
	off_t whole = at_path().st_size;

	set(1, "/other");
	cr_assert(append());
	flip_each(whole);
}
