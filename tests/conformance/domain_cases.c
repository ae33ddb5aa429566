/* SPDX-License-Identifier: MIT */
/* The group domain: definitions, life cycle, states. */
#include "tests/conformance/guest.h"

#include <ctype.h>
#include <string.h>

#include "objects/base/clock.h"
#include "objects/base/uuid.h"

#define BUTTON_MS 200000
#define BUTTON_STEP_MS 100

/* ---- definitions -------------------------------------------------------------------------------- */

static bool is_by_user(struct world *w)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };

	return hv_find(w->h, w->uuid, &d, &w->err) == 0 && d.by_user;
}

static void a_definition_comes_and_goes(struct world *w)
{
	_cleanup_hv_domain_ struct hv_domain none = { 0 }, d = { 0 }, same = { 0 };
	_cleanup_free_ char *uuid = NULL, *upper = xstrdup(w->uuid);
	struct hv_domains all = { 0 };
	bool up = true;

	DO(hv_find(w->h, w->uuid, &none, &w->err));
	DO(hv_find_name(w->h, w->name, &uuid, &w->err));
	IS(!none.uuid && !uuid);
	define(w, "disk", "");
	DO(hv_find(w->h, w->uuid, &d, &w->err));
	IS(str_eq(d.uuid, w->uuid) && str_eq(d.name, w->name));
	IS(d.state == HV_SHUTOFF && d.persistent && d.id == -1);
	DO(hv_find_name(w->h, w->name, &uuid, &w->err));
	IS(str_eq(uuid, w->uuid));
	for (char *c = upper; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	DO(hv_find(w->h, upper, &same, &w->err));
	IS(str_eq(same.uuid, w->uuid));
	DO(hv_is_up(w->h, w->uuid, &up, &w->err));
	IS(!up);

	DO(hv_list(w->h, &all, &w->err));
	const struct hv_domain *listed = hv_domains_find(&all, w->uuid);
	IS(listed && str_eq(listed->name, w->name) && listed->state == HV_SHUTOFF);
	IS(listed->persistent && listed->id == -1);
	for (size_t i = 1; i < all.n; i++)
		IS(strcmp(all.items[i - 1].uuid, all.items[i].uuid) < 0);
	hv_domains_clear(&all);

	DO(hv_undefine(w->h, w->uuid, HV_UNDEFINE_KEEP_STATE, &w->err));
	DO(hv_undefine(w->h, w->uuid, HV_UNDEFINE_DROP_STATE, &w->err));
	hv_domain_clear(&d);
	DO(hv_find(w->h, w->uuid, &d, &w->err));
	IS(!d.uuid);
}

static void a_halted_domain_has_one_xml(struct world *w)
{
	_cleanup_free_ char *live = NULL, *inactive = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;

	define(w, "disk", "");
	DO(hv_xml(w->h, w->uuid, HV_XML_LIVE, &live, &w->err));
	DO(hv_xml(w->h, w->uuid, HV_XML_INACTIVE, &inactive, &w->err));
	IS(str_eq(live, inactive));
	DO(spec_read(live, &spec, &w->err));
	IS(str_eq(spec->name, w->name) && str_eq(spec->uuid, w->uuid));
	IS(spec->memory == MEMORY && spec->vcpus == 1 && spec->vcpus_max == 2);
	IS(is_on(w, "vda", "disk", "disk"));
}

static void a_definition_is_replaced(struct world *w)
{
	_cleanup_free_ char *xml = xml_of(w, w->uuid, "", "other", "");

	define(w, "disk", "");
	DO(hv_set_autostart(w->h, w->uuid, true, &w->err));
	DO(hv_define(w->h, xml, &w->err));
	IS(is_on(w, "vda", "other", "other"));
	bool on = false;
	DO(hv_autostart(w->h, w->uuid, &on, &w->err));
	IS(on);
}

static void names_and_uuids_are_unique(struct world *w)
{
	_cleanup_free_ char *other = uuid_new();
	_cleanup_free_ char *same_name = xml_of(w, other, "", "other", "");
	_cleanup_free_ char *same_uuid = xml_of(w, w->uuid, "b", "other", "");

	define(w, "disk", "");
	REFUSED("define", hv_define(w->h, same_name, &w->err));
	REFUSED("define", hv_define(w->h, same_uuid, &w->err));
	IS(is_on(w, "vda", "disk", "disk"));
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	DO(hv_find(w->h, other, &d, &w->err));
	IS(!d.uuid);
}

static void no_domain_comes_of_a_bad_document(struct world *w)
{
	_cleanup_free_ char *nameless = xasprintf("<domain type='qemu'><uuid>%s</uuid>"
						  "<memory>65536</memory><os><type>hvm</type></os>"
						  "</domain>",
		w->uuid);

	REFUSED("define", hv_define(w->h, "", &w->err));
	REFUSED("define", hv_define(w->h, "<domain", &w->err));
	REFUSED("define", hv_define(w->h, "<network/>", &w->err));
	REFUSED("define", hv_define(w->h, nameless, &w->err));
}

/* Whether the hypervisor has a domain whose UUID begins with the first @n digits of the world's. */
static bool is_begun(struct world *w, size_t n)
{
	_cleanup_free_ char *digits = xstrndup(w->uuid, n);
	_cleanup_strv_ struct strv found = { 0 };

	DO(hv_begun(w->h, digits, &found, &w->err));
	for (size_t i = 0; i < found.n; i++)
		IS(str_starts(found.items[i], digits));
	return strv_has(&found, w->uuid);
}

static void the_first_digits_find_a_domain(struct world *w)
{
	IS(!is_begun(w, 8));
	define(w, "disk", "");
	IS(is_begun(w, 8) && is_begun(w, 13) && is_begun(w, 36));
}

static void a_definition_without_a_uuid_gets_one(struct world *w)
{
	_cleanup_free_ char *xml = xml_of(w, w->uuid, "", "disk", ""), *uuid = NULL;
	char *from = strstr(xml, "<uuid>"), *to = strstr(xml, "<memory");

	memmove(from, to, strlen(to) + 1);
	DO(hv_define(w->h, xml, &w->err));
	DO(hv_find_name(w->h, w->name, &uuid, &w->err));
	IS(uuid_is_valid(uuid));
	str_replace(&w->uuid, uuid);
	_cleanup_spec_ struct domain_spec *spec = spec_of(w, HV_XML_INACTIVE);
	IS(str_eq(spec->uuid, uuid));
}

static void state_goes_with_a_definition_or_stays(struct world *w)
{
	_cleanup_free_ char *nvram = path_of(w, "nvram");
	_cleanup_free_ char *plain = xml_of(w, w->uuid, "", "disk", "");
	const char *end = strstr(plain, "</os>");
	_cleanup_free_ char *xml = xasprintf(
		"%.*s<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader>"
		"<nvram>%s</nvram>%s",
		(int)(end - plain), plain, nvram, end);

	make_file(w, "nvram", "variables");
	DO(hv_define(w->h, xml, &w->err));
	DO(hv_undefine(w->h, w->uuid, HV_UNDEFINE_KEEP_STATE, &w->err));
	IS(file_exists(nvram));
	DO(hv_define(w->h, xml, &w->err));
	DO(hv_undefine(w->h, w->uuid, HV_UNDEFINE_DROP_STATE, &w->err));
	IS(!file_exists(nvram));
	DO(hv_define(w->h, xml, &w->err));
	DO(hv_undefine(w->h, w->uuid, HV_UNDEFINE_DROP_STATE, &w->err));
}

static void autostart_is_of_a_definition(struct world *w)
{
	bool on = true;

	define(w, "disk", "");
	DO(hv_autostart(w->h, w->uuid, &on, &w->err));
	IS(!on);
	DO(hv_set_autostart(w->h, w->uuid, true, &w->err));
	DO(hv_set_autostart(w->h, w->uuid, true, &w->err));
	DO(hv_autostart(w->h, w->uuid, &on, &w->err));
	IS(on);
	DO(hv_set_autostart(w->h, w->uuid, false, &w->err));
	DO(hv_autostart(w->h, w->uuid, &on, &w->err));
	IS(!on);
	DO(hv_set_autostart(w->h, w->uuid, true, &w->err));
	DO(hv_undefine(w->h, w->uuid, HV_UNDEFINE_KEEP_STATE, &w->err));
	define(w, "disk", "");
	DO(hv_autostart(w->h, w->uuid, &on, &w->err));
	IS(!on);
}

static void count_listed(struct world *w, int *active, int *inactive)
{
	_cleanup_(hv_domains_clear) struct hv_domains all = { 0 };

	*active = *inactive = 0;
	DO(hv_list(w->h, &all, &w->err));
	for (size_t i = 0; i < all.n; i++)
		++*(hv_is_active(all.items[i].state) ? active : inactive);
}

/* The counts are those of the list; domains of other programs may come and go meanwhile. */
static void counts_are_right(struct world *w)
{
	int before[2], counted[2], after[2];
	bool agree = false;

	for (int i = 0; i < 100 && !agree; i++) {
		count_listed(w, &before[0], &before[1]);
		DO(hv_count(w->h, &counted[0], &counted[1], &w->err));
		count_listed(w, &after[0], &after[1]);
		agree = !memcmp(before, counted, sizeof(before)) &&
			!memcmp(after, counted, sizeof(after));
	}
	IS(agree);
}

static void domains_are_counted(struct world *w)
{
	counts_are_right(w);
	make_disk(w, "disk");
	define(w, "disk", "");
	counts_are_right(w);
	DO(hv_start(w->h, w->uuid, HV_STAY_PAUSED, &w->err));
	counts_are_right(w);
	DO(hv_undefine(w->h, w->uuid, HV_UNDEFINE_KEEP_STATE, &w->err));
	counts_are_right(w);
	DO(hv_destroy(w->h, w->uuid, &w->err));
	counts_are_right(w);
}

/* ---- what a domain refuses ---------------------------------------------------------------------- */

static void an_unknown_uuid_is_an_error_or_nothing(struct world *w)
{
	_cleanup_strv_ struct strv files = { 0 };
	_cleanup_free_ char *xml = NULL;
	bool flag;
	int n;

	REFUSED("xml", hv_xml(w->h, w->uuid, HV_XML_INACTIVE, &xml, &w->err));
	REFUSED("start", hv_start(w->h, w->uuid, 0, &w->err));
	REFUSED("shutdown", hv_shutdown(w->h, w->uuid, &w->err));
	REFUSED("pause", hv_pause(w->h, w->uuid, &w->err));
	REFUSED("unpause", hv_unpause(w->h, w->uuid, &w->err));
	REFUSED("autostart", hv_autostart(w->h, w->uuid, &flag, &w->err));
	REFUSED("autostart", hv_set_autostart(w->h, w->uuid, true, &w->err));
	REFUSED("managed save", hv_managed_save(w->h, w->uuid, &flag, &w->err));
	REFUSED("snapshots", hv_own_snapshots(w->h, w->uuid, &n, &w->err));
	REFUSED("ask QEMU for its disks", hv_disk_files(w->h, w->uuid, &files, &w->err));
	REFUSED("ask QEMU for its disks", hv_close_file(w->h, w->uuid, "/none", &w->err));
	REFUSED("set memory", hv_set_memory(w->h, w->uuid, MEMORY, &w->err));
	REFUSED("set VCPUs", hv_set_vcpus(w->h, w->uuid, 1, &w->err));
	DO(hv_destroy(w->h, w->uuid, &w->err));
	DO(hv_undefine(w->h, w->uuid, HV_UNDEFINE_KEEP_STATE, &w->err));
	DO(hv_managed_drop(w->h, w->uuid, &w->err));
	DO(hv_settle(w->h, w->uuid, NULL, 1000, &w->err));
	DO(hv_is_up(w->h, w->uuid, &flag, &w->err));
	IS(!flag && !files.n);
}

static void a_halted_domain_refuses_what_takes_a_guest(struct world *w)
{
	_cleanup_strv_ struct strv files = { 0 }, all_saved = { 0 };
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	_cleanup_free_ char *xml = NULL;
	bool saved = true;
	int n = 1;

	define(w, "disk", "");
	REFUSED("shutdown", hv_shutdown(w->h, w->uuid, &w->err));
	REFUSED("pause", hv_pause(w->h, w->uuid, &w->err));
	REFUSED("unpause", hv_unpause(w->h, w->uuid, &w->err));
	REFUSED("ask QEMU for its disks", hv_close_file(w->h, w->uuid, "/none", &w->err));
	REFUSED("set memory", hv_set_memory(w->h, w->uuid, MEMORY, &w->err));
	REFUSED("set VCPUs", hv_set_vcpus(w->h, w->uuid, 1, &w->err));
	DO(hv_destroy(w->h, w->uuid, &w->err));
	DO(hv_settle(w->h, w->uuid, NULL, 1000, &w->err));
	DO(hv_disk_files(w->h, w->uuid, &files, &w->err));
	DO(hv_managed_save(w->h, w->uuid, &saved, &w->err));
	REFUSED("xml", hv_xml(w->h, w->uuid, HV_XML_SAVED, &xml, &w->err));
	DO(hv_managed_drop(w->h, w->uuid, &w->err));
	DO(hv_find(w->h, w->uuid, &d, &w->err));
	IS(!xml && !d.saved);
	DO(hv_saved(w->h, &all_saved, &w->err));
	IS(!strv_has(&all_saved, w->uuid));
	DO(hv_own_snapshots(w->h, w->uuid, &n, &w->err));
	IS(!files.n && !saved && !n && state_of(w) == HV_SHUTOFF);
}

static void a_start_wants_every_file_of_the_chain(struct world *w)
{
	_cleanup_free_ char *base = path_of(w, "disk"), *away = path_of(w, "away");

	define(w, "top", "");
	REFUSED("start", hv_start(w->h, w->uuid, 0, &w->err));
	make_disk(w, "disk");
	make_overlay(w, "top", "disk");
	IS(rename(base, away) == 0);
	REFUSED("start", hv_start(w->h, w->uuid, 0, &w->err));
	IS(state_of(w) == HV_SHUTOFF);
	IS(rename(away, base) == 0);
	DO(hv_start(w->h, w->uuid, 0, &w->err));
}

/* ---- life cycle --------------------------------------------------------------------------------- */

static void a_domain_runs_pauses_and_stops(struct world *w)
{
	_cleanup_free_ char *disk = path_of(w, "disk");
	_cleanup_strv_ struct strv files = { 0 };
	struct hv_domains all = { 0 };
	enum hv_freeze freeze;
	bool up = false;

	run_guest(w, "");
	DO(hv_list(w->h, &all, &w->err));
	const struct hv_domain *d = hv_domains_find(&all, w->uuid);
	IS(d && d->state == HV_RUNNING && d->id > 0 && d->persistent);
	hv_domains_clear(&all);
	DO(hv_is_up(w->h, w->uuid, &up, &w->err));
	IS(up);
	REFUSED("start", hv_start(w->h, w->uuid, 0, &w->err));
	DO(hv_unpause(w->h, w->uuid, &w->err));
	IS(state_of(w) == HV_RUNNING);
	DO(hv_disk_files(w->h, w->uuid, &files, &w->err));
	IS(files.n == 1 && str_eq(files.items[0], disk));
	DO(hv_close_file(w->h, w->uuid, "/none", &w->err));
	DO(hv_settle(w->h, w->uuid, NULL, 10000, &w->err));
	DO(hv_check_free(w->h, w->uuid, "vda", &w->err));
	DO(hv_frozen(w->h, w->uuid, false, &freeze, &w->err));
	IS(freeze == HV_FREEZE_UNKNOWN && state_of(w) == HV_RUNNING);
	DO(hv_frozen(w->h, w->uuid, true, &freeze, &w->err));
	IS(freeze == HV_FREEZE_UNKNOWN);

	DO(hv_pause(w->h, w->uuid, &w->err));
	DO(hv_pause(w->h, w->uuid, &w->err));
	IS(state_of(w) == HV_PAUSED && is_by_user(w));
	REFUSED("start", hv_start(w->h, w->uuid, 0, &w->err));
	DO(hv_unpause(w->h, w->uuid, &w->err));
	IS(state_of(w) == HV_RUNNING);
	DO(hv_destroy(w->h, w->uuid, &w->err));
	DO(hv_destroy(w->h, w->uuid, &w->err));
	_cleanup_hv_domain_ struct hv_domain off = { 0 };
	DO(hv_find(w->h, w->uuid, &off, &w->err));
	IS(off.state == HV_SHUTOFF && off.id == -1 && off.persistent);
}

static void a_domain_starts_paused(struct world *w)
{
	make_disk(w, "disk");
	define(w, "disk", "");
	DO(hv_start(w->h, w->uuid, HV_STAY_PAUSED, &w->err));
	IS(state_of(w) == HV_PAUSED);
	REFUSED("start", hv_start(w->h, w->uuid, HV_STAY_PAUSED, &w->err));
	DO(hv_unpause(w->h, w->uuid, &w->err));
	IS(state_of(w) == HV_RUNNING);
	DO(hv_pause(w->h, w->uuid, &w->err));
	DO(hv_destroy(w->h, w->uuid, &w->err));
	IS(state_of(w) == HV_SHUTOFF);
}

/* A guest that does not run yet has not heard the button. */
static void the_button_turns_a_guest_off(struct world *w)
{
	int64_t end = clock_ms() + BUTTON_MS;

	run_guest(w, "");
	DO(hv_shutdown(w->h, w->uuid, &w->err));
	while (state_of(w) != HV_SHUTOFF && clock_ms() < end) {
		clock_sleep_ms(BUTTON_STEP_MS);
		if (hv_shutdown(w->h, w->uuid, &w->err) < 0)
			error_clear(&w->err); /* it is on its way, or off by now */
	}
	IS(state_of(w) == HV_SHUTOFF);
	REFUSED("shutdown", hv_shutdown(w->h, w->uuid, &w->err));
}

/* Whether the case's guest has rebooted since the last call. @comes: waits for it. */
static bool is_reboot_heard(struct world *w, struct hv *h, bool comes)
{
	int64_t end = clock_ms() + (comes ? BUTTON_MS : BUTTON_STEP_MS);
	bool is_heard = false;

	while (!is_heard && clock_ms() < end) {
		_cleanup_strv_ struct strv heard = { 0 };

		DO(hv_reboots(h, &heard, &w->err));
		is_heard = strv_has(&heard, w->uuid);
	}
	return is_heard;
}

/*
 * On all connections. A start, also of a guest that was destroyed, is no reboot; one reset may be two, as SeaBIOS resets the
 * machine once more.
 */
static void who_listens_hears_of_reboots(struct world *w)
{
	struct hv *second = NULL;

	DO(hv_open(&second, w->host->ops, w->host->uri, &w->err));
	IS(!is_reboot_heard(w, w->h, false) && !is_reboot_heard(w, second, false));
	run_guest(w, "");
	DO(hv_destroy(w->h, w->uuid, &w->err));
	DO(hv_start(w->h, w->uuid, 0, &w->err));
	IS(!is_reboot_heard(w, w->h, false));
	IS(w->host->reset(w->host->uri, w->uuid));
	IS(is_reboot_heard(w, w->h, true) && is_reboot_heard(w, second, true));
	hv_close(second);
}

static void a_definition_made_meanwhile_is_for_the_next_start(struct world *w)
{
	_cleanup_free_ char *xml = xml_of(w, w->uuid, "", "other", "");

	run_guest(w, "");
	DO(hv_define(w->h, xml, &w->err));
	IS(is_on(w, "vda", "disk", "other"));
	IS(state_of(w) == HV_RUNNING);
	DO(hv_destroy(w->h, w->uuid, &w->err));
	IS(is_on(w, "vda", "other", "other"));
}

static void a_domain_that_loses_its_definition_runs_on(struct world *w)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 }, again = { 0 }, gone = { 0 };
	_cleanup_(hv_domains_clear) struct hv_domains all = { 0 };
	bool on = true;

	run_guest(w, "");
	DO(hv_set_autostart(w->h, w->uuid, true, &w->err));
	DO(hv_undefine(w->h, w->uuid, HV_UNDEFINE_KEEP_STATE, &w->err));
	DO(hv_find(w->h, w->uuid, &d, &w->err));
	IS(d.uuid && d.state == HV_RUNNING && !d.persistent);
	DO(hv_list(w->h, &all, &w->err));
	IS(hv_domains_find(&all, w->uuid) && !hv_domains_find(&all, w->uuid)->persistent);
	IS(is_on(w, "vda", "disk", "disk"));
	DO(hv_autostart(w->h, w->uuid, &on, &w->err));
	IS(!on);
	REFUSED("autostart", hv_set_autostart(w->h, w->uuid, true, &w->err));
	REFUSED("undefine", hv_undefine(w->h, w->uuid, HV_UNDEFINE_KEEP_STATE, &w->err));
	DO(hv_settle(w->h, w->uuid, NULL, 10000, &w->err));
	define(w, "other", "");
	DO(hv_find(w->h, w->uuid, &again, &w->err));
	IS(again.persistent && again.state == HV_RUNNING && again.id == d.id);
	IS(is_on(w, "vda", "disk", "other"));
	DO(hv_undefine(w->h, w->uuid, HV_UNDEFINE_KEEP_STATE, &w->err));
	DO(hv_destroy(w->h, w->uuid, &w->err));
	DO(hv_find(w->h, w->uuid, &gone, &w->err));
	IS(!gone.uuid);
}

/* Of a running domain both, which differ; one that is not there gets none, and is no error. */
static void many_definitions(struct world *w)
{
	_cleanup_(hv_domains_clear) struct hv_domains all = { 0 };
	_cleanup_free_ char *other = uuid_new();
	_cleanup_free_ char *live = NULL, *inactive = NULL;

	run_guest(w, "");
	DO(hv_set_vcpus(w->h, w->uuid, 2, &w->err));
	DO(hv_list(w->h, &all, &w->err));
	struct hv_xml_wish wishes[] = { { w->uuid, HV_XML_INACTIVE, NULL },
		{ w->uuid, HV_XML_SAVED, NULL }, { other, HV_XML_INACTIVE, NULL },
		{ w->uuid, HV_XML_LIVE, NULL } };
	DO(hv_xml_many(w->h, wishes, ARRAY_LEN(wishes), &w->err));
	DO(hv_xml(w->h, w->uuid, HV_XML_INACTIVE, &inactive, &w->err));
	DO(hv_xml(w->h, w->uuid, HV_XML_LIVE, &live, &w->err));
	IS(!str_eq(live, inactive));
	IS(str_eq(wishes[0].xml, inactive) && str_eq(wishes[3].xml, live));
	IS(!wishes[1].xml && !wishes[2].xml);
	for (size_t i = 0; i < ARRAY_LEN(wishes); i++)
		free(wishes[i].xml);
}

static void sizes_change_while_a_domain_runs(struct world *w)
{
	run_guest(w, "");
	DO(hv_set_vcpus(w->h, w->uuid, 2, &w->err));
	REFUSED("set VCPUs", hv_set_vcpus(w->h, w->uuid, 3, &w->err));
	REFUSED("set VCPUs", hv_set_vcpus(w->h, w->uuid, 0, &w->err));
	DO(hv_set_memory(w->h, w->uuid, MEMORY / 2, &w->err));
	REFUSED("set memory", hv_set_memory(w->h, w->uuid, 2 * MEMORY, &w->err));
	_cleanup_spec_ struct domain_spec *live = spec_of(w, HV_XML_LIVE);
	_cleanup_spec_ struct domain_spec *inactive = spec_of(w, HV_XML_INACTIVE);
	IS(live->vcpus == 2 && live->vcpus_max == 2 && live->memory_max == MEMORY);
	IS(inactive->vcpus == 1 && inactive->memory == MEMORY);
}

const struct conformance_case domain_cases[] = {
	CASE(a_definition_comes_and_goes),
	CASE(a_halted_domain_has_one_xml),
	CASE(a_definition_is_replaced),
	CASE(names_and_uuids_are_unique),
	CASE(no_domain_comes_of_a_bad_document),
	CASE(the_first_digits_find_a_domain),
	CASE(a_definition_without_a_uuid_gets_one),
	CASE(state_goes_with_a_definition_or_stays),
	CASE(autostart_is_of_a_definition),
	CASE(domains_are_counted),
	CASE(an_unknown_uuid_is_an_error_or_nothing),
	CASE(a_halted_domain_refuses_what_takes_a_guest),
	CASE(a_start_wants_every_file_of_the_chain),
	CASE(a_domain_runs_pauses_and_stops),
	CASE(a_domain_starts_paused),
	CASE(the_button_turns_a_guest_off),
	CASE(who_listens_hears_of_reboots),
	CASE(a_definition_made_meanwhile_is_for_the_next_start),
	CASE(a_domain_that_loses_its_definition_runs_on),
	CASE(many_definitions),
	CASE(sizes_change_while_a_domain_runs),
	{ 0 },
};
