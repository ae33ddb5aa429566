/* SPDX-License-Identifier: MIT */
/* The keeper's sockets: a thread for each conversation, and for each connection of QEMU's. */
#include "tests/kind/keeper_images.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define READ_MOST (UINT64_C(16) << 20)

/* ---- questions ------------------------------------------------------------------------------- */

struct conversation {
	struct peer me;
	struct kept_image *image; /* that it is bound to */
};

static void let_go(struct conversation *c)
{
	if (c->image)
		peer_drop(&c->image->holders, &c->me);
	keep_close(c->image);
	c->image = NULL;
}

static int bind_to(struct conversation *c, struct kept_image *i)
{
	keep_open(i);
	let_go(c);
	c->image = i;
	return 0;
}

static bool has_writers(const struct kept_image *i)
{
	return (i->facts.mode & KEEPER_WRITE_BITS) && i->users;
}

static int hold(struct conversation *c)
{
	if (!c->image)
		return EBADF;
	if (has_writers(c->image))
		return EBUSY;
	peer_drop(&c->image->holders, &c->me);
	peer_add(&c->image->holders, &c->me);
	return 0;
}

static int read_from(
	struct kept_image *i, const struct keeper_question *q, uint64_t *n, void **data)
{
	uint64_t size = i->facts.size, left = q->at < size ? size - q->at : 0;

	*n = q->n < left ? q->n : left;
	if (*n > READ_MOST)
		*n = READ_MOST;
	*data = malloc(*n + 1);
	return *data ? keep_read(i, *data, *n, q->at) : ENOMEM;
}

static int about_image(struct conversation *c, struct kept_image *i,
	const struct keeper_question *q, struct keeper_answer *a, void **data)
{
	switch (q->what) {
	case KEEPER_LOOK:
		return 0;
	case KEEPER_OPEN:
		return q->n && !(i->facts.mode & KEEPER_WRITE_BITS) ? EACCES : bind_to(c, i);
	case KEEPER_REMOVE:
		return keep_remove(i);
	case KEEPER_RENAME:
		return keep_rename(i, q->to);
	case KEEPER_MODE:
		i->facts.mode = q->mode;
		return 0;
	case KEEPER_SIZE:
		return keep_size(i, q->n);
	case KEEPER_LENGTH:
		return i->raw && i->facts.size < q->n ? keep_size(i, q->n) : 0;
	case KEEPER_ROOM:
		i->facts.room = q->n < i->facts.size ? i->facts.size : q->n;
		return 0;
	case KEEPER_READ:
		return read_from(i, q, &a->n, data);
	case KEEPER_WRITE:
		return keep_write(i, *data, q->n, q->at);
	case KEEPER_HOLD:
		return hold(c);
	case KEEPER_USED:
		a->n = q->n ? has_writers(i) : i->users != NULL;
		return 0;
	default:
		return EINVAL;
	}
}

static int answer(struct conversation *c, const struct keeper_question *q, struct keeper_answer *a,
	void **data)
{
	struct kept_image *i = NULL;

	if (q->what == KEEPER_FREE) {
		a->n = keep_free();
		return 0;
	}
	if (q->what == KEEPER_LIST) {
		*data = keep_list();
		a->n = *data ? strlen(*data) : 0;
		return *data ? 0 : ENOMEM;
	}
	if (q->what == KEEPER_CREATE) {
		int error = keep_add(q->name, q->mode, q->n, &i);

		if (error)
			return error;
		i->raw = q->at;
		bind_to(c, i);
		a->facts = i->facts;
		return 0;
	}
	i = q->name[0] ? keep_find(q->name) : c->image;
	if (!i)
		return ENOENT;
	keep_open(i); /* it may be removed */
	keep_settle(i, c->me.fd);
	int error = about_image(c, i, q, a, data);

	a->facts = i->facts;
	for (const struct peer *p = i->users; p; p = p->next)
		a->facts.users++;
	keep_close(i);
	return error;
}

/* False: the end. */
static bool converse(struct conversation *c)
{
	struct keeper_question q;
	struct keeper_answer a = { 0 };
	void *data = NULL;
	bool going = false;

	if (keeper_get(c->me.fd, &q, sizeof(q)) <= 0)
		return false;
	q.name[KEEPER_NAME - 1] = q.to[KEEPER_NAME - 1] = '\0';
	if (q.what == KEEPER_WRITE) {
		data = q.n <= READ_MOST ? malloc(q.n + 1) : NULL;
		if (!data || (q.n > 0 && keeper_get(c->me.fd, data, q.n) <= 0))
			goto out;
	}
	keep_lock();
	a.error = answer(c, &q, &a, &data);
	keep_unlock();
	bool more = !a.error && (q.what == KEEPER_READ || q.what == KEEPER_LIST);

	going = keeper_put(c->me.fd, &a, sizeof(a)) > 0 &&
		(!more || a.n == 0 || keeper_put(c->me.fd, data, a.n) > 0);
out:
	free(data);
	return going;
}

static void *serve_questions(void *ctx)
{
	struct conversation c = { .me.fd = (int)(intptr_t)ctx };

	while (converse(&c))
		;
	keep_lock();
	let_go(&c);
	keep_unlock();
	close(c.me.fd);
	return NULL;
}

static void *serve_nbd(void *ctx)
{
	int fd = (int)(intptr_t)ctx;

	nbd_serve(fd);
	close(fd);
	return NULL;
}

/* ---- serving --------------------------------------------------------------------------------- */

static bool address(struct sockaddr_un *at, const char *folder, const char *name)
{
	int n = snprintf(at->sun_path, sizeof(at->sun_path), "%s/%s", folder, name);

	at->sun_family = AF_UNIX;
	return n > 0 && (size_t)n < sizeof(at->sun_path);
}

/* QEMU may run as another user. */
static int listen_at(const char *folder, const char *name)
{
	struct sockaddr_un at = { 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t mask = umask(0);

	if (fd < 0 || !address(&at, folder, name) ||
		bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 64) < 0) {
		perror(folder);
		exit(2);
	}
	umask(mask);
	return fd;
}

static void unlisten(const char *folder, const char *name)
{
	struct sockaddr_un at = { 0 };

	if (address(&at, folder, name))
		(void)unlink(at.sun_path);
}

static void take(int listener, void *(*serve)(void *))
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	pthread_attr_t attr;
	pthread_t thread;

	if (fd < 0)
		return;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attr, serve, (void *)(intptr_t)fd) != 0)
		close(fd);
	pthread_attr_destroy(&attr);
}

void keeper_serve(const char *folder)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	struct pollfd fds[] = {
		{ .fd = listen_at(folder, KEEPER_ASK), .events = POLLIN },
		{ .fd = listen_at(folder, KEEPER_NBD), .events = POLLIN },
		{ .fd = signalfd(-1, &ends, SFD_CLOEXEC), .events = POLLIN },
	};

	printf("ready\n");
	fflush(stdout);
	while (!fds[2].revents) {
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			break;
		if (fds[0].revents)
			take(fds[0].fd, serve_questions);
		if (fds[1].revents)
			take(fds[1].fd, serve_nbd);
	}
	unlisten(folder, KEEPER_NBD);
	unlisten(folder, KEEPER_ASK);
	_exit(0); /* threads still wait for who has a connection */
}
