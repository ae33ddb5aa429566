/* SPDX-License-Identifier: MIT */
/*
 * Adoption: makes records for domains and disks that were made without vxe. Reads files and what the session knows of
 * libvirt; writes only to the given transaction.
 */
#pragma once

#include "objects/session/file_chain.h"
#include "objects/session/session.h"

/*
 * Makes VM records for persistent domains that the store does not know; deletes the records of VMs whose domains
 * vanished. If libvirt cannot be reached, warns and returns 0.
 */
int adopt_domains(struct session *s, struct vxe_error *err) _must_check_;
/*
 * As adopt_domains(), but only for the VM with the UUID @uuid, or, if that is NULL, for those with the name @name:
 * libvirt is asked for these alone. A domain without a record is found by its name in libvirt. If neither the store
 * nor libvirt knows the name, it may be the title of an unknown domain, so all domains are adopted.
 */
int adopt_domain(
	struct session *s, const char *uuid, const char *name, struct vxe_error *err) _must_check_;
/*
 * As adopt_domains(), but only for the VMs whose UUIDs begin with @digits (lower case), and for a domain that has
 * this text as its name. @transient gets the UUIDs of the domains that have no record.
 */
int adopt_begun(struct session *s, const char *digits, struct strv *transient,
	struct vxe_error *err) _must_check_;
