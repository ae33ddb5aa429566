/* SPDX-License-Identifier: MIT */
/*
 * Adoption: makes records for domains and disks that were made without vxe. Reads files and session
 * facts; writes only to the given transaction.
 */
#pragma once

#include "objects/session/file_chain.h"
#include "objects/session/session.h"

/*
 * Adopts persistent domains that the store does not know; deletes VMs whose domains vanished. If
 * libvirt cannot be reached: a warning, returns 0.
 */
int adopt_domains(struct session *s, struct vxe_error *err) _must_check_;
/*
 * The same for the VM with that UUID, or (@uuid NULL) for those with that name: libvirt is asked for
 * these alone. A domain without a record is found by its name in libvirt. If neither the store nor
 * libvirt knows the name, it may be the title of an unknown domain, so all are adopted.
 */
int adopt_domain(
	struct session *s, const char *uuid, const char *name, struct vxe_error *err) _must_check_;
/*
 * The same for the VMs whose UUIDs begin with @digits (lower case), and for a domain called like that. @transient gets the
 * UUIDs of the domains without a record.
 */
int adopt_begun(struct session *s, const char *digits, struct strv *transient,
	struct vxe_error *err) _must_check_;
