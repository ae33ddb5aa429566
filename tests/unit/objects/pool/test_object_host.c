/* SPDX-License-Identifier: MIT */
/* On which host of a pool a command acts on an object. */
#include "objects/pool/object_host.h"

#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "tests/unit/two_hosts.h"

#define NOTHING "99999999-0000-4000-8000-000000000009"
#define SR_X "55555555-0000-4000-8000-000000000001"
#define SNAPSHOT "66666666-0000-4000-8000-000000000001"
#define TEMPLATE "66666666-0000-4000-8000-000000000002"

TestSuite(object_host, .init = hosts_start, .fini = hosts_stop);

static void put(const struct class *cls, void *record, const char *uuid)
{
	((struct record *)record)->uuid = xstrdup(uuid);
	save(cls, record);
	record_free(cls, record);
}

static void put_vm(const char *uuid, int home, bool snapshot)
{
	struct vm *vm = record_new(&vm_class);

	vm->home = home ? xstrdup(hosts[home]) : NULL;
	vm->is_a_snapshot = snapshot;
	vm->is_a_template = !home;
	vm->snapshot_of = snapshot ? xstrdup(VM_B) : NULL;
	put(&vm_class, vm, uuid);
}

static void put_disk(const char *vbd_uuid, const char *vm, const char *vdi_uuid)
{
	struct vbd *vbd = record_new(&vbd_class);
	struct vdi *vdi = record_new(&vdi_class);

	vbd->vm = xstrdup(vm);
	vbd->vdi = xstrdup(vdi_uuid);
	vdi->sr = xstrdup(SR_X);
	put(&vbd_class, vbd, vbd_uuid);
	put(&vdi_class, vdi, vdi_uuid);
}

static void put_pbd(const char *uuid, int host)
{
	struct pbd *pbd = record_new(&pbd_class);

	pbd->sr = xstrdup(SR_X);
	pbd->host = xstrdup(hosts[host]);
	put(&pbd_class, pbd, uuid);
}

static void expect(const struct class *cls, const char *uuid, enum tie tie, int host)
{
	_cleanup_object_host_ struct object_host h = { 0 };

	OK(object_host(S, cls, uuid, &h, &E));
	cr_expect_eq(h.tie, tie, "%s %s: %d", cls->name, uuid, h.tie);
	cr_expect(str_eq(h.host, host ? hosts[host] : NULL), "%s %s: %s", cls->name, uuid,
		h.host ? h.host : "none");
}

#define DISK_B "77777777-0000-4000-8000-000000000001"
#define DISK_S "77777777-0000-4000-8000-000000000002"
#define DISK_T "77777777-0000-4000-8000-000000000003"
#define VDI_B "88888888-0000-4000-8000-000000000001"
#define VDI_S "88888888-0000-4000-8000-000000000002"
#define VDI_T "88888888-0000-4000-8000-000000000003"
#define PBD_1 "44444444-0000-4000-8000-000000000001"
#define PBD_2 "44444444-0000-4000-8000-000000000002"

Test(object_host, is_the_home_of_a_vm_for_all_that_belongs_to_it)
{
	struct vif *vif = record_new(&vif_class);

	put_vm(VM_B, 2, false);
	put_vm(SNAPSHOT, 0, true);
	put_vm(TEMPLATE, 0, false);
	put_disk(DISK_B, VM_B, VDI_B);
	put_disk(DISK_S, SNAPSHOT, VDI_S);
	vif->vm = xstrdup(VM_B);
	put(&vif_class, vif, NOTHING);
	put_pbd(PBD_1, 1);
	expect(&vm_class, VM_B, TIE_HOME, 2);
	expect(&vm_class, SNAPSHOT, TIE_HOME, 2);
	expect(&vbd_class, DISK_B, TIE_HOME, 2);
	expect(&vbd_class, DISK_S, TIE_HOME, 2);
	expect(&vdi_class, VDI_B, TIE_HOME, 2);
	expect(&vdi_class, VDI_S, TIE_HOME, 2);
	expect(&vif_class, NOTHING, TIE_HOME, 2);
	expect(&vm_class, TEMPLATE, TIE_NONE, 0);
}

Test(object_host, is_one_that_reaches_the_storage_of_what_has_no_home)
{
	put_vm(TEMPLATE, 0, false);
	put_disk(DISK_T, TEMPLATE, VDI_T);
	for (int pbds = 0; pbds < 3; pbds++) {
		enum tie tie = pbds == 1 ? TIE_STORAGE : TIE_NONE;
		int host = pbds == 1 ? 2 : 0;

		if (pbds)
			put_pbd(pbds == 1 ? PBD_2 : PBD_1, pbds == 1 ? 2 : 1);
		expect(&vm_class, TEMPLATE, tie, host);
		expect(&vbd_class, DISK_T, tie, host);
		expect(&vdi_class, VDI_T, tie, host);
	}
	expect(&pbd_class, PBD_2, TIE_HOME, 2);
	expect(&host_class, HOST_2, TIE_HOME, 2);
}

Test(object_host, is_any_for_what_is_not_there)
{
	const struct class *const all[] = { &vm_class, &vbd_class, &vif_class, &vdi_class,
		&pbd_class, &sr_class };

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		expect(all[i], NOTHING, TIE_NONE, 0);
		expect(all[i], "", TIE_NONE, 0);
	}
}

Test(object_host, tells_how_a_host_is_reached)
{
	_cleanup_free_ char *address = NULL, *none = NULL, *again = NULL;
	_cleanup_strv_ struct strv way = { 0 };

	OK(object_host_reach(S, HOST_2, &address, &way, &E));
	cr_expect_str_eq(address, "");
	cr_expect(!way.n);
	write_ways("# a remark\n" HOST_2 "x no\n" HOST_2 "  timeout 60\tssh  h2 \n" HOST_2 " no\n");
	OK(object_host_reach(S, HOST_2, &again, &way, &E));
	_cleanup_free_ char *words = strv_join(&way, "|");
	cr_expect_str_eq(words, "timeout|60|ssh|h2");
	FAILS(UUID_INVALID, object_host_reach(S, NOTHING, &none, &way, &E));
}
