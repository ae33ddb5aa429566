/* SPDX-License-Identifier: MIT */
/* What the source files about UEFI variables and TPM state (firmware_*.c) share, and no others use. */
#pragma once

#include "objects/guest_state/firmware_state.h"

/* plan member: UEFI variables and TPM state are copied to a new domain's own paths */
#define OWN_PLACES "own-places"

/*
 * Finds the file in which a domain has its UEFI variables or its TPM state, for one kind of state and one format of it. The
 * path is owned; NULL: the domain has none.
 */
typedef char *find_fn(const struct session *s, const struct domain_spec *spec, const char *format);

struct artifact {
	const char *name; /* name in the plan's members, and suffix of the file of a node */
	const char *what; /* its name in texts for people */
	enum node_kind kind;
	const char *field;
	const char *mode;	/* plan member: the mode of what the source is a frozen copy of */
	size_t offset;		/* offset in struct vm of the UUID of the node with this state */
	const char *formats[3]; /* possible formats of such a file, ended by NULL */
	find_fn *find;
	/* True if a domain with this definition has a file of UEFI variables or TPM state after its first start. */
	bool (*has)(const struct domain_spec *spec);
	int levels; /* number of directories above the file that contain nothing else */
};

extern const struct artifact capture_artifacts[CAPTURE_KINDS];

/* UUID of the node with UEFI variables or TPM state that the VM's record names; NULL: none. */
const char *capture_node_in(const struct artifact *a, const struct vm *vm);
/* Sets the path from which, or to which (@end: "from" or "to"), the plan copies UEFI variables or TPM state. */
void capture_set_path(struct plan *p, const struct artifact *a, const char *end, const char *path);
const char *capture_get_path(const struct plan *p, const struct artifact *a, const char *end);
/* Finds a domain's file of UEFI variables or TPM state; *path is NULL if there is none, or none yet. */
int capture_find_file(struct session *s, const struct artifact *a, const struct domain_spec *spec,
	char **path, const char **format, struct content_stat *ret,
	struct vxe_error *err) _must_check_;
/*
 * Called if a VM's file of UEFI variables or TPM state does not exist. Fails with VXE_FIRMWARE_MISSING if it must
 * exist, because the VM @runs or is Suspended; if the session ignores that, only tells the user.
 */
int capture_check_missing(struct session *s, const struct artifact *a, const struct vm *vm,
	const struct domain_spec *spec, bool runs, struct vxe_error *err) _must_check_;
/*
 * Plans a new frozen node, beside the disks of @vm, as the target ("to") of a copy of UEFI variables or TPM state, which have
 * that size and mode; *ret is the node's UUID.
 */
int capture_plan_node(struct session *s, struct txn *t, const struct artifact *a, const char *vm,
	const char *format, const struct content_stat *of, struct plan *p, char **ret,
	struct vxe_error *err) _must_check_;
/*
 * True if the VM has, or had, a domain of its own and so has files of UEFI variables and TPM state; a snapshot has
 * nodes instead.
 */
bool capture_has_files(const struct vm *vm, const struct domain_spec *spec);
