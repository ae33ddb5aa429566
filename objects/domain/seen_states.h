/* SPDX-License-Identifier: MIT */
/*
 * What this host sees of its VMs, in their records. Which of them run, and how they are called, for the other hosts of a pool,
 * which do not ask this host's libvirt: a guest that stops by itself is noted when the next command of this host notes all.
 * When guests were started or rebooted by other programs, for this host, too: libvirt forgets a start when the guest ends, and
 * a reboot at once.
 */
#pragma once

#include "objects/session/session.h"

/* The columns of a VM that are compared with its domain: the same for all such questions, so that a server is asked once. */
enum {
	SEEN_IS_TEMPLATE,
	SEEN_IS_SNAPSHOT,
	SEEN_IS_CONTROL_DOMAIN,
	SEEN_POWER_STATE,
	SEEN_STATE,
	SEEN_NAME,
	SEEN_SNAPSHOTS, /* the store has, or had, records of libvirt's snapshots */
	SEEN_HOME
};
extern const char *const seen_columns[];
/* True if the row is neither a template nor a snapshot nor the control domain. */
bool seen_is_virtual_machine(const char *const *values);

/* The VMs of which this host's libvirt has a persistent domain, by UUID. */
struct seen_vms {
	struct strv here;  /* those whose home is this host */
	struct strv stale; /* the others: what is left of a VM that has another home, or none */
};
void seen_vms_clear(struct seen_vms *v);
#define _cleanup_seen_vms_ _cleanup_(seen_vms_clear)
/* Finds them; costs what the VMs of this host cost, not those of the pool. */
int seen_vms_find(struct session *s, struct txn *t, const struct hv_domains *domains,
	struct seen_vms *ret, struct vxe_error *err) _must_check_;

/* How libvirt's list of domains and the records of this host's VMs differ. */
struct comparison {
	const struct session *s;
	const struct hv_domains *domains;
	/* for each domain */
	struct compared {
		bool known; /* the store has a VM record of it */
		bool noted; /* the store has, or had, records of its libvirt snapshots */
		bool elsewhere; /* its VM's home is another host, so it is a leftover that is not looked at */
		bool renamed; /* the record has another name of it */
	} * of;
	struct strv gone; /* UUIDs of VMs that have no domain any more */
};
/* Fills @of, an array for @domains that is empty, and @gone. */
int compare_domains(struct session *s, struct comparison *c, struct vxe_error *err) _must_check_;

/* What seen_states_note() asks first, for store_foresee(). */
struct store_question seen_states_question(const struct session *s);
/*
 * Lists the domains anew, and writes into the records of this host's VMs their power states and names, where they differ. Does
 * nothing if the pool has no other host, or libvirt cannot be reached. @generation: of the records, from before.
 */
int seen_states_note(struct session *s, int64_t generation, struct seen_vms *seen,
	struct vxe_error *err) _must_check_;

/*
 * Puts the starts that a command has told (vm_get_start_time()) or was told by libvirt into the records of this host's VMs,
 * where they are later than what those have. Nothing in a dry run; a store that takes no writes stays as it is.
 */
void seen_starts_note(struct session *s);
