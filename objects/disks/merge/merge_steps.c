/* SPDX-License-Identifier: MIT */
/*
 * The steps of a merge. Until the switch to the copy, both files read correctly, and the merge can
 * be abandoned or begun again; after the switch it is only completed. Headers and definitions show
 * whether the switch was made, not the result of a job. If the process that wrote a header has
 * died, a header that names the copy proves nothing: then it is set back.
 */
#include "objects/disks/disks.h"

#include "objects/disks/file_users/file_users.h"
#include "objects/disks/images/image_merge.h"
#include "objects/disks/images/image_bitmaps.h"
#include "backends/content/content.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/node_fingerprint.h"
#include "objects/hidden_snapshots/hidden_snapshot.h"
#include "objects/disks/merge/merge_copy.h"
#include "objects/disks/merge/merge_plan.h"
#include "objects/disks/merge/merge_state.h"
#include "objects/disks/content_loss.h"
#include "objects/disks/vdi_move.h"

/* ---- before anything happens ----------------------------------------------------------------- */

/* Looks for internal snapshots in the layer's file again: another program may have made one since the plan. */
static int check_internal(
	struct op *op, const struct node *n, const char *path, struct vxe_error *err)
{
	_cleanup_free_ char *names = NULL;

	if (node_internal(op->s, n, path, &names, err) < 0)
		return -1;
	return names && !loss_is_named(op->s, n->r.uuid)
		? vxe_fail(err, VXE_INTERNAL_SNAPSHOTS, path, names)
		: 0;
}

static int step_check(struct op *op, struct vxe_error *err)
{
	_cleanup_merge_ struct merge m = { 0 };
	_cleanup_strv_ struct strv paths = { 0 }, known = { 0 };

	if (merge_load(op, &m, err) < 0)
		return -1;
	/*
	 * A running QEMU already has the lower file open for reading, and would write to it without repair: so a file
	 * that needs repair is refused.
	 */
	if (op->plan.running &&
		content_vet(content_of(op->s, m.disk->new_path), m.stay->format, VET_SOUND, err) <
			0)
		return -1;
	if (check_internal(op, m.gone, m.disk->old_path, err) < 0 ||
		(!m.down && check_internal(op, m.stay, m.disk->new_path, err) < 0))
		return -1;
	for (size_t i = 0; i < m.above.n; i++)
		if (check_internal(op, m.above.items[i], m.above_paths.items[i], err) < 0)
			return -1;
	strv_add(&paths, m.disk->old_path);
	/* a commit writes to the lower file; the removed file, which names it, is a known user */
	if (m.down)
		strv_add(&paths, m.disk->new_path);
	strv_add(&known, m.down ? m.disk->old_path : m.disk->new_path);
	for (size_t i = 0; i < m.above_paths.n; i++)
		strv_add(&known, m.above_paths.items[i]);
	plan_domains(&op->plan, &known);
	if (op->plan.domain)
		strv_add(&known, op->plan.domain);
	return strangers_find(op->s, &paths, &known, NULL, NULL, err) < 0 ||
			users_lacking_check(op->s, m.gone, m.disk->old_path, err) < 0 ||
			users_lacking_check(op->s, m.stay, m.disk->new_path, err) < 0 ||
			merge_check_readers(&m, err) < 0
		? -1
		: 0;
}

/*
 * Notes in a record that the file of another program's layer has no write bits, before the merge sets them. From the
 * record, step_shut() and undo_open() then know that they have to take the write bits again.
 */
static int note_shut(struct session *s, struct txn *t, const struct node *of, const char *path,
	struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	struct content_stat f;

	if (of->origin != NODE_ADOPTED_LEAF || of->state != NODE_FROZEN || of->old_mode)
		return 0;
	if (content_stat(content_of(s, path), &f, err) < 0)
		return -1;
	if (!f.exists || f.device || (f.mode & WRITE_BITS))
		return 0;
	if (node_get(t, of->r.uuid, &n, err) < 0)
		return -1;
	n->old_mode = f.mode;
	return record_save(t, &node_class, n, err);
}

static int note_all_shut(struct txn *t, const struct merge *m, struct vxe_error *err)
{
	if (note_shut(m->op->s, t, m->stay, m->disk->new_path, err) < 0 ||
		note_shut(m->op->s, t, m->gone, m->disk->old_path, err) < 0)
		return -1;
	for (size_t i = 0; i < m->above.n; i++)
		if (note_shut(m->op->s, t, m->above.items[i], m->above_paths.items[i], err) < 0)
			return -1;
	return 0;
}

static int mark_merging(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct merge *m = ctx;
	const struct node *high = m->down ? m->gone : m->stay;
	const char *low = (m->down ? m->stay : m->gone)->r.uuid;
	_cleanup_records_ struct records above = { 0 };
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	int names;

	if (note_all_shut(t, m, err) < 0 || node_get(t, low, &n, err) < 0 ||
		node_count_names(t, low, &names, err) < 0 || node_children(t, low, &above, err) < 0)
		return -1;
	if (names || above.n != 1 || n->state == NODE_DOOMED ||
		!str_eq(((const struct node *)above.items[0])->r.uuid, high->r.uuid))
		return vxe_fail(err, VXE_TRY_AGAIN, low, "other layers build on it by now");
	n->state = NODE_MERGING;
	return record_save(t, &node_class, n, err);
}

/*
 * Marks the lower layer as one that is being merged: from now on its content belongs to no disk, and nobody may build
 * on it.
 */
static int step_mark(struct op *op, struct vxe_error *err)
{
	_cleanup_merge_ struct merge m = { 0 };

	if (merge_load(op, &m, err) < 0)
		return -1;
	return store_update(op->s->store, mark_merging, &m, err);
}

/* ---- write bits ------------------------------------------------------------------------------ */

static int shut_above(const struct merge *m, struct vxe_error *err)
{
	for (size_t i = 0; i < m->above.n; i++) {
		const struct node *n = m->above.items[i];

		if (merge_shut_file(
			    n, n->state, content_of(m->op->s, m->above_paths.items[i]), err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Allocates the disk space for the headers that are rewritten last, or the merge does not begin: QEMU dies if the
 * last write of a merge fails, and an offline merge would be left half done.
 */
static int reserve_headers(const struct merge *m, struct vxe_error *err)
{
	for (size_t i = 0; i < m->above_paths.n; i++)
		if (image_reserve_header(content_of(m->op->s, m->above_paths.items[i]), err) < 0)
			return -1;
	return m->down ? 0 : image_reserve_header(content_of(m->op->s, m->disk->new_path), err);
}

/*
 * Sets the write bits of every file that QEMU or qemu-img opens for writing during the merge: the target, and each
 * file whose header will name another backing file. Otherwise QEMU dies in the middle.
 */
static int step_open(struct op *op, struct vxe_error *err)
{
	_cleanup_merge_ struct merge m = { 0 };

	if (merge_load(op, &m, err) < 0 ||
		merge_open_file(m.stay, content_of(op->s, m.disk->new_path), err) < 0)
		return -1;
	/* qemu-img opens the upper file for writing, too, although it writes nothing to it. */
	if (m.down && !op->plan.running &&
		merge_open_file(m.gone, content_of(op->s, m.disk->old_path), err) < 0)
		return -1;
	for (size_t i = 0; i < m.above.n; i++)
		if (merge_open_file(
			    m.above.items[i], content_of(op->s, m.above_paths.items[i]), err) < 0)
			return -1;
	return reserve_headers(&m, err);
}

struct prints {
	struct session *s;
	struct strv nodes;
};

static int note_prints(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct prints *p = ctx;
	const struct strv *nodes = &p->nodes;

	for (size_t i = 0; i < nodes->n; i++)
		if (node_take_print(p->s, t, nodes->items[i], true, err) < 0)
			return -1;
	return 0;
}

static int undo_open(struct op *op, struct vxe_error *err)
{
	_cleanup_merge_ struct merge m = { 0 };
	struct content_stat f;

	if (merge_load(op, &m, err) < 0 || merge_free_leaks(&m) < 0 || shut_above(&m, err) < 0 ||
		merge_shut_file(m.stay, m.stay->state, content_of(op->s, m.disk->new_path), err) <
			0 ||
		content_stat(content_of(op->s, m.disk->old_path), &f, err) < 0)
		return -1;
	/*
	 * Takes new fingerprints of the layers whose headers were rewritten and set back, of the target of a pull,
	 * and of the upper file of a commit, which may have been repaired.
	 */
	struct prints p = { .s = op->s };

	for (size_t i = 0; i < m.above.n; i++)
		strv_add(&p.nodes, ((const struct node *)m.above.items[i])->r.uuid);
	strv_add(&p.nodes, (m.down ? m.gone : m.stay)->r.uuid);
	int r = store_update(op->s->store, note_prints, &p, err);

	strv_clear(&p.nodes);

	if (r < 0)
		return -1;
	if (!f.exists)
		return 0;
	if (m.gone->state == NODE_WRITABLE)
		return content_thaw(
			content_of(op->s, m.disk->old_path), (mode_t)m.disk->old_mode, err);
	return merge_shut_file(m.gone, m.gone->state, content_of(op->s, m.disk->old_path), err);
}

/*
 * Syncs the file that remains after a merge, and the files above it whose headers QEMU has rewritten. QEMU syncs them
 * only when the guest asks for it, and the merged file is removed after this step.
 */
static int sync_written(const struct merge *m, struct vxe_error *err)
{
	for (size_t i = 0; i < m->above_paths.n; i++)
		if (content_sync(content_of(m->op->s, m->above_paths.items[i]), err) < 0)
			return -1;
	return content_sync(content_of(m->op->s, m->disk->new_path), err);
}

/*
 * After the merge of a halted VM's upper file, the lower one is the disk, and gets owner, mode and ACL of the upper one: what
 * libvirt has remembered of the lower file's owner has gone to the upper one with the snapshot. Of a running VM libvirt does that.
 */
static int give_rights(const struct merge *m, struct vxe_error *err)
{
	struct content *upper = content_of(m->op->s, m->disk->old_path);
	struct content_draft d = { .at = content_of(m->op->s, m->disk->new_path),
		.fd = -1,
		.like = upper,
		.old_mode = (mode_t)m->disk->old_mode,
		.placed = true };
	struct content_stat of, to;

	if (!m->down || m->op->plan.running || m->above.n || m->gone->state != NODE_WRITABLE)
		return 0;
	if (content_stat(upper, &of, err) < 0 || content_stat(d.at, &to, err) < 0)
		return -1;
	if (!of.exists || of.device || to.device ||
		(of.uid == to.uid && of.gid == to.gid && of.mode == to.mode))
		return 0;
	return content_finish(&d, 1, err);
}

static int step_shut(struct op *op, struct vxe_error *err)
{
	_cleanup_merge_ struct merge m = { 0 };

	if (merge_load(op, &m, err) < 0 || (op->plan.running && sync_written(&m, err) < 0) ||
		shut_above(&m, err) < 0 || give_rights(&m, err) < 0)
		return -1;
	return merge_shut_file(m.stay, m.down ? m.gone->state : m.stay->state,
		content_of(op->s, m.disk->new_path), err);
}

/* ---- the switch ------------------------------------------------------------------------------ */

static int switch_headers(const struct merge *m, struct vxe_error *err)
{
	for (size_t i = 0; i < m->above_paths.n; i++) {
		const char *child = m->above_paths.items[i];
		_cleanup_free_ char *name = node_backing_name(child, m->disk->new_path);
		int done = header_names(content_of(m->op->s, child), m->disk->new_path, err);

		if (done < 0 ||
			(!done &&
				image_set_backing(content_of(m->op->s, child), name,
					m->stay->format, err) < 0))
			return -1;
	}
	return 0;
}

/* Fails if a domain was started on the file that is to be removed: its writes would be lost. */
static int refuse_if_started(
	const struct merge *m, const struct strv *domains, struct vxe_error *err)
{
	struct hv *hv;

	if (session_hv(m->op->s->here, &hv, err) < 0)
		return -1;
	for (size_t i = 0; i < domains->n; i++) {
		bool up;
		int r;

		if (hv_is_up(hv, domains->items[i], &up, err) < 0)
			return -1;
		if (!up)
			continue;
		r = domain_is_on(m->op, domains->items[i], HV_XML_LIVE, m->disk->old_path, err);
		if (r)
			return r < 0 ? -1
				     : vxe_fail(err, VXE_TRY_AGAIN, domains->items[i],
					       "the VM was started meanwhile");
	}
	return 0;
}

static int move_definitions(
	const struct merge *m, const struct strv *domains, bool forward, struct vxe_error *err)
{
	for (size_t i = 0; i < domains->n; i++)
		if (domain_move_disks(m->op, domains->items[i], forward, err) < 0)
			return -1;
	return 0;
}

static int switch_definitions(const struct merge *m, struct vxe_error *err)
{
	_cleanup_strv_ struct strv domains = { 0 };
	_cleanup_error_ struct vxe_error second = { 0 };

	plan_domains(&m->op->plan, &domains);
	if (refuse_if_started(m, &domains, err) < 0 || move_definitions(m, &domains, true, err) < 0)
		return -1;
	if (refuse_if_started(m, &domains, err) == 0)
		return 0;
	/*
	 * The domain that was started goes on with the upper file, so the definitions go back to it at once; only the
	 * copy is out of date.
	 */
	if (move_definitions(m, &domains, false, &second) < 0)
		error_note(err, "and the old definition could not be restored");
	return -1;
}

static int switch_offline(const struct merge *m, struct vxe_error *err)
{
	return m->above.n ? switch_headers(m, err) : switch_definitions(m, err);
}

/*
 * Takes the write bits of the upper file just before QEMU pivots to the lower one. If no vxe survives to record the
 * pivot, the missing write bits show that the guest may already use the lower file. They also stop others from
 * starting a domain on the stale upper file.
 */
static int mark_pivot(void *ctx, struct vxe_error *err)
{
	const struct merge *m = ctx;
	mode_t mode; /* unused: the plan has the file's mode from before */

	return op_before_commit(m->op, err) < 0 ||
			content_freeze(content_of(m->op->s, m->disk->old_path), &mode, err) < 0
		? -1
		: check_internal(m->op, m->gone, m->disk->old_path, err);
}

/* Runs QEMU's merge job until it ends. Its end does not tell of success: the caller checks the files. */
static int run_job(struct merge *m, const char *top, struct vxe_error *err)
{
	_cleanup_job_ struct hv_job *job = NULL;
	struct hv *hv;

	if (session_hv(m->op->s->here, &hv, err) < 0 ||
		hv_merge_start(hv, m->op->plan.domain, m->disk->target,
			top ? NULL : m->disk->old_path, m->disk->new_path, top,
			merge_speed_of(m->op), &job, err) < 0)
		return -1;
	if (!top)
		hv_before_pivot(job, mark_pivot, m);
	return op_wait_job(m->op, job, err) < 0 ? merge_fail_job(m, err) : 0;
}

/* True if the domain has been running in the same QEMU since this process planned the merge. */
static int is_watched(const struct merge *m, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	const struct plan *p = &m->op->plan;
	struct hv *hv;

	/* after a restart of the host another QEMU may have the same domain id */
	if (m->op->recovering)
		return 0;
	if (session_hv(m->op->s->here, &hv, err) < 0 ||
		hv_find(hv, m->op->plan.domain, &d, err) < 0)
		return -1;
	return d.uuid && plan_has(p, MERGE_DOMAIN_ID) && plan_int(p, MERGE_DOMAIN_ID) == d.id;
}

/*
 * Returns 1 if the copied data may be incomplete: the process that changed the backing file's name may have died
 * before the tables of the copy were on the disk. Fails if the copy is incomplete and a guest runs on it.
 */
static int is_in_doubt(const struct merge *m, struct vxe_error *err)
{
	struct hv *hv;
	bool up;

	if (!m->op->plan.running)
		return !m->down; /* in a commit the copy was complete before the headers changed */
	if (m->down && !m->above.n)
		return 0; /* QEMU writes everything to the disk before a pivot */
	if (session_hv(m->op->s->here, &hv, err) < 0 ||
		hv_is_up(hv, m->op->plan.domain, &up, err) < 0)
		return -1;
	if (!up)
		return 1;
	int watched = is_watched(m, err);

	if (watched)
		return watched < 0 ? -1 : 0;
	/*
	 * Compares the copy with its source. If a running guest has the copy open, the headers cannot be set back to
	 * the source.
	 */
	const struct plan_disk *d = m->disk;
	int same = image_same_content(content_of(m->op->s, d->old_path), m->gone->format,
		content_of(m->op->s, d->new_path), m->stay->format, err);

	if (same < 0)
		return -1;
	if (same)
		return content_sync(content_of(m->op->s, d->new_path), err);
	return vxe_fail(err, VXE_DISK_CHANGED, m->op->plan.domain, d->new_path,
		"it lacks some of the data to be merged into it, and the VM was started on it; "
		"stop the VM with 'virsh destroy', then the next command repairs its disk");
}

static int switch_live(struct merge *m, struct vxe_error *err)
{
	if (run_job(m, m->above.n ? m->disk->old_path : NULL, err) < 0)
		return -1;
	int r = merge_switched(m, err);

	if (r <= 0)
		return r < 0 ? -1
			     : vxe_fail(err, VXE_IMAGE_FAILED, m->disk->old_path, MERGE_BROKE_OFF);
	r = is_in_doubt(m, err);
	return r > 0 ? vxe_fail(err, VXE_TRY_AGAIN, m->gone->r.uuid,
			       "QEMU has ended before the merge was on the disk")
		     : r;
}

static int step_commit_switch(struct op *op, struct vxe_error *err)
{
	_cleanup_merge_ struct merge m = { 0 };

	if (merge_load(op, &m, err) < 0 || check_internal(op, m.gone, m.disk->old_path, err) < 0)
		return -1;
	return op->plan.running ? switch_live(&m, err) : switch_offline(&m, err);
}

static int step_pull_switch(struct op *op, struct vxe_error *err)
{
	_cleanup_merge_ struct merge m = { 0 };
	_cleanup_free_ char *name = NULL;

	if (merge_load(op, &m, err) < 0)
		return -1;
	if (m.base)
		name = node_backing_name(m.disk->new_path, m.base);
	if (image_bitmaps_carry(content_of(op->s, m.disk->old_path),
		    content_of(op->s, m.disk->new_path), m.stay->format, true, err) < 0)
		return -1;
	return image_pull(content_of(op->s, m.disk->new_path), name, m.base_format, err);
}

/*
 * Completes the switch of a merge that was interrupted; with a running domain, its definition gets the file that
 * remains.
 */
static int step_complete(struct op *op, struct vxe_error *err)
{
	_cleanup_merge_ struct merge m = { 0 };

	if (op->plan.domain)
		return domain_move_disks(op, op->plan.domain, true, err) < 0
			? -1
			: step_define_others(op, err);
	if (merge_load(op, &m, err) < 0)
		return -1;
	return m.down ? switch_offline(&m, err) : 0;
}

static int name_again(
	const struct merge *m, const struct node *n, const char *path, struct vxe_error *err)
{
	_cleanup_free_ char *name = node_backing_name(path, m->disk->old_path);

	return merge_open_file(n, content_of(m->op->s, path), err) < 0
		? -1
		: image_set_backing(content_of(m->op->s, path), name, m->gone->format, err);
}

/*
 * Sets the headers back to the layer that was to be removed: it is still complete, and as backing file it gives the
 * old content.
 */
static int take_back(const struct merge *m, struct vxe_error *err)
{
	if (!m->down)
		return name_again(m, m->stay, m->disk->new_path, err);
	for (size_t i = 0; i < m->above.n; i++)
		if (name_again(m, m->above.items[i], m->above_paths.items[i], err) < 0)
			return -1;
	return 0;
}

/*
 * Gives snapshots of the VM that libvirt had to forget back to libvirt, because after the merge the VM may write
 * again to the image that holds them. So libvirt lists them before anybody could think that they are gone.
 */
static int step_give_back(struct op *op, struct vxe_error *err)
{
	_cleanup_merge_ struct merge m = { 0 };
	_cleanup_strv_ struct strv domains = { 0 };

	if (merge_load(op, &m, err) < 0)
		return -1;
	plan_domains(&op->plan, &domains);
	if (op->plan.domain)
		strv_add(&domains, op->plan.domain);
	for (size_t i = 0; !m.above.n && i < domains.n; i++)
		if (hidden_give_back(op->s, domains.items[i], err) < 0)
			return -1;
	return 0;
}

static int merge_probe(struct op *op, struct vxe_error *err)
{
	_cleanup_merge_ struct merge m = { 0 };

	if (merge_load(op, &m, err) < 0)
		return -1;
	int switched = merge_switched(&m, err);
	int doubt = switched > 0 ? is_in_doubt(&m, err) : 0;

	if (switched <= 0 || !doubt)
		return switched;
	return doubt < 0 || take_back(&m, err) < 0 ? -1 : 0;
}

static const struct step commit_steps[] = {
	{ "check", DO(step_check, NULL), false },
	{ "mark", DO(step_mark, NULL), false },
	{ "open", DO(step_open, undo_open), false },
	{ "copy", DO(merge_step_copy, NULL), false },
	{ "switch", DO(step_commit_switch, NULL), true },
	{ "complete", DO_WITH(DISK(DEFINE_OTHERS), step_complete, NULL), false },
	{ "shut", DO(step_shut, NULL), false },
	{ "give-back", DO(step_give_back, NULL), false },
	{ 0 },
};

static const struct step pull_steps[] = {
	{ "check", DO(step_check, NULL), false },
	{ "mark", DO(step_mark, NULL), false },
	{ "open", DO(step_open, undo_open), false },
	{ "switch", DO(step_pull_switch, NULL), true },
	{ "complete", DO_WITH(DISK(DEFINE_OTHERS), step_complete, NULL), false },
	{ "shut", DO(step_shut, NULL), false },
	{ 0 },
};

static const struct plan_member merge_members[] = {
	{ MERGE_DOMAIN_ID, PLAN_INT, "identifies one run of the domain" },
	{ 0 },
};
static const struct plan_member asked_members[] = {
	{ MERGE_SPEED, PLAN_INT, "bytes per second at most; 0: as fast as possible" },
	{ 0 },
};

const struct op_type coalesce_commit_op = { "coalesce-commit", NULL, commit_steps,
	PLAN_MEMBERS(merge_members), merge_probe };
const struct op_type vdi_merge_op = { "vdi-merge", "merge", commit_steps,
	PLAN_MEMBERS(merge_members, asked_members), merge_probe };
const struct op_type coalesce_pull_op = { "coalesce-pull", NULL, pull_steps,
	PLAN_MEMBERS(merge_members), merge_probe };
