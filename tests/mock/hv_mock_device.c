/* SPDX-License-Identifier: MIT */
/* The mock's slots about devices of a running domain. */
#include "tests/mock/hv_mock.h"

#include "objects/disks/images/image_content.h"
#include "backends/libvirt/xml/domain_xml.h"
#include "backends/libvirt/xml/domain_xml_devices.h"
#include "tests/mock/hv_mock_impl.h"
#include "tests/image_at.h"

#include <string.h>

/* ---- disks ---------------------------------------------------------------------------------- */

static void copy_disk(struct spec_disk *to, const struct spec_disk *from)
{
	*to = *from;
	to->target = xstrdup_null(from->target);
	to->bus = xstrdup_null(from->bus);
	to->path = xstrdup_null(from->path);
	to->format = xstrdup_null(from->format);
	to->serial = xstrdup_null(from->serial);
	to->cache = xstrdup_null(from->cache);
	to->alias = xstrdup_null(from->alias);
}

/* libvirt is asked for the document as it is; only the change takes a guest. */
static int spec_now(const struct mock_domain *d, struct domain_spec **ret, struct vxe_error *err)
{
	return domain_xml_read(d->live ? d->live : d->inactive, ret, err);
}

static int must_run(const struct mock_domain *d, const char *operation, struct vxe_error *err)
{
	if (d->live)
		return 0;
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation, "domain is not running");
}

static int set_live(struct mock_domain *d, const char *operation, const struct domain_spec *s,
	struct vxe_error *err)
{
	char *xml;

	if (must_run(d, operation, err) < 0 || domain_xml_patch(d->live, s, &xml, err) < 0)
		return -1;
	free(d->live);
	d->live = xml;
	return 0;
}

static int attach(struct mock_domain *d, const struct spec_disk *disk, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *s = NULL;

	if (must_run(d, "attach disk", err) < 0 || spec_now(d, &s, err) < 0 ||
		mock_check_chain(disk, "attach disk", err) < 0)
		return -1;
	if (spec_find_disk(s, disk->target))
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "attach disk", "target already exists");
	copy_disk(spec_add_disk(s), disk);
	return set_live(d, "attach disk", s, err);
}

static int mock_attach_disk(
	struct hv *h, const char *uuid, const struct spec_disk *disk, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_ATTACH_DISK, err) < 0)
		return -1;
	struct mock_domain *d = mock_domain(m, uuid, "attach disk", err);
	if (!d || attach(d, disk, err) < 0)
		return -1;
	return mock_leave(m, SLOT_ATTACH_DISK, err);
}

static int detach(struct mock_domain *d, const char *target, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *s = NULL;

	if (spec_now(d, &s, err) < 0)
		return -1;
	if (!spec_find_disk(s, target))
		return 0;
	spec_remove_disk(s, target);
	return set_live(d, "detach disk", s, err);
}

static int mock_detach_disk(
	struct hv *h, const char *uuid, const char *target, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_DETACH_DISK, err) < 0)
		return -1;
	struct mock_domain *d = mock_domain(m, uuid, "detach disk", err);
	if (!d || detach(d, target, err) < 0)
		return -1;
	return mock_leave(m, SLOT_DETACH_DISK, err);
}

static int change(struct mock_domain *d, const struct spec_disk *want, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *s = NULL;

	if (spec_now(d, &s, err) < 0)
		return -1;
	struct spec_disk *disk = spec_find_disk(s, want->target);

	if (!disk)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "change medium", "no such drive");
	if (disk->source == want->source && str_eq(disk->path, want->path))
		return 0;
	if (disk->device != DISK_CDROM && disk->device != DISK_FLOPPY)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "change medium",
			"the disk is not a removable one");
	if (mock_check_chain(want, "change medium", err) < 0)
		return -1;
	disk->source = want->source;
	str_replace(&disk->path, want->path);
	if (want->format)
		str_replace(&disk->format, want->format);
	return set_live(d, "change medium", s, err);
}

static int mock_change_media(
	struct hv *h, const char *uuid, const struct spec_disk *disk, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_CHANGE_MEDIA, err) < 0)
		return -1;
	struct mock_domain *d = mock_domain(m, uuid, "change medium", err);
	if (!d || change(d, disk, err) < 0)
		return -1;
	return mock_leave(m, SLOT_CHANGE_MEDIA, err);
}

static int resize(
	const struct mock_domain *d, const char *target, int64_t size, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *s = NULL;

	if (must_run(d, "resize disk", err) < 0 || spec_now(d, &s, err) < 0)
		return -1;
	const struct spec_disk *disk = spec_find_disk(s, target);

	if (!disk)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "resize disk", "no such disk");
	return image_grow(image_at(disk->path), disk->format, size, err);
}

static int mock_resize_disk(
	struct hv *h, const char *uuid, const char *target, int64_t size, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_RESIZE_DISK, err) < 0)
		return -1;
	const struct mock_domain *d = mock_domain(m, uuid, "resize disk", err);
	if (!d || resize(d, target, size, err) < 0)
		return -1;
	return mock_leave(m, SLOT_RESIZE_DISK, err);
}

/* ---- cards ---------------------------------------------------------------------------------- */

/* Puts the element unchanged after the last device. */
static int plug_card(struct mock_domain *d, const char *element, struct vxe_error *err)
{
	const char *end = strstr(d->live, "</devices>");

	if (!end)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "attach nic", "it has no devices");
	char *xml = xasprintf("%.*s%s%s", (int)(end - d->live), d->live, element, end);

	free(d->live);
	d->live = xml;
	return 0;
}

static int put_nic(
	struct mock_domain *d, const char *definition, const char *card, struct vxe_error *err)
{
	_cleanup_free_ char *element = NULL;

	if (must_run(d, "attach nic", err) < 0 ||
		domain_xml_new_card(definition, card, &element, err) < 0)
		return -1;
	if (!element)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "attach nic", "no such card");
	return plug_card(d, element, err);
}

static int mock_attach_nic(struct hv *h, const char *uuid, const char *definition, const char *card,
	struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_ATTACH_NIC, err) < 0)
		return -1;
	struct mock_domain *d = mock_domain(m, uuid, "attach nic", err);
	if (!d || put_nic(d, definition, card, err) < 0)
		return -1;
	return mock_leave(m, SLOT_ATTACH_NIC, err);
}

static int move_nic(const struct hv_mock *m, struct mock_domain *d, const char *card,
	const struct spec_nic *want, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *s = NULL;

	if (spec_now(d, &s, err) < 0)
		return -1;
	struct spec_nic *nic = spec_find_nic(s, card);

	if (!nic)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "update nic", "no such card");
	if (must_run(d, "update nic", err) < 0 ||
		mock_check_network(m, want, "update nic", err) < 0)
		return -1;
	str_replace(&nic->type, want->type);
	str_replace(&nic->source, want->source);
	return set_live(d, "update nic", s, err);
}

static int mock_update_nic(struct hv *h, const char *uuid, const char *card,
	const struct spec_nic *nic, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_UPDATE_NIC, err) < 0)
		return -1;
	struct mock_domain *d = mock_domain(m, uuid, "update nic", err);
	if (!d || move_nic(m, d, card, nic, err) < 0)
		return -1;
	return mock_leave(m, SLOT_UPDATE_NIC, err);
}

static int drop_nic(struct mock_domain *d, const char *card, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *s = NULL;

	if (spec_now(d, &s, err) < 0)
		return -1;
	if (!spec_find_nic(s, card))
		return 0;
	spec_remove_nic(s, card);
	return set_live(d, "detach nic", s, err);
}

static int mock_detach_nic(struct hv *h, const char *uuid, const char *card, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_DETACH_NIC, err) < 0)
		return -1;
	struct mock_domain *d = mock_domain(m, uuid, "detach nic", err);
	if (!d || drop_nic(d, card, err) < 0)
		return -1;
	return mock_leave(m, SLOT_DETACH_NIC, err);
}

const struct hv_device_ops mock_device_ops = {
	.attach_disk = mock_attach_disk,
	.detach_disk = mock_detach_disk,
	.change_media = mock_change_media,
	.resize_disk = mock_resize_disk,
	.attach_nic = mock_attach_nic,
	.detach_nic = mock_detach_nic,
	.update_nic = mock_update_nic,
};
