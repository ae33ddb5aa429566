/* SPDX-License-Identifier: MIT */
/* The group facts, the way in, and groups that a hypervisor lacks. */
#include "tests/conformance/guest.h"

#include <ctype.h>
#include <string.h>

#include "backends/hv/hv_ops.h"
#include "objects/base/uuid.h"

/* ---- the way in --------------------------------------------------------------------------------- */

/* Without a socket of its own, libvirt would ask the machine's daemon about the driver. */
static void a_place_without_hypervisor_is_unreachable(struct world *w)
{
	static const char nowhere[] = "nowhere+unix:///none?socket=/nonexistent/socket";
	struct hv *h = NULL;

	IS(hv_open(&h, w->host->ops, nowhere, &w->err) == -1);
	IS(w->err.code == VXE_HYPERVISOR_UNREACHABLE && !h);
	IS(str_eq(w->err.params[0], nowhere));
	error_clear(&w->err);
}

static void connections_share_a_hypervisor(struct world *w)
{
	_cleanup_free_ char *uuid = NULL;
	struct hv *second = NULL;

	DO(hv_open(&second, w->host->ops, w->host->uri, &w->err));
	define(w, "disk", "");
	DO(hv_find_name(second, w->name, &uuid, &w->err));
	IS(str_eq(uuid, w->uuid));
	DO(hv_undefine(second, w->uuid, HV_UNDEFINE_KEEP_STATE, &w->err));
	hv_close(second);
	IS(state_of(w) == HV_SHUTOFF);
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	DO(hv_find(w->h, w->uuid, &d, &w->err));
	IS(!d.uuid);
}

static void a_domain_that_went_behind_is_an_error(struct world *w)
{
	_cleanup_free_ char *xml = NULL;
	struct hv_domains all = { 0 };
	struct hv *second = NULL;

	DO(hv_open(&second, w->host->ops, w->host->uri, &w->err));
	define(w, "disk", "");
	DO(hv_list(w->h, &all, &w->err));
	hv_domains_clear(&all);
	DO(hv_undefine(second, w->uuid, HV_UNDEFINE_KEEP_STATE, &w->err));
	hv_close(second);
	IS(hv_xml(w->h, w->uuid, HV_XML_LIVE, &xml, &w->err) == -1 && !xml);
	IS(hv_has_gone(w->h, w->uuid, &w->err) && w->err.code == VXE_OK);
	REFUSED("start", hv_start(w->h, w->uuid, 0, &w->err));
	DO(hv_destroy(w->h, w->uuid, &w->err));
	DO(hv_undefine(w->h, w->uuid, HV_UNDEFINE_KEEP_STATE, &w->err));
}

static void calls_of_an_absent_group_fail_and_its_lists_are_empty(struct world *w)
{
	struct hv_ops less = *w->host->ops;
	struct hv_networks networks = { 0 };
	struct hv_pools pools = { 0 };
	struct hv_job *job = NULL;
	struct hv *h = NULL;

	less.job = NULL, less.device = NULL, less.pool = NULL, less.network = NULL;
	DO(hv_open(&h, &less, w->host->uri, &w->err));
	define(w, "disk", "");
	REFUSED("save_start", hv_save_start(h, w->uuid, "/nowhere", 0, &job, &w->err));
	REFUSED("detach_disk", hv_detach_disk(h, w->uuid, "vda", &w->err));
	REFUSED("pool_stop", hv_pool_stop(h, w->name, true, &w->err));
	REFUSED("network_undefine", hv_network_undefine(h, w->uuid, &w->err));
	DO(hv_networks(h, &networks, &w->err));
	IS(networks.unknown && !networks.n);
	DO(hv_pools(h, &pools, &w->err));
	IS(!pools.n && !job);
	hv_close(h);
}

/* ---- facts -------------------------------------------------------------------------------------- */

static void the_host_has_a_uuid_and_a_driver(struct world *w)
{
	struct hv_host first = { 0 }, second = { 0 };

	DO(hv_host(w->h, &first, &w->err));
	DO(hv_host(w->h, &second, &w->err));
	IS(uuid_is_valid(first.uuid) && str_eq(first.uuid, second.uuid));
	IS(str_eq(first.driver, "QEMU"));
	make_file(w, "here", "no memory image");
	_cleanup_free_ char *here = path_of(w, "here"), *nowhere = path_of(w, "nowhere");
	bool seen = false;

	DO(hv_sees(w->h, here, &seen, &w->err));
	IS(seen);
	DO(hv_sees(w->h, nowhere, &seen, &w->err));
	IS(!seen);
	hv_host_clear(&first);
	hv_host_clear(&second);
}

/* "9.0.0" */
static bool is_version(const char *text)
{
	int dots = 0;

	for (const char *c = text; *c; c++) {
		dots += *c == '.';
		if (*c != '.' && !isdigit((unsigned char)*c))
			return false;
	}
	return dots == 2;
}

static void versions_are_three_numbers(struct world *w)
{
	struct hv_versions v = { 0 };

	DO(hv_versions(w->h, &v, &w->err));
	IS(str_eq(v.driver, "QEMU") && is_version(v.library) && is_version(v.hypervisor));
	hv_versions_clear(&v);
}

static void a_new_machine_can_be_defined(struct world *w)
{
	_cleanup_free_ char *bare = NULL, *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL, *made = NULL;

	DO(hv_new_machine(w->h, &bare, &w->err));
	DO(spec_read(bare, &spec, &w->err));
	IS(!spec->name && !spec->uuid && !spec->n_disks && !spec->n_nics);
	IS(spec->arch && spec->machine && spec->type);
	IS(spec->acpi && str_eq(spec->on_poweroff, "destroy"));
	IS(spec->n_consoles == 2);
	spec->name = xstrdup(w->name);
	spec->uuid = xstrdup(w->uuid);
	spec->memory = spec->memory_max = MEMORY;
	DO(spec_patch(bare, spec, &xml, &w->err));
	DO(hv_define(w->h, xml, &w->err));
	made = spec_of(w, HV_XML_INACTIVE);
	IS(made->memory_max == MEMORY && str_eq(made->arch, spec->arch));
}

static void a_machine_type_that_is_gone_is_told(struct world *w)
{
	_cleanup_free_ char *bare = NULL, *xml = NULL, *none = NULL, *gone = NULL, *newest = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;

	DO(hv_new_machine(w->h, &bare, &w->err));
	DO(hv_machine_gone(w->h, bare, &none, &newest, &w->err));
	IS(!none && !newest);
	DO(spec_read(bare, &spec, &w->err));
	str_replace(&spec->machine, "gone");
	DO(spec_patch(bare, spec, &xml, &w->err));
	DO(hv_machine_gone(w->h, xml, &gone, &newest, &w->err));
	IS(str_eq(gone, "gone"));
	IS(!str_is_empty(newest));
}

#define DEVICES                                                                                    \
	"<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>"                    \
	"<interface type='user'><mac address='" MAC "'/><model type='e1000'/></interface>"

static void stats_tell_of_active_domains_alone(struct world *w)
{
	struct hv_stats all = { 0 };

	make_disk(w, "disk");
	define(w, "disk", DEVICES);
	DO(hv_stats(w->h, NULL, &all, &w->err));
	IS(!hv_stats_find(&all, w->uuid));
	hv_stats_clear(&all);

	DO(hv_start(w->h, w->uuid, 0, &w->err));
	DO(hv_stats(w->h, NULL, &all, &w->err));
	const struct hv_stat *s = hv_stats_find(&all, w->uuid);
	IS(s && s->memory == MEMORY && s->memory_free == -1);
	IS(s->vcpus == 1 && s->vcpu_ns[0] >= 0);
	IS(s->n_disks == 2 && str_eq(s->disks[0].name, "vda") && str_eq(s->disks[1].name, "hdc"));
	IS(s->disks[0].in >= 0 && s->disks[0].out >= 0);
	IS(s->n_nics == 1);
	for (size_t i = 1; i < all.n; i++)
		IS(strcmp(all.items[i - 1].uuid, all.items[i].uuid) < 0);
	hv_stats_clear(&all);
}

static void stats_can_be_those_of_one_domain(struct world *w)
{
	struct hv_stats one = { 0 };

	make_disk(w, "disk");
	define(w, "disk", DEVICES);
	DO(hv_stats(w->h, w->uuid, &one, &w->err));
	IS(!one.n);
	hv_stats_clear(&one);
	DO(hv_stats(w->h, "00000000-0000-4000-8000-00000000dead", &one, &w->err));
	IS(!one.n);
	hv_stats_clear(&one);
	DO(hv_start(w->h, w->uuid, 0, &w->err));
	DO(hv_stats(w->h, w->uuid, &one, &w->err));
	IS(one.n == 1 && str_eq(one.items[0].uuid, w->uuid) && one.items[0].memory == MEMORY);
	hv_stats_clear(&one);
}

static void a_guest_without_an_agent_says_nothing(struct world *w)
{
	struct hv_guest g = { 0 };

	DO(hv_guest(w->h, w->uuid, &g, &w->err));
	IS(!g.present && str_eq(g.hostname, "") && !g.os.n && !g.n_addresses);
	hv_guest_clear(&g);
	define(w, "disk", DEVICES);
	DO(hv_guest(w->h, w->uuid, &g, &w->err));
	IS(!g.present && str_eq(g.hostname, "") && !g.os.n && !g.n_addresses);
	hv_guest_clear(&g);
	make_disk(w, "disk");
	DO(hv_start(w->h, w->uuid, HV_STAY_PAUSED, &w->err));
	DO(hv_guest(w->h, w->uuid, &g, &w->err));
	IS(!g.present && str_eq(g.hostname, "") && !g.os.n && !g.n_addresses);
	hv_guest_clear(&g);
}

const struct conformance_case facts_cases[] = {
	CASE(a_place_without_hypervisor_is_unreachable),
	CASE(connections_share_a_hypervisor),
	CASE(a_domain_that_went_behind_is_an_error),
	CASE(calls_of_an_absent_group_fail_and_its_lists_are_empty),
	CASE(the_host_has_a_uuid_and_a_driver),
	CASE(versions_are_three_numbers),
	CASE(a_new_machine_can_be_defined),
	CASE(a_machine_type_that_is_gone_is_told),
	CASE(stats_tell_of_active_domains_alone),
	CASE(stats_can_be_those_of_one_domain),
	CASE(a_guest_without_an_agent_says_nothing),
	{ 0 },
};
