/* SPDX-License-Identifier: MIT */
/*
 * In a pool, a command that acts on an object runs on a certain host (objects/pool/object_host.h). If that is another one,
 * what was begun here ends with VXE_ELSEWHERE before anything is done, and that host is sent the words (forward.h).
 * Without a pool nothing is asked.
 */
#pragma once

#include "xe/model/call.h"

/* Says that the first transaction of the command is about to read the objects that the parameters name: store_foresee(). */
void call_home_foresee(const struct call *c);
/*
 * For the objects that the parameters name; called with the session's first use. Fails: VXE_ELSEWHERE(host),
 * VXE_SEVERAL_HOSTS, and on the other side VXE_WRONG_HOST, or VXE_TRY_AGAIN for an object that is elsewhere now.
 */
int call_home_named(struct call *c, struct vxe_error *err) _must_check_;
/* The same for the objects that the command selects. With homes.each they may be on several hosts. */
int call_home_selected(struct call *c, const struct class *cls, const struct strv *uuids,
	struct vxe_error *err) _must_check_;
/* True if the command acts on an object that may be of another host. */
bool call_has_home(const struct call *c);
/* The other host that has to do the part of the command about this object; NULL: this one does it. Borrowed. */
const char *call_home_of(const struct call *c, const char *uuid);
void homes_clear(struct homes *h);
