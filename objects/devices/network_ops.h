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
/* network-destroy: deletes the VIFs in it, too; NETWORK_CONTAINS_VIF while a VM has one. */
int network_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/*
 * Plans an isolated network, with a record like @like, inside another operation: with the members,
 * the step that makes all of them, and its undo. After session_networks().
 */
void network_plan_made(
	struct session *s, const char *uuid, const struct network *like, struct plan *p);
/* The name that libvirt will give to this network of the plan, owned; NULL: the plan does not have it. */
char *network_planned_name(const struct plan *p, const char *uuid);
extern const struct plan_member made_network_members[];
int step_make_networks(struct op *op, struct vxe_error *err);
int step_unmake_networks(struct op *op, struct vxe_error *err);
