/* SPDX-License-Identifier: MIT */
/* What only QEMU knows: libvirt's XML says what libvirt has noted. */
#include "backends/hv_libvirt.h"

#include <json-c/json.h>
#include <libvirt/libvirt-qemu.h>

/* QEMU's name of a node is its file, or "json:" and its options, in which that stands inside. */
static char *file_of(const char *name)
{
	struct json_object *options, *at, *inner;
	char *ret = NULL;

	if (!str_starts(name, "json:"))
		return xstrdup(name);
	at = options = json_tokener_parse(name + strlen("json:"));
	while (json_object_object_get_ex(at, "file", &inner))
		at = inner;
	if (json_object_object_get_ex(at, "filename", &inner))
		ret = xstrdup(json_object_get_string(inner));
	json_object_put(options);
	return ret;
}

static void add_file(struct strv *files, struct json_object *device)
{
	struct json_object *inserted, *name;

	if (!json_object_object_get_ex(device, "inserted", &inserted) ||
		!json_object_object_get_ex(inserted, "file", &name))
		return;
	_cleanup_free_ char *file = file_of(json_object_get_string(name));

	if (file)
		strv_add(files, file);
}

static int read_answer(const char *text, struct strv *ret, struct vxe_error *err)
{
	struct json_object *answer = json_tokener_parse(text), *devices;
	bool good = json_object_object_get_ex(answer, "return", &devices) &&
		    json_object_is_type(devices, json_type_array);

	for (size_t i = 0; good && i < json_object_array_length(devices); i++)
		add_file(ret, json_object_array_get_idx(devices, i));
	json_object_put(answer);
	return good ? 0 : vxe_fail(err, VXE_HYPERVISOR_FAILED, "ask QEMU for its disks", text);
}

int libvirt_disk_files(struct hv *h, const char *uuid, struct strv *ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	_cleanup_free_ char *answer = NULL;

	if (libvirt_domain(h, uuid, "ask QEMU for its disks", &dom, err) < 0)
		return -1;
	if (virDomainIsActive(dom) == 0)
		return 0;
	if (virDomainQemuMonitorCommand(dom, "{\"execute\": \"query-block\"}", &answer, 0) < 0)
		return libvirt_fail(err, "ask QEMU for its disks");
	return read_answer(answer, ret, err);
}
