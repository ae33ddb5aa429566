/* SPDX-License-Identifier: MIT */
#include "objects/base/far/far_child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DESCRIPTORS 4096 /* closed one by one where the kernel has no close_range() */

struct dirent64_raw {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

/* The child has a copy of the parent's memory; these are its own. */
static struct {
	int socket;
	struct far_request request;
	struct far_answer answer;
	_Alignas(8) char entries[8192]; /* of getdents64() */
} child;

static void send_answer(bool more)
{
	child.answer.more = more;
	if (send(child.socket, &child.answer, FAR_HEAD + child.answer.n, MSG_NOSIGNAL) < 0)
		_exit(0); /* the parent has ended, or has given the mount up */
	child.answer.n = 0;
}

static void add_entry(int dir, const struct dirent64_raw *e)
{
	size_t len = strlen(e->name);

	if (child.answer.n + FAR_ENTRY_SIZE(len) > FAR_BYTES)
		send_answer(true);
	struct far_entry *to = (void *)(child.answer.bytes + child.answer.n);

	memset(&to->st, 0, sizeof(to->st));
	to->error = fstatat(dir, e->name, &to->st, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
	to->name_len = (uint16_t)len;
	to->type = e->type;
	memcpy(to->name, e->name, len + 1);
	child.answer.n += (uint32_t)FAR_ENTRY_SIZE(len);
}

static int serve_list(const char *path)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long n = dir < 0 || fstat(dir, &child.answer.st) < 0 ? -1 : 1;

	while (n > 0) {
		n = syscall(SYS_getdents64, dir, child.entries, sizeof(child.entries));
		for (long at = 0; at < n;) {
			const struct dirent64_raw *e = (const void *)(child.entries + at);

			add_entry(dir, e);
			at += e->reclen;
		}
	}
	int error = n < 0 ? errno : 0;

	if (dir >= 0)
		close(dir);
	return error;
}

static int serve_read(const struct far_request *r)
{
	int fd = open(r->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	size_t most = r->n < FAR_BYTES ? r->n : FAR_BYTES;
	ssize_t n = fd < 0 ? -1 : pread(fd, child.answer.bytes, most, r->offset);
	int error = n < 0 ? errno : 0;

	child.answer.n = n < 0 ? 0 : (uint32_t)n;
	if (fd >= 0)
		close(fd);
	return error;
}

static int serve(const struct far_request *r)
{
	struct far_answer *a = &child.answer;
	ssize_t n;

	switch (r->op) {
	case FAR_STATFS:
		return statfs(r->path, &a->fs) < 0 ? errno : 0;
	case FAR_STAT:
		return stat(r->path, &a->st) < 0 ? errno : 0;
	case FAR_LSTAT:
		return lstat(r->path, &a->st) < 0 ? errno : 0;
	case FAR_READLINK:
		n = readlink(r->path, a->bytes, PATH_MAX);
		a->n = n < 0 ? 0 : (uint32_t)n;
		return n < 0 ? errno : 0;
	case FAR_READ:
		return serve_read(r);
	case FAR_LIST:
		return serve_list(r->path);
	}
	return EINVAL;
}

static void close_from_to(unsigned first, unsigned last)
{
	if (first > last || close_range(first, last, 0) == 0)
		return;
	for (unsigned fd = first; fd <= last && fd < DESCRIPTORS; fd++)
		close((int)fd);
}

/* A process group of its own: ^C is for the parent, who decides. Signals end the child as they end any program. */
static void become_child(int socket, int lock)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	unsigned low = (unsigned)(lock < 0 || socket < lock ? socket : lock);
	unsigned high = (unsigned)(socket > lock ? socket : lock);
	sigset_t none;

	(void)setpgid(0, 0);
	if (low > 0)
		close_from_to(0, low - 1);
	close_from_to(low + 1, high - 1);
	close_from_to(high + 1, ~0U);
	(void)chdir("/");
	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn void far_serve(int socket, int lock)
{
	become_child(socket, lock);
	child.socket = socket;
	for (;;) {
		ssize_t n = recv(socket, &child.request, sizeof(child.request), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(0);
		child.answer.n = 0;
		child.answer.error = serve(&child.request);
		send_answer(false);
	}
}
