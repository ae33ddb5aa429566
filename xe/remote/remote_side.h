/* SPDX-License-Identifier: MIT */
/* The host that runs a command which was typed on another one; and how that one reads its error. */
#pragma once

#include "objects/base/error.h"
#include "xe/output/io.h"

/* Says that vxe runs: see objects/pool/remote_run.h. */
void remote_hello(const struct io *io);
/*
 * With the standard streams of the process: a process whose caller has gone gets a SIGTERM. The reader of its
 * error stream has gone or, without @input, its input has ended.
 */
void remote_watch(bool input);
/* Writes the error of a part to the error stream, and fills @err with an error that was written so. */
void remote_error_write(const struct io *io, const struct vxe_error *err);
int remote_error_read(const struct str *from, struct vxe_error *err);
