/* SPDX-License-Identifier: MIT */
/*
 * Has a command, or a part of one, run on another host of the pool, in the way that this host's own file says
 * (objects/pool/object_host.h), else by ssh. Files that its words name are this host's: a command with one is refused (VXE_FILE_HERE), unless its handler
 * passes the content on.
 */
#pragma once

#include "xe/model/call.h"

/*
 * On the host that was sent the command: fails unless it is one that another host sends. These act on a VM, disk, card, SR or
 * PBD, or on the machine of the host that they name, and name no file of this host: OPERATION_NOT_ALLOWED, VXE_FILE_HERE.
 */
int forward_check(const struct call *c, struct vxe_error *err) _must_check_;
/*
 * Runs the whole command there: it prints what it prints, and c->status is its exit status. Fails: HOST_OFFLINE if the
 * host cannot be reached or was lost, TASK_CANCELLED if a signal ended the connection.
 */
int forward_call(struct call *c, const char *host, struct vxe_error *err) _must_check_;

/* A part of a command: about one object, or with a file of the caller's. */
struct forward_part {
	const char *only; /* UUID of a selected VM; NULL: the words name the object */
	int in, out;	  /* files with the content of its input and for its output; -1: none */
	int64_t bytes;	  /* so many bytes @in has; 0: unknown */
	const char *also; /* a word that is added; NULL: none */
};
/*
 * Runs that part there. What it prints becomes c->result, unless there is @part->out. Fails as forward_call(), and with
 * the error that it has failed with there.
 */
int forward_part(struct call *c, const char *host, const struct forward_part *part,
	struct vxe_error *err) _must_check_;
