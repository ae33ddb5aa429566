/* SPDX-License-Identifier: MIT */
/*
 * The reader of the table of internal snapshots, on tables built byte by byte: whole, damaged, cut
 * and random; test_image_file.c reads tables that qemu-img wrote.
 */
#include "tests/unit/leak.h"

#include "backends/content/content.h"
#include "backends/content/qcow2_layout.h"
#include "tests/image_at.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

TestSuite(qcow2_table, .fini = no_leaks, .timeout = 600);

#define FILE_LEN 4096
#define TABLE 1024

/* An image file in memory with two snapshots, the first with memory. */
struct fake {
	unsigned char bytes[FILE_LEN];
	size_t len, end; /* of the file, of the table */
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

/* Appends an entry and returns where the next one goes. */
static size_t put_entry(struct fake *f, size_t at, const char *name, uint32_t time, uint64_t memory)
{
	put64(f, at, 65536);
	put32(f, at + 8, 1);
	put32(f, at + 12, (uint32_t)(1 << 16 | strlen(name)));
	put32(f, at + 16, time);
	put32(f, at + 36, 16);
	put64(f, at + 40, memory);
	put64(f, at + 48, UINT64_C(1) << 30);
	f->bytes[at + 56] = '1';
	memcpy(f->bytes + at + 57, name, strlen(name));
	return (at + 57 + strlen(name) + 7) / 8 * 8;
}

static void fake_init(struct fake *f)
{
	memset(f, 0, sizeof(*f));
	f->len = FILE_LEN;
	put32(f, 0, QCOW2_MAGIC);
	put32(f, 4, 3);
	put32(f, 20, 16);
	put64(f, 24, UINT64_C(1) << 30);
	put32(f, 60, 2);
	put64(f, 64, TABLE);
	put32(f, 100, 104);
	f->end = put_entry(f, put_entry(f, TABLE, "live1", 1700000000, 5), "old", 1700000001, 0);
	f->fd = memfd_create("image", MFD_CLOEXEC);
	cr_assert_geq(f->fd, 0);
	snprintf(f->path, sizeof(f->path), "/proc/self/fd/%d", f->fd);
}

static int fake_read(struct fake *f, struct content_snapshots *s, struct vxe_error *err)
{
	cr_assert_eq(ftruncate(f->fd, 0), 0);
	cr_assert_eq(pwrite(f->fd, f->bytes, f->len, 0), (ssize_t)f->len);
	return content_snapshots(image_at(f->path), NULL, s, err);
}

static void fake_close(struct fake *f)
{
	close(f->fd);
}
#define _cleanup_fake_ _cleanup_(fake_close)

static uint64_t sum_of(struct fake *f)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_snapshots_ struct content_snapshots s = { 0 };

	cr_assert_eq(fake_read(f, &s, &err), 1);
	return s.sum;
}

Test(content_snapshots, names_times_and_memory_are_read)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_snapshots_ struct content_snapshots s = { 0 };
	_cleanup_fake_ struct fake f;

	fake_init(&f);
	cr_assert_eq(fake_read(&f, &s, &err), 1);
	cr_assert_eq(s.n, 2);
	cr_assert_str_eq(s.items[0].name, "live1");
	cr_assert_eq(s.items[0].time, 1700000000);
	cr_assert_eq(s.items[0].memory, 5);
	cr_assert_str_eq(s.items[1].name, "old");
	cr_assert_eq(s.items[1].time, 1700000001);
	cr_assert_eq(s.items[1].memory, 0);
}

Test(content_snapshots, an_image_without_snapshots_has_none_wherever_its_table_is)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_snapshots_ struct content_snapshots s = { 0 };
	_cleanup_fake_ struct fake f;

	fake_init(&f);
	put32(&f, 60, 0);
	put64(&f, 64, 0);
	cr_assert_eq(fake_read(&f, &s, &err), 1);
	cr_assert_eq(s.n, 0);
	f.bytes[0] = 'X';
	cr_assert_eq(fake_read(&f, &s, &err), 0, "another file is none");
}

Test(content_snapshots, the_sum_tells_every_change_of_an_entry)
{
	_cleanup_fake_ struct fake f;
	uint64_t whole;

	fake_init(&f);
	whole = sum_of(&f);
	cr_assert_eq(sum_of(&f), whole);
	put32(&f, TABLE + 16, 1700000002);
	cr_assert_neq(sum_of(&f), whole);
	put32(&f, TABLE + 16, 1700000000);
	put64(&f, TABLE, 131072); /* where its tables are */
	cr_assert_neq(sum_of(&f), whole);
	put64(&f, TABLE, 65536);
	cr_assert_eq(sum_of(&f), whole);
	put32(&f, 60, 1);
	cr_assert_neq(sum_of(&f), whole);
}

/* The option for the snapshot with that key; NULL: it is refused. Owned. */
static char *option_of(const struct fake *f, const char *key)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_snapshots_ struct content_snapshots s = { 0 };

	return content_snapshots(image_at(f->path), key, &s, &err) == 1 && s.n == 1
		? TAKE(s.items[0].option)
		: NULL;
}

Test(content_snapshots, a_key_finds_its_snapshot_as_long_as_the_entry_is_the_same)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_snapshots_ struct content_snapshots s = { 0 }, changed = { 0 };
	_cleanup_fake_ struct fake f;

	fake_init(&f);
	cr_assert_eq(fake_read(&f, &s, &err), 1);
	cr_assert_str_neq(s.items[0].key, s.items[1].key);
	cr_assert_eq(s.items[0].size, INT64_C(1) << 30);
	_cleanup_free_ char *first = option_of(&f, s.items[0].key);
	cr_assert_str_eq(first, "snapshot.id=1");
	/* Another one that has got the same number and name. */
	put64(&f, TABLE, 131072);
	cr_assert_eq(fake_read(&f, &changed, &err), 1);
	cr_assert_null(option_of(&f, s.items[0].key));
	_cleanup_free_ char *second = option_of(&f, s.items[1].key);
	cr_assert_str_eq(second, "snapshot.id=1");
}

Test(content_snapshots, only_numbers_get_into_an_option)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_snapshots_ struct content_snapshots s = { 0 };
	_cleanup_fake_ struct fake f;

	fake_init(&f);
	f.bytes[TABLE + 56] = ',';
	cr_assert_eq(fake_read(&f, &s, &err), 1);
	cr_assert_null(option_of(&f, s.items[0].key));
}

Test(content_snapshots, a_long_name_is_cut_and_one_with_a_NUL_ends_there)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_snapshots_ struct content_snapshots s = { 0 };
	_cleanup_fake_ struct fake f;

	fake_init(&f);
	put32(&f, 60, 1);
	put32(&f, TABLE + 12, 1 << 16 | 1000);
	memset(f.bytes + TABLE + 57, 'n', 1000);
	cr_assert_eq(fake_read(&f, &s, &err), 1);
	cr_assert_eq(strlen(s.items[0].name), 255);
	content_snapshots_clear(&s);
	f.bytes[TABLE + 60] = '\0';
	cr_assert_eq(fake_read(&f, &s, &err), 1);
	cr_assert_str_eq(s.items[0].name, "nnn");
}

/* Each sets one field to an invalid value. */
static const struct {
	const char *what;
	size_t at;
	uint32_t value;
} damages[] = {
	{ "the table beyond the end of any file", 64, UINT32_MAX },
	{ "the table beyond the end of this file", 64, 1 },
	{ "the table at no multiple of 8", 68, TABLE + 4 },
	{ "more snapshots than the file has room for", 60, 65536 },
	{ "too much extra data", TABLE + 36, 1025 },
	{ "extra data that would wrap around", TABLE + 36, UINT32_MAX },
	{ "an identity beyond the end of the file", TABLE + 12, UINT32_MAX },
};

Test(content_snapshots, damage_is_refused_with_the_file_named)
{
	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_snapshots_ struct content_snapshots s = { 0 };
		_cleanup_fake_ struct fake f;

		fake_init(&f);
		put32(&f, damages[i].at, damages[i].value);
		cr_assert_eq(fake_read(&f, &s, &err), -1, "%s", damages[i].what);
		cr_assert_eq(err.code, VXE_IMAGE_FAILED);
		cr_assert_str_eq(err.params[0], f.path);
		cr_assert_eq(s.n, 0, "a failure leaves the result alone");
	}
}

Test(content_snapshots, a_cut_table_is_never_taken_for_a_whole_one)
{
	_cleanup_fake_ struct fake f;

	fake_init(&f);
	for (size_t len = TABLE; len < f.end - 4; len++) { /* the last name ends 4 before */
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_snapshots_ struct content_snapshots s = { 0 };

		f.len = len;
		cr_assert_eq(fake_read(&f, &s, &err), -1, "%zu bytes", len);
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

Test(content_snapshots, random_damage_stays_within_bounds)
{
	uint32_t state = 2463534242;
	_cleanup_fake_ struct fake f;
	unsigned char whole[FILE_LEN];
	int read = 0, refused = 0;

	fake_init(&f);
	memcpy(whole, f.bytes, sizeof(whole));
	for (int round = 0; round < 20000; round++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_snapshots_ struct content_snapshots s = { 0 };

		memcpy(f.bytes, whole, sizeof(whole));
		for (uint32_t n = 1 + next_random(&state) % 4; n > 0; n--) {
			uint32_t at = next_random(&state) % (16 + (uint32_t)(f.end - TABLE));

			f.bytes[at < 16 ? 60 + at % 12 : TABLE + at - 16] =
				(unsigned char)next_random(&state);
		}
		int rc = fake_read(&f, &s, &err);

		read += rc == 1;
		refused += rc == -1;
		cr_assert_eq(rc == -1, err.code == VXE_IMAGE_FAILED);
		for (size_t i = 0; i < s.n; i++)
			cr_assert(strlen(s.items[i].name) <= 255 && s.items[i].memory >= 0);
	}
	cr_assert(read > 1000 && refused > 1000, "%d read, %d refused", read, refused);
}
