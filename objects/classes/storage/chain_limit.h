/* SPDX-License-Identifier: MIT */
/* How many layers the disks of an SR may have: the user's number, at most what this host's libvirt can start. */
#pragma once

#include "objects/classes/storage/sr.h"
#include "objects/session/session.h"

/* In other-config of an SR: how many layers a disk of it may have after a snapshot, from 1 to chain_most(). */
#define CHAIN_KEY "max-chain-depth"

/*
 * The most layers with which this host's libvirt surely starts a guest. It is asked for its version only if @layers is
 * more than every version bears; *@libvirt is then its version, else NULL. Borrowed. If libvirt is down, what most
 * versions bear.
 */
int chain_most(struct session *s, size_t layers, size_t *ret, const char **libvirt,
	struct vxe_error *err) _must_check_;

struct chain_limit {
	size_t layers;	  /* number of layers that a snapshot may make */
	size_t most;	  /* the greatest number that CHAIN_KEY may be */
	const char *text; /* a value of CHAIN_KEY that is not valid, borrowed; NULL: none */
};
/* The limit for a disk of the SR that has @layers now. */
int chain_limit(struct session *s, const struct sr *sr, size_t layers, struct chain_limit *ret,
	struct vxe_error *err) _must_check_;
/* Refuses with INVALID_VALUE a new value of other-config whose CHAIN_KEY is not valid. */
int sr_check_other_config(struct session *s, const void *obj, const struct value *value,
	struct vxe_error *err) _must_check_;
