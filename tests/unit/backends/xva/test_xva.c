/* SPDX-License-Identifier: MIT */
/*
 * Accepted archives: tar(1) and vxe read what vxe wrote, in every compression, and vxe reads what
 * others wrote.
 */
#include "tests/unit/xva_fixture.h"
#include "tests/image_at.h"

#include <sys/wait.h>

TestSuite(xva, .init = start, .fini = stop);

/* ---- there and back --------------------------------------------------------------------------- */

static const int64_t sizes[] = { 512, MIB - 512, MIB, MIB + 512, 2 * MIB, 2 * MIB + 512,
	100 * MIB };

static void round_trip(enum xva_compression how)
{
	struct xva_disk out[ARRAY_LEN(sizes)], in[ARRAY_LEN(sizes)];
	size_t n = ARRAY_LEN(sizes);

	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *name = xasprintf("%zu.qcow2", i);
		_cleanup_free_ char *back = xasprintf("%zu-back.qcow2", i);
		const struct piece pieces[] = { { sizes[i] - 512, 512, 7 + (int)i },
			{ sizes[i] / 2 / 512 * 512, 512, 99 } };
		char *id = xasprintf("Ref:%zu", i + 1);

		_cleanup_free_ char *from = make_image(name, sizes[i], pieces, 2);
		_cleanup_free_ char *to = make_image(back, sizes[i], NULL, 0);

		out[i] = (struct xva_disk){ id, image_at(from), "qcow2", sizes[i], NULL };
		in[i] = (struct xva_disk){ id, image_at(to), "qcow2", sizes[i], NULL };
	}
	_cleanup_free_ char *path = write_archive("a.xva", how, out, n);
	OK(read_archive(path, in, n, 0));
	cr_assert_eq(notices.n, 0);
	for (size_t i = 0; i < n; i++) {
		same_content(content_place(out[i].of), content_place(in[i].of));
		free((char *)(uintptr_t)out[i].id);
	}
}

Test(xva, round_trip_plain)
{
	round_trip(XVA_PLAIN);
}

Test(xva, round_trip_gzip)
{
	round_trip(XVA_GZIP);
}

Test(xva, round_trip_zstd)
{
	round_trip(XVA_ZSTD);
}

/* One block is written while the next one is read; some blocks have zeros between their data. */
Test(xva, every_block_has_data)
{
	struct piece pieces[12];
	size_t n = ARRAY_LEN(pieces);

	for (size_t i = 0; i < n; i++)
		pieces[i] = (struct piece){ (int64_t)i * MIB + (i % 3 == 1 ? 192 << 10 : 0),
			i % 3 ? MIB / 2 : MIB, 3 + (int)i };
	_cleanup_free_ char *from = make_image("dense.qcow2", (int64_t)n * MIB, pieces, n);
	_cleanup_free_ char *to = make_image("back.qcow2", (int64_t)n * MIB, NULL, 0);
	const struct xva_disk out = { "Ref:1", image_at(from), "qcow2", (int64_t)n * MIB, NULL };
	const struct xva_disk in = { "Ref:1", image_at(to), "qcow2", (int64_t)n * MIB, NULL };
	_cleanup_free_ char *path = write_archive("a.xva", XVA_PLAIN, &out, 1);

	OK(read_archive(path, &in, 1, 0));
	same_content(from, to);
}

/* Readable without vxe: tar, cat in the order of the names, and sums by other programs. */
Test(xva, others_read_it)
{
	const struct piece pieces[] = { { 0, 3 * MIB, 5 }, { 3 * MIB, 512, 6 } };
	_cleanup_free_ char *image = make_image("i.qcow2", 3 * MIB + 512, pieces, 2);
	_cleanup_free_ char *raw = flatten(image, "i.raw");
	const struct xva_disk disk = { "Ref:7", image_at(image), "qcow2", 3 * MIB + 512, NULL };
	_cleanup_free_ char *path = write_archive("a.xva", XVA_PLAIN, &disk, 1);
	const char *const unpack[] = { "tar", "-C", dir, "-xf", path, NULL };
	_cleanup_free_ char *script = xasprintf(
		"cd %s && cat Ref:7/0000000? | cmp - i.raw && for f in Ref:7/0000000?; do "
		"xxhsum -H1 $f | cut -c1-16 | tr a-f A-F | tr -d '\\n' | cmp - $f.xxhash || exit "
		"1; "
		"done && test $(ls Ref:7 | wc -l) = 8",
		dir);
	const char *const compare[] = { "sh", "-c", script, NULL };

	run(unpack);
	if (access("/usr/bin/xxhsum", X_OK) == 0)
		run(compare);
	cr_assert_not_null(raw);
}

/* With a first disk smaller than a block other programs would misread holes, so there are none. */
Test(xva, no_holes_behind_a_small_disk)
{
	_cleanup_free_ char *small = make_image("s.qcow2", 512, NULL, 0);
	_cleanup_free_ char *large = make_image("l.qcow2", 5 * MIB, NULL, 0);
	const struct xva_disk in_order[] = { { "Ref:1", image_at(small), "qcow2", 512, NULL },
		{ "Ref:2", image_at(large), "qcow2", 5 * MIB, NULL } };
	const struct xva_disk other[] = { { "Ref:1", image_at(large), "qcow2", 5 * MIB, NULL },
		{ "Ref:2", image_at(small), "qcow2", 512, NULL } };
	_cleanup_free_ char *dense = write_archive("d.xva", XVA_PLAIN, in_order, 2);
	_cleanup_free_ char *sparse = write_archive("s.xva", XVA_PLAIN, other, 2);
	struct stat a, b;

	cr_assert(stat(dense, &a) == 0 && stat(sparse, &b) == 0);
	cr_assert_gt(a.st_size, 5 * MIB);
	cr_assert_lt(b.st_size, 3 * MIB);
}

/* ---- archives by hand ------------------------------------------------------------------------- */

/* The worked example: numbers increase while no data is sent. */
Test(xva, blocks_that_only_keep_alive)
{
	_cleanup_str_ struct str s = { 0 };
	_cleanup_free_ char *raw = NULL;

	put_document(&s);
	put_block(&s, 0, 1, 1 << 20, ".xxhash");
	put_block(&s, 2, 0, 0, ".xxhash");
	put_block(&s, 4, 0, 0, ".xxhash");
	put_block(&s, 6, 4, 1 << 20, ".xxhash");
	put_block(&s, 7, 5, 1 << 20, ".xxhash");
	put_end(&s);
	OK(take(&s, 6 * MIB, &raw, 0));
	static const int want[] = { 1, 0, 0, 0, 4, 5 };

	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		cr_assert_eq(byte_at(raw, (int64_t)i * MIB), want[i], "MiB %zu", i);
}

Test(xva, smaller_blocks_and_old_sums)
{
	_cleanup_str_ struct str s = { 0 };
	_cleanup_free_ char *raw = NULL;

	put_document(&s);
	put_block(&s, 0, 1, 1 << 19, ".checksum");
	put_block(&s, 3, 4, 1 << 19, ".checksum");
	put_block(&s, 4, 0, 1 << 19, ".xxhash");
	put_block(&s, 5, 6, 512, ".xxhash");
	put_end(&s);
	OK(take(&s, 5 * MIB / 2 + 512, &raw, 0));
	cr_assert_eq(byte_at(raw, 0), 1);
	cr_assert_eq(byte_at(raw, MIB), 0);
	cr_assert_eq(byte_at(raw, 3 * MIB / 2), 4);
	cr_assert_eq(byte_at(raw, 5 * MIB / 2), 6);
}

/* Of other programs: xapi takes any digits. */
static void put_named(struct str *s, const char *digits, int byte)
{
	_cleanup_free_ char *data = xcalloc(MIB, 1);
	_cleanup_free_ char *name = xasprintf("Ref:2/%s", digits);
	_cleanup_free_ char *sum_name = xasprintf("%s.xxhash", name);
	char sum[SUM_TEXT_MAX + 1];

	memset(data, byte, MIB);
	sum_by_suffix(".xxhash")->text(data, MIB, sum);
	put_file(s, name, data, MIB);
	put_file(s, sum_name, sum, strlen(sum));
}

Test(xva, numbers_of_any_length)
{
	_cleanup_str_ struct str s = { 0 };
	_cleanup_free_ char *raw = NULL;

	put_document(&s);
	put_named(&s, "00000000000000000000", 1);
	put_named(&s, "00000000000000000002", 3);
	put_named(&s, "3", 4);
	put_end(&s);
	OK(take(&s, 4 * MIB, &raw, 0));
	static const int want[] = { 1, 0, 3, 4 };

	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		cr_assert_eq(byte_at(raw, (int64_t)i * MIB), want[i], "MiB %zu", i);
	static const char *const bad[] = { "000000000000000000000", "99999999999999999999", "-1",
		"", "1 " };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		_cleanup_str_ struct str wrong = { 0 };
		_cleanup_free_ char *none = NULL;

		put_document(&wrong);
		put_named(&wrong, "0", 1);
		put_named(&wrong, bad[i], 2);
		put_end(&wrong);
		FAILS(IMPORT_ERROR, take(&wrong, 2 * MIB, &none, 0));
	}
}

/* Before data, between them, and directly in front of the last block. */
Test(xva, keep_alive_anywhere)
{
	_cleanup_str_ struct str s = { 0 };
	_cleanup_free_ char *raw = NULL;

	put_document(&s);
	put_block(&s, 0, 1, 1 << 20, ".xxhash");
	for (int i = 1; i < 2000; i++)
		put_block(&s, i, 0, 0, i % 2 ? ".xxhash" : ".checksum");
	put_block(&s, 2000, 2, 1 << 20, ".xxhash");
	put_block(&s, 2001, 0, 0, ".xxhash");
	put_block(&s, 2003, 0, 0, ".xxhash");
	put_block(&s, 2004, 4, 512, ".xxhash");
	put_end(&s);
	OK(take(&s, 3 * MIB + 512, &raw, 0));
	static const int want[] = { 1, 2, 0, 4 };

	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		cr_assert_eq(byte_at(raw, (int64_t)i * MIB), want[i], "MiB %zu", i);
}

/* Nothing tells a block that was removed with its sum from one of zeros. */
Test(xva, a_block_that_was_removed)
{
	_cleanup_str_ struct str s = { 0 };
	_cleanup_free_ char *raw = NULL;

	put_document(&s);
	put_block(&s, 0, 1, 1 << 20, ".xxhash");
	put_block(&s, 2, 3, 1 << 20, ".xxhash");
	put_end(&s);
	OK(take(&s, 3 * MIB, &raw, 0));
	cr_assert_eq(byte_at(raw, 3 * MIB / 2), 0);
	cr_assert_eq(byte_at(raw, 5 * MIB / 2), 3);
}

/* A first disk smaller than a block says nothing of the blocks of the next one. */
Test(xva, each_disk_has_blocks_of_its_own)
{
	_cleanup_str_ struct str s = { 0 };
	_cleanup_free_ char *small = make_image("s.qcow2", MIB / 2, NULL, 0);
	_cleanup_free_ char *large = make_image("l.qcow2", 4 * MIB, NULL, 0);
	const struct xva_disk disks[] = { { "Ref:10", image_at(small), "qcow2", MIB / 2, NULL },
		{ "Ref:2", image_at(large), "qcow2", 4 * MIB, NULL } };

	put_document(&s);
	put_block_of(&s, "Ref:10", 0, 9, 1 << 19, ".xxhash");
	put_block_of(&s, "Ref:2", 0, 1, 1 << 20, ".xxhash");
	put_block_of(&s, "Ref:2", 3, 4, 1 << 20, ".xxhash");
	put_end(&s);
	_cleanup_free_ char *path = save(&s, "t.xva");
	OK(read_archive(path, disks, 2, 0));
	_cleanup_free_ char *a = flatten(small, "s.raw"), *b = flatten(large, "l.raw");
	static const int want[] = { 1, 0, 0, 4 };

	cr_assert_eq(byte_at(a, 0), 9);
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		cr_assert_eq(byte_at(b, (int64_t)i * MIB), want[i], "MiB %zu", i);
}

/* Ref:10 to Ref:12 stand between Ref:1 and Ref:2. */
Test(xva, twelve_disks)
{
	struct xva_disk disks[12];
	size_t n = ARRAY_LEN(disks);
	_cleanup_strv_ struct strv ids = { 0 };

	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *name = xasprintf("%zu.qcow2", i);
		_cleanup_free_ char *image =
			make_image(name, MIB, &(struct piece){ 0, 512, (int)i + 1 }, 1);

		strv_take(&ids, xasprintf("Ref:%zu", i + 1));
		disks[i] = (struct xva_disk){ NULL, image_at(image), "qcow2", MIB, NULL };
	}
	for (size_t i = 0; i < n; i++)
		disks[i].id = ids.items[i];
	xva_sort(disks, n);
	cr_assert_str_eq(disks[1].id, "Ref:10");
	cr_assert_str_eq(disks[4].id, "Ref:2");
	_cleanup_free_ char *path = write_archive("a.xva", XVA_PLAIN, disks, n);
	for (size_t i = 0; i < n; i++) {
		cr_assert_eq(unlink(content_place(disks[i].of)), 0);
		disks[i].of = NULL;
	}
	_cleanup_free_ char *back = make_image("back.qcow2", MIB, NULL, 0);
	disks[4].of = image_at(back);
	OK(read_archive(path, disks, n, 0));
	_cleanup_free_ char *raw = flatten(back, "back.raw");
	cr_assert_eq(byte_at(raw, 0), 2, "the disk Ref:2");
}

/* ---- headers of others ------------------------------------------------------------------------ */

static void put_data(struct str *s, int byte, size_t n, int padding)
{
	_cleanup_free_ char *data = xcalloc(n + HEADER, 1);

	memset(data, byte, n);
	memset(data + n, padding, HEADER);
	str_add_bytes(s, data, n + -n % HEADER);
}

/* The sum of a block of that byte, after a plain header. */
static void put_sum(struct str *s, const char *name, int byte, size_t n)
{
	_cleanup_free_ char *data = xcalloc(n, 1);
	char sum[SUM_TEXT_MAX + 1];

	memset(data, byte, n);
	sum_by_suffix(".xxhash")->text(data, n, sum);
	put_file(s, name, sum, strlen(sum));
}

/* Bytes of a header that say nothing: kinds of tar, blanks before digits, owners, times. */
static const struct {
	const char *what;
	size_t offset;
	const char *bytes;
	size_t n;
} headers[] = {
	{ "ustar", 257, "ustar\00000", 8 },
	{ "GNU", 257, "ustar  \0", 8 },
	{ "blanks before the size", 124, "   4000000 ", 12 },
	{ "a size without end", 124, "000004000000", 12 },
	{ "no mode", 100, "\0\0\0\0\0\0\0", 8 },
	{ "a mode that is none", 100, "rw-r--r", 8 },
	{ "a negative time", 136, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12 },
	{ "an owner", 265, "Ren\xe9", 4 },
};

Test(xva, headers_of_others)
{
	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		_cleanup_str_ struct str s = { 0 };
		_cleanup_free_ char *raw = NULL;

		put_document(&s);
		put_odd_header(&s, "Ref:2/00000000", 1 << 20, headers[i].offset, headers[i].bytes,
			headers[i].n);
		put_data(&s, 5, 1 << 20, 0);
		put_sum(&s, "Ref:2/00000000.xxhash", 5, 1 << 20);
		put_end(&s);
		cr_assert_eq(take(&s, MIB, &raw, 0), 0, "%s", headers[i].what);
		cr_assert_eq(byte_at(raw, MIB - 1), 5);
	}
}

/* A prefix is a part of the name; what fills a record is nothing. */
Test(xva, names_in_two_parts_and_padding)
{
	_cleanup_str_ struct str s = { 0 };
	_cleanup_free_ char *raw = NULL;
	char h[HEADER];

	put_document(&s);
	make_header(h, "00000000", 700, '0');
	memcpy(h + 257, "ustar\00000", 8);
	memcpy(h + 345, "Ref:2", 5);
	seal_header(h);
	str_add_bytes(&s, h, sizeof(h));
	put_data(&s, 5, 700, 'x');
	put_sum(&s, "Ref:2/00000000.xxhash", 5, 700);
	put_end(&s);
	OK(take(&s, 700, &raw, 0));
	cr_assert_eq(byte_at(raw, 699), 5);
	cr_assert_eq(byte_at(raw, 700), 0);
}

/* Headers before headers: of the whole archive, of one member, a long name. */
Test(xva, extended_headers)
{
	static const char pax[] = "13 mtime=1.5\n23 path=Ref:2/00000000\n16 size=1048576\n"
				  "17 SCHILY.dev=66\n";
	static const char name[] = "Ref:2/00000000.xxhash";
	_cleanup_str_ struct str s = { 0 };
	_cleanup_free_ char *raw = NULL;

	put_header(&s, "pax_global_header", 16, 'g');
	str_add(&s, "16 comment=1234\n");
	put_fill(&s);
	put_document(&s);
	put_header(&s, "PaxHeaders/Ref:2", strlen(pax), 'x');
	str_add(&s, pax);
	put_fill(&s);
	put_header(&s, "short", 0, '0');
	put_data(&s, 5, 1 << 20, 0);
	put_header(&s, "././@LongLink", sizeof(name), 'L');
	str_add_bytes(&s, name, sizeof(name));
	put_fill(&s);
	put_sum(&s, "cut off", 5, 1 << 20);
	put_end(&s);
	OK(take(&s, MIB, &raw, 0));
	cr_assert_eq(byte_at(raw, MIB - 1), 5);
}

/* The generally known values. */
Test(xva, checksums)
{
	static const struct {
		const char *text, *xxhash, *sha1;
	} known[] = {
		{ "", "EF46DB3751D8E999", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
		{ "abc", "44BC2CF5AD770999", "a9993e364706816aba3e25717850c26c9cd0d89d" },
	};
	static const struct {
		size_t n;
		const char *xxhash, *sha1;
	} of_zeros[] = {
		{ 512, "8BBF7F68E8C3B87C", "5c3eb80066420002bc3dcc7ca4ab6efad7ed4ae5" },
		{ 1536, "ACFE1F30E6BBB453", "53ea2cb716f312714685c92b6be27e419f8c746c" },
		{ 1 << 20, "87D2A1B6E1163EF1", "3b71f43ff30f4b15b5cd85dd9e95ebc7e84eb5a3" },
	};
	static const char zeros[1 << 20];
	char sum[SUM_TEXT_MAX + 1];

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		sum_by_suffix(".xxhash")->text(known[i].text, strlen(known[i].text), sum);
		cr_assert_str_eq(sum, known[i].xxhash);
		sum_by_suffix(".checksum")->text(known[i].text, strlen(known[i].text), sum);
		cr_assert_str_eq(sum, known[i].sha1);
	}
	for (size_t i = 0; i < ARRAY_LEN(of_zeros); i++) {
		sum_by_suffix(".xxhash")->text(zeros, of_zeros[i].n, sum);
		cr_assert_str_eq(sum, of_zeros[i].xxhash);
		sum_by_suffix(".checksum")->text(zeros, of_zeros[i].n, sum);
		cr_assert_str_eq(sum, of_zeros[i].sha1);
	}
	cr_assert_null(sum_by_suffix(".md5"));
}

/* ---- compression ------------------------------------------------------------------------------ */

static char *compress_with(const char *program, const char *path)
{
	char *out = xasprintf("%s.z", path);
	_cleanup_free_ char *script = xasprintf("%s -c <%s >%s", program, path, out);
	const char *const argv[] = { "sh", "-c", script, NULL };

	run(argv);
	return out;
}

static int take_file(const char *path)
{
	return read_archive(
		path, &(const struct xva_disk){ "Ref:2", NULL, NULL, 2 * MIB, NULL }, 1, 0);
}

static void cut(const char *path, off_t bytes)
{
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(truncate(path, st.st_size - bytes), 0);
}

static void flip(const char *path, off_t from_end)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat st;
	unsigned char byte;

	cr_assert_eq(fstat(fd, &st), 0);
	cr_assert_eq(pread(fd, &byte, 1, st.st_size - from_end), 1);
	byte ^= 0x5a;
	cr_assert_eq(pwrite(fd, &byte, 1, st.st_size - from_end), 1);
}

static void compressed(const char *program)
{
	_cleanup_str_ struct str s = { 0 };

	good(&s);
	_cleanup_free_ char *plain = save(&s, "p.xva");
	_cleanup_free_ char *packed = compress_with(program, plain);

	OK(take_file(packed));
	cut(packed, 3);
	FAILS(IMPORT_ERROR_PREMATURE_EOF, take_file(packed));
	free(packed);
	packed = compress_with(program, plain);
	flip(packed, 6); /* in the checksum after the data */
	cr_assert_eq(take_file(packed), -1);
	error_clear(&E);
}

Test(xva, gzip_of_others)
{
	compressed("gzip");
}

Test(xva, zstd_of_others)
{
	if (access("/usr/bin/zstd", X_OK) == 0)
		compressed("zstd --check");
}

/* Several members after each other are one stream. */
Test(xva, gzip_in_pieces)
{
	_cleanup_str_ struct str s = { 0 };

	good(&s);
	_cleanup_free_ char *plain = save(&s, "p.xva");
	_cleanup_free_ char *script =
		xasprintf("cd %s && { head -c 1000000 p.xva | gzip -c; "
			  "tail -c +1000001 p.xva | gzip -c; head -c 700 /dev/zero; } >q.xva",
			dir);
	const char *const argv[] = { "sh", "-c", script, NULL };
	_cleanup_free_ char *pieces = at("q.xva");

	run(argv);
	OK(take_file(pieces));
}

Test(xva, zstd_in_pieces)
{
	_cleanup_str_ struct str s = { 0 };

	if (access("/usr/bin/zstd", X_OK) != 0)
		return;
	good(&s);
	_cleanup_free_ char *plain = save(&s, "p.xva");
	_cleanup_free_ char *script = xasprintf("cd %s && { head -c 1000000 p.xva | zstd -c; "
						"printf '\\120\\052\\115\\030\\003\\0\\0\\0abc'; "
						"tail -c +1000001 p.xva | zstd -c; } >q.xva",
		dir);
	const char *const argv[] = { "sh", "-c", script, NULL };
	_cleanup_free_ char *pieces = at("q.xva");

	run(argv);
	OK(take_file(pieces));
}

/* The bytes may arrive one by one; the result is that of a file. */
static int read_slowly(const char *path, int64_t size)
{
	_cleanup_free_ char *script = xasprintf("dd bs=1 if=%s 2>/dev/null", path);
	int ends[2];

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	pid_t child = fork();
	if (child == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", script, (char *)NULL);
		_exit(1);
	}
	close(ends[1]);
	_cleanup_xva_ struct xva *x = NULL;
	const struct xva_disk disk = { "Ref:2", NULL, NULL, size, NULL };
	const struct xva_reading r = { .disks = &disk, .n = 1, .notice = note };
	int result = xva_open(&x, ends[0], NULL, &E) < 0 ? -1 : xva_read(x, &r, &E);
	char rest[512];

	while (read(ends[0], rest, sizeof(rest)) > 0)
		;
	close(ends[0]);
	waitpid(child, NULL, 0);
	return result;
}

Test(xva, byte_by_byte)
{
	static const char *const programs[] = { "cat", "gzip", "zstd" };

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		_cleanup_str_ struct str s = { 0 };

		if (strstr(programs[i], "zstd") && access("/usr/bin/zstd", X_OK) != 0)
			continue;
		put_document(&s);
		put_block(&s, 0, 1, 512, ".xxhash");
		put_block(&s, 2, 2, 512, ".xxhash");
		put_end(&s);
		_cleanup_free_ char *plain = save(&s, "p.xva");
		_cleanup_free_ char *packed =
			i ? compress_with(programs[i], plain) : xstrdup(plain);

		OK(read_slowly(packed, 3 * 512));
		FAILS(IMPORT_ERROR_PREMATURE_EOF, read_slowly(packed, 4 * 512));
		cut(packed, i ? 3 : 1024 + 100);
		FAILS(IMPORT_ERROR_PREMATURE_EOF, read_slowly(packed, 3 * 512));
	}
}
