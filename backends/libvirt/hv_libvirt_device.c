/* SPDX-License-Identifier: MIT */
/*
 * Devices of a running domain. libvirt identifies a device by its whole element, so the element to
 * detach or change is taken from the live document.
 */
#include "backends/libvirt/hv_libvirt_busy.h"

#include "backends/libvirt/xml/domain_xml.h"
#include "backends/libvirt/xml/domain_xml_devices.h"
#include "objects/base/clock.h"

/* How long a guest may take to release a device; one without a driver for it never does. */
#define DETACH_MS 10000
#define DETACH_POLL_MS 100
#define TRAY_TRIES 20
#define TRAY_POLL_MS 20

/* ---- finding -------------------------------------------------------------------------------- */

/* A device of a domain: a disk, given by its target, or a network interface. */
struct device {
	const char *what, *target, *card;
};

static int element_of(const char *xml, const struct device *d, char **ret, struct vxe_error *err)
{
	return d->card ? domain_xml_card(xml, d->card, ret, err)
		       : domain_xml_device(xml, "disk", "target@dev", d->target, ret, err);
}

/* The XML element of a disk or network interface in the live XML of its domain; *ret is NULL if there is none. */
static int live_element(virDomainPtr dom, const struct device *d, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *xml = virDomainGetXMLDesc(dom, VIR_DOMAIN_XML_SECURE);

	if (!xml)
		return libvirt_fail(err, d->what);
	return element_of(xml, d, ret, err);
}

/* ---- detaching ------------------------------------------------------------------------------ */

static int wait_until_gone(virDomainPtr dom, const struct device *d, struct vxe_error *err)
{
	int64_t end = clock_ms() + DETACH_MS;

	for (;;) {
		_cleanup_free_ char *left = NULL;

		if (live_element(dom, d, &left, err) < 0)
			return -1;
		if (!left)
			return 0;
		if (clock_ms() >= end)
			return vxe_fail(err, VXE_HYPERVISOR_FAILED, d->what,
				"the guest does not release the device");
		clock_sleep_ms(DETACH_POLL_MS);
	}
}

static int detach(struct hv *h, const char *uuid, const struct device *d, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	_cleanup_free_ char *xml = NULL;

	if (libvirt_free_domain(h, uuid, d->what, &dom, err) < 0 ||
		live_element(dom, d, &xml, err) < 0)
		return -1;
	if (!xml)
		return 0;
	if (virDomainDetachDeviceFlags(dom, xml, VIR_DOMAIN_AFFECT_LIVE) < 0) {
		_cleanup_free_ char *why = xstrdup(virGetLastErrorMessage());
		_cleanup_free_ char *left = NULL;

		if (live_element(dom, d, &left, err) < 0)
			return -1;
		/*
		 * libvirt refuses to detach a device while the guest has not answered an earlier request. It is no
		 * failure if the device has gone by now.
		 */
		if (!left)
			return 0;
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, d->what, why);
	}
	return wait_until_gone(dom, d, err);
}

static int libvirt_detach_disk(
	struct hv *h, const char *uuid, const char *target, struct vxe_error *err)
{
	return detach(h, uuid, &(struct device){ "detach disk", target, NULL }, err);
}

static int libvirt_detach_nic(
	struct hv *h, const char *uuid, const char *card, struct vxe_error *err)
{
	return detach(h, uuid, &(struct device){ "detach nic", NULL, card }, err);
}

/* ---- changing ------------------------------------------------------------------------------- */

/*
 * True if libvirt could not change a medium because the tray was closed meanwhile. libvirt opens the tray, takes the
 * medium out and puts the other one in. A reset of the drive, as by the BIOS of a guest that boots, closes the tray.
 * QEMU tells nobody: libvirt then fails, and takes the tray for open until it moves again.
 */
static bool tray_was_closed(void)
{
	const char *said = virGetLastErrorMessage();

	return strstr(said, "Tray of") && strstr(said, "is not open");
}

/*
 * Changes a device of a running domain: patches its element of the live XML as @want says, and gives the element to
 * libvirt.
 */
static int update(struct hv *h, const char *uuid, const struct device *d,
	const struct domain_spec *want, const char *live, unsigned flags, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	_cleanup_free_ char *patched = NULL, *xml = NULL;

	if (libvirt_free_domain(h, uuid, d->what, &dom, err) < 0 ||
		domain_xml_patch(live, want, &patched, err) < 0 ||
		element_of(patched, d, &xml, err) < 0)
		return -1;
	if (!xml)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, d->what, "no such device");
	for (int tries = 0;
		virDomainUpdateDeviceFlags(dom, xml, VIR_DOMAIN_AFFECT_LIVE | flags) < 0; tries++) {
		if (tries == TRAY_TRIES || !tray_was_closed())
			return libvirt_fail(err, d->what);
		libvirt_open_tray(dom, xml);
		clock_sleep_ms(TRAY_POLL_MS);
	}
	return 0;
}

static int read_live(struct hv *h, const char *uuid, const char *what, char **xml,
	struct domain_spec **spec, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;

	if (libvirt_domain(h, uuid, what, &dom, err) < 0)
		return -1;
	*xml = virDomainGetXMLDesc(dom, VIR_DOMAIN_XML_SECURE);
	if (!*xml)
		return libvirt_fail(err, what);
	return domain_xml_read(*xml, spec, err);
}

static int libvirt_change_media(
	struct hv *h, const char *uuid, const struct spec_disk *disk, struct vxe_error *err)
{
	const struct device d = { "change medium", disk->target, NULL };
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_free_ char *live = NULL;

	if (read_live(h, uuid, d.what, &live, &spec, err) < 0)
		return -1;
	struct spec_disk *drive = spec_find_disk(spec, disk->target);

	if (!drive)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, d.what, "no such drive");
	if (drive->source == disk->source && str_eq(drive->path, disk->path))
		return 0;
	drive->source = disk->source;
	str_replace(&drive->path, disk->path);
	if (disk->format)
		str_replace(&drive->format, disk->format);
	/* An administrator may change the medium even if the guest has locked the tray. */
	return update(h, uuid, &d, spec, live, VIR_DOMAIN_DEVICE_MODIFY_FORCE, err);
}

static int libvirt_update_nic(struct hv *h, const char *uuid, const char *card,
	const struct spec_nic *nic, struct vxe_error *err)
{
	const struct device d = { "update nic", NULL, card };
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_free_ char *live = NULL;

	if (read_live(h, uuid, d.what, &live, &spec, err) < 0)
		return -1;
	struct spec_nic *have = spec_find_nic(spec, card);

	if (have) {
		str_replace(&have->type, nic->type);
		str_replace(&have->source, nic->source);
	}
	return update(h, uuid, &d, spec, live, 0, err);
}

static int libvirt_resize_disk(
	struct hv *h, const char *uuid, const char *target, int64_t size, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;

	if (libvirt_free_domain(h, uuid, "resize disk", &dom, err) < 0)
		return -1;
	if (virDomainBlockResize(
		    dom, target, (unsigned long long)size, VIR_DOMAIN_BLOCK_RESIZE_BYTES) < 0)
		return libvirt_fail(err, "resize disk");
	return 0;
}

/* ---- attaching ------------------------------------------------------------------------------ */

static int attach(
	struct hv *h, const char *uuid, const char *xml, const char *what, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;

	if (libvirt_free_domain(h, uuid, what, &dom, err) < 0)
		return -1;
	if (virDomainAttachDeviceFlags(dom, xml, VIR_DOMAIN_AFFECT_LIVE) < 0)
		return libvirt_fail(err, what);
	return 0;
}

static int libvirt_attach_disk(
	struct hv *h, const char *uuid, const struct spec_disk *disk, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;

	if (domain_xml_disk(disk, &xml, err) < 0)
		return -1;
	return attach(h, uuid, xml, "attach disk", err);
}

static int libvirt_attach_nic(struct hv *h, const char *uuid, const char *definition,
	const char *card, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;

	if (domain_xml_new_card(definition, card, &xml, err) < 0)
		return -1;
	if (!xml)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "attach nic", "no such card");
	return attach(h, uuid, xml, "attach nic", err);
}

const struct hv_device_ops libvirt_device_ops = {
	.attach_disk = libvirt_attach_disk,
	.detach_disk = libvirt_detach_disk,
	.change_media = libvirt_change_media,
	.resize_disk = libvirt_resize_disk,
	.attach_nic = libvirt_attach_nic,
	.detach_nic = libvirt_detach_nic,
	.update_nic = libvirt_update_nic,
};
