/* SPDX-License-Identifier: MIT */
/* Documents of archives: a VM with a disk and a card, to be changed by tests; and their import. */
#pragma once

#include "objects/archive/ova_members.h"
#include "objects/archive/vm_import.h"
#include "objects/base/uuid.h"
#include "objects/classes/network/network.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"

#include "tests/unit/harness.h"

#include "tests/unit/host_fixture.h"

/* *uuid: that of the VM; unchanged if there is none. */
static inline int import_fd(const struct vm_import_args *args, int fd, char **uuid)
{
	_cleanup_strv_ struct strv uuids = { 0 };
	int r = vm_import(S, args, fd, &uuids, &E);

	if (uuids.n)
		str_replace(uuid, uuids.items[0]);
	return r;
}

static inline struct ova *item(struct ova *v, const char *name)
{
	for (size_t i = 0; i < v->n; i++)
		if (str_eq(v->items[i].name, name))
			return &v->items[i].value;
	cr_assert(false, "no member %s", name);
	return NULL;
}

/* The record of the object with this id. */
static inline struct ova *record(struct ova *doc, const char *id)
{
	struct ova *objects = item(doc, "objects");

	for (size_t i = 0; i < objects->n; i++)
		if (str_eq(item(&objects->items[i].value, "id")->text, id))
			return item(&objects->items[i].value, "snapshot");
	cr_assert(false, "no object %s", id);
	return NULL;
}

static inline void set(struct ova *doc, const char *id, const char *member, const char *text)
{
	str_replace(&item(record(doc, id), member)->text, text);
}

static inline struct ova *add(struct ova *doc, const char *class, const char *id,
	const struct ova_row *rows, const struct class *c, void *obj)
{
	struct ova *o = ova_add(item(doc, "objects"), NULL, OVA_STRUCT);

	ova_add_text(o, "class", class);
	ova_add_text(o, "id", id);
	struct ova *r = ova_add(o, "snapshot", OVA_STRUCT);

	ova_write_rows(rows, c, obj, r);
	record_free(c, obj);
	return r;
}

static inline void add_version(struct ova *doc)
{
	struct ova *v = ova_add(doc, "version", OVA_STRUCT);
	static const char *const texts[] = { "hostname", "date", "product_version", "product_brand",
		"build_number" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		ova_add_text(v, texts[i], "x");
	ova_add_int(v, "xapi_major", 1);
	ova_add_int(v, "xapi_minor", 20);
	ova_add_int(v, "export_vsn", 2);
}

static inline void add_vm(struct ova *doc)
{
	struct vm *vm = record_new(&vm_class);

	vm->r.uuid = uuid_new();
	vm->memory_static_max = vm->memory_dynamic_max = vm->memory_dynamic_min = 1 << 20;
	vm->vcpus_max = vm->vcpus_at_startup = 1;
	str_replace(&vm->hvm_boot_policy, "BIOS order");
	map_set(&vm->hvm_boot_params, "firmware", "bios");
	struct ova *r = add(doc, "VM", "Ref:0", ova_vm_rows, &vm_class, vm);

	ova_add_text(r, "power_state", "Halted");
	ova_add_text(r, "suspend_VDI", OVA_NULL);
}

static inline void add_disk(struct ova *doc)
{
	struct vbd *vbd = record_new(&vbd_class);
	struct vdi *vdi = record_new(&vdi_class);
	struct sr *sr = record_new(&sr_class);

	vbd->r.uuid = uuid_new();
	str_replace(&vbd->userdevice, "0");
	struct ova *r = add(doc, "VBD", "Ref:1", ova_vbd_rows, &vbd_class, vbd);

	ova_add_text(r, "VM", "Ref:0");
	ova_add_text(r, "VDI", "Ref:10");
	vdi->r.uuid = uuid_new();
	vdi->virtual_size = 1 << 20;
	r = add(doc, "VDI", "Ref:10", ova_vdi_rows, &vdi_class, vdi);
	ova_add_text(r, "SR", "Ref:3");
	ova_add_text(r, "location", "x.iso");
	sr->r.uuid = uuid_new();
	str_replace(&sr->content_type, "user");
	add(doc, "SR", "Ref:3", ova_sr_rows, &sr_class, sr);
}

static inline void add_card(struct ova *doc)
{
	struct vif *vif = record_new(&vif_class);
	struct network *net = record_new(&network_class);

	vif->r.uuid = uuid_new();
	str_replace(&vif->device, "0");
	str_replace(&vif->mac, "52:54:00:AA:00:01");
	struct ova *r = add(doc, "VIF", "Ref:4", ova_vif_rows, &vif_class, vif);

	ova_add_text(r, "VM", "Ref:0");
	ova_add_text(r, "network", "Ref:5");
	net->r.uuid = uuid_new();
	str_replace(&net->name_label, "lan");
	add(doc, "network", "Ref:5", ova_network_rows, &network_class, net);
}

static inline struct ova *document(void)
{
	struct ova *doc = ova_new(OVA_STRUCT);

	add_version(doc);
	ova_add(doc, "objects", OVA_LIST);
	add_vm(doc);
	add_disk(doc);
	add_card(doc);
	return doc;
}
