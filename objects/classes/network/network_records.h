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
 * Brings the records of libvirt's networks up to date. A network that has another name in libvirt gets it as its
 * name-label, too. Definitions of domains name networks, so the cards stay on the old name: they are in the network that
 * has it now. Needed before a network is selected, or a record gets one. Makes one libvirt call, and writes only differences.
 */
int networks_follow(struct session *s, struct vxe_error *err) _must_check_;
/* The same before lists of VIFs; a failure is a notice. */
void networks_prepare(struct session *s);
/*
 * Brings the network records up to date with libvirt, as networks_follow(), and those of the host's interfaces: adds
 * records of new libvirt networks, and deletes the record of a vanished one unless a VM's network card names it.
 */
int networks_refresh(struct session *s, struct vxe_error *err) _must_check_;
/*
 * What libvirt calls the network, as far as the record knows; its name-label, which a user may have set, where it does
 * not. Borrowed.
 */
const char *network_libvirt_name(const struct network *net);
/* *ret: the record of a network of this host's libvirt; NULL: there is none. */
int network_of(const struct session *s, struct txn *t, const struct hv_network *n,
	struct network **ret, struct vxe_error *err) _must_check_;
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
 * libvirt network, or "bridge" and the name of a bridge of the host. Goes by the name on record, as the definitions of
 * domains do, until networks_follow(). False if libvirt does not have the network any more; what has its bridge now may
 * be another network. Call session_networks() before.
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
