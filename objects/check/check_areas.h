/* SPDX-License-Identifier: MIT */
/* What the files of `vxe check` share. Each checks facts of one kind and adds findings. */
#pragma once

#include "objects/check/check.h"
#include "objects/classes/storage/sr.h"
#include "objects/model/record.h"

struct check {
	struct session *s;
	struct hv *hv;
	struct txn *t;
	struct findings *ret;
	bool read_only;
	struct records nodes;
	/* paths of the layers' files, in the order of @nodes; "" if unknown, or if another host has the file */
	struct strv paths;
	/* UUIDs of read-only layers for which no fingerprint is recorded; it is taken at the end of the check. */
	struct strv unprinted;
	/* UUIDs of layers whose file has another size than recorded: the records take it over at the check's end. */
	struct strv resized;
	/* UUIDs of SRs whose files cannot be checked: unplugged, or their folder cannot be reached, or is not mounted */
	struct strv detached;
	struct strv elsewhere; /* UUIDs of SRs of other hosts, which check those */
	/* UUIDs of objects that a running operation is changing; about these nothing is reported. */
	struct strv busy;
	struct strv lost;    /* UUIDs of VMs whose host has died, and which no host has taken */
	struct strv orphans; /* paths of files in SRs that may have no record */
	/*
	 * Files with the domains' UEFI variables and TPM state: for each file its path, the domain's UUID, the
	 * domain's name, and what the file is.
	 */
	struct strv state_paths, state_owners, state_names, state_texts;
};

int check_references(struct check *c, struct vxe_error *err) _must_check_;
/* Starts to ask the file systems of the SRs' folders, so that those that do not answer are waited for together. */
void check_ask_folders(const struct records *srs);
/* Reports an SR whose folder cannot be reached; then its files are not checked. */
void check_reach(struct check *c, const struct sr *sr);
/*
 * Reports once each SR whose folder has none of the files on record, as an empty mount point has none; then its files are
 * not checked one by one.
 */
int check_mounts(struct check *c, struct vxe_error *err) _must_check_;
int check_nodes(struct check *c, struct vxe_error *err) _must_check_;
/* What to say of a layer whose file lies on another one than on record, before the path of that. Owned. */
char *check_other_chain(struct check *c, const struct node *n);
/*
 * What to say of a layer that is written to by the records and that cannot be, because @above lies on it, which no record knows; NULL:
 * because of its mode. Before the path. Owned.
 */
char *check_unwritable(struct check *c, const struct node *n, const char *above);
/*
 * What the user can do, other than use a backup, if the file of a layer on which no other one lies is missing; NULL: nothing.
 * Owned.
 */
char *check_without_file(struct check *c, const struct node *n, const char *missing);
/* A disk that lies on the layer, by which the user accepts it as it is (vdi-update); NULL: none. Owned. */
char *check_accepted(struct check *c, const struct node *n);
int check_orphans(struct check *c, struct vxe_error *err) _must_check_;
/*
 * check_note_files() remembers the files of a domain's UEFI variables and TPM state, and tells the user of images
 * that no <disk> names; check_state_files() then reports the remembered files that somebody else uses, too.
 */
int check_note_files(
	struct check *c, const struct domain_spec *spec, struct vxe_error *err) _must_check_;
int check_state_files(struct check *c, struct vxe_error *err) _must_check_;
/*
 * Definitions of VMs of other hosts, whose libvirt is asked, and whether libvirt asks vxe before it starts a guest. Ends the
 * transaction.
 */
int check_homes(struct check *c, struct vxe_error *err) _must_check_;
int check_domains(struct check *c, struct vxe_error *err) _must_check_;
/*
 * After check_domains(): reports what keeps this host from taking these VMs, except that it lacks their storage, which
 * another host may have. Ends the transaction.
 */
int check_lost(struct check *c, struct vxe_error *err) _must_check_;
int check_kept(struct check *c, struct vxe_error *err) _must_check_;
int check_schedules(struct check *c, struct vxe_error *err) _must_check_;
int check_clocks(struct check *c, struct vxe_error *err) _must_check_;
int check_daemon_files(struct check *c, struct vxe_error *err) _must_check_;
