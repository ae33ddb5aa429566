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

/* CHILD_SIGNALED + the number of the signal is the exit status of a child that a signal has killed, as in a shell. */
#define CHILD_SIGNALED 128

struct child {
	pid_t pid;
	/* read end of the pipe with the child's stdout and stderr; -1 after the child's end */
	int out;
	struct str said; /* output of the child so far, collected while vxe waits for the child */
	bool whole;	 /* the child must not be stopped, not even after a signal to vxe */
	/* the child is stopped by SIGTERM instead of SIGKILL, and then undoes its work */
	bool mild;
	bool stopped; /* the child was stopped by child_stop(), as after a signal to vxe */
};

/*
 * Starts argv[0], found in PATH. Every call of qemu-img comes through here, so a test can see argv.
 * If the program cannot be run, the child ends with status 127 and a message in its output, as in a
 * shell.
 */
int child_start(struct child *c, const char *const argv[], struct vxe_error *err) _must_check_;
/*
 * Starts argv[0], found in PATH, as a server that takes its listening socket as from systemd: descriptor 3,
 * LISTEN_FDS, LISTEN_PID. So the socket needs no name in the file system when the server runs.
 */
int child_start_server(struct child *c, const char *const argv[], int listening,
	struct vxe_error *err) _must_check_;
/*
 * Waits for the child; *output (owned by the caller, may be NULL) gets its output, at most 64 KiB. Returns the exit
 * status, CHILD_SIGNALED + signal if the child was killed, -1 when waiting failed. After a signal to vxe
 * (watch_asked()) the child is stopped, unless it must not be interrupted.
 */
int child_wait(struct child *c, char **output, struct vxe_error *err) _must_check_;
/*
 * Waits like child_wait() for the first of @n children that ends; *which is its index. A signal to vxe stops all the
 * children.
 */
int child_wait_any(struct child *const children[], size_t n, size_t *which, char **output,
	struct vxe_error *err) _must_check_;
/*
 * Stops the child as a signal to vxe does: by SIGKILL, or by SIGTERM if it is to undo its work. child_wait() must
 * still be called.
 */
void child_stop(struct child *c);
/*
 * Fails with VXE_IMAGE_FAILED(file, text) for a child that has failed. The text is the first line of its @output,
 * with QEMU's line about a locked file if there is one; without output it is the exit status.
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
 * For child.c and child_filter.c. child_start_files() starts a child whose stdin, stdout and stderr are open files;
 * it does not work on images and inherits no lock, so nothing that it leaves running holds one. child_above_stdio()
 * moves a descriptor to a number above 2, and closes @fd if that is another one.
 */
struct child_files {
	int in, out, error;
	/* environment variables to add, as "NAME=value", ended by NULL; NULL: none */
	const char *const *env;
};
int child_start_files(pid_t *ret, const char *const argv[], const struct child_files *files,
	struct vxe_error *err) _must_check_;
int child_above_stdio(int fd);
