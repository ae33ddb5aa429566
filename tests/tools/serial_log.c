/* SPDX-License-Identifier: MIT */
/*
 * Reads lines from a unix socket (a guest's serial port) and writes each with the time of its
 * arrival: "<microseconds, monotonic> <line>". Usage: serial_log SOCKET FILE. It waits up to ten
 * seconds for the socket and ends when the other side closes it.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 1000, TRY_MS = 10 };

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static int connect_once(const struct sockaddr_un *to)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static int connect_to(const char *path)
{
	const struct timespec pause = { .tv_nsec = TRY_MS * 1000000L };
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(to.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(to.sun_path, path, strlen(path) + 1);
	for (int i = 0; i < TRIES; i++) {
		int fd = connect_once(&to);

		if (fd >= 0)
			return fd;
		nanosleep(&pause, NULL);
	}
	return -1;
}

/* The time of a line is the time of the read that completed the line. */
static bool copy_lines(int fd, FILE *out)
{
	char line[256], part[4096];
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) > 0) {
		long long at = now_us();

		for (ssize_t i = 0; i < n; i++) {
			if (part[i] != '\n') {
				if (len < sizeof(line))
					line[len++] = part[i];
				continue;
			}
			fprintf(out, "%lld %.*s\n", at, (int)len, line);
			len = 0;
		}
		if (fflush(out) != 0)
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: serial_log SOCKET FILE\n");
		return 2;
	}

	FILE *out = fopen(argv[2], "we");
	int fd = connect_to(argv[1]);
	bool ok = out && fd >= 0 && copy_lines(fd, out);

	if (!ok)
		fprintf(stderr, "serial_log: %s: %s\n", argv[1], strerror(errno));
	if (fd >= 0)
		close(fd);
	return out && fclose(out) == 0 && ok ? 0 : 1;
}
