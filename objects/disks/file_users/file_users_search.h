/* SPDX-License-Identifier: MIT */
/* Brings the index of users up to date: searches what may have changed. */
#pragma once

#include "objects/file_index/index_entry.h"

/* Searches the definitions and the live states of all domains. */
int users_search_domains(struct look *l, struct vxe_error *err) _must_check_;
/* Asks libvirt about the domain of @e again, an entry that libvirt's answer filled in an earlier search (USER_TOLD). */
int users_tell_again(struct look *l, struct user *e, struct vxe_error *err) _must_check_;
/*
 * The images in the folders of SRs and active pools and of the files @beside, and in the chains of the
 * domains' disks; after users_search_domains().
 */
int users_search_images(
	struct look *l, const struct strv *beside, struct vxe_error *err) _must_check_;
