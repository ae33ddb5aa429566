/* SPDX-License-Identifier: MIT */
/*
 * Searches a directory for images that refer to other files. In doubt it reports a user, because
 * merges and removals rely on the result.
 */
#include "backends/image/image.h"

#include "backends/image/image_file.h"
#include "backends/image/image_private.h"
#include "backends/image/qcow2.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/stat.h>

struct scan {
	image_user_fn *fn;
	void *ctx;
	const char *image;
};

static int report_path(const struct scan *s, const char *name, struct vxe_error *err)
{
	_cleanup_free_ char *full = image_backing_path(s->image, name);

	return full ? s->fn(s->ctx, s->image, full, err) : 0;
}

/* Reports every "filename" or "....filename" in the options, at any depth. */
static int report_options(const struct scan *s, struct json_object *options, struct vxe_error *err)
{
	if (!json_object_is_type(options, json_type_object))
		return 0;
	json_object_object_foreach(options, key, value)
	{
		int rc = 0;

		if (json_object_is_type(value, json_type_object))
			rc = report_options(s, value, err);
		else if (str_ends(key, "filename") && json_object_is_type(value, json_type_string))
			rc = report_path(s, json_object_get_string(value), err);
		if (rc)
			return rc;
	}
	return 0;
}

/* A file may also be named "file:NAME" or by JSON options. */
static int report_name(const struct scan *s, const char *name, struct vxe_error *err)
{
	if (str_starts(name, "file:"))
		return report_path(s, name + strlen("file:"), err);
	if (!str_starts(name, "json:"))
		return report_path(s, name, err);
	struct json_object *options = json_tokener_parse(name + strlen("json:"));

	if (!options)
		return image_fail(err, s->image, "its backing file's name is not understood");
	int rc = report_options(s, options, err);

	json_object_put(options);
	return rc;
}

/* Skips files that vanish meanwhile, links and devices: -1 with errno 0. */
static int open_regular(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		goto failed;
	if (!S_ISREG(st.st_mode)) {
		errno = 0;
		return -1;
	}
	int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		return fd;
failed:
	if (errno == ENOENT || errno == ELOOP)
		errno = 0;
	return -1;
}

static int scan_file(
	DIR *d, const char *dir, const char *name, struct scan *s, struct vxe_error *err)
{
	_cleanup_header_ struct qcow2_header h = { 0 };
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, name);
	_cleanup_close_ int fd = open_regular(dirfd(d), name);

	if (fd < 0)
		return errno ? image_fail_errno(err, path, "cannot be opened") : 0;
	int found = qcow2_read_fd(fd, path, &h, err);

	if (found <= 0)
		return found;
	s->image = path;
	int rc = h.backing ? report_name(s, h.backing, err) : 0;

	if (rc == 0 && h.data_file)
		rc = report_name(s, h.data_file, err);
	return rc;
}

int image_scan_dir(const char *dir, image_user_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_dir_ DIR *d = opendir(dir);
	struct scan s = { .fn = fn, .ctx = ctx };

	if (!d)
		return image_fail_errno(err, dir, "cannot be searched");
	for (;;) {
		errno = 0;
		const struct dirent *e = readdir(d);

		if (!e)
			return errno ? image_fail_errno(err, dir, "cannot be searched") : 0;
		/*
		 * A draft is not a user yet: it gets its name under the locks of its backing file.
		 */
		if (image_is_draft(e->d_name))
			continue;
		int rc = scan_file(d, dir, e->d_name, &s, err);

		if (rc)
			return rc;
	}
}
