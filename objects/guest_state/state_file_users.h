/* SPDX-License-Identifier: MIT */
/*
 * Finds out who else uses a domain's files of UEFI variables and TPM state (objects/guest_state/firmware_state.h):
 * two definitions may name one file, in different spellings, or one may name the file that libvirt chooses for the
 * other. The index of users (objects/disks/file_users) answers that. Such a file is neither removed nor replaced for
 * one of the two.
 */
#pragma once

#include "objects/guest_state/firmware_state.h"

struct state_file {
	const char *what; /* name of the state file for people: "UEFI variables" */
	/* path of the state file; NULL: the domain has none, or the path is unknown */
	char *path;
	/*
	 * first user of the file other than its domain, "domain UUID (NAME)" or the path of an image; NULL: there is
	 * none
	 */
	char *user;
};
/* The state files of a domain (UEFI variables, TPM state), one for each row of the table in firmware_state.c. */
struct state_files {
	struct state_file items[CAPTURE_KINDS];
};
void state_files_clear(struct state_files *f);
#define _cleanup_state_files_ _cleanup_(state_files_clear)

/* The state files that the domain @spec has; other users of these files are not searched for. */
int state_files_find(struct session *s, const struct domain_spec *spec, struct state_files *ret,
	struct vxe_error *err) _must_check_;
/* Fails with VXE_FIRMWARE_SHARED(file, user) if somebody else uses the UEFI variables of the domain. */
int state_check_nvram(
	struct session *s, const struct domain_spec *spec, struct vxe_error *err) _must_check_;
/*
 * Used when an operation is planned. *ret: the definition of a domain other than @except names the file @path, which
 * need not exist yet.
 */
int state_is_named(struct session *s, const char *path, const char *except, bool *ret,
	struct vxe_error *err) _must_check_;

/*
 * The state files that the plan replaces or makes, with their users other than the domain @uuid, for which the plan
 * copies them.
 */
int state_files_placed(struct session *s, const struct plan *p, const char *uuid,
	struct state_files *ret, struct vxe_error *err) _must_check_;
/*
 * Checks the plan of a revert of the domain @uuid, so that no state file that somebody else uses is replaced. Fails
 * with VXE_FIRMWARE_SHARED; if the session ignores that, the file is left out of the plan, and the user is told.
 */
int state_plan_check(
	struct session *s, struct plan *p, const char *uuid, struct vxe_error *err) _must_check_;
/*
 * A step before the commit point that searches again for other users of the state files that the plan replaces:
 * somebody may have begun to use one since the plan was made.
 */
int step_check_placed(struct op *op, struct vxe_error *err);
/*
 * A step that undefines a domain; if the plan has "drop-state" it also removes the domain's state files, but not
 * those that somebody else uses.
 */
int step_undefine_whole(struct op *op, struct vxe_error *err);
/* Adds a line for each state file that is removed with the VM or template @vm, or that stays. */
int state_files_tell(struct session *s, const struct vm *vm, struct planned_list *ret,
	struct vxe_error *err) _must_check_;
/* Removes the state files of a deleted template, which has no domain; failures go to the log. */
void state_files_drop(struct session *s, const struct vm *vm);
