/* SPDX-License-Identifier: MIT */
/* The mapping between xe fields and a domain's members, both ways. */
#include "objects/domain/vm_spec.h"
#include "tests/unit/leak.h"

#include "tests/unit/harness.h"

TestSuite(vm_spec, .fini = no_leaks);

#define STORE "cccccccc-0000-4000-8000-00000000000c"

static struct domain_spec *plain_spec(void)
{
	struct domain_spec *s = xcalloc(1, sizeof(*s));

	s->name = xstrdup("web-1");
	s->memory_max = 512 << 20;
	s->memory = 256 << 20;
	s->vcpus_max = 4;
	s->vcpus = 2;
	s->boot = xstrdup("cdrom,hd");
	s->on_poweroff = xstrdup("destroy");
	s->on_reboot = xstrdup("restart");
	s->on_crash = xstrdup("coredump-restart");
	s->acpi = true;
	return s;
}

static struct vm *plain_vm(const struct domain_spec *s)
{
	struct vm *vm = record_new(&vm_class);

	str_replace(&vm->name_label, s->name);
	vm->memory_dynamic_min = vm->memory_static_min = INT64_MAX;
	cr_assert(vm_from_spec(vm, s));
	return vm;
}

#define START                                                                                      \
	_cleanup_spec_ struct domain_spec *s = plain_spec();                                       \
	_cleanup_(vm_free_cleanup) struct vm *vm = plain_vm(s)

Test(vm_spec, takes_members_over)
{
	START;

	cr_assert_str_eq(vm->name_label, "web-1");
	cr_assert_str_eq(vm->libvirt_name, "web-1");
	cr_assert_eq(vm->memory_static_max, 512 << 20);
	cr_assert_eq(vm->memory_dynamic_max, 256 << 20);
	cr_assert_eq(vm->memory_dynamic_min, 256 << 20, "limits stay in order");
	cr_assert_eq(vm->memory_static_min, 256 << 20, "limits stay in order");
	cr_assert_eq(vm->vcpus_max, 4);
	cr_assert_eq(vm->vcpus_at_startup, 2);
	cr_assert_eq(vm->actions_after_shutdown, EXIT_DESTROY);
	cr_assert_eq(vm->actions_after_reboot, EXIT_RESTART);
	cr_assert_eq(vm->actions_after_crash, CRASH_COREDUMP_AND_RESTART);
	cr_assert_str_eq(map_get(&vm->hvm_boot_params, "order"), "dc");
	cr_assert_str_eq(map_get(&vm->hvm_boot_params, "firmware"), "bios");
	cr_assert_str_eq(map_get(&vm->platform, "acpi"), "true");
	cr_assert_str_eq(map_get(&vm->platform, "pae"), "false");
	cr_assert_not(vm_from_spec(vm, s), "a second time nothing changes");
}

Test(vm_spec, what_was_taken_changes_nothing_going_back)
{
	START;
	_cleanup_spec_ struct domain_spec *same = plain_spec();

	vm_to_spec(vm, s, STORE);
	cr_assert_str_eq(s->store, STORE);
	cr_assert_null(s->title, "the name says it already");
	cr_assert_null(s->description);
	cr_assert_str_eq(s->boot, same->boot);
	cr_assert_str_eq(s->on_crash, same->on_crash);
	cr_assert_eq(s->memory, same->memory);
	cr_assert_eq(s->memory_max, same->memory_max);
	cr_assert_eq(s->acpi, same->acpi);
	cr_assert_eq(s->pae, same->pae);
}

Test(vm_spec, fields_reach_the_domain_and_come_back_unchanged)
{
	START;

	str_replace(&vm->name_label, "shop");
	str_replace(&vm->name_description, "two\nlines");
	vm->memory_static_max = 1024 << 20;
	vm->vcpus_at_startup = 3;
	vm->actions_after_shutdown = EXIT_RESTART;
	vm->actions_after_crash = CRASH_PRESERVE;
	map_set(&vm->hvm_boot_params, "order", "ncd");
	map_set(&vm->platform, "acpi", "0");
	vm_to_spec(vm, s, STORE);
	cr_assert_str_eq(s->title, "shop");
	cr_assert_str_eq(s->description, "two\nlines");
	cr_assert_eq(s->memory_max, 1024 << 20);
	cr_assert_eq(s->vcpus, 3);
	cr_assert_str_eq(s->on_poweroff, "restart");
	cr_assert_str_eq(s->on_crash, "preserve");
	cr_assert_str_eq(s->boot, "network,hd,cdrom");
	cr_assert_not(s->acpi);
	cr_assert_not(vm_from_spec(vm, s), "our own writing is no drift");
}

Test(vm_spec, labels_that_no_title_can_hold_are_kept)
{
	static const char *const labels[] = { "", "two\nlines", "bell\a", "\xff broken",
		"\xc3\xa4" };

	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		START;

		str_replace(&vm->name_label, labels[i]);
		vm_to_spec(vm, s, STORE);
		for (const char *c = s->title; c && *c; c++)
			cr_assert((unsigned char)*c >= 0x20, "label %zu", i);
		cr_assert_not(vm_from_spec(vm, s), "label %zu", i);
		cr_assert_str_eq(vm->name_label, labels[i]);
	}
}

Test(vm_spec, somebody_elses_title_becomes_the_label)
{
	START;

	s->title = xstrdup("theirs");
	cr_assert(vm_from_spec(vm, s));
	cr_assert_str_eq(vm->name_label, "theirs");
	str_replace(&s->title, NULL);
	cr_assert(vm_from_spec(vm, s));
	cr_assert_str_eq(vm->name_label, "web-1", "without title the name speaks");
}

/* A name that vxe gave gives way to a rename, and the title that says it is no name from then on. */
Test(vm_spec, a_renamed_domain_is_called_so)
{
	START;

	str_replace(&vm->name_label, "shop");
	vm_to_spec(vm, s, STORE);
	cr_assert_str_eq(s->title, "shop");
	cr_assert_not(vm_from_spec(vm, s));
	str_replace(&s->name, "web-2");
	cr_assert(vm_from_spec(vm, s));
	cr_assert_str_eq(vm->name_label, "web-2");
	cr_assert_str_eq(vm->libvirt_name, "web-2");
	cr_assert_not(vm_from_spec(vm, s), "the old title is no news");
	cr_assert_str_eq(vm->name_label, "web-2");
	vm_to_spec(vm, s, STORE);
	cr_assert_str_eq(s->title, "web-2");
	cr_assert(vm_from_spec(vm, s));
	cr_assert_str_eq(vm->old_title, "", "the definition has lost it");
	str_replace(&s->title, "shop");
	cr_assert(vm_from_spec(vm, s));
	cr_assert_str_eq(vm->name_label, "shop");
}

Test(vm_spec, a_title_of_its_own_counts_beside_a_new_name)
{
	START;

	str_replace(&s->name, "web-2");
	s->title = xstrdup("theirs");
	cr_assert(vm_from_spec(vm, s));
	cr_assert_str_eq(vm->name_label, "theirs");
	cr_assert_not(vm_from_spec(vm, s));
	str_replace(&vm->libvirt_name, "");
	cr_assert_not(vm_take_name(vm, s), "an older vxe has not noted the name");
}

Test(vm_spec, an_empty_label_takes_the_title_away)
{
	START;

	s->title = xstrdup("web-1");
	str_replace(&vm->name_label, "");
	vm_to_spec(vm, s, STORE);
	cr_assert_null(s->title);
}

Test(vm_spec, words_without_a_value_stay_until_the_field_is_set)
{
	START;

	str_replace(&s->on_poweroff, "preserve");
	str_replace(&s->on_reboot, "rename-restart");
	cr_assert_not(vm_from_spec(vm, s), "nearest values: destroy, restart");
	vm_to_spec(vm, s, STORE);
	cr_assert_str_eq(s->on_poweroff, "preserve");
	cr_assert_str_eq(s->on_reboot, "rename-restart");
	vm->actions_after_shutdown = EXIT_RESTART;
	vm_to_spec(vm, s, STORE);
	cr_assert_str_eq(s->on_poweroff, "restart");
}

/*
 * libvirt allows only one kind of boot order: if devices have numbers, these are set to match the
 * letters.
 */
static const struct {
	const char *order;
	int disk, second, third, cd,
		card;	  /* the numbers afterwards: before 2, 1, none, none, none */
	const char *kept; /* the record after it is read back */
} reorders[] = {
	{ "c", 2, 1, 0, 0, 0, "c" },
	{ "n", 0, 0, 0, 0, 1, "n" },
	{ "ncd", 3, 2, 0, 4, 1, "ncd" },
	{ "dc", 3, 2, 0, 1, 0, "dc" },
	{ "ac", 2, 1, 0, 0, 0, "ac" }, /* there is no floppy */
	{ "x", 2, 1, 0, 0, 0, "c" },
};

Test(vm_spec, boot_order_of_devices)
{
	for (size_t i = 0; i < ARRAY_LEN(reorders); i++) {
		START;

		free(TAKE(s->boot));
		spec_add_disk(s)->boot = 2;
		spec_add_disk(s)->boot = 1;
		(void)spec_add_disk(s);
		spec_add_disk(s)->device = DISK_CDROM;
		(void)spec_add_nic(s);
		map_set(&vm->hvm_boot_params, "order", reorders[i].order);
		vm_to_spec(vm, s, STORE);
		cr_expect_null(s->boot);
		cr_expect_eq(s->disks[0].boot, reorders[i].disk, "%zu: %d", i, s->disks[0].boot);
		cr_expect_eq(s->disks[1].boot, reorders[i].second, "%zu: %d", i, s->disks[1].boot);
		cr_expect_eq(s->disks[2].boot, reorders[i].third, "%zu: %d", i, s->disks[2].boot);
		cr_expect_eq(s->disks[3].boot, reorders[i].cd, "%zu: %d", i, s->disks[3].boot);
		cr_expect_eq(s->nics[0].boot, reorders[i].card, "%zu: %d", i, s->nics[0].boot);
		(void)vm_from_spec(vm, s);
		cr_expect_str_eq(map_get(&vm->hvm_boot_params, "order"), reorders[i].kept);
	}
}

Test(vm_spec, lowered_memory_takes_the_other_limits_along)
{
	START;

	s->memory = 64 << 20;
	cr_assert(vm_from_spec(vm, s));
	cr_assert_eq(vm->memory_dynamic_min, 64 << 20);
	cr_assert_eq(vm->memory_static_min, 64 << 20);
}

/* What the record says, the definition says, and what both say then. "-": nothing. */
static const struct {
	const char *record, *definition, *after;
	bool drifts;
} clocks[] = {
	{ "-", "0", "-", false },
	{ "-", "3600", "3600", true },
	{ "-", "-", "-", false },
	{ "0", "0", "0", false },
	{ "3600", "3600", "3600", false },
	{ "3600", "0", "0", true },
	{ "3600", "-", "-", true },
	{ "03600", "3600", "03600", false },
	{ "soon", "0", "0", true },
};

static const char *or_nothing(const char *text)
{
	return text ? text : "-";
}

Test(vm_spec, the_clock)
{
	for (size_t i = 0; i < ARRAY_LEN(clocks); i++) {
		START;

		str_replace(
			&s->timeoffset, *clocks[i].definition == '-' ? NULL : clocks[i].definition);
		(void)map_remove(&vm->platform, "timeoffset");
		if (*clocks[i].record != '-')
			map_set(&vm->platform, "timeoffset", clocks[i].record);
		cr_expect_eq(vm_from_spec(vm, s), clocks[i].drifts, "%zu", i);
		cr_expect_str_eq(or_nothing(map_get(&vm->platform, "timeoffset")), clocks[i].after);
		vm_to_spec(vm, s, STORE);
		cr_expect_str_eq(or_nothing(s->timeoffset), clocks[i].definition, "%zu", i);
	}
}

Test(vm_spec, a_clock_reaches_the_domain)
{
	START;

	map_set(&vm->platform, "timeoffset", "-5");
	vm_to_spec(vm, s, STORE);
	cr_assert_str_eq(s->timeoffset, "-5");
	cr_assert_not(vm_from_spec(vm, s), "our own writing is no drift");
	map_set(&vm->platform, "timeoffset", "nonsense");
	vm_to_spec(vm, s, STORE);
	cr_assert_str_eq(s->timeoffset, "-5", "it stays");
}
