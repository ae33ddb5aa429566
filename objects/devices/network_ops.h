/* SPDX-License-Identifier: MIT */
/* Makes and destroys networks: isolated libvirt networks, or records of bridges of the host. */
#pragma once

#include "objects/classes/network/network.h"
#include "objects/engine/op.h"
#include "objects/session/session.h"

struct network_new {
	const char *name_label, *name_description, *bridge; /* the last two may be NULL */
	int64_t mtu;
	bool managed;
};
int network_create(struct session *s, const struct network_new *args, char **ret,
	struct vxe_error *err) _must_check_;
/*
 * network-destroy: deletes the VIFs of templates and snapshots in the network, too; NETWORK_CONTAINS_VIF while a VM has
 * a VIF in it.
 */
int network_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/*
 * Adds to the plan of another operation that it makes an isolated libvirt network, with a record like @like. That
 * operation has made_network_members, the step step_make_networks() and its undo. Call session_networks() before.
 */
void network_plan_made(
	struct session *s, const char *uuid, const struct network *like, struct plan *p);
/*
 * The name that libvirt will give to the network @uuid, which the plan makes, owned; NULL: the plan does not make it.
 */
char *network_planned_name(const struct plan *p, const char *uuid);
extern const struct plan_member made_network_members[];
/* Step: libvirt defines the networks of network_plan_made(), starts them and has them started with the host. */
int step_make_networks(struct op *op, struct vxe_error *err);
/* The undo of step_make_networks() removes the networks: their UUIDs are this operation's own. */
int step_unmake_networks(struct op *op, struct vxe_error *err);
