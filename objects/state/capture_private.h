/* SPDX-License-Identifier: MIT */
/* What the capture*.c files share among themselves; nothing else includes it. */
#pragma once

#include "objects/state/capture.h"

#define OWN_PLACES "own-places" /* key of plan_extra() */

/* Where the domain keeps it, owned; NULL: nowhere. *format: how, when the file is there. */
typedef char *find_fn(const struct session *s, const struct domain_spec *spec, const char *format);

struct artifact {
	const char *name; /* of the extras, and the suffix of the node's file */
	enum node_kind kind;
	const char *field;
	size_t offset;		/* in struct vm: the node that the record names */
	const char *formats[3]; /* kinds of such files, closed by NULL */
	find_fn *find;
	/* Whether a domain of this definition that has been started has such a file. */
	bool (*has)(const struct domain_spec *spec);
	int levels; /* directories above the file that are its own */
};

extern const struct artifact capture_artifacts[CAPTURE_KINDS];

/* The node that the record names for it; NULL: none. */
const char *capture_node_in(const struct artifact *a, const struct vm *vm);
/* Where it is copied "from" and "to": extras of the plan. */
void capture_set_path(struct plan *p, const struct artifact *a, const char *end, const char *path);
const char *capture_get_path(const struct plan *p, const struct artifact *a, const char *end);
/* The file that the domain has; NULL in *path: none (yet). */
int capture_find_file(const struct session *s, const struct artifact *a,
	const struct domain_spec *spec, char **path, const char **format, int64_t *size,
	struct vxe_error *err) _must_check_;
/*
 * There is no such file. VXE_FIRMWARE_MISSING where there has to be one, for the VM @runs or is
 * Suspended, unless the session ignores that; then it is said.
 */
int capture_check_missing(struct session *s, const struct artifact *a, const struct vm *vm,
	const struct domain_spec *spec, bool runs, struct vxe_error *err) _must_check_;
/* A new frozen node for it, the "to" of the plan; *ret is its UUID. */
int capture_plan_node(struct session *s, struct txn *t, const struct artifact *a,
	const char *format, int64_t size, struct plan *p, char **ret,
	struct vxe_error *err) _must_check_;
/* Only a machine that has, or had, a domain of its own has files; a snapshot has its nodes. */
bool capture_has_files(const struct vm *vm, const struct domain_spec *spec);
