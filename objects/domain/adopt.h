/* SPDX-License-Identifier: MIT */
/*
 * Adoption: makes records for domains and disks that were made without vxe. Reads files and session
 * facts; writes only to the given transaction.
 */
#pragma once

#include "objects/layers/file_chain.h"
#include "objects/session/session.h"

/*
 * Adopts persistent domains that the store does not know; deletes VMs whose domains vanished. If
 * libvirt cannot be reached: a warning, returns 0.
 */
int adopt_domains(struct session *s, struct vxe_error *err) _must_check_;
