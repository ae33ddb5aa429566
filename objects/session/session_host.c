/* SPDX-License-Identifier: MIT */
/*
 * A host of a session: connects to the hypervisor at its first use, and caches what the hypervisor and the kernel
 * report.
 */
#include "objects/session/session.h"

#include <inttypes.h>

#include "objects/base/clock.h"
#include "objects/session/guest_stats.h"

void session_forget_networks(struct session_host *h)
{
	if (h->networks)
		hv_networks_clear(h->networks);
	free(TAKE(h->networks));
}

void session_host_close(struct session_host *h)
{
	session_forget_domains(h);
	if (h->pools)
		hv_pools_clear(h->pools);
	free(TAKE(h->pools));
	session_forget_networks(h);
	if (h->load)
		machine_load_clear(h->load);
	if (h->machine)
		machine_clear(h->machine);
	if (h->versions)
		hv_versions_clear(h->versions);
	free(TAKE(h->load));
	free(TAKE(h->machine));
	free(TAKE(h->versions));
	hv_close(TAKE(h->hv));
	free(TAKE(h->uuid));
	map_clear(&h->starts);
	strv_clear(&h->former_stores);
	error_clear(&h->down);
}

/* ---- the hypervisor -------------------------------------------------------------------------- */

static int connect_hv(struct session_host *h, struct vxe_error *err)
{
	const struct session_config *c = &h->s->config;

	if (!c->hypervisor && !c->connect)
		return vxe_fail(err, VXE_HYPERVISOR_UNREACHABLE, "", "no connection is configured");
	if (hv_open(&h->hv, c->hypervisor, c->connect, err) < 0)
		return -1;
	hv_hold(h->hv, h->s->wishes->dry_run);
	if (session_above.bind(h->s, err) == 0)
		return 0;
	hv_close(TAKE(h->hv));
	return -1;
}

bool session_is_down(const struct session_host *h)
{
	return h->down.code != VXE_OK;
}

/* Fails with the error of the first attempt to connect to the hypervisor: another attempt may take long. */
static int fail_down(const struct session_host *h, struct vxe_error *err)
{
	return vxe_fail(err, h->down.code, h->down.params[0], h->down.params[1]);
}

int session_hv(struct session_host *h, struct hv **ret, struct vxe_error *err)
{
	if (session_is_down(h))
		return fail_down(h, err);
	if (!h->hv && connect_hv(h, err) < 0) {
		if (err->code != VXE_HYPERVISOR_UNREACHABLE) {
			/* Marks the hypervisor as unreachable: what follows, such as an undo, does without it. */
			if (err->code == VXE_HYPERVISOR_SILENT || err->code == TASK_CANCELLED)
				vxe_fill(&h->down, VXE_HYPERVISOR_UNREACHABLE,
					(const char *const[]){
						h->s->config.connect, "it does not answer", NULL },
					2);
			return -1;
		}
		error_move(&h->down, err);
		return fail_down(h, err);
	}
	*ret = h->hv;
	return 0;
}

void session_hv_ahead(struct session_host *h)
{
	const struct session_config *c = &h->s->config;

	if (!h->hv && !session_is_down(h) && !c->hypervisor && c->connect)
		hv_open_ahead(c->connect);
}

void session_retry(struct session_host *h)
{
	error_clear(&h->down);
}

int session_hv_if_up(struct session_host *h, struct hv **ret, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error down = { 0 };

	if (session_hv(h, ret, &down) == 0)
		return 0;
	*ret = NULL;
	if (down.code != VXE_HYPERVISOR_UNREACHABLE) {
		error_move(err, &down);
		return -1;
	}
	free(h->s->reports.warning);
	h->s->reports.warning =
		xasprintf("libvirt cannot be reached (%s): %s; vxe shows its records",
			down.params[0], down.params[1]);
	return 0;
}

int session_domains(struct session_host *h, const struct hv_domains **ret, struct vxe_error *err)
{
	struct hv_domains found = { 0 };
	struct hv *hv;

	if (!h->domains) {
		if (session_hv(h, &hv, err) < 0 || hv_list(hv, &found, err) < 0)
			return -1;
		h->domains = xmalloc(sizeof(found));
		*h->domains = found;
	}
	*ret = h->domains;
	return 0;
}

/*
 * The cached entry of a domain that was looked up alone, without a listing of all; else the first free entry, or the
 * end of the array if none is free.
 */
static struct asked_domain *find_asked(struct session_host *h, const char *uuid)
{
	struct asked_domain *a = h->asked;

	while (a < h->asked + h->n_asked && !str_eq(a->uuid, uuid))
		a++;
	return a;
}

bool session_tells(struct session_host *h, const char *uuid)
{
	struct asked_domain *a = find_asked(h, uuid);
	struct hv_domain found = { 0 };

	if (h->domains || a < h->asked + h->n_asked)
		return true;
	if (h->hv || session_is_down(h) || a == h->asked + ASKED_ROOM ||
		!session_above.tells(h->s, uuid, &found))
		return false;
	*a = (struct asked_domain){ xstrdup(uuid), found };
	h->n_asked++;
	return true;
}

int session_domain(struct session_host *h, const char *uuid, const struct hv_domain **ret,
	struct vxe_error *err)
{
	const struct hv_domains *all = h->domains;
	struct hv_domain found = { 0 };
	struct hv *hv;

	(void)session_tells(h, uuid);
	struct asked_domain *a = find_asked(h, uuid);
	if (!all && a == h->asked + ASKED_ROOM && session_domains(h, &all, err) < 0)
		return -1;
	if (all) {
		*ret = hv_domains_find(all, uuid);
		return 0;
	}
	if (a == h->asked + h->n_asked) {
		if (session_hv(h, &hv, err) < 0 || hv_find(hv, uuid, &found, err) < 0)
			return -1;
		*a = (struct asked_domain){ xstrdup(uuid), found };
		h->n_asked++;
	}
	*ret = a->d.uuid ? &a->d : NULL;
	return 0;
}

int session_domains_if_up(
	struct session_host *h, const struct hv_domains **ret, struct vxe_error *err)
{
	struct hv *hv = NULL;

	*ret = NULL;
	if (!h->domains && session_hv_if_up(h, &hv, err) < 0)
		return -1;
	return h->domains || hv ? session_domains(h, ret, err) : 0;
}

void session_forget_domains(struct session_host *h)
{
	if (h->domains)
		hv_domains_clear(h->domains);
	free(TAKE(h->domains));
	for (size_t i = 0; i < h->n_asked; i++) {
		free(h->asked[i].uuid);
		hv_domain_clear(&h->asked[i].d);
	}
	h->n_asked = 0;
	live_free(TAKE(h->live));
	caches_drop(&h->caches);
	h->listing++;
	/* the old pools stay in memory for callers that do not ask for them again */
	h->pools_old = true;
	if (h->began)
		map_clear(h->began);
	free(TAKE(h->began));
}

int session_xml(struct session_host *h, const struct hv_domain *d, enum hv_xml which,
	const char **ret, struct vxe_error *err)
{
	char **xml = NULL;
	struct hv *hv;

	for (size_t i = 0; i < h->n_asked; i++)
		if (d == &h->asked[i].d)
			xml = &h->asked[i].d.xml[which];
	if (!xml)
		xml = &h->domains->items[d - h->domains->items].xml[which];
	if (!*xml && session_hv(h, &hv, err) < 0)
		return -1;
	if (!*xml && hv_xml(hv, d->uuid, which, xml, err) < 0 && !hv_has_gone(hv, d->uuid, err))
		return -1;
	*ret = *xml;
	return 0;
}

int session_spec(struct session_host *h, const char *uuid, enum hv_xml which,
	struct domain_spec **ret, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;
	struct hv *hv;

	if (session_hv(h, &hv, err) < 0 || hv_xml(hv, uuid, which, &xml, err) < 0)
		return -1;
	return spec_read(xml, ret, err);
}

int session_networks(struct session_host *h, struct vxe_error *err)
{
	struct hv_networks found = { 0 };
	struct hv *hv;

	if (!h->networks && session_hv(h, &hv, err) < 0)
		return -1;
	/* the networks are also read by the first connection of a new store */
	if (h->networks)
		return 0;
	if (hv_networks(hv, &found, err) < 0)
		return -1;
	h->networks = xmalloc(sizeof(found));
	*h->networks = found;
	return 0;
}

int session_facts(struct session_host *h, struct vxe_error *err)
{
	struct hv_pools pools = { 0 };
	struct hv *hv;

	if (session_networks(h, err) < 0)
		return -1;
	if (h->pools && !h->pools_old)
		return 0;
	if (session_hv(h, &hv, err) < 0 || hv_pools(hv, &pools, err) < 0)
		return -1;
	if (h->pools)
		hv_pools_clear(h->pools);
	else
		h->pools = xmalloc(sizeof(pools));
	*h->pools = pools;
	h->pools_old = false;
	return 0;
}

int session_facts_again(struct session_host *h, struct vxe_error *err)
{
	h->pools_old = true;
	return session_facts(h, err);
}

int session_versions(struct session_host *h, const struct hv_versions **ret, struct vxe_error *err)
{
	struct hv_versions found = { 0 };
	struct hv *hv;

	if (!h->versions) {
		if (session_hv(h, &hv, err) < 0 || hv_versions(hv, &found, err) < 0)
			return -1;
		h->versions = xmalloc(sizeof(found));
		*h->versions = found;
	}
	*ret = h->versions;
	return 0;
}

/* ---- the machine ----------------------------------------------------------------------------- */

int64_t session_began(struct session_host *h, const char *uuid)
{
	if (!h->began) {
		h->began = xcalloc(1, sizeof(*h->began));
		machine_guests(h->s->config.root, h->began);
	}
	const char *at = map_get(h->began, uuid);

	return at ? strtoll(at, NULL, 10) : 0;
}

/*
 * The BIOS of a guest that is reset resets it once more while it starts: libvirt tells of two or three reboots within some
 * tenths of a second, and more on a busy machine.
 */
#define REBOOT_S 2
#define REBOOT " reboot"

int64_t session_seen_start(const struct session_host *h, const char *uuid, int64_t known)
{
	const char *at = map_get(&h->starts, uuid);
	int64_t seen = at ? strtoll(at, NULL, 10) : 0;

	return at && str_ends(at, REBOOT) && seen - known <= REBOOT_S ? 0 : seen;
}

static void see_start(struct session_host *h, const char *uuid, int64_t at, const char *what)
{
	_cleanup_free_ char *text = xasprintf("%" PRId64 "%s", at, what);

	map_set(&h->starts, uuid, text);
	h->starts_new = true;
}

void session_see_start(struct session_host *h, const char *uuid, int64_t at)
{
	if (at > session_seen_start(h, uuid, 0))
		see_start(h, uuid, at, "");
}

void session_hear_reboots(struct session_host *h)
{
	_cleanup_error_ struct vxe_error deaf = { 0 };
	_cleanup_strv_ struct strv rebooted = { 0 };
	struct hv *hv;

	if (session_hv(h, &hv, &deaf) < 0 || hv_reboots(hv, &rebooted, &deaf) < 0)
		return;
	for (size_t i = 0; i < rebooted.n; i++)
		if (clock_wall() - session_seen_start(h, rebooted.items[i], 0) > REBOOT_S)
			see_start(h, rebooted.items[i], clock_wall(), REBOOT);
}
