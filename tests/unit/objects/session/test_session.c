/* SPDX-License-Identifier: MIT */
/* Sessions: first use, the relation of store and host, and work without libvirt. */
#include "tests/unit/command_fixture.h"

#include "objects/classes/host/host.h"
#include "objects/classes/host/host_identity.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/network/network.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/classes/vm/vm.h"
#include "objects/domain/adopt.h"
#include "objects/domain/domain_names.h"
#include "objects/start/inventory.h"

#include <sys/stat.h>

TestSuite(session, .init = host_start, .fini = command_stop);

#define NET "dddddddd-0000-4000-8000-00000000000d"

static void reopen(void)
{
	session_close(TAKE(S));
	session_start(&store_sqlite_ops);
}

static const struct sr *only_sr(const struct records *srs)
{
	cr_assert_eq(srs->n, 1);
	return srs->items[0];
}

Test(session, first_use_fills_the_store)
{
	_cleanup_mark_ struct sr_mark mark = { 0 };
	struct stat st;

	hv_mock_add_network(mock, NET, "default", "virbr9");
	session_start(&store_mem_ops);
	OK(session_prepare(S, &E));

	_cleanup_records_ struct records pools = all_of(&pool_class), hosts = all_of(&host_class);
	_cleanup_records_ struct records srs = all_of(&sr_class), vms = all_of(&vm_class);
	const struct sr *sr = only_sr(&srs);
	cr_assert_eq(pools.n, 1);
	cr_assert_eq(hosts.n, 1);
	cr_assert_gt(vms.n, 1);
	const struct pool *pool = pools.items[0];
	const struct host *host = hosts.items[0];
	cr_assert_str_eq(pool->r.uuid, S->store_uuid);
	cr_assert_str_eq(host->r.uuid, S->here->uuid);
	cr_assert_str_eq(pool->master, host->r.uuid);
	cr_assert_str_eq(pool->default_sr, sr->r.uuid);
	cr_assert_str_eq(pool->suspend_image_sr, sr->r.uuid);
	cr_assert_str_eq(sr->name_label, "Local storage");
	cr_assert_str_eq(sr->path, S->config.image_dir);
	cr_assert_str_eq(sr->pool_name, "");
	cr_assert_eq(hv_mock_calls(mock, "pool_define"), 0, "libvirt is only read");

	_cleanup_(vm_free_cleanup) struct vm *dom0 = find(&vm_class, host->control_domain);
	_cleanup_free_ char *label = xasprintf("Control domain on host: %s", host->name_label);
	cr_assert(dom0 && dom0->is_control_domain);
	cr_assert_str_eq(dom0->name_label, label);
	const struct vm *template = NULL;

	for (size_t i = 0; i < vms.n; i++) {
		const struct vm *vm = vms.items[i];

		cr_expect_eq(vm->is_default_template, vm->is_a_template);
		if (str_eq(vm->name_label, "Other install media"))
			template = vm;
	}
	cr_assert(template && template->is_a_template);
	_cleanup_(network_free_cleanup) struct network *net = find(&network_class, NET);
	cr_assert(net);
	cr_assert_str_eq(net->bridge, "virbr9");

	OK(sr_mark_read(sr->path, &mark, &E));
	cr_assert_str_eq(mark.sr, sr->r.uuid);
	cr_assert_str_eq(mark.store, S->store_uuid);
	cr_assert_eq(stat(sr->path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0711);
}

Test(session, a_lost_store_comes_back_with_the_same_uuids)
{
	_cleanup_records_ struct records first_vms = { 0 }, first_srs = { 0 };

	session_start(&store_mem_ops);
	OK(session_prepare(S, &E));
	first_vms = all_of(&vm_class);
	first_srs = all_of(&sr_class);
	_cleanup_free_ char *store = xstrdup(S->store_uuid);
	session_close(TAKE(S));

	session_start(&store_mem_ops);
	OK(session_prepare(S, &E));
	for (size_t i = 0; i < first_vms.n; i++) {
		_cleanup_(vm_free_cleanup) struct vm *vm =
			find(&vm_class, ((const struct vm *)first_vms.items[i])->r.uuid);
		cr_assert(vm);
	}
	_cleanup_records_ struct records srs = all_of(&sr_class);
	cr_assert_str_eq(only_sr(&srs)->r.uuid, only_sr(&first_srs)->r.uuid);
	cr_assert_str_neq(S->store_uuid, store, "the store itself is a new one");
}

Test(session, a_known_store_is_read_without_the_hypervisor)
{
	session_start(&store_sqlite_ops);
	OK(session_prepare(S, &E));
	reopen();
	unsigned calls = hv_mock_calls(mock, NULL);
	OK(session_prepare(S, &E));
	cr_assert(S->store_uuid);
	cr_assert_eq(hv_mock_calls(mock, NULL), calls);
	cr_assert_null(S->here->hv);
}

Test(session, another_host_is_refused_by_name)
{
	struct hv *hv;

	session_start(&store_sqlite_ops);
	OK(session_prepare(S, &E));
	_cleanup_free_ char *recorded = xstrdup(S->here->uuid);
	hv_mock_set_host(mock, "eeeeeeee-0000-4000-8000-00000000000e");
	reopen();
	cr_assert_eq(session_hv(S->here, &hv, &E), -1);
	cr_assert_eq(E.code, VXE_HYPERVISOR_MISMATCH);
	cr_assert(str_starts(E.params[0], recorded));
	cr_assert(str_starts(E.params[1], "eeeeeeee"));
	cr_assert_null(S->here->hv);
}

/* ---- the machine ----------------------------------------------------------------------------- */

#define ID_A "0123456789abcdef0123456789abcdef"
#define ID_B "fedcba98765432100123456789abcdef"
#define DRAWN "eeeeeeee-0000-4000-8000-00000000000e"

static void put_machine_id(const char *id)
{
	_cleanup_free_ char *machine = xasprintf("%s/machine", dir),
			    *etc = xasprintf("%s/machine/etc", dir),
			    *path = xasprintf("%s/machine/etc/machine-id", dir);

	(void)mkdir(machine, 0700);
	(void)mkdir(etc, 0700);
	FILE *f = fopen(path, "we");
	cr_assert(f);
	fprintf(f, "%s\n", id);
	fclose(f);
}

Test(session, a_host_is_known_by_its_uuid)
{
	const char *other = "eeeeeeee-0000-4000-8000-00000000000e";
	struct session_host *h = NULL;

	session_start(&store_mem_ops);
	FAILS(HOST_OFFLINE, session_host(S, other, &h, &E));
	OK(session_prepare(S, &E));
	FAILS(HOST_OFFLINE, session_host(S, other, &h, &E));
	OK(session_host(S, S->here->uuid, &h, &E));
	cr_assert_eq(h, S->here);
}

Test(session, a_new_host_uuid_on_the_same_machine_is_followed_when_told)
{
	struct hv *hv;

	put_machine_id(ID_A);
	session_start(&store_sqlite_ops);
	OK(session_prepare(S, &E));
	_cleanup_free_ char *recorded = xstrdup(S->here->uuid);
	OK(host_adopt(S, &E));
	hv_mock_set_host(mock, DRAWN);
	reopen();
	cr_assert_eq(session_hv(S->here, &hv, &E), -1);
	cr_assert_eq(E.code, VXE_HOST_UUID_CHANGED);
	cr_assert_str_eq(E.params[0], recorded);
	cr_assert_str_eq(E.params[1], DRAWN);
	error_clear(&E);
	OK(host_adopt(S, &E));
	OK(session_hv(S->here, &hv, &E));
	reopen();
	OK(session_hv(S->here, &hv, &E));
	cr_assert_str_eq(S->here->uuid, recorded, "the record keeps its own UUID");
}

Test(session, another_machine_is_not_adopted)
{
	struct hv *hv;

	put_machine_id(ID_A);
	session_start(&store_sqlite_ops);
	OK(session_prepare(S, &E));
	hv_mock_set_host(mock, DRAWN);
	put_machine_id(ID_B);
	reopen();
	FAILS(VXE_HYPERVISOR_MISMATCH, session_hv(S->here, &hv, &E));
	FAILS(VXE_HYPERVISOR_MISMATCH, host_adopt(S, &E));
	put_machine_id("uninitialized");
	FAILS(VXE_HYPERVISOR_MISMATCH, host_adopt(S, &E));
}

/* A store of an older version records its machine when it knows the host. */
Test(session, the_machine_is_noted_when_the_host_is_known)
{
	struct hv *hv;

	session_start(&store_sqlite_ops);
	OK(session_prepare(S, &E));
	put_machine_id(ID_A);
	reopen();
	OK(session_hv(S->here, &hv, &E));
	hv_mock_set_host(mock, DRAWN);
	reopen();
	FAILS(VXE_HOST_UUID_CHANGED, session_hv(S->here, &hv, &E));
}

static void be_machine(const char *id, const char *hostname, const char *cpu, size_t n_cpus)
{
	_cleanup_str_ struct str cpus = { 0 };

	put_machine_id(id);
	for (size_t i = 0; i < n_cpus; i++)
		str_addf(&cpus, "processor\t: %zu\nmodel name\t: %s\n\n", i, cpu);
	write_text("machine/proc/sys/kernel/hostname", hostname);
	write_text("machine/proc/meminfo", "MemTotal: 1024 kB\nMemAvailable: 512 kB\n");
	write_text("machine/proc/cpuinfo", str_text(&cpus));
}

/* A store on another machine describes its own host, and keeps its data about it. */
Test(session, nothing_of_this_machine_is_said_of_another_host)
{
	be_machine(ID_A, "alpha", "A", 2);
	session_start(&store_sqlite_ops);
	OK(session_prepare(S, &E));
	PRINTS("alpha", "host-list params=hostname --minimal");
	_cleanup_free_ char *cpus = out("host-cpu-list --minimal");
	be_machine(ID_B, "beta", "B", 1);
	hv_mock_set_host(mock, DRAWN);
	reopen();
	PRINTS("", "host-list params=hostname --minimal");
	PRINTS("", "host-list params=address --minimal");
	PRINTS("", "host-list params=cpu_info --minimal");
	PRINTS("", "host-list params=chipset-info --minimal");
	PRINTS("", "host-list params=capabilities --minimal");
	PRINTS("", "pool-list params=cpu-info --minimal");
	PRINTS(NOT_IN_DATABASE, "host-list params=memory-total --minimal");
	PRINTS(NOT_IN_DATABASE, "host-list params=memory-free --minimal");
	PRINTS(cpus, "host-cpu-list --minimal");
	COMPLAINS("recorded: ", "host-dmesg");
	COMPLAINS("recorded: ", "host-data-source-list");
	COMPLAINS("recorded: ", "host-call-plugin host-uuid=%s plugin=x fn=y", S->here->uuid);
}

/* The hypervisor identifies the machine, too, so a new machine-id does not make it another one. */
Test(session, a_new_machine_id_makes_no_other_machine)
{
	be_machine(ID_A, "alpha", "A", 1);
	session_start(&store_sqlite_ops);
	OK(session_prepare(S, &E));
	put_machine_id(ID_B);
	reopen();
	PRINTS("alpha", "host-list params=hostname --minimal");
}

/* Scripts use the UUID in the inventory to ask the store. */
Test(session, the_inventory_has_the_uuid_of_the_store)
{
	_cleanup_inventory_ struct inventory i = { 0 }, later = { 0 };

	put_machine_id(ID_A);
	session_start(&store_sqlite_ops);
	OK(session_prepare(S, &E));
	OK(inventory_read(&S->config, &i, &E));
	cr_assert_str_eq(i.host, S->here->uuid);
	hv_mock_set_host(mock, DRAWN);
	OK(host_adopt(S, &E));
	OK(inventory_read(&S->config, &later, &E));
	cr_assert_str_eq(later.host, i.host);
	cr_assert_str_eq(later.control_domain, i.control_domain);
	put_machine_id(ID_B);
	hv_mock_set_host(mock, VM_A);
	inventory_clear(&i);
	FAILS(VXE_HYPERVISOR_MISMATCH, inventory_read(&S->config, &i, &E));
}

/* ---- no hypervisor --------------------------------------------------------------------------- */

Test(session, unreachable_is_a_warning_and_only_acting_fails)
{
	const struct hv_domains *domains;
	struct hv *hv;

	session_start(&store_sqlite_ops);
	OK(session_prepare(S, &E));
	hv_mock_set_unreachable(mock, "no daemon");
	reopen();
	OK(session_domains_if_up(S->here, &domains, &E));
	cr_assert_null(domains);
	OK(session_domains_if_up(S->here, &domains, &E));
	OK(adopt_domains(S, &E));
	cr_assert(strstr(S->reports.warning, "no daemon"));
	FAILS(VXE_HYPERVISOR_UNREACHABLE, session_domains(S->here, &domains, &E));
	FAILS(VXE_HYPERVISOR_UNREACHABLE, session_hv(S->here, &hv, &E));
	hv_mock_set_unreachable(mock, NULL);
	FAILS(VXE_HYPERVISOR_UNREACHABLE, session_hv(S->here, &hv, &E));
	session_retry(S->here);
	OK(session_hv(S->here, &hv, &E));
}

Test(session, a_new_store_without_libvirt_stays_empty_and_recovers)
{
	hv_mock_set_unreachable(mock, "no daemon");
	session_start(&store_sqlite_ops);
	FAILS(VXE_HYPERVISOR_UNREACHABLE, session_prepare(S, &E));
	FAILS(VXE_HYPERVISOR_UNREACHABLE, adopt_domains(S, &E));
	cr_assert_null(S->store_uuid);
	cr_assert_eq(count_of(&pool_class), 0);
	hv_mock_set_unreachable(mock, NULL);
	reopen();
	OK(session_prepare(S, &E));
	cr_assert_eq(count_of(&pool_class), 1);
}

/* A store that is made again finds the pool of the one before. */
Test(session, a_pool_of_the_folder_is_known_from_the_start)
{
	_cleanup_free_ char *place = at("images/vxe");
	char uuid[] = NET, name[] = "mine", type[] = "dir";

	hv_mock_add_pool(
		mock, &(struct hv_pool){ .uuid = uuid, .name = name, .type = type, .path = place });
	session_start(&store_mem_ops);
	OK(session_prepare(S, &E));
	_cleanup_records_ struct records srs = all_of(&sr_class);
	cr_assert_str_eq(only_sr(&srs)->pool_name, "mine");
	cr_assert_not(only_sr(&srs)->pool_due);
}

Test(session, a_failed_first_use_leaves_the_store_new)
{
	_cleanup_free_ char *file = at("images");
	FILE *f = fopen(file, "w");

	fclose(f);
	session_start(&store_mem_ops);
	FAILS(VXE_IMAGE_FAILED, session_prepare(S, &E));
	cr_assert_eq(count_of(&pool_class), 0);
	cr_assert_eq(count_of(&vm_class), 0);
}

Test(session, the_directory_keeps_an_older_marker)
{
	_cleanup_mark_ struct sr_mark mark = { 0 }, again = { 0 };
	_cleanup_free_ char *place = at("images/vxe");
	struct sr_mark net = { .sr = (char[]){ NET } }, vm = { .sr = (char[]){ VM_A } };

	OK(sr_mark_make(place, &net, &mark, &E));
	cr_assert_str_eq(mark.sr, NET);
	OK(sr_mark_make(place, &vm, &again, &E));
	cr_assert_str_eq(again.sr, NET);
	session_start(&store_mem_ops);
	OK(session_prepare(S, &E));
	_cleanup_records_ struct records srs = all_of(&sr_class);
	cr_assert_str_eq(only_sr(&srs)->r.uuid, NET);
}

Test(session, names_are_what_libvirt_takes)
{
	static const struct {
		const char *label, *name;
	} cases[] = { { "web", "web" }, { "a/b\nc", "a_b_c" }, { ".hidden", "_hidden" },
		{ "two words", "two words" }, { "", "" } };
	char *name, label[402];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		name = name_clean(cases[i].label);
		cr_expect_str_eq(name, cases[i].name);
		free(name);
	}
	label[0] = 'x';
	for (size_t i = 1; i < 401; i += 2)
		memcpy(label + i, "\xc3\xa4", 3);
	name = name_clean(label);
	cr_expect_eq(strlen(name), 199, "no character is cut in two");
	free(name);
}

Test(session, a_name_that_is_taken_gets_a_number)
{
	_cleanup_free_ char *name = NULL, *none = NULL, *own = NULL;

	session_start(&store_mem_ops);
	add_domain(VM_A, "web", "a.qcow2");
	OK(name_choose(S, "web", VM_B, &name, &E));
	cr_assert_str_eq(name, "web-2");
	OK(name_choose(S, "", VM_B, &none, &E));
	cr_assert_str_eq(none, VM_B);
	OK(name_choose(S, "web", VM_A, &own, &E));
	cr_assert_str_eq(own, "web");
}
