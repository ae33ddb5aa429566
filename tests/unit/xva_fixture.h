/* SPDX-License-Identifier: MIT */
/*
 * Shared by the tests of archives: a directory for each test, images with known content, archives
 * written and read by vxe, and archives made by hand, both like those of other programs and
 * malformed ones.
 */
#pragma once

#include "backends/xva/xva.h"

#include "tests/unit/leak.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "backends/child/child.h"
#include "backends/image/image.h"
#include "backends/xva/xva_private.h"
#include "tests/unit/expect.h"
#include "tests/unit/scratch.h"

#define MIB (INT64_C(1) << 20)

static struct vxe_error E;
static char dir[SCRATCH_MAX];
static struct strv notices;

static inline void start(void)
{
	scratch_dir(dir, "xva");
}

static inline void stop(void)
{
	scratch_drop(dir);
	strv_clear(&notices);
	error_clear(&E);
	no_leaks();
}

static inline char *at(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static inline void run(const char *const argv[])
{
	OK(child_run(argv, argv[0], NULL, &E));
}

static inline void note(void *ctx, const char *text)
{
	(void)ctx;
	strv_add(&notices, text);
}

/* ---- contents --------------------------------------------------------------------------------- */

/* A qcow2 image of @size bytes with these pieces of data. */
struct piece {
	int64_t offset, length;
	int byte;
};

static inline char *make_image(const char *name, int64_t size, const struct piece *pieces, size_t n)
{
	char *path = at(name);

	OK(image_make(path, size, &E));
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *write = xasprintf("write -q -P %d %" PRId64 " %" PRId64,
			pieces[i].byte, pieces[i].offset, pieces[i].length);
		const char *const argv[] = { "qemu-io", "-f", "qcow2", "-c", write, path, NULL };

		run(argv);
	}
	return path;
}

static inline char *flatten(const char *image, const char *name)
{
	char *raw = at(name);
	const char *const argv[] = { "qemu-img", "convert", "-f", "qcow2", "-O", "raw", image, raw,
		NULL };

	run(argv);
	return raw;
}

static inline void same_content(const char *a, const char *b)
{
	_cleanup_free_ char *x = flatten(a, "x.raw"), *y = flatten(b, "y.raw");
	const char *const argv[] = { "cmp", x, y, NULL };

	run(argv);
	unlink(x);
	unlink(y);
}

static inline int open_new(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	cr_assert(fd >= 0, "%s", path);
	return fd;
}

static inline struct ova *document(void)
{
	struct ova *doc = ova_new(OVA_STRUCT);

	ova_add_text(doc, "version", "2");
	return doc;
}

static inline char *write_archive(
	const char *name, enum xva_compression how, const struct xva_disk *disks, size_t n)
{
	_cleanup_ova_ struct ova *doc = document();
	char *path = at(name);
	_cleanup_close_ int fd = open_new(path);

	OK(xva_write(fd, how, doc, disks, n, NULL, &E));
	return path;
}

static inline int read_archive(
	const char *path, const struct xva_disk *disks, size_t n, unsigned flags)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_xva_ struct xva *x = NULL;
	const struct xva_reading r = { .disks = disks, .n = n, .flags = flags, .notice = note };

	if (xva_open(&x, fd, NULL, &E) < 0)
		return -1;
	return xva_read(x, &r, &E);
}

/* ---- archives by hand ------------------------------------------------------------------------- */

/* A header as xapi writes it: without a magic number, and empty after the link's name. */
/* So many octal digits, and a zero byte. */
static inline void put_octal(char *to, int digits, size_t n)
{
	for (to[digits] = '\0'; digits--; n >>= 3)
		to[digits] = (char)('0' + (n & 7));
}

static inline void put_header(struct str *s, const char *name, size_t size, char type)
{
	char h[512] = { 0 };
	unsigned sum = 0;

	snprintf(h, 100, "%s", name);
	memcpy(h + 100,
		"0000400\0"
		"0000000\0"
		"0000000",
		24);
	put_octal(h + 124, 11, size);
	memcpy(h + 136, "00000000000", 12);
	memset(h + 148, ' ', 8);
	h[156] = type;
	for (size_t i = 0; i < sizeof(h); i++)
		sum += (unsigned char)h[i];
	put_octal(h + 148, 7, sum);
	str_add_bytes(s, h, sizeof(h));
}

static inline void put_file(struct str *s, const char *name, const void *data, size_t n)
{
	static const char zeros[512];

	put_header(s, name, n, '\0');
	str_add_bytes(s, data, n);
	str_add_bytes(s, zeros, -n % 512);
}

static inline void put_end(struct str *s)
{
	static const char zeros[1024];

	str_add_bytes(s, zeros, sizeof(zeros));
}

static const char document_text[] = "<value><struct></struct></value>";

static inline void put_document(struct str *s)
{
	put_file(s, "ova.xml", document_text, strlen(document_text));
}

/* Puts @n bytes of value @byte as block @number of Ref:2, and the checksum that @suffix names. */
static inline void put_block(struct str *s, int number, int byte, size_t n, const char *suffix)
{
	_cleanup_free_ char *data = xcalloc(n + 1, 1);
	_cleanup_free_ char *name = xasprintf("Ref:2/%08d", number);
	_cleanup_free_ char *sum_name = xasprintf("%s%s", name, suffix);
	char sum[SUM_TEXT_MAX + 1];

	memset(data, byte, n);
	sum_by_suffix(suffix)->text(data, n, sum);
	put_file(s, name, data, n);
	put_file(s, sum_name, sum, strlen(sum));
}

static inline char *save(const struct str *s, const char *name)
{
	char *path = at(name);
	_cleanup_close_ int fd = open_new(path);

	cr_assert_eq(write(fd, s->data, s->len), (ssize_t)s->len);
	return path;
}

/* Reads @s as an archive of one disk of @size; *raw gets the content. */
static inline int take(const struct str *s, int64_t size, char **raw, unsigned flags)
{
	_cleanup_free_ char *image = make_image("t.qcow2", (size + 511) / 512 * 512, NULL, 0);
	_cleanup_free_ char *path = save(s, "t.xva");
	const struct xva_disk disk = { "Ref:2", image, "qcow2", size, NULL };
	int r = read_archive(path, &disk, 1, flags);

	if (r == 0 && raw)
		*raw = flatten(image, "t.raw");
	cr_assert_eq(unlink(image), 0);
	return r;
}

static inline int byte_at(const char *raw, int64_t offset)
{
	_cleanup_close_ int fd = open(raw, O_RDONLY | O_CLOEXEC);
	unsigned char byte;

	cr_assert_eq(pread(fd, &byte, 1, offset), 1);
	return byte;
}

static inline void good(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 1 << 20, ".xxhash");
	put_block(s, 1, 2, 1 << 20, ".xxhash");
	put_end(s);
}
