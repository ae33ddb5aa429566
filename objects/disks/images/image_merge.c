/* SPDX-License-Identifier: MIT */
/*
 * Merges and compares images with qemu-img. Each call names the format of every file that QEMU
 * opens. The command line gives the formats of its arguments. The headers give the formats of the
 * files below, and vxe checks these headers first, because QEMU would probe a format that a header
 * does not name.
 */
#include "objects/disks/images/image_merge.h"

#include "backends/child/child.h"
#include "objects/base/file_key.h"
#include "objects/base/log.h"
#include "objects/disks/images/images_private.h"

#include <json-c/json.h>

#define CHECK_LEAK 3 /* exit status of qemu-img check if the image has leaks */
#define DIFFERENT 1  /* exit status of qemu-img compare if the images differ */

static int read_qcow2(struct content *c, struct content_header *ret, struct vxe_error *err)
{
	int found = content_read(c, ret, err);

	if (found == 0)
		return image_fail(err, content_place(c), "not a qcow2 image");
	return found < 0 ? -1 : 0;
}

int image_check_backing(
	struct content *c, const char *base, const char *base_format, struct vxe_error *err)
{
	const char *path = content_place(c);
	_cleanup_header_ struct content_header h = { 0 };

	if (read_qcow2(c, &h, err) < 0)
		return -1;
	if (!file_is_same(h.backing_path, base))
		return image_fail(err, path, "its backing file is %s, not %s",
			h.backing ? h.backing : "missing", base);
	if (!str_eq(h.backing_format, base_format))
		return image_fail(err, path, "its header says %s of its backing file, not %s",
			h.backing_format ? h.backing_format : "no format", base_format);
	return 0;
}

int image_check_names(struct content *child, const char *base_name, const char *base_format,
	struct vxe_error *err)
{
	_cleanup_header_ struct content_header h = { 0 };

	if (read_qcow2(child, &h, err) < 0)
		return -1;
	if (!str_eq(h.backing, base_name) || (base_name && !str_eq(h.backing_format, base_format)))
		return image_fail(
			err, content_place(child), "its header was not rewritten as asked");
	return 0;
}

/*
 * Gives the qcow2 image @child another backing file, or none (@base_name NULL). @unsafe: changes only the header;
 * else first copies into @child the data of the files that will no longer be below it.
 */
static int rebase(struct content *child, const char *base_name, const char *base_format,
	bool unsafe, struct vxe_error *err)
{
	_cleanup_free_ char *name = image_name(content_place(child));
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
	argv[n++] = name;
	if (image_repair(child, "qcow2", err) < 0 || image_reserve_header(child, err) < 0 ||
		child_run(argv, content_place(child), NULL, err) < 0)
		return -1;
	if (image_check_names(child, base_name, base_format, err) < 0)
		return -1;
	return content_sync(child, err);
}

/* Refuses a file name that QEMU would take for a protocol's, so that it never gets into a header. */
static int resolve_base(
	struct content *child, const char *base_name, char **ret, struct vxe_error *err)
{
	*ret = base_name ? image_named(content_place(child), base_name) : NULL;
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
	if (content_vet(child, "qcow2", VET_CHAIN, err) < 0)
		return -1;
	if (base && content_vet(content_at(child, base), base_format, VET_CHAIN, err) < 0)
		return -1;
	return rebase(child, base_name, base_format, false, err);
}

int image_set_backing(struct content *child, const char *base_name, const char *base_format,
	struct vxe_error *err)
{
	_cleanup_free_ char *base = NULL;

	if (resolve_base(child, base_name, &base, err) < 0)
		return -1;
	if (content_vet(child, "qcow2", VET_USE, err) < 0)
		return -1;
	return rebase(child, base_name, base_format, true, err);
}

/*
 * *ret: the name by which QEMU opens a qcow2 image without its backing chain. This is quicker, takes no locks on the
 * files below, and does not probe their formats. (An empty backing file in --image-opts is deprecated.)
 */
static int alone(struct content *c, char **ret, struct vxe_error *err)
{
	if (content_vet(c, "qcow2", VET_USE, err) < 0)
		return -1;
	*ret = image_alone(c);
	return 0;
}

int image_touched(struct content *c, const char *format, bool *ret, struct vxe_error *err)
{
	_cleanup_free_ char *name = NULL, *map = NULL;

	/* an image of a format other than qcow2 has no backing file */
	if (!str_eq(format, "qcow2")) {
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
	 * In the output of 'qemu-img map' for an image without backing file, adjacent absent extents are one extent,
	 * so if any extent is present it is among the first two. So it does no harm that the output for a large image
	 * is cut off.
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
	_cleanup_free_ char *a_name = image_name(content_place(a));
	_cleanup_free_ char *b_name = image_name(content_place(b));
	const char *const argv[] = { "qemu-img", "compare", "-q", "-U", "-f", a_format, "-F",
		b_format, a_name, b_name, NULL };
	_cleanup_free_ char *output = NULL;
	struct child child;

	if (content_vet(a, a_format, VET_CHAIN, err) < 0 ||
		content_vet(b, b_format, VET_CHAIN, err) < 0 || child_start(&child, argv, err) < 0)
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

static int run_repair(struct content *c, const char *what, struct vxe_error *err)
{
	_cleanup_free_ char *name = NULL;

	if (alone(c, &name, err) < 0)
		return -1;
	const char *const argv[] = { "qemu-img", "check", "-q", "-r", what, "-f", "qcow2", name,
		NULL };

	return child_run(argv, content_place(c), NULL, err);
}

int image_repair(struct content *c, const char *format, struct vxe_error *err)
{
	const char *path = content_place(c);
	_cleanup_header_ struct content_header h = {
		0
	}; /* a raw image has no header: this stays zero, which means sound */

	if (content_vet(c, format, VET_USE, err) < 0 ||
		(str_eq(format, "qcow2") && content_read(c, &h, err) < 0))
		return -1;
	if (h.state == CONTENT_CORRUPT)
		return vxe_fail(err, VXE_IMAGE_DAMAGED, path, h.reason);
	if (h.state == CONTENT_SOUND)
		return 0;
	log_info("%s is repaired: %s", path, h.reason);
	return run_repair(c, "all", err) < 0 || content_vet(c, format, VET_SOUND, err) < 0
		? -1
		: content_sync(c, err);
}

int image_free_leaks(struct content *c, const char *format, struct vxe_error *err)
{
	return str_eq(format, "qcow2") ? run_repair(c, "leaks", err) : 0;
}

int image_check(struct content *c, const char *format, struct vxe_error *err)
{
	struct content_stat f;

	if (content_stat(c, &f, err) < 0)
		return -1;
	if (!f.exists)
		return image_fail(err, content_place(c), "does not exist");
	/* A raw image has no structure that could be damaged. */
	return str_eq(format, "raw") ? 0 : check_qcow2(c, err);
}
