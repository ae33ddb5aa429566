/* SPDX-License-Identifier: MIT */
/*
 * `vxe check`: are the records true? Repairs nothing, except that recovery and adoption run first,
 * as for any command, and that the records take over the sizes of the disks that VMs write to.
 */
#include "objects/check/check_areas.h"

#include "objects/base/far/far_file.h"
#include "objects/base/uri.h"
#include "objects/check/check.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/host/host.h"
#include "objects/classes/storage/chain_limit.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/node_fingerprint.h"
#include "objects/classes/storage/pbd.h"
#include "objects/domain/adopt.h"
#include "objects/engine/lock_set.h"
#include "objects/engine/op_recover.h"
#include "objects/disks/disks.h"
#include "objects/schedule/runner_check.h"
#include "objects/storage/vdi_update.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* ---- intents --------------------------------------------------------------------------------- */

/*
 * Returns 1 if the process whose operation the journal entry (intent) describes is alive: some of its locks cannot be
 * taken.
 */
static int is_alive(struct check *c, const struct intent *intent, struct vxe_error *err)
{
	_cleanup_locks_ struct locks locks = { 0 };
	_cleanup_error_ struct vxe_error busy = { 0 };

	for (size_t i = 0; i < intent->objects.n; i++)
		locks_add(&locks, LOCK_NODE, intent->objects.items[i], LEASE_EXCLUSIVE);
	if (locks_try(c->s, &locks, &busy) == 0)
		return 0;
	if (busy.code == VXE_BUSY)
		return 1;
	error_move(err, &busy);
	return -1;
}

/*
 * Its host ends it, and if that has died or left the pool, any other one. *ret: that host does; until then its objects are
 * between two states, and this host cannot judge them.
 */
static int found_left(
	struct check *c, const struct intent *intent, bool *ret, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;

	if (!session_is_here(c->s, intent->host) && host_find(c->t, intent->host, &host, err) < 0)
		return -1;
	*ret = host && !host->dead;
	if (*ret)
		check_found(c, "intent", "INTENT", intent->r.uuid,
			"%s on %s was left half done on the host %s; 'vxe check' there finishes or "
			"undoes it",
			intent->operation, intent->object, host->name_label);
	else
		check_found(c, "intent", "INTENT", intent->r.uuid,
			"%s on %s was left half done; the next acting command on the object, or "
			"'vxe check' without --read-only, finishes or undoes it",
			intent->operation, intent->object);
	return 0;
}

static int check_intents(struct check *c, struct vxe_error *err)
{
	_cleanup_records_ struct records intents = { 0 };

	if (records_load(c->t, &intent_class, NULL, NULL, &intents, err) < 0)
		return -1;
	for (size_t i = 0; i < intents.n; i++) {
		const struct intent *intent = intents.items[i];
		int alive = is_alive(c, intent, err);
		bool busy = alive > 0;

		if (alive < 0 || (alive == 0 && found_left(c, intent, &busy, err) < 0))
			return -1;
		if (!busy)
			continue;
		for (size_t k = 0; k < intent->objects.n; k++)
			strv_add(&c->busy, intent->objects.items[k]);
	}
	return 0;
}

/* ---- records --------------------------------------------------------------------------------- */

static void record_found(
	void *ctx, const char *cls, const char *uuid, const char *reason, bool is_read)
{
	const struct check *c = ctx;
	const char *store = c->s->config.store;
	_cleanup_free_ char *put_aside = uri_is_database(store)
		? xstrdup("give the database another name, make an empty one,")
		: xasprintf("'mv %s %s.damaged'", store, store);

	check_found(ctx, "record", cls, uuid,
		"the record is not as vxe wrote it (%s): %s; then %s and 'vxe "
		"pool-restore-database' of the dump",
		reason,
		is_read ? "'vxe pool-dump-database' saves what it says, or take a dump of before"
			: "only a dump of before has what it said",
		put_aside);
}

static int pass_over(void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	(void)ctx, (void)uuid, (void)doc, (void)err;
	return 0;
}

/* Begins the transaction of a check, which reads all records, most of them one by one. */
static int begin_reading(struct session *s, struct txn **ret, struct vxe_error *err)
{
	size_t n = 0;

	while (classes[n])
		n++;
	_cleanup_free_ const char **names = xcalloc(n + 1, sizeof(*names));

	for (size_t i = 0; i < n; i++)
		names[i] = classes[i]->name;
	return txn_begin(s->store, TXN_READ, ret, err) < 0 ? -1 : txn_hold(*ret, names, err);
}

/* Reads all records; a damaged record is a finding. */
static int check_records(struct check *c, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	int r = begin_reading(c->s, &t, err);

	store_bear_damage(c->s->store, record_found, c);
	for (size_t i = 0; r == 0 && classes[i]; i++)
		r = txn_each(t, classes[i]->name, pass_over, NULL, err);
	store_bear_damage(c->s->store, NULL, NULL);
	return r;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void check_clear(struct check *c)
{
	records_clear(&c->nodes);
	strv_clear(&c->paths);
	strv_clear(&c->unprinted);
	strv_clear(&c->resized);
	strv_clear(&c->detached);
	strv_clear(&c->elsewhere);
	strv_clear(&c->busy);
	strv_clear(&c->orphans);
	strv_clear(&c->lost);
	strv_clear(&c->state_paths);
	strv_clear(&c->state_owners);
	strv_clear(&c->state_names);
	strv_clear(&c->state_texts);
	txn_abort(c->t);
}

/* Recovers operations that died, and adopts domains. A failed recovery is a finding, and the check goes on. */
static int settle_intents(struct check *c, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error failed = { 0 };

	if (op_recover(c->s, NULL, NULL, &failed) < 0) {
		if (failed.code == TASK_CANCELLED || failed.code == VXE_STORE_UNUSABLE) {
			error_move(err, &failed);
			return -1;
		}
		check_failed(c, "intent", "recovery", "failed", &failed);
	}
	return adopt_domains(c->s, err);
}

static int load_nodes(struct check *c, struct vxe_error *err)
{
	if (records_load(c->t, &node_class, NULL, NULL, &c->nodes, err) < 0)
		return -1;
	for (size_t i = 0; i < c->nodes.n; i++) {
		_cleanup_error_ struct vxe_error failed = { 0 };
		const struct node *n = c->nodes.items[i];
		char *path = NULL;

		if (!sr_is_among(&c->elsewhere, n->sr) && node_path(c->t, n, &path, &failed) < 0)
			check_failed(c, "reference", "NODE", n->r.uuid, &failed);
		strv_take(&c->paths, path ? path : xstrdup(""));
	}
	return 0;
}

/*
 * Returns 1 if vxe makes layers and disks in the SR's folder. In an SR that vxe has found and not made, that is so only
 * if a VM may write to one of the disks.
 */
static int is_written(struct check *c, const struct sr *sr, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	if (sr_content(sr) != SR_DISKS || str_is_empty(sr->path))
		return 0;
	if (!sr->adopted)
		return 1;
	if (records_load(c->t, &vdi_class, "sr", sr->r.uuid, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++) {
		const struct vdi *vdi = vdis.items[i];

		if (vdi->managed && vdi->node && !vdi->read_only && !vdi->is_a_snapshot)
			return 1;
	}
	return 0;
}

static int check_folder(struct check *c, const struct sr *sr, struct vxe_error *err)
{
	if (str_is_empty(sr->path) || far_answers(sr->path) < 0 ||
		faccessat(AT_FDCWD, sr->path, W_OK | X_OK, AT_EACCESS) == 0 || errno == ENOENT)
		return 0;
	const char *why = strerrordesc_np(errno);
	bool mounted = errno == EROFS;
	int written = is_written(c, sr, err);

	if (written > 0)
		check_found(c, "folder", "SR", sr->r.uuid,
			"no file can be made in its folder %s (%s), so its disks can have no "
			"snapshots; %s",
			sr->path, why,
			mounted ? "mount it for writing ('mount -o remount,rw')"
				: "give this user the right to write there");
	return written < 0 ? -1 : 0;
}

/* Checks SRs. An unplugged SR is no inconsistency, but the user is told that it was not checked. */
static int check_srs(struct check *c, struct vxe_error *err)
{
	_cleanup_records_ struct records srs = { 0 };

	if (srs_here(c->s, c->t, &srs, err) < 0 ||
		srs_elsewhere(c->s, c->t, &c->elsewhere, err) < 0)
		return -1;
	check_ask_folders(&srs);
	for (size_t i = 0; i < srs.n; i++) {
		const struct sr *sr = srs.items[i];

		struct chain_limit limit;

		if (chain_limit(c->s, sr, 0, &limit, err) < 0)
			return -1;
		if (limit.text)
			check_found(c, "setting", "SR", sr->r.uuid,
				"other-config:" CHAIN_KEY
				" is '%s', not a number from 1 to %zu: %zu counts instead",
				limit.text, limit.most, limit.layers);
		if (!sr->detached) {
			check_reach(c, sr);
			if (!strv_has(&c->detached, sr->r.uuid) && check_folder(c, sr, err) < 0)
				return -1;
			continue;
		}
		strv_add(&c->detached, sr->r.uuid);
		session_notice(c->s, "SR %s (%s) is not attached: its files were not checked.",
			sr->r.uuid, sr->name_label);
	}
	return 0;
}

/* Reports disks with on-boot=reset: an older vxe accepted that setting, but no disk is reset. */
static int check_on_boot(struct check *c, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	if (records_load(c->t, &vdi_class, NULL, NULL, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++) {
		const struct vdi *vdi = vdis.items[i];

		if (vdi->on_boot == ON_BOOT_RESET)
			check_found(c, "setting", "VDI", vdi->r.uuid,
				"on-boot is reset, but the disk keeps what is written to it; 'vxe "
				"vdi-param-set uuid=%s on-boot=persist' says what is done",
				vdi->r.uuid);
	}
	return 0;
}

/*
 * Tells, in one line for all layers that wait for it, of a domain with a volume whose file nobody knows.
 */
static void tell_lacking(struct check *c, const struct layer_fates *fates)
{
	size_t waiting = 0;

	for (size_t i = 0; i < fates->n; i++)
		waiting += fates->items[i].lacking;
	for (size_t i = 0; i < fates->lacking.n; i++)
		session_notice(c->s,
			"Layers wait to be merged or removed (%zu now), as its disk may lie on them: "
			"%s; 'virsh pool-define' and 'virsh pool-start' bring the pool back, 'virsh "
			"edit' of the domain names the file, 'virsh undefine' ends it",
			waiting, fates->lacking.items[i]);
}

/* Tells the user which layers could be merged or removed, and what they wait for; that is no finding. */
static int tell_waiting(struct check *c, struct vxe_error *err)
{
	const struct layer_trees all = { 0 };
	_cleanup_fates_ struct layer_fates fates = { 0 };

	txn_abort(TAKE(c->t));
	if (layers_foresee(c->s, &all, &fates, err) < 0)
		return -1;
	for (size_t i = 0; i < fates.n; i++) {
		const struct layer_fate *f = &fates.items[i];

		if (f->waits && !f->lacking && !strv_has(&c->busy, f->node))
			session_notice(c->s, "Waits to be merged or removed: %s", f->waits);
	}
	tell_lacking(c, &fates);
	return 0;
}

/* Takes the fingerprints of read-only layers for which an older vxe has recorded none. */
static int take_prints(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct check *c = ctx;
	const struct strv *nodes = &c->unprinted;

	for (size_t i = 0; i < nodes->n; i++)
		if (node_take_print(c->s, t, nodes->items[i], false, err) < 0)
			return -1;
	return 0;
}

static int take_sizes(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct check *c = ctx;
	const struct strv *nodes = &c->resized;
	_cleanup_claims_ struct claims claims = { 0 };

	if (claims_load(t, &claims, err) < 0)
		return -1;
	for (size_t i = 0; i < nodes->n; i++) {
		_cleanup_records_ struct records vdis = { 0 };

		if (records_load(t, &vdi_class, "node", nodes->items[i], &vdis, err) < 0)
			return -1;
		for (size_t k = 0; k < vdis.n; k++)
			if (vdi_look_at(c->s, t, vdis.items[k], &claims, err) < 0)
				return -1;
	}
	return 0;
}

static int take_over(struct check *c, struct vxe_error *err)
{
	if (c->resized.n && store_update(c->s->store, take_sizes, c, err) < 0)
		return -1;
	return c->unprinted.n ? store_update(c->s->store, take_prints, c, err) : 0;
}

int check_all(struct session *s, bool read_only, struct findings *ret, struct vxe_error *err)
{
	_cleanup_(check_clear) struct check c = { .s = s, .ret = ret, .read_only = read_only };

	if (check_records(&c, err) < 0)
		return -1;
	if (ret->n) {
		session_notice(s, "Nothing else was checked.");
		return 0;
	}
	if (session_hv(s->here, &c.hv, err) < 0 || (!read_only && settle_intents(&c, err) < 0))
		return -1;
	session_forget_domains(s->here);
	if (begin_reading(s, &c.t, err) < 0 || check_intents(&c, err) < 0 ||
		check_srs(&c, err) < 0 || check_on_boot(&c, err) < 0 || load_nodes(&c, err) < 0 ||
		check_mounts(&c, err) < 0 || check_daemon_files(&c, err) < 0)
		return -1;
	if (check_references(&c, err) < 0 || check_nodes(&c, err) < 0 || check_orphans(&c, err) < 0)
		return -1;
	/*
	 * check_state_files(), check_lost(), check_homes() and tell_waiting() come last, because they end the transaction
	 * that the other checks use.
	 */
	if (check_domains(&c, err) < 0 || check_kept(&c, err) < 0 || check_schedules(&c, err) < 0 ||
		check_clocks(&c, err) < 0 || check_state_files(&c, err) < 0 ||
		check_lost(&c, err) < 0 || check_homes(&c, err) < 0 || tell_waiting(&c, err) < 0)
		return -1;
	schedule_tell_unwatched(s, NULL);
	if (s->pool_size > 1)
		session_notice(
			s, "Files and guests of other hosts are looked at by 'vxe check' there.");
	return read_only ? 0 : take_over(&c, err);
}
