/* SPDX-License-Identifier: MIT */
/* Converts between the boot order numbers of a domain's devices and the letters of HVM-boot-params:order. */
#include "objects/domain/boot_order.h"

#include <limits.h>
#include <string.h>

struct bootable {
	int *boot;
	char letter;
};

/* Sorts devices by boot order number; those without a number come last, in the order in which they were. */
static int by_boot(const void *a, const void *b)
{
	const struct bootable *x = a, *y = b;
	unsigned m = *x->boot ? (unsigned)*x->boot : UINT_MAX;
	unsigned n = *y->boot ? (unsigned)*y->boot : UINT_MAX;

	return m != n ? (m > n) - (m < n) : (x->boot > y->boot) - (x->boot < y->boot);
}

/* All devices that a guest could boot from: disks, drives and cards; owned. */
static struct bootable *list_bootable(const struct domain_spec *spec, size_t *n)
{
	static const char letters[] = {
		[DISK_DISK] = 'c', [DISK_CDROM] = 'd', [DISK_FLOPPY] = 'a'
	};
	struct bootable *all = xcalloc(spec->n_disks + spec->n_nics + 1, sizeof(*all));

	*n = 0;
	for (size_t i = 0; i < spec->n_disks; i++)
		if ((size_t)spec->disks[i].device < ARRAY_LEN(letters))
			all[(*n)++] = (struct bootable){ &spec->disks[i].boot,
				letters[spec->disks[i].device] };
	for (size_t i = 0; i < spec->n_nics; i++)
		all[(*n)++] = (struct bootable){ &spec->nics[i].boot, 'n' };
	qsort(all, *n, sizeof(*all), by_boot);
	return all;
}

bool boot_by_device(const struct domain_spec *spec)
{
	for (size_t i = 0; i < spec->n_disks; i++)
		if (spec->disks[i].boot)
			return true;
	for (size_t i = 0; i < spec->n_nics; i++)
		if (spec->nics[i].boot)
			return true;
	return false;
}

char *boot_letters(const struct domain_spec *spec, const char *wish)
{
	_cleanup_str_ struct str letters = { 0 };
	size_t n;
	_cleanup_free_ struct bootable *all = list_bootable(spec, &n);

	for (size_t i = 0; !wish && i < n && *all[i].boot; i++)
		if (!strchr(str_text(&letters), all[i].letter))
			str_add_bytes(&letters, &all[i].letter, 1);
	for (; wish && *wish; wish++)
		for (size_t i = 0; i < n; i++)
			if (all[i].letter == *wish && !strchr(str_text(&letters), *wish))
				str_add_bytes(&letters, wish, 1);
	return xstrdup(str_text(&letters));
}

void boot_reorder(struct domain_spec *spec, const char *letters)
{
	size_t n;
	_cleanup_free_ struct bootable *all = list_bootable(spec, &n);
	_cleanup_free_ int *next = xcalloc(n + 1, sizeof(*next));
	int at = 0;

	for (; *letters; letters++) {
		bool some = false;

		for (size_t i = 0; i < n; i++)
			some = some || (all[i].letter == *letters && *all[i].boot);
		for (size_t i = 0; i < n; i++)
			if (all[i].letter == *letters && (*all[i].boot || !some))
				next[i] = ++at;
	}
	for (size_t i = 0; i < n; i++)
		*all[i].boot = next[i];
}
