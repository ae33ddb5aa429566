/* SPDX-License-Identifier: MIT */
/* Failures in the operations on storage, devices and networks. */
#include "tests/unit/crash_play.h"

#include "objects/classes/storage/sr_marker.h"
#include "objects/devices/network_ops.h"
#include "objects/devices/vbd_create.h"
#include "objects/devices/vbd_plug.h"
#include "objects/devices/vif_ops.h"
#include "objects/queries/param.h"
#include "objects/storage/pbd_ops.h"
#include "objects/storage/sr_create.h"
#include "objects/storage/sr_remove.h"
#include "objects/storage/sr_scan.h"
#include "objects/storage/vdi_content.h"
#include "objects/storage/vdi_create.h"
#include "objects/storage/vdi_destroy.h"
#include "objects/storage/vdi_resize.h"

#include <fcntl.h>

TestSuite(crash, .init = host_start, .fini = host_stop);

/* ---- storage --------------------------------------------------------------------------------- */

#define MAC "02:00:00:00:00:07"

static char one_sr[40], one_pbd[40], one_vdi[40], one_vbd[40], one_vif[40], one_net[40];

static void keep(char to[static 40], char *uuid)
{
	snprintf(to, 40, "%s", uuid);
	free(uuid);
}

static void default_sr(char to[static 40])
{
	_cleanup_records_ struct records pools = all_of(&pool_class);

	snprintf(to, 40, "%s", ((const struct pool *)pools.items[0])->default_sr);
}

static int create_disk(struct vxe_error *err)
{
	char sr[40], *uuid = NULL;
	const struct vdi_new args = { .sr = sr, .name_label = "new", .size = SIZE };

	default_sr(sr);
	int r = vdi_create(S, &args, &uuid, err);

	if (r == 0)
		keep(one_vdi, uuid);
	return r;
}

static int copy_disk(struct vxe_error *err)
{
	_cleanup_free_ char *uuid = NULL;
	char sr[40];

	default_sr(sr);
	return vdi_copy(S, vdis.items[0], sr, &uuid, err);
}

static int destroy_disk(struct vxe_error *err)
{
	return vdi_destroy(S, vdis.items[0], err);
}

static int resize_disk(struct vxe_error *err)
{
	return vdi_resize(S, one_vdi, 2 * SIZE, true, err);
}

static void a_file(void)
{
	make_raw("in", 9);
}

static int import_disk(struct vxe_error *err)
{
	_cleanup_free_ char *path = at("in");
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return vdi_import(S, vdis.items[0], fd, 0, "raw", err);
}

static int make_sr(const char *type, const char *name, struct vxe_error *err)
{
	_cleanup_map_ struct map config = { 0 };
	_cleanup_free_ char *path = at(name);
	const struct sr_new args = { .name_label = name, .type = type, .device_config = &config };
	char *uuid = NULL;

	map_set(&config, "location", path);
	int r = sr_create(S, &args, &uuid, err);

	if (r == 0)
		keep(one_sr, uuid);
	return r;
}

static int create_sr(struct vxe_error *err)
{
	return make_sr("file", "sr", err);
}

static void an_sr(void)
{
	_cleanup_records_ struct records pbds = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	OK(create_sr(&E));
	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(records_load(t, &pbd_class, "sr_uuid", one_sr, &pbds, &E));
	snprintf(one_pbd, sizeof(one_pbd), "%s", ((const struct record *)pbds.items[0])->uuid);
}

static int plug_sr(struct vxe_error *err)
{
	return pbd_plug(S, one_pbd, err);
}

static int unplug_sr(struct vxe_error *err)
{
	return pbd_unplug(S, one_pbd, err);
}

static void an_unplugged_sr(void)
{
	an_sr();
	OK(unplug_sr(&E));
}

static int destroy_sr(struct vxe_error *err)
{
	return sr_destroy(S, one_sr, err);
}

static int forget_sr(struct vxe_error *err)
{
	return sr_forget(S, one_sr, err);
}

/* A CD in an SR of its own; and an empty drive of the VM. */
static void a_cd(void)
{
	_cleanup_free_ char *folder = at("isos");
	_cleanup_records_ struct records all = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	const struct vbd_new drive = {
		.vm = VM_A, .device = "autodetect", .type = VBD_CD, .mode = VBD_RO
	};
	char *uuid = NULL;

	cr_assert_eq(mkdir(folder, 0755), 0);
	make_raw("isos/cd.iso", 7);
	OK(make_sr("iso", "isos", &E));
	OK(sr_scan(S, one_sr, &E));
	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(records_load(t, &vdi_class, "sr_uuid", one_sr, &all, &E));
	cr_assert_eq(all.n, 1);
	snprintf(one_vdi, sizeof(one_vdi), "%s", ((const struct record *)all.items[0])->uuid);
	txn_abort(TAKE(t));
	OK(vbd_create(S, &drive, &uuid, &E));
	keep(one_vbd, uuid);
}

static int forget_disk(struct vxe_error *err)
{
	return vdi_forget(S, one_vdi, err);
}

/* ---- devices --------------------------------------------------------------------------------- */

static int attach_disk(struct vxe_error *err)
{
	const struct vbd_new args = { .vm = VM_A,
		.device = "5",
		.vdi = one_vdi,
		.mode = VBD_RW,
		.type = VBD_DISK,
		.unpluggable = true,
		.owner = true };
	char *uuid = NULL;
	int r = vbd_create(S, &args, &uuid, err);

	if (r == 0)
		keep(one_vbd, uuid);
	return r;
}

static void a_disk(void)
{
	OK(create_disk(&E));
}

static void an_attached_disk(void)
{
	a_disk();
	OK(attach_disk(&E));
}

static void a_running_vm_with_it(void)
{
	an_attached_disk();
	running();
}

static void a_running_vm_and_a_disk(void)
{
	a_disk();
	running();
	next_command();
	OK(attach_disk(&E));
}

static int protect_vbd(struct vxe_error *err)
{
	const struct filter wish = { "mode", "RO" };

	return param_set(S, view_by_prefix("vbd"), one_vbd, &wish, 1, err);
}

static int destroy_vbd(struct vxe_error *err)
{
	return vbd_destroy(S, one_vbd, err);
}

static int plug_vbd(struct vxe_error *err)
{
	return vbd_plug(S, one_vbd, err);
}

static int unplug_vbd(struct vxe_error *err)
{
	return vbd_unplug(S, one_vbd, err);
}

static int remove_disk(struct vxe_error *err)
{
	return vm_disk_remove(S, VM_A, "5", err);
}

static void a_running_vm_and_a_cd(void)
{
	a_cd();
	running();
}

static int insert_cd(struct vxe_error *err)
{
	return vbd_insert(S, one_vbd, one_vdi, err);
}

static void a_cd_in_a_drive(void)
{
	a_running_vm_and_a_cd();
	next_command();
	OK(insert_cd(&E));
}

static int eject_cd(struct vxe_error *err)
{
	return vbd_eject(S, one_vbd, err);
}

static int create_network(struct vxe_error *err)
{
	const struct network_new args = { .name_label = "lan", .mtu = 1500, .managed = true };
	char *uuid = NULL;
	int r = network_create(S, &args, &uuid, err);

	if (r == 0)
		keep(one_net, uuid);
	return r;
}

static void a_network(void)
{
	OK(create_network(&E));
	/* Facts are read once per command. */
	hv_networks_clear(S->here->networks);
	free(TAKE(S->here->networks));
	hv_pools_clear(S->here->pools);
	free(TAKE(S->here->pools));
}

static int destroy_network(struct vxe_error *err)
{
	return network_destroy(S, one_net, err);
}

static int create_card(struct vxe_error *err)
{
	char *uuid = NULL;
	int r = vif_create(S, VM_A, "0", one_net, MAC, &uuid, err);

	if (r == 0)
		keep(one_vif, uuid);
	return r;
}

static void a_card(void)
{
	a_network();
	OK(create_card(&E));
}

static void a_running_vm_with_a_card(void)
{
	a_card();
	running();
}

static void a_running_vm_and_a_card(void)
{
	a_network();
	running();
	next_command();
	OK(create_card(&E));
}

static int destroy_card(struct vxe_error *err)
{
	return vif_destroy(S, one_vif, err);
}

static int plug_card(struct vxe_error *err)
{
	return vif_plug(S, one_vif, err);
}

static int unplug_card(struct vxe_error *err)
{
	return vif_unplug(S, one_vif, err);
}

static void a_card_and_another_network(void)
{
	a_running_vm_with_a_card();
	a_network();
}

static int move_card(struct vxe_error *err)
{
	return vif_move(S, one_vif, one_net, err);
}

static const struct scene scenes[] = {
	{ "vdi-create", "", 1, false, nothing, create_disk },
	{ "vdi-copy", "", 1, false, nothing, copy_disk },
	{ "vdi-destroy", "of a VM", 2, false, nothing, destroy_disk },
	{ "vdi-forget", "", 1, false, a_cd, forget_disk },
	{ "vdi-import", "", 2, false, a_file, import_disk },
	{ "vdi-resize", "", 1, false, a_disk, resize_disk },
	{ "vdi-resize", "running", 1, false, a_running_vm_with_it, resize_disk },
	{ "vbd-create", "", 1, false, a_disk, attach_disk },
	{ "vbd-param-set", "", 1, false, an_attached_disk, protect_vbd },
	{ "vbd-destroy", "", 1, false, an_attached_disk, destroy_vbd },
	{ "vbd-plug", "", 1, false, a_running_vm_and_a_disk, plug_vbd },
	{ "vbd-unplug", "", 1, false, a_running_vm_with_it, unplug_vbd },
	{ "vbd-insert", "", 1, false, a_running_vm_and_a_cd, insert_cd },
	{ "vbd-eject", "", 1, false, a_cd_in_a_drive, eject_cd },
	{ "vm-disk-remove", "", 1, false, a_running_vm_with_it, remove_disk },
	{ "vif-create", "", 1, false, a_network, create_card },
	{ "vif-destroy", "", 1, false, a_card, destroy_card },
	{ "vif-plug", "", 1, false, a_running_vm_and_a_card, plug_card },
	{ "vif-unplug", "", 1, false, a_running_vm_with_a_card, unplug_card },
	{ "vif-move", "", 1, false, a_card_and_another_network, move_card },
	{ "sr-create", "", 1, false, nothing, create_sr },
	{ "sr-destroy", "", 1, false, an_unplugged_sr, destroy_sr },
	{ "sr-forget", "", 1, false, an_unplugged_sr, forget_sr },
	{ "pbd-plug", "", 1, false, an_unplugged_sr, plug_sr },
	{ "pbd-unplug", "", 1, false, an_sr, unplug_sr },
	{ "network-create", "", 1, false, nothing, create_network },
	{ "network-destroy", "", 1, false, a_network, destroy_network },
};

CRASH_DEVICES(PLAY_ALL)
