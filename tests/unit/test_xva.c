/* SPDX-License-Identifier: MIT */
/*
 * Archives: what is written is read back by tar(1) and by vxe, in every compression; and archives
 * made by hand, as others write them and as nobody should, are taken or refused.
 */
#include "backends/xva.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "backends/child.h"
#include "backends/image.h"
#include "backends/xva_private.h"
#include "tests/unit/leak.h"

#define MIB (INT64_C(1) << 20)

static struct vxe_error E;
static char dir[64];
static struct strv notices;

#define OK(call)                                                                                   \
	do {                                                                                       \
		int r_ = (call);                                                                   \
		cr_assert_eq(r_, 0, "%s: %s %s %s", #call, code_info(E.code)->name,                \
			E.n_params > 0 ? E.params[0] : "", E.n_params > 1 ? E.params[1] : "");     \
	} while (0)
#define FAILS(error_code, call)                                                                    \
	do {                                                                                       \
		cr_assert_eq((call), -1, "%s", #call);                                             \
		cr_assert_eq(E.code, (error_code), "%s: %s %s", #call, code_info(E.code)->name,    \
			E.n_params > 0 ? E.params[0] : "");                                        \
		error_clear(&E);                                                                   \
	} while (0)

static void start(void)
{
	snprintf(dir, sizeof(dir), "/tmp/vxe-xva-XXXXXX");
	cr_assert(mkdtemp(dir));
}

static int remove_path(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void stop(void)
{
	nftw(dir, remove_path, 16, FTW_DEPTH | FTW_PHYS);
	strv_clear(&notices);
	error_clear(&E);
	no_leaks();
}

TestSuite(xva, .init = start, .fini = stop);

static char *at(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static void run(const char *const argv[])
{
	OK(child_run(argv, argv[0], NULL, &E));
}

static void note(void *ctx, const char *text)
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

static char *make_image(const char *name, int64_t size, const struct piece *pieces, size_t n)
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

static char *flatten(const char *image, const char *name)
{
	char *raw = at(name);
	const char *const argv[] = { "qemu-img", "convert", "-f", "qcow2", "-O", "raw", image, raw,
		NULL };

	run(argv);
	return raw;
}

static void same_content(const char *a, const char *b)
{
	_cleanup_free_ char *x = flatten(a, "x.raw"), *y = flatten(b, "y.raw");
	const char *const argv[] = { "cmp", x, y, NULL };

	run(argv);
	unlink(x);
	unlink(y);
}

static int open_new(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	cr_assert(fd >= 0, "%s", path);
	return fd;
}

static struct ova *document(void)
{
	struct ova *doc = ova_new(OVA_STRUCT);

	ova_add_text(doc, "version", "2");
	return doc;
}

static char *write_archive(
	const char *name, enum xva_compression how, const struct xva_disk *disks, size_t n)
{
	_cleanup_ova_ struct ova *doc = document();
	char *path = at(name);
	_cleanup_close_ int fd = open_new(path);

	OK(xva_write(fd, how, doc, disks, n, NULL, &E));
	return path;
}

static int read_archive(const char *path, const struct xva_disk *disks, size_t n, unsigned flags)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_xva_ struct xva *x = NULL;
	const struct xva_reading r = { .disks = disks, .n = n, .flags = flags, .notice = note };

	if (xva_open(&x, fd, NULL, &E) < 0)
		return -1;
	return xva_read(x, &r, &E);
}

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

		out[i] = (struct xva_disk){ id, make_image(name, sizes[i], pieces, 2), "qcow2",
			sizes[i] };
		in[i] = (struct xva_disk){ id, make_image(back, sizes[i], NULL, 0), "qcow2",
			sizes[i] };
	}
	_cleanup_free_ char *path = write_archive("a.xva", how, out, n);
	OK(read_archive(path, in, n, 0));
	cr_assert_eq(notices.n, 0);
	for (size_t i = 0; i < n; i++) {
		same_content(out[i].path, in[i].path);
		free((char *)(uintptr_t)out[i].path);
		free((char *)(uintptr_t)in[i].path);
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

/* Also for who knows nothing of vxe: tar, cat in order of the names, and sums by other programs. */
Test(xva, others_read_it)
{
	const struct piece pieces[] = { { 0, 3 * MIB, 5 }, { 3 * MIB, 512, 6 } };
	_cleanup_free_ char *image = make_image("i.qcow2", 3 * MIB + 512, pieces, 2);
	_cleanup_free_ char *raw = flatten(image, "i.raw");
	const struct xva_disk disk = { "Ref:7", image, "qcow2", 3 * MIB + 512 };
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

/* A disk of less than a block at first: then others would misread holes, so there are none. */
Test(xva, no_holes_behind_a_small_disk)
{
	_cleanup_free_ char *small = make_image("s.qcow2", 512, NULL, 0);
	_cleanup_free_ char *large = make_image("l.qcow2", 5 * MIB, NULL, 0);
	const struct xva_disk in_order[] = { { "Ref:1", small, "qcow2", 512 },
		{ "Ref:2", large, "qcow2", 5 * MIB } };
	const struct xva_disk other[] = { { "Ref:1", large, "qcow2", 5 * MIB },
		{ "Ref:2", small, "qcow2", 512 } };
	_cleanup_free_ char *dense = write_archive("d.xva", XVA_PLAIN, in_order, 2);
	_cleanup_free_ char *sparse = write_archive("s.xva", XVA_PLAIN, other, 2);
	struct stat a, b;

	cr_assert(stat(dense, &a) == 0 && stat(sparse, &b) == 0);
	cr_assert_gt(a.st_size, 5 * MIB);
	cr_assert_lt(b.st_size, 3 * MIB);
}

/* ---- archives by hand ------------------------------------------------------------------------- */

/* A header as xapi writes it: no magic, nothing behind the link's name. */
static void put_header(struct str *s, const char *name, size_t size, char type)
{
	char h[512] = { 0 };
	unsigned sum = 0;

	snprintf(h, 100, "%s", name);
	memcpy(h + 100,
		"0000400\0"
		"0000000\0"
		"0000000",
		24);
	snprintf(h + 124, 12, "%011zo", size);
	memcpy(h + 136, "00000000000", 12);
	memset(h + 148, ' ', 8);
	h[156] = type;
	for (size_t i = 0; i < sizeof(h); i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%07o", sum);
	str_add_bytes(s, h, sizeof(h));
}

static void put_file(struct str *s, const char *name, const void *data, size_t n)
{
	static const char zeros[512];

	put_header(s, name, n, '\0');
	str_add_bytes(s, data, n);
	str_add_bytes(s, zeros, -n % 512);
}

static void put_end(struct str *s)
{
	static const char zeros[1024];

	str_add_bytes(s, zeros, sizeof(zeros));
}

static const char document_text[] = "<value><struct></struct></value>";

static void put_document(struct str *s)
{
	put_file(s, "ova.xml", document_text, strlen(document_text));
}

/* @n bytes of value @byte as block @number of Ref:2, and its checksum of that kind. */
static void put_block(struct str *s, int number, int byte, size_t n, const char *suffix)
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

static char *save(const struct str *s, const char *name)
{
	char *path = at(name);
	_cleanup_close_ int fd = open_new(path);

	cr_assert_eq(write(fd, s->data, s->len), (ssize_t)s->len);
	return path;
}

/* Reads @s as an archive of one disk of @size; what it holds then is left in *raw. */
static int take(const struct str *s, int64_t size, char **raw, unsigned flags)
{
	_cleanup_free_ char *image = make_image("t.qcow2", (size + 511) / 512 * 512, NULL, 0);
	_cleanup_free_ char *path = save(s, "t.xva");
	const struct xva_disk disk = { "Ref:2", image, "qcow2", size };
	int r = read_archive(path, &disk, 1, flags);

	if (r == 0 && raw)
		*raw = flatten(image, "t.raw");
	cr_assert_eq(unlink(image), 0);
	return r;
}

static int byte_at(const char *raw, int64_t offset)
{
	_cleanup_close_ int fd = open(raw, O_RDONLY | O_CLOEXEC);
	unsigned char byte;

	cr_assert_eq(pread(fd, &byte, 1, offset), 1);
	return byte;
}

/* The worked example: numbers go on while nothing moves. */
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

/* Values that everybody agrees on. */
Test(xva, checksums)
{
	static const struct {
		const char *text, *xxhash, *sha1;
	} known[] = {
		{ "", "EF46DB3751D8E999", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
		{ "abc", "44BC2CF5AD770999", "a9993e364706816aba3e25717850c26c9cd0d89d" },
	};
	static const char zeros[1536];
	char sum[SUM_TEXT_MAX + 1];

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		sum_by_suffix(".xxhash")->text(known[i].text, strlen(known[i].text), sum);
		cr_assert_str_eq(sum, known[i].xxhash);
		sum_by_suffix(".checksum")->text(known[i].text, strlen(known[i].text), sum);
		cr_assert_str_eq(sum, known[i].sha1);
	}
	sum_by_suffix(".xxhash")->text(zeros, sizeof(zeros), sum);
	cr_assert_str_eq(sum, "ACFE1F30E6BBB453");
	sum_by_suffix(".checksum")->text(zeros, sizeof(zeros), sum);
	cr_assert_str_eq(sum, "53ea2cb716f312714685c92b6be27e419f8c746c");
	cr_assert_null(sum_by_suffix(".md5"));
}

/* ---- what is refused -------------------------------------------------------------------------- */

static void good(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 1 << 20, ".xxhash");
	put_block(s, 1, 2, 1 << 20, ".xxhash");
	put_end(s);
}

static void no_document(struct str *s)
{
	put_block(s, 0, 1, 1 << 20, ".xxhash");
}

static void two_documents(struct str *s)
{
	put_document(s);
	put_document(s);
}

static void a_link(struct str *s)
{
	put_document(s);
	put_header(s, "Ref:2/00000000", 0, '2');
}

static void a_path(struct str *s)
{
	put_document(s);
	put_file(s, "../../etc/passwd", "x", 1);
}

static void first_missing(struct str *s)
{
	put_document(s);
	put_block(s, 1, 1, 1 << 20, ".xxhash");
}

static void first_empty(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 0, ".xxhash");
}

static void last_missing(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 1 << 20, ".xxhash");
	put_end(s);
}

static void too_large_block(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, (1 << 20) + 512, ".xxhash");
}

static void short_block(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 1 << 20, ".xxhash");
	put_block(s, 1, 1, 512, ".xxhash");
}

static void grown_block(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 512, ".xxhash");
	put_block(s, 1, 1, 1024, ".xxhash");
}

static void past_the_end(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 1 << 20, ".xxhash");
	put_block(s, 2, 1, 1 << 20, ".xxhash");
}

static void far_past_the_end(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 1 << 20, ".xxhash");
	put_block(s, 99999999, 1, 1 << 20, ".xxhash");
}

static void repeated(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 1 << 20, ".xxhash");
	put_block(s, 0, 1, 1 << 20, ".xxhash");
}

static void no_sum(struct str *s)
{
	put_document(s);
	put_file(s, "Ref:2/00000000", "x", 1);
	put_file(s, "Ref:2/00000001", "x", 1);
}

static void lower_case_sum(struct str *s)
{
	static const char block[1 << 20];

	put_document(s);
	put_file(s, "Ref:2/00000000", block, sizeof(block));
	put_file(s, "Ref:2/00000000.xxhash", "87d2a1b6e1163ef1", 16);
}

static void sum_with_newline(struct str *s)
{
	static const char block[1 << 20];

	put_document(s);
	put_file(s, "Ref:2/00000000", block, sizeof(block));
	put_file(s, "Ref:2/00000000.xxhash", "87D2A1B6E1163EF1\n", 17);
}

static void another_disk(struct str *s)
{
	put_document(s);
	put_file(s, "Ref:3/00000000", "x", 1);
}

static void odd_number(struct str *s)
{
	put_document(s);
	put_file(s, "Ref:2/0000000x", "x", 1);
}

static void more_than_expected(struct str *s)
{
	good(s);
	s->len -= 1024;
	put_file(s, "README", "x", 1);
	put_end(s);
}

static void zero_then_data(struct str *s)
{
	put_document(s);
	put_end(s);
	s->len -= 512;
	put_block(s, 0, 1, 1 << 20, ".xxhash");
}

static void huge_document(struct str *s)
{
	put_header(s, "ova.xml", (size_t)8 << 30, '0');
}

static void bad_header(struct str *s)
{
	good(s);
	s->data[600 + 512] ^= 1;
}

static void cut_header(struct str *s)
{
	good(s);
	s->len = 512 + 512 + 100;
}

static void cut_data(struct str *s)
{
	good(s);
	s->len = 512 + 512 + 512 + 5000;
}

static void no_more_blocks(struct str *s)
{
	good(s);
	s->len = 512 + 512 + 512 + (1 << 20) + 1024;
}

static void nothing(struct str *s)
{
	str_add(s, "");
}

static const struct {
	const char *name;
	void (*make)(struct str *s);
	enum vxe_code code;
} refused[] = {
	{ "no document", no_document, IMPORT_ERROR_UNEXPECTED_FILE },
	{ "two documents", two_documents, IMPORT_ERROR },
	{ "a link", a_link, IMPORT_ERROR },
	{ "a path", a_path, IMPORT_ERROR },
	{ "first missing", first_missing, IMPORT_ERROR },
	{ "first empty", first_empty, IMPORT_ERROR },
	{ "last missing", last_missing, IMPORT_ERROR_PREMATURE_EOF },
	{ "too large", too_large_block, IMPORT_ERROR },
	{ "too short", short_block, IMPORT_ERROR },
	{ "grown", grown_block, IMPORT_ERROR },
	{ "past the end", past_the_end, IMPORT_ERROR },
	{ "far past the end", far_past_the_end, IMPORT_ERROR },
	{ "repeated", repeated, IMPORT_ERROR },
	{ "no sum", no_sum, IMPORT_ERROR },
	{ "lower case", lower_case_sum, IMPORT_ERROR },
	{ "newline", sum_with_newline, IMPORT_ERROR },
	{ "another disk", another_disk, IMPORT_ERROR },
	{ "odd number", odd_number, IMPORT_ERROR },
	{ "more than expected", more_than_expected, IMPORT_ERROR },
	{ "zero, then data", zero_then_data, IMPORT_ERROR },
	{ "huge document", huge_document, IMPORT_ERROR },
	{ "bad header", bad_header, IMPORT_ERROR },
	{ "cut header", cut_header, IMPORT_ERROR_PREMATURE_EOF },
	{ "cut data", cut_data, IMPORT_ERROR_PREMATURE_EOF },
	{ "no more blocks", no_more_blocks, IMPORT_ERROR_PREMATURE_EOF },
	{ "nothing", nothing, IMPORT_ERROR_PREMATURE_EOF },
};

Test(xva, what_is_refused)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		_cleanup_str_ struct str s = { 0 };

		refused[i].make(&s);
		int r = take(&s, 2 * MIB, NULL, 0);
		cr_assert_eq(r, -1, "%s", refused[i].name);
		cr_assert_eq(E.code, refused[i].code, "%s: %s", refused[i].name,
			code_info(E.code)->name);
		error_clear(&E);
	}
}

Test(xva, a_wrong_sum_can_be_forced)
{
	_cleanup_str_ struct str s = { 0 };
	_cleanup_free_ char *raw = NULL;

	good(&s);
	s.data[512 + 512 + 512 + 99] ^= 1;
	FAILS(IMPORT_ERROR, take(&s, 2 * MIB, NULL, 0));
	OK(take(&s, 2 * MIB, &raw, XVA_FORCE));
	cr_assert_eq(notices.n, 1);
	cr_assert(strstr(notices.items[0], "Ref:2/00000000: the checksum is wrong"));
	cr_assert_eq(byte_at(raw, 99), 0);
}

Test(xva, ends_that_are_accepted)
{
	static const char junk[20000] = "junk";
	_cleanup_str_ struct str s = { 0 };

	good(&s);
	str_add_bytes(&s, junk, sizeof(junk));
	OK(take(&s, 2 * MIB, NULL, 0));
	s.len -= sizeof(junk) + 1024;
	OK(take(&s, 2 * MIB, NULL, 0));
	cr_assert_eq(notices.n, 1, "the missing mark is told about");
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
	return read_archive(path, &(const struct xva_disk){ "Ref:2", NULL, NULL, 2 * MIB }, 1, 0);
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
	flip(packed, 6); /* in the sum behind the data */
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

/* ---- documents -------------------------------------------------------------------------------- */

static int parse(const char *text, struct ova **ret)
{
	return ova_parse(text, strlen(text), ret, &E);
}

Test(xva, documents_there_and_back)
{
	static const char hard[] = " <&>\"' \t\n\r \xc3\xa9 \x01 \xff ";
	_cleanup_ova_ struct ova *doc = ova_new(OVA_STRUCT), *back = NULL;
	_cleanup_map_ struct map m = { 0 }, got = { 0 };
	const char *text;
	int64_t n;
	bool on;
	size_t length;

	map_set(&m, "k<", "v&");
	ova_add_text(doc, "text", hard);
	ova_add_text(doc, "blank", "  ");
	ova_add_int(doc, "int", INT64_MIN);
	ova_add_bool(doc, "bool", true);
	ova_add_date(doc, "date", 1700000000);
	ova_add_map(doc, "map", &m);
	ova_add(doc, "list", OVA_LIST);
	_cleanup_free_ char *xml = ova_write(doc, &length);
	OK(parse(xml, &back));
	OK(ova_text(ova_get(back, "text"), "text", &text, &E));
	cr_assert_str_eq(text, " <&>\"' \t\n\r \xc3\xa9  \xef\xbf\xbd ");
	OK(ova_text(ova_get(back, "blank"), "blank", &text, &E));
	cr_assert_str_eq(text, "  ");
	OK(ova_int(ova_get(back, "int"), "int", &n, &E));
	cr_assert_eq(n, INT64_MIN);
	OK(ova_bool(ova_get(back, "bool"), "bool", &on, &E));
	cr_assert(on);
	OK(ova_date(ova_get(back, "date"), "date", &n, &E));
	cr_assert_eq(n, 1700000000);
	OK(ova_map(ova_get(back, "map"), "map", &got, &E));
	cr_assert_str_eq(map_get(&got, "k<"), "v&");
	FAILS(IMPORT_ERROR, ova_int(ova_get(back, "text"), "text", &n, &E));
	FAILS(IMPORT_ERROR, ova_bool(ova_get(back, "int"), "int", &on, &E));
}

Test(xva, documents_of_others)
{
	static const char text[] =
		"<?xml version='1.0'?>\n<value>\n <struct>\n  <member><name>a</name> "
		"<value><int> 5 </int></value></member>\n"
		"<member><name>b</name><value><string> x </string></value></member>"
		"<member><name>c</name><value/></member><!-- c -->"
		"<member><name>d</name><value><array><data/></array></value></member>"
		"<member><name>e</name><value><dateTime.iso8601>2024-01-31T09:30:00.5Z"
		"</dateTime.iso8601></value></member></struct></value>";
	_cleanup_ova_ struct ova *doc = NULL;
	const char *s;
	int64_t n;

	OK(parse(text, &doc));
	OK(ova_int(ova_get(doc, "a"), "a", &n, &E));
	cr_assert_eq(n, 5);
	OK(ova_text(ova_get(doc, "b"), "b", &s, &E));
	cr_assert_str_eq(s, " x ");
	OK(ova_text(ova_get(doc, "c"), "c", &s, &E));
	cr_assert_str_eq(s, "");
	OK(ova_date(ova_get(doc, "e"), "e", &n, &E));
	cr_assert_eq(n, 1706693400);
}

Test(xva, documents_that_are_refused)
{
	static const char *const bad[] = {
		"",
		"x",
		"<value>",
		"<struct/>",
		"<value><struct></value>",
		"<!DOCTYPE value [<!ENTITY a 'b'>]><value>&a;</value>",
		"<!DOCTYPE value SYSTEM 'file:///etc/passwd'><value/>",
		"<value>&a;</value>",
		"<value>\x01</value>",
		"<value>\xff</value>",
		"<value>&#0;</value>",
		"<value><boolean>true</boolean></value>",
		"<value>x<int>1</int></value>",
		"<value><int>1</int><int>2</int></value>",
		"<value><struct><member><name></name><value/></member></struct></value>",
		"<value><struct><member><name>a</name></member></struct></value>",
		("<value><struct><member><name>a</name><value/></member>"
		 "<member><name>a</name><value/></member></struct></value>"),
		"<value><array><value/></array></value>",
		"<methodCall/>",
		"<?xml version='1.0' encoding='ISO-8859-1'?><value>\xe9</value>",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct ova *doc = NULL;

		cr_assert_eq(parse(bad[i], &doc), -1, "%s", bad[i]);
		cr_assert_eq(E.code, IMPORT_ERROR);
		error_clear(&E);
	}
}

Test(xva, documents_are_not_deep)
{
	_cleanup_str_ struct str s = { 0 };
	struct ova *doc = NULL;

	for (int i = 0; i < 100000; i++)
		str_add(&s, "<value><array><data>");
	FAILS(IMPORT_ERROR, parse(str_text(&s), &doc));
}
