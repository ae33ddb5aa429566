/* SPDX-License-Identifier: MIT */
/*
 * Failpoints: named places at which a test makes the program fail, wait or die. They exist in debug
 * and asan builds; a release build compiles them to nothing.
 *
 * VXE_FAILPOINT is a list "name=action[,name=action...]", where action is one of
 *	error	return VXE_FAILPOINT
 *	die	kill -9 ourselves
 *	stop	stop until somebody sends SIGCONT
 *	sleep:MS	wait, then continue
 * and name is "op:step", "op:step:after", or "#N" for the N-th failpoint reached (from 1).
 * VXE_FAILPOINT_LOG names a file to which the name of each reached failpoint is appended, one per
 * line.
 */
#pragma once

#include "objects/base/error.h"

#ifndef VXE_FAILPOINTS
#define VXE_FAILPOINTS 0
#endif

struct failpoints {
	const char
		*spec; /* list of failpoints and actions, of the environment or a test; borrowed */
	const char *log;  /* path of a file that lists the failpoints reached; borrowed */
	unsigned reached; /* number of failpoints reached so far */
};

#if VXE_FAILPOINTS
/*
 * Called when the program reaches the failpoint "@op:@step" (with ":after" if @after): does the action that
 * VXE_FAILPOINT gives for it, if any.
 */
int failpoint(struct failpoints *fp, const char *op, const char *step, bool after,
	struct vxe_error *err) _must_check_;
#else
static inline _must_check_ int failpoint(
	struct failpoints *fp, const char *op, const char *step, bool after, struct vxe_error *err)
{
	(void)fp, (void)op, (void)step, (void)after, (void)err;
	return 0;
}
#endif
