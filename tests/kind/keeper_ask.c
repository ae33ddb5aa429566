/* SPDX-License-Identifier: MIT */
#include "tests/kind/keeper.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int keeper_connect(const char *folder)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int n = snprintf(at.sun_path, sizeof(at.sun_path), "%s/" KEEPER_ASK, folder);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (n > 0 && (size_t)n < sizeof(at.sun_path) &&
		connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	int error = n > 0 && (size_t)n < sizeof(at.sun_path) ? errno : ENAMETOOLONG;

	close(fd);
	errno = error;
	return -1;
}

int keeper_get(int fd, void *data, size_t n)
{
	char *to = data;

	while (n > 0) {
		ssize_t got = recv(fd, to, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return (int)got;
		to += got;
		n -= (size_t)got;
	}
	return 1;
}

int keeper_put(int fd, const void *data, size_t n)
{
	const char *from = data;

	while (n > 0) {
		ssize_t done = send(fd, from, n, MSG_NOSIGNAL);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		from += done;
		n -= (size_t)done;
	}
	return 1;
}

static int lost(int r)
{
	if (r == 0)
		errno = ECONNRESET;
	return -1;
}

int keeper_tell(
	int fd, const struct keeper_question *q, const void *data, struct keeper_answer *ret)
{
	int r = keeper_put(fd, q, sizeof(*q));

	if (r > 0 && data)
		r = keeper_put(fd, data, q->n);
	if (r > 0)
		r = keeper_get(fd, ret, sizeof(*ret));
	if (r <= 0)
		return lost(r);
	errno = ret->error;
	return ret->error ? -1 : 0;
}

int keeper_ask(
	int fd, const struct keeper_question *q, struct keeper_answer *ret, void *data, size_t max)
{
	int r = keeper_tell(fd, q, NULL, ret);

	if (r < 0 || (q->what != KEEPER_READ && q->what != KEEPER_LIST))
		return r < 0 ? -1 : 0;
	if (ret->n > max) {
		errno = EOVERFLOW;
		return -1;
	}
	if (ret->n > 0 && (r = keeper_get(fd, data, ret->n)) <= 0)
		return lost(r);
	return 0;
}
