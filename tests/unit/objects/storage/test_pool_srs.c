/* SPDX-License-Identifier: MIT */
/* SRs of a pool: a folder of one host has nothing to do with the folder of the same path on another. */
#include "objects/check/check.h"
#include "objects/classes/storage/pbd.h"
#include "objects/storage/sr_create.h"
#include "tests/unit/two_hosts.h"

TestSuite(pool_srs, .init = hosts_start, .fini = hosts_stop);

static void on_host(int n)
{
	be_host(n);
	next_command();
	OK(adopt_domains(S, &E));
}

/* Makes an SR on the present host in the folder @name of the scratch directory. UUID, owned. */
static char *make_sr(const char *name, bool shared)
{
	_cleanup_free_ char *path = at(name);
	_cleanup_map_ struct map config = { 0 };
	const struct sr_new args = {
		.name_label = name, .type = "file", .shared = shared, .device_config = &config
	};
	char *uuid;

	map_set(&config, "location", path);
	OK(sr_create(S, &args, &uuid, &E));
	return uuid;
}

/* The VDI of the present host's layer in the file @name of the scratch directory. Owned. */
static char *vdi_at(const char *name)
{
	_cleanup_(node_free_cleanup) struct node *node = node_of(name);
	_cleanup_records_ struct records vdis = all_of(&vdi_class);

	cr_assert_not_null(node);
	for (size_t i = 0; i < vdis.n; i++) {
		const struct vdi *v = vdis.items[i];

		if (str_eq(v->node, node->r.uuid))
			return xstrdup(v->r.uuid);
	}
	cr_assert_fail("%s has no VDI", name);
	return NULL;
}

static char *sr_of_vdi(const char *uuid)
{
	_cleanup_(vdi_free_cleanup) struct vdi *v = find(&vdi_class, uuid);

	return xstrdup(v->sr);
}

static void expect_no_findings(int host)
{
	_cleanup_findings_ struct findings found = { 0 };

	on_host(host);
	OK(check_all(S, true, &found, &E));
	for (size_t i = 0; i < found.n; i++)
		cr_expect_fail("host %d: %s: %s", host, found.items[i].object, found.items[i].text);
}

/* Both hosts have a VM on the same path, in files of their own, and a CD. */
static void same_paths(char **vdi_1, char **vdi_2)
{
	_cleanup_free_ char *iso = at("x.iso"), *disk = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *devices =
		xasprintf("%s<disk type='file' device='cdrom'>"
			  "<driver name='qemu' type='raw'/><source file='%s'/>"
			  "<target dev='sda' bus='sata'/><readonly/></disk>",
			disk, iso);

	make_image("a.qcow2", NULL, NULL);
	write_text("x.iso", "CD");
	for (int i = 1; i <= 2; i++) {
		be_host(i);
		_cleanup_free_ char *xml =
			domain_xml(i == 1 ? VM_A : VM_B, i == 1 ? "a" : "b", devices);

		hv_mock_add(mock, xml, HV_SHUTOFF);
		on_host(i);
		*(i == 1 ? vdi_1 : vdi_2) = vdi_at("a.qcow2");
	}
}

Test(pool_srs, one_path_on_two_hosts_is_two_srs_with_disks_of_their_own)
{
	_cleanup_free_ char *one = NULL, *two = NULL;

	same_paths(&one, &two);
	cr_assert_str_neq(one, two);
	_cleanup_free_ char *sr_1 = sr_of_vdi(one), *sr_2 = sr_of_vdi(two);

	cr_assert_str_neq(sr_1, sr_2);
	for (int i = 1; i <= 2; i++) {
		on_host(i);
		_cleanup_free_ char *mine = vdi_at("a.qcow2");

		cr_assert_str_eq(mine, i == 1 ? one : two);
		expect_no_findings(i);
	}
	/* two disks and two CDs */
	cr_assert_eq(count_of(&vdi_class), 4);
}

/* An orphan is reported by the host that has the folder. */
Test(pool_srs, files_are_judged_by_the_host_that_has_them)
{
	_cleanup_findings_ struct findings on_1 = { 0 }, on_2 = { 0 };

	be_host(2);
	_cleanup_free_ char *sr = make_sr("two", false);
	make_image("two/" VM_A ".qcow2", NULL, NULL);
	on_host(1);
	OK(check_all(S, true, &on_1, &E));
	cr_assert_eq(on_1.n, 0);
	on_host(2);
	OK(check_all(S, true, &on_2, &E));
	cr_assert_eq(on_2.n, 1);
}

/* The folder of the host's own store stays closed when its records are in a pool's store. */
Test(pool_srs, an_sr_is_not_made_in_the_folder_of_the_hosts_own_store)
{
	_cleanup_free_ char *path = at("store/sr"), *store = at("store"), *uuid = NULL;
	_cleanup_map_ struct map config = { 0 };
	const struct sr_new args = { .name_label = "s", .type = "file", .device_config = &config };

	map_set(&config, "location", path);
	be_host(1);
	S->mark.dir = store;
	S->config.store = "postgresql:///vxe";
	FAILS(SR_DEVICE_IN_USE, sr_create(S, &args, &uuid, &E));
}
