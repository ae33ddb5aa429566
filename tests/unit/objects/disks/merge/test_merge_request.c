/* SPDX-License-Identifier: MIT */
/* vdi-merge on layers of others: what hinders it, and whose files they are afterwards. */
#include "objects/storage/vdi_merge.h"
#include "tests/unit/layers.h"
#include "tests/unit/leak.h"

#include "tests/unit/harness.h"
#include <string.h>
#include <sys/stat.h>

TestSuite(merge_ask, .fini = no_leaks, .timeout = 600);

static void set_mode(const struct layers *l, mode_t mode)
{
	_cleanup_free_ char *base = layers_path(l, 'B');

	cr_assert_eq(chmod(base, mode), 0);
}

/* A halted machine on the user's own leaf L, on B, which was adopted with it. */
static void make(struct layers *l)
{
	layers_open(l, NULL);
	layers_add(l, &(struct layer){ 'B', 0, NODE_ADOPTED_BASE, NODE_FROZEN, NULL, 0, 15 });
	layers_add(l, &(struct layer){ 'L', 'B', NODE_ADOPTED_LEAF, NODE_WRITABLE, NULL, 3, 4 });
	layers_vdi(l, 'v', 'L', false);
	layers_vm(l, 'W', "v", HV_SHUTOFF);
	layers_sync(l);
	set_mode(l, 0644);
}

static int merge(struct layers *l, const char *base, struct vxe_error *err)
{
	return vdi_merge(l->s, id_of('v'), &(struct vdi_merge_args){ .base = base }, err);
}

Test(merge_ask, the_base_becomes_the_disks_own_file)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct layers l;

	make(&l);
	_cleanup_free_ char *before = layers_read(&l, 'v');

	cr_assert_eq(merge(&l, NULL, &err), 0, "%s", code_info(err.code)->name);
	_cleanup_free_ char *after = layers_read(&l, 'v'), *findings = layers_check(&l);
	_cleanup_(node_free_cleanup) struct node *base = layers_node(&l, 'B');

	cr_assert_str_eq(after, before);
	cr_assert_str_eq(findings, "");
	cr_assert_eq(layers_node_of(&l, 'v'), 'B');
	cr_assert_eq(base->origin, NODE_ADOPTED_LEAF);
	cr_assert_eq(base->state, NODE_WRITABLE);
	cr_assert_not(layers_file(&l, 'L'));
	cr_assert_null(layers_node(&l, 'L'));
	cr_assert_eq(merge(&l, NULL, &err), 0, "nothing to do");
	layers_close(&l);
}

Test(merge_ask, a_file_without_write_permission_stays_so)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct layers l;

	make(&l);
	_cleanup_free_ char *base = layers_path(&l, 'B'), *leaf = layers_path(&l, 'L');

	set_mode(&l, 0444);
	cr_assert_eq(merge(&l, NULL, &err), -1);
	cr_assert_eq(err.code, VXE_LAYER_STAYS, "%s", code_info(err.code)->name);
	cr_assert_str_eq(err.params[0], leaf);
	cr_assert(strstr(err.params[1], base), "%s", err.params[1]);
	error_clear(&err);
	cr_assert_eq(layers_node_of(&l, 'v'), 'L');
	cr_assert_not(layers_writable(&l, 'B'));
	set_mode(&l, 0644);
	cr_assert_eq(merge(&l, base, &err), 0);
	layers_close(&l);
}

static bool stop_later(void *ctx)
{
	return ++*(int *)ctx > 20;
}

/* As if an export read the base. */
Test(merge_ask, it_waits_for_a_reader)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct lease *reader = NULL;
	struct layers l;
	int asked = 0;

	make(&l);
	cr_assert_eq(store_lease(l.s->store, id_of('B'), LEASE_SHARED, false, &reader, &err), 0);
	l.s->ui.cancelled = stop_later;
	l.s->ui.ctx = &asked;
	cr_assert_eq(merge(&l, NULL, &err), -1);
	cr_assert_eq(err.code, TASK_CANCELLED, "%s", code_info(err.code)->name);
	error_clear(&err);
	cr_assert_eq(layers_node_of(&l, 'v'), 'L');
	store_release(reader);
	l.s->ui.cancelled = NULL;
	cr_assert_eq(merge(&l, NULL, &err), 0);
	cr_assert_eq(layers_node_of(&l, 'v'), 'B');
	layers_close(&l);
}

Test(merge_ask, names_that_are_no_layers)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct layers l;

	make(&l);
	_cleanup_free_ char *leaf = layers_path(&l, 'L');

	cr_assert_eq(merge(&l, "/nowhere", &err), -1);
	cr_assert_eq(err.code, OPERATION_NOT_ALLOWED);
	error_clear(&err);
	cr_assert_eq(merge(&l, leaf, &err), -1);
	cr_assert_eq(err.code, OPERATION_NOT_ALLOWED);
	error_clear(&err);
	cr_assert_eq(merge(&l, "x", &err), -1);
	cr_assert_eq(err.code, UUID_INVALID);
	error_clear(&err);
	layers_close(&l);
}
