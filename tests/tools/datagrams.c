/* SPDX-License-Identifier: MIT */
/*
 * Takes what programs send to the journal or to syslog. Usage: datagrams SOCKET FILE. Makes the socket, and appends each
 * datagram to the file, followed by an empty line; until a signal ends it.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	static char data[1 << 20];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (argc != 3 || strlen(argv[1]) >= sizeof(at.sun_path)) {
		fprintf(stderr, "usage: datagrams SOCKET FILE\n");
		return 2;
	}
	memcpy(at.sun_path, argv[1], strlen(argv[1]));

	FILE *out = fopen(argv[2], "ae");

	if (!out || bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0) {
		perror("datagrams");
		return 2;
	}
	for (;;) {
		ssize_t n = recv(fd, data, sizeof(data), 0);

		if (n < 0 || fwrite(data, 1, (size_t)n, out) != (size_t)n ||
			fputs("\n\n", out) < 0 || fflush(out) != 0)
			return 1;
	}
}
