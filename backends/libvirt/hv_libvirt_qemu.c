/* SPDX-License-Identifier: MIT */
/* Asks QEMU itself, because libvirt's XML has only what libvirt has noted. */
#include "backends/content/content.h"
#include "objects/base/file_key.h"
#include "backends/libvirt/xml/domain_xml_tree.h"
#include "backends/libvirt/hv_libvirt.h"

#include <json-c/json.h>
#include <libvirt/libvirt-qemu.h>

static char *text_of(struct json_object *of, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(of, key, &value) ? xstrdup(json_object_get_string(value))
							  : NULL;
}

/*
 * The place (path or name) of the server's export that the options of a block node describe; NULL: no export that
 * vxe knows.
 */
static char *export_of(struct json_object *options)
{
	struct json_object *server = NULL;
	_cleanup_content_name_ struct content_name n = {
		.protocol = text_of(options, "driver"),
		.name = text_of(options, "export"),
	};

	n.socket = json_object_object_get_ex(options, "server", &server)
		? text_of(server, "path")
		: text_of(options, "server.path");
	return n.protocol && n.name ? content_named("/", &n) : NULL;
}

/*
 * The place (path, or name of an export) that QEMU's file name of a block node means: a path, a URI, or "json:" with
 * options.
 */
static char *file_of_qemu_node(const char *name)
{
	struct json_object *options, *at, *inner;
	_cleanup_free_ char *text = xstrdup(name);
	const struct content_name n = { .text = text };
	char *ret = NULL;

	if (!str_starts(name, "json:")) {
		ret = name[strcspn(name, ":/")] == ':' ? content_named("/", &n) : NULL;
		return ret ? ret : TAKE(text);
	}
	at = options = json_tokener_parse(name + strlen("json:"));
	while (json_object_object_get_ex(at, "file", &inner))
		at = inner;
	if (json_object_object_get_ex(at, "filename", &inner))
		ret = xstrdup(json_object_get_string(inner));
	else
		ret = export_of(at);
	json_object_put(options);
	return ret;
}

static void add_device_file(struct strv *files, struct json_object *device)
{
	struct json_object *inserted, *name;

	if (!json_object_object_get_ex(device, "inserted", &inserted) ||
		!json_object_object_get_ex(inserted, "file", &name))
		return;
	_cleanup_free_ char *file = file_of_qemu_node(json_object_get_string(name));

	if (file)
		strv_add(files, file);
}

/* Runs a command of QEMU's monitor; *ret is the array in its answer, freed together with *answer. */
static int ask_qemu(virDomainPtr dom, const char *command, struct json_object **answer,
	struct json_object **ret, struct vxe_error *err)
{
	_cleanup_free_ char *text = NULL;

	*answer = NULL;
	if (virDomainQemuMonitorCommand(dom, command, &text, 0) < 0)
		return libvirt_fail(err, "ask QEMU for its disks");
	*answer = json_tokener_parse(text);
	if (json_object_object_get_ex(*answer, "return", ret) &&
		json_object_is_type(*ret, json_type_array))
		return 0;
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, "ask QEMU for its disks", text);
}

int libvirt_disk_files(struct hv *h, const char *uuid, struct strv *ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	struct json_object *answer, *devices;

	if (libvirt_domain(h, uuid, "ask QEMU for its disks", &dom, err) < 0)
		return -1;
	if (virDomainIsActive(dom) == 0)
		return 0;
	int rc = ask_qemu(dom, "{\"execute\": \"query-block\"}", &answer, &devices, err);
	for (size_t i = 0; rc == 0 && i < json_object_array_length(devices); i++)
		add_device_file(ret, json_object_array_get_idx(devices, i));
	json_object_put(answer);
	return rc;
}

/*
 * Has QEMU close a node of the file @path; true if it did. QEMU refuses nodes in use, so the node of the format goes
 * before that of the file.
 */
static bool drop_node(virDomainPtr dom, struct json_object *node, const char *path)
{
	struct json_object *name, *file;
	_cleanup_free_ char *answer = NULL;

	if (!json_object_object_get_ex(node, "file", &file) ||
		!json_object_object_get_ex(node, "node-name", &name))
		return false;
	_cleanup_free_ char *at = file_of_qemu_node(json_object_get_string(file));
	_cleanup_free_ char *command = xasprintf("{\"execute\": \"blockdev-del\", \"arguments\": "
						 "{\"node-name\": \"%s\"}}",
		json_object_get_string(name));

	return file_is_same(at, path) &&
		virDomainQemuMonitorCommand(dom, command, &answer, 0) == 0 &&
		strstr(answer, "\"return\"");
}

int libvirt_close_file(struct hv *h, const char *uuid, const char *path, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	bool dropped = true;

	if (libvirt_domain(h, uuid, "ask QEMU for its disks", &dom, err) < 0)
		return -1;
	while (dropped) {
		struct json_object *answer, *nodes;
		int rc = ask_qemu(dom,
			"{\"execute\": \"query-named-block-nodes\", \"arguments\": {\"flat\": "
			"true}}",
			&answer, &nodes, err);

		dropped = false;
		for (size_t i = 0; rc == 0 && i < json_object_array_length(nodes); i++)
			dropped |= drop_node(dom, json_object_array_get_idx(nodes, i), path);
		json_object_put(answer);
		if (rc < 0)
			return -1;
	}
	return 0;
}

/*
 * The QEMU name of the layer that a commit on the disk @target merges, from libvirt's name of the job: "commit-",
 * the disk, "-", the layer. NULL: the job is none of these.
 */
static char *commit_node(struct json_object *job, const char *target)
{
	_cleanup_free_ char *begin = xasprintf("commit-%s-", target);
	struct json_object *device;
	const char *name = json_object_object_get_ex(job, "device", &device)
		? json_object_get_string(device)
		: NULL;

	return name && str_starts(name, begin) ? xstrdup(name + strlen(begin)) : NULL;
}

static char *file_of_node(struct json_object *nodes, const char *node)
{
	char *ret = NULL;

	for (size_t i = 0; !ret && i < json_object_array_length(nodes); i++) {
		struct json_object *n = json_object_array_get_idx(nodes, i), *name, *file;

		if (json_object_object_get_ex(n, "node-name", &name) &&
			json_object_object_get_ex(n, "file", &file) &&
			str_eq(json_object_get_string(name), node))
			ret = file_of_qemu_node(json_object_get_string(file));
	}
	return ret;
}

int libvirt_commit_top(virDomainPtr dom, const char *target, char **ret, struct vxe_error *err)
{
	struct json_object *answer, *list;
	_cleanup_free_ char *node = NULL;

	*ret = NULL;
	int rc = ask_qemu(dom, "{\"execute\": \"query-block-jobs\"}", &answer, &list, err);

	for (size_t i = 0; rc == 0 && !node && i < json_object_array_length(list); i++)
		node = commit_node(json_object_array_get_idx(list, i), target);
	json_object_put(answer);
	if (rc < 0 || !node)
		return rc;
	rc = ask_qemu(dom,
		"{\"execute\": \"query-named-block-nodes\", \"arguments\": {\"flat\": true}}",
		&answer, &list, err);
	if (rc == 0)
		*ret = file_of_node(list, node);
	json_object_put(answer);
	return rc;
}

void libvirt_open_tray(virDomainPtr dom, const char *disk)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_doc_ xmlDoc *doc = tree_parse(disk, "disk", &ignored);
	_cleanup_free_ char *device = doc ? tree_get(tree_root(doc), "alias@name") : NULL;
	_cleanup_free_ char *answer = NULL;

	if (!device)
		return;
	_cleanup_free_ char *command =
		xasprintf("{\"execute\": \"blockdev-open-tray\", \"arguments\": "
			  "{\"id\": \"%s\", \"force\": true}}",
			device);
	(void)virDomainQemuMonitorCommand(dom, command, &answer, 0);
}
