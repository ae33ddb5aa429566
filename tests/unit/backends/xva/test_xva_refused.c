/* SPDX-License-Identifier: MIT */
/* Malformed archives: each is refused, and nothing after the fault is read. */
#include "tests/unit/xva_fixture.h"
#include "tests/unit/xva_malformed.h"

TestSuite(xva_refused, .init = start, .fini = stop);

Test(xva_refused, what_is_refused)
{
	for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
		_cleanup_str_ struct str s = { 0 };

		malformed[i].make(&s);
		int r = take(&s, 2 * MIB, NULL, 0);
		cr_assert_eq(r, -1, "%s", malformed[i].name);
		cr_assert_eq(E.code, malformed[i].code, "%s: %s", malformed[i].name,
			code_info(E.code)->name);
		error_clear(&E);
	}
}

/* Nothing of an archive is a path. */
Test(xva_refused, names)
{
	static const char *const bad[] = { "/Ref:2/00000000", "/etc/passwd", "../Ref:2/00000000",
		"Ref:2/../Ref:2/00000000", "Ref:2/../../x", "./Ref:2/00000000", "Ref:2//00000000",
		"Ref:2\\00000000", "Ref:2/0000000\xd9\xa0", "ref:2/00000000", "Ref:2/00000000/",
		"Ref:2", "Ref:2/", "", " Ref:2/00000000" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		_cleanup_str_ struct str s = { 0 };
		static const char block[1 << 20];

		put_document(&s);
		put_file(&s, bad[i], block, sizeof(block));
		cr_assert_eq(take(&s, 2 * MIB, NULL, 0), -1, "%s", bad[i]);
		cr_assert_eq(E.code, IMPORT_ERROR, "%s", bad[i]);
		error_clear(&E);
	}
}

/* Links, devices, folders, pipes, sparse files and what nobody knows, also under the name of a block. */
Test(xva_refused, kinds_of_members)
{
	for (const char *type = "1234567KSDMNVAX"; *type; type++)
		for (int named = 0; named < 2; named++) {
			_cleanup_str_ struct str s = { 0 };

			if (named)
				put_document(&s);
			put_header(&s, named ? "Ref:2/00000000" : "ova.xml", 0, *type);
			cr_assert_eq(take(&s, 2 * MIB, NULL, 0), -1, "%c", *type);
			cr_assert_eq(E.code, IMPORT_ERROR, "%c", *type);
			error_clear(&E);
		}
}

/* Two disks of 1 MiB: their order is that of the ids as byte strings. */
static const struct {
	const char *what;
	const char *ids[4];
	enum vxe_code code;
} orders[] = {
	{ "the right order", { "Ref:10", "Ref:2" }, VXE_OK },
	{ "by number", { "Ref:2", "Ref:10" }, IMPORT_ERROR },
	{ "the first alone", { "Ref:10" }, IMPORT_ERROR_PREMATURE_EOF },
	{ "the second alone", { "Ref:2" }, IMPORT_ERROR },
	{ "none", { NULL }, IMPORT_ERROR_PREMATURE_EOF },
	{ "one that nobody knows", { "Ref:10", "Ref:2", "Ref:3" }, IMPORT_ERROR },
	{ "one before", { "Ref:1", "Ref:10", "Ref:2" }, IMPORT_ERROR },
	{ "an id that begins alike", { "Ref:100", "Ref:2" }, IMPORT_ERROR },
};

static int take_two(const struct str *s, int64_t size)
{
	_cleanup_free_ char *path = save(s, "t.xva");
	const struct xva_disk disks[] = { { "Ref:10", NULL, NULL, size, NULL },
		{ "Ref:2", NULL, NULL, size, NULL } };

	return read_archive(path, disks, 2, 0);
}

Test(xva_refused, disks_in_order)
{
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		_cleanup_str_ struct str s = { 0 };

		put_document(&s);
		for (const char *const *id = orders[i].ids; *id; id++)
			put_block_of(&s, *id, 0, 1, 1 << 20, ".xxhash");
		put_end(&s);
		cr_assert_eq(
			take_two(&s, MIB), orders[i].code == VXE_OK ? 0 : -1, "%s", orders[i].what);
		cr_assert_eq(E.code, orders[i].code, "%s", orders[i].what);
		error_clear(&E);
	}
}

Test(xva_refused, blocks_of_two_disks_mixed)
{
	_cleanup_str_ struct str s = { 0 };

	put_document(&s);
	put_block_of(&s, "Ref:10", 0, 1, 1 << 20, ".xxhash");
	put_block_of(&s, "Ref:2", 0, 1, 1 << 20, ".xxhash");
	put_block_of(&s, "Ref:10", 1, 1, 1 << 20, ".xxhash");
	put_block_of(&s, "Ref:2", 1, 1, 1 << 20, ".xxhash");
	put_end(&s);
	FAILS(IMPORT_ERROR, take_two(&s, 2 * MIB));
}

/* A small file that becomes large: what follows the end mark is read, but not for ever. */
Test(xva_refused, a_bomb)
{
	_cleanup_str_ struct str s = { 0 };
	static const int megabytes[] = { 63, 66 };

	good(&s);
	_cleanup_free_ char *plain = save(&s, "p.xva");
	for (size_t i = 0; i < ARRAY_LEN(megabytes); i++) {
		_cleanup_free_ char *script = xasprintf(
			"cd %s && { cat p.xva; head -c %dM /dev/zero; } | gzip -1 -c >q.xva", dir,
			megabytes[i]);
		const char *const argv[] = { "sh", "-c", script, NULL };
		_cleanup_free_ char *path = at("q.xva");
		const struct xva_disk disk = { "Ref:2", NULL, NULL, 2 * MIB, NULL };

		run(argv);
		cr_assert_eq(read_archive(path, &disk, 1, 0), i ? -1 : 0);
		cr_assert_eq(E.code, i ? IMPORT_ERROR : VXE_OK);
	}
}

Test(xva_refused, a_wrong_sum_can_be_forced)
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

Test(xva_refused, ends_that_are_accepted)
{
	static const char junk[20000] = "junk";
	_cleanup_str_ struct str s = { 0 };

	good(&s);
	str_add_bytes(&s, junk, sizeof(junk));
	OK(take(&s, 2 * MIB, NULL, 0));
	s.len -= sizeof(junk) + 512;
	OK(take(&s, 2 * MIB, NULL, 0));
	cr_assert_eq(notices.n, 1, "half a mark is told about");
	s.len -= 512;
	OK(take(&s, 2 * MIB, NULL, 0));
	cr_assert_eq(notices.n, 2, "the missing mark is told about");
}
