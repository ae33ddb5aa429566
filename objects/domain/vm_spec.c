/* SPDX-License-Identifier: MIT */
/*
 * The only code that converts between xe's fields of a VM and libvirt's definition, in both directions. If libvirt
 * has a value that xe lacks, xe's field gets the nearest value, and libvirt's value stays until somebody sets the
 * field to another one.
 */
#include "objects/domain/vm_spec.h"

#include "objects/classes/vm/vm_platform.h"
#include "objects/domain/boot_order.h"
#include "objects/model/value.h"

#include <inttypes.h>
#include <string.h>

/* ---- text ------------------------------------------------------------------------------------ */

/* The text without characters that XML does not allow; NULL for "". */
static char *clean_text(const char *text, bool one_line)
{
	_cleanup_str_ struct str s = { 0 };

	for (const char *c = text; *c;) {
		uint32_t code;
		size_t n = utf8_character(c, &code);
		bool break_ = *c == '\n' || *c == '\t';
		bool control = n == 1 && ((unsigned char)*c < 0x20 || (one_line && *c == 0x7f));

		if (n == 0)
			str_add(&s, "?");
		else if (control && (one_line || !break_))
			str_add(&s, " ");
		else
			str_add_bytes(&s, c, n);
		c += n ? n : 1;
	}
	return s.len ? str_steal(&s) : NULL;
}

static bool same_text(const char *a, const char *b)
{
	return str_eq(a ? a : "", b ? b : "");
}

static bool take_text(char **member, const char *value)
{
	if (same_text(*member, value))
		return false;
	str_replace(member, value ? value : "");
	return true;
}

bool vm_is_renamed(const struct vm *vm, const char *name)
{
	return !str_is_empty(vm->libvirt_name) && !str_eq(vm->libvirt_name, name);
}

bool vm_take_name(struct vm *vm, const struct domain_spec *spec)
{
	_cleanup_free_ char *ours = clean_text(vm->name_label, true);
	bool titled = !str_is_empty(spec->title) && !same_text(spec->title, ours) &&
		!same_text(spec->title, vm->old_title);

	if (!vm_is_renamed(vm, spec->name))
		return false;
	str_replace(&vm->libvirt_name, spec->name);
	str_replace(&vm->name_label, titled ? spec->title : spec->name);
	str_replace(&vm->old_title, titled || !spec->title ? "" : spec->title);
	return true;
}

/*
 * Updates the name-label from the domain's title. A domain without title has its name as label. A domain with an
 * empty label has no title either, because there is no empty title. Only a title that vxe would not have written was
 * changed by another program.
 */
static bool label_from(struct vm *vm, const struct domain_spec *spec)
{
	if (vm_take_name(vm, spec))
		return true;
	if (!str_is_empty(vm->old_title) && same_text(vm->old_title, spec->title))
		return false;
	_cleanup_free_ char *ours = clean_text(vm->name_label, true);
	bool healed = take_text(&vm->old_title, "");

	if (!str_is_empty(spec->title))
		return same_text(ours, spec->title)
			? healed
			: take_text(&vm->name_label, spec->title) || healed;
	if (!ours || same_text(ours, spec->name))
		return healed;
	return take_text(&vm->name_label, spec->name) || healed;
}

void vm_label_to(const struct vm *vm, struct domain_spec *spec)
{
	_cleanup_free_ char *title = clean_text(vm->name_label, true);

	if (same_text(title, spec->title) || (!spec->title && same_text(title, spec->name)))
		return;
	str_replace(&spec->title, title);
}

static bool description_from(struct vm *vm, const struct domain_spec *spec)
{
	_cleanup_free_ char *ours = clean_text(vm->name_description, false);

	return same_text(ours, spec->description)
		? false
		: take_text(&vm->name_description, spec->description);
}

/* ---- numbers --------------------------------------------------------------------------------- */

static bool take_int(int64_t *member, int64_t value)
{
	if (*member == value)
		return false;
	*member = value;
	return true;
}

static bool at_most(int64_t *member, int64_t limit)
{
	return *member > limit && take_int(member, limit);
}

/* ---- actions when the guest stops ------------------------------------------------------------ */

struct word {
	const char *word; /* libvirt's word */
	int value;
};

static const struct word exit_words[] = {
	{ "destroy", EXIT_DESTROY },
	{ "restart", EXIT_RESTART },
	{ "preserve", EXIT_DESTROY },
	{ "rename-restart", EXIT_RESTART },
	{ NULL, 0 },
};
static const struct word crash_words[] = {
	{ "destroy", CRASH_DESTROY },
	{ "coredump-destroy", CRASH_COREDUMP_AND_DESTROY },
	{ "restart", CRASH_RESTART },
	{ "coredump-restart", CRASH_COREDUMP_AND_RESTART },
	{ "preserve", CRASH_PRESERVE },
	{ "rename-restart", CRASH_RENAME_RESTART },
	{ NULL, 0 },
};

static int word_value(const struct word *words, const char *word, int otherwise)
{
	for (; words->word; words++)
		if (str_eq(words->word, word))
			return words->value;
	return otherwise;
}

static bool action_from(int *member, const struct word *words, const char *word)
{
	int value = word_value(words, word, *member);
	bool changed = value != *member;

	*member = value;
	return changed;
}

static void action_to(char **word, const struct word *words, int value)
{
	if (word_value(words, *word, -1) == value)
		return;
	for (; words->word; words++)
		if (words->value == value) {
			str_replace(word, words->word);
			return;
		}
}

/* ---- boot and platform ----------------------------------------------------------------------- */

static const struct {
	char letter;	    /* letter of HVM-boot-params:order */
	const char *device; /* word of <boot dev=> */
} boot_devices[] = { { 'a', "fd" }, { 'c', "hd" }, { 'd', "cdrom" }, { 'n', "network" } };

/* Turns libvirt's "hd,cdrom" into xe's "cd". */
static char *boot_order(const char *boot)
{
	_cleanup_strv_ struct strv devices = { 0 };
	_cleanup_str_ struct str order = { 0 };

	strv_split(&devices, boot, ',');
	for (size_t i = 0; i < devices.n; i++)
		for (size_t k = 0; k < ARRAY_LEN(boot_devices); k++)
			if (str_eq(devices.items[i], boot_devices[k].device))
				str_add_bytes(&order, &boot_devices[k].letter, 1);
	return str_steal(&order);
}

static char *boot_words(const char *order)
{
	_cleanup_strv_ struct strv devices = { 0 };

	for (; *order; order++)
		for (size_t k = 0; k < ARRAY_LEN(boot_devices); k++)
			if (*order == boot_devices[k].letter &&
				!strv_has(&devices, boot_devices[k].device))
				strv_add(&devices, boot_devices[k].device);
	return devices.n ? strv_join(&devices, ",") : NULL;
}

static bool take_key(struct map *m, const char *key, const char *value)
{
	if (str_eq(map_get(m, key), value))
		return false;
	map_set(m, key, value);
	return true;
}

static bool boot_from(struct vm *vm, const struct domain_spec *spec)
{
	bool changed = take_key(
		&vm->hvm_boot_params, "firmware", str_eq(spec->firmware, "efi") ? "uefi" : "bios");

	const char *wish = map_get(&vm->hvm_boot_params, "order");

	if (boot_by_device(spec)) {
		_cleanup_free_ char *have = boot_letters(spec, NULL);
		_cleanup_free_ char *wanted = boot_letters(spec, wish ? wish : "");

		return (!str_eq(have, wanted) && take_key(&vm->hvm_boot_params, "order", have)) ||
			changed;
	}
	if (str_is_empty(spec->boot))
		return changed;
	_cleanup_free_ char *order = boot_order(spec->boot);
	return take_key(&vm->hvm_boot_params, "order", order) || changed;
}

static void boot_to(const struct vm *vm, struct domain_spec *spec)
{
	const char *order = map_get(&vm->hvm_boot_params, "order");
	_cleanup_free_ char *have = boot_order(spec->boot ? spec->boot : "");
	_cleanup_free_ char *words = order ? boot_words(order) : NULL;

	if (!words)
		return;
	if (!boot_by_device(spec)) {
		if (!str_eq(order, have))
			str_replace(&spec->boot, words);
		return;
	}
	_cleanup_free_ char *now = boot_letters(spec, NULL);
	_cleanup_free_ char *wanted = boot_letters(spec, order);

	if (*wanted && !str_eq(now, wanted))
		boot_reorder(spec, wanted);
}

static bool is_true(const char *value)
{
	return str_eq(value, "true") || str_eq(value, "1");
}

static bool feature_from(struct vm *vm, const char *key, bool on)
{
	const char *have = map_get(&vm->platform, key);

	return have && is_true(have) == on ? false
					   : take_key(&vm->platform, key, on ? "true" : "false");
}

static void feature_to(const struct vm *vm, const char *key, bool *on)
{
	const char *value = map_get(&vm->platform, key);

	if (value)
		*on = is_true(value);
}

static bool cores_from(struct vm *vm, const struct domain_spec *spec)
{
	_cleanup_free_ char *text = xasprintf("%d", spec->cores);

	if (spec->cores == vm_cores_per_socket(vm))
		return false;
	if (!spec->cores)
		return map_remove(&vm->platform, "cores-per-socket");
	return take_key(&vm->platform, "cores-per-socket", text);
}

/*
 * Updates the key timeoffset from the domain's clock. Most clocks are UTC, for which no key is made. The key cannot
 * express a clock of another kind.
 */
static bool timeoffset_from(struct vm *vm, const struct domain_spec *spec)
{
	const char *have = map_get(&vm->platform, VM_TIMEOFFSET);
	int64_t seconds = 0;
	bool known = have && int_parse(have, &seconds) == 0;

	if (!spec->timeoffset)
		return map_remove(&vm->platform, VM_TIMEOFFSET);
	_cleanup_free_ char *ours = xasprintf("%" PRId64, seconds);
	if (str_eq(ours, spec->timeoffset) && (known || !have))
		return false;
	return take_key(&vm->platform, VM_TIMEOFFSET, spec->timeoffset);
}

static void timeoffset_to(const struct vm *vm, struct domain_spec *spec)
{
	const char *text = map_get(&vm->platform, VM_TIMEOFFSET);
	int64_t seconds;

	if (!text || !vm_timeoffset(text, &seconds))
		return;
	free(spec->timeoffset);
	spec->timeoffset = xasprintf("%" PRId64, seconds);
}

/* ---- starting with the host ------------------------------------------------------------------ */

/*
 * Updates the VM's key auto_poweron from libvirt's autostart flag. While the VM is Suspended the domain's flag is
 * off, whatever the user has set.
 */
static bool autostart_from(struct vm *vm, const struct domain_spec *spec)
{
	if (vm->power_state == POWER_SUSPENDED || vm_autostarts(vm) == spec->autostart)
		return false;
	return take_key(&vm->other_config, "auto_poweron", spec->autostart ? "true" : "false");
}

/* ---- both directions ------------------------------------------------------------------------- */

bool vm_from_spec(struct vm *vm, const struct domain_spec *spec)
{
	bool changed = label_from(vm, spec);

	changed |= description_from(vm, spec);
	changed |= take_text(&vm->libvirt_name, spec->name);
	/* Updates the memory limits. libvirt has two of xe's four limits; the other two are adjusted to these. */
	changed |= take_int(&vm->memory_static_max, spec->memory_max);
	changed |= take_int(&vm->memory_dynamic_max, spec->memory);
	changed |= at_most(&vm->memory_dynamic_min, vm->memory_dynamic_max);
	changed |= at_most(&vm->memory_static_min, vm->memory_dynamic_min);
	changed |= take_int(&vm->vcpus_max, spec->vcpus_max);
	changed |= take_int(&vm->vcpus_at_startup, spec->vcpus);
	changed |= action_from(&vm->actions_after_shutdown, exit_words, spec->on_poweroff);
	changed |= action_from(&vm->actions_after_reboot, exit_words, spec->on_reboot);
	changed |= action_from(&vm->actions_after_crash, crash_words, spec->on_crash);
	changed |= boot_from(vm, spec);
	changed |= feature_from(vm, "acpi", spec->acpi);
	changed |= feature_from(vm, "apic", spec->apic);
	changed |= feature_from(vm, "pae", spec->pae);
	/*
	 * Updates the key viridian. A domain without Hyper-V enlightenments gets it only if the record has the key
	 * already.
	 */
	if (spec->hyperv || map_get(&vm->platform, "viridian"))
		changed |= feature_from(vm, "viridian", spec->hyperv);
	changed |= cores_from(vm, spec);
	changed |= timeoffset_from(vm, spec);
	changed |= vm->has_tpm != spec->tpm;
	vm->has_tpm = spec->tpm;
	changed |= take_int(&vm->consoles, (int64_t)spec->n_consoles);
	changed |= autostart_from(vm, spec);
	return changed;
}

void vm_to_spec(const struct vm *vm, struct domain_spec *spec, const char *store_uuid)
{
	int cores = vm_cores_per_socket(vm);

	vm_label_to(vm, spec);
	_cleanup_free_ char *text = clean_text(vm->name_description, false);

	if (!same_text(text, spec->description))
		str_replace(&spec->description, text);
	spec->memory_max = vm->memory_static_max;
	spec->memory = vm->memory_dynamic_max;
	spec->vcpus_max = (int)vm->vcpus_max;
	spec->vcpus = (int)vm->vcpus_at_startup;
	action_to(&spec->on_poweroff, exit_words, vm->actions_after_shutdown);
	action_to(&spec->on_reboot, exit_words, vm->actions_after_reboot);
	action_to(&spec->on_crash, crash_words, vm->actions_after_crash);
	boot_to(vm, spec);
	/* Sets the firmware; libvirt itself chooses the loader and the variables file for UEFI. */
	const char *word = map_get(&vm->hvm_boot_params, "firmware");

	if (str_eq(word, "uefi") && !str_eq(spec->firmware, "efi")) {
		str_replace(&spec->firmware, "efi");
	} else if (str_eq(word, "bios") && str_eq(spec->firmware, "efi")) {
		free(TAKE(spec->firmware));
		free(TAKE(spec->loader));
		free(TAKE(spec->nvram));
		free(TAKE(spec->varstore));
	}
	feature_to(vm, "acpi", &spec->acpi);
	feature_to(vm, "apic", &spec->apic);
	feature_to(vm, "pae", &spec->pae);
	feature_to(vm, "viridian", &spec->hyperv);
	/* The number of cores per socket in an imported record may not divide the number of VCPUs. */
	spec->cores = cores && spec->vcpus_max % cores == 0 ? cores : 0;
	timeoffset_to(vm, spec);
	spec->autostart = vm_autostarts(vm);
	str_replace(&spec->store, store_uuid);
}
