/* SPDX-License-Identifier: MIT */
/*
 * Documents of snapshots that libvirt gets back. libvirt removes the files that its current snapshot names when it goes back
 * to another external one, and dies if there is no current one (11.3, 12.8).
 */
#pragma once

#include "backends/hv/hv.h"
#include "objects/base/error.h"
#include "objects/base/mem.h"

/*
 * Gives libvirt the document of a snapshot. @current: what the domain has now is based on this snapshot; then libvirt is
 * told that only the files which the definition names follow it.
 */
int kept_put(struct hv *hv, const char *domain, const char *xml, bool current,
	struct vxe_error *err) _must_check_;
/* If libvirt has external snapshots of the domain and none of them is current, makes the last one current. */
int kept_have_current(struct hv *hv, const char *domain, struct vxe_error *err) _must_check_;
