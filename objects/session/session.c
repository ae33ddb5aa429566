/* SPDX-License-Identifier: MIT */
/* A session: the data of one call. */
#include "objects/session/session.h"

#include "objects/base/log.h"
#include "objects/base/escape.h"
#include "objects/base/call_watch.h"
#include "objects/base/far/far_file.h"

#include <assert.h>
#include <unistd.h>

void **cache_of(struct caches *c, void (*release)(void *held))
{
	size_t i = 0;

	while (i < CACHES_ROOM && c->items[i].release && c->items[i].release != release)
		i++;
	assert(i < CACHES_ROOM);
	c->items[i].release = release;
	return &c->items[i].held;
}

void caches_drop(struct caches *c)
{
	for (size_t i = CACHES_ROOM; i-- > 0;)
		if (c->items[i].held)
			c->items[i].release(c->items[i].held);
	*c = (struct caches){ 0 };
}

void session_close_last(struct session *s, int fd)
{
	if (fd < 0)
		return;
	if (s->n_last == ARRAY_LEN(s->last))
		close(s->last[--s->n_last]);
	s->last[s->n_last++] = fd;
}

struct session *session_new(const struct session_config *config)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->config = *config;
	s->contents = contents_new();
	s->here = session_add_host(s);
	session_wish(s, NULL);
	far_begin(config->lock_dir);
	return s;
}

void session_close(struct session *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_hosts; i++)
		session_forget_domains(&s->hosts[i]);
	caches_drop(&s->caches);
	for (size_t i = 0; i < s->n_hosts; i++)
		session_host_close(&s->hosts[i]);
	free(s->hosts);
	contents_free(s->contents);
	store_close(s->store);
	free(s->store_uuid);
	free(s->mark.store);
	free(s->mark.host);
	free(s->reports.warning);
	strv_clear(&s->reports.deeds);
	strv_clear(&s->reports.deep);
	strv_clear(&s->reports.freed);
	strv_clear(&s->reports.changed);
	strv_clear(&s->reports.lost);
	strv_clear(&s->reports.firmware_missed);
	while (s->n_last)
		close(s->last[--s->n_last]);
	far_end();
	free(s);
}

struct content *content_of(const struct session *s, const char *place)
{
	return content_at(s->contents, place);
}

bool content_is_there(const struct session *s, const char *place)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	struct content_stat f;

	return content_stat(content_of(s, place), &f, &ignored) == 0 && f.exists;
}

void session_close_contents(struct session *s)
{
	contents_close(s->contents);
}

struct session_host *session_add_host(struct session *s)
{
	/* the pool has one host so far: another one would move the array, to which pointers lead */
	assert(!s->hosts);
	s->hosts = xcalloc(1, sizeof(*s->hosts));
	s->n_hosts = 1;
	s->hosts[0].s = s;
	return &s->hosts[0];
}

int session_host(
	struct session *s, const char *uuid, struct session_host **ret, struct vxe_error *err)
{
	for (size_t i = 0; i < s->n_hosts; i++)
		if (str_eq(s->hosts[i].uuid, uuid)) {
			*ret = &s->hosts[i];
			return 0;
		}
	return vxe_fail(err, HOST_OFFLINE, uuid);
}

bool session_is_here(const struct session *s, const char *host)
{
	return str_is_empty(host) || !s->here->uuid || str_eq(host, s->here->uuid);
}

bool session_is_own_store(const struct session *s, const char *store)
{
	if (!store || (s->store_uuid && str_eq(store, s->store_uuid)))
		return true;
	if (!s->here->knows_former && s->here->uuid) {
		s->here->knows_former = true;
		session_above.former_stores(s, &s->here->former_stores);
	}
	return strv_has(&s->here->former_stores, store);
}

int session_prepare(struct session *s, struct vxe_error *err)
{
	struct hv *hv;

	return s->store_uuid ? 0 : session_hv(s->here, &hv, err);
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

const struct wishes *session_wish(struct session *s, const struct wishes *w)
{
	static const struct wishes none = { 0 };
	const struct wishes *before = s->wishes;

	s->wishes = w ? w : &none;
	if (s->store)
		store_hold(s->store, s->wishes->dry_run);
	if (s->here->hv)
		hv_hold(s->here->hv, s->wishes->dry_run);
	return before;
}

void session_plan(struct session *s, struct planned line)
{
	if (s->ui.planned)
		s->ui.planned(s->ui.ctx, &line);
	planned_clear(&line);
}

void planned_show(struct session *s, struct planned_list *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		session_plan(s, lines->items[i]);
	free(lines->items);
	*lines = (struct planned_list){ 0 };
}

/* Shows a line of a dry run; ends @line. */
_printf_(3, 0) static void show_planned(
	struct session *s, struct planned line, const char *fmt, va_list ap)
{
	line.text = xvasprintf(fmt, ap);
	session_plan(s, line);
}

void session_planned(struct session *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	show_planned(s, (struct planned){ .bytes = -1 }, fmt, ap);
	va_end(ap);
}

void session_planned_detail(struct session *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	show_planned(s, (struct planned){ .detail = true, .bytes = -1 }, fmt, ap);
	va_end(ap);
}

void session_planned_vm(struct session *s, const char *vm, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	show_planned(
		s, (struct planned){ .detail = true, .vm = xstrdup(vm), .bytes = -1 }, fmt, ap);
	va_end(ap);
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

void session_counts(struct session *s, const char *what, size_t done, size_t total)
{
	if (s->ui.counts)
		s->ui.counts(s->ui.ctx, what, done, total);
}

void session_progress(struct session *s, int64_t done, int64_t total)
{
	if (s->ui.progress)
		s->ui.progress(s->ui.ctx, done, total);
}
