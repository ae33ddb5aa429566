/* SPDX-License-Identifier: MIT */
/*
 * Selectors: the VMs of a command. vm=X matches UUID or name-label; every key that does not belong
 * to the command is a filter; without a selector all VMs match.
 */
#pragma once

#include "objects/queries/list_order.h"
#include "xe/model/call.h"

enum select_flags {
	SELECT_CONTROL = 1 << 0,   /* accept the control domain */
	SELECT_TEMPLATES = 1 << 1, /* accept templates and snapshots */
	SELECT_ONE = 1 << 2,	   /* only one VM, even with --multiple */
	SELECT_MANY = 1 << 3,	   /* several VMs, even without --multiple */
};

/* The keys of a call that are filters on VMs, in their order; borrowed from the parameters. */
struct filters {
	size_t n;
	struct filter *items;
};
void filters_add(struct filters *f, const char *key, const char *value);
void filters_clear(struct filters *f);
#define _cleanup_filters_ _cleanup_(filters_clear)
void select_filters(const struct call *c, struct filters *ret);

/* The order that sort= (a field of the class) and limit= ask for. */
struct list_order select_order(const struct call *c, const struct class *cls);
/* Refuses sort= and limit= for a tree with CLI_USAGE. */
int select_no_order(const struct call *c, struct vxe_error *err) _must_check_;

/* Fails with xe's texts if the command cannot take so many objects. */
int select_check(size_t n_matches, bool multiple, struct vxe_error *err) _must_check_;

/* As select_vms(), for hosts (host=X is a UUID, a host name or a name-label) and SRs; flags: SELECT_ONE or 0. */
int select_hosts(
	struct call *c, unsigned flags, struct strv *ret, struct vxe_error *err) _must_check_;
int select_srs(
	struct call *c, unsigned flags, struct strv *ret, struct vxe_error *err) _must_check_;

/* The UUIDs of all VMs that have that UUID or name; at least one. */
int select_vms_named(
	struct call *c, const char *vm, struct strv *ret, struct vxe_error *err) _must_check_;

/* The UUIDs of the selected VMs: at least one, several only with --multiple. */
int select_vms(
	struct call *c, unsigned flags, struct strv *ret, struct vxe_error *err) _must_check_;

/*
 * The words of snapshot-list that are not fields (xe/commands/snapshot_aliases.c): adds filters to @ret; words that name
 * a VM or snapshot put the snapshots that they mean into @among, and set @chosen.
 */
int snapshot_words(struct call *c, struct filters *ret, struct strv *among, bool *chosen,
	struct vxe_error *err) _must_check_;

/*
 * Runs @fn for each selected VM, with @ctx in c->ctx. The results that it stores in c->result are
 * printed as a list at the end, the last VM's first. With several VMs each is tried, failures are
 * printed on stdout, and c->status is set.
 */
int each_vm(
	struct call *c, unsigned flags, one_fn *fn, void *ctx, struct vxe_error *err) _must_check_;
/* Calls the command's act() or one(), of its struct command, for each selected VM or host. progress= of VMs prints xe's lines. */
int on_vms(struct call *c, struct vxe_error *err) _must_check_;
int on_hosts(struct call *c, struct vxe_error *err) _must_check_;
