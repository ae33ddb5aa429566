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

/*
 * A list of filters FIELD=VALUE; their texts are borrowed. select_filters() adds those parameters of a call that are
 * filters on VMs, in their order.
 */
struct filters {
	size_t n;
	struct filter *items;
};
void filters_add(struct filters *f, const char *key, const char *value);
void filters_clear(struct filters *f);
#define _cleanup_filters_ _cleanup_(filters_clear)
void select_filters(const struct call *c, struct filters *ret);

/* The order and the limit of a list, as sort= (a field of the class) and limit= ask for. */
struct list_order select_order(const struct call *c, const struct class *cls);
/* Fails with CLI_USAGE if sort= or limit= is given; for a list that is printed as a tree. */
int select_no_order(const struct call *c, struct vxe_error *err) _must_check_;

/* Fails with xe's messages if no VM matches, or if several match and the command may not take several. */
int select_check(size_t n_matches, bool multiple, struct vxe_error *err) _must_check_;

/*
 * Selects hosts or SRs, as select_vms() selects VMs: host=X is a UUID, a host name or a name-label, sr=X a UUID or a
 * name-label. @flags: SELECT_ONE or 0.
 */
int select_hosts(
	struct call *c, unsigned flags, struct strv *ret, struct vxe_error *err) _must_check_;
int select_srs(
	struct call *c, unsigned flags, struct strv *ret, struct vxe_error *err) _must_check_;

/* Finds the UUIDs of all VMs whose UUID or name-label is @vm; fails if there is none. */
int select_vms_named(
	struct call *c, const char *vm, struct strv *ret, struct vxe_error *err) _must_check_;

/*
 * Finds the UUIDs of the VMs that the command's parameters select: at least one, several only with --multiple or
 * SELECT_MANY.
 */
int select_vms(
	struct call *c, unsigned flags, struct strv *ret, struct vxe_error *err) _must_check_;

/*
 * Reads the parameters of snapshot-list that are not fields (xe/commands/snapshot_aliases.c): adds filters to @ret.
 * Parameters that name a VM or a snapshot limit the list to certain snapshots: these are put into @among, and @chosen
 * is set.
 */
int snapshot_words(struct call *c, struct filters *ret, struct strv *among, bool *chosen,
	struct vxe_error *err) _must_check_;

/*
 * Runs @fn for each selected VM, with @ctx in c->ctx. The texts that @fn stores in c->result are printed as a list at
 * the end, that of the last VM first. If several VMs are selected, all are tried, failures are printed on the standard
 * output (with --json on the error stream), and c->status is set.
 */
int each_vm(
	struct call *c, unsigned flags, one_fn *fn, void *ctx, struct vxe_error *err) _must_check_;
/*
 * Runs act() or one() of the struct command of this call for each selected VM or host. With progress=, on_vms() prints
 * xe's progress lines.
 */
int on_vms(struct call *c, struct vxe_error *err) _must_check_;
int on_hosts(struct call *c, struct vxe_error *err) _must_check_;
