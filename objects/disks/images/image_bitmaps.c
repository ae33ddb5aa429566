/* SPDX-License-Identifier: MIT */
#include "objects/disks/images/image_bitmaps.h"

#include "backends/child/child.h"
#include "objects/base/file_key.h"
#include "objects/disks/images/image_merge.h"
#include "objects/disks/images/images_private.h"

#include <inttypes.h>
#include <json-c/json.h>

struct bitmap {
	const char *name;
	int64_t granularity;
	/*
	 * true: QEMU records what a guest changes in this dirty bitmap; false: the bitmap is that of an older
	 * checkpoint
	 */
	bool records;
	/* QEMU was killed while it recorded changes in this dirty bitmap, which is of no use any more */
	bool broken;
};

static struct json_object *json_member(struct json_object *of, const char *name)
{
	struct json_object *found = NULL;

	return of && json_object_object_get_ex(of, name, &found) ? found : NULL;
}

/* The array of the bitmaps in qemu-img's description of an image; NULL: none. */
static struct json_object *list_of(struct json_object *info)
{
	struct json_object *list =
		json_member(json_member(json_member(info, "format-specific"), "data"), "bitmaps");

	return json_object_is_type(list, json_type_array) ? list : NULL;
}

static struct bitmap read_bitmap(struct json_object *from)
{
	struct json_object *flags = json_member(from, "flags");
	struct bitmap b = {
		.name = json_object_get_string(json_member(from, "name")),
		.granularity = json_object_get_int64(json_member(from, "granularity")),
	};

	for (size_t i = 0; flags && i < json_object_array_length(flags); i++) {
		const char *flag = json_object_get_string(json_object_array_get_idx(flags, i));

		b.records |= str_eq(flag, "auto");
		b.broken |= str_eq(flag, "in-use");
	}
	return b;
}

/* The dirty bitmap of the name @name in @list; an entry whose name is NULL if the list has none. */
static struct bitmap find_bitmap(struct json_object *list, const char *name)
{
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct bitmap b = read_bitmap(json_object_array_get_idx(list, i));

		if (str_eq(b.name, name))
			return b;
	}
	return (struct bitmap){ 0 };
}

/*
 * Copies the dirty bitmap @b from the image @from to the image at @place. @from is opened without its backing files,
 * because another process writes to those.
 */
static int carry(const struct bitmap *b, struct content *from, const char *place, bool there,
	struct vxe_error *err)
{
	_cleanup_free_ char *to = image_name(place);
	_cleanup_free_ char *alone = image_alone(from);
	_cleanup_free_ char *granularity = xasprintf("%" PRId64, b->granularity);
	const char *state = b->records ? "--enable" : "--disable";
	const char *const made[] = { "qemu-img", "bitmap", "--add", "-g", granularity, "--merge",
		b->name, "-b", alone, state, "-f", "qcow2", to, b->name, NULL };
	const char *const merged[] = { "qemu-img", "bitmap", "--merge", b->name, "-b", alone, state,
		"-f", "qcow2", to, b->name, NULL };

	return child_run(there ? merged : made, place, NULL, err);
}

static int ask_image_info(const char *path, struct json_object **ret, struct vxe_error *err)
{
	_cleanup_free_ char *output = NULL;
	_cleanup_free_ char *name = image_name(path);
	const char *const argv[] = { "qemu-img", "info", "--output=json", "-U", "-f", "qcow2", name,
		NULL };

	if (child_run(argv, path, &output, err) < 0)
		return -1;
	*ret = json_tokener_parse(output);
	return *ret ? 0 : image_fail(err, path, "qemu-img does not say which bitmaps it has");
}

/* Has the bitmap @name of @to, a qcow2 image, record nothing more: libvirt makes no increment from such a one. */
static int disable(const char *to, const char *name, struct vxe_error *err)
{
	_cleanup_free_ char *image = image_name(to);
	const char *const argv[] = { "qemu-img", "bitmap", "--disable", "-f", "qcow2", image, name,
		NULL };

	return child_run(argv, to, NULL, err);
}

static int carry_all(struct json_object *source, struct json_object *target, struct content *from,
	const char *to, bool up, struct vxe_error *err)
{
	struct json_object *list = list_of(source);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct bitmap b = read_bitmap(json_object_array_get_idx(list, i));

		struct bitmap there = find_bitmap(list_of(target), b.name);

		if (!b.name || there.broken || (up && !there.name) || (!up && b.broken))
			continue;
		if ((b.broken ? disable(to, b.name, err) : carry(&b, from, to, there.name, err)) <
			0)
			return -1;
	}
	return 0;
}

int image_has_bitmaps(struct content *c, struct vxe_error *err)
{
	_cleanup_header_ struct content_header h = { 0 };
	int r = content_read(c, &h, err);

	return r < 0 ? -1 : r && h.bitmaps;
}

int image_bitmaps_carry(struct content *from, struct content *to, const char *to_format, bool up,
	struct vxe_error *err)
{
	struct json_object *source = NULL, *target = NULL;
	int r = str_eq(to_format, "qcow2") ? image_has_bitmaps(from, err) : 0;

	if (r <= 0)
		return r;
	r = ask_image_info(content_place(from), &source, err);
	if (r == 0)
		r = ask_image_info(content_place(to), &target, err);
	if (r == 0)
		r = carry_all(source, target, from, content_place(to), up, err);
	if (r == 0)
		r = content_sync(to, err);
	json_object_put(source);
	json_object_put(target);
	return r;
}

/* Adds the names of the bitmaps of the qcow2 image @c to @names; @broken: only of those that are of no use. */
static int read_names(struct content *c, bool broken, struct strv *names, struct vxe_error *err)
{
	struct json_object *info = NULL;
	int r = image_has_bitmaps(c, err);

	if (r <= 0)
		return r;
	if (ask_image_info(content_place(c), &info, err) < 0)
		return -1;
	struct json_object *list = list_of(info);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct bitmap b = read_bitmap(json_object_array_get_idx(list, i));

		if (b.name && (b.broken || !broken) && !strv_has(names, b.name))
			strv_add(names, b.name);
	}
	json_object_put(info);
	return 0;
}

/* Adds to @to, a qcow2 image, a bitmap @name in which nothing is recorded. */
static int add_void(const char *to, const char *name, struct vxe_error *err)
{
	_cleanup_free_ char *image = image_name(to);
	const char *const argv[] = { "qemu-img", "bitmap", "--add", "--disable", "-f", "qcow2",
		image, name, NULL };

	return child_run(argv, to, NULL, err);
}

/* Collects the names of the bitmaps of @top (qcow2) and of the layers below it, down to, but without the file @base. */
static int chain_names(
	struct content *top, const char *base, struct strv *names, struct vxe_error *err)
{
	_cleanup_free_ char *path = xstrdup(content_place(top));

	while (path && !file_is_same(path, base)) {
		_cleanup_header_ struct content_header h = { 0 };
		struct content *at = content_at(top, path);
		int r = content_read(at, &h, err);

		if (r < 0 || read_names(at, false, names, err) < 0)
			return -1;
		free(path);
		path = r && str_eq(h.backing_format, "qcow2") ? xstrdup_null(h.backing_path) : NULL;
	}
	return 0;
}

int image_bitmaps_void(struct content *top, const char *format, const struct strv *names,
	struct content *to, struct vxe_error *err)
{
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_strv_ struct strv all = { 0 };

	for (size_t i = 0; i < names->n; i++)
		strv_add(&all, names->items[i]);
	if (content_read(to, &h, err) < 0 ||
		(str_eq(format, "qcow2") && chain_names(top, h.backing_path, &all, err) < 0))
		return -1;
	for (size_t i = 0; i < all.n; i++)
		if (add_void(content_place(to), all.items[i], err) < 0)
			return -1;
	return all.n ? content_sync(to, err) : 0;
}

/* ---- bitmaps that a killed QEMU has left ------------------------------------------------------- */

int image_bitmaps_hinder(
	struct content *high, struct content *low, struct strv *names, struct vxe_error *err)
{
	int64_t want, has;

	if (content_size(high, "qcow2", &want, err) < 0 ||
		content_size(low, "qcow2", &has, err) < 0)
		return -1;
	return has < want ? read_names(low, true, names, err) : 0;
}

static int remove_bitmap(struct content *c, const char *name, struct vxe_error *err)
{
	_cleanup_free_ char *alone = image_alone(c);
	const char *const argv[] = { "qemu-img", "bitmap", "--remove", "-f", "qcow2", alone, name,
		NULL };

	if (content_vet(c, "qcow2", VET_USE, err) < 0)
		return -1;
	return child_run(argv, content_place(c), NULL, err);
}

/* Takes the bitmaps @names out of the image, as far as it has them. */
static int remove_bitmaps(struct content *c, const struct strv *names, struct vxe_error *err)
{
	_cleanup_strv_ struct strv there = { 0 };

	if (image_repair(c, "qcow2", err) < 0 || read_names(c, false, &there, err) < 0)
		return -1;
	for (size_t i = 0; i < names->n; i++)
		if (strv_has(&there, names->items[i]) && remove_bitmap(c, names->items[i], err) < 0)
			return -1;
	return content_sync(c, err);
}

static int check_above(
	struct content *above, const char *low, const struct strv *names, struct vxe_error *err)
{
	_cleanup_strv_ struct strv there = { 0 };

	if (read_names(above, false, &there, err) < 0)
		return -1;
	for (size_t i = 0; i < names->n; i++)
		if (strv_has(&there, names->items[i]))
			return image_fail(err, low,
				"its bitmap %s, which a killed QEMU has left, keeps it from "
				"growing, and %s has one of that name: 'qemu-img bitmap --remove' "
				"takes out both",
				names->items[i], content_place(above));
	return 0;
}

int image_bitmaps_clear(
	struct content *high, struct content *low, const struct strv *above, struct vxe_error *err)
{
	_cleanup_strv_ struct strv names = { 0 };

	if (image_bitmaps_hinder(high, low, &names, err) < 0)
		return -1;
	if (!names.n)
		return 0;
	for (size_t i = 0; i < above->n; i++)
		if (check_above(
			    content_at(high, above->items[i]), content_place(low), &names, err) < 0)
			return -1;
	/* First the upper image: without the lower bitmap libvirt would take the upper one for complete. */
	return remove_bitmaps(high, &names, err) < 0 ? -1 : remove_bitmaps(low, &names, err);
}
