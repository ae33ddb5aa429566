/* SPDX-License-Identifier: MIT */
/* Finds handles of domains. */
#pragma once

#include "backends/hv/hv_ops.h"

#include <libvirt/libvirt.h>

/* The domain's UUID as text, owned; NULL with libvirt's error. */
char *libvirt_uuid(virDomainPtr dom);
/* The domain's handle if the connection has it from an earlier call, with a reference; NULL: it has none. */
virDomainPtr libvirt_known(struct hv *h, const char *uuid);
/* Looks up a domain in libvirt. Returns 1 with the domain, 0 if libvirt has none with this UUID, -1 on failure. */
int libvirt_lookup(struct hv *h, const char *uuid, const char *operation, virDomainPtr *ret,
	struct vxe_error *err) _must_check_;
/*
 * Finds a domain that must exist. If the domain was listed or looked up before, no round trip is needed: if it no
 * longer exists, the next call on it fails. The id in the handle may be from an earlier run.
 */
int libvirt_domain(struct hv *h, const char *uuid, const char *operation, virDomainPtr *ret,
	struct vxe_error *err) _must_check_;

/*
 * Replaces the handles that are kept for later calls by those of a listing, which it takes; NULL: by none. @facts
 * are of the same domains in the same order.
 */
void libvirt_know(struct hv *h, virDomainStatsRecordPtr *listing, const struct hv_domains *facts);
