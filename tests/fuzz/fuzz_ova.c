/* SPDX-License-Identifier: MIT */
/* The document of an archive: read, asked for values of every type, written and read again. */
#include "tests/fuzz/fuzz.h"

#include "backends/xva/xva_private.h"

static struct ova *parsed(const char *text, size_t n)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct ova *v = NULL;
	int r = ova_parse(text, n, NULL, &v, &err);

	fuzz_outcome(r, &err);
	return r < 0 ? NULL : v;
}

#define ASK(type, fn)                                                                              \
	do {                                                                                       \
		_cleanup_error_ struct vxe_error asked = { 0 };                                    \
		type found = { 0 };                                                                \
		fuzz_outcome(fn(v, "it", &found, &asked), &asked);                                 \
	} while (0)

static void ask(const struct ova *v)
{
	_cleanup_error_ struct vxe_error err = { 0 }, other = { 0 };
	_cleanup_map_ struct map map = { 0 };
	_cleanup_strv_ struct strv list = { 0 };

	ASK(const char *, ova_text);
	ASK(int64_t, ova_int);
	ASK(bool, ova_bool);
	ASK(double, ova_float);
	ASK(int64_t, ova_date);
	fuzz_outcome(ova_map(v, "it", &map, &err), &err);
	fuzz_outcome(ova_strings(v, "it", &list, &other), &other);
	for (size_t i = 0; i < v->n; i++) {
		if (v->items[i].name)
			assert(ova_get(v, v->items[i].name));
		ask(&v->items[i].value);
	}
}

void fuzz_ova(const uint8_t *data, size_t size)
{
	_cleanup_ova_ struct ova *v = parsed((const char *)data, size), *again = NULL;
	size_t n = 0, same = 0;

	if (!v)
		return;
	ask(v);
	_cleanup_free_ char *once = ova_write(v, &n);

	again = parsed(once, n);
	assert(again);
	_cleanup_free_ char *twice = ova_write(again, &same);

	assert(n == same && memcmp(once, twice, n) == 0);
}
