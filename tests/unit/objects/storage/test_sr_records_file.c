/* SPDX-License-Identifier: MIT */
/* The records of an SR's disks go with it and come back, for what is still there; and what a disk may be used for. */
#include "tests/unit/layers.h"

#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/storage/sr_records_file.h"
#include "objects/storage/vdi_loaded.h"
#include "tests/unit/expect.h"
#include "tests/unit/leak.h"

#include <fcntl.h>

static struct vxe_error E;
static struct layers l;
static struct sr *sr;

static struct sr *find_sr(void)
{
	_cleanup_txn_ struct txn *t = NULL;
	struct sr *found;

	OK(txn_begin(l.s->store, TXN_READ, &t, &E));
	OK(sr_get(t, l.sr, &found, &E));
	return found;
}

/* The layer L on R: VDI v is L, its snapshot s is R. */
static void start(void)
{
	layers_open(&l, NULL);
	layers_add(&l, &(struct layer){ 'R', 0, NODE_MADE, NODE_FROZEN, NULL, 0, 3 });
	layers_add(&l, &(struct layer){ 'L', 'R', NODE_MADE, NODE_WRITABLE, NULL, 0, 0 });
	layers_vdi(&l, 'v', 'L', false);
	layers_vdi(&l, 's', 'R', true);
	sr = find_sr();
}

static void stop(void)
{
	sr_free(TAKE(sr));
	layers_close(&l);
	error_clear(&E);
	no_leaks();
}

TestSuite(sr_records, .init = start, .fini = stop, .timeout = 300);

/* ---- the file -------------------------------------------------------------------------------- */

static int drop_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	for (const char *c = ctx; *c; c++) {
		const struct class *cls = strchr("RL", *c) ? &node_class : &vdi_class;

		if (txn_del(t, cls->name, id_of(*c), err) < 0)
			return -1;
	}
	return 0;
}

static void drop(char *letters)
{
	OK(store_update(l.s->store, drop_body, letters, &E));
}

static char *kept(void)
{
	return xasprintf("%s/" SR_KEPT, sr->path);
}

static void expect_there(const char *records, const char *gone)
{
	for (; *records; records++) {
		_cleanup_(node_free_cleanup) struct node *n = layers_node(&l, *records);

		cr_expect(n || layers_node_of(&l, *records), "%c", *records);
	}
	for (; *gone; gone++) {
		_cleanup_(node_free_cleanup) struct node *n = layers_node(&l, *gone);

		cr_expect(!n && !layers_node_of(&l, *gone), "%c", *gone);
	}
}

Test(sr_records, they_come_back_once)
{
	_cleanup_free_ char *path = kept();
	char all[] = "RLvs", some[] = "v";
	struct stat st;

	OK(sr_keep_records(l.s, sr, &E));
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0600, "names are nobody's but the owner's");
	drop(all);
	expect_there("", "RLvs");
	OK(sr_restore_records(l.s, sr, &E));
	expect_there("RLvs", "");
	cr_expect_eq(layers_node_of(&l, 'v'), 'L');
	cr_expect_eq(layers_node_of(&l, 's'), 'R');
	cr_expect_neq(access(path, F_OK), 0, "from now on the store is newer");
	drop(some);
	OK(sr_restore_records(l.s, sr, &E));
	expect_there("RLs", "v");
}

Test(sr_records, a_record_of_a_file_that_has_gone_does_not_come_back)
{
	_cleanup_free_ char *path = layers_path(&l, 'L');
	char all[] = "RLvs";

	OK(sr_keep_records(l.s, sr, &E));
	drop(all);
	cr_assert_eq(unlink(path), 0);
	OK(sr_restore_records(l.s, sr, &E));
	expect_there("Rs", "Lv");
}

Test(sr_records, what_the_store_knows_is_newer)
{
	char some[] = "RLs";

	OK(sr_keep_records(l.s, sr, &E));
	drop(some);
	layers_vdi(&l, 'v', 'X', false); /* by another command */
	OK(sr_restore_records(l.s, sr, &E));
	cr_expect_eq(layers_node_of(&l, 'v'), 'X');
	expect_there("RLs", "");
}

Test(sr_records, those_of_another_sr_do_not_come)
{
	char all[] = "RLvs";

	OK(sr_keep_records(l.s, sr, &E));
	drop(all);
	str_replace(&sr->r.uuid, id_of('y'));
	OK(sr_restore_records(l.s, sr, &E));
	expect_there("", "RLvs");
}

/* Anybody who may write to the folder can have written it. */
Test(sr_records, what_is_no_such_file_is_passed_over)
{
	static const char *const texts[] = { "", "[1]", "{\"node\":7,\"VDI\":{\"x\":3}}" };
	_cleanup_free_ char *path = kept();

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

		cr_assert_eq(write(fd, texts[i], strlen(texts[i])), (ssize_t)strlen(texts[i]));
		OK(sr_restore_records(l.s, sr, &E));
		expect_there("RLvs", "");
	}
	(void)unlink(path);
	cr_assert_eq(symlink("/etc/passwd", path), 0);
	FAILS(VXE_IMAGE_FAILED, sr_restore_records(l.s, sr, &E));
}

Test(sr_records, a_folder_of_the_users_gets_no_file)
{
	_cleanup_free_ char *path = kept();

	sr->adopted = true;
	OK(sr_keep_records(l.s, sr, &E));
	cr_expect_neq(access(path, F_OK), 0);
}

/* ---- what a disk may be used for --------------------------------------------------------------- */

static void use(char vdi, struct vdi_loaded *u)
{
	vdi_loaded_clear(u);
	OK(vdi_load(l.s, id_of(vdi), LEASE_EXCLUSIVE, NULL, u, &E));
}

Test(sr_records, a_snapshots_disk_is_not_written_to)
{
	_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 };

	use('v', &u);
	OK(vdi_check_attach(&u, VBD_RW, &E));
	u.on_written = true; /* an overlay on another disk */
	FAILS(OPERATION_NOT_ALLOWED, vdi_check_attach(&u, VBD_RW, &E));
	use('s', &u);
	OK(vdi_check_attach(&u, VBD_RO, &E));
	FAILS(VDI_READONLY, vdi_check_attach(&u, VBD_RW, &E));
	u.sr->detached = true;
	FAILS(SR_NOT_ATTACHED, vdi_check_attach(&u, VBD_RO, &E));
	u.vdi->managed = false;
	FAILS(VDI_NOT_MANAGED, vdi_check_attach(&u, VBD_RO, &E));
}

Test(sr_records, a_disk_of_a_running_vm_is_in_use)
{
	_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 };

	layers_vm(&l, 'W', "v", HV_RUNNING);
	use('v', &u);
	cr_assert(u.running.n == 1 && u.halted.n == 0 && u.vbds.n == 1);
	FAILS(VDI_IN_USE, vdi_check_idle(l.s, &u, "resize", &E));
	hv_mock_set_state(l.mock, id_of('W'), HV_SHUTOFF);
	session_forget_domains(l.s->here);
	use('v', &u);
	cr_assert(u.running.n == 0 && u.halted.n == 1);
	OK(vdi_check_idle(l.s, &u, "resize", &E));
	hv_mock_set_managed_save(l.mock, id_of('W'), true);
	FAILS(VXE_MANAGED_SAVE, vdi_check_idle(l.s, &u, "resize", &E));
}

Test(sr_records, sizes_are_whole_sectors)
{
	static const struct {
		int64_t size, wanted;
	} cases[] = { { 1, 512 }, { 512, 512 }, { 513, 1024 },
		{ INT64_C(1) << 40, INT64_C(1) << 40 } };
	static const int64_t bad[] = { 0, -512, INT64_MAX };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t size = cases[i].size;

		OK(vdi_round(&size, "virtual-size", &E));
		cr_expect_eq(size, cases[i].wanted);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int64_t size = bad[i];

		FAILS(INVALID_VALUE, vdi_round(&size, "virtual-size", &E));
	}
}
