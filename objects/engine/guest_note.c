/* SPDX-License-Identifier: MIT */
/* What is noted of a guest that is destroyed in a recovery, so that its operations can be judged afterwards. */
#include "objects/engine/guest_note.h"

#include "objects/base/clock.h"
#include "objects/base/log.h"
#include "objects/classes/common/intent.h"
#include "objects/engine/op.h"
#include "objects/model/record.h"

#define HELD_MS 5000
#define HELD_POLL_MS 50

void guest_note_clear(struct guest_note *n)
{
	strv_clear(&n->writes);
	strv_clear(&n->names);
	n->at = 0;
}

static void take_note(struct guest_note *to, const struct intent *from)
{
	to->at = from->guest_stopped;
	strv_copy(&to->writes, &from->guest_writes);
	strv_copy(&to->names, &from->guest_names);
}

int guest_note_load(struct op *op, struct vxe_error *err)
{
	_cleanup_(intent_free_cleanup) struct intent *intent = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(op->s->store, TXN_READ, &t, err) < 0 ||
		intent_find(t, op->intent, &intent, err) < 0)
		return -1;
	if (intent)
		take_note(&op->note, intent);
	return 0;
}

static int put_note(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct op *op = ctx;
	_cleanup_records_ struct records intents = { 0 };

	if (records_load(t, &intent_class, NULL, NULL, &intents, err) < 0)
		return -1;
	for (size_t i = 0; i < intents.n; i++) {
		struct intent *intent = intents.items[i];

		if (!str_eq(intent->r.uuid, op->intent) &&
			!strv_has(&intent->objects, op->plan.domain))
			continue;
		intent->guest_stopped = op->note.at;
		strv_copy(&intent->guest_writes, &op->note.writes);
		strv_copy(&intent->guest_names, &op->note.names);
		if (record_save(t, &intent_class, intent, err) < 0)
			return -1;
	}
	return 0;
}

int guest_note_and_stop(struct op *op, bool *ret, struct vxe_error *err)
{
	const char *domain = op->plan.domain;
	struct guest_note *n = &op->note;
	struct hv *hv;
	bool up;

	*ret = false;
	if (session_hv(op->s->here, &hv, err) < 0 || hv_is_up(hv, domain, &up, err) < 0)
		return -1;
	if (!up)
		return 0;
	guest_note_clear(n);
	if (machine_guest_writes(op->s->config.root, domain, &n->writes) != 1) {
		guest_note_clear(n);
		return 0;
	}
	n->at = clock_machine_ms();
	if (op_disks->live_files(op, &n->names, err) < 0 ||
		store_update(op->s->store, put_note, op, err) < 0 ||
		failpoint(&op->s->config.failpoints, "guest-note", "stop", false, err) < 0 ||
		hv_destroy(hv, domain, err) < 0 ||
		failpoint(&op->s->config.failpoints, "guest-note", "stop", true, err) < 0)
		return -1;
	log_info("%s was destroyed before what is at work on it is judged", domain);
	*ret = op->s->reports.stopped = true;
	return 0;
}

int guest_stop_held(struct session *s, const char *vm, struct vxe_error *err)
{
	int64_t until = clock_ms() + HELD_MS;
	_cleanup_free_ char *domain = xstrdup(vm);
	struct op op = { .s = s, .plan.domain = domain };
	bool stopped;

	while (!s->wishes->dry_run && !session_cancelled(s)) {
		_cleanup_error_ struct vxe_error busy = { 0 };
		_cleanup_locks_ struct locks l = { 0 };

		locks_add(&l, LOCK_RECORD, vm, LEASE_EXCLUSIVE);
		if (locks_try(s, &l, &busy) == 0 || busy.code != VXE_BUSY)
			return 0;
		if (clock_ms() >= until) {
			int r = guest_note_and_stop(&op, &stopped, err);

			guest_note_clear(&op.note);
			return r;
		}
		clock_sleep_ms(HELD_POLL_MS);
	}
	return 0;
}
