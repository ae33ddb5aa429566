/* SPDX-License-Identifier: MIT */
/*
 * Defines snapshots in libvirt again, from their XML. It matters which one is current: when libvirt reverts to an
 * external snapshot, it removes the files that its current snapshot names, and crashes if there is no current one
 * (libvirt 11.3, 12.8).
 */
#pragma once

#include "backends/hv/hv.h"
#include "objects/base/error.h"
#include "objects/base/mem.h"

/*
 * Defines a snapshot in libvirt from its XML. @current: the domain's present state is based on this snapshot, which
 * becomes the current one; the XML then names only the files of the domain's present definition as following the
 * snapshot.
 */
int kept_put(struct hv *hv, const char *domain, const char *xml, bool current,
	struct vxe_error *err) _must_check_;
/* If libvirt has external snapshots of the domain and none of them is current, makes the last one current. */
int kept_have_current(struct hv *hv, const char *domain, struct vxe_error *err) _must_check_;
