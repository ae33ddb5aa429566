/* SPDX-License-Identifier: MIT */
/* How deep a chain may become, by the version of libvirt and the word of its SR. */
#include "objects/classes/storage/chain_depth.h"

#include "objects/classes/storage/chain_limit.h"
#include "objects/model/value.h"
#include "store/store_engine.h"
#include "tests/unit/layers.h"
#include "tests/unit/leak.h"

#include "tests/unit/harness.h"
#include <string.h>

TestSuite(depth, .fini = no_leaks);

/* One disk of a machine, with @n layers: a, b ... */
static void chain(struct layers *l, int n, const char *libvirt)
{
	layers_open(l, NULL);
	hv_mock_set_library(l->mock, libvirt);
	for (int i = 0; i < n; i++)
		layers_add(l,
			&(struct layer){ (char)('a' + i), (char)(i ? 'a' + i - 1 : 0), NODE_MADE,
				i < n - 1 ? NODE_FROZEN : NODE_WRITABLE, NULL, 0, 0 });
	layers_vdi(l, 'V', (char)('a' + n - 1), false);
	layers_vm(l, 'W', "V", HV_SHUTOFF);
	layers_sync(l);
}

/* ---- the limit of a snapshot ----------------------------------------------------------------- */

static size_t limit_of(struct layers *l, const char *text, size_t layers, bool counts)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_map_ struct map config = { 0 };
	struct chain_limit limit;

	if (text)
		map_set(&config, CHAIN_KEY, text);
	const struct sr sr = { .other_config = config };

	cr_assert_eq(chain_limit(l->s, &sr, layers, &limit, &err), 0);
	cr_assert_eq(limit.text == NULL, counts, "%s", text);
	return limit.layers;
}

Test(depth, limit_follows_libvirt)
{
	struct layers l;

	chain(&l, 1, "9.0.0");
	cr_expect_eq(limit_of(&l, NULL, 30, true), 40);
	cr_expect_eq(limit_of(&l, "60", 30, true), 60);
	cr_expect_eq(limit_of(&l, "100", 30, true), 100);
	cr_expect_eq(limit_of(&l, "101", 30, false), 40);
	cr_expect_eq(limit_of(&l, "0", 30, false), 40);
	cr_expect_eq(limit_of(&l, "4x", 30, false), 40);
	layers_close(&l);
	chain(&l, 1, "11.3.0");
	cr_expect_eq(limit_of(&l, NULL, 30, true), 20);
	cr_expect_eq(limit_of(&l, "22", 30, true), 22);
	cr_expect_eq(limit_of(&l, "60", 30, false), 20, "of before an upgrade");
	layers_close(&l);
}

Test(depth, short_chains_ask_nothing)
{
	unsigned calls;
	struct layers l;

	chain(&l, 1, "11.3.0");
	calls = hv_mock_calls(l.mock, "versions");
	cr_expect(limit_of(&l, NULL, 19, true) >= 20);
	cr_expect_eq(limit_of(&l, "5", 30, true), 5);
	cr_expect_eq(hv_mock_calls(l.mock, "versions"), calls);
	(void)limit_of(&l, NULL, 20, true);
	(void)limit_of(&l, NULL, 20, true);
	cr_expect_eq(hv_mock_calls(l.mock, "versions"), calls + 1, "once");
	layers_close(&l);
}

Test(depth, a_value_that_does_not_count_is_refused)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_map_ struct map map = { 0 };
	const struct sr none = { 0 };
	struct layers l;

	chain(&l, 1, "11.3.0");
	map_set(&map, CHAIN_KEY, "23");
	const struct value value = { .map = map };
	const struct sr same = { .other_config = map };

	cr_assert_eq(sr_check_other_config(l.s, &none, &value, &err), -1);
	cr_expect_eq(err.code, INVALID_VALUE);
	cr_expect_str_eq(err.params[1], "23 (from 1 to 22)");
	error_clear(&err);
	cr_expect_eq(sr_check_other_config(l.s, &same, &value, &err), 0, "it was there before");
	layers_close(&l);
}

/* ---- a chain that others have made ----------------------------------------------------------- */

/* "" or the words of the error. */
static char *vm_is_too_deep(struct layers *l)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	cr_assert_eq(txn_begin(l->s->store, TXN_READ, &t, &err), 0);
	if (depth_check_vm(l->s, t, id_of('W'), &err) == 0)
		return xstrdup("");
	cr_assert_eq(err.code, SR_BACKEND_FAILURE_109);
	return xstrdup(err.params[2]);
}

static void expect_check(struct layers *l, const char *text)
{
	_cleanup_free_ char *found = layers_check(l);

	cr_expect(*text ? strstr(found, text) != NULL : !*found, "%s", found);
}

Test(depth, check_names_it)
{
	_cleanup_free_ char *why = NULL, *why_not = NULL, *newer = NULL;
	struct layers l;

	chain(&l, 23, "11.3.0");
	why = vm_is_too_deep(&l);
	cr_expect(
		strstr(why, "23 layers; libvirt 11.3.0 starts a guest on 22 at most; disk ") == why,
		"%s", why);
	expect_check(&l,
		"it has 23 layers, libvirt 11.3.0 starts a guest on 22 at most: 'vxe vdi-flatten");
	layers_close(&l);
	chain(&l, 22, "11.3.0");
	why_not = vm_is_too_deep(&l);
	cr_expect_str_empty(why_not);
	expect_check(&l, "");
	layers_close(&l);
	chain(&l, 23, "12.0.0");
	newer = vm_is_too_deep(&l);
	cr_expect_str_empty(newer);
	expect_check(&l, "");
	layers_close(&l);
}

Test(depth, an_error_of_another_cause_is_left)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct layers l;

	chain(&l, 2, "11.3.0");
	(void)vxe_fail(&err, VXE_HYPERVISOR_FAILED, "start", "no memory");
	cr_expect_eq(depth_explain(l.s, id_of('W'), &err), -1);
	cr_expect_eq(err.code, VXE_HYPERVISOR_FAILED);
	error_clear(&err);
	layers_close(&l);
	chain(&l, 23, "11.3.0");
	(void)vxe_fail(&err, VXE_HYPERVISOR_FAILED, "start", "nesting too deep");
	cr_expect_eq(depth_explain(l.s, id_of('W'), &err), -1);
	cr_expect_eq(err.code, SR_BACKEND_FAILURE_109);
	cr_expect_not_null(strstr(err.params[2], "and says: nesting too deep; disk "));
	layers_close(&l);
}
