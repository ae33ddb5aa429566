/* SPDX-License-Identifier: MIT */
/*
 * How many layers the disks of an SR may have: the number that the user has set, at most what this host's libvirt can
 * start.
 */
#pragma once

#include "objects/classes/storage/sr.h"
#include "objects/session/session.h"

#include <stdint.h>

/* Key of an SR's other-config: how many layers a disk in the SR may have after a snapshot, from 1 to chain_most(). */
#define CHAIN_KEY "max-chain-depth"

/*
 * *ret: the number of layers of a disk up to which this host's libvirt surely starts a guest. libvirt is asked for its
 * version only if @layers is more than every version can start; then *@libvirt is the version, borrowed, else NULL. If
 * libvirt does not run, *ret is what most versions can start.
 */
int chain_most(struct session *s, size_t layers, size_t *ret, const char **libvirt,
	struct vxe_error *err) _must_check_;

struct chain_limit {
	size_t layers;	  /* number of layers that a disk may have after a snapshot */
	size_t most;	  /* greatest valid value of CHAIN_KEY; 0: the key is not set */
	const char *text; /* value of CHAIN_KEY if it is not valid, borrowed; else NULL */
};
#define CHAIN_TOLD SIZE_MAX
/*
 * *ret: how many layers a disk of the SR may have. @layers is the number that the disk has now: while every version of
 * libvirt takes as many, it is not asked for its own, and ret->layers is what each of them takes. CHAIN_TOLD: the limit is
 * to be shown, so it is that of this host.
 */
int chain_limit(struct session *s, const struct sr *sr, size_t layers, struct chain_limit *ret,
	struct vxe_error *err) _must_check_;
/* Refuses with INVALID_VALUE a new value of an SR's other-config whose key CHAIN_KEY (max-chain-depth) is not valid. */
int sr_check_other_config(struct session *s, const void *obj, const struct value *value,
	struct vxe_error *err) _must_check_;
