/* SPDX-License-Identifier: MIT */
/* Brings the index up to date: what a look searches. */
#pragma once

#include "objects/file_index/index_entry.h"

/* The definitions and the live state of all domains. */
int users_search_domains(struct look *l, struct vxe_error *err) _must_check_;
/* What libvirt says of the domain now: @e is an entry that libvirt filled in an earlier look (USER_TOLD). */
int users_tell_again(struct look *l, struct user *e, struct vxe_error *err) _must_check_;
/*
 * The images in the folders of SRs and active pools and of the files @beside, and in the chains of the
 * domains' disks; after users_search_domains().
 */
int users_search_images(
	struct look *l, const struct strv *beside, struct vxe_error *err) _must_check_;
