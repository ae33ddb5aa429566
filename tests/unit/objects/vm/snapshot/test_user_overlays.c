/* SPDX-License-Identifier: MIT */
/*
 * New layers that the user has made for a snapshot. The VM W has the disk v, which is the layer L on R; the VDI o is the
 * user's empty overlay O on L.
 */
#include "tests/unit/layers.h"

#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vm.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "tests/unit/expect.h"
#include "tests/unit/leak.h"

#include <string.h>

static struct vxe_error E;
static struct layers l;

static void start(void)
{
	layers_open(&l, NULL);
	layers_add(&l, &(struct layer){ 'R', 0, NODE_MADE, NODE_FROZEN, NULL, 0, 3 });
	layers_add(&l, &(struct layer){ 'L', 'R', NODE_MADE, NODE_WRITABLE, NULL, 2, 3 });
	layers_add(&l, &(struct layer){ 'O', 'L', NODE_ADOPTED_LEAF, NODE_WRITABLE, NULL, 0, 0 });
	layers_vdi(&l, 'v', 'L', false);
	layers_vdi(&l, 'o', 'O', false);
	layers_vm(&l, 'W', "v", HV_RUNNING);
}

static void stop(void)
{
	layers_close(&l);
	error_clear(&E);
	no_leaks();
}

TestSuite(user_overlays, .init = start, .fini = stop, .timeout = 300);

/* Snapshots W with the VDIs named by letters as new layers; *snapshot is owned. */
static int take(const char *vdis, char **snapshot)
{
	_cleanup_strv_ struct strv given = { 0 };
	const struct vm_snapshot_args args = { .name_label = "s", .overlays = &given };

	for (; *vdis; vdis++)
		strv_add(&given, id_of(*vdis));
	session_forget_domains(l.s->here);
	session_close_contents(l.s);
	return vm_snapshot(l.s, id_of('W'), &args, snapshot, &E);
}

static void refuse(const char *vdis, enum vxe_code code)
{
	_cleanup_free_ char *none = NULL;

	FAILS(code, take(vdis, &none));
	cr_expect_null(none);
	cr_expect_eq(layers_node_of(&l, 'v'), 'L');
	cr_expect_eq(layers_node_of(&l, 'o'), 'O');
	cr_expect_eq(layers_disk(&l, 'W', "vda", HV_XML_LIVE), 'L');
	cr_expect(layers_writable(&l, 'L'));
}

Test(user_overlays, the_disk_goes_on_in_the_given_layer)
{
	_cleanup_free_ char *snapshot = NULL, *content = NULL, *findings = NULL;

	OK(take("o", &snapshot));
	cr_expect_eq(layers_node_of(&l, 'v'), 'O');
	cr_expect_eq(layers_node_of(&l, 'o'), 0, "the VDI has become the VM's disk");
	cr_expect_eq(layers_disk(&l, 'W', "vda", HV_XML_LIVE), 'O');
	cr_expect_eq(layers_disk(&l, 'W', "vda", HV_XML_INACTIVE), 'O');
	cr_expect_not(layers_writable(&l, 'L'));
	content = layers_read(&l, 'v');
	cr_expect_str_eq(content, "RRLL............");
	session_forget_domains(l.s->here);
	findings = layers_check(&l);
	cr_expect_str_empty(findings, "%s", findings);
}

Test(user_overlays, each_is_the_layer_of_a_disk)
{
	layers_add(&l, &(struct layer){ 'Q', 'R', NODE_ADOPTED_LEAF, NODE_WRITABLE, NULL, 0, 0 });
	layers_vdi(&l, 'q', 'Q', false);
	refuse("q", OPERATION_NOT_ALLOWED);  /* on another file */
	refuse("oq", OPERATION_NOT_ALLOWED); /* one too many */
	refuse("x", UUID_INVALID);
	refuse("oo", OPERATION_NOT_ALLOWED);
}

Test(user_overlays, a_disk_has_one_new_layer)
{
	layers_add(&l, &(struct layer){ 'Q', 'L', NODE_ADOPTED_LEAF, NODE_WRITABLE, NULL, 0, 0 });
	layers_vdi(&l, 'q', 'Q', false);
	_cleanup_free_ char *none = NULL;

	cr_assert_eq(take("oq", &none), -1);
	cr_expect_eq(E.code, OPERATION_NOT_ALLOWED);
	cr_expect_not_null(strstr(E.params[0], "more than one"), "%s", E.params[0]);
}

Test(user_overlays, nobody_else_has_it)
{
	layers_vm(&l, 'X', "o", HV_SHUTOFF);
	refuse("o", VDI_IN_USE);
}

Test(user_overlays, nothing_is_on_it)
{
	layers_add(&l, &(struct layer){ 'P', 'O', NODE_MADE, NODE_WRITABLE, NULL, 0, 0 });
	refuse("o", VDI_IN_USE);
}

Test(user_overlays, it_can_be_written_to)
{
	layers_add(&l, &(struct layer){ 'F', 'L', NODE_MADE, NODE_FROZEN, NULL, 0, 0 });
	layers_vdi(&l, 'f', 'F', false);
	refuse("f", VDI_READONLY);
	layers_vdi(&l, 'f', 'O', true);
	refuse("f", VDI_READONLY);
}
