/* SPDX-License-Identifier: MIT */
/*
 * A session: connects to the hypervisor at its first use, and caches what the hypervisor and the
 * kernel say.
 */
#include "objects/session/session.h"

#include "objects/base/log.h"
#include "objects/base/shown.h"
#include "objects/base/watch.h"
#include "objects/session/live.h"

#include <unistd.h>

#define SAMPLE_MS 200

void session_forget_networks(struct session *s)
{
	if (s->networks)
		hv_networks_clear(s->networks);
	free(TAKE(s->networks));
}

static void drop_facts(struct session *s)
{
	if (s->pools)
		hv_pools_clear(s->pools);
	free(TAKE(s->pools));
	session_forget_networks(s);
}

static void drop_machine(struct session *s)
{
	if (s->load)
		machine_load_clear(s->load);
	if (s->machine)
		machine_clear(s->machine);
	if (s->versions)
		hv_versions_clear(s->versions);
	free(TAKE(s->load));
	free(TAKE(s->machine));
	free(TAKE(s->versions));
}

static void cache_drop(struct session_cache *c)
{
	if (c->held)
		c->release(c->held);
	*c = (struct session_cache){ 0 };
}

void session_close_last(struct session *s, int fd)
{
	if (fd < 0)
		return;
	if (s->n_last == ARRAY_LEN(s->last))
		close(s->last[--s->n_last]);
	s->last[s->n_last++] = fd;
}

void session_close(struct session *s)
{
	if (!s)
		return;
	session_forget_domains(s);
	strv_clear(&s->deeds);
	cache_drop(&s->users);
	cache_drop(&s->places);
	drop_facts(s);
	drop_machine(s);
	hv_close(s->hv);
	store_close(s->store);
	strv_clear(&s->changed);
	strv_clear(&s->lost);
	strv_clear(&s->freed);
	free(s->store_uuid);
	free(s->host_uuid);
	free(s->warning);
	strv_clear(&s->firmware_missed);
	error_clear(&s->down);
	while (s->n_last)
		close(s->last[--s->n_last]);
	free(s);
}

/* ---- the hypervisor -------------------------------------------------------------------------- */

static int connect_hv(struct session *s, struct vxe_error *err)
{
	const struct session_config *c = &s->config;

	if (!c->hypervisor && !c->connect)
		return vxe_fail(err, VXE_HYPERVISOR_UNREACHABLE, "", "no connection is configured");
	if (s->meanwhile && hv_preloading())
		s->meanwhile(s);
	if (hv_open(&s->hv, c->hypervisor, c->connect, err) < 0)
		return -1;
	hv_hold(s->hv, s->dry_run);
	if (s->bind(s, err) == 0)
		return 0;
	hv_close(TAKE(s->hv));
	return -1;
}

bool session_is_down(const struct session *s)
{
	return s->down.code != VXE_OK;
}

/* The same error as the first time: another attempt may take long. */
static int fail_down(const struct session *s, struct vxe_error *err)
{
	return vxe_fail(err, s->down.code, s->down.params[0], s->down.params[1]);
}

/* What was read before is this host's, too, so every call that takes a host asks. */
static int must_be_here(const struct session *s, const char *host, struct vxe_error *err)
{
	return !host || str_eq(host, s->host_uuid) ? 0 : vxe_fail(err, HOST_OFFLINE, host);
}

int session_hv(struct session *s, const char *host, struct hv **ret, struct vxe_error *err)
{
	if (must_be_here(s, host, err) < 0)
		return -1;
	if (session_is_down(s))
		return fail_down(s, err);
	if (!s->hv && connect_hv(s, err) < 0) {
		if (err->code != VXE_HYPERVISOR_UNREACHABLE)
			return -1;
		error_move(&s->down, err);
		return fail_down(s, err);
	}
	*ret = s->hv;
	return 0;
}

void session_hv_ahead(struct session *s)
{
	const struct session_config *c = &s->config;

	if (!s->hv && !session_is_down(s) && !c->hypervisor && c->connect)
		hv_open_ahead(c->connect);
}

void session_give_up(struct session *s)
{
	if (!session_is_down(s))
		vxe_fail(&s->down, VXE_HYPERVISOR_UNREACHABLE,
			s->config.connect ? s->config.connect : "", "it does not answer");
}

void session_retry(struct session *s)
{
	error_clear(&s->down);
}

int session_hv_if_up(struct session *s, const char *host, struct hv **ret, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error down = { 0 };

	if (session_hv(s, host, ret, &down) == 0)
		return 0;
	*ret = NULL;
	if (!session_is_down(s)) {
		error_move(err, &down);
		return -1;
	}
	free(s->warning);
	s->warning = xasprintf("libvirt cannot be reached (%s): %s; vxe shows its records",
		down.params[0], down.params[1]);
	return 0;
}

int session_prepare(struct session *s, struct vxe_error *err)
{
	struct hv *hv;

	return s->store_uuid ? 0 : session_hv(s, NULL, &hv, err);
}

int session_domains(
	struct session *s, const char *host, const struct hv_domains **ret, struct vxe_error *err)
{
	struct hv_domains found = { 0 };
	struct hv *hv;

	if (must_be_here(s, host, err) < 0)
		return -1;
	if (!s->domains) {
		if (session_hv(s, host, &hv, err) < 0 || hv_list(hv, &found, err) < 0)
			return -1;
		s->domains = xmalloc(sizeof(found));
		*s->domains = found;
	}
	*ret = s->domains;
	return 0;
}

/* The place of a domain that was asked for, or the first free one. */
static struct asked_domain *find_asked(struct session *s, const char *uuid)
{
	struct asked_domain *a = s->asked;

	while (a < s->asked + s->n_asked && !str_eq(a->uuid, uuid))
		a++;
	return a;
}

bool session_tells(struct session *s, const char *uuid)
{
	struct asked_domain *a = find_asked(s, uuid);
	struct hv_domain found = { 0 };

	if (s->domains || a < s->asked + s->n_asked)
		return true;
	if (s->hv || session_is_down(s) || a == s->asked + ASKED_ROOM || !s->tells ||
		!s->tells(s, uuid, &found))
		return false;
	*a = (struct asked_domain){ xstrdup(uuid), found };
	s->n_asked++;
	return true;
}

int session_domain(
	struct session *s, const char *uuid, const struct hv_domain **ret, struct vxe_error *err)
{
	const struct hv_domains *all = s->domains;
	struct hv_domain found = { 0 };
	struct hv *hv;

	(void)session_tells(s, uuid);
	struct asked_domain *a = find_asked(s, uuid);
	if (!all && a == s->asked + ASKED_ROOM && session_domains(s, NULL, &all, err) < 0)
		return -1;
	if (all) {
		*ret = hv_domains_find(all, uuid);
		return 0;
	}
	if (a == s->asked + s->n_asked) {
		if (session_hv(s, NULL, &hv, err) < 0 || hv_find(hv, uuid, &found, err) < 0)
			return -1;
		*a = (struct asked_domain){ xstrdup(uuid), found };
		s->n_asked++;
	}
	*ret = a->d.uuid ? &a->d : NULL;
	return 0;
}

int session_domains_if_up(
	struct session *s, const char *host, const struct hv_domains **ret, struct vxe_error *err)
{
	struct hv *hv = NULL;

	*ret = NULL;
	if (!s->domains && session_hv_if_up(s, host, &hv, err) < 0)
		return -1;
	return s->domains || hv ? session_domains(s, host, ret, err) : 0;
}

void session_forget_domains(struct session *s)
{
	if (s->domains)
		hv_domains_clear(s->domains);
	free(TAKE(s->domains));
	for (size_t i = 0; i < s->n_asked; i++) {
		free(s->asked[i].uuid);
		hv_domain_clear(&s->asked[i].d);
	}
	s->n_asked = 0;
	live_free(TAKE(s->live));
	cache_drop(&s->leaves);
	s->listing++;
	s->pools_old = true; /* the old pools stay for callers that do not ask again */
	if (s->began)
		map_clear(s->began);
	free(TAKE(s->began));
}

int session_xml(struct session *s, const struct hv_domain *d, enum hv_xml which, const char **ret,
	struct vxe_error *err)
{
	char **xml = NULL;
	struct hv *hv;

	for (size_t i = 0; i < s->n_asked; i++)
		if (d == &s->asked[i].d)
			xml = &s->asked[i].d.xml[which];
	if (!xml)
		xml = &s->domains->items[d - s->domains->items].xml[which];
	if (!*xml && session_hv(s, NULL, &hv, err) < 0)
		return -1;
	if (!*xml && hv_xml(hv, d->uuid, which, xml, err) < 0 && !hv_has_gone(hv, d->uuid, err))
		return -1;
	*ret = *xml;
	return 0;
}

int session_networks(struct session *s, const char *host, struct vxe_error *err)
{
	struct hv_networks found = { 0 };
	struct hv *hv;

	if (must_be_here(s, host, err) < 0 || (!s->networks && session_hv(s, host, &hv, err) < 0))
		return -1;
	if (s->networks) /* also by the first connection of a new store */
		return 0;
	if (hv_networks(hv, &found, err) < 0)
		return -1;
	s->networks = xmalloc(sizeof(found));
	*s->networks = found;
	return 0;
}

int session_facts(struct session *s, const char *host, struct vxe_error *err)
{
	struct hv_pools pools = { 0 };
	struct hv *hv;

	if (session_networks(s, host, err) < 0)
		return -1;
	if (s->pools && !s->pools_old)
		return 0;
	if (session_hv(s, host, &hv, err) < 0 || hv_pools(hv, &pools, err) < 0)
		return -1;
	if (s->pools)
		hv_pools_clear(s->pools);
	else
		s->pools = xmalloc(sizeof(pools));
	*s->pools = pools;
	s->pools_old = false;
	return 0;
}

int session_facts_again(struct session *s, struct vxe_error *err)
{
	s->pools_old = true;
	return session_facts(s, NULL, err);
}

int session_versions(
	struct session *s, const char *host, const struct hv_versions **ret, struct vxe_error *err)
{
	struct hv_versions found = { 0 };
	struct hv *hv;

	if (must_be_here(s, host, err) < 0)
		return -1;
	if (!s->versions) {
		if (session_hv(s, host, &hv, err) < 0 || hv_versions(hv, &found, err) < 0)
			return -1;
		s->versions = xmalloc(sizeof(found));
		*s->versions = found;
	}
	*ret = s->versions;
	return 0;
}

/* ---- the machine ----------------------------------------------------------------------------- */

const struct machine_facts *session_machine(struct session *s)
{
	if (!s->machine) {
		bool here = s->is_here(s);

		s->machine = xmalloc(sizeof(*s->machine));
		if (here)
			machine_read(s->config.root, s->machine);
		else
			machine_unknown(s->machine);
	}
	return s->machine;
}

int64_t session_began(struct session *s, const char *uuid)
{
	if (!s->began) {
		s->began = xcalloc(1, sizeof(*s->began));
		machine_guests(s->config.root, s->began);
	}
	const char *at = map_get(s->began, uuid);

	return at ? strtoll(at, NULL, 10) : 0;
}

const struct machine_load *session_load(struct session *s)
{
	const struct machine_facts *m = session_machine(s);

	if (!s->load) {
		s->load = xmalloc(sizeof(*s->load));
		machine_measure(s->config.root, m, SAMPLE_MS, s->load);
	}
	return s->load;
}

int session_store_moved(struct session *s, int64_t generation, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	int64_t now;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || txn_generation(t, &now, err) < 0)
		return -1;
	return now != generation;
}

/* ---- notices, progress, cancelling ----------------------------------------------------------- */

bool session_cancelled(struct session *s)
{
	return s->ui.cancelled && s->ui.cancelled(s->ui.ctx);
}

int session_ended(struct vxe_error *err)
{
	return watch_asked() ? vxe_fail(err, TASK_CANCELLED, "") : 0;
}

void session_hold(struct session *s, bool on)
{
	s->dry_run = on;
	store_hold(s->store, on);
	if (s->hv)
		hv_hold(s->hv, on);
}

void session_planned(struct session *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	_cleanup_free_ char *line = xvasprintf(fmt, ap);
	va_end(ap);
	if (s->ui.planned)
		s->ui.planned(s->ui.ctx, line);
}

void session_notice(struct session *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	_cleanup_free_ char *text = shown_vprintf(SHOWN_TEXT, fmt, ap);
	va_end(ap);
	if (s->ui.notice)
		s->ui.notice(s->ui.ctx, text);
	else
		log_warn("%s", text);
}

void session_waiting(struct session *s, const char *object)
{
	_cleanup_free_ char *text = xasprintf("waiting for another operation on %s", object);

	if (s->ui.waiting)
		s->ui.waiting(s->ui.ctx, text);
}

void session_awaits(struct session *s, const char *what, int64_t ms, int64_t limit_ms)
{
	if (s->ui.awaits)
		s->ui.awaits(s->ui.ctx, what, ms, limit_ms);
}

void session_progress(struct session *s, int64_t done, int64_t total)
{
	if (s->ui.progress)
		s->ui.progress(s->ui.ctx, done, total);
}
