/* SPDX-License-Identifier: MIT */
/* network records: one per network of libvirt, one per bridge of the host that no such network
 * owns. */
#pragma once

#include "objects/classes/network/network.h"
#include "objects/session/session.h"

/* Puts what is missing for libvirt's networks (session_facts()) and @bridges. */
int networks_put(struct session *s, struct txn *t, const struct strv *bridges,
	const char *host_uuid, struct vxe_error *err) _must_check_;
/*
 * The refresh of the class: what libvirt and the host have got since is put, and a network of
 * libvirt's that is gone goes, unless a card names it. One call; a write only where they differ.
 */
int networks_refresh(struct session *s, struct vxe_error *err) _must_check_;
/* The network that the card plugs into, made when missing; NULL for kinds that xe does not know. */
int network_of_nic(struct session *s, struct txn *t, const struct spec_nic *nic, char **ret,
	struct vxe_error *err) _must_check_;
/* The UUID alone; nothing is made. */
int network_uuid_of_nic(struct session *s, struct txn *t, const struct spec_nic *nic, char **ret,
	struct vxe_error *err) _must_check_;
