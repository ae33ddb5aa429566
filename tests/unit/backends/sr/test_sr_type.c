/* SPDX-License-Identifier: MIT */
/* What types of SRs there are, what their device-config may say, and where the SR lies then. */
#include "backends/sr/sr_config.h"
#include "tests/mock/hv_mock.h"
#include "tests/unit/expect.h"
#include "tests/unit/leak.h"
#include "tests/unit/scratch.h"

#include <string.h>

#define MOUNT "/run/vxe/sr/1"

static struct vxe_error E;

static void stop(void)
{
	error_clear(&E);
	no_leaks();
}

TestSuite(sr_type, .fini = stop);

/* ---- words ----------------------------------------------------------------------------------- */

Test(sr_type, words_for_sr_create)
{
	cr_expect_eq(sr_type_find("file"), &sr_type_file);
	cr_expect_eq(sr_type_find("dir"), &sr_type_file);
	cr_expect_eq(sr_type_find("nfs"), &sr_type_nfs);
	cr_expect_null(sr_type_find("udev"), "nobody makes block devices");
	cr_expect_null(sr_type_find("lvm"));
	cr_expect_null(sr_type_find(""));
}

/* Also what was recorded by a version with more types. */
Test(sr_type, words_of_records)
{
	cr_expect_eq(sr_type_of("udev"), &sr_type_udev);
	cr_expect_eq(sr_type_of("ext"), &sr_type_ext);
	cr_expect_eq(sr_type_of("of a later version"), &sr_type_file);
}

Test(sr_type, around_what_is_found)
{
	char netfs[] = "netfs", logical[] = "logical";
	const struct hv_pool export = { .type = netfs }, lvm = { .type = logical };

	cr_expect_eq(sr_type_found(SR_DISKS, NULL), &sr_type_file);
	cr_expect_eq(sr_type_found(SR_CDS, NULL), &sr_type_iso);
	cr_expect_eq(sr_type_found(SR_DEVICES, NULL), &sr_type_udev);
	cr_expect_eq(sr_type_found(SR_DISKS, &export), &sr_type_nfs);
	cr_expect_eq(sr_type_found(SR_DEVICES, &lvm), &sr_type_udev);
	cr_expect(sr_content_is_cds("iso"));
	cr_expect_not(sr_content_is_cds("user"));
}

/* Each can be made and told from the others, and asks for what it needs. */
Test(sr_type, the_list_is_whole)
{
	for (size_t i = 0; sr_types[i]; i++) {
		const struct sr_type *t = sr_types[i];

		cr_expect_eq(sr_type_of(t->name), t, "%s", t->name);
		cr_expect(t->formats && t->found_label && t->content_type, "%s", t->name);
		cr_expect_eq(t->label != NULL, t->read_config != NULL, "%s", t->name);
		cr_expect_eq(t->label != NULL, t->keys[0].name != NULL, "%s", t->name);
		cr_expect_eq(t->content != SR_DEVICES, t->image_format != NULL, "%s", t->name);
		cr_expect_eq(t->make != NULL, t->unmake != NULL, "%s", t->name);
		cr_expect(i == 0 || strcmp(sr_types[i - 1]->name, t->name) < 0, "%s", t->name);
	}
}

Test(sr_type, images_are_known_by_their_names)
{
	cr_expect_str_eq(sr_type_file.image_format("a.qcow2"), "qcow2");
	cr_expect_str_eq(sr_type_nfs.image_format("a.img"), "raw");
	cr_expect_str_eq(sr_type_ext.image_format("a.raw"), "raw");
	cr_expect_null(sr_type_file.image_format("a.iso"));
	cr_expect_null(sr_type_file.image_format(".draft.qcow2"));
	cr_expect_str_eq(sr_type_iso.image_format("a.ISO"), "raw");
	cr_expect_null(sr_type_iso.image_format("a.qcow2"));
	cr_expect_null(sr_type_iso.image_format(".a.iso"));
}

Test(sr_type, the_place_of_an_image)
{
	_cleanup_free_ char *in = sr_place_in("/srv/a", "b"), *top = sr_place_in("/", "b");
	_cleanup_free_ char *none = sr_place_in(NULL, "b");

	cr_expect_str_eq(in, "/srv/a/b");
	cr_expect_str_eq(top, "/b");
	cr_expect_str_eq(none, "/b");
}

/* ---- device-config --------------------------------------------------------------------------- */

static int read_config(const struct sr_type *t, const char *key, const char *value,
	const char *key2, const char *value2, struct sr_place *ret)
{
	_cleanup_map_ struct map config = { 0 };

	sr_place_clear(ret);
	if (key)
		map_set(&config, key, value);
	if (key2)
		map_set(&config, key2, value2);
	return t->read_config(&config, MOUNT, ret, &E);
}

Test(sr_type, a_folder_has_an_absolute_path)
{
	static const char *const bad[] = { "srv", "/", "//", "/srv/..", "/srv/../etc", "/a\nb" };
	_cleanup_sr_place_ struct sr_place p = { 0 };

	OK(read_config(&sr_type_file, "location", "/srv/disks//", NULL, NULL, &p));
	cr_expect_str_eq(p.path, "/srv/disks");
	cr_expect_not(sr_place_is_mounted(&p));
	OK(read_config(&sr_type_file, "location", "/srv/..disks", NULL, NULL, &p));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		FAILS(INVALID_VALUE,
			read_config(&sr_type_file, "location", bad[i], NULL, NULL, &p));
	FAILS(CLI_PARAM_MISSING, read_config(&sr_type_file, "location", "", NULL, NULL, &p));
	cr_assert_eq(read_config(&sr_type_file, NULL, NULL, NULL, NULL, &p), -1);
	cr_expect_str_eq(E.params[0], "device-config:location");
}

Test(sr_type, an_export_is_mounted)
{
	_cleanup_sr_place_ struct sr_place p = { 0 };

	OK(read_config(&sr_type_nfs, "server", "filer", "serverpath", "/vol/1/", &p));
	cr_expect_str_eq(p.path, MOUNT);
	cr_expect_str_eq(p.host, "filer");
	cr_expect_str_eq(p.folder, "/vol/1");
	cr_expect(sr_place_is_mounted(&p));
	FAILS(CLI_PARAM_MISSING, read_config(&sr_type_nfs, "server", "filer", NULL, NULL, &p));
	FAILS(INVALID_VALUE, read_config(&sr_type_nfs, "server", "filer", "serverpath", "vol", &p));
	FAILS(INVALID_VALUE, read_config(&sr_type_nfs, "server", "a\tb", "serverpath", "/v", &p));
}

Test(sr_type, cds_lie_here_or_on_a_server)
{
	_cleanup_sr_place_ struct sr_place p = { 0 };

	OK(read_config(&sr_type_iso, "location", "filer:/iso", NULL, NULL, &p));
	cr_expect_str_eq(p.host, "filer");
	cr_expect_str_eq(p.folder, "/iso");
	cr_expect_str_eq(p.path, MOUNT);
	OK(read_config(&sr_type_iso, "location", "/srv/a:/b", NULL, NULL, &p));
	cr_expect_str_eq(p.path, "/srv/a:/b");
	cr_expect_not(sr_place_is_mounted(&p));
	FAILS(INVALID_VALUE, read_config(&sr_type_iso, "location", ":/iso", NULL, NULL, &p));
	FAILS(INVALID_VALUE, read_config(&sr_type_iso, "location", "iso", NULL, NULL, &p));
}

/* ---- the pool -------------------------------------------------------------------------------- */

static void expect_pool(struct hv *hv, const char *name, const char *path, bool active)
{
	_cleanup_(hv_pools_clear) struct hv_pools all = { 0 };
	const struct hv_pool *found = NULL;

	OK(hv_pools(hv, &all, &E));
	for (size_t i = 0; i < all.n; i++)
		if (str_eq(all.items[i].name, name))
			found = &all.items[i];
	cr_assert_eq(found != NULL, path != NULL);
	if (!found)
		return;
	cr_expect_str_eq(found->type, "netfs");
	cr_expect_str_eq(found->path, path);
	cr_expect_str_eq(found->host, "filer");
	cr_expect_str_eq(found->folder, "/vol");
	cr_expect_eq(found->active, active);
}

Test(sr_type, other_programs_see_an_sr_as_a_pool)
{
	char dir[SCRATCH_MAX], name[] = "vxe-1", uuid[] = "cccccccc-0000-4000-8000-000000000001";
	char filer[] = "filer", vol[] = "/vol";
	struct hv_mock *mock = hv_mock_create("mock:///sr");
	struct hv *hv = NULL;

	scratch_dir(dir, "sr");
	_cleanup_free_ char *path = xasprintf("%s/mounts/1", dir);
	const struct sr_place place = { path, NULL, filer, vol, name, uuid };

	OK(hv_open(&hv, &hv_mock_ops, "mock:///sr", &E));
	OK(sr_attach(hv, &place, &E));
	cr_expect_eq(access(path, F_OK), 0, "the mount point is made with the folder above it");
	expect_pool(hv, name, path, true);
	OK(sr_attach(hv, &place, &E));
	OK(hv_pool_stop(hv, name, false, &E));
	expect_pool(hv, name, path, false);
	OK(hv_pool_stop(hv, name, true, &E));
	expect_pool(hv, name, NULL, false);
	cr_assert_eq(rmdir(path), 0, "nothing is removed from the folder");
	hv_close(hv);
	hv_mock_free(mock);
	scratch_drop(dir);
}
