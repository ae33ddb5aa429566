/* SPDX-License-Identifier: MIT */
/* A definition of a later libvirt comes to an earlier one. */
#include "backends/libvirt/xml/domain_xml.h"

#include "tests/unit/harness.h"
#include <string.h>

#include "tests/unit/leak.h"

static struct vxe_error E;

static void stop(void)
{
	error_clear(&E);
	no_leaks();
}

TestSuite(later, .fini = stop);

#define DOMAIN(devices) "<domain type='kvm'><name>a</name><devices>" devices "</devices></domain>"
#define OTHER "<watchdog model='i6300esb' action='reset'/>"

/* The definition for that version; "": as it is. */
static char *suited(const char *xml, const char *version)
{
	_cleanup_free_ char *library = xstrdup(version);
	const struct hv_versions v = { .library = library };
	char *ret = NULL;

	cr_assert_eq(domain_xml_for(xml, &v, &ret, &E), 0);
	return ret ? ret : xstrdup("");
}

/* Each q35 machine has the watchdog, so the one without it in the definition is the same machine. */
Test(later, the_watchdog_that_each_machine_has)
{
	static const char xml[] = DOMAIN(OTHER "<watchdog model='itco' action='reset'/>");
	_cleanup_free_ char *before = suited(xml, "9.0.0"), *since = suited(xml, "9.1.0");

	cr_expect_null(strstr(before, "itco"), "%s", before);
	cr_expect_not_null(strstr(before, "i6300esb"));
	cr_expect_str_eq(since, "");
}

/* What somebody has set is not dropped in silence: libvirt refuses it. */
Test(later, a_watchdog_that_was_set_stays)
{
	_cleanup_free_ char *set =
		suited(DOMAIN("<watchdog model='itco' action='poweroff'/>"), "9.0.0");

	cr_expect_str_eq(set, "");
}

#define UEFI(os)                                                                                   \
	"<domain type='kvm'><name>a</name><os firmware='efi'><type machine='q35'>hvm</type>" os    \
	"</os></domain>"
#define CHOSEN                                                                                     \
	"<firmware><feature enabled='no' name='secure-boot'/></firmware>"                          \
	"<loader readonly='yes' type='pflash' format='raw'>/x/CODE.fd</loader>"                    \
	"<nvram template='/x/VARS.fd'>/x/a_VARS.fd</nvram>"

/* The guest keeps the firmware that it had. */
Test(later, firmware_with_its_files)
{
	_cleanup_free_ char *before = suited(UEFI(CHOSEN), "9.1.0"),
			    *since = suited(UEFI(CHOSEN), "9.2.0");

	cr_expect_null(strstr(before, "firmware="), "%s", before);
	cr_expect_null(strstr(before, "<firmware>"));
	cr_expect_not_null(strstr(before, "/x/CODE.fd</loader>"));
	cr_expect_not_null(strstr(before, ">/x/a_VARS.fd</nvram>"));
	cr_expect_str_eq(since, "");
}

/* Where nothing has been chosen, libvirt chooses. */
Test(later, firmware_that_is_not_chosen_yet)
{
	_cleanup_free_ char *own = suited(UEFI("<loader secure='yes'/>"), "9.0.0");

	cr_expect_str_eq(own, "");
}

Test(later, what_is_no_definition)
{
	const struct hv_versions v = { 0 };
	char *ret = NULL;

	cr_expect_eq(
		domain_xml_for("itco", &v, &ret, &E), 0); /* an unknown version counts as new */
	cr_expect_null(ret);
}
