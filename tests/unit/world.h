/* SPDX-License-Identifier: MIT */
/*
 * A small world for the tests of lists and fields: the memory store with a few records, and a list
 * of domains instead of a hypervisor. The objects are those of the worked examples: dom0 (1), web
 * (2, halted), db (3, running), template base (4), snapshot s1 of web (5).
 */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/session/session.h"

#include "tests/unit/harness.h"
#include <stdio.h>
#include <string.h>

#include "objects/classes/common/task.h"
#include "objects/classes/host/host.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/network/network.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/start/session_open.h"
#include "tests/unit/leak.h"
#include "tests/unit/scratch.h"

/* The UUID of object number @n (two digits), as text of this process. */
#define U(n) "000000" #n "-0000-4000-8000-0000000000" #n

static struct session *world;
static const struct wishes of_xe = { .as_xe = true };
static char world_dir[SCRATCH_MAX];

#define ok(call, err)                                                                              \
	cr_assert((call) == 0, "%s: %s", (err)->code ? code_info((err)->code)->name : "rc",        \
		(err)->n_params ? (err)->params[0] : "")

static inline int put_record(struct txn *t, void *ctx, struct vxe_error *err)
{
	void *const *pair = ctx;

	return record_save(t, pair[0], pair[1], err);
}

/* Saves the object and frees it. */
static inline void world_put(const struct class *c, void *obj)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	union {
		const struct class *in;
		void *out;
	} u = { c };
	void *pair[] = { u.out, obj };

	ok(store_update(world->store, put_record, pair, &err), &err);
	record_free(c, obj);
}

static inline void *world_new(const struct class *c, const char *uuid)
{
	struct record *r = record_new(c);

	r->uuid = xstrdup(uuid);
	return r;
}

/* The record as it is now; owned by the caller. */
static inline void *world_get(const struct class *c, const char *uuid)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	void *obj = NULL;

	ok(txn_begin(world->store, TXN_READ, &t, &err), &err);
	ok(record_load(t, c, uuid, &obj, &err), &err);
	return obj;
}

static inline struct vm *world_vm(const char *uuid, const char *name)
{
	struct vm *vm = world_new(&vm_class, uuid);

	str_replace(&vm->name_label, name);
	vm->memory_static_max = vm->memory_dynamic_max = INT64_C(4) << 30;
	vm->memory_dynamic_min = vm->memory_static_min = INT64_C(1) << 30;
	str_replace(&vm->home, U(70));
	return vm;
}

static inline void world_vms(void)
{
	struct vm *vm = world_vm(U(01), "Control domain on host: h1");

	vm->is_control_domain = true;
	world_put(&vm_class, vm);

	vm = world_vm(U(02), "web");
	str_replace(&vm->name_description, "front, end");
	strv_add(&vm->tags, "prod");
	strv_add(&vm->tags, "eu");
	map_set(&vm->other_config, "auto_poweron", "true");
	map_set(&vm->other_config, "owner", "bob");
	str_replace(&vm->parent, U(05));
	world_put(&vm_class, vm);

	vm = world_vm(U(03), "db");
	strv_add(&vm->tags, "prod");
	world_put(&vm_class, vm);

	vm = world_vm(U(04), "base");
	vm->is_a_template = true;
	world_put(&vm_class, vm);

	vm = world_vm(U(05), "s1");
	vm->is_a_template = vm->is_a_snapshot = true;
	str_replace(&vm->snapshot_of, U(02));
	vm->snapshot_time = 1767261600; /* 20260101T10:00:00Z */
	world_put(&vm_class, vm);
}

static inline void world_storage(void)
{
	struct host *host = world_new(&host_class, U(70));
	struct sr *sr = world_new(&sr_class, U(40));
	struct pbd *pbd = world_new(&pbd_class, U(41));
	struct vdi *vdi = world_new(&vdi_class, U(30));
	struct vbd *cd = world_new(&vbd_class, U(20)), *disk = world_new(&vbd_class, U(21));

	str_replace(&host->name_label, "h1");
	str_replace(&host->control_domain, U(01));
	world_put(&host_class, host);

	str_replace(&sr->name_label, "local");
	str_replace(&sr->type, "dir");
	str_replace(&sr->content_type, "user");
	world_put(&sr_class, sr);

	str_replace(&pbd->host, U(70));
	str_replace(&pbd->sr, U(40));
	world_put(&pbd_class, pbd);

	str_replace(&vdi->name_label, "disk0");
	str_replace(&vdi->sr, U(40));
	vdi->virtual_size = INT64_C(8) << 30;
	world_put(&vdi_class, vdi);

	str_replace(&cd->vm, U(02));
	cd->empty = true;
	cd->type = VBD_CD;
	cd->mode = VBD_RO;
	str_replace(&cd->userdevice, "3");
	world_put(&vbd_class, cd);

	str_replace(&disk->vm, U(03));
	str_replace(&disk->vdi, U(30));
	str_replace(&disk->userdevice, "0");
	str_replace(&disk->device, "vda");
	world_put(&vbd_class, disk);
}

static inline void world_network(void)
{
	struct network *network = world_new(&network_class, U(60));
	struct vif *vif = world_new(&vif_class, U(50));

	str_replace(&network->name_label, "lan");
	str_replace(&network->bridge, "vxe0");
	world_put(&network_class, network);

	str_replace(&vif->vm, U(02));
	str_replace(&vif->network, U(60));
	str_replace(&vif->mac, "52:54:00:AA:bb:01");
	str_replace(&vif->device, "0");
	world_put(&vif_class, vif);
}

static inline void add_domain(const char *uuid, enum hv_state state, bool persistent)
{
	struct hv_domains *d = world->here->domains;

	d->items = xrealloc(d->items, d->n + 1, sizeof(*d->items));
	d->items[d->n++] = (struct hv_domain){ .uuid = xstrdup(uuid),
		.name = xasprintf("domain-%c", uuid[7]),
		.state = state,
		.persistent = persistent,
		.id = hv_is_active(state) ? 7 : -1 };
}

static inline void world_make(void)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	scratch_dir(world_dir, "world");
	ok(session_open(&world,
		   &(struct session_config){ .store = world_dir,
			   .lock_dir = world_dir,
			   .root = "/nonexistent",
			   .engine = &store_mem_ops },
		   &err),
		&err);
	/* As after the adoption of domains; no hypervisor is asked. */
	world->reports.adopted = true;
	world->store_uuid = xstrdup(U(80));
	world->here->domains = xcalloc(1, sizeof(*world->here->domains));
	world_vms();
	world_storage();
	world_network();
	add_domain(U(02), HV_SHUTOFF, true);
	add_domain(U(03), HV_RUNNING, true);
}

/* .fini of a suite: frees the world; any other memory left is a leak. */
static inline void world_free(void)
{
	session_close(world);
	world = NULL;
	scratch_drop(world_dir);
	no_leaks();
}
