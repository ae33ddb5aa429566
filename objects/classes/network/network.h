/* SPDX-License-Identifier: MIT */
/* network: what VIFs connect to; mirrors a libvirt network or a bridge of the host. */
#pragma once

#include "objects/model/record.h"

enum network_locking { NETWORK_UNLOCKED, NETWORK_DISABLED };

struct network {
	struct record r;
	char *name_label;
	char *name_description;
	int64_t mtu;
	char *bridge;
	bool managed;
	struct map other_config;
	struct map blobs;
	struct strv tags;
	int default_locking_mode; /* enum network_locking */
	struct strv purpose;

	/* What libvirt calls the network, and so the definitions of domains; "": a bridge of the host, or not known yet. */
	char *libvirt_name;
	bool made; /* vxe has created the libvirt network of this record */
	/*
	 * In a pool, of a network of libvirt: for each host that has it, by its UUID, the UUID that libvirt has for
	 * the network there. Networks of one name are one network. Empty in a store of one host, where the record has
	 * libvirt's UUID.
	 */
	struct map on_hosts;
	bool mirrors; /* the record stands for a libvirt network that another program has created */
};

RECORD_TYPE(network)
