/* SPDX-License-Identifier: MIT */
/* Brings the index of users of files up to date: searches what may have changed. */
#pragma once

#include "objects/file_index/index_entry.h"

/* Searches the definitions and the live states of all domains for the files that they name. */
int users_search_domains(struct look *l, struct vxe_error *err) _must_check_;
/*
 * Asks libvirt again about the domain of the index entry @e, which an answer of libvirt's filled in an earlier search
 * (USER_TOLD).
 */
int users_tell_again(struct look *l, struct user *e, struct vxe_error *err) _must_check_;
/*
 * Searches the headers of images for the files that they name: in the folders of SRs and active pools and of the files
 * @beside, and in the chains of the domains' disks. Called after users_search_domains().
 */
int users_search_images(
	struct look *l, const struct strv *beside, struct vxe_error *err) _must_check_;
