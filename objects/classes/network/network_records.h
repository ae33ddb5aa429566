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
/* libvirt's network with that UUID, else with that name; NULL: none. Call session_networks() before. */
const struct hv_network *networks_by_uuid(const struct session *s, const char *uuid);
const struct hv_network *networks_by_name(const struct session *s, const char *name);
/*
 * What a card in this network has as type and source, borrowed: a network of libvirt by its name,
 * or a bridge of the host. False: the network is lost. libvirt has it no more, and what has its
 * bridge now, if anything has, may be another network. After session_networks().
 */
bool network_source(
	const struct session *s, const struct network *net, const char **type, const char **source);
/*
 * The network of the card, made if necessary; NULL for kinds that xe does not have. A network that
 * libvirt does not have has a record by its name, for as long as a card names it.
 */
int network_of_nic(struct session *s, struct txn *t, const struct spec_nic *nic, char **ret,
	struct vxe_error *err) _must_check_;
/* As the function above, but gives only the UUID and makes no record. */
int network_uuid_of_nic(struct session *s, struct txn *t, const struct spec_nic *nic, char **ret,
	struct vxe_error *err) _must_check_;
