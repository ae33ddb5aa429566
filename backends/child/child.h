/* SPDX-License-Identifier: MIT */
/*
 * Child processes: an argument vector, never a shell. A child dies with its parent (PDEATHSIG),
 * gets /dev/null as standard input, an own process group's signals are left alone, and inherits
 * the lock descriptors (lease files are opened without close-on-exec for that), so a lock ends
 * with its last writer.
 */
#pragma once

#include "objects/base/error.h"

#include <sys/types.h>

struct child {
	pid_t pid;
	int out;      /* read end of its standard output and error; -1 when reaped */
	bool whole;   /* not to be stopped */
	bool stopped; /* somebody asked for the end of the command */
};

/*
 * Starts argv[0], found in PATH. Every qemu-img call goes through here, so a test sees argv.
 * A program that cannot be run ends with status 127 and says so in its output, as in a shell.
 */
int child_start(struct child *c, const char *const argv[], struct vxe_error *err) _must_check_;
/*
 * The same for a server that takes its listening socket as systemd passes one: descriptor 3,
 * LISTEN_FDS, LISTEN_PID. So the socket needs no name by the time that the server runs.
 */
int child_start_server(struct child *c, const char *const argv[], int listening,
	struct vxe_error *err) _must_check_;
/*
 * Waits; what it printed (at most 64 KiB) goes to *output (owned by the caller, may be NULL).
 * Returns its exit status, 128 + signal if it was killed, -1 when waiting failed. It is killed when
 * somebody asks for the end of the command (watch_asked()).
 */
int child_wait(struct child *c, char **output, struct vxe_error *err) _must_check_;
/* VXE_IMAGE_FAILED(file, first line of @output, or the status where it printed nothing). */
int child_fail(int status, const char *output, const char *file, struct vxe_error *err);
/*
 * Both, failing with VXE_IMAGE_FAILED(file, first line of output) unless the status is 0, or with
 * TASK_CANCELLED(file).
 */
int child_run(const char *const argv[], const char *file, char **output,
	struct vxe_error *err) _must_check_;
/*
 * The same for what must not be cut short: it survives its parent's death, and holds the locks to
 * its own end.
 */
int child_run_whole(const char *const argv[], const char *file, struct vxe_error *err) _must_check_;

/* Between the two files of this: a child on open files, and a descriptor above 2 (takes @fd). */
struct child_files {
	int in, out, error;
};
int child_start_files(pid_t *ret, const char *const argv[], const struct child_files *files,
	struct vxe_error *err) _must_check_;
int child_above_stdio(int fd);
