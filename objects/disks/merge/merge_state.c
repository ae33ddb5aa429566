/* SPDX-License-Identifier: MIT */
/* The two layers of a merge: their records, and facts by which one can see how far the merge is. */
#include "objects/disks/merge/merge_state.h"

#include "backends/content/content.h"
#include "backends/machine/machine.h"
#include "objects/base/file_key.h"
#include "objects/classes/storage/node_names.h"
#include "objects/disks/steps/commit_side.h"
#include "objects/disks/disks.h"
#include "objects/disks/merge/merge_plan.h"
#include "objects/disks/vdi_move.h"
#include "objects/session/disk_path.h"

#include <sys/stat.h>

#define SETTLE_MS (60L * 1000)
/*
 * Longer than QEMU takes from a write to one file of a copy job until the same write to the other, and than a tick of
 * the file system's clock.
 */
#define MOMENT_NS (10L * 1000 * 1000)

void merge_clear(struct merge *m)
{
	node_free(m->gone);
	node_free(m->stay);
	records_clear(&m->above);
	strv_clear(&m->above_paths);
	free(m->base);
	free(m->base_format);
}

static int load_above(struct merge *m, struct txn *t, struct vxe_error *err)
{
	if (node_children(t, m->gone->r.uuid, &m->above, err) < 0)
		return -1;
	for (size_t i = 0; i < m->above.n; i++) {
		char *path;

		if (node_path(t, m->above.items[i], &path, err) < 0)
			return -1;
		strv_take(&m->above_paths, path);
	}
	return 0;
}

static int load_base(struct merge *m, struct txn *t, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *base = NULL;

	if (!m->gone->parent)
		return 0;
	if (node_get(t, m->gone->parent, &base, err) < 0)
		return -1;
	m->base_format = xstrdup(base->format);
	return node_path(t, base, &m->base, err);
}

int merge_load(struct op *op, struct merge *m, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	void *gone = NULL, *stay = NULL;

	m->op = op;
	m->disk = &op->plan.disks[0];
	m->down = op->type != &coalesce_pull_op;
	if (txn_begin(op->s->store, TXN_READ, &t, err) < 0)
		return -1;
	int r = record_load(t, &node_class, m->disk->old_node, &gone, err);

	if (r == 0)
		r = record_load(t, &node_class, m->disk->new_node, &stay, err);
	m->gone = gone;
	m->stay = stay;
	if (r < 0)
		return -1;
	return m->down ? load_above(m, t, err) : load_base(m, t, err);
}

/* ---- facts ----------------------------------------------------------------------------------- */

int header_names(struct content *c, const char *backing, struct vxe_error *err)
{
	const char *image = content_place(c);
	_cleanup_header_ struct content_header h = { 0 };
	int r = content_read(c, &h, err);

	if (r < 0)
		return -1;
	if (r == 0)
		return vxe_fail(err, VXE_IMAGE_FAILED, image, "not a qcow2 image");
	const char *found = h.backing_path;

	return file_is_same(found, backing);
}

int domain_is_on(
	struct op *op, const char *uuid, enum hv_xml which, const char *path, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;

	if (session_hv(op->s->here, &hv, err) < 0 || hv_find(hv, uuid, &d, err) < 0)
		return -1;
	if (!d.uuid)
		return 0;
	if (hv_xml(hv, uuid, which, &xml, err) < 0 || spec_read(xml, &spec, err) < 0)
		return -1;
	struct spec_disk *disk;

	return disk_on(op->s, spec, path, &disk, err) < 0 ? -1 : disk != NULL;
}

/*
 * Returns 1 if the definition, or the live XML, of one of the plan's domains names the file that remains after the
 * merge: somebody may have written to that file since the switch.
 */
static int any_moved(const struct merge *m, struct vxe_error *err)
{
	_cleanup_strv_ struct strv domains = { 0 };
	const char *stay = m->disk->new_path;
	struct hv *hv;

	plan_domains(&m->op->plan, &domains);
	if (session_hv(m->op->s->here, &hv, err) < 0)
		return -1;
	for (size_t i = 0; i < domains.n; i++) {
		const char *d = domains.items[i];
		struct hv_domain found = { 0 };

		if (hv_find(hv, d, &found, err) < 0)
			return -1;
		bool there = found.uuid != NULL;
		hv_domain_clear(&found);
		if (!there)
			continue;
		if (hv_settle(hv, d, NULL, SETTLE_MS, err) < 0)
			return -1;
		int r = domain_is_on(m->op, d, HV_XML_INACTIVE, stay, err);

		if (r == 0)
			r = domain_is_on(m->op, d, HV_XML_LIVE, stay, err);
		if (r)
			return r;
	}
	return 0;
}

int op_was_moved(struct op *op, const struct plan_disk *d, struct vxe_error *err)
{
	struct content_stat above, below;
	enum noted noted;
	struct hv *hv;
	bool up;

	if (session_hv(op->s->here, &hv, err) < 0 || hv_is_up(hv, op->plan.domain, &up, err) < 0 ||
		content_stat(content_of(op->s, d->old_path), &above, err) < 0 ||
		content_stat(content_of(op->s, d->new_path), &below, err) < 0 ||
		op_noted(op, d->old_path, d->new_path, &noted, err) < 0)
		return -1;
	if (!up && noted)
		return noted == NOTED_AFTER;
	return !up && above.exists && !above.device && !(above.mode & S_IWUSR) &&
		below.written > above.written + MOMENT_NS;
}

/*
 * True if the guest uses the lower file of the merge. A libvirtd that died at the end of the merge may not know that,
 * so QEMU and the files are examined, too.
 */
static int has_pivoted(const struct merge *m, struct vxe_error *err)
{
	const char *stay = m->disk->new_path;
	int r = domain_is_on(m->op, m->op->plan.domain, HV_XML_LIVE, stay, err);

	if (r == 0)
		r = op_writes_unseen(m->op, stay, err);
	return r ? r : op_was_moved(m->op, m->disk, err);
}

int merge_switched(const struct merge *m, struct vxe_error *err)
{
	int r;

	if (!m->down) {
		r = header_names(content_of(m->op->s, m->disk->new_path), m->disk->old_path, err);
		return r < 0 ? -1 : !r;
	}
	for (size_t i = 0; i < m->above_paths.n; i++) {
		r = header_names(
			content_of(m->op->s, m->above_paths.items[i]), m->disk->new_path, err);
		if (r)
			return r;
	}
	if (m->above_paths.n)
		return 0;
	if (m->op->plan.running)
		return has_pivoted(m, err);
	return any_moved(m, err);
}

/* ---- write bits ------------------------------------------------------------------------------ */

int merge_open_file(const struct node *n, struct content *c, struct vxe_error *err)
{
	struct content_stat f;

	if (n->origin == NODE_ADOPTED_BASE)
		return 0;
	if (content_stat(c, &f, err) < 0)
		return -1;
	if (!f.exists || f.device || (f.mode & S_IWUSR))
		return 0;
	return content_thaw(c, f.mode | ((mode_t)n->old_mode & 0222) | S_IWUSR, err);
}

int merge_shut_file(const struct node *n, int state, struct content *c, struct vxe_error *err)
{
	struct content_stat f;
	mode_t mode;

	bool never_shut = n->origin == NODE_ADOPTED_LEAF && !n->old_mode && state == n->state;

	if (n->origin == NODE_ADOPTED_BASE || state == NODE_DOOMED || never_shut)
		return 0;
	if (state == NODE_WRITABLE)
		return merge_open_file(n, c, err);
	if (content_stat(c, &f, err) < 0)
		return -1;
	return f.exists ? content_freeze(c, &mode, err) : 0;
}

/* ---- what is in the way, and what went wrong ----------------------------------------------------- */

int merge_check_readers(const struct merge *m, struct vxe_error *err)
{
	const char *path = m->disk->new_path;
	bool open = false;

	if (m->op->plan.running || file_is_device(path))
		return 0;
	if (content_in_use(content_of(m->op->s, path), USE_OPEN, &open, err) < 0)
		return -1;
	_cleanup_free_ char *reader = open ? machine_opener(m->op->s->config.root, path) : NULL;

	return reader ? vxe_fail(err, VXE_DEPENDENTS, path, reader) : 0;
}

int merge_fail_job(const struct merge *m, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error said = { 0 };

	if (err->code != VXE_HYPERVISOR_FAILED)
		return -1;
	error_move(&said, err);
	_cleanup_free_ char *why =
		xasprintf(MERGE_BROKE_OFF ": %s", said.params[said.n_params - 1]);

	return vxe_fail(err, VXE_IMAGE_FAILED, m->disk->old_path, why);
}
