/* SPDX-License-Identifier: MIT */
/* What the files of `vxe check` share. Each part looks at one kind of truth and adds findings. */
#pragma once

#include "objects/check/check.h"
#include "objects/model/record.h"

struct check {
	struct session *s;
	struct hv *hv;
	struct txn *t;
	struct findings *ret;
	struct records nodes;
	struct strv paths;     /* of the nodes, in their order; "" where there is none */
	struct strv unprinted; /* frozen nodes without a fingerprint: they get one in the end */
	struct strv detached;  /* SRs: their files are not there to be looked at */
	/* Operations that are at work now: what they touch is between two states. */
	struct strv busy;
	struct strv orphans; /* files that seem to be */
};

/* Adds a finding about an object, unless an operation is at work on it. */
void check_found(struct check *c, const char *kind, const char *cls, const char *uuid,
	const char *fmt, ...) _printf_(5, 6);
/* The same for what failed to be looked at: the error becomes a finding and is cleared. */
void check_failed(struct check *c, const char *kind, const char *cls, const char *uuid,
	struct vxe_error *failed);
const struct node *check_node(const struct check *c, const char *uuid, const char **path);

int check_intents(struct check *c, struct vxe_error *err) _must_check_;
int check_references(struct check *c, struct vxe_error *err) _must_check_;
int check_nodes(struct check *c, struct vxe_error *err) _must_check_;
int check_orphans(struct check *c, struct vxe_error *err) _must_check_;
int check_domains(struct check *c, struct vxe_error *err) _must_check_;
