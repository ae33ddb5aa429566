/* SPDX-License-Identifier: MIT */
/* The table of what depends on a version: both sides of each bound. */
#include "backends/hv/hv_by_version.h"

#include "tests/unit/harness.h"

/* Only the version that the fact depends on is known. */
static int64_t fact_of(enum hv_fact fact, const char *libvirt, const char *qemu)
{
	_cleanup_free_ char *library = xstrdup_null(libvirt), *hypervisor = xstrdup_null(qemu);
	const struct hv_versions v = { .library = library, .hypervisor = hypervisor };

	return hv_by_version(&v, fact);
}

static int64_t most_of(const char *libvirt)
{
	return fact_of(HV_CHAIN_MOST, libvirt, NULL);
}

static int64_t keeps_marks(const char *qemu)
{
	return fact_of(HV_KEEPS_MARKS, NULL, qemu);
}

static int64_t goes_back(const char *libvirt)
{
	return fact_of(HV_REVERTS_EXTERNAL, libvirt, NULL);
}

Test(hv_by_version, each_bound)
{
	cr_expect_eq(most_of("9.0.0"), 100);
	cr_expect_eq(most_of("10.7.0"), 100);
	cr_expect_eq(most_of("10.7.999"), 100);
	cr_expect_eq(most_of("10.8.0"), 22);
	cr_expect_eq(most_of("11.3.0"), 22);
	cr_expect_eq(most_of("11.10.0"), 22);
	cr_expect_eq(most_of("12.0.0"), 100);
	cr_expect_eq(most_of("12.8.0"), 100);
	cr_expect_eq(most_of("100.0.0"), 100);
	cr_expect_eq(keeps_marks("7.2.22"), 0);
	cr_expect_eq(keeps_marks("8.2.999"), 0);
	cr_expect_eq(keeps_marks("9.0.0"), 1);
	cr_expect_eq(keeps_marks("11.1.2"), 1);
}

Test(hv_by_version, external_snapshots)
{
	cr_expect_eq(goes_back("9.0.0"), 0);
	cr_expect_eq(goes_back("9.8.0"), 0);
	cr_expect_eq(goes_back("9.9.0"), 1);
	cr_expect_eq(goes_back("12.8.0"), 1);
}

Test(hv_by_version, what_a_definition_has)
{
	cr_expect_eq(fact_of(HV_SHOWS_FIRMWARE, "9.1.0", NULL), 0);
	cr_expect_eq(fact_of(HV_SHOWS_FIRMWARE, "9.2.0", NULL), 1);
	cr_expect_eq(fact_of(HV_KNOWS_ITCO, "9.0.0", NULL), 0);
	cr_expect_eq(fact_of(HV_KNOWS_ITCO, "9.1.0", NULL), 1);
}

Test(hv_by_version, unknown_versions)
{
	const struct hv_versions none = { 0 };

	for (int i = 0; i < N_HV_FACTS; i++) {
		cr_expect_eq(hv_by_version(NULL, (enum hv_fact)i),
			hv_by_version(&none, (enum hv_fact)i));
		cr_expect(hv_by_version_least((enum hv_fact)i) <=
			hv_by_version(NULL, (enum hv_fact)i));
	}
	cr_expect_eq(most_of("a word"), 100);
	cr_expect_eq(hv_by_version_least(HV_CHAIN_MOST), 22);
	cr_expect_eq(hv_by_version_least(HV_CHAIN_USUAL), 20);
}
