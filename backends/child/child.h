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

#define CHILD_SIGNALED                                                                             \
	128 /* added to the signal, the exit status of a child that a signal killed */

struct child {
	pid_t pid;
	int out;	 /* reads the child's output and error stream; -1 after its end */
	struct str said; /* its output so far, collected while vxe waits */
	bool whole;	 /* it must not be stopped */
	bool mild;	 /* it is stopped by SIGTERM, and then undoes its work */
	bool stopped;	 /* it was stopped because of a signal */
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
/* As child_wait(), for the first of @n children that ends; *which is its index. A signal stops all of them. */
int child_wait_any(struct child *const children[], size_t n, size_t *which, char **output,
	struct vxe_error *err) _must_check_;
/* Stops the child, as after a signal; child_wait() must still be called. */
void child_stop(struct child *c);
/*
 * Fails with VXE_IMAGE_FAILED(file, text): the first line of @output with QEMU's line about a locked file, or the
 * status if there is no output.
 */
int child_fail(int status, const char *output, const char *file, struct vxe_error *err);
/*
 * Runs a child to its end. Fails with VXE_IMAGE_FAILED(file, first line of its output) if the status is not 0, with
 * TASK_CANCELLED(file) after a signal.
 */
int child_run(const char *const argv[], const char *file, char **output,
	struct vxe_error *err) _must_check_;
/*
 * As child_run(), for a child that must not be interrupted: it goes on if its parent dies, and holds the locks until
 * it ends.
 */
int child_run_whole(const char *const argv[], const char *file, struct vxe_error *err) _must_check_;

/*
 * For child.c and child_filter.c: start a child on open files; move a descriptor above 2 (takes
 * @fd). The child is not one that works on images: it gets no lock, and what it leaves behind has none.
 */
struct child_files {
	int in, out, error;
	const char *const
		*env; /* more of the environment, as "NAME=value", ended by NULL; NULL: no more */
};
int child_start_files(pid_t *ret, const char *const argv[], const struct child_files *files,
	struct vxe_error *err) _must_check_;
int child_above_stdio(int fd);
