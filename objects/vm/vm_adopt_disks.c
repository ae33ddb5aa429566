/* SPDX-License-Identifier: MIT */
/*
 * vm-adopt-disks: for a definition that names other files than the VM's disks have on record, for instance after an old
 * XML was defined again. Either the definition gets the files on record again, or the definition's files become the
 * VM's disks. No guest's data is written to and no file is removed: the files that the VM gives up stay as unattached
 * VDIs, or as plain files. A file that something else needs gets a new layer on top. Image headers get the backing file
 * and the format that the definition says.
 */
#include "objects/disks/disks.h"
#include "objects/base/file_key.h"
#include "objects/base/uuid.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_loaded.h"
#include "objects/domain/adopt_disk.h"
#include "objects/domain/vm_load.h"
#include "objects/engine/op.h"
#include "objects/engine/op_recover.h"
#include "objects/model/enums.h"
#include "objects/session/disk_chain.h"
#include "objects/session/disk_path.h"
#include "objects/vm/adopt_image_headers.h"
#include "objects/vm/vm_ops.h"

/* ---- which side of the commit point ---------------------------------------------------------- */

/*
 * Returns 1 if the domain has the planned definition. Compares for each disk the file, its format, and whether layers
 * below it are listed: the definition may differ in one of these alone.
 */
static int probe_adopted(struct op *op, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *is = NULL, *due = NULL;
	_cleanup_free_ char *xml = NULL;
	struct hv *hv;

	if (!op->plan.domain)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0 ||
		hv_xml(hv, op->plan.domain, HV_XML_INACTIVE, &xml, err) < 0 ||
		spec_read(xml, &is, err) < 0 || spec_read(op->plan.xml_after, &due, err) < 0)
		return -1;
	for (size_t i = 0; i < op->plan.n_disks; i++) {
		const struct spec_disk *a = spec_find_disk(is, op->plan.disks[i].target);
		const struct spec_disk *b = spec_find_disk(due, op->plan.disks[i].target);

		if (!a || !b || !str_eq(a->format, b->format) ||
			(a->n_below == 0) != (b->n_below == 0))
			return 0;
		int r = disk_is_same(op->s, a, b, err);

		if (r <= 0)
			return r;
	}
	return 1;
}

static const struct step adopt_steps[] = {
	{ "make-overlays", DISK(MAKE_OVERLAYS), false },
	{ "write-headers", DO(step_write_headers, step_restore_headers), false },
	{ "define", DISK(DEFINE), true },
	{ 0 },
};

const struct op_type vm_adopt_disks_op = { "vm-adopt-disks", NULL, adopt_steps,
	PLAN_MEMBERS(headers_members), probe_adopted };

/* ---- the wish -------------------------------------------------------------------------------- */

struct wish {
	const char *vm;
	enum adopt_keep keep;
	bool dry_run;
	struct strv *lines;
	/* for each target device: UUID of the VDI that was made for the definition's file */
	struct map vdis;
};

struct scene {
	struct session *s;
	struct txn *t;
	struct vm_loaded *l;
	struct plan *p;
	struct wish *w;
};

static void scene_clear(struct scene *c)
{
	vm_loaded_free(c->l);
	txn_abort(c->t);
}

static void tell_about_disk(struct scene *c, const struct vm_disk *d, char *text)
{
	strv_take(c->w->lines, xasprintf("%s: %s", d->vbd->target, text));
	free(text);
}

static int fail_running(const struct scene *c, struct vxe_error *err)
{
	return vxe_fail(err, VM_BAD_POWER_STATE, c->l->vm->r.uuid,
		enum_print(&power_state_table, POWER_HALTED),
		enum_print(&power_state_table, vm_power(c->l)));
}

/* ---- keep=records ---------------------------------------------------------------------------- */

/* Refuses a guest that runs on another file than the recorded one. */
static int check_live(const struct scene *c, const struct vm_disk *d, struct vxe_error *err)
{
	const struct spec_disk *live =
		c->l->live ? spec_find_disk(c->l->live, d->vbd->target) : NULL;

	if (!c->l->live)
		return 0;
	if (d->odd.file)
		return fail_running(c, err);
	int r = live ? disk_is_on(c->s, live, d->path, err) : 0;

	return r < 0 ? -1 : r ? 0 : fail_running(c, err);
}

static int put_back(
	struct scene *c, const struct vm_disk *d, struct spec_disk *disk, struct vxe_error *err)
{
	struct plan_disk *p = plan_add_disk(c->p);
	const char *named = disk->path ? disk->path : "nothing";
	size_t layers;
	int same = disk_is_on(c->s, disk, d->path, err);

	if (same < 0 || check_live(c, d, err) < 0 ||
		chain_check(c->s, c->t, d->vdi, d->node, &layers, err) < 0 ||
		locks_add_chain(&c->p->locks, c->t, d->node->r.uuid, err) < 0)
		return -1;
	tell_about_disk(c, d,
		d->odd.file    ? xasprintf("%s below %s, as its header says, in place of %s",
					 d->odd.header, d->odd.file, d->odd.defined)
			: same ? xasprintf("%s is %s again", d->path, d->node->format)
			       : xasprintf("%s again; %s is left as it is", d->path, named));
	p->target = xstrdup(d->vbd->target);
	p->vdi = xstrdup(d->vdi->r.uuid);
	p->old_path = xstrdup_null(disk->path);
	p->old_format = xstrdup_null(disk->format);
	p->new_path = xstrdup(d->path);
	p->new_format = xstrdup(d->node->format);
	spec_put_file(disk, d->path, d->node->format);
	return 0;
}

/* ---- keep=definition ------------------------------------------------------------------------- */

/*
 * Refuses a running guest, unless it writes to the definition's file already, as after a copy of the disk by another
 * program: then only records change. libvirt may have lost count of what QEMU has switched, so QEMU is asked, too.
 */
static int check_moved(const struct scene *c, const struct vm_disk *d, const struct spec_disk *disk,
	struct vxe_error *err)
{
	_cleanup_strv_ struct strv files = { 0 };
	const struct spec_disk *live;
	struct hv *hv;

	if (!c->l->live)
		return 0;
	live = spec_find_disk(c->l->live, d->vbd->target);
	if (!live || !str_eq(live->format, disk->format) || !vm_disk_is_changed(c->s, c->l, d))
		return fail_running(c, err);
	int same = disk_is_same(c->s, live, disk, err);

	if (same <= 0)
		return same < 0 ? -1 : fail_running(c, err);
	_cleanup_free_ char *path = disk_path(c->s, disk);

	if (session_hv(c->s->here, &hv, err) < 0 ||
		hv_disk_files(hv, c->l->vm->r.uuid, &files, err) < 0)
		return -1;
	for (size_t i = 0; path && i < files.n; i++)
		if (file_is_same(files.items[i], path))
			return 0;
	return fail_running(c, err);
}

static void attach(struct scene *c, const struct vm_disk *d, const char *vdi)
{
	plan_set_string(c->p, &vbd_class, d->vbd->r.uuid, "vdi-uuid", vdi);
}

static int has_children(struct txn *t, const char *node, bool *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records children = { 0 };

	if (records_load(t, &node_class, "parent", node, &children, err) < 0)
		return -1;
	*ret = children.n > 0;
	return 0;
}

/*
 * Plans a new layer for the VM on the definition's file, because something else, usually a snapshot, needs that file as
 * it is.
 */
static int stand_on(struct scene *c, const struct vm_disk *d, const struct node *base,
	struct spec_disk *disk, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *fresh = NULL;
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = record_copy(&vdi_class, d->vdi);
	struct plan_disk *p = plan_add_disk(c->p);

	free(vdi->r.uuid);
	vdi->r.uuid = uuid_new();
	str_replace(&vdi->location, vdi->r.uuid);
	p->target = xstrdup(d->vbd->target);
	p->old_path = xstrdup(disk->path);
	p->old_format = xstrdup_null(disk->format);
	if (plan_overlay(c->s, c->t, vdi, base, NULL, p, &fresh, c->p, err) < 0)
		return -1;
	tell_about_disk(c, d,
		xasprintf("a new layer on %s, which other layers need unchanged; %s stays, as the "
			  "unattached VDI %s",
			disk->path, d->path, d->vdi->r.uuid));
	str_replace(&vdi->node, fresh->r.uuid);
	str_replace(&vdi->sr, fresh->sr);
	vdi->virtual_size = fresh->virtual_size;
	plan_add(c->p, &node_class, fresh);
	plan_add(c->p, &vdi_class, vdi);
	plan_touch_node(c->p, base->r.uuid);
	plan_touch_node(c->p, fresh->r.uuid);
	attach(c, d, vdi->r.uuid);
	plan_disk_put(p, true, disk);
	return 0;
}

/* Plans that the definition's file becomes the file of the VM's disk: nothing else uses that file. */
static int take_found_disk(struct scene *c, const struct vm_disk *d, const struct spec_disk *disk,
	struct vxe_error *err)
{
	const char *vdi = map_get(&c->w->vdis, d->vbd->target);

	tell_about_disk(c, d,
		xasprintf("%s is the VM's; %s stays, as the unattached VDI %s", disk->path, d->path,
			d->vdi->r.uuid));
	if (c->w->dry_run)
		return 0;
	if (!vdi) {
		_cleanup_free_ char *why = xasprintf("there is no record of %s yet", disk->path);

		return vxe_fail(err, VXE_TRY_AGAIN, c->w->vm, why);
	}
	attach(c, d, vdi);
	return 0;
}

/* The layer in the definition's file if something else needs that file as it is; NULL: nothing does. */
static int find_base(
	struct scene *c, const struct spec_disk *disk, struct node **ret, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *node = NULL;
	_cleanup_free_ char *path = disk_path(c->s, disk);
	struct content_stat f = { 0 };
	bool stood_on = false;

	*ret = NULL;
	if (!path) /* vxe does not manage the file */
		return 0;
	if (disk_file_stat(content_of(c->s, path), &f, err) < 0)
		return -1;
	if (!f.exists)
		return vxe_fail(err, VXE_IMAGE_FAILED, path, "the file is missing");
	if (node_by_path(c->s, c->t, path, &node, err) < 0 ||
		(node && has_children(c->t, node->r.uuid, &stood_on, err) < 0))
		return -1;
	if (node && (!str_eq(node->format, disk->format) || node->kind != NODE_DISK))
		return vxe_fail(err, VXE_FOREIGN_IMAGE, path,
			"it does not have the format in the definition; use keep=records");
	if (node && node->state == NODE_WRITABLE && stood_on)
		return vxe_fail(err, VXE_DEPENDENTS, path, "a layer of another disk builds on it");
	if (node && node->state != NODE_WRITABLE)
		*ret = TAKE(node);
	return 0;
}

static int go_on(
	struct scene *c, const struct vm_disk *d, struct spec_disk *disk, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *base = NULL;

	if (check_moved(c, d, disk, err) < 0)
		return -1;
	if (!vm_disk_is_changed(c->s, c->l, d)) {
		/* Plans to write into the image headers what the definition says of the layers below the disk. */
		struct plan_disk *p = plan_add_disk(c->p);

		if (headers_plan(c->s, c->t, d, disk, c->w->dry_run, c->p, c->w->lines, err) < 0)
			return -1;
		p->target = xstrdup(d->vbd->target);
		p->vdi = xstrdup(d->vdi->r.uuid);
		p->old_path = xstrdup(d->path);
		p->old_format = xstrdup(d->node->format);
		p->new_path = xstrdup(d->path);
		p->new_format = xstrdup(d->node->format);
		spec_drop_below(disk);
		return 0;
	}
	if (find_base(c, disk, &base, err) < 0)
		return -1;
	if (base && c->l->live) /* only a definition puts a layer on it */
		return fail_running(c, err);
	return base ? stand_on(c, d, base, disk, err) : take_found_disk(c, d, disk, err);
}

/* ---- plan ------------------------------------------------------------------------------------ */

typedef int disk_fn(
	struct scene *c, const struct vm_disk *d, struct spec_disk *disk, struct vxe_error *err);

/*
 * Calls @fn for each disk whose definition differs from the records. If there is none, a layer below a disk differs,
 * which no definition can put right: then loading the VM once more gives the error.
 */
static int each_changed(struct scene *c, disk_fn *fn, struct vxe_error *err)
{
	_cleanup_loaded_ struct vm_loaded *again = NULL;
	size_t n = 0;

	for (size_t i = 0; i < c->l->n_disks; i++) {
		const struct vm_disk *d = &c->l->disks[i];

		if (!vm_disk_is_changed(c->s, c->l, d) && !d->odd.file)
			continue;
		n++;
		if (fn(c, d, spec_find_disk(c->l->spec, d->vbd->target), err) < 0)
			return -1;
	}
	return n || !c->l->drifted ? 0 : vm_load(c->s, c->w->vm, VM_LOAD_ACT, &again, err);
}

static int load_scene(struct scene *c, struct vxe_error *err)
{
	if (session_facts(c->s->here, err) < 0 ||
		vm_load(c->s, c->w->vm, VM_LOAD_ACT | VM_LOAD_DRIFTED, &c->l, err) < 0)
		return -1;
	if (c->l->domain.uuid && c->l->spec) {
		if (c->l->vm->power_state == POWER_SUSPENDED)
			return fail_running(c, err);
		if (vm_check_saved(c->l, err) < 0)
			return -1;
	}
	return txn_begin(c->s->store, TXN_READ, &c->t, err);
}

static int plan_scene(struct scene *c, struct vxe_error *err)
{
	if (load_scene(c, err) < 0)
		return -1;
	c->p->object = xstrdup(c->w->vm);
	c->p->domain = xstrdup(c->w->vm); /* its definition will name other files */
	if (each_changed(c, c->w->keep == KEEP_RECORDS ? put_back : go_on, err) < 0)
		return -1;
	/* Plans the definition. If it names no new file, only records change. */
	c->p->commit = COMMIT_STORE;
	if (!c->p->n_disks) {
		str_replace(&c->p->domain, NULL);
		return 0;
	}
	c->p->commit = COMMIT_DEFINE;
	c->p->running = c->l->live != NULL;
	c->p->xml_before = xstrdup(c->l->xml);
	str_replace(&c->l->spec->store, c->s->store_uuid);
	return definition_patch(c->s, c->l->xml, c->l->spec, &c->p->xml_after, err);
}

static int plan_adoption(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct wish *w = ctx;
	struct scene c = { .s = s, .p = p, .w = w };

	locks_add(&p->locks, LOCK_RECORD, w->vm, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	strv_clear(w->lines);
	int r = plan_scene(&c, err);
	scene_clear(&c);
	return r;
}

/* ---- the files of the definition ------------------------------------------------------------- */

struct adoption {
	struct scene *c;
	const struct vm_disk *below; /* adopt only the layers below this disk */
	const struct spec_disk *disk;
	char *vdi;
};

static int adopt_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct adoption *a = ctx;

	free(TAKE(a->vdi)); /* drops the UUID that an earlier attempt has found */
	if (a->below)
		return headers_adopt(a->c->s, t, a->below, a->disk, err);
	return adopt_disk(a->c->s, t, a->c->l->spec, a->disk, &a->vdi, err);
}

/*
 * Makes a VDI for the definition's file, which no VM has yet: if vxe dies, this unattached VDI is all that is left
 * behind.
 */
static int adopt_file(
	struct scene *c, const struct vm_disk *d, struct spec_disk *disk, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *base = NULL;
	struct adoption a = { c, NULL, disk, NULL };

	if (check_moved(c, d, disk, err) < 0)
		return -1;
	if (!vm_disk_is_changed(c->s, c->l, d))
		a.below = d;
	else if (find_base(c, disk, &base, err) < 0)
		return -1;
	if (base)
		return 0;
	txn_abort(TAKE(c->t));
	int r = store_update(c->s->store, adopt_body, &a, err);

	if (r == 0)
		r = txn_begin(c->s->store, TXN_READ, &c->t, err);
	if (r == 0 && a.vdi)
		map_set(&c->w->vdis, d->vbd->target, a.vdi);
	free(a.vdi);
	return r;
}

static int adopt_files_of(struct session *s, struct wish *w, struct vxe_error *err)
{
	struct scene c = { .s = s, .w = w };
	int r = op_recover_object(s, w->vm, err);

	if (r == 0)
		r = load_scene(&c, err);
	if (r == 0)
		r = each_changed(&c, adopt_file, err);
	scene_clear(&c);
	return r;
}

int vm_adopt_disks(struct session *s, const char *uuid, enum adopt_keep keep, bool dry_run,
	struct strv *lines, struct vxe_error *err)
{
	struct wish w = { .vm = uuid, .keep = keep, .dry_run = dry_run, .lines = lines };

	if (dry_run) { /* a dry run only shows the plan and takes no locks */
		_cleanup_plan_ struct plan p = { .op_type = &vm_adopt_disks_op };

		return plan_adoption(s, &w, &p, err);
	}
	int r = keep == KEEP_DEFINITION ? adopt_files_of(s, &w, err) : 0;

	if (r == 0)
		r = op_run(s, &vm_adopt_disks_op, plan_adoption, &w, NULL, err);
	map_clear(&w.vdis);
	return r;
}
