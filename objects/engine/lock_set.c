/* SPDX-License-Identifier: MIT */
/* Takes sets of locks (leases) in the one order that prevents deadlocks; only this file knows that order. */
#include "objects/engine/lock_set.h"

#include "objects/base/clock.h"
#include "objects/classes/storage/node_names.h"
#include "objects/engine/op.h"

#include <string.h>

#define RETRY_MS 50
/*
 * After this many waits for a lock its holder is asked again to stop: if it merges layers, it may have begun the next
 * merge.
 */
#define ASK_EVERY 10
#define SAY_AFTER 10

/* An error about a lock that another vxe holds names that process by its id, or by nothing if it is unknown. */
bool lock_was_held(const struct vxe_error *err)
{
	const char *holder = err->n_params > 1 ? err->params[1] : "";

	return err->code == VXE_BUSY && holder[strspn(holder, "0123456789")] == '\0';
}

void locks_add(struct locks *l, enum lock_kind kind, const char *uuid, enum lease_mode mode)
{
	for (size_t i = 0; i < l->n; i++) {
		if (!str_eq(l->items[i].uuid, uuid))
			continue;
		if (mode == LEASE_EXCLUSIVE)
			l->items[i].mode = mode;
		return;
	}
	l->items = xrealloc(l->items, l->n + 1, sizeof(*l->items));
	l->items[l->n++] = (struct lock_want){ kind, xstrdup(uuid), mode, NULL };
}

static int compare_wants(const void *a, const void *b)
{
	const struct lock_want *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return strcmp(x->uuid, y->uuid);
}

static void release_all(struct locks *l)
{
	for (size_t i = l->n; i-- > 0;) {
		store_release(l->items[i].lease);
		l->items[i].lease = NULL;
	}
}

/*
 * Tries to take one lock. The UUID is the user's text: it may not even be usable as the name of a lock file. There
 * cannot be such a record, so there is nothing to lock; the lookup that follows reports the error.
 */
static int try_one(struct session *s, struct lock_want *w, struct vxe_error *err)
{
	if (str_is_empty(w->uuid) || str_eq(w->uuid, ".") || str_eq(w->uuid, ".."))
		return 0;
	return store_lease(s->store, w->uuid, w->mode, false, &w->lease, err);
}

/*
 * Waits for one lock by trying again and again. A blocking flock would not notice ^C, and a holder that merges layers
 * must be asked to stop.
 */
static int wait_one(struct session *s, struct lock_want *w, struct vxe_error *err)
{
	for (int i = 0;; i++) {
		_cleanup_error_ struct vxe_error busy = { 0 };

		if (try_one(s, w, &busy) == 0)
			return 0;
		if (busy.code != VXE_BUSY) {
			error_move(err, &busy);
			return -1;
		}
		if (session_cancelled(s))
			return vxe_fail(err, TASK_CANCELLED, w->uuid);
		if (i % ASK_EVERY == 0 && op_cancel_running(s, w->uuid, "coalesce", err) < 0)
			return -1;
		if (i == SAY_AFTER)
			session_waiting(s, w->uuid);
		clock_sleep_ms(RETRY_MS);
	}
}

static int take_locks(struct session *s, struct locks *l, bool wait, struct vxe_error *err)
{
	if (l->n)
		qsort(l->items, l->n, sizeof(*l->items), compare_wants);
	for (size_t i = 0; i < l->n; i++) {
		struct lock_want *w = &l->items[i];
		if (w->lease)
			continue;

		bool may_wait = wait && (w->kind == LOCK_RECORD || w->mode == LEASE_SHARED);

		if ((may_wait ? wait_one(s, w, err) : try_one(s, w, err)) < 0) {
			release_all(l);
			return -1;
		}
	}
	return 0;
}

int locks_take(struct session *s, struct locks *l, struct vxe_error *err)
{
	return take_locks(s, l, true, err);
}

int locks_try(struct session *s, struct locks *l, struct vxe_error *err)
{
	return take_locks(s, l, false, err);
}

static const struct lock_want *find_want(const struct locks *l, const char *uuid)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(l->items[i].uuid, uuid))
			return &l->items[i];
	return NULL;
}

bool locks_cover(const struct locks *held, const struct locks *want)
{
	for (size_t i = 0; i < want->n; i++) {
		const struct lock_want *h = find_want(held, want->items[i].uuid);

		if (!h || (want->items[i].mode == LEASE_EXCLUSIVE && h->mode == LEASE_SHARED))
			return false;
	}
	return true;
}

int locks_add_chain(struct locks *l, struct txn *t, const char *uuid, struct vxe_error *err)
{
	_cleanup_records_ struct records chain = { 0 };

	if (node_chain(t, uuid, &chain, err) < 0)
		return -1;
	for (size_t i = 0; i < chain.n; i++)
		locks_add(
			l, LOCK_NODE, ((const struct node *)chain.items[i])->r.uuid, LEASE_SHARED);
	return 0;
}

bool locks_add_nodes(struct locks *held, const struct locks *want)
{
	for (size_t i = 0; i < held->n; i++)
		if (held->items[i].kind == LOCK_NODE)
			return false;
	for (size_t i = 0; i < want->n; i++) {
		const struct lock_want *h = find_want(held, want->items[i].uuid);

		if (h ? want->items[i].mode > h->mode : want->items[i].kind != LOCK_NODE)
			return false;
	}
	for (size_t i = 0; i < want->n; i++)
		if (!find_want(held, want->items[i].uuid))
			locks_add(held, LOCK_NODE, want->items[i].uuid, want->items[i].mode);
	return true;
}

bool locks_has(const struct locks *held, const char *uuid)
{
	return find_want(held, uuid) != NULL;
}

bool locks_alone(const struct locks *held, const char *uuid)
{
	const struct lock_want *h = find_want(held, uuid);

	return h && h->mode == LEASE_EXCLUSIVE;
}

void locks_clear(struct locks *l)
{
	release_all(l);
	for (size_t i = 0; i < l->n; i++)
		free(l->items[i].uuid);
	free(l->items);
	*l = (struct locks){ 0 };
}
