/* SPDX-License-Identifier: MIT */
/* What the files about nodes share among themselves. */
#pragma once

#include "objects/layers/node_ops.h"

/* What a header in @child's file says of @base: relative inside one directory, else absolute. */
char *node_backing_name(const char *child, const char *base);
/* True when the XML text names the file, by whatever path, as a whole attribute or element. */
bool xml_names_path(const char *xml, const char *path);

/* ---- other domains of a plan (vdi_move.c) ---------------------------------------------------- */

/* Halted domains, beside the plan's own, whose definitions a step patches. */
void plan_add_domain(struct plan *p, const char *uuid);
void plan_domains(const struct plan *p, struct strv *ret);
bool plan_has_domains(const struct plan *p);
/* Domains with a disk on the file, in the live or the inactive XML: those that run and those that do not. */
int domains_on(struct session *s, const char *path, const char *except, struct strv *ret,
	struct strv *running, struct vxe_error *err) _must_check_;
/* In the inactive definition the plan's disks name their new (or old) files; no <backingStore>. */
int domain_move_disks(
	struct op *op, const char *uuid, bool forward, struct vxe_error *err) _must_check_;
