/* SPDX-License-Identifier: MIT */
/* The group network. Where libvirt may make no bridges, a network is defined and does not start. */
#include "tests/conformance/guest.h"

#include <string.h>

#include "objects/base/uuid.h"

static bool network_is(struct world *w, const char *uuid, bool there, bool active)
{
	struct hv_networks all = { 0 };
	bool found = false, up = false;

	DO(hv_networks(w->h, &all, &w->err));
	IS(!all.unknown);
	for (size_t i = 0; i < all.n; i++) {
		if (!str_eq(all.items[i].uuid, uuid))
			continue;
		IS(!found && str_starts(all.items[i].name, w->name));
		IS(!str_is_empty(all.items[i].bridge));
		found = true;
		up = all.items[i].active;
	}
	hv_networks_clear(&all);
	return found == there && up == active;
}

static void make_network(struct world *w, const struct hv_network *net)
{
	if (w->host->bridges)
		DO(hv_network_define(w->h, net, &w->err));
	else
		REFUSED("start network", hv_network_define(w->h, net, &w->err));
}

static void a_network_is_defined_and_runs(struct world *w)
{
	struct hv_network net = {
		.uuid = w->uuid, .name = w->name, .bridge = (char[]){ "vxe-conf0" }
	};

	IS(network_is(w, w->uuid, false, false));
	make_network(w, &net);
	make_network(w, &net);
	IS(network_is(w, w->uuid, true, w->host->bridges));
	DO(hv_network_undefine(w->h, w->uuid, &w->err));
	DO(hv_network_undefine(w->h, w->uuid, &w->err));
	IS(network_is(w, w->uuid, false, false));
}

static void a_network_without_a_bridge_gets_one(struct world *w)
{
	struct hv_network net = { .uuid = w->uuid, .name = w->name };

	make_network(w, &net);
	IS(network_is(w, w->uuid, true, w->host->bridges));
	DO(hv_network_undefine(w->h, w->uuid, &w->err));
}

static void network_names_are_unique(struct world *w)
{
	_cleanup_free_ char *other = uuid_new();
	struct hv_network net = {
		.uuid = w->uuid, .name = w->name, .bridge = (char[]){ "vxe-conf1" }
	};

	make_network(w, &net);
	net.uuid = other;
	net.bridge = (char[]){ "vxe-conf2" };
	REFUSED("define network", hv_network_define(w->h, &net, &w->err));
	IS(network_is(w, other, false, false));
	DO(hv_network_undefine(w->h, w->uuid, &w->err));
}

#define CARD                                                                                       \
	"<interface type='network'><mac address='" MAC "'/><source network='%s'/>"                 \
	"<model type='e1000'/></interface>"

/* Its card leads to a network that must be there and be up; then the card can be moved. */
static void a_guest_runs_on_a_network_that_is_up(struct world *w)
{
	_cleanup_free_ char *card = xasprintf(CARD, w->name), *other = uuid_new();
	_cleanup_free_ char *name = xasprintf("%sb", w->name), *uuid = uuid_new();
	struct hv_network net = {
		.uuid = uuid, .name = w->name, .bridge = (char[]){ "vxe-conf3" }
	};
	struct hv_network second = {
		.uuid = other, .name = name, .bridge = (char[]){ "vxe-conf4" }
	};
	const struct spec_nic to = { .type = (char[]){ "network" }, .source = name };

	make_disk(w, "disk");
	define(w, "disk", card);
	REFUSED("start", hv_start(w->h, w->uuid, HV_STAY_PAUSED, &w->err));
	make_network(w, &net);
	make_network(w, &second);
	if (w->host->bridges) {
		DO(hv_start(w->h, w->uuid, HV_STAY_PAUSED, &w->err));
		DO(hv_update_nic(w->h, w->uuid, MAC, &to, &w->err));
		_cleanup_spec_ struct domain_spec *live = spec_of(w, HV_XML_LIVE);
		_cleanup_spec_ struct domain_spec *inactive = spec_of(w, HV_XML_INACTIVE);
		IS(str_eq(spec_find_nic(live, MAC)->source, name));
		IS(str_eq(spec_find_nic(inactive, MAC)->source, w->name));
		DO(hv_destroy(w->h, w->uuid, &w->err));
	} else {
		REFUSED("start", hv_start(w->h, w->uuid, HV_STAY_PAUSED, &w->err));
	}
	DO(hv_network_undefine(w->h, uuid, &w->err));
	DO(hv_network_undefine(w->h, other, &w->err));
	IS(state_of(w) == HV_SHUTOFF);
}

const struct conformance_case network_cases[] = {
	CASE(a_network_is_defined_and_runs),
	CASE(a_network_without_a_bridge_gets_one),
	CASE(network_names_are_unique),
	CASE(a_guest_runs_on_a_network_that_is_up),
	{ 0 },
};
