/* SPDX-License-Identifier: MIT */
/*
 * Disks whose content is no file, in libvirt's XML and in headers. This program has a kind of content of its own: what a
 * server at /kept/socket exports as NAME has the place /kept/NAME. Only its slots for names are asked here.
 */
#include "backends/content/content_private.h"
#include "backends/libvirt/xml/domain_xml_source.h"
#include "objects/file_index/xml_paths.h"
#include "tests/unit/xml_samples.h"

#define FOLDER "/kept/"
#define SOCKET "/kept/socket"
#define URI "nbd+unix:///%s?socket=" SOCKET

TestSuite(domain_xml_place, .fini = no_leaks);

static bool mine(const char *place)
{
	return str_starts(place, FOLDER);
}

static void name(const char *place, struct content_name *ret)
{
	const char *of = place + strlen(FOLDER);

	*ret = (struct content_name){ xasprintf(URI, of), xstrdup("nbd"), xstrdup(of),
		xstrdup(SOCKET) };
}

static char *named(const char *at, const struct content_name *n)
{
	static const char begin[] = "nbd+unix:///";
	(void)at;

	if (n->protocol)
		return str_eq(n->protocol, "nbd") && str_eq(n->socket, SOCKET)
			? xasprintf(FOLDER "%s", n->name)
			: NULL;
	if (!str_starts(n->text, begin))
		return NULL;
	const char *of = n->text + strlen(begin);

	return xasprintf(FOLDER "%.*s", (int)strcspn(of, "?"), of);
}

const struct content_kind content_kind_more = { .mine = mine, .name = name, .named = named };

#define DOMAIN(disk) "<domain type=\"kvm\"><name>web</name><devices>" disk "</devices></domain>"
#define DISK(type, source)                                                                         \
	"<disk type=\"" type "\" device=\"disk\"><driver name=\"qemu\" type=\"qcow2\"/>" source    \
	"<target dev=\"vda\" bus=\"virtio\"/></disk>"
#define EXPORT(of)                                                                                 \
	"<source protocol=\"nbd\" name=\"" of "\"><host transport=\"unix\" socket=\"" SOCKET       \
	"\"/></source>"

static const char on_file[] = DOMAIN(DISK("file", "<source file=\"/v/a.qcow2\"/>"));
static const char on_kept[] = DOMAIN(DISK("network", EXPORT("a.qcow2")));

static char *put(const char *xml, const char *place)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(xml);
	_cleanup_error_ struct vxe_error err = { 0 };
	char *ret = NULL;

	spec_put_file(&s->disks[0], place, "qcow2");
	cr_assert_eq(spec_patch(xml, s, &ret, &err), 0);
	return ret;
}

Test(domain_xml_place, what_a_server_exports_is_read_as_a_file)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(on_kept);

	cr_expect_eq(s->disks[0].source, DISK_FILE);
	cr_expect_str_eq(s->disks[0].path, "/kept/a.qcow2");
}

Test(domain_xml_place, what_no_kind_knows_stays_a_disk_on_the_network)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(DOMAIN(DISK("network",
		"<source protocol=\"nbd\" name=\"a\"><host transport=\"unix\" "
		"socket=\"/other\"/></source>")));

	cr_expect_eq(s->disks[0].source, DISK_NETWORK);
	cr_expect_str_eq(s->disks[0].path, "nbd:a");
}

static void expect_export(const char *xml, const char *of)
{
	_cleanup_free_ char *source = xasprintf("<source protocol=\"nbd\" name=\"%s\">", of);
	const char *at = strstr(xml, source);

	cr_assert(at, "%s", xml);
	cr_expect(strstr(at, "<host transport=\"unix\" socket=\"" SOCKET "\"/>"), "%s", xml);
}

Test(domain_xml_place, a_disk_moves_between_the_kinds)
{
	_cleanup_free_ char *to_kept = put(on_file, "/kept/a.qcow2"), *back = NULL, *other = NULL;

	cr_expect(strstr(to_kept, "<disk type=\"network\""), "%s", to_kept);
	expect_export(to_kept, "a.qcow2");
	cr_expect_not(strstr(to_kept, "file="), "%s", to_kept);
	other = put(on_kept, "/kept/b.qcow2");
	expect_export(other, "b.qcow2");
	back = put(on_kept, "/v/a.qcow2");
	cr_expect(strstr(back, "<source file=\"/v/a.qcow2\"/>"), "%s", back);
	cr_expect_not(strstr(back, "protocol"), "%s", back);
	cr_expect_not(strstr(back, "socket"), "%s", back);
}

Test(domain_xml_place, one_in_its_place_changes_nothing)
{
	_cleanup_free_ char *same = put(on_kept, "/kept/a.qcow2");

	cr_expect_str_eq(same, on_kept);
}

Test(domain_xml_place, layers_below_have_their_places)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(DOMAIN(DISK("network",
		EXPORT("b.qcow2") "<backingStore type=\"network\"><format type=\"raw\"/>" EXPORT(
			"a.raw") "<backingStore/></backingStore>")));

	cr_assert_eq(s->disks[0].n_below, 2);
	cr_expect_eq(s->disks[0].below[0].source, DISK_FILE);
	cr_expect_str_eq(s->disks[0].below[0].path, "/kept/a.raw");
}

Test(domain_xml_place, the_index_finds_it_in_a_definition)
{
	_cleanup_strv_ struct strv names = { 0 };

	xml_paths(
		"<source protocol='nbd' name='a&amp;b'><host transport='unix' "
		"socket='" SOCKET "'/></source><source file='/v/c'/>"
		"<source protocol='nbd' name='d'><host transport='unix' socket='/other'/></source>",
		&names);
	cr_expect(strv_has(&names, "/kept/a&b"));
	cr_expect(strv_has(&names, "/v/c"));
	cr_expect_not(strv_has(&names, "/kept/d"));
}

Test(domain_xml_place, names_in_headers)
{
	static const struct {
		const char *at, *text, *place;
	} cases[] = {
		{ "/v/top", "nbd+unix:///a?socket=" SOCKET, "/kept/a" },
		{ "/v/top", "below", "/v/below" },
		{ "/kept/top", "nbd+unix:///a?socket=" SOCKET, "/kept/a" },
		{ "/kept/top", "/v/base", "/v/base" },
		{ "/v/top", "nbd://host/a", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_content_name_ struct content_name n = { .text = xstrdup(cases[i].text) };
		_cleanup_free_ char *place = content_named(cases[i].at, &n);

		cr_expect(str_eq(place, cases[i].place), "%s: %s", cases[i].text,
			place ? place : "none");
	}
}
