/* SPDX-License-Identifier: MIT */
/*
 * Child processes: an argument vector, never a shell. A child dies with its parent (PDEATHSIG), has
 * /dev/null as standard input and a process group of its own, and inherits the descriptors of locks
 * (lease files have no close-on-exec), so a lock ends with its last writer. Programs of the user's (child_start_files())
 * inherit none.
 */
#pragma once

#include "objects/base/error.h"

#include <sys/types.h>

#define CHILD_SIGNALED 128 /* the exit status of a child that was killed, besides the signal */

struct child {
	pid_t pid;
	int out;	 /* read end of its standard output and error; -1 when reaped */
	struct str said; /* its output so far, while vxe waits for it */
	bool whole;	 /* must not be stopped */
	bool mild;	 /* is stopped by SIGTERM, and undoes its work */
	bool stopped;	 /* killed because of a signal */
};

/*
 * Starts argv[0], found in PATH. Every call of qemu-img comes through here, so a test can see argv.
 * If the program cannot be run, the child ends with status 127 and a message in its output, as in a
 * shell.
 */
int child_start(struct child *c, const char *const argv[], struct vxe_error *err) _must_check_;
/*
 * The same for a server that takes its listening socket as from systemd: descriptor 3, LISTEN_FDS,
 * LISTEN_PID. So the socket needs no name in the file system when the server runs.
 */
int child_start_server(struct child *c, const char *const argv[], int listening,
	struct vxe_error *err) _must_check_;
/*
 * Waits for the child; *output (owned by the caller, may be NULL) gets its output, at most 64 KiB.
 * Returns the exit status, CHILD_SIGNALED + signal if the child was killed, -1 when waiting failed. After a
 * signal to vxe (watch_asked()) the child is killed.
 */
int child_wait(struct child *c, char **output, struct vxe_error *err) _must_check_;
/* The same for the first of @n children that ends; *which is its index. A signal stops all of them. */
int child_wait_any(struct child *const children[], size_t n, size_t *which, char **output,
	struct vxe_error *err) _must_check_;
/* Stops the child, as after a signal; child_wait() is still to be called. */
void child_stop(struct child *c);
/*
 * VXE_IMAGE_FAILED(file, first line of @output, with QEMU's line on a file that is locked; or the status, if there is no
 * output).
 */
int child_fail(int status, const char *output, const char *file, struct vxe_error *err);
/*
 * child_start() and child_wait(). Fails with VXE_IMAGE_FAILED(file, first line of output) unless
 * the status is 0, or with TASK_CANCELLED(file).
 */
int child_run(const char *const argv[], const char *file, char **output,
	struct vxe_error *err) _must_check_;
/*
 * The same for a child that must not be interrupted: it survives its parent's death, and holds the
 * locks until it ends.
 */
int child_run_whole(const char *const argv[], const char *file, struct vxe_error *err) _must_check_;

/*
 * For child.c and child_filter.c: start a child on open files; move a descriptor above 2 (takes
 * @fd). The child is not one that works on images: it gets no lock, and what it leaves behind has none.
 */
struct child_files {
	int in, out, error;
	const char *const
		*env; /* "NAME=value" besides the environment, closed by NULL; NULL: none */
};
int child_start_files(pid_t *ret, const char *const argv[], const struct child_files *files,
	struct vxe_error *err) _must_check_;
int child_above_stdio(int fd);
