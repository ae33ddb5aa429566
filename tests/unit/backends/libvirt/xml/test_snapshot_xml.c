/* SPDX-License-Identifier: MIT */
/* libvirt's documents of its snapshots: read, and changed. */
#include "backends/libvirt/xml/domain_xml_snapshot.h"

#include "tests/unit/harness.h"
#include <string.h>

#include "backends/libvirt/xml/domain_xml.h"
#include "tests/unit/leak.h"

static struct vxe_error E;

static void stop(void)
{
	error_clear(&E);
	no_leaks();
}

TestSuite(snapshot_xml, .fini = stop);

#define SCREEN "<devices><graphics type='vnc' port='-1' passwd='hush'/></devices>"

static const char document[] =
	"<domainsnapshot><name>two</name><state>running</state><parent><name>one</name></parent>"
	"<creationTime>7</creationTime><memory snapshot='internal'/><disks>"
	"<disk name='vda' snapshot='external' type='file'><source file='/d/two'/></disk>"
	"<disk name='vdb' snapshot='internal'/><disk name='vdc' snapshot='no'/></disks>"
	"<domain type='kvm'><name>web</name>" SCREEN "</domain>"
	"<inactiveDomain type='kvm'><name>web</name>" SCREEN "</inactiveDomain></domainsnapshot>";

Test(snapshot_xml, says_where_each_disk_is_and_what_was_written_to_afterwards)
{
	struct hv_snapshot s = { 0 };

	cr_assert_eq(snapshot_xml_read(document, &s, &E), 0);
	cr_assert_eq(s.n_disks, 3);
	cr_assert_eq(s.disks[0].place, HV_EXTERNAL);
	cr_assert_str_eq(s.disks[0].overlay, "/d/two");
	cr_assert_eq(s.disks[1].place, HV_INTERNAL);
	cr_assert_null(s.disks[1].overlay);
	cr_assert_eq(s.disks[2].place, HV_NOWHERE);
	cr_assert_str_eq(s.parent, "one");
	hv_snapshot_clear(&s);
}

Test(snapshot_xml, passwords_go_from_both_definitions)
{
	_cleanup_free_ char *with = NULL, *without = NULL;

	cr_assert_eq(domain_xml_snapshot_without(document, 0, &with, &E), 0);
	cr_assert_eq(domain_xml_snapshot_without(document, SNAPSHOT_SECRETS, &without, &E), 0);
	cr_assert_not_null(strstr(with, "hush"));
	cr_assert_null(strstr(without, "hush"));
	cr_assert_not_null(strstr(without, "<inactiveDomain"));
}

Test(snapshot_xml, the_parent_is_replaced_or_goes)
{
	_cleanup_free_ char *other = NULL, *none = NULL;
	struct hv_snapshot s = { 0 };

	cr_assert_eq(domain_xml_snapshot_with_parent(document, "<zero>", &other, &E), 0);
	cr_assert_eq(snapshot_xml_read(other, &s, &E), 0);
	cr_assert_str_eq(s.parent, "<zero>");
	hv_snapshot_clear(&s);
	cr_assert_eq(domain_xml_snapshot_with_parent(document, NULL, &none, &E), 0);
	cr_assert_eq(snapshot_xml_read(none, &s, &E), 0);
	cr_assert_null(s.parent);
	cr_assert_str_eq(s.name, "two");
	hv_snapshot_clear(&s);
}

Test(snapshot_xml, the_files_after_a_revert_replace_those_of_an_older_one)
{
	_cleanup_map_ struct map files = { 0 };
	_cleanup_free_ char *first = NULL, *second = NULL, *list = NULL;

	map_set(&files, "vda", "/d/<now>");
	map_set(&files, "vdb", "/d/inside");
	cr_assert_eq(domain_xml_snapshot_with_files(document, &files, &first, &E), 0);
	cr_assert_eq(
		domain_xml_select(first, "revertDisks/disk/source/@file", false, &list, &E), 0);
	cr_assert_str_eq(list, " file=\"/d/&lt;now&gt;\"");
	map_clear(&files);
	cr_assert_eq(domain_xml_snapshot_with_files(first, &files, &second, &E), 0);
	cr_assert_null(strstr(second, "now"));
	cr_assert_not_null(strstr(second, "<disk name=\"vda\" snapshot=\"no\"/>"));
	cr_assert_eq(domain_xml_snapshot_with_files("text", &files, &list, &E), -1);
}

Test(snapshot_xml, another_document_is_refused)
{
	_cleanup_free_ char *xml = NULL;
	struct hv_snapshot s = { 0 };

	cr_assert_eq(snapshot_xml_read("<domain><name>x</name></domain>", &s, &E), -1);
	error_clear(&E);
	cr_assert_eq(domain_xml_snapshot_with_parent("text", NULL, &xml, &E), -1);
}

Test(snapshot_xml, an_expression_selects_parts)
{
	_cleanup_free_ char *list = NULL, *wrapped = NULL, *none = NULL;

	cr_assert_eq(domain_xml_select(document, "name | disks/disk[2]/@*", false, &list, &E), 0);
	cr_assert_str_eq(list, "<name>two</name>\n name=\"vdb\"\n snapshot=\"internal\"");
	cr_assert_eq(domain_xml_select(document, "//name", true, &wrapped, &E), 0);
	cr_assert_str_eq(wrapped,
		"<nodes>\n  <name>two</name>\n  <name>one</name>\n  <name>web</name>\n"
		"  <name>web</name>\n</nodes>");
	cr_assert_eq(domain_xml_select(document, "//other", false, &none, &E), 0);
	cr_assert_null(none);
}

Test(snapshot_xml, an_expression_that_selects_nothing_is_refused)
{
	static const char *const bad[] = { "", "//disk[", "count(//disk)", "x:y", "no()",
		"//namespace::*" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char *text = NULL;

		cr_assert_eq(domain_xml_select(document, bad[i], false, &text, &E), -1);
		cr_assert_eq(E.code, INVALID_VALUE);
		cr_assert_null(text);
		error_clear(&E);
	}
}
