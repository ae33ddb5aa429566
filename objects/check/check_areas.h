/* SPDX-License-Identifier: MIT */
/* Shared by the files of `vxe check`. Each part checks one kind of facts and adds findings. */
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
	struct strv paths;     /* of the nodes, in their order; "" if unknown */
	struct strv unprinted; /* frozen nodes without a fingerprint: they get one at the end */
	struct strv
		resized; /* writable nodes of another size: the records take it over at the end */
	struct strv detached; /* unplugged SRs: their files cannot be checked */
	/* Running operations: the objects that they change are in an intermediate state. */
	struct strv busy;
	struct strv orphans; /* possible orphans */
	/* Files of state of the domains, and of each the domain and what it holds. */
	struct strv state_paths, state_owners, state_names, state_texts;
};

int check_intents(struct check *c, struct vxe_error *err) _must_check_;
int check_references(struct check *c, struct vxe_error *err) _must_check_;
int check_nodes(struct check *c, struct vxe_error *err) _must_check_;
int check_orphans(struct check *c, struct vxe_error *err) _must_check_;
/* Notes the files of state of a domain, and tells of data that no <disk> names; then reports those that somebody else uses, too. */
int check_note_files(
	struct check *c, const struct domain_spec *spec, struct vxe_error *err) _must_check_;
int check_state_files(struct check *c, struct vxe_error *err) _must_check_;
int check_domains(struct check *c, struct vxe_error *err) _must_check_;
int check_kept(struct check *c, struct vxe_error *err) _must_check_;
int check_schedules(struct check *c, struct vxe_error *err) _must_check_;
