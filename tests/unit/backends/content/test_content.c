/* SPDX-License-Identifier: MIT */
/* What a call has open: each image once, and always the file that lies there now. */
#include "backends/content/content.h"
#include "objects/base/error.h"

#include "tests/unit/harness.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static size_t open_files(void)
{
	_cleanup_dir_ DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(d))
		n++;
	return n;
}

/* The descriptor of the file "a". */
static int file_a(void)
{
	struct stat a, st;

	cr_assert_eq(stat("a", &a), 0);
	for (int fd = 3; fd < 1024; fd++)
		if (fstat(fd, &st) == 0 && st.st_dev == a.st_dev && st.st_ino == a.st_ino)
			return fd;
	return -1;
}

static char first_byte(struct content *c)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	char byte = '?';

	cr_assert_eq(content_pread(c, &byte, 1, 0, &err), 1);
	return byte;
}

static char *scratch(void)
{
	static char dir[] = "/tmp/vxe-content.XXXXXX";

	cr_assert(mkdtemp(dir) && chdir(dir) == 0);
	return dir;
}

static void leave(const char *dir)
{
	cr_assert(chdir("/") == 0 && rmdir(dir) == 0);
}

Test(content, one_place_is_one_content_and_one_descriptor)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const char *dir = scratch();
	struct content *t = contents_new();
	struct content *c = content_at(t, "a");
	char byte;

	cr_assert_eq(content_at(t, "a"), c);
	cr_assert_neq(content_at(t, "b"), c);
	cr_assert_str_eq(content_place(c), "a");
	cr_assert_lt(content_pread(c, &byte, 1, 0, &err), 0);
	cr_assert_eq(err.code, VXE_IMAGE_FAILED);
	error_clear(&err);
	write_file("a", "1");
	size_t before = open_files();

	cr_assert_eq(first_byte(c), '1');
	cr_assert_eq(first_byte(c), '1');
	cr_assert_eq(open_files(), before + 1);
	cr_assert(fcntl(file_a(), F_GETFD) & FD_CLOEXEC);
	cr_assert_eq(unlink("a"), 0);
	contents_free(t);
	leave(dir);
}

Test(content, another_file_at_the_place_is_opened_instead)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const char *dir = scratch();
	struct content *t = contents_new();
	struct content *c = content_at(t, "a");
	char byte;

	write_file("a", "1");
	cr_assert_eq(first_byte(c), '1');
	write_file("b", "2");
	cr_assert_eq(rename("b", "a"), 0);
	cr_assert_eq(first_byte(c), '2');
	cr_assert_eq(unlink("a"), 0);
	cr_assert_lt(
		content_pread(c, &byte, 1, 0, &err), 0, "what was removed is not read any more");
	contents_free(t);
	leave(dir);
}

Test(content, what_is_removed_or_closed_is_not_held)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const char *dir = scratch();
	struct content *t = contents_new();
	struct content *c = content_at(t, "a");
	size_t before = open_files();

	write_file("a", "1");
	cr_assert_eq(first_byte(c), '1');
	cr_assert_eq(open_files(), before + 1);
	cr_assert_eq(content_remove(c, &err), 0);
	cr_assert_eq(open_files(), before, "a removed file would keep its disk space");
	write_file("a", "3");
	cr_assert_eq(first_byte(c), '3');
	contents_close(t);
	cr_assert_eq(open_files(), before);
	cr_assert_eq(first_byte(c), '3');
	cr_assert_eq(unlink("a"), 0);
	contents_free(t);
	cr_assert_eq(open_files(), before);
	leave(dir);
}

/* A process may have 1,024 files open. */
Test(content, of_many_the_newest_stay_open)
{
	const char *dir = scratch();
	struct content *t = contents_new();
	size_t before = open_files();

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 2000; i++) {
			char name[16];

			(void)snprintf(name, sizeof(name), "%d", i);
			if (round == 0)
				write_file(name, i % 2 ? "o" : "e");
			cr_assert_eq(first_byte(content_at(t, name)), i % 2 ? 'o' : 'e');
			cr_assert_leq(open_files(), before + 128);
			if (round == 1)
				cr_assert_eq(unlink(name), 0);
		}
	contents_free(t);
	cr_assert_eq(open_files(), before);
	leave(dir);
}
