/* SPDX-License-Identifier: MIT */
/*
 * Who else uses the files of state of a domain (objects/guest_state/firmware_state.h): two definitions may name one file, in
 * different spellings, or one may name the file that libvirt chooses for the other. Answered by the index of users
 * (objects/disks/file_users). Such a file is neither removed nor replaced for one of the two.
 */
#pragma once

#include "objects/guest_state/firmware_state.h"

struct state_file {
	const char *what; /* name of the file for people, "UEFI variables" */
	char *path;	  /* NULL: the domain has none, or its place is unknown */
	char *user; /* first other user, "domain UUID (NAME)" or the path of an image; NULL: there is none */
};
/* The files of a domain, one for each row of the table in firmware_state.c. */
struct state_files {
	struct state_file items[CAPTURE_KINDS];
};
void state_files_clear(struct state_files *f);
#define _cleanup_state_files_ _cleanup_(state_files_clear)

/* The files that the domain @spec has; their users are not searched for. */
int state_files_find(struct session *s, const struct domain_spec *spec, struct state_files *ret,
	struct vxe_error *err) _must_check_;
/* Fails with VXE_FIRMWARE_SHARED(file, user) if somebody else uses the UEFI variables of the domain. */
int state_check_nvram(
	struct session *s, const struct domain_spec *spec, struct vxe_error *err) _must_check_;
/* For plans. *ret: the definition of a domain other than @except names the file, which need not exist yet. */
int state_is_named(struct session *s, const char *path, const char *except, bool *ret,
	struct vxe_error *err) _must_check_;

/*
 * The files that the plan copies to a new place, with their users, other than the domain @uuid for which it copies.
 */
int state_files_placed(struct session *s, const struct plan *p, const char *uuid,
	struct state_files *ret, struct vxe_error *err) _must_check_;
/*
 * The plan of a revert of the domain @uuid: a file that somebody else uses is not replaced. VXE_FIRMWARE_SHARED; if the
 * session ignores that, the file is left out of the plan, with a notice.
 */
int state_plan_check(
	struct session *s, struct plan *p, const char *uuid, struct vxe_error *err) _must_check_;
/* A step before the commit point that looks at state_files_placed() again: somebody may have come since the plan. */
int step_check_placed(struct op *op, struct vxe_error *err);
/*
 * A step that undefines a domain; if the plan has "drop-state" it removes the domain's files, but not those that
 * somebody else uses.
 */
int step_undefine_whole(struct op *op, struct vxe_error *err);
/* Adds a line for each file that is removed, or stays, with the VM or template @vm. */
int state_files_tell(struct session *s, const struct vm *vm, struct strv *ret,
	struct vxe_error *err) _must_check_;
/* Removes the files of a deleted template, which has no domain; failures go to the log. */
void state_files_drop(struct session *s, const struct vm *vm);
