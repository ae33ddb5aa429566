/* SPDX-License-Identifier: MIT */
/* network records: one per libvirt network, and one per bridge of the host that belongs to no
 * libvirt network. */
#pragma once

#include "objects/classes/network/network.h"
#include "objects/session/session.h"

/* In a pool, notes in a new record that this host's libvirt has the network, by the record's UUID. */
void network_put_here(const struct session *s, struct network *net);
/*
 * Adds missing network records: one per libvirt network (as session_facts() has read them), and one per bridge in
 * @bridges.
 */
int networks_put(struct session *s, struct txn *t, const struct strv *bridges,
	const char *host_uuid, struct vxe_error *err) _must_check_;
/*
 * Brings the network records up to date with libvirt: adds records of new libvirt networks, and deletes the record of a
 * vanished one unless a VM's network card names it. Makes one libvirt call, and writes only differences.
 */
int networks_refresh(struct session *s, struct vxe_error *err) _must_check_;
/*
 * Finds the libvirt network of a record, or the one with this name, in the list that session_networks() has read
 * before; NULL: there is none.
 */
const struct hv_network *network_here(const struct session *s, const struct network *net);
const struct hv_network *networks_by_name(const struct session *s, const char *name);
/* The name of the libvirt network with this UUID in that list; NULL: there is none. Borrowed. */
const char *networks_name(const struct session *s, const char *uuid);
/*
 * Gives the type and source for the XML of a network card in the network @net, borrowed: "network" and the name of a
 * libvirt network, or "bridge" and the name of a bridge of the host. False if libvirt does not have the network any
 * more; what has its bridge now may be another network. Call session_networks() before.
 */
bool network_source(
	const struct session *s, const struct network *net, const char **type, const char **source);
/*
 * *ret: UUID of the record of the network that a domain's network card is in; the record is made if necessary. NULL for
 * kinds of networks that xe does not have. A network that libvirt does not have has a record by its name, for as long
 * as a card names the network.
 */
int network_of_nic(struct session *s, struct txn *t, const struct spec_nic *nic, char **ret,
	struct vxe_error *err) _must_check_;
/* Finds the UUID of the record of a card's network, as network_of_nic() does, but makes no record. */
int network_uuid_of_nic(struct session *s, struct txn *t, const struct spec_nic *nic, char **ret,
	struct vxe_error *err) _must_check_;
