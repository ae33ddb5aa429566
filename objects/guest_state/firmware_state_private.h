/* SPDX-License-Identifier: MIT */
/* What the files firmware_*.c share, and no others use. */
#pragma once

#include "objects/guest_state/firmware_state.h"

#define OWN_PLACES "own-places" /* plan member: files of a new domain, in their own places */

/* Finds the domain's file, owned; NULL: none. *format: its format, if the file exists. */
typedef char *find_fn(const struct session *s, const struct domain_spec *spec, const char *format);

struct artifact {
	const char *name; /* word in the members of plans, and suffix of the node's file */
	const char *what; /* its name in texts for people */
	enum node_kind kind;
	const char *field;
	size_t offset;		/* offset in struct vm of the UUID of its node */
	const char *formats[3]; /* possible formats of the file, ended by NULL */
	find_fn *find;
	/* True if a domain with this definition has such a file after its first start. */
	bool (*has)(const struct domain_spec *spec);
	int levels; /* number of directories above the file that have only this file */
};

extern const struct artifact capture_artifacts[CAPTURE_KINDS];

/* UUID of the node that the record names for it; NULL: none. */
const char *capture_node_in(const struct artifact *a, const struct vm *vm);
/* Sets the plan's members with the paths to copy "from" and "to". */
void capture_set_path(struct plan *p, const struct artifact *a, const char *end, const char *path);
const char *capture_get_path(const struct plan *p, const struct artifact *a, const char *end);
/* Finds the domain's file; *path is NULL if there is none, or none yet. */
int capture_find_file(struct session *s, const struct artifact *a, const struct domain_spec *spec,
	char **path, const char **format, int64_t *size, struct vxe_error *err) _must_check_;
/*
 * Called if the file does not exist. Fails with VXE_FIRMWARE_MISSING if it must exist, because the
 * VM @runs or is Suspended; if the session ignores that, only reports it.
 */
int capture_check_missing(struct session *s, const struct artifact *a, const struct vm *vm,
	const struct domain_spec *spec, bool runs, struct vxe_error *err) _must_check_;
/* Plans a new frozen node as the plan's "to"; *ret is its UUID. */
int capture_plan_node(struct session *s, struct txn *t, const struct artifact *a,
	const char *format, int64_t size, struct plan *p, char **ret,
	struct vxe_error *err) _must_check_;
/* True if the machine has, or had, a domain of its own and so has files; a snapshot has nodes instead. */
bool capture_has_files(const struct vm *vm, const struct domain_spec *spec);
