/* SPDX-License-Identifier: MIT */
/* What leaves a pool with a host, and what ties both sides together. */
#include "objects/classes/host/host.h"
#include "objects/classes/storage/node.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vmss.h"
#include "objects/pool/pool_eject.h"
#include "objects/pool/pool_leave.h"
#include "tests/unit/two_hosts.h"

#define SR_2 "55555555-0000-4000-8000-000000000002"
#define VM_2 "66666666-0000-4000-8000-000000000001"
#define VDI_2 "77777777-0000-4000-8000-000000000001"
#define NODE_2 "77777777-0000-4000-8000-000000000002"
#define VBD_2 "77777777-0000-4000-8000-000000000003"
#define VMSS "88888888-0000-4000-8000-000000000001"
#define OWN "99999999-0000-4000-8000-000000000001"

static void save_as(const struct class *c, void *obj, const char *uuid)
{
	struct record *r = obj;

	r->uuid = xstrdup(uuid);
	save(c, obj);
	record_free(c, obj);
}

/* Host 2 has a VM with a disk in an SR that only it is connected to. */
static void start(void)
{
	hosts_start();
	struct sr *sr = record_new(&sr_class);
	struct pbd *pbd = record_new(&pbd_class);
	struct node *node = record_new(&node_class);
	struct vdi *vdi = record_new(&vdi_class);
	struct vbd *vbd = record_new(&vbd_class);
	struct vm *vm = record_new(&vm_class);
	struct vmss *vmss = record_new(&vmss_class);

	str_replace(&pbd->host, HOST_2);
	str_replace(&pbd->sr, SR_2);
	str_replace(&node->sr, SR_2);
	str_replace(&node->path, "n.qcow2");
	str_replace(&vdi->sr, SR_2);
	str_replace(&vdi->node, NODE_2);
	str_replace(&vbd->vm, VM_2);
	str_replace(&vbd->vdi, VDI_2);
	str_replace(&vm->home, HOST_2);
	str_replace(&vm->affinity, hosts[1]);
	str_replace(&vm->snapshot_schedule, VMSS);
	save_as(&sr_class, sr, SR_2);
	save_as(&pbd_class, pbd, "55555555-0000-4000-8000-000000000003");
	save_as(&node_class, node, NODE_2);
	save_as(&vdi_class, vdi, VDI_2);
	save_as(&vbd_class, vbd, VBD_2);
	save_as(&vmss_class, vmss, VMSS);
	save_as(&vm_class, vm, VM_2);
	be_host(2);
}

TestSuite(pool_leave, .init = start, .fini = hosts_stop);

static int plan_for(const char *own, struct pool_leave *l)
{
	_cleanup_json_ struct json_object *all = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(documents_read(t, &all, &E));
	return pool_leave_plan(S, all, HOST_2, own, l, &E);
}

static int plan(struct pool_leave *l)
{
	return plan_for(OWN, l);
}

static struct json_object *doc_in(struct json_object *all, const struct class *c, const char *uuid)
{
	return json_object_object_get(json_object_object_get(all, c->name), uuid);
}

static const char *text_in(struct json_object *doc, const char *key)
{
	struct json_object *value = json_object_object_get(doc, key);

	return value ? json_object_get_string(value) : "";
}

Test(pool_leave, what_the_host_has_goes)
{
	_cleanup_(pool_leave_clear) struct pool_leave l = { 0 };

	OK(plan(&l));
	struct json_object *vm = doc_in(l.leaves, &vm_class, VM_2);
	const char *schedule = text_in(vm, "snapshot_schedule");

	cr_assert(vm && doc_in(l.leaves, &vdi_class, VDI_2) && doc_in(l.leaves, &sr_class, SR_2));
	cr_expect(doc_in(l.leaves, &node_class, NODE_2) && doc_in(l.leaves, &vbd_class, VBD_2));
	cr_expect(doc_in(l.leaves, &host_class, HOST_2));
	cr_expect_null(doc_in(l.leaves, &host_class, hosts[1]));
	cr_expect(json_object_object_get_ex(
		json_object_object_get(l.gone, vm_class.name), VM_2, NULL));
	/* a setting that names the other side is empty; the schedule is a copy */
	cr_expect_str_eq(text_in(vm, "affinity"), "");
	cr_expect_str_neq(schedule, VMSS);
	cr_expect(doc_in(l.leaves, &vmss_class, schedule));
	cr_expect_null(json_object_object_get(l.gone, vmss_class.name));
}

Test(pool_leave, a_layer_of_the_pool_ties_a_disk)
{
	_cleanup_(pool_leave_clear) struct pool_leave l = { 0 };
	_cleanup_(node_free_cleanup) struct node *top = find(&node_class, NODE_2);
	struct node *base = record_new(&node_class);

	str_replace(&base->path, "/srv/base.qcow2");
	save_as(&node_class, base, "77777777-0000-4000-8000-000000000009");
	str_replace(&top->parent, "77777777-0000-4000-8000-000000000009");
	save(&node_class, top);
	FAILS(VXE_TIED_TO_POOL, plan(&l));
}

Test(pool_leave, an_sr_that_another_host_is_connected_to_stays)
{
	_cleanup_(pool_leave_clear) struct pool_leave l = { 0 };
	struct pbd *pbd = record_new(&pbd_class);

	str_replace(&pbd->host, hosts[1]);
	str_replace(&pbd->sr, SR_2);
	save_as(&pbd_class, pbd, "55555555-0000-4000-8000-000000000004");
	FAILS(VXE_TIED_TO_POOL, plan(&l));
}

Test(pool_leave, a_vm_that_stays_with_a_disk_that_leaves_is_refused)
{
	_cleanup_(pool_leave_clear) struct pool_leave l = { 0 };
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_2);

	str_replace(&vm->home, hosts[1]);
	save(&vm_class, vm);
	FAILS(VXE_TIED_TO_POOL, plan(&l));
}

Test(pool_leave, only_a_host_of_a_pool_can)
{
	FAILS(VXE_NOT_IN_POOL, pool_eject(S, HOST_2, &E));
}

/* ---- a host that is forgotten ------------------------------------------------------------------- */

/* Host 2 was declared dead. */
static void die(void)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_2);

	str_replace(&vm->home, HOME_NONE);
	str_replace(&vm->last_home, HOST_2);
	save(&vm_class, vm);
	be_host(1);
}

static bool is_gone(const struct pool_leave *l, const struct class *c, const char *uuid)
{
	return json_object_object_get_ex(json_object_object_get(l->gone, c->name), uuid, NULL);
}

Test(pool_leave, what_only_a_forgotten_host_has_is_lost)
{
	_cleanup_(pool_leave_clear) struct pool_leave l = { 0 };

	die();
	OK(plan_for(NULL, &l));
	cr_expect(is_gone(&l, &host_class, HOST_2) && is_gone(&l, &sr_class, SR_2));
	cr_expect(is_gone(&l, &vm_class, VM_2) && is_gone(&l, &vbd_class, VBD_2));
	cr_expect(is_gone(&l, &vdi_class, VDI_2) && is_gone(&l, &node_class, NODE_2));
	cr_expect(!is_gone(&l, &vmss_class, VMSS) && !is_gone(&l, &host_class, hosts[1]));
	cr_expect_eq(json_object_object_length(l.leaves), 0);
}

Test(pool_leave, what_others_can_reach_stays)
{
	_cleanup_(pool_leave_clear) struct pool_leave l = { 0 };
	_cleanup_(sr_free_cleanup) struct sr *sr = find(&sr_class, SR_2);

	die();
	sr->shared = true;
	save(&sr_class, sr);
	OK(plan_for(NULL, &l));
	cr_expect(is_gone(&l, &host_class, HOST_2));
	cr_expect(!is_gone(&l, &sr_class, SR_2) && !is_gone(&l, &vm_class, VM_2));
}

Test(pool_leave, a_drive_of_one_that_stays_is_empty)
{
	_cleanup_(pool_leave_clear) struct pool_leave l = { 0 };
	_cleanup_(vbd_free_cleanup) struct vbd *vbd = find(&vbd_class, VBD_2);

	die();
	vbd->type = VBD_CD;
	save(&vbd_class, vbd);
	OK(plan_for(NULL, &l));
	struct json_object *doc = doc_in(l.changed, &vbd_class, VBD_2);

	cr_expect(is_gone(&l, &vdi_class, VDI_2) && !is_gone(&l, &vm_class, VM_2));
	cr_assert(doc);
	cr_expect_str_eq(text_in(doc, "vdi_uuid"), "");
	cr_expect_str_eq(text_in(doc, "empty"), "true");
}

Test(pool_leave, one_that_stays_loses_its_memory_there)
{
	_cleanup_(pool_leave_clear) struct pool_leave l = { 0 };
	_cleanup_(vbd_free_cleanup) struct vbd *vbd = find(&vbd_class, VBD_2);
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	die();
	vm = find(&vm_class, VM_2);
	str_replace(&vbd->vdi, "");
	str_replace(&vm->suspend_vdi, VDI_2);
	save(&vbd_class, vbd);
	save(&vm_class, vm);
	OK(plan_for(NULL, &l));
	cr_expect(!is_gone(&l, &vm_class, VM_2));
	struct json_object *doc = doc_in(l.changed, &vm_class, VM_2);

	cr_assert(doc);
	cr_expect_str_eq(text_in(doc, "suspend_VDI_uuid"), "");
	cr_expect(json_object_object_get_ex(doc, "suspend_VDI_uuid", NULL));
}

Test(pool_leave, a_layer_above_one_that_would_be_lost_is_kept)
{
	_cleanup_(pool_leave_clear) struct pool_leave l = { 0 };
	struct node *top = record_new(&node_class);

	die();
	str_replace(&top->path, "/srv/top.qcow2");
	str_replace(&top->parent, NODE_2);
	save_as(&node_class, top, "77777777-0000-4000-8000-000000000009");
	FAILS(VXE_TIED_TO_POOL, plan_for(NULL, &l));
}
