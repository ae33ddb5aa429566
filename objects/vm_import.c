/* SPDX-License-Identifier: MIT */
/*
 * vm-import: all of an archive in one operation, or nothing. Images are made and filled while the
 * archive is read to its very end; only then the VM gets its domain and its records. A template's
 * commit point is the store, a VM's its definition.
 */
#include <inttypes.h>
#include <string.h>

#include "backends/image.h"
#include "objects/base/clock.h"
#include "objects/base/uuid.h"
#include "objects/mac.h"
#include "objects/node_ops.h"
#include "objects/ova_rows.h"
#include "objects/overlay.h"
#include "objects/pool.h"
#include "objects/vm_archive.h"
#include "objects/vm_clone.h"
#include "objects/vm_definition.h"
#include "objects/vm_imported.h"
#include "objects/vm_op_types.h"

#define CANCEL_POLL_MS 100
#define SECTOR 512
#define IMAGE_BYTES (1024 * 1024) /* room that an empty image takes */

/* What one import works with. */
struct importing {
	const struct vm_import_args *args;
	struct xva *archive;
	struct imported in;
	char *uuid;   /* of the new VM */
	bool started; /* the stream was read: there is no second time */
	bool warned;
	int64_t total;
	struct op *op;
	int64_t asked; /* when it was last looked whether to stop, ms */
};

static void importing_clear(struct importing *i)
{
	imported_clear(&i->in);
	xva_close(i->archive);
	free(i->uuid);
}

/* ---- steps ------------------------------------------------------------------------------------ */

/* Written to or not: until the archive was read they are nobody's. */
static int remove_images(struct op *op, struct vxe_error *err)
{
	_cleanup_strv_ struct strv paths = { 0 }, known = { 0 };

	for (size_t i = 0; i < op->plan.n_disks; i++)
		strv_add(&paths, op->plan.disks[i].new_path);
	if (strangers_check(op->s, &paths, &known, err) < 0)
		return -1;
	for (size_t i = 0; i < paths.n; i++)
		if (image_unlink(paths.items[i], err) < 0)
			return -1;
	return 0;
}

static int tick(void *ctx, int64_t done, struct vxe_error *err)
{
	struct importing *i = ctx;

	session_progress(i->op->s, done, i->total);
	if (clock_ms() - i->asked < CANCEL_POLL_MS)
		return 0;
	i->asked = clock_ms();
	return op_cancelled(i->op) ? vxe_fail(err, TASK_CANCELLED, i->op->task) : 0;
}

static void tell(void *ctx, const char *text)
{
	const struct importing *i = ctx;

	session_notice(i->op->s, "%s", text);
}

/* The image that the plan has made for a stream; NULL: its content is dropped. */
static const struct plan_disk *image_of(const struct op *op, const char *id)
{
	const char *node = plan_extra(&op->plan, id);

	for (size_t k = 0; node && k < op->plan.n_disks; k++)
		if (str_eq(op->plan.disks[k].new_node, node))
			return &op->plan.disks[k];
	return NULL;
}

static int read_archive(struct op *op, struct vxe_error *err)
{
	struct importing *i = op->ctx;

	i->op = op;
	i->started = true;
	for (size_t k = 0; k < i->in.n_streams; k++) {
		struct xva_disk *d = &i->in.streams[k];
		const struct plan_disk *image = image_of(op, d->id);

		d->path = image ? image->new_path : NULL;
		d->format = "qcow2";
		i->total += d->size;
	}
	const struct xva_reading r = { .disks = i->in.streams,
		.n = i->in.n_streams,
		.flags = i->args->force ? XVA_FORCE : 0,
		.watch = { tick, i },
		.notice = tell,
		.ctx = i };
	return xva_read(i->archive, &r, err);
}

static const struct step steps[] = {
	{ "make-images", step_make_overlays, remove_images, false },
	{ "read", read_archive, NULL, false },
	{ "define", step_make_domain, step_unmake_domain, true },
	{ 0 },
};

const struct op_type vm_import_op = { "vm-import", "import", steps, probe_made_domain };

/* ---- where to --------------------------------------------------------------------------------- */

static int find_sr(struct session *s, struct txn *t, const char *uuid, struct sr **ret,
	struct vxe_error *err)
{
	_cleanup_(pool_free_cleanup) struct pool *pool = NULL;

	if (!uuid) {
		if (pool_get(t, s->store_uuid, &pool, err) < 0)
			return -1;
		uuid = pool->default_sr;
	}
	if (str_is_empty(uuid))
		return vxe_fail_text(err, "No SR specified and Pool default SR is null");
	if (sr_get(t, uuid, ret, err) < 0)
		return -1;
	if (str_eq((*ret)->content_type, "iso") || str_eq((*ret)->type, "iso") ||
		str_eq((*ret)->type, "udev"))
		return vxe_fail(err, SR_OPERATION_NOT_SUPPORTED, (*ret)->r.uuid);
	return 0;
}

/* Images grow with what is in them, so a disk that would not fit when full is no error yet. */
static int check_room(struct session *s, struct importing *i, const struct sr *sr,
	struct vxe_error *err)
{
	int64_t room, sum = 0;

	if (!i->in.n_streams)
		return 0;
	if (sr_check_room(sr, (int64_t)i->in.n_streams * IMAGE_BYTES, err) < 0 ||
		image_free_space(sr->path, &room, err) < 0)
		return -1;
	for (size_t k = 0; k < i->in.n_streams; k++)
		sum += i->in.streams[k].size;
	if (sum > room && !i->warned)
		session_notice(s,
			"The disks of the archive would fill the storage repository if they were "
			"full: %" PRId64 " bytes, of which %" PRId64 " are free.",
			sum, room);
	i->warned = true;
	return 0;
}

/* ---- devices ---------------------------------------------------------------------------------- */

static struct node *new_node(const struct sr *sr, int64_t size)
{
	struct node *n = record_new(&node_class);

	n->r.uuid = uuid_new();
	n->sr = xstrdup(sr->r.uuid);
	free(n->path);
	n->path = xasprintf("%s.qcow2", n->r.uuid);
	str_replace(&n->format, "qcow2");
	n->origin = NODE_MADE;
	n->kind = NODE_DISK;
	n->state = NODE_WRITABLE;
	n->virtual_size = (size + SECTOR - 1) / SECTOR * SECTOR;
	return n;
}

/* The disk's record and image; a second VBD of the same disk finds them again. */
static struct vdi *plan_vdi(struct making *m, const struct sr *sr, const struct imported_disk *d,
	const char *target, const char **path)
{
	_cleanup_(node_free_cleanup) struct node *n = new_node(sr, d->vdi->virtual_size);
	struct vdi *vdi = record_copy(&vdi_class, d->vdi);
	struct plan_disk *disk = plan_add_disk(m->p);

	free(vdi->r.uuid);
	vdi->r.uuid = uuid_new();
	str_replace(&vdi->location, vdi->r.uuid);
	str_replace(&vdi->sr, sr->r.uuid);
	str_replace(&vdi->node, n->r.uuid);
	vdi->virtual_size = n->virtual_size;
	vdi->managed = true;
	disk->target = xstrdup(target);
	disk->vdi = xstrdup(vdi->r.uuid);
	disk->new_node = xstrdup(n->r.uuid);
	disk->new_path = xasprintf("%s/%s", sr->path, n->path);
	disk->virtual_size = n->virtual_size;
	disk->make = true;
	plan_put(m->p, &node_class, n);
	plan_put(m->p, &vdi_class, vdi);
	plan_set_extra(m->p, d->vdi_id, n->r.uuid);
	*path = disk->new_path;
	return vdi;
}

/* An ISO image of that name in any SR of them; the first by UUID. NULL with return 0: none. */
static int find_iso(
	struct txn *t, const char *location, struct vdi **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	*ret = NULL;
	if (records_load(t, &vdi_class, NULL, NULL, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n && !*ret; i++) {
		const struct vdi *v = vdis.items[i];
		_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

		if (!str_eq(v->location, location) || !v->sr)
			continue;
		if (sr_find(t, v->sr, &sr, err) < 0)
			return -1;
		if (sr && str_eq(sr->content_type, "iso") && !str_eq(sr->type, "udev"))
			*ret = record_copy(&vdi_class, v);
	}
	return 0;
}

static struct vbd *new_vbd(const struct importing *i, const struct vbd *from, const char *vdi)
{
	struct vbd *b = record_copy(&vbd_class, from);

	if (!i->args->preserve) {
		free(b->r.uuid);
		b->r.uuid = uuid_new();
	}
	str_replace(&b->vm, i->uuid);
	str_replace(&b->vdi, vdi);
	b->empty = !vdi;
	free(b->target);
	b->target = definition_target((enum vbd_type)b->type, b->userdevice);
	str_replace(&b->device, b->target);
	return b;
}

/* CDs and other ISO images are found again by name, or the drive is empty. */
static int plan_iso(struct making *m, struct importing *i, const struct imported_disk *d,
	struct vxe_error *err)
{
	struct vdi *iso = NULL;

	if (d->location && find_iso(m->t, d->location, &iso, err) < 0)
		return -1;
	if (d->location && !iso && !i->started)
		session_notice(m->s, "The ISO image %s is not here; the drive is empty.",
			d->location);
	if (!iso && d->vbd->type != VBD_CD)
		return 0;
	struct vbd *vbd = new_vbd(i, d->vbd, iso ? iso->r.uuid : NULL);

	vbd->mode = VBD_RO;
	map_remove(&vbd->other_config, "owner");
	making_add_disk(m, vbd, iso, "");
	return 0;
}

static int plan_disk(struct making *m, struct importing *i, const struct sr *sr,
	const struct imported_disk *d, struct vxe_error *err)
{
	const char *path = "";

	if (!d->streamed)
		return plan_iso(m, i, d, err);
	if (plan_extra(m->p, d->vdi_id))
		return ova_fail(err, "%s is the disk of two devices", d->vdi_id);
	_cleanup_free_ char *target =
		definition_target((enum vbd_type)d->vbd->type, d->vbd->userdevice);
	struct vdi *vdi = plan_vdi(m, sr, d, target, &path);
	struct vbd *vbd = new_vbd(i, d->vbd, vdi->r.uuid);

	map_set(&vbd->other_config, "owner", ""); /* the disk came with it and goes with it */
	making_add_disk(m, vbd, vdi, path);
	return 0;
}

/* By name, then by bridge; NULL: none. */
static int find_network(struct txn *t, const struct network *like, char **ret,
	struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };
	const struct network *found = NULL;

	if (records_load(t, &network_class, NULL, NULL, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n && !found; i++)
		if (str_eq(((const struct network *)all.items[i])->name_label, like->name_label))
			found = all.items[i];
	for (size_t i = 0; i < all.n && !found && *like->bridge; i++)
		if (str_eq(((const struct network *)all.items[i])->bridge, like->bridge))
			found = all.items[i];
	*ret = found ? xstrdup(found->r.uuid) : NULL;
	return 0;
}

/* Nobody can know what the network led to; the card is there, on a network of that name. */
static char *plan_network(struct making *m, const struct importing *i, const struct network *like)
{
	_cleanup_(network_free_cleanup) struct network *net = record_copy(&network_class, like);

	free(net->r.uuid);
	net->r.uuid = uuid_derive(i->uuid, like->name_label);
	str_replace(&net->bridge, "");
	net->managed = true;
	plan_put(m->p, &network_class, net);
	if (!i->started)
		session_notice(m->s,
			"There is no network %s here: the card is on an internal one of that name.",
			like->name_label);
	return xstrdup(net->r.uuid);
}

static int plan_vif(struct making *m, const struct importing *i, const struct imported_vif *from,
	struct vxe_error *err)
{
	_cleanup_(vif_free_cleanup) struct vif *v = record_copy(&vif_class, from->vif);
	const char *seed = map_get(&m->vm->other_config, MAC_SEED);

	bool user = i->in.ours && str_eq(from->network->name_label, OVA_USER_NETWORK);

	if (!user && find_network(m->t, from->network, &v->network, err) < 0)
		return -1;
	if (!user && !v->network)
		v->network = plan_network(m, i, from->network);
	if (!i->args->preserve) {
		free(v->r.uuid);
		v->r.uuid = uuid_new();
	}
	str_replace(&v->vm, i->uuid);
	v->mac_autogenerated = !i->args->preserve || !*v->mac;
	if (v->mac_autogenerated) {
		free(v->mac);
		v->mac = mac_from_seed(seed, v->device);
	}
	making_add_vif(m, TAKE(v), "");
	return 0;
}

/* ---- the VM ----------------------------------------------------------------------------------- */

static struct vm *new_vm(const struct importing *i)
{
	struct vm *vm = record_copy(&vm_class, i->in.vm);
	_cleanup_free_ char *seed = uuid_new();

	str_replace(&vm->r.uuid, i->uuid);
	if (!i->args->preserve || !map_get(&vm->other_config, MAC_SEED))
		map_set(&vm->other_config, MAC_SEED, seed);
	map_remove(&vm->other_config, "grant_api_access");
	map_remove(&vm->other_config, "import_task");
	map_remove(&vm->other_config, "default_template");
	vm->version = i->args->preserve ? vm->version + 1 : 0;
	if (!vm->is_a_template) {
		_cleanup_free_ char *old = TAKE(vm->generation_id);

		vm->generation_id = generation_id_fresh(old);
	}
	return vm;
}

static bool related(const struct vm *a, const char *uuid)
{
	return str_eq(a->r.uuid, uuid) || str_eq(a->snapshot_of, uuid);
}

/* Whoever keeps its UUID may meet itself, whoever keeps its addresses another one that has them. */
static int check_preserved(struct making *m, const struct importing *i, struct vxe_error *err)
{
	_cleanup_records_ struct records vms = { 0 };
	const char *seed = map_get(&m->vm->other_config, MAC_SEED);

	if (!i->args->preserve)
		return 0;
	if (records_load(m->t, &vm_class, NULL, NULL, &vms, err) < 0)
		return -1;
	for (size_t k = 0; k < vms.n; k++) {
		const struct vm *other = vms.items[k];
		_cleanup_free_ char *have = xasprintf("%" PRId64, other->version);
		_cleanup_free_ char *want = xasprintf("%" PRId64, i->in.vm->version);

		if (str_eq(other->r.uuid, i->uuid))
			return vxe_fail(err, VM_TO_IMPORT_IS_NOT_NEWER_VERSION, i->uuid, have, want);
		if (str_eq(map_get(&other->other_config, MAC_SEED), seed) &&
			!related(other, i->uuid))
			return vxe_fail(err, DUPLICATE_MAC_SEED, seed);
	}
	return 0;
}

static int plan_all(struct making *m, struct importing *i, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	m->vm = new_vm(i);
	if (txn_begin(m->s->store, TXN_READ, &m->t, err) < 0 ||
		find_sr(m->s, m->t, i->args->sr, &sr, err) < 0 ||
		check_room(m->s, i, sr, err) < 0 || check_preserved(m, i, err) < 0)
		return -1;
	for (size_t k = 0; k < i->in.n_disks; k++)
		if (plan_disk(m, i, sr, &i->in.disks[k], err) < 0)
			return -1;
	for (size_t k = 0; k < i->in.n_vifs; k++)
		if (plan_vif(m, i, &i->in.vifs[k], err) < 0)
			return -1;
	return making_plan(m, err);
}

static int plan_import(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct importing *i = ctx;
	_cleanup_(making_clear) struct making m = { .s = s, .p = p };

	locks_add(&p->locks, LOCK_RECORD, i->uuid, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (i->started)
		return vxe_fail_text(err, "The archive was read in vain; import it once more.");
	return plan_all(&m, i, err);
}

static int import(struct session *s, struct importing *i, int fd, struct vxe_error *err)
{
	if (session_prepare(s, err) < 0 || xva_open(&i->archive, fd, err) < 0 ||
		imported_read(xva_document(i->archive), &i->in, err) < 0)
		return -1;
	if (i->args->preserve && !uuid_is_valid(i->in.vm->r.uuid))
		return ova_fail(err, "%s is no UUID", i->in.vm->r.uuid);
	i->uuid = i->args->preserve ? xstrdup(i->in.vm->r.uuid) : uuid_new();
	for (size_t k = 0; k < i->in.notices.n; k++)
		session_notice(s, "%s", i->in.notices.items[k]);
	if (i->in.suspended)
		session_notice(s, "The saved memory of the VM cannot be used here; it is halted.");
	return op_run(s, &vm_import_op, plan_import, i, NULL, err);
}

int vm_import(struct session *s, const struct vm_import_args *args, int fd, char **ret,
	struct vxe_error *err)
{
	_cleanup_(importing_clear) struct importing i = { .args = args };

	if (import(s, &i, fd, err) < 0)
		return -1;
	*ret = TAKE(i.uuid);
	return 0;
}
