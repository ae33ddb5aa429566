/* SPDX-License-Identifier: MIT */
/* Finds out whether an operation has passed its commit point, by the files that a domain and its guest use. */
#include "objects/disks/steps/commit_side.h"

#include "objects/session/file_chain.h"
#include "objects/disks/images/image_merge.h"
#include "backends/content/content.h"
#include "objects/base/file_key.h"
#include "objects/base/log.h"
#include "objects/session/disk_path.h"

#define MS_NS (1000L * 1000)

/* True if the operation gives the guest a new, empty layer for this disk, to which the guest may write. */
static bool is_new_layer(const struct plan_disk *d)
{
	return (d->make || d->given) && d->target;
}

/*
 * True if the plan's new file is in the backing chain of the file that the domain names: another program may have
 * made a snapshot on the new file since.
 */
static bool is_below(struct op *op, const struct plan_disk *d, const struct spec_disk *disk)
{
	_cleanup_file_chain_ struct file_chain chain = { 0 };
	_cleanup_free_ char *top = disk ? disk_path(op->s, disk) : NULL;

	if (!top || !is_new_layer(d))
		return false;
	file_chain_read(content_of(op->s, top), disk->format, &chain);
	return file_chain_find(&chain, d->new_path) > 0;
}

/* All disks of the plan move at once, so one new file in the XML shows that all have moved. */
int op_xml_names_new(struct op *op, enum hv_xml which, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;
	struct hv *hv;

	if (session_hv(op->s->here, &hv, err) < 0 ||
		hv_xml(hv, op->plan.domain, which, &xml, err) < 0 || spec_read(xml, &spec, err) < 0)
		return -1;
	for (size_t i = 0; i < op->plan.n_disks; i++) {
		const struct plan_disk *d = &op->plan.disks[i];
		struct spec_disk *disk;

		if (!d->target)
			continue;
		if (disk_on(op->s, spec, d->new_path, &disk, err) < 0)
			return -1;
		if (disk || is_below(op, d, spec_find_disk(spec, d->target)))
			return 1;
	}
	return 0;
}

int op_guest_uses(struct op *op, const char *path, struct vxe_error *err)
{
	_cleanup_strv_ struct strv files = { 0 };
	struct hv *hv;

	if (session_hv(op->s->here, &hv, err) < 0 ||
		hv_disk_files(hv, op->plan.domain, &files, err) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++)
		if (file_is_same(files.items[i], path))
			return 1;
	return 0;
}

/*
 * Fails because a process writes to a file of a VM that libvirt does not run: the guest may run on another host, or
 * libvirt has lost it (seen with 9.0 after libvirtd was killed).
 */
static int fail_written(const struct plan *p, const char *path, struct vxe_error *err)
{
	return p->domain
		? vxe_fail(err, VXE_DISK_CHANGED, p->domain, path,
			  "a process writes to it, although libvirt does not run the VM here; end "
			  "that process first, or the VM where it runs")
		: vxe_fail(err, VXE_DEPENDENTS, path,
			  "a process that writes to it, perhaps a guest on another host");
}

int op_has_writer(struct op *op, const char *path, struct vxe_error *err)
{
	struct content_stat f;
	bool writer = false, up = false;
	struct hv *hv;

	if (content_stat(content_of(op->s, path), &f, err) < 0 ||
		(f.exists && content_in_use(content_of(op->s, path), USE_WRITER, &writer, err) < 0))
		return -1;
	if (!writer)
		return 0;
	if (op->plan.domain &&
		(session_hv(op->s->here, &hv, err) < 0 ||
			hv_is_up(hv, op->plan.domain, &up, err) < 0))
		return -1;
	return up ? 1 : fail_written(&op->plan, path, err);
}

int op_writes_unseen(struct op *op, const char *path, struct vxe_error *err)
{
	int r = op_has_writer(op, path, err);

	if (r > 0)
		r = op_guest_uses(op, path, err);
	if (r <= 0)
		return r;
	log_warn("%s of %s: the guest writes to %s, though libvirt names another file. "
		 "The VM's disks go on there; stop and start the VM before anything else",
		op->type->name, op->plan.object, path);
	session_notice(op->s,
		"the guest writes to %s, though libvirt names another file; stop and start the VM",
		path);
	return 1;
}

int op_live_files(struct op *op, struct strv *ret, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;
	struct hv *hv;

	if (session_hv(op->s->here, &hv, err) < 0 ||
		hv_xml(hv, op->plan.domain, HV_XML_LIVE, &xml, err) < 0 ||
		spec_read(xml, &spec, err) < 0)
		return -1;
	for (size_t i = 0; i < spec->n_disks; i++) {
		_cleanup_free_ char *path = disk_path(op->s, &spec->disks[i]);

		if (path)
			strv_add(ret, path);
	}
	return 0;
}

static bool has_file(const struct strv *files, const char *path)
{
	for (size_t i = 0; i < files->n; i++)
		if (file_is_same(files->items[i], path))
			return true;
	return false;
}

int op_noted(struct op *op, const char *before, const char *after, enum noted *ret,
	struct vxe_error *err)
{
	const struct guest_note *n = &op->note;
	struct content_stat f;

	*ret = NOTED_NOTHING;
	if (!n->at)
		return 0;
	bool old = has_file(&n->writes, before), new = has_file(&n->writes, after);

	/* a merge or a copy that is about to move the guest writes to both, and QEMU keeps both open for a time */
	if (old && !new)
		*ret = NOTED_BEFORE;
	if (old || (!new && !has_file(&n->names, after)))
		return 0;
	if (content_stat(content_of(op->s, before), &f, err) < 0)
		return -1;
	/* a guest that was started again since on the file from before has written to it */
	if (!f.exists || f.device || f.written <= (n->at + 1) * MS_NS)
		*ret = NOTED_AFTER;
	return 0;
}

/* *ret: the time of the last write to the overlay; 0: nobody has written to it since it was made. */
static int overlay_written(
	struct op *op, const struct plan_disk *d, int64_t *ret, struct vxe_error *err)
{
	struct content_stat f;
	bool touched = false;

	*ret = 0;
	if (content_stat(content_of(op->s, d->new_path), &f, err) < 0 ||
		(f.exists &&
			image_touched(content_of(op->s, d->new_path), "qcow2", &touched, err) < 0))
		return -1;
	if (touched)
		*ret = f.written;
	return 0;
}

/*
 * True if a QEMU that has ended wrote to the overlays. Only a QEMU that has switched does so; then the domain's disks
 * are the overlays, unless a file below was modified later: in that case the guest was restarted on the old files.
 */
static int was_writer(struct op *op, struct vxe_error *err)
{
	int64_t above = 0, below = 0;
	struct hv *hv;
	bool up;

	if (session_hv(op->s->here, &hv, err) < 0 || hv_is_up(hv, op->plan.domain, &up, err) < 0)
		return -1;
	if (up)
		return 0;
	for (size_t i = 0; i < op->plan.n_disks; i++) {
		const struct plan_disk *d = &op->plan.disks[i];
		struct content_stat f;
		enum noted noted;
		int64_t at;

		if (!is_new_layer(d) || !d->old_path)
			continue;
		if (op_noted(op, d->old_path, d->new_path, &noted, err) < 0)
			return -1;
		if (noted)
			return noted == NOTED_AFTER;
		if (overlay_written(op, d, &at, err) < 0 ||
			content_stat(content_of(op->s, d->old_path), &f, err) < 0)
			return -1;
		if (f.device) /* modification times of block devices cannot be compared */
			return 0;
		above = at > above ? at : above;
		below = f.written > below ? f.written : below;
	}
	return above && above >= below;
}

/*
 * A libvirtd that died during the switch to the overlays may not know that QEMU has made it. The guest then writes to
 * the overlays, and all that would be lost if the next start used the old files.
 */
int op_switched_unseen(struct op *op, struct vxe_error *err)
{
	for (size_t i = 0; i < op->plan.n_disks; i++) {
		const struct plan_disk *d = &op->plan.disks[i];
		int r = is_new_layer(d) ? op_writes_unseen(op, d->new_path, err) : 0;

		if (r)
			return r;
	}
	return was_writer(op, err);
}

void plan_leave(struct plan *p, const char *path)
{
	if (!strv_has(&p->leaves, path))
		strv_add(&p->leaves, path);
}

int op_look_again(struct op *op, struct vxe_error *err)
{
	const struct plan *p = &op->plan;

	for (size_t i = 0; !p->running && i < p->stays.n; i++)
		if (op_has_writer(op, p->stays.items[i], err) < 0)
			return -1;
	for (size_t i = 0; i < p->leaves.n; i++) {
		_cleanup_header_ struct content_header h = { 0 };
		_cleanup_error_ struct vxe_error ignored = { 0 };

		/* A file that cannot be read any more is passed over: the step that uses it will fail. */
		if (content_read(content_of(op->s, p->leaves.items[i]), &h, &ignored) <= 0)
			continue;
		if (h.snapshots)
			return vxe_fail(err, VXE_TRY_AGAIN, p->object ? p->object : "",
				"an internal snapshot was made meanwhile");
		/* A guest that the plan switches writes to the file until then. */
		if (!p->running && op_has_writer(op, p->leaves.items[i], err) < 0)
			return -1;
	}
	return 0;
}
