/* SPDX-License-Identifier: MIT */
/* network records: one per libvirt network, and one per bridge of the host that belongs to no
 * libvirt network. */
#pragma once

#include "objects/classes/network/network.h"
#include "objects/session/session.h"

/* Adds missing records of libvirt's networks (session_facts()) and @bridges. */
int networks_put(struct session *s, struct txn *t, const struct strv *bridges,
	const char *host_uuid, struct vxe_error *err) _must_check_;
/*
 * The refresh of the class: adds records of new networks, and deletes the record of a vanished
 * libvirt network unless a card names it. One call; writes only differences.
 */
int networks_refresh(struct session *s, struct vxe_error *err) _must_check_;
/* The network of the card, made if necessary; NULL for kinds that xe does not have. */
int network_of_nic(struct session *s, struct txn *t, const struct spec_nic *nic, char **ret,
	struct vxe_error *err) _must_check_;
/* Only the UUID; makes nothing. */
int network_uuid_of_nic(struct session *s, struct txn *t, const struct spec_nic *nic, char **ret,
	struct vxe_error *err) _must_check_;
