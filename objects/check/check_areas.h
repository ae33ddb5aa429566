/* SPDX-License-Identifier: MIT */
/* What the files of `vxe check` share. Each checks facts of one kind and adds findings. */
#pragma once

#include "objects/check/check.h"
#include "objects/model/record.h"

struct check {
	struct session *s;
	struct hv *hv;
	struct txn *t;
	struct findings *ret;
	bool read_only;
	struct records nodes;
	struct strv paths; /* for each layer the path of its file; "" if unknown */
	struct strv
		unprinted; /* UUIDs of frozen layers without a fingerprint, which they get at the end */
	struct strv
		/*
		 * UUIDs of layers whose file has another size than recorded: the records take it over at the
		 * end
		 */
		resized;
	struct strv detached; /* UUIDs of unplugged SRs, whose files cannot be checked */
	/* UUIDs of objects that a running operation is changing: they are between two states. */
	struct strv busy;
	struct strv orphans; /* paths of files that may belong to nobody */
	/*
	 * Files of the domains' UEFI variables and TPM state: for each the path, the domain, its name, and what the
	 * file is.
	 */
	struct strv state_paths, state_owners, state_names, state_texts;
};

int check_references(struct check *c, struct vxe_error *err) _must_check_;
int check_nodes(struct check *c, struct vxe_error *err) _must_check_;
int check_orphans(struct check *c, struct vxe_error *err) _must_check_;
/* Remembers the files of state of a domain, and tells of data that no <disk> names; then reports those that somebody else uses, too. */
int check_note_files(
	struct check *c, const struct domain_spec *spec, struct vxe_error *err) _must_check_;
int check_state_files(struct check *c, struct vxe_error *err) _must_check_;
int check_domains(struct check *c, struct vxe_error *err) _must_check_;
int check_kept(struct check *c, struct vxe_error *err) _must_check_;
int check_schedules(struct check *c, struct vxe_error *err) _must_check_;
