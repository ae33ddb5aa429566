/* SPDX-License-Identifier: MIT */
/* Shared by the capture*.c files only. */
#pragma once

#include "objects/guest_state/firmware_state.h"

#define OWN_PLACES "own-places" /* member of the plan */

/* The domain's file, owned; NULL: none. *format: its format, if the file exists. */
typedef char *find_fn(const struct session *s, const struct domain_spec *spec, const char *format);

struct artifact {
	const char *name; /* used in members of plans and as the suffix of the node's file */
	const char *what; /* for a person */
	enum node_kind kind;
	const char *field;
	size_t offset;		/* in struct vm: the node that the record names */
	const char *formats[3]; /* of the files, terminated by NULL */
	find_fn *find;
	/* True if a domain with this definition has such a file once it has been started. */
	bool (*has)(const struct domain_spec *spec);
	int levels; /* number of directories above the file that belong to it alone */
};

extern const struct artifact capture_artifacts[CAPTURE_KINDS];

/* The node that the record names for it; NULL: none. */
const char *capture_node_in(const struct artifact *a, const struct vm *vm);
/* The paths to copy "from" and "to": members of the plan. */
void capture_set_path(struct plan *p, const struct artifact *a, const char *end, const char *path);
const char *capture_get_path(const struct plan *p, const struct artifact *a, const char *end);
/* The domain's file; NULL in *path: none (yet). */
int capture_find_file(struct session *s, const struct artifact *a, const struct domain_spec *spec,
	char **path, const char **format, int64_t *size, struct vxe_error *err) _must_check_;
/*
 * Called if the file does not exist. Fails with VXE_FIRMWARE_MISSING if it must exist, because the
 * VM @runs or is Suspended; if the session ignores that, only reports it.
 */
int capture_check_missing(struct session *s, const struct artifact *a, const struct vm *vm,
	const struct domain_spec *spec, bool runs, struct vxe_error *err) _must_check_;
/* Plans a new frozen node, the "to" of the plan; *ret is its UUID. */
int capture_plan_node(struct session *s, struct txn *t, const struct artifact *a,
	const char *format, int64_t size, struct plan *p, char **ret,
	struct vxe_error *err) _must_check_;
/* True if the machine has, or had, its own domain and so files; a snapshot has nodes. */
bool capture_has_files(const struct vm *vm, const struct domain_spec *spec);
