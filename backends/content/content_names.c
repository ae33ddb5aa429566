/* SPDX-License-Identifier: MIT */
/*
 * The files that the header of an image names. In doubt a file counts as named, because merges and
 * removals rely on the result.
 */
#include "backends/content/content_private.h"
#include "objects/base/file_kind.h"

#include <json-c/json.h>

/* Collects the names of other files in the header of @image, as absolute paths. */
struct scan {
	const char *image;
	struct strv *names;
};

static void add_path(const struct scan *s, const char *name)
{
	_cleanup_free_ char *text = xstrdup(name);
	const struct content_name n = { .text = text };
	char *place = content_named(s->image, &n);

	if (place)
		strv_take(s->names, place);
}

/* Adds the file that each "filename" or "....filename" in QEMU's options names, at any depth. */
static void add_options(const struct scan *s, struct json_object *options)
{
	if (!json_object_is_type(options, json_type_object))
		return;
	/* Adds options that name an export of a server instead of a file. */
	char *place = export_named(s->image, options);

	if (place)
		strv_take(s->names, place);
	json_object_object_foreach(options, key, value)
	{
		if (json_object_is_type(value, json_type_object))
			add_options(s, value);
		else if (str_ends(key, "filename") && json_object_is_type(value, json_type_string))
			add_path(s, json_object_get_string(value));
	}
}

/* Adds the file that a header names: by its path, as "file:PATH", or by "json:" options. */
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

/* ---- other formats than qcow2 ---------------------------------------------------------------- */

#define HEAD_BYTES 65536
#define SECTOR 512

struct head {
	const struct scan *s;
	struct content_open open;
	size_t n;
	char bytes[HEAD_BYTES];
};

static uint64_t little_endian(const struct head *h, size_t at, size_t n)
{
	uint64_t value = 0;

	while (n-- > 0)
		value = value << 8 | (unsigned char)h->bytes[at + n];
	return value;
}

/* The text of @n bytes at @at in the file, owned; NULL: the file does not have them. */
static char *text_at(const struct head *h, uint64_t at, uint64_t n)
{
	_cleanup_free_ char *text = xcalloc(HEAD_BYTES + 1, 1);

	if (n == 0 || n > HEAD_BYTES || at > INT64_MAX ||
		h->open.kind->pread(h->open.fd, text, (size_t)n, (off_t)at) != (ssize_t)n)
		return NULL;
	return TAKE(text);
}

static int add_text(const struct head *h, const char *text, struct vxe_error *err)
{
	return text && *text ? add_name(h->s, text, err) : 0;
}

/*
 * Reads names in a VMDK's description, where each other file stands alone on its line, in quotes: the parent, and the
 * extents.
 */
static int names_in(const struct head *h, char *text, struct vxe_error *err)
{
	char *rest = NULL;

	for (char *line = strtok_r(text, "\r\n", &rest); line;
		line = strtok_r(NULL, "\r\n", &rest)) {
		bool names = str_starts(line, "parentFileNameHint") || str_starts(line, "RW ") ||
			str_starts(line, "RDONLY ") || str_starts(line, "NOACCESS ");
		char *name = names ? strchr(line, '"') : NULL;

		if (!name)
			continue;
		name[1 + strcspn(name + 1, "\"")] = '\0';
		if (add_text(h, name + 1, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Adds the names in an image that is not qcow2 (QED, VMDK). Such an image matters only because it may be an overlay
 * on others: no image that vxe uses has one as its backing file.
 */
static int names_of_others(
	const struct scan *s, const struct content_open *open, struct vxe_error *err)
{
	_cleanup_free_ struct head *h = xcalloc(1, sizeof(*h));
	ssize_t n = open->kind->pread(open->fd, h->bytes, FILE_KIND_BYTES, 0);

	if (n < 0)
		return image_fail_errno(err, s->image, "cannot be read");
	h->open = *open;
	h->s = s;
	h->n = (size_t)n;
	const char *kind = file_kind(h->bytes, h->n);

	if (str_eq(kind, FILE_KIND_QED)) {
		/* Reads the names in a QED image, by QEMU's docs/interop/qed_spec.txt. */
		enum { AT = 56, LENGTH = 60, END = 64 };
		_cleanup_free_ char *name = NULL;

		if (h->n >= END)
			name = text_at(h, little_endian(h, AT, 4), little_endian(h, LENGTH, 4));
		return add_text(h, name, err);
	}
	if (!str_eq(kind, FILE_KIND_VMDK))
		return 0;
	n = h->open.kind->pread(h->open.fd, h->bytes, sizeof(h->bytes) - 1, 0);
	h->n = n < 0 ? 0 : (size_t)n;
	/*
	 * Finds the description of a VMDK image, which is a file of its own, or a part of the first extent and then
	 * names that extent.
	 */
	enum { AT = 28, LENGTH = 36, END = 44 };
	_cleanup_free_ char *text = NULL;

	if (h->n < END)
		return 0;
	if (memcmp(h->bytes, "KDMV", 4) == 0)
		text = text_at(
			h, little_endian(h, AT, 8) * SECTOR, little_endian(h, LENGTH, 8) * SECTOR);
	else
		text = xstrndup(h->bytes, h->n);
	return text ? names_in(h, text, err) : 0;
}

static int names_in_header(const struct content_open *open, const char *path, struct strv *names,
	char **ret_next, struct vxe_error *err)
{
	_cleanup_header_ struct content_header h = { 0 };
	const struct scan s = { path, names };
	int found = header_read(open, path, &h, err);

	if (found <= 0)
		return found < 0 ? -1 : names_of_others(&s, open, err);
	if ((h.backing && add_name(&s, h.backing, err) < 0) ||
		(h.data_file && add_name(&s, h.data_file, err) < 0))
		return -1;
	if (str_eq(h.backing_format, "qcow2"))
		*ret_next = TAKE(h.backing_path);
	return 0;
}

int content_names(struct content *c, struct strv *names, char **ret_next, struct vxe_error *err)
{
	const char *path = content_place(c);
	struct content_open open = { .fd = -1 };
	_cleanup_close_ int far = -1;

	*ret_next = NULL;
	if (far_is(path)) {
		int r = content_open_far(path, &open);

		far = open.fd;
		if (r < 0 && (errno == ENOENT || errno == ELOOP))
			return 0;
		if (r < 0)
			return image_fail_errno(err, path, "cannot be opened");
	} else if (content_open(c, &open, err) < 0) {
		if (errno != ENOENT && errno != ELOOP)
			return -1;
		error_clear(err);
		return 0;
	}
	return names_in_header(&open, path, names, ret_next, err);
}
