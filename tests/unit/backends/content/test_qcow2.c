/* SPDX-License-Identifier: MIT */
/*
 * The header reader on headers built byte by byte, whole, damaged, cut and random; test_image.c
 * reads headers that qemu-img wrote.
 */
#include "tests/unit/leak.h"

#include "backends/content/content.h"
#include "tests/image_at.h"
#include "objects/base/file_key.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

TestSuite(qcow2, .fini = no_leaks, .timeout = 600);

#define FILE_LEN 4096
#define BACKING_OFFSET 512
#define GIB (INT64_C(1) << 30)

/* An image file in memory, with a name that can be opened. */
struct fake {
	unsigned char bytes[FILE_LEN];
	size_t len;
	int fd;
	char path[32];
};

static void put32(struct fake *f, size_t at, uint32_t v)
{
	v = htobe32(v);
	memcpy(f->bytes + at, &v, sizeof(v));
}

static void put64(struct fake *f, size_t at, uint64_t v)
{
	v = htobe64(v);
	memcpy(f->bytes + at, &v, sizeof(v));
}

/* Appends a header extension and returns where the next one goes. */
static size_t put_extension(struct fake *f, size_t at, uint32_t type, const void *data, size_t len)
{
	put32(f, at, type);
	put32(f, at + 4, (uint32_t)len);
	memcpy(f->bytes + at + 8, data, len);
	return at + 8 + (len + 7) / 8 * 8;
}

static void put_backing(struct fake *f, const char *name)
{
	put64(f, 8, BACKING_OFFSET);
	put32(f, 16, (uint32_t)strlen(name));
	memcpy(f->bytes + BACKING_OFFSET, name, strlen(name));
}

/* A valid image of 1 GiB without anything special. */
static void fake_init(struct fake *f, uint32_t version)
{
	memset(f, 0, sizeof(*f));
	f->len = FILE_LEN;
	put32(f, 0, 0x514649fb);
	put32(f, 4, version);
	put32(f, 20, 16);
	put64(f, 24, (uint64_t)GIB);
	put32(f, 100, version == 3 ? 104 : 0);
	f->fd = memfd_create("image", MFD_CLOEXEC);
	cr_assert_geq(f->fd, 0);
	snprintf(f->path, sizeof(f->path), "/proc/self/fd/%d", f->fd);
}

/* An image with all fields that the reader uses. */
static void fake_init_full(struct fake *f)
{
	unsigned char bitmaps[24] = { 0, 0, 0, 2 };
	size_t at = 104;

	fake_init(f, 3);
	put_backing(f, "base.qcow2");
	put32(f, 60, 3);
	put64(f, 72, 1 | 2 | 4);
	put64(f, 88, 1);
	at = put_extension(f, at, 0x6803f857, "feature names are passed over", 29);
	at = put_extension(f, at, 0xe2792aca, "qcow2", 5);
	at = put_extension(f, at, 0x23852875, bitmaps, sizeof(bitmaps));
	at = put_extension(f, at, 0x44415441, "data.raw", 8);
	put_extension(f, at, 0x0537be77, "0123456789abcdef", 16);
}

static int fake_read(struct fake *f, struct content_header *h, struct vxe_error *err)
{
	cr_assert_eq(ftruncate(f->fd, 0), 0);
	cr_assert_eq(pwrite(f->fd, f->bytes, f->len, 0), (ssize_t)f->len);
	return content_read(image_at(f->path), h, err);
}

static void fake_close(struct fake *f)
{
	close(f->fd);
}
#define _cleanup_fake_ _cleanup_(fake_close)

Test(qcow2, plain_header)
{
	for (int version = 2; version <= 3; version++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_header_ struct content_header h = { 0 };
		_cleanup_fake_ struct fake f;

		fake_init(&f, (uint32_t)version);
		cr_assert_eq(fake_read(&f, &h, &err), 1);
		cr_assert_eq(h.version, version);
		cr_assert_eq(h.virtual_size, GIB);
		cr_assert_null(h.backing);
		cr_assert_null(h.backing_format);
		cr_assert_null(h.data_file);
		cr_assert_not(h.encrypted || h.dirty || h.corrupt);
		cr_assert_eq(h.snapshots + h.bitmaps, 0);
	}
}

Test(qcow2, full_header)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_fake_ struct fake f;

	fake_init_full(&f);
	cr_assert_eq(fake_read(&f, &h, &err), 1);
	cr_assert_str_eq(h.backing, "base.qcow2");
	cr_assert_str_eq(h.backing_format, "qcow2");
	cr_assert_str_eq(h.data_file, "data.raw");
	cr_assert(h.encrypted && h.dirty && h.corrupt);
	cr_assert_eq(h.snapshots, 3);
	cr_assert_eq(h.bitmaps, 2);
}

Test(qcow2, version_2_has_no_feature_bits_but_extensions)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_fake_ struct fake f;

	fake_init(&f, 2);
	put_backing(&f, "/abs/base");
	put32(&f, 32, 1);
	put_extension(&f, 72, 0xe2792aca, "raw", 3);
	cr_assert_eq(fake_read(&f, &h, &err), 1);
	cr_assert_str_eq(h.backing, "/abs/base");
	cr_assert_str_eq(h.backing_format, "raw");
	cr_assert(h.encrypted);
	cr_assert_not(h.dirty || h.corrupt || h.data_file);
}

Test(qcow2, a_data_file_without_a_name_is_one)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_fake_ struct fake f;

	fake_init(&f, 3);
	put64(&f, 72, 4);
	cr_assert_eq(fake_read(&f, &h, &err), 1);
	cr_assert_str_eq(h.data_file, "");
}

Test(qcow2, a_name_of_1023_bytes_is_read_and_one_of_1024_is_not)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_fake_ struct fake f;

	fake_init(&f, 3);
	memset(f.bytes + BACKING_OFFSET, 'x', 1024);
	put64(&f, 8, BACKING_OFFSET);
	put32(&f, 16, 1023);
	cr_assert_eq(fake_read(&f, &h, &err), 1);
	cr_assert_eq(strlen(h.backing), 1023);
	put32(&f, 16, 1024);
	content_header_clear(&h);
	cr_assert_eq(fake_read(&f, &h, &err), -1);
	cr_assert_null(h.backing, "a failure leaves the result alone");
}

Test(qcow2, other_files_are_no_qcow2)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = { { "", 0 }, { "Q", 1 }, { "QFI", 3 }, { "QFI\xfa\0\0\0\3", 8 },
		{ "#!/bin/sh\n", 10 }, { "\0\0\0\0\0\0\0\0", 8 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_header_ struct content_header h = { 0 };
		_cleanup_fake_ struct fake f;

		fake_init(&f, 3);
		memcpy(f.bytes, cases[i].bytes, cases[i].len);
		f.len = cases[i].len;
		cr_assert_eq(fake_read(&f, &h, &err), 0, "case %zu", i);
		cr_assert_eq(err.code, VXE_OK);
	}
}

/* Each sets one field of the full header to an invalid value. */
static const struct {
	const char *what;
	size_t at;
	uint32_t value;
} damages[] = {
	{ "version 1", 4, 1 },
	{ "version 4", 4, 4 },
	{ "backing name beyond the first cluster", 8, 1 },
	{ "backing name longer than the cluster", 16, 65536 },
	{ "backing name that would wrap around", 16, UINT32_MAX },
	{ "cluster of 256 bytes", 20, 8 },
	{ "cluster of 4 MiB", 20, 22 },
	{ "shift beyond the word", 20, UINT32_MAX },
	{ "negative size", 24, UINT32_C(1) << 31 },
	{ "too many snapshots", 60, 65537 },
	{ "header length below the least", 100, 100 },
	{ "header length beyond the cluster", 100, 65544 },
	{ "extension that is too long", 108, 4096 },
	{ "extension length that would wrap around", 108, UINT32_MAX },
	{ "NUL byte in the backing name", BACKING_OFFSET, 0x61006161 },
	{ "format name too long", 148, 16 },
};

Test(qcow2, damage_is_refused_with_the_file_named)
{
	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_header_ struct content_header h = { 0 };
		_cleanup_fake_ struct fake f;

		fake_init_full(&f);
		cr_assert_eq(damages[i].at == 148 ? f.bytes[148 + 3] : 5, 5);
		put32(&f, damages[i].at, damages[i].value);
		cr_assert_eq(fake_read(&f, &h, &err), -1, "%s", damages[i].what);
		cr_assert_eq(err.code, VXE_IMAGE_FAILED);
		cr_assert_str_eq(err.params[0], f.path);
		cr_assert_neq(*err.params[1], '\0');
	}
}

Test(qcow2, a_cut_file_is_never_taken_for_a_whole_one)
{
	_cleanup_fake_ struct fake f;

	fake_init_full(&f);
	for (size_t len = 0; len < BACKING_OFFSET + strlen("base.qcow2"); len++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_header_ struct content_header h = { 0 };

		f.len = len;
		cr_assert_eq(fake_read(&f, &h, &err), len < 4 ? 0 : -1, "%zu bytes", len);
	}
}

/* A private generator, so that each run has the same bytes. */
static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

Test(qcow2, random_damage_stays_within_bounds)
{
	uint32_t state = 2463534242;
	_cleanup_fake_ struct fake f;
	unsigned char whole[FILE_LEN];
	int read = 0, refused = 0;

	fake_init_full(&f);
	memcpy(whole, f.bytes, sizeof(whole));
	for (int round = 0; round < 20000; round++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_header_ struct content_header h = { 0 };

		memcpy(f.bytes, whole, sizeof(whole));
		for (uint32_t n = 1 + next_random(&state) % 4; n > 0; n--)
			f.bytes[4 + next_random(&state) % 250] = (unsigned char)next_random(&state);
		f.len = next_random(&state) % 8 ? FILE_LEN : next_random(&state) % FILE_LEN;
		int rc = fake_read(&f, &h, &err);

		read += rc == 1;
		refused += rc == -1;
		cr_assert_eq(rc == -1, err.code == VXE_IMAGE_FAILED);
		cr_assert_geq(h.virtual_size, 0);
		cr_assert(!h.backing || strlen(h.backing) <= 1023);
		cr_assert(!h.backing_format || strlen(h.backing_format) <= 15);
		cr_assert(h.snapshots >= 0 && h.bitmaps >= 0);
	}
	cr_assert(read > 1000 && refused > 1000, "%d read, %d refused", read, refused);
}

Test(qcow2, a_missing_file_and_a_directory_are_errors)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct content_header h;

	cr_assert_eq(content_read(image_at("/nowhere/image"), &h, &err), -1);
	cr_assert_eq(err.code, VXE_IMAGE_FAILED);
	error_clear(&err);
	cr_assert_eq(content_read(image_at("/"), &h, &err), -1);
	cr_assert_eq(err.code, VXE_IMAGE_FAILED);
}

Test(qcow2, backing_names_mean_paths)
{
	static const struct {
		const char *path, *backing, *want;
	} cases[] = {
		{ "/d/a", "b", "/d/b" },
		{ "/d/a", "/e/b", "/e/b" },
		{ "/d/a", "../b", "/d/../b" },
		{ "/d/a", "./b", "/d/b" },
		{ "/d//./e/a", ".//b", "/d/e/b" },
		{ "/a", "b", "/b" },
		{ "/d/a", ".b", "/d/.b" },
		{ "/d/a", "./x:b", "/d/x:b" },
		{ "/d/a", "e/x:b", "/d/e/x:b" },
		{ "/d/a", "x:b", NULL },
		{ "/d/a", "nbd://host/b", NULL },
		{ "/d/a", "file:b", NULL },
		{ "/d/a", "json:{\"driver\":\"raw\"}", NULL },
		{ "/d/a", "", NULL },
		{ "/d/a", NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_free_ char *got = named_path(cases[i].path, cases[i].backing);

		cr_assert(str_eq(got, cases[i].want), "case %zu: %s", i, got);
	}
}

/* The name of a file is read as that file, even if QEMU would parse it otherwise. */
Test(qcow2, what_a_header_says_of_a_file)
{
	static const char *const cases[][2] = {
		{ "b", "b" },
		{ "x:b", "./x:b" },
		{ "nbd:b", "./nbd:b" },
		{ "e/x:b", "e/x:b" },
		{ "/d/x:b", "/d/x:b" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_free_ char *got = name_for_header(cases[i][0]);
		_cleanup_free_ char *path = named_path("/d/a", got);

		cr_assert_str_eq(got, cases[i][1]);
		cr_assert(str_ends(path, cases[i][0]), "%s", path);
	}
}

static void expect_vet(struct fake *f, const char *format, bool backing_allowed, enum vxe_code code)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	cr_assert_eq(pwrite(f->fd, f->bytes, f->len, 0), (ssize_t)f->len);
	cr_assert_eq(
		content_vet(image_at(f->path), format, backing_allowed ? VET_USE : VET_ALONE, &err),
		code == VXE_OK ? 0 : -1);
	cr_assert_eq(err.code, code);
	if (code != VXE_OK)
		cr_assert_str_eq(err.params[0], f->path);
}

Test(qcow2, images_that_lead_elsewhere_are_foreign)
{
	_cleanup_fake_ struct fake f;

	fake_init(&f, 3);
	expect_vet(&f, "qcow2", false, VXE_OK);
	put_backing(&f, "base");
	expect_vet(&f, "qcow2", true, VXE_OK);
	expect_vet(&f, "qcow2", false, VXE_FOREIGN_IMAGE);
	put_backing(&f, "nbd://host/base");
	expect_vet(&f, "qcow2", true, VXE_FOREIGN_IMAGE);
	expect_vet(&f, "raw", false, VXE_OK);
	expect_vet(&f, "vmdk", false, VXE_FOREIGN_IMAGE);
}

Test(qcow2, data_files_and_encryption_are_foreign)
{
	_cleanup_fake_ struct fake f;

	fake_init(&f, 3);
	put64(&f, 72, 4);
	expect_vet(&f, "qcow2", true, VXE_FOREIGN_IMAGE);
	put64(&f, 72, 0);
	put32(&f, 32, 2);
	expect_vet(&f, "qcow2", true, VXE_FOREIGN_IMAGE);
	put32(&f, 32, 0);
	expect_vet(&f, "qcow2", true, VXE_OK);
	f.bytes[0] = 'X';
	expect_vet(&f, "qcow2", true, VXE_IMAGE_FAILED);
}

/* The bits of the incompatible and autoclear features, one by one. */
Test(qcow2, every_bit_of_a_header_is_judged)
{
	for (int bit = 0; bit < 64; bit++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_header_ struct content_header h = { 0 };
		_cleanup_fake_ struct fake f;
		enum content_state want = bit == 0 ? CONTENT_DIRTY
			: bit == 1		   ? CONTENT_CORRUPT
			: bit == 3 || bit == 4	   ? CONTENT_SOUND
						   : CONTENT_FOREIGN;

		fake_init(&f, 3);
		put64(&f, 72, UINT64_C(1) << bit);
		put64(&f, 80, UINT64_C(1) << bit);
		put64(&f, 88, UINT64_C(1) << bit);
		cr_assert_eq(fake_read(&f, &h, &err), 1);
		cr_assert_eq(h.state, want, "bit %d", bit);
		cr_assert_eq(h.reason == NULL, want == CONTENT_SOUND, "bit %d", bit);
		expect_vet(&f, "qcow2", true, want == CONTENT_FOREIGN ? VXE_FOREIGN_IMAGE : VXE_OK);
	}
}

Test(qcow2, the_worst_that_a_header_says_counts)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_fake_ struct fake f;

	fake_init_full(&f);
	cr_assert_eq(fake_read(&f, &h, &err), 1);
	cr_assert_eq(h.state, CONTENT_FOREIGN);
	content_header_clear(&h);
	fake_close(&f);
	fake_init(&f, 3);
	put64(&f, 72, 1 | 2);
	cr_assert_eq(fake_read(&f, &h, &err), 1);
	cr_assert_eq(h.state, CONTENT_CORRUPT);
}

Test(qcow2, compression_of_an_unknown_type_is_foreign)
{
	for (int type = 0; type <= 2; type++) {
		_cleanup_fake_ struct fake f;

		fake_init(&f, 3);
		put64(&f, 72, 8);
		put32(&f, 100, 112);
		f.bytes[104] = (unsigned char)type;
		expect_vet(&f, "qcow2", true, type == 2 ? VXE_FOREIGN_IMAGE : VXE_OK);
	}
}

/* A program that does not know bitmaps clears the bit when it writes: then QEMU drops them. */
Test(qcow2, bitmaps_of_an_image_that_was_written_to_without_them_do_not_count)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_fake_ struct fake f;

	fake_init_full(&f);
	put64(&f, 88, 0);
	cr_assert_eq(fake_read(&f, &h, &err), 1);
	cr_assert_eq(h.bitmaps, 0);
}
