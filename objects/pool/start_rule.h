/* SPDX-License-Identifier: MIT */
/*
 * May this host's libvirt start the domain that it is about to start? libvirt asks vxe by its hook (start_hook.h),
 * whoever wants the start: vxe, virsh, another host that sends the guest, or libvirt itself at boot. Libvirt waits for
 * the answer, so libvirt is not asked anything here.
 */
#pragma once

#include "objects/session/session.h"

#define START_HOOK_WORD "--start-hook" /* by which the hook calls vxe */

struct start_rule {
	const struct session_config *config;
	bool pooled; /* the records of this host are in the store of a pool */
	/* what this host has noted since its boot (pool_member.h): anything, and that the domain's VM is at home here */
	bool noted, at_home;
	char *store; /* the store of the pool; NULL: what names it cannot be read */
	char *host;  /* this host's UUID */
	char *uuid;  /* the domain's */
	char *name;
	bool is_known; /* the domain has a mark of vxe's, or is noted as one of the pool */
};
void start_rule_clear(struct start_rule *r);

/*
 * Reads what this host knows by itself: its own store, the mark beside that, and the domain's definition @xml. @config is
 * borrowed. Fails if the definition cannot be read.
 */
int start_rule_begin(struct start_rule *ret, const struct session_config *config, const char *xml,
	struct vxe_error *err) _must_check_;
/*
 * Asks the store of the pool. *why: why the domain must not start here, a sentence, owned; NULL: it may. Fails if the
 * store cannot be asked: if its server has not answered (session_config.answered), start_rule_alone() says what holds; one that
 * has, refuses others no more than this host, which does not start it.
 */
int start_rule_ask(const struct start_rule *r, char **why, struct vxe_error *err) _must_check_;
/*
 * What holds while the store's server does not answer: a VM may start which this host has noted since its boot as at home here,
 * and nothing else. *why as above.
 */
char *start_rule_alone(const struct start_rule *r);
