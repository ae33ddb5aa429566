/* SPDX-License-Identifier: MIT */
/* Opens the host's end of a serial line: a terminal or a socket. */
#include "backends/child/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

int serial_open(const char *location)
{
	struct stat st;

	if (stat(location, &st) < 0)
		return -1;
	if (S_ISSOCK(st.st_mode)) {
		struct sockaddr_un address = { .sun_family = AF_UNIX };
		_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		int ret = fd;

		if (strlen(location) >= sizeof(address.sun_path)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(address.sun_path, location, strlen(location) + 1);
		if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
			return -1;
		fd = -1;
		return ret;
	}
	if (S_ISCHR(st.st_mode))
		return open(location, O_RDWR | O_NOCTTY | O_CLOEXEC);
	errno = ENXIO;
	return -1;
}
