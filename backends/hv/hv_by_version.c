/* SPDX-License-Identifier: MIT */
#include "backends/hv/hv_by_version.h"

#include <limits.h>
#include <stdio.h>

#define V(major, minor) ((major)*1000000L + (minor)*1000L)
#define LIBVIRT offsetof(struct hv_versions, library)
#define QEMU offsetof(struct hv_versions, hypervisor)

/*
 * The facts of libvirt and QEMU that depend on a version. Of the rows of a fact the first one whose versions fit
 * counts; the last one always fits.
 */
static const struct row {
	enum hv_fact fact;
	size_t of;	   /* LIBVIRT or QEMU: whose version is compared */
	long from, before; /* versions from @from on and before @before; 0: no limit */
	int64_t value;
	/*
	 * test that shows what is so before and after the version; tests/checks/versions.sh sees that the test
	 * exists
	 */
	const char *test;
} rows[] = {
	/*
	 * QEMU's description of a disk nests each layer in the one above, and libvirt parses that with a limit of
	 * depth from 10.8 on; 12.0 has none. With 11.3 and QEMU 10.0 a guest starts on 25 layers of qcow2, 26 if the
	 * lowest is raw, but 22 if the lowest has a persistent bitmap. A running guest with more layers cannot be
	 * started again, nor its saved memory restored, and libvirtd ends it when libvirtd is restarted.
	 */
	{ HV_CHAIN_MOST, LIBVIRT, V(10, 8), V(12, 0), 22, "tests/e2e/layers/270-deep-chain.sh" },
	/* A libvirt snapshot takes 20 ms for a disk of 25 layers and 120 ms for 100; libvirt bears 200 layers. */
	{ HV_CHAIN_MOST, LIBVIRT, 0, 0, 100, "tests/e2e/disks/46-storage-errors.sh" },
	/*
	 * Fewer layers than a guest can start with, so that a disk of this depth can still be cloned, reverted and
	 * suspended.
	 */
	{ HV_CHAIN_USUAL, LIBVIRT, V(10, 8), V(12, 0), 20, "tests/e2e/layers/270-deep-chain.sh" },
	{ HV_CHAIN_USUAL, LIBVIRT, 0, 0, 40, "tests/e2e/layers/05-depth.sh" },
	/*
	 * libvirt's revert to an external snapshot removes the files that the current snapshot names, and libvirtd
	 * crashes if there is no current snapshot (11.3, 12.8).
	 */
	{ HV_REVERTS_EXTERNAL, LIBVIRT, 0, V(9, 9), 0, "tests/e2e/beside/144-virsh-external.sh" },
	{ HV_REVERTS_EXTERNAL, LIBVIRT, 0, 0, 1, "tests/e2e/beside/144-virsh-external.sh" },
	/*
	 * QEMU before 9.0 loses pages of an emulated guest: it clears the dirty mark of a page, but translated guest
	 * code still writes to the page without setting the mark again (fixed by its commit 03bfc2188f). Restored
	 * guests had damaged kernel stacks and panicked.
	 */
	{ HV_KEEPS_MARKS, QEMU, V(9, 0), 0, 1, "tests/e2e/snapshots/16-memory.sh" },
	{ HV_KEEPS_MARKS, QEMU, 0, 0, 0, "tests/e2e/snapshots/16-memory.sh" },
	/*
	 * libvirt adds the watchdog itco to each definition of a q35 machine, and before 9.1 refuses a definition with it,
	 * though QEMU has had it all the time. So a definition that comes from a later host is refused.
	 */
	{ HV_KNOWS_ITCO, LIBVIRT, 0, V(9, 1), 0, "tests/packages/pool_pair.sh" },
	{ HV_KNOWS_ITCO, LIBVIRT, 0, 0, 1, "tests/packages/pool_pair.sh" },
	/*
	 * From 9.2 on libvirt chooses the files of firmware="efi" when a machine is defined, and writes them beside it;
	 * before, at each start, and it refuses a definition that has both.
	 */
	{ HV_SHOWS_FIRMWARE, LIBVIRT, 0, V(9, 2), 0, "tests/packages/pool_pair.sh" },
	{ HV_SHOWS_FIRMWARE, LIBVIRT, 0, 0, 1, "tests/packages/pool_pair.sh" },
};
#define N_ROWS (sizeof(rows) / sizeof(*rows))

static long version_number(const char *text)
{
	long major, minor, micro;

	if (!text || sscanf(text, "%ld.%ld.%ld", &major, &minor, &micro) != 3)
		return LONG_MAX;
	return V(major, minor) + micro;
}

static bool fits(const struct row *r, const struct hv_versions *v)
{
	long n = v ? version_number(*(char *const *)((const char *)v + r->of)) : LONG_MAX;

	return (!r->from || n >= r->from) && (!r->before || n < r->before);
}

int64_t hv_by_version(const struct hv_versions *v, enum hv_fact fact)
{
	const struct row *r = rows;

	while (r->fact != fact || !fits(r, v))
		r++;
	return r->value;
}

int64_t hv_by_version_least(enum hv_fact fact)
{
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].fact == fact && rows[i].value < least)
			least = rows[i].value;
	return least;
}
