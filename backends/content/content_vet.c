/* SPDX-License-Identifier: MIT */
/* Decides what may be done with an image, by its header; content_header.c reads headers. */
#include "backends/content/content_private.h"

#define SECTOR 512 /* QEMU rounds the size of a raw image up to whole sectors */
/* most files in a chain of backing files; a longer chain leads back to itself */
#define CHAIN_MAX 1024

/* ---- VHD ------------------------------------------------------------------------------------- */

#define VHD_FOOTER 512
#define VHD_SIZE_AT 48
#define VHD_TYPE_AT 60
enum { VHD_FIXED = 2, VHD_DYNAMIC = 3 };

static int64_t big_endian(const unsigned char *at, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | at[i];
	return (int64_t)value;
}

static int vhd_footer(struct content *c, unsigned char *footer, struct vxe_error *err)
{
	struct content_stat f;

	if (content_stat(c, &f, err) < 0)
		return -1;
	ssize_t got = f.size < VHD_FOOTER
		? 0
		: content_pread(c, footer, VHD_FOOTER, f.size - VHD_FOOTER, err);

	if (got < 0)
		return -1;
	return got != VHD_FOOTER || memcmp(footer, "conectix", 8) != 0
		? vxe_fail(err, VXE_FOREIGN_IMAGE, content_place(c), "it is not a VHD image")
		: 0;
}

/* Refuses a file that is not a VHD, and a VHD that is a difference to another file. */
static int vhd_read(struct content *c, int64_t *virtual_size, struct vxe_error *err)
{
	const char *place = content_place(c);
	unsigned char footer[VHD_FOOTER];

	if (vhd_footer(c, footer, err) < 0)
		return -1;
	int64_t type = big_endian(footer + VHD_TYPE_AT, 4);

	if (type != VHD_FIXED && type != VHD_DYNAMIC)
		return vxe_fail(err, VXE_FOREIGN_IMAGE, place, "it needs another VHD");
	*virtual_size = big_endian(footer + VHD_SIZE_AT, 8);
	if (*virtual_size < 0)
		return vxe_fail(err, VXE_FOREIGN_IMAGE, place, "its size is not valid");
	return 0;
}

/* ---- size ------------------------------------------------------------------------------------ */

static int raw_size(struct content *c, int64_t *ret, struct vxe_error *err)
{
	struct content_stat f;

	if (content_stat(c, &f, err) < 0)
		return -1;
	if (!f.exists)
		return image_fail(err, content_place(c), "does not exist");
	*ret = (f.size + SECTOR - 1) / SECTOR * SECTOR;
	return 0;
}

static int read_qcow2(struct content *c, struct content_header *ret, struct vxe_error *err)
{
	int found = content_read(c, ret, err);

	if (found == 0)
		return image_fail(err, content_place(c), "not a qcow2 image");
	return found < 0 ? -1 : 0;
}

int content_size(struct content *c, const char *format, int64_t *ret, struct vxe_error *err)
{
	_cleanup_header_ struct content_header h = { 0 };

	if (str_eq(format, "raw"))
		return raw_size(c, ret, err);
	if (str_eq(format, "vpc"))
		return vhd_read(c, ret, err);
	if (!str_eq(format, "qcow2"))
		return image_fail(err, content_place(c), "format %s is not supported", format);
	if (read_qcow2(c, &h, err) < 0)
		return -1;
	*ret = h.virtual_size;
	return 0;
}

/* ---- judging --------------------------------------------------------------------------------- */

/* Refuses an image that vxe cannot use; *ret gets the qcow2 header, and stays empty for a raw image. */
static int usable(
	struct content *c, const char *format, struct content_header *ret, struct vxe_error *err)
{
	_cleanup_header_ struct content_header h = { 0 };
	const char *place = content_place(c);

	if (str_eq(format, "raw"))
		return 0;
	if (!str_eq(format, "qcow2"))
		return vxe_fail(
			err, VXE_FOREIGN_IMAGE, place, "its format is neither qcow2 nor raw");
	if (read_qcow2(c, &h, err) < 0)
		return -1;
	if (h.state == CONTENT_FOREIGN)
		return vxe_fail(err, VXE_FOREIGN_IMAGE, place, h.reason);
	*ret = h;
	h = (struct content_header){ 0 };
	return 0;
}

static int check_format_said(
	const struct content *c, const struct content_header *h, struct vxe_error *err)
{
	return h->backing && !h->backing_format
		? vxe_fail(err, VXE_FORMAT_MISSING, content_place(c), h->backing)
		: 0;
}

/* Checks one image of a backing chain, and moves *c to its backing file, to NULL at the end of the chain. */
static int chain_next(struct content **c, char **format, struct vxe_error *err)
{
	_cleanup_header_ struct content_header h = { 0 };
	int64_t ignored;

	if (str_eq(*format, "vpc") && vhd_read(*c, &ignored, err) < 0)
		return -1;
	if (!str_eq(*format, "vpc") &&
		(usable(*c, *format, &h, err) < 0 || check_format_said(*c, &h, err) < 0))
		return -1;
	*c = h.backing_path ? content_at(*c, h.backing_path) : NULL;
	str_replace(format, h.backing_format);
	return 0;
}

/*
 * Names the image @c, if one below it cannot be used: it alone has all of the content, and is what another program has to
 * convert.
 */
static int fail_below(const struct content *c, const struct content *at, struct vxe_error *err)
{
	if (at == c || err->code != VXE_FOREIGN_IMAGE)
		return -1;
	_cleanup_free_ char *reason =
		xasprintf("it lies on %s: %s", content_place(at), err->params[1]);

	error_clear(err);
	return vxe_fail(err, VXE_FOREIGN_IMAGE, content_place(c), reason);
}

static int vet_chain(struct content *c, const char *format, struct vxe_error *err)
{
	_cleanup_free_ char *at_format = xstrdup(format);
	struct content *at = c;

	for (int n = 0; at; n++) {
		const struct content *now = at;

		if (n == CHAIN_MAX)
			return image_fail(
				err, content_place(c), "its chain of backing files is too long");
		if (chain_next(&at, &at_format, err) < 0)
			return fail_below(c, now, err);
	}
	return 0;
}

int content_vet(struct content *c, const char *format, enum content_vet what, struct vxe_error *err)
{
	int64_t ignored;

	if (what == VET_CHAIN)
		return vet_chain(c, format, err);
	if (what == VET_FORMATS) {
		_cleanup_error_ struct vxe_error why = { 0 };

		if (vet_chain(c, format, &why) == 0 || why.code != VXE_FORMAT_MISSING)
			return 0;
		error_move(err, &why);
		return -1;
	}
	if (what == VET_ALONE && str_eq(format, "vpc"))
		return vhd_read(c, &ignored, err);
	_cleanup_header_ struct content_header h = { 0 };
	enum content_state worst = what == VET_SOUND ? CONTENT_SOUND
		: what == VET_BASE		     ? CONTENT_DIRTY
						     : CONTENT_CORRUPT;

	if (usable(c, format, &h, err) < 0)
		return -1;
	if (what == VET_ALONE && h.backing)
		return vxe_fail(err, VXE_FOREIGN_IMAGE, content_place(c), "it has a backing file");
	if (what == VET_BASE && check_format_said(c, &h, err) < 0)
		return -1;
	return h.state > worst ? vxe_fail(err, VXE_IMAGE_DAMAGED, content_place(c), h.reason) : 0;
}
