/* SPDX-License-Identifier: MIT */
/* What the child that looks at far mounts answers, asked about a folder of this machine. */
#include "objects/base/far/far_child.h"

#include "objects/base/str.h"
#include "tests/unit/leak.h"

#include "tests/unit/harness.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char *dir;
static int end_of_child = -1;
static pid_t child;
static struct far_answer answer;

static void begin(void)
{
	char path[] = "/tmp/far.XXXXXX";
	int ends[2];

	dir = xstrdup(mkdtemp(path));
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	child = _Fork();
	if (child == 0)
		far_serve(ends[1], -1);
	close(ends[1]);
	end_of_child = ends[0];
}

/* The child ends when nobody asks it any more. */
static void end(void)
{
	int status;

	close(end_of_child);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0);
	cr_assert_eq(rmdir(dir), 0);
	free(dir);
	no_leaks();
}

TestSuite(far_child, .init = begin, .fini = end);

static void hear(void)
{
	ssize_t n = recv(end_of_child, &answer, sizeof(answer), 0);

	cr_assert_eq(n, (ssize_t)(FAR_HEAD + answer.n));
}

static void ask(enum far_op op, const char *path, uint32_t n, int64_t offset)
{
	struct far_request r = { .op = op, .n = n, .offset = offset };

	memcpy(r.path, path, strlen(path) + 1);
	cr_assert_gt(send(end_of_child, &r, sizeof(r), 0), 0);
	hear();
}

Test(far_child, tells_of_a_file)
{
	_cleanup_free_ char *path = xasprintf("%s/file", dir), *link = xasprintf("%s/link", dir);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	cr_assert_eq(write(fd, "0123456789", 10), 10);
	cr_assert_eq(symlink("file", link), 0);
	ask(FAR_STAT, link, 0, 0);
	cr_expect_eq(answer.error, 0);
	cr_expect_eq(answer.st.st_size, 10);
	ask(FAR_LSTAT, link, 0, 0);
	cr_expect(S_ISLNK(answer.st.st_mode));
	ask(FAR_READLINK, link, 0, 0);
	cr_expect_eq(answer.n, 4);
	cr_expect_arr_eq(answer.bytes, "file", 4);
	ask(FAR_READ, path, 4, 8);
	cr_expect_eq(answer.n, 2);
	cr_expect_arr_eq(answer.bytes, "89", 2);
	ask(FAR_STATFS, dir, 0, 0);
	cr_expect_eq(answer.error, 0);
	cr_expect_gt(answer.fs.f_blocks, 0);
	cr_assert_eq(unlink(path) | unlink(link), 0);
	ask(FAR_STAT, path, 0, 0);
	cr_expect_eq(answer.error, ENOENT);
	ask(FAR_READ, path, 1, 0);
	cr_expect_eq(answer.error, ENOENT);
	ask(FAR_LIST, path, 0, 0);
	cr_expect_eq(answer.error, ENOENT);
}

/* More entries than one answer holds, each with the result of its lstat(). */
Test(far_child, lists_a_folder)
{
	enum { FILES = 500 };
	size_t seen = 0, answers = 1;

	for (int i = 0; i < FILES; i++) {
		_cleanup_free_ char *path = xasprintf("%s/some-longer-name-%d", dir, i);
		_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		cr_assert_geq(fd, 0);
	}
	for (ask(FAR_LIST, dir, 0, 0);; hear(), answers++) {
		cr_assert_eq(answer.error, 0);
		for (size_t at = 0; at < answer.n;) {
			const struct far_entry *e = (const void *)(answer.bytes + at);

			at += FAR_ENTRY_SIZE(e->name_len);
			cr_assert_eq(strlen(e->name), e->name_len);
			if (e->name[0] == '.')
				continue;
			cr_assert(!e->error && S_ISREG(e->st.st_mode));
			seen++;
		}
		if (!answer.more)
			break;
	}
	cr_assert_eq(seen, FILES);
	cr_assert_gt(answers, 1);
	for (int i = 0; i < FILES; i++) {
		_cleanup_free_ char *path = xasprintf("%s/some-longer-name-%d", dir, i);

		cr_assert_eq(unlink(path), 0);
	}
}
