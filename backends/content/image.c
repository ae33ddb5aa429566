/* SPDX-License-Identifier: MIT */
/*
 * Merges and compares images with qemu-img. Each call names the format of every file that QEMU
 * opens. The command line gives the formats of its arguments. The headers give the formats of the
 * files below, and vxe checks these headers first, because QEMU would probe a format that a header
 * does not name.
 */
#include "backends/content/image.h"

#include "backends/child/child.h"
#include "backends/content/image_content.h"
#include "backends/content/image_file.h"
#include "objects/base/file_key.h"
#include "backends/content/image_private.h"
#include "backends/content/qcow2.h"
#include "objects/base/log.h"

#include <json-c/json.h>
#include <string.h>

#define CHAIN_MAX 1024 /* files; a longer chain is a circle */
#define CHECK_LEAK 3   /* exit status of qemu-img check */
#define DIFFERENT 1    /* ... of qemu-img compare */

int image_check_base(struct content *c, const char *format, struct vxe_error *err)
{
	const char *path = content_place(c);
	_cleanup_header_ struct qcow2_header h = { 0 };
	const char *reason;

	if (image_vet_header(c, format, &h, err) < 0)
		return -1;
	if (h.backing && !h.backing_format)
		return vxe_fail(err, VXE_FORMAT_MISSING, path, h.backing);
	return qcow2_judge(&h, path, &reason) == QCOW2_CORRUPT
		       ? vxe_fail(err, VXE_IMAGE_DAMAGED, path, reason)
		       : 0;
}

static int read_qcow2(struct content *c, struct qcow2_header *ret, struct vxe_error *err)
{
	int found = qcow2_read(c, ret, err);

	if (found == 0)
		return image_fail(err, content_place(c), "not a qcow2 image");
	return found < 0 ? -1 : 0;
}

/* It ends the chain. */
static int vet_vhd(struct content **c, struct vxe_error *err)
{
	int64_t ignored;

	if (vhd_vet(*c, &ignored, err) < 0)
		return -1;
	*c = NULL;
	return 0;
}

/* Moves *c to its backing file, NULL at the end of the chain. */
static int chain_next(struct content **c, char **format, struct vxe_error *err)
{
	const char *path = content_place(*c);
	_cleanup_header_ struct qcow2_header h = { 0 };

	if (str_eq(*format, "vpc"))
		return vet_vhd(c, err);
	if (image_vet_header(*c, *format, &h, err) < 0)
		return -1;
	if (h.backing && !h.backing_format)
		return vxe_fail(err, VXE_FORMAT_MISSING, path, h.backing);
	_cleanup_free_ char *next = h.backing ? image_backing_path(path, h.backing) : NULL;

	*c = next ? content_near(*c, next) : NULL;
	str_replace(format, h.backing_format);
	return 0;
}

int image_chain_vet(struct content *c, const char *format, struct vxe_error *err)
{
	_cleanup_free_ char *at_format = xstrdup(format);
	struct content *at = c;

	for (int n = 0; at; n++) {
		if (n == CHAIN_MAX)
			return image_fail(
				err, content_place(c), "its chain of backing files is too long");
		if (chain_next(&at, &at_format, err) < 0)
			return -1;
	}
	return 0;
}

int image_chain_formats(struct content *c, const char *format, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error why = { 0 };

	if (image_chain_vet(c, format, &why) == 0 || why.code != VXE_FORMAT_MISSING)
		return 0;
	error_move(err, &why);
	return -1;
}

int image_check_backing(
	struct content *c, const char *base, const char *base_format, struct vxe_error *err)
{
	const char *path = content_place(c);
	_cleanup_header_ struct qcow2_header h = { 0 };

	if (read_qcow2(c, &h, err) < 0)
		return -1;
	_cleanup_free_ char *found = image_backing_path(path, h.backing);

	if (!file_is_same(found, base))
		return image_fail(err, path, "its backing file is %s, not %s",
			h.backing ? h.backing : "missing", base);
	if (!str_eq(h.backing_format, base_format))
		return image_fail(err, path, "its header says %s of its backing file, not %s",
			h.backing_format ? h.backing_format : "no format", base_format);
	return 0;
}

int image_commit(
	struct content *top, struct content *base, const char *base_format, struct vxe_error *err)
{
	const char *from = content_place(top), *to = content_place(base);
	const char *const argv[] = { "qemu-img", "commit", "-q", "-f", "qcow2", "-d", "-b", to,
		from, NULL };

	if (image_check_backing(top, to, base_format, err) < 0 ||
		image_chain_vet(top, "qcow2", err) < 0 ||
		image_repair(base, base_format, err) < 0 || image_repair(top, "qcow2", err) < 0)
		return -1;
	if (child_run(argv, from, NULL, err) < 0)
		return -1;
	return image_sync(base, err);
}

int image_check_names(struct content *child, const char *base_name, const char *base_format,
	struct vxe_error *err)
{
	_cleanup_header_ struct qcow2_header h = { 0 };

	if (read_qcow2(child, &h, err) < 0)
		return -1;
	if (!str_eq(h.backing, base_name) || (base_name && !str_eq(h.backing_format, base_format)))
		return image_fail(
			err, content_place(child), "its header was not rewritten as asked");
	return 0;
}

/*
 * @unsafe: changes only the header; else first copies the data of files that will no longer be
 * below.
 */
static int rebase(struct content *child, const char *base_name, const char *base_format,
	bool unsafe, struct vxe_error *err)
{
	const char *argv[16] = { "qemu-img", "rebase", "-q", "-f", "qcow2" };
	size_t n = 5;

	if (unsafe)
		argv[n++] = "-u";
	argv[n++] = "-b";
	argv[n++] = base_name ? base_name : "";
	if (base_name) {
		argv[n++] = "-F";
		argv[n++] = base_format;
	}
	argv[n++] = content_place(child);
	if (image_repair(child, "qcow2", err) < 0 || image_reserve_header(child, err) < 0 ||
		child_run(argv, content_place(child), NULL, err) < 0)
		return -1;
	if (image_check_names(child, base_name, base_format, err) < 0)
		return -1;
	return image_sync(child, err);
}

/* Refuses a file name that QEMU would read as a protocol, so that it never gets into a header. */
static int resolve_base(
	struct content *child, const char *base_name, char **ret, struct vxe_error *err)
{
	*ret = image_backing_path(content_place(child), base_name);
	if (base_name && !*ret)
		return image_fail(err, content_place(child),
			"%s cannot be the name of a backing file", base_name);
	return 0;
}

int image_pull(struct content *child, const char *base_name, const char *base_format,
	struct vxe_error *err)
{
	_cleanup_free_ char *base = NULL;

	if (resolve_base(child, base_name, &base, err) < 0)
		return -1;
	if (image_chain_vet(child, "qcow2", err) < 0)
		return -1;
	if (base && image_chain_vet(content_near(child, base), base_format, err) < 0)
		return -1;
	return rebase(child, base_name, base_format, false, err);
}

int image_set_backing(struct content *child, const char *base_name, const char *base_format,
	struct vxe_error *err)
{
	_cleanup_free_ char *base = NULL;

	if (resolve_base(child, base_name, &base, err) < 0)
		return -1;
	if (image_vet(child, "qcow2", true, err) < 0)
		return -1;
	return rebase(child, base_name, base_format, true, err);
}

/*
 * A name by which QEMU opens the one file at @path without its backing chain: quicker, without
 * locks on the files below, and without probing them. (An empty backing file in --image-opts is
 * deprecated.)
 */
static int alone(struct content *c, char **ret, struct vxe_error *err)
{
	const char *path = content_place(c);
	struct image_file f;

	if (image_vet(c, "qcow2", true, err) < 0 || image_stat(path, &f, err) < 0)
		return -1;
	struct json_object *options = json_object_new_object();
	struct json_object *file = json_object_new_object();

	json_object_object_add(options, "driver", json_object_new_string("qcow2"));
	json_object_object_add(options, "backing", NULL);
	json_object_object_add(
		file, "driver", json_object_new_string(f.block ? "host_device" : "file"));
	json_object_object_add(file, "filename", json_object_new_string(path));
	json_object_object_add(options, "file", file);
	*ret = xasprintf(
		"json:%s", json_object_to_json_string_ext(options, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(options);
	return 0;
}

int image_touched(struct content *c, const char *format, bool *ret, struct vxe_error *err)
{
	_cleanup_free_ char *name = NULL, *map = NULL;

	if (!str_eq(format, "qcow2")) { /* such a file holds all its content itself */
		*ret = true;
		return 0;
	}
	if (alone(c, &name, err) < 0)
		return -1;
	const char *const argv[] = { "qemu-img", "map", "--output=json", "-U", "-f", "qcow2", name,
		NULL };

	if (child_run(argv, content_place(c), &map, err) < 0)
		return -1;
	/*
	 * Without backing files, adjacent absent extents are one extent, so if any extent is
	 * present it is among the first two. Therefore the text may be cut, as it is for a large
	 * image.
	 */
	*ret = strstr(map, "\"present\": true") != NULL;
	if (!*ret && strstr(map, "\"start\"") && !strstr(map, "\"present\": false"))
		return image_fail(
			err, content_place(c), "the output of qemu-img map lacks 'present'");
	return 0;
}

int image_same_content(struct content *a, const char *a_format, struct content *b,
	const char *b_format, struct vxe_error *err)
{
	const char *const argv[] = { "qemu-img", "compare", "-q", "-U", "-f", a_format, "-F",
		b_format, content_place(a), content_place(b), NULL };
	_cleanup_free_ char *output = NULL;
	struct child child;

	if (image_chain_vet(a, a_format, err) < 0 || image_chain_vet(b, b_format, err) < 0 ||
		child_start(&child, argv, err) < 0)
		return -1;
	int status = child_wait(&child, &output, err);

	if (status == 0 || status == DIFFERENT)
		return status == 0;
	return status < 0 ? -1 : child_fail(status, output, content_place(a), err);
}

static int check_qcow2(struct content *c, struct vxe_error *err)
{
	const char *path = content_place(c);
	_cleanup_free_ char *name = NULL, *output = NULL;
	struct child child;

	if (alone(c, &name, err) < 0)
		return -1;
	const char *const argv[] = { "qemu-img", "check", "-q", "-U", "-f", "qcow2", name, NULL };

	if (child_start(&child, argv, err) < 0)
		return -1;
	int status = child_wait(&child, &output, err);

	if (status < 0)
		return -1;
	return status == 0 || status == CHECK_LEAK ? 0 : child_fail(status, output, path, err);
}

static int run_repair(struct content *c, struct vxe_error *err)
{
	_cleanup_free_ char *name = NULL;

	if (alone(c, &name, err) < 0)
		return -1;
	const char *const argv[] = { "qemu-img", "check", "-q", "-r", "all", "-f", "qcow2", name,
		NULL };

	return child_run(argv, content_place(c), NULL, err);
}

int image_check_sound(struct content *c, const char *format, struct vxe_error *err)
{
	const char *path = content_place(c);
	_cleanup_header_ struct qcow2_header h = { 0 };
	const char *reason;

	if (image_vet_header(c, format, &h, err) < 0)
		return -1;
	return qcow2_judge(&h, path, &reason) == QCOW2_SOUND
		       ? 0
		       : vxe_fail(err, VXE_IMAGE_DAMAGED, path, reason);
}

int image_repair(struct content *c, const char *format, struct vxe_error *err)
{
	const char *path = content_place(c);
	_cleanup_header_ struct qcow2_header h = { 0 };
	const char *reason;

	if (image_vet_header(c, format, &h, err) < 0)
		return -1;
	enum qcow2_state state = qcow2_judge(&h, path, &reason);

	if (state == QCOW2_CORRUPT)
		return vxe_fail(err, VXE_IMAGE_DAMAGED, path, reason);
	if (state == QCOW2_SOUND)
		return 0;
	log_info("%s is repaired: %s", path, reason);
	return run_repair(c, err) < 0 || image_check_sound(c, format, err) < 0 ? -1
									       : image_sync(c, err);
}

int image_check(struct content *c, const char *format, struct vxe_error *err)
{
	const char *path = content_place(c);
	struct image_file f;

	if (image_stat(path, &f, err) < 0)
		return -1;
	if (!f.exists)
		return image_fail(err, path, "does not exist");
	/* A raw image has no structure that could be damaged. */
	return str_eq(format, "raw") ? 0 : check_qcow2(c, err);
}
