/* SPDX-License-Identifier: MIT */
/*
 * Selectors: which VMs a command is about. vm=X matches UUID or name-label; every key that is not
 * the command's own is a filter; no selector means all VMs.
 */
#pragma once

#include "xe/command.h"

enum select_flags {
	SELECT_CONTROL = 1 << 0,   /* the control domain may be selected */
	SELECT_TEMPLATES = 1 << 1, /* templates and snapshots, too */
	SELECT_ONE = 1 << 2,	   /* one VM only, --multiple or not */
	SELECT_MANY = 1 << 3,	   /* as with --multiple */
};

/* The keys of a call that are filters on VMs, in order; borrowed from the parameters. */
struct filters {
	size_t n;
	struct filter *items;
};
void filters_add(struct filters *f, const char *key, const char *value);
void filters_clear(struct filters *f);
#define _cleanup_filters_ _cleanup_(filters_clear)
void select_filters(const struct call *c, struct filters *ret);

/* The texts for a number of matches that the command cannot take; 0 when it can. */
int select_check(size_t n_matches, bool multiple, struct vxe_error *err) _must_check_;
int select_check_one(size_t n_matches, struct vxe_error *err) _must_check_;

/* The same for hosts (host=X is a UUID, a host name or a name-label) and SRs; SELECT_ONE or 0. */
int select_hosts(
	struct call *c, unsigned flags, struct strv *ret, struct vxe_error *err) _must_check_;
int select_srs(
	struct call *c, unsigned flags, struct strv *ret, struct vxe_error *err) _must_check_;

/* UUIDs of the selected VMs: at least one, more only with --multiple. */
int select_vms(
	struct call *c, unsigned flags, struct strv *ret, struct vxe_error *err) _must_check_;

/*
 * Runs @fn for each selected VM; what it puts into *ret (owned) is a result, printed as a list at
 * the end, the last VM's first. Of several VMs each is tried, failures are printed on stdout and
 * c->status says so.
 */
typedef int vm_fn(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err);
int each_vm(struct call *c, unsigned flags, vm_fn *fn, const void *ctx,
	struct vxe_error *err) _must_check_;
