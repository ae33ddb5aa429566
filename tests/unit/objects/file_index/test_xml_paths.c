/* SPDX-License-Identifier: MIT */
/* The paths that a definition names, and those that it leaves to libvirt. */
#include "objects/file_index/xml_paths.h"
#include "tests/unit/host_fixture.h"

TestSuite(users_xml);

static void expect(struct strv *names, const char *want)
{
	_cleanup_free_ char *all = strv_join(names, " ");

	cr_assert_str_eq(all, want);
	strv_clear(names);
}

static void expect_own(const char *xml, const char *want)
{
	_cleanup_strv_ struct strv names = { 0 };

	xml_own_files(xml, "/n", "/t", &names);
	expect(&names, want);
}

#define OWN(os) "<domain><name>a&amp;b</name><uuid>U</uuid>" os "</domain>"

Test(users_xml, uefi_without_a_file_has_one_of_its_name)
{
	expect_own(OWN("<os firmware='efi'><type>hvm</type></os>"), "/n/a&b_VARS.fd");
	expect_own(OWN("<os><loader type='pflash'>/c</loader></os>"), "/n/a&b_VARS.fd");
	expect_own(OWN("<os firmware='efi'><nvram template='/x'/></os>"), "/n/a&b_VARS.fd");
	expect_own(OWN("<os firmware='efi'><nvram>/x</nvram></os>"), "");
	expect_own(OWN("<os firmware='efi'><nvram type='file'>\n<source file='/x'/></nvram></os>"),
		"");
	expect_own(OWN("<os><type>hvm</type></os><x firmware='efi'/>"), "");
}

static void expect_args(const char *arg, const char *want, const char *want_images)
{
	_cleanup_strv_ struct strv names = { 0 }, images = { 0 };
	_cleanup_free_ char *xml = xasprintf(
		"<x><qemu:arg value='-drive'/><qemu:arg value='%s'/><x path='/none'/></x>", arg);

	xml_arg_paths(xml, &names, &images);
	expect(&names, want);
	expect(&images, want_images);
}

Test(users_xml, options_for_qemu_name_files)
{
	expect_args("file=/a,if=none", "/a", "/a");
	expect_args("if=none,file=/a,format=raw", "/a", "");
	expect_args("file=/a,,b&amp;c", "/a,b&c", "/a,b&c");
	expect_args("/dev/sda", "/dev/sda", "/dev/sda");
	expect_args("file:/a", "/a", "/a");
	expect_args("{&quot;driver&quot;:&quot;file&quot;,&quot;filename&quot;:&quot;/a/b&quot;}",
		"/a/b", "/a/b");
	expect_args("id=x,path=/run/s,dir=/a/b/", "/run/s /a/b/", "/run/s /a/b/");
	expect_args("virtio-blk-pci,drive=x", "", "");
	expect_args("file=a/b", "", "");
}

Test(users_xml, a_path_in_an_option_is_named)
{
	cr_assert(xml_names_path("<x><qemu:arg value='file=/tmp/,x=1'/></x>", "/tmp"));
	cr_assert(!xml_names_path("<x><qemu:arg value='file=/tmp,x=1'/></x>", "/usr"));
}

Test(users_xml, a_tpm_has_the_folder_of_its_domain)
{
	expect_own(OWN("<os/><devices><tpm model='x'/></devices>"), "/t/U");
	expect_own(OWN("<os/>"), "");
}
