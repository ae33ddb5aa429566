/* SPDX-License-Identifier: MIT */
/*
 * The memory of the mock hypervisor's guests: images with libvirt's header and a counter as the
 * content, restores with libvirt's refusals, and the functions for power states that keep the
 * memory.
 */
#include "tests/mock/hv_mock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "backends/hv/memory_image.h"
#include "backends/libvirt/xml/domain_xml.h"
#include "tests/mock/hv_mock_impl.h"

#define COOKIE "<cookie/>"
#define DATA_LEN 65444 /* 64 KiB with the header, as libvirt pads it */
#define STREAM "QEVM counter %016" PRIx64 "\n"
#define STREAM_LEN 30

static int memory_fail(struct vxe_error *err, const char *operation, const char *path)
{
	_cleanup_free_ char *why = xasprintf("'%s': %s", path, strerror(errno));

	return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation, why);
}

/* ---- images ---------------------------------------------------------------------------------- */

static char *image_text(const struct mock_domain *d, size_t *len)
{
	size_t xml = strlen(d->live) + 1, need = xml + sizeof(COOKIE);
	uint32_t data = (uint32_t)(need > DATA_LEN ? need : DATA_LEN);
	struct memory_image_header h = { .version = MEMORY_IMAGE_VERSION,
		.data_len = data,
		.was_running = d->state == HV_RUNNING,
		.cookie_offset = (uint32_t)xml };

	memcpy(h.magic, MEMORY_IMAGE_MAGIC, sizeof(h.magic));
	*len = sizeof(h) + data + STREAM_LEN;
	char *text = xcalloc(*len + 1, 1);
	memcpy(text, &h, sizeof(h));
	memcpy(text + sizeof(h), d->live, xml);
	memcpy(text + sizeof(h) + xml, COOKIE, sizeof(COOKIE));
	(void)snprintf(text + sizeof(h) + data, STREAM_LEN + 1, STREAM, d->ram);
	return text;
}

int mock_memory_write(const struct mock_domain *d, const char *path, struct vxe_error *err)
{
	size_t len;
	_cleanup_free_ char *text = image_text(d, &len);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return memory_fail(err, "save memory", path);
	if (write(fd, text, len) == (ssize_t)len)
		return 0;
	memory_fail(err, "save memory", path);
	(void)unlink(path);
	return -1;
}

/* XML and counter of an image; the header gives their positions. */
struct saved {
	char *xml;
	uint64_t ram;
};

static int not_an_image(const char *operation, struct vxe_error *err)
{
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation, "failed to read qemu header");
}

static int read_stream(
	int fd, off_t at, const char *operation, uint64_t *ret, struct vxe_error *err)
{
	char text[STREAM_LEN + 1] = "";

	if (pread(fd, text, STREAM_LEN, at) == STREAM_LEN &&
		sscanf(text, "QEVM counter %" SCNx64, ret) == 1)
		return 0;
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation,
		"load of migration failed: Invalid argument");
}

static int image_read(
	const char *path, const char *operation, struct saved *ret, struct vxe_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct memory_image_header h;

	if (fd < 0)
		return memory_fail(err, operation, path);
	if (read(fd, &h, sizeof(h)) != (ssize_t)sizeof(h) ||
		memcmp(h.magic, MEMORY_IMAGE_MAGIC, sizeof(h.magic)) != 0)
		return not_an_image(operation, err);
	_cleanup_free_ char *data = xcalloc((size_t)h.data_len + 1, 1);
	if (read(fd, data, h.data_len) != (ssize_t)h.data_len)
		return not_an_image(operation, err);
	if (read_stream(fd, (off_t)sizeof(h) + h.data_len, operation, &ret->ram, err) < 0)
		return -1;
	ret->xml = TAKE(data);
	return 0;
}

uint64_t hv_mock_image_ram(const char *path)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct saved saved = { 0 };

	if (image_read(path, "restore", &saved, &err) < 0)
		abort();
	free(saved.xml);
	return saved.ram;
}

int mock_saved_xml(struct hv *h, const char *path, char **ret, struct vxe_error *err)
{
	struct saved saved = { 0 };

	if (mock_enter(mock_of(h), SLOT_SAVED_XML, err) < 0 ||
		image_read(path, "read memory image", &saved, err) < 0)
		return -1;
	*ret = saved.xml;
	return 0;
}

/* ---- restore --------------------------------------------------------------------------------- */

static const char *serial_difference(const struct domain_spec *a, const struct domain_spec *b)
{
	if (a->n_disks != b->n_disks)
		return "Target domain disk count does not match source";
	for (size_t i = 0; i < a->n_disks; i++)
		if (!str_eq(a->disks[i].serial, b->disks[i].serial))
			return "Target domain disk serial does not match source";
	return NULL;
}

/* The change that libvirt forbids in a restore; NULL: there is none. */
static const char *difference(const struct domain_spec *a, const struct domain_spec *b)
{
	if (!str_eq(a->name, b->name))
		return "Target domain name does not match source";
	if (!str_eq(a->uuid, b->uuid))
		return "Target domain uuid does not match source";
	if (a->memory_max != b->memory_max)
		return "Target domain max memory does not match source";
	if (a->vcpus_max != b->vcpus_max)
		return "Target domain vCPU max does not match source";
	return serial_difference(a, b);
}

static int check_restore(const struct hv_mock *m, const struct domain_spec *want,
	const char *saved_xml, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *saved = NULL;

	if (domain_xml_read(saved_xml, &saved, err) < 0)
		return -1;
	const char *differs = difference(want, saved);
	if (differs)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "restore", differs);
	const struct mock_domain *same_name = mock_find_name(m, want->name);
	const struct mock_domain *same = mock_find(m, want->uuid);
	if (same && same->live)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "restore", "domain is already active");
	if (same_name && same_name != same)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "restore",
			"domain is already defined with another uuid");
	return 0;
}

int mock_memory_restore(
	struct hv_mock *m, const char *path, const char *xml, bool paused, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *want = NULL;
	struct saved saved = { 0 };

	if (image_read(path, "restore", &saved, err) < 0)
		return -1;
	_cleanup_free_ char *saved_xml = saved.xml;
	if (mock_read(xml, "restore", &want, err) < 0 ||
		check_restore(m, want, saved_xml, err) < 0 ||
		mock_check_disks(xml, "restore", err) < 0)
		return -1;
	struct mock_domain *d = mock_find(m, want->uuid);
	if (!d)
		d = mock_add_domain(m, want->uuid, want->name);
	str_replace(&d->live, xml);
	d->id = ++m->next_id;
	d->state = paused ? HV_PAUSED : HV_RUNNING;
	d->ram = saved.ram;
	d->ended = false;
	return 0;
}

/* ---- pause and autostart --------------------------------------------------------------------- */

static int set_cpus(struct hv *h, enum mock_slot_id slot, const char *operation, const char *uuid,
	enum hv_state state, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, slot, err) < 0)
		return -1;
	struct mock_domain *d = mock_domain(m, uuid, operation, err);
	if (!d)
		return -1;
	if (!d->live)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation, "domain is not running");
	d->state = state;
	d->moving = false;
	d->by_user = state == HV_PAUSED;
	return mock_leave(m, slot, err);
}

int mock_pause(struct hv *h, const char *uuid, struct vxe_error *err)
{
	return set_cpus(h, SLOT_PAUSE, "pause", uuid, HV_PAUSED, err);
}

int mock_unpause(struct hv *h, const char *uuid, struct vxe_error *err)
{
	return set_cpus(h, SLOT_UNPAUSE, "unpause", uuid, HV_RUNNING, err);
}

int mock_autostart(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err)
{
	if (mock_enter(mock_of(h), SLOT_AUTOSTART, err) < 0)
		return -1;
	const struct mock_domain *d = mock_domain(mock_of(h), uuid, "autostart", err);
	if (!d)
		return -1;
	*ret = d->autostart;
	return 0;
}

int mock_set_autostart(struct hv *h, const char *uuid, bool on, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_SET_AUTOSTART, err) < 0)
		return -1;
	struct mock_domain *d = mock_domain(m, uuid, "autostart", err);
	if (!d)
		return -1;
	if (!d->inactive)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "autostart",
			"cannot set autostart for transient domain");
	d->autostart = on;
	return mock_leave(m, SLOT_SET_AUTOSTART, err);
}
