/* SPDX-License-Identifier: MIT */
/* What records, headers and definitions say of a pair of layers that is merged. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/engine/op.h"

/* What the records say of the pair; they change only with the result. */
struct merge {
	struct op *op;
	const struct plan_disk *disk;
	struct node *gone, *stay;
	struct records above; /* COMMIT: the children of the node that goes */
	struct strv above_paths;
	char *base, *base_format; /* PULL: below the node that goes; NULL: none */
	bool down;
};
void merge_clear(struct merge *m);
#define _cleanup_merge_ _cleanup_(merge_clear)
int merge_load(struct op *op, struct merge *m, struct vxe_error *err) _must_check_;
/* 1: what goes is out of use, 0: not yet, by headers and definitions. */
int merge_switched(const struct merge *m, struct vxe_error *err) _must_check_;
/* 1: the header of @image names @backing. */
int header_names(const char *image, const char *backing, struct vxe_error *err) _must_check_;
/* 1: a disk of the domain is on the file. */
int domain_is_on(struct op *op, const char *uuid, enum hv_xml which, const char *path,
	struct vxe_error *err) _must_check_;
/* Gives the owner's write bit (never to an adopted base); or sets the bits as the state says. */
int merge_open_file(const struct node *n, const char *path, struct vxe_error *err) _must_check_;
int merge_shut_file(
	const struct node *n, int state, const char *path, struct vxe_error *err) _must_check_;
