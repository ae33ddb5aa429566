/* SPDX-License-Identifier: MIT */
/* The paths that a definition names, and those that it leaves to libvirt. */
#include "objects/users/users_xml.h"
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

Test(users_xml, a_tpm_has_the_folder_of_its_domain)
{
	expect_own(OWN("<os/><devices><tpm model='x'/></devices>"), "/t/U");
	expect_own(OWN("<os/>"), "");
}
