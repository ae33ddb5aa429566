/* SPDX-License-Identifier: MIT */
/* The host; statistics of running domains by one call; what guest agents tell; changes of memory and VCPUs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "backends/libvirt/xml/domain_xml.h"
#include "backends/libvirt/hv_libvirt_busy.h"
#include "backends/machine/machine.h"

#define AGENT_TIMEOUT_S 2

/* ---- the host --------------------------------------------------------------------------------- */

/*
 * QEMU's user and group. Of libvirt's ways to confine a guest, "dac" says them, "+64055:+64055"; a user's own libvirt does not
 * have it.
 */
static void read_user(const xmlNode *host, struct hv_host *ret)
{
	for (const xmlNode *m = tree_child(host, "secmodel"); m; m = tree_next(m, "secmodel")) {
		_cleanup_free_ char *model = tree_get(m, "model");
		_cleanup_free_ char *label = tree_get(m, "baselabel");
		uint32_t uid, gid;

		if (str_eq(model, "dac") && label &&
			sscanf(label, "+%" SCNu32 ":+%" SCNu32, &uid, &gid) == 2) {
			ret->uid = uid;
			ret->gid = gid;
		}
	}
}

int libvirt_host(struct hv *h, struct hv_host *ret, struct vxe_error *err)
{
	virConnectPtr conn = conn_of(h);
	_cleanup_free_ char *capabilities = virConnectGetCapabilities(conn);
	const char *driver = virConnectGetType(conn);

	if (!capabilities || !driver)
		return libvirt_fail(err, "host");
	_cleanup_doc_ xmlDoc *doc = tree_parse(capabilities, "capabilities", err);

	if (!doc)
		return -1;
	char *uuid = tree_get(tree_root(doc), "host/uuid");

	if (!uuid)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "host", "libvirt names no host UUID");
	*ret = (struct hv_host){ .uuid = uuid, .driver = xstrdup(driver) };
	read_user(tree_find(tree_root(doc), "host"), ret);
	return 0;
}

/* ---- versions -------------------------------------------------------------------------------- */

static char *version_text(unsigned long v)
{
	return xasprintf("%lu.%lu.%lu", v / 1000000, v / 1000 % 1000, v % 1000);
}

int libvirt_versions(struct hv *h, struct hv_versions *ret, struct vxe_error *err)
{
	virConnectPtr conn = conn_of(h);
	unsigned long library, hypervisor;
	const char *driver = virConnectGetType(conn);

	if (!driver || virConnectGetLibVersion(conn, &library) < 0 ||
		virConnectGetVersion(conn, &hypervisor) < 0)
		return libvirt_fail(err, "versions");
	*ret = (struct hv_versions){ .driver = xstrdup(driver),
		.library = version_text(library),
		.hypervisor = version_text(hypervisor) };
	return 0;
}

/* ---- one domain's parameters ----------------------------------------------------------------- */

/* Parameters called "prefix.number.suffix". */
struct params {
	virTypedParameterPtr items;
	int n;
};

static int64_t param_number(const struct params *p, const char *name, int64_t otherwise)
{
	const virTypedParameterPtr v = virTypedParamsGet(p->items, p->n, name);

	if (!v)
		return otherwise;
	switch (v->type) {
	case VIR_TYPED_PARAM_INT:
		return v->value.i;
	case VIR_TYPED_PARAM_UINT:
		return v->value.ui;
	case VIR_TYPED_PARAM_LLONG:
		return v->value.l;
	case VIR_TYPED_PARAM_ULLONG:
		return (int64_t)v->value.ul;
	default:
		return otherwise;
	}
}

static int64_t number_at(
	const struct params *p, const char *prefix, size_t i, const char *suffix, int64_t otherwise)
{
	_cleanup_free_ char *name = xasprintf("%s.%zu.%s", prefix, i, suffix);

	return param_number(p, name, otherwise);
}

static const char *param_text(const struct params *p, const char *name)
{
	const char *value = NULL;

	(void)virTypedParamsGetString(p->items, p->n, name, &value);
	return value;
}

static struct hv_device_stat *devices(
	const struct params *p, const char *prefix, const char *in, const char *out, size_t *n)
{
	_cleanup_free_ char *count = xasprintf("%s.count", prefix);
	int64_t total = param_number(p, count, 0);
	struct hv_device_stat *items = xcalloc((size_t)total + 1, sizeof(*items));

	for (size_t i = 0; i < (size_t)total; i++) {
		_cleanup_free_ char *name = xasprintf("%s.%zu.name", prefix, i);
		const char *device = param_text(p, name);

		items[i].name = xstrdup(device ? device : "");
		items[i].in = number_at(p, prefix, i, in, 0);
		items[i].out = number_at(p, prefix, i, out, 0);
	}
	*n = (size_t)total;
	return items;
}

static int read_stat(virDomainStatsRecordPtr record, struct hv_stat *ret, struct vxe_error *err)
{
	const struct params p = { record->params, record->nparams };
	char uuid[VIR_UUID_STRING_BUFLEN];
	int64_t unused;

	if (virDomainGetUUIDString(record->dom, uuid) < 0)
		return libvirt_fail(err, "stats");
	unused = param_number(&p, "balloon.usable", param_number(&p, "balloon.unused", -1));
	*ret = (struct hv_stat){ .uuid = xstrdup(uuid),
		.memory = param_number(&p, "balloon.current", 0) * 1024,
		.memory_free = unused < 0 ? -1 : unused * 1024 };
	/* Reads times of VCPUs; those that are unplugged have none, so the numbers have gaps. */
	int64_t most = param_number(&p, "vcpu.maximum", 0);

	ret->vcpu_ns = xcalloc((size_t)most + 1, sizeof(*ret->vcpu_ns));
	for (size_t i = 0; i < (size_t)most; i++) {
		int64_t ns = number_at(&p, "vcpu", i, "time", -1);

		if (ns >= 0)
			ret->vcpu_ns[ret->vcpus++] = ns;
	}
	ret->disks = devices(&p, "block", "rd.bytes", "wr.bytes", &ret->n_disks);
	ret->nics = devices(&p, "net", "rx.bytes", "tx.bytes", &ret->n_nics);
	return 0;
}

static int by_uuid(const void *a, const void *b)
{
	return strcmp(((const struct hv_stat *)a)->uuid, ((const struct hv_stat *)b)->uuid);
}

/* Returns the number of records; 0: there is no such domain, or it is not active. */
static int ask_stats_of(struct hv *h, const char *uuid, unsigned kinds, unsigned flags,
	virDomainStatsRecordPtr **records)
{
	virDomainPtr asked[] = { virDomainLookupByUUIDString(conn_of(h), uuid), NULL };

	if (!asked[0])
		return libvirt_last_error_is(VIR_ERR_NO_DOMAIN) ? 0 : -1;
	int n = virDomainListGetStats(asked, kinds, records, flags);

	(void)virDomainFree(asked[0]);
	return n;
}

/*
 * Reads the statistics of active domains. With VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT a domain that is busy
 * with a job gives less data, and does not hold up the others.
 */
int libvirt_stats(struct hv *h, const char *uuid, struct hv_stats *ret, struct vxe_error *err)
{
	const unsigned kinds = VIR_DOMAIN_STATS_BALLOON | VIR_DOMAIN_STATS_VCPU |
		VIR_DOMAIN_STATS_BLOCK | VIR_DOMAIN_STATS_INTERFACE;
	const unsigned flags =
		VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE | VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT;
	virDomainStatsRecordPtr *records = NULL;
	int n = uuid ? ask_stats_of(h, uuid, kinds, flags, &records)
		     : virConnectGetAllDomainStats(conn_of(h), kinds, &records, flags);
	int r = 0;

	if (n < 0)
		return libvirt_fail(err, "stats");
	*ret = (struct hv_stats){ .items = xcalloc((size_t)n + 1, sizeof(*ret->items)) };
	for (int i = 0; i < n && r == 0; i++) {
		r = read_stat(records[i], &ret->items[ret->n], err);
		ret->n += r == 0;
	}
	if (records)
		virDomainStatsRecordListFree(records);
	if (r < 0) {
		hv_stats_clear(ret);
		return -1;
	}
	qsort(ret->items, ret->n, sizeof(*ret->items), by_uuid);
	return 0;
}

/* ---- the guest's agent ----------------------------------------------------------------------- */

static void add_address(struct hv_guest *g, const char *mac, const char *ip, bool v6)
{
	g->addresses = xrealloc(g->addresses, g->n_addresses + 1, sizeof(*g->addresses));
	g->addresses[g->n_addresses++] = (struct hv_address){ xstrdup(mac), xstrdup(ip), v6 };
}

static void read_addresses(const struct params *p, struct hv_guest *ret)
{
	int64_t n = param_number(p, "if.count", 0);

	for (int64_t i = 0; i < n; i++) {
		_cleanup_free_ char *key = xasprintf("if.%" PRId64 ".hwaddr", i);
		_cleanup_free_ char *count = xasprintf("if.%" PRId64 ".addr.count", i);
		const char *mac = param_text(p, key);

		for (int64_t k = 0; mac && k < param_number(p, count, 0); k++) {
			_cleanup_free_ char *addr =
				xasprintf("if.%" PRId64 ".addr.%" PRId64 ".addr", i, k);
			_cleanup_free_ char *type =
				xasprintf("if.%" PRId64 ".addr.%" PRId64 ".type", i, k);
			const char *ip = param_text(p, addr);

			if (ip)
				add_address(ret, mac, ip, str_eq(param_text(p, type), "ipv6"));
		}
	}
}

/* Asks the guest agent for the guest's system, host name and addresses; -1 if the agent does not answer. */
static int ask_agent(virDomainPtr dom, struct params *ret)
{
	const unsigned kinds = VIR_DOMAIN_GUEST_INFO_OS | VIR_DOMAIN_GUEST_INFO_HOSTNAME |
		VIR_DOMAIN_GUEST_INFO_INTERFACES;

	if (virDomainAgentSetResponseTimeout(dom, AGENT_TIMEOUT_S, 0) < 0)
		return -1;
	return virDomainGetGuestInfo(dom, kinds, &ret->items, &ret->n, 0);
}

/*
 * Adds the guest's addresses in the host's ARP table: those to which the host has talked lately. libvirt's own
 * reader (VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP) fails with recent kernels ("wrong nlmsg len": libvirt 9.0 on Linux
 * 6.18).
 */
static void read_neighbours(const struct domain_spec *spec, struct hv_guest *ret)
{
	for (size_t i = 0; i < spec->n_nics; i++) {
		_cleanup_strv_ struct strv found = { 0 };

		machine_neighbours(NULL, spec->nics[i].mac, &found);
		for (size_t k = 0; k < found.n; k++)
			add_address(ret, spec->nics[i].mac, found.items[k], false);
	}
}

/* Adds the addresses of the guest that the host knows, if the agent has told none. */
static void read_host(virDomainPtr dom, const struct domain_spec *spec, struct hv_guest *ret)
{
	if (!ret->n_addresses) {
		/* Reads DHCP leases, which only network interfaces on networks with libvirt's DHCP have. */
		virDomainInterfacePtr *cards = NULL;
		int n = virDomainInterfaceAddresses(
			dom, &cards, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE, 0);

		for (int i = 0; i < n; i++) {
			for (unsigned k = 0; cards[i]->hwaddr && k < cards[i]->naddrs; k++)
				add_address(ret, cards[i]->hwaddr, cards[i]->addrs[k].addr,
					cards[i]->addrs[k].type == VIR_IP_ADDR_TYPE_IPV6);
			virDomainInterfaceFree(cards[i]);
		}
		free(cards);
		if (n < 0)
			virResetLastError();
	}
	if (!ret->n_addresses)
		read_neighbours(spec, ret);
}

/* The definition of the running domain; NULL: it has gone, or is not understood. */
static struct domain_spec *live_definition(virDomainPtr dom)
{
	_cleanup_free_ char *xml = dom ? virDomainGetXMLDesc(dom, 0) : NULL;
	_cleanup_error_ struct vxe_error unread = { 0 };
	struct domain_spec *spec = NULL;

	if (xml && domain_xml_read(xml, &spec, &unread) == 0)
		return spec;
	virResetLastError();
	return NULL;
}

/* An agent that has not opened its channel is not asked: libvirt would log an error for each question. */
int libvirt_guest(struct hv *h, const char *uuid, struct hv_guest *ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;
	struct params p = { 0 };
	const char *name;

	*ret = (struct hv_guest){ 0 };
	if (libvirt_lookup(h, uuid, "guest", &dom, err) < 0)
		return -1;
	spec = live_definition(dom);
	if (!spec || spec->agent != AGENT_CONNECTED || ask_agent(dom, &p) < 0) {
		virResetLastError();
		ret->hostname = xstrdup("");
		if (spec)
			read_host(dom, spec, ret);
		return 0;
	}
	name = param_text(&p, "hostname");
	ret->present = true;
	ret->hostname = xstrdup(name ? name : "");
	static const char prefix[] = "os.";

	for (int i = 0; i < p.n; i++) {
		const virTypedParameter *v = &p.items[i];

		if (v->type == VIR_TYPED_PARAM_STRING && str_starts(v->field, prefix))
			map_set(&ret->os, v->field + strlen(prefix), v->value.s);
	}
	read_addresses(&p, ret);
	read_host(dom, spec, ret);
	virTypedParamsFree(p.items, p.n);
	return 0;
}

/* ---- sizes ----------------------------------------------------------------------------------- */

int libvirt_set_memory(struct hv *h, const char *uuid, int64_t bytes, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;

	if (libvirt_free_domain(h, uuid, "set memory", &dom, err) < 0)
		return -1;
	if (virDomainSetMemoryFlags(dom, (unsigned long)(bytes / 1024), VIR_DOMAIN_AFFECT_LIVE) < 0)
		return libvirt_fail(err, "set memory");
	return 0;
}

int libvirt_set_vcpus(struct hv *h, const char *uuid, int n, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;

	if (libvirt_free_domain(h, uuid, "set VCPUs", &dom, err) < 0)
		return -1;
	if (virDomainSetVcpusFlags(dom, (unsigned)n, VIR_DOMAIN_AFFECT_LIVE) < 0)
		return libvirt_fail(err, "set VCPUs");
	return 0;
}
