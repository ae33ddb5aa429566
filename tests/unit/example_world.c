/* SPDX-License-Identifier: MIT */
/* The world of the worked examples: records with fixed UUIDs and their domains. */
#include "tests/unit/example_world.h"

#include "tests/unit/harness.h"
#include <stdio.h>
#include <string.h>

#include "objects/classes/host/host.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/network/network.h"
#include "objects/classes/storage/node.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/start/session_open.h"
#include "objects/disks/images/image_make.h"
#include "tests/image_at.h"

#define U(n) EXAMPLE_UUID(n)
#define URI "mock:///examples"

static void must(int r, const struct vxe_error *err)
{
	cr_assert(r >= 0, "%s: %s %s", code_info(err->code)->name,
		err->n_params ? err->params[0] : "", err->n_params > 1 ? err->params[1] : "");
}

/* ---- records -------------------------------------------------------------------------------- */

struct saved {
	const struct class *cls;
	const void *obj;
};

static int save_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct saved *s = ctx;

	return record_save(t, s->cls, s->obj, err);
}

/* Saves the object and frees it. */
static void put(const struct example_world *w, const struct class *cls, void *obj)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct saved s = { cls, obj };

	must(store_update(w->s->store, save_body, &s, &err), &err);
	record_free(cls, obj);
}

static void *make(const struct class *cls, const char *uuid)
{
	struct record *r = record_new(cls);

	r->uuid = xstrdup(uuid);
	return r;
}

static struct vm *make_vm(const char *uuid, const char *name)
{
	struct vm *vm = make(&vm_class, uuid);

	str_replace(&vm->name_label, name);
	vm->memory_static_max = vm->memory_dynamic_max = INT64_C(64) << 20;
	vm->memory_dynamic_min = vm->memory_static_min = INT64_C(64) << 20;
	vm->vcpus_max = vm->vcpus_at_startup = 1;
	return vm;
}

static void put_host(const struct example_world *w)
{
	struct pool *pool = make(&pool_class, U(80));
	struct host *host = make(&host_class, U(70));
	struct vm *vm = make_vm(U(01), "Control domain on host: h1");

	str_replace(&pool->master, U(70));
	str_replace(&pool->default_sr, U(40));
	str_replace(&pool->suspend_image_sr, U(40));
	put(w, &pool_class, pool);
	str_replace(&host->name_label, "h1");
	str_replace(&host->control_domain, U(01));
	str_replace(&host->driver, "QEMU");
	host->enabled = true;
	put(w, &host_class, host);
	vm->is_control_domain = true;
	put(w, &vm_class, vm);
}

static void put_vms(const struct example_world *w)
{
	struct vm *web = make_vm(U(02), "web"), *db = make_vm(U(03), "db");
	struct vm *base = make_vm(U(04), "base");

	str_replace(&web->name_description, "front, end");
	strv_add(&web->tags, "prod");
	strv_add(&web->tags, "eu");
	map_set(&web->other_config, "auto_poweron", "true");
	map_set(&web->other_config, "owner", "bob");
	put(w, &vm_class, web);
	strv_add(&db->tags, "prod");
	put(w, &vm_class, db);
	base->is_a_template = true;
	put(w, &vm_class, base);
}

static void put_snapshot(const struct example_world *w)
{
	struct vm *vm = make_vm(U(05), "s1");

	vm->is_a_template = vm->is_a_snapshot = true;
	str_replace(&vm->snapshot_of, U(02));
	vm->snapshot_time = 1767261600; /* 20260101T10:00:00Z */
	put(w, &vm_class, vm);
}

static void put_sr(const struct example_world *w)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = xasprintf("%s/images", w->dir);
	_cleanup_mark_ struct sr_mark marked = { 0 };
	struct sr_mark mark = { .sr = (char[]){ U(40) } };
	struct sr *sr = make(&sr_class, U(40));

	str_replace(&sr->name_label, "local");
	str_replace(&sr->type, "dir");
	str_replace(&sr->content_type, "user");
	str_replace(&sr->path, path);
	must(sr_mark_make(path, &mark, &marked, &err), &err);
	put(w, &sr_class, sr);

	struct pbd *pbd = make(&pbd_class, U(41));

	str_replace(&pbd->host, U(70));
	str_replace(&pbd->sr, U(40));
	put(w, &pbd_class, pbd);
}

static void put_network(const struct example_world *w)
{
	struct network *network = make(&network_class, U(60));
	struct vif *vif = make(&vif_class, U(50));

	str_replace(&network->name_label, "lan");
	str_replace(&network->bridge, "vxe0");
	put(w, &network_class, network);
	str_replace(&vif->vm, U(02));
	str_replace(&vif->network, U(60));
	str_replace(&vif->mac, "52:54:00:AA:bb:01");
	str_replace(&vif->device, "0");
	put(w, &vif_class, vif);
}

/* ---- disks ---------------------------------------------------------------------------------- */

static void put_cd(const struct example_world *w)
{
	struct vbd *cd = make(&vbd_class, U(20));

	str_replace(&cd->vm, U(02));
	str_replace(&cd->userdevice, "3");
	cd->empty = true;
	cd->type = VBD_CD;
	cd->mode = VBD_RO;
	put(w, &vbd_class, cd);
}

static void put_owned_disk(const struct example_world *w)
{
	struct vbd *disk = make(&vbd_class, U(21));

	str_replace(&disk->vm, U(02));
	str_replace(&disk->vdi, U(30));
	str_replace(&disk->userdevice, "0");
	str_replace(&disk->device, "vda");
	str_replace(&disk->target, "vda");
	map_set(&disk->other_config, "owner", "");
	put(w, &vbd_class, disk);
}

static char *disk_path(const struct example_world *w)
{
	return xasprintf("%s/images/" U(31) ".qcow2", w->dir);
}

static void make_file(const struct example_world *w)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = disk_path(w);

	must(image_make(image_at(path), INT64_C(8) << 30, &err), &err);
}

static void put_vdi(const struct example_world *w)
{
	struct vdi *vdi = make(&vdi_class, U(30));
	struct node *node = make(&node_class, U(31));

	str_replace(&node->sr, U(40));
	str_replace(&node->path, U(31) ".qcow2");
	str_replace(&node->format, "qcow2");
	node->virtual_size = INT64_C(8) << 30;
	put(w, &node_class, node);
	str_replace(&vdi->name_label, "disk0");
	str_replace(&vdi->sr, U(40));
	str_replace(&vdi->node, U(31));
	vdi->virtual_size = INT64_C(8) << 30;
	vdi->managed = true;
	put(w, &vdi_class, vdi);
}

/* ---- domains -------------------------------------------------------------------------------- */

static void add_domain(const struct example_world *w, const char *uuid, const char *name,
	enum hv_state state, bool disk)
{
	_cleanup_free_ char *path = disk_path(w);
	_cleanup_free_ char *device =
		xasprintf("<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>"
			  "<source file='%s'/><target dev='vda' bus='virtio'/></disk>",
			path);
	_cleanup_free_ char *xml = xasprintf(
		"<domain type='qemu'><name>%s</name><uuid>%s</uuid>"
		"<memory unit='MiB'>64</memory><currentMemory unit='MiB'>64</currentMemory>"
		"<vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os>"
		"<features><acpi/></features><on_poweroff>destroy</on_poweroff>"
		"<on_reboot>restart</on_reboot><on_crash>destroy</on_crash>"
		"<devices>%s</devices></domain>",
		name, uuid, disk ? device : "");

	hv_mock_add(w->mock, xml, state);
}

/* ---- the whole ------------------------------------------------------------------------------ */

struct session_config example_world_config(
	const struct example_world *w, const struct store_ops *engine)
{
	return (struct session_config){ .store = w->store,
		.connect = URI,
		.lock_dir = w->dir,
		.image_dir = w->dir,
		.root = w->machine,
		.engine = engine ? engine : &store_mem_ops,
		.hypervisor = &hv_mock_ops };
}

void example_world_open(
	struct example_world *w, const struct strv *words, const struct store_ops *engine)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	bool disk = strv_has(words, "disk");
	struct session_config config;

	*w = (struct example_world){ 0 };
	scratch_dir(w->dir, "examples");
	w->mock = hv_mock_create(URI);
	hv_mock_set_host(w->mock, U(70));
	snprintf(w->store, sizeof(w->store), "%s/store", w->dir);
	snprintf(w->machine, sizeof(w->machine), "%s/machine", w->dir);
	config = example_world_config(w, engine);
	must(session_open(&w->s, &config, &err), &err);
	put_host(w);
	put_sr(w);
	put_vms(w);
	if (!strv_has(words, "no-snapshot"))
		put_snapshot(w);
	put_network(w);
	if (strv_has(words, "cd"))
		put_cd(w);
	if (!strv_has(words, "no-vdi"))
		put_vdi(w);
	if (disk || strv_has(words, "file"))
		make_file(w);
	if (disk)
		put_owned_disk(w);
	add_domain(w, U(02), "web", strv_has(words, "web-running") ? HV_RUNNING : HV_SHUTOFF, disk);
	add_domain(w, U(03), "db", HV_RUNNING, false);
}

void example_world_close(struct example_world *w)
{
	session_close(TAKE(w->s));
	hv_mock_free(TAKE(w->mock));
	scratch_drop(w->dir);
}
