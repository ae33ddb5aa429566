/* SPDX-License-Identifier: MIT */
/* What the files of the libvirt module share. */
#pragma once

#include "backends/hv/hv_ops.h"
#include "backends/libvirt/hv_libvirt_lookup.h"
#include "backends/libvirt/hv_libvirt_qemu.h"
#include "backends/libvirt/hv_libvirt_stats.h"

#include <string.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

/* A domain's handle that is kept for later calls, and the domain's UUID. */
struct known_domain {
	char uuid[VIR_UUID_STRING_BUFLEN];
	virDomainPtr dom;
	bool own; /* false: the handle belongs to hv_libvirt.listing */
};

struct hv_libvirt {
	struct hv hv;
	virConnectPtr conn;
	size_t n_known, room;
	struct known_domain *known;	  /* sorted by UUID */
	virDomainStatsRecordPtr *listing; /* result of the last listing; NULL: there was none */
	/* machine types that the emulators are known to have: see libvirt_machine_gone() */
	struct strv machines;
	struct reboot_listener *listener; /* NULL: nobody has asked for reboots */
};

static inline virConnectPtr conn_of(struct hv *h)
{
	return ((struct hv_libvirt *)h)->conn;
}

DEFINE_CLEANUP(virDomainPtr, virDomainFree)
#define _cleanup_domain_ _cleanup_(virDomainFree_cleanup)

/* What libvirt's message leaves out: the setting that is wrong, or where the reason stands; NULL: nothing. */
static inline const char *libvirt_hint(const char *operation, const char *said)
{
	static const struct {
		const char *words, *operation, *hint;
	} hints[] = {
		{ "fd: migration to a file", "save",
			"save_image_format = \"sparse\" in qemu.conf does not work with QEMU 11.0 and "
			"later: set another, and restart libvirt's daemon" },
		{ "fd: migration to a file", NULL,
			"snapshot_image_format = \"sparse\" in qemu.conf does not work with QEMU 11.0 "
			"and later: set another, and restart libvirt's daemon" },
		{ "CPU doesn't match specification", "migrate",
			"the QEMU of the other host has another processor for it; a VM that is halted "
			"gets the one of its host: 'vxe vm-start on='" },
		{ "unknown CPU feature", "migrate",
			"the QEMU of the other host has another processor for it; a VM that is halted "
			"gets the one of its host: 'vxe vm-start on='" },
		{ "tpm-emulator: Setting the stateblob", NULL,
			"the libtpms of the other host cannot read the state of a TPM that a later one "
			"has written" },
		{ "load of migration failed", "migrate",
			"the QEMU of the other host cannot go on with what this one has begun; a VM that "
			"is halted may start there: 'vxe vm-start on='" },
		{ "tpm-emulator: TPM result for CMD_INIT", NULL,
			"the libtpms of this host cannot read the TPM's state, as when a later one on "
			"another host has written it, where the VM starts: 'vxe vm-start on='" },
		{ "different DAC user or group", NULL,
			"the user or group of QEMU has another number on the other host" },
		{ "Unable to read from socket", "migrate",
			"the end of the guest's log in /var/log/libvirt/qemu on the other host says why" },
		{ "Sibling indicated error", "migrate",
			"the end of the guest's log in /var/log/libvirt/qemu on the other host says why" },
	};

	for (size_t i = 0; i < ARRAY_LEN(hints); i++)
		if (strstr(said, hints[i].words) &&
			(!hints[i].operation || str_eq(hints[i].operation, operation)))
			return hints[i].hint;
	return NULL;
}

/*
 * Makes an error of libvirt's message @said: VXE_HYPERVISOR_FAILED(operation, message), or VXE_TRY_AGAIN if QEMU
 * still has a node whose libvirtd died before recording it: at the next attempt libvirt uses another name.
 */
static inline int libvirt_said(struct vxe_error *err, const char *operation, const char *said)
{
	if (said && strstr(said, "Duplicate nodes with node-name"))
		return vxe_fail(err, VXE_TRY_AGAIN, operation, said);
	const char *hint = said ? libvirt_hint(operation, said) : NULL;
	_cleanup_free_ char *both = hint ? xasprintf("%s (%s)", said, hint) : NULL;

	return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation, both ? both : said);
}

static inline int libvirt_fail(struct vxe_error *err, const char *operation)
{
	return libvirt_said(err, operation, virGetLastErrorMessage());
}
static inline bool libvirt_last_error_is(int code)
{
	return virGetLastErrorCode() == code;
}

/* ---- hv_libvirt.c, hv_libvirt_definitions.c ---------------------------------------------------------- */

/* The domain's XML (live, inactive or in the managed save), owned; NULL: libvirt's last error says why. */
char *libvirt_definition(virDomainPtr dom, enum hv_xml which);
int libvirt_xml_many(struct hv *h, struct hv_xml_wish *wishes, size_t n, struct vxe_error *err);

/* Adds the UUIDs of the domains that the filter @what selects, of libvirt's VIR_CONNECT_LIST_DOMAINS_*. */
int libvirt_domains_that(struct hv *h, unsigned what, const char *operation, struct strv *ret,
	struct vxe_error *err) _must_check_;

/* in hv_libvirt_new_machine.c */
int libvirt_new_machine(struct hv *h, char **ret, struct vxe_error *err) _must_check_;
int libvirt_machine_gone(struct hv *h, const char *xml, char **ret, char **newest,
	struct vxe_error *err) _must_check_;

/* in hv_libvirt_reboots.c; libvirt_hear_no_more() ends what the first libvirt_reboots() began */
int libvirt_reboots(struct hv *h, struct strv *ret, struct vxe_error *err) _must_check_;
void libvirt_hear_no_more(struct hv_libvirt *l);

/* in hv_libvirt_destroy.c */
int libvirt_destroy(struct hv *h, const char *uuid, struct vxe_error *err) _must_check_;

/* in hv_libvirt_settle.c */
int libvirt_settle(struct hv *h, const char *uuid, struct hv_left *left, int64_t timeout_ms,
	struct vxe_error *err) _must_check_;

/* Groups of hypervisor calls (hv_ops.h) that other files of the libvirt module implement. */
extern const struct hv_job_ops libvirt_job_ops;
extern const struct hv_snapshot_ops libvirt_snapshot_ops;
extern const struct hv_device_ops libvirt_device_ops;
extern const struct hv_pool_ops libvirt_pool_ops;
extern const struct hv_network_ops libvirt_network_ops;
