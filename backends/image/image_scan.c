/* SPDX-License-Identifier: MIT */
/*
 * The files that the header of an image names. In doubt a file counts as named, because merges and
 * removals rely on the result.
 */
#include "backends/image/image.h"

#include "backends/image/image_file.h"
#include "backends/image/image_private.h"
#include "backends/image/qcow2.h"

#include <json-c/json.h>
#include <string.h>

/* The names that the header of @image has for other files, made absolute. */
struct scan {
	const char *image;
	struct strv *names;
};

static void add_path(const struct scan *s, const char *name)
{
	char *full = image_backing_path(s->image, name);

	if (full)
		strv_take(s->names, full);
}

/* Adds every "filename" or "....filename" in the options, at any depth. */
static void add_options(const struct scan *s, struct json_object *options)
{
	if (!json_object_is_type(options, json_type_object))
		return;
	json_object_object_foreach(options, key, value)
	{
		if (json_object_is_type(value, json_type_object))
			add_options(s, value);
		else if (str_ends(key, "filename") && json_object_is_type(value, json_type_string))
			add_path(s, json_object_get_string(value));
	}
}

/* A file may also be named "file:NAME" or by JSON options. */
static int add_name(const struct scan *s, const char *name, struct vxe_error *err)
{
	if (!str_starts(name, "json:")) {
		add_path(s, str_starts(name, "file:") ? name + strlen("file:") : name);
		return 0;
	}
	struct json_object *options = json_tokener_parse(name + strlen("json:"));

	if (!options)
		return image_fail(err, s->image, "its backing file's name is not understood");
	add_options(s, options);
	json_object_put(options);
	return 0;
}

int image_names(
	int fd, const char *path, struct strv *names, char **ret_next, struct vxe_error *err)
{
	_cleanup_header_ struct qcow2_header h = { 0 };
	const struct scan s = { path, names };
	int found = qcow2_read_fd(fd, path, &h, err);

	*ret_next = NULL;
	if (found <= 0)
		return found;
	if ((h.backing && add_name(&s, h.backing, err) < 0) ||
		(h.data_file && add_name(&s, h.data_file, err) < 0))
		return -1;
	if (h.backing && str_eq(h.backing_format, "qcow2"))
		*ret_next = image_backing_path(path, h.backing);
	return 0;
}
