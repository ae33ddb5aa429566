/* SPDX-License-Identifier: MIT */
/* One call: the session of its handler, and leaving it. */
#pragma once

#include "objects/base/watch.h"
#include "xe/command.h"
#include "xe/environment.h"

/* One call with everything that it opened. */
struct run {
	struct call call; /* first: the session's callbacks get the call */
	struct session *opened, *borrowed;
	struct environment env;
	struct render render;
	struct report report;
	struct progress progress;
	struct watch watch;
};

/* Closes the session and clears the call's data. */
void run_clear(struct run *r);

/*
 * Opens c->session at its first use: an error before has touched neither the store nor the
 * hypervisor.
 */
int call_session(struct call *c, struct vxe_error *err) _must_check_;
/* Only the configuration; from then on calls to libvirt are watched. Borrowed. */
int call_environment(
	struct call *c, const struct session_config **ret, struct vxe_error *err) _must_check_;

/* A parameter of the call; NULL if it is not given. */
const char *call_get(const struct call *c, const char *key);

/* For handlers that only call @act on the object of uuid=, in the session of the call. */
int call_on_uuid(struct call *c,
	int (*act)(struct session *s, const char *uuid, struct vxe_error *err),
	struct vxe_error *err) _must_check_;
/* Prints the only word of a result, after hiding the progress bar. */
void call_print_uuid(struct call *c, const char *uuid);
