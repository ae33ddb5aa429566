/* SPDX-License-Identifier: MIT */
/*
 * Shared by the tests of archives: a directory for each test, images with known content, archives
 * written and read by vxe.
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
#include "objects/disks/images/image_merge.h"
#include "tests/unit/expect.h"
#include "tests/unit/scratch.h"
#include "tests/unit/xva_hand.h"
#include "tests/image_at.h"
#include "objects/disks/images/image_make.h"

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

	OK(image_make(image_at(path), size, &E));
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
	const struct xva_disk disk = { "Ref:2", image_at(image), "qcow2", size, NULL };
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
