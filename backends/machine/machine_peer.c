/* SPDX-License-Identifier: MIT */
/* Finds the process at the other end of a connection, and looks at files as that process sees them. */
#include "backends/machine/machine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* True if the socket @fd is connected to one that its owner has bound to a path that ends with "/@name". */
static bool leads_to(int fd, const char *name)
{
	struct sockaddr_un at = { 0 };
	socklen_t n = sizeof(at) - 1;
	_cleanup_free_ char *end = xasprintf("/%s", name);

	return getpeername(fd, (struct sockaddr *)&at, &n) == 0 && at.sun_family == AF_UNIX &&
		str_ends(at.sun_path, end);
}

pid_t machine_peer(const char *name)
{
	_cleanup_dir_ DIR *dir = opendir("/proc/self/fd");
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		struct ucred peer = { 0 };
		socklen_t n = sizeof(peer);
		int fd = (int)strtol(e->d_name, NULL, 10);

		if (*e->d_name != '.' && leads_to(fd, name) &&
			getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0)
			return peer.pid;
	}
	return 0;
}

/* Absolute links on the way lead to files below the folder @root, as they do for a process whose root it is. */
static int open_below(int root, const char *path)
{
	const struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

int machine_look(const char *root, pid_t pid, const char *path, struct stat *ret)
{
	_cleanup_free_ char *name = xasprintf("%s/proc/%d/root", root ? root : "", (int)pid);
	_cleanup_close_ int top = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int fd = top < 0 ? -1 : open_below(top, path);

	if (top >= 0 && fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	return fd >= 0 && fstat(fd, ret) == 0 ? 1 : -1;
}
