/* SPDX-License-Identifier: MIT */
/*
 * vm-export: the record of a VM, template or snapshot with what belongs to it as a document, and
 * the contents of its disks. Nothing is changed; the record stays locked for readers, its layers
 * likewise, and QEMU's locks keep a guest from being started on them meanwhile.
 */
#include <string.h>

#include "backends/image.h"
#include "objects/base/clock.h"
#include "objects/base/uuid.h"
#include "objects/mac.h"
#include "objects/node_ops.h"
#include "objects/op.h"
#include "objects/ova_rows.h"
#include "objects/sr.h"
#include "objects/vm_archive.h"
#include "objects/vm_load.h"
#include "objects/vm_op_types.h"
#include "objects/vm_operations.h"

#define CANCEL_POLL_MS 100

/* What one export works with; the disks lie in the order in which they are streamed. */
struct exporting {
	const char *vm;
	const struct vm_export_args *args;
	int fd;
	struct ova *document;
	struct ova *objects; /* in the document, borrowed */
	int n_ids;
	size_t n_disks;
	struct xva_disk *disks;
	struct map ids;     /* UUID of what is in the document: its id */
	int64_t total;
	bool memory_left_out;
	struct strv lost;   /* of the machine, that other hosts do not have */
	struct op *op;      /* while it is written */
	int64_t asked;      /* when it was last looked whether to stop, ms */
};

static void exporting_clear(struct exporting *e)
{
	ova_free(TAKE(e->document));
	for (size_t i = 0; i < e->n_disks; i++) {
		union {
			const char *in;
			char *out;
		} id = { e->disks[i].id }, path = { e->disks[i].path },
		  format = { e->disks[i].format };

		free(id.out);
		free(path.out);
		free(format.out);
	}
	free(TAKE(e->disks));
	e->n_disks = 0;
	e->n_ids = 0;
	e->total = 0;
	map_clear(&e->ids);
	strv_clear(&e->lost);
}

/* ---- steps ------------------------------------------------------------------------------------ */

static int tick(void *ctx, int64_t done, struct vxe_error *err)
{
	struct exporting *e = ctx;

	session_progress(e->op->s, done, e->total);
	if (clock_ms() - e->asked < CANCEL_POLL_MS)
		return 0;
	e->asked = clock_ms();
	return op_cancelled(e->op) ? vxe_fail(err, TASK_CANCELLED, e->op->task) : 0;
}

/* Never on the way forward from a crash: the store commits, so there is only a way back. */
static int write_archive(struct op *op, struct vxe_error *err)
{
	struct exporting *e = op->ctx;
	const struct xva_watch watch = { tick, e };

	e->op = op;
	if (e->lost.n) {
		_cleanup_free_ char *names = strv_join(&e->lost, ", ");

		session_notice(op->s, "What belongs to this host stays behind: %s.", names);
	}
	if (e->memory_left_out)
		session_notice(op->s, "The memory of the suspended VM is left out; imported, the "
				      "VM is halted.");
	return xva_write(e->fd, e->args->compression, e->document, e->disks, e->n_disks, &watch,
		err);
}

static const struct step steps[] = {
	{ "write", write_archive, NULL, false },
	{ 0 },
};

const struct op_type vm_export_op = { "vm-export", "export", steps, NULL };

/* ---- objects of the document ------------------------------------------------------------------ */

/* The id of the object, and whether it is new to the document. */
static char *id_of(struct exporting *e, const char *uuid, bool *fresh)
{
	const char *known = map_get(&e->ids, uuid);

	*fresh = !known;
	if (known)
		return xstrdup(known);
	char *id = xasprintf("Ref:%d", e->n_ids++);

	map_set(&e->ids, uuid, id);
	return id;
}

/* The struct that the object's members go into. */
static struct ova *add_object(struct exporting *e, const char *class, const char *id)
{
	struct ova *o = ova_add(e->objects, NULL, OVA_STRUCT);

	ova_add_text(o, "class", class);
	ova_add_text(o, "id", id);
	return ova_add(o, "snapshot", OVA_STRUCT);
}

/* The members of an object that refers to another one, and of that one. */
static const struct back {
	const char *class, *member, *list;
} backs[] = {
	{ "VBD", "VM", "VBDs" }, { "VIF", "VM", "VIFs" }, { "VBD", "VDI", "VBDs" },
	{ "VDI", "SR", "VDIs" }, { "VIF", "network", "VIFs" },
};

static struct ova *member(struct ova *record, const char *name)
{
	for (size_t i = 0; i < record->n; i++)
		if (str_eq(record->items[i].name, name))
			return &record->items[i].value;
	return NULL;
}

static struct ova *record_of(struct exporting *e, const char *id)
{
	for (size_t i = 0; i < e->objects->n; i++) {
		struct ova *o = &e->objects->items[i].value;

		if (str_eq(member(o, "id")->text, id))
			return member(o, "snapshot");
	}
	return NULL;
}

static void add_backs(struct exporting *e, struct ova *object)
{
	for (size_t i = 0; i < ARRAY_LEN(backs); i++) {
		const struct back *b = &backs[i];

		if (!str_eq(member(object, "class")->text, b->class))
			continue;
		struct ova *to = record_of(e, member(member(object, "snapshot"), b->member)->text);
		struct ova *list = to ? member(to, b->list) : NULL;

		if (to && !list)
			list = ova_add(to, b->list, OVA_LIST);
		if (to)
			ova_add_text(list, NULL, member(object, "id")->text);
	}
}

/* Keys that mean something on this host alone, or that nobody else should read. */
static void scrub(struct map *m)
{
	static const char *const words[] = { "password", "secret", "take-over", "xensource_internal" };

	for (size_t i = m->n; i-- > 0;)
		for (size_t k = 0; k < ARRAY_LEN(words); k++)
			if (i < m->n && strcasestr(m->items[i].key, words[k])) {
				_cleanup_free_ char *key = xstrdup(m->items[i].key);

				(void)map_remove(m, key);
			}
}

static int64_t allocated(const struct vm_disk *d)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	struct image_file f = { 0 };

	return d->path && image_stat(d->path, &f, &ignored) == 0 ? f.allocated : 0;
}

static int add_sr(struct exporting *e, struct txn *t, const char *uuid, char **ret,
	struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	bool fresh;

	if (sr_get(t, uuid, &sr, err) < 0)
		return -1;
	*ret = id_of(e, uuid, &fresh);
	if (!fresh)
		return 0;
	ova_write_rows(ova_sr_rows, &sr_class, sr, add_object(e, "SR", *ret));
	return 0;
}

static bool is_iso(struct txn *t, const char *sr_uuid)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	return sr_uuid && sr_find(t, sr_uuid, &sr, &ignored) == 0 && sr &&
	       str_eq(sr->content_type, "iso");
}

static void add_vdi_record(struct exporting *e, const struct vm_disk *d, const char *id,
	const char *sr, int64_t size, bool streamed)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = record_copy(&vdi_class, d->vdi);
	struct ova *record = add_object(e, "VDI", id);

	/* As a template's or VM's own disk: a snapshot's is read-only because it is one. */
	if (vdi->is_a_snapshot)
		vdi->read_only = false;
	vdi->virtual_size = size;
	scrub(&vdi->other_config);
	ova_write_rows(ova_vdi_rows, &vdi_class, vdi, record);
	ova_add_text(record, "SR", sr);
	ova_add_int(record, "physical_utilisation", allocated(d));
	ova_add_text(record, "location", streamed ? vdi->r.uuid : vdi->location);
}

static void stream(struct exporting *e, const struct vm_disk *d, const char *id, int64_t size)
{
	e->disks = xrealloc(e->disks, e->n_disks + 1, sizeof(*e->disks));
	e->disks[e->n_disks++] = (struct xva_disk){ xstrdup(id), xstrdup(d->path),
		xstrdup(d->node->format), size };
	e->total += size;
}

/* CDs, and whatever lies among ISO images, are named and not streamed. */
static bool is_streamed(struct txn *t, const struct vm_disk *d)
{
	return d->vdi && d->vbd->type != VBD_CD && !is_iso(t, d->vdi->sr);
}

/* Every layer has to be there, or part of the content would be missing. */
static int check_layers(
	struct txn *t, const struct vm_disk *d, struct plan *p, struct vxe_error *err)
{
	_cleanup_records_ struct records chain = { 0 };

	if (!d->node || str_is_empty(d->node->format))
		return vxe_fail(err, VDI_NOT_MANAGED, d->vdi->r.uuid);
	if (node_chain(t, d->node->r.uuid, &chain, err) < 0)
		return -1;
	for (size_t i = 0; i < chain.n; i++) {
		const struct node *n = chain.items[i];
		_cleanup_free_ char *path = NULL;
		struct image_file f;

		if (node_path(t, n, &path, err) < 0 || image_stat(path, &f, err) < 0)
			return -1;
		if (!f.exists)
			return vxe_fail(err, VDI_NOT_AVAILABLE, d->vdi->r.uuid);
		if (n->state == NODE_MERGING || n->state == NODE_DOOMED)
			return vxe_fail(err, VXE_TRY_AGAIN, n->r.uuid);
	}
	return node_lock_chain(t, d->node->r.uuid, &p->locks, err);
}

/* The VDI of a disk, once; its id. */
static int add_vdi(struct exporting *e, struct txn *t, const struct vm_disk *d, struct plan *p,
	char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *sr = NULL;
	bool fresh, streamed = is_streamed(t, d);
	int64_t size = d->vdi->virtual_size;

	*ret = id_of(e, d->vdi->r.uuid, &fresh);
	if (!fresh)
		return 0;
	if (streamed && (check_layers(t, d, p, err) < 0 ||
				image_virtual_size(d->path, d->node->format, &size, err) < 0))
		return -1;
	if (add_sr(e, t, d->vdi->sr, &sr, err) < 0)
		return -1;
	add_vdi_record(e, d, *ret, sr, size, streamed);
	if (streamed)
		stream(e, d, *ret, size);
	return 0;
}

static int add_vbd(struct exporting *e, struct txn *t, const struct vm_disk *d, const char *vm,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_(vbd_free_cleanup) struct vbd *vbd = record_copy(&vbd_class, d->vbd);
	bool fresh;
	_cleanup_free_ char *vdi = NULL, *id = id_of(e, vbd->r.uuid, &fresh);

	if (d->vdi && add_vdi(e, t, d, p, &vdi, err) < 0)
		return -1;
	vbd->empty = !d->vdi;
	scrub(&vbd->other_config);
	struct ova *record = add_object(e, "VBD", id);

	ova_write_rows(ova_vbd_rows, &vbd_class, vbd, record);
	ova_add_bool(record, "currently_attached", false);
	ova_add_text(record, "VM", vm);
	ova_add_text(record, "VDI", vdi ? vdi : OVA_NULL);
	return 0;
}

static int add_network(struct exporting *e, struct txn *t, const char *uuid, char **ret,
	struct vxe_error *err)
{
	_cleanup_(network_free_cleanup) struct network *net = NULL;
	bool fresh;

	if (*uuid && network_get(t, uuid, &net, err) < 0)
		return -1;
	if (!net) {
		net = record_new(&network_class);
		net->r.uuid = uuid_derive(e->vm, OVA_USER_NETWORK);
		str_replace(&net->name_label, OVA_USER_NETWORK);
		net->mtu = 1500;
	}
	*ret = id_of(e, net->r.uuid, &fresh);
	if (!fresh)
		return 0;
	ova_write_rows(ova_network_rows, &network_class, net, add_object(e, "network", *ret));
	return 0;
}

/* A card on something that xe has no network for (user-mode networking) gets one in name. */
static int add_vif(struct exporting *e, struct txn *t, const struct vif *from, const char *vm,
	struct vxe_error *err)
{
	_cleanup_(vif_free_cleanup) struct vif *vif = record_copy(&vif_class, from);
	_cleanup_free_ char *network = NULL, *id = NULL;
	bool fresh;

	id = id_of(e, vif->r.uuid, &fresh);
	if (add_network(e, t, vif->network ? vif->network : "", &network, err) < 0)
		return -1;
	scrub(&vif->other_config);
	struct ova *record = add_object(e, "VIF", id);

	ova_write_rows(ova_vif_rows, &vif_class, vif, record);
	ova_add_bool(record, "currently_attached", false);
	ova_add_text(record, "VM", vm);
	ova_add_text(record, "network", network);
	return 0;
}

/* ---- the VM ----------------------------------------------------------------------------------- */

/* What importers want to find, whatever the VM says. */
static void complete(struct vm *vm)
{
	if (str_is_empty(vm->hvm_boot_policy))
		str_replace(&vm->hvm_boot_policy, "BIOS order");
	if (!map_get(&vm->hvm_boot_params, "order"))
		map_set(&vm->hvm_boot_params, "order", "cdn");
	if (!map_get(&vm->hvm_boot_params, "firmware"))
		map_set(&vm->hvm_boot_params, "firmware", "bios");
	if (!map_get(&vm->platform, "timeoffset"))
		map_set(&vm->platform, "timeoffset", "0");
	if (!map_get(&vm->other_config, MAC_SEED)) {
		/* The same each time, so that the same VM is the same archive. */
		_cleanup_free_ char *seed = uuid_derive(vm->r.uuid, MAC_SEED);

		map_set(&vm->other_config, MAC_SEED, seed);
	}
	map_remove(&vm->other_config, "default_template");
	scrub(&vm->other_config);
}

/* What of the machine stays behind is told: the guest may miss it. */
static int add_hardware(struct session *s, struct exporting *e, const struct vm_loaded *l,
	struct ova *own, struct vxe_error *err)
{
	const char *xml = l->xml ? l->xml : l->vm->domain_xml;
	_cleanup_free_ char *portable = NULL;
	struct hv *hv;

	if (str_is_empty(xml))
		return 0;
	if (session_hv(s, &hv, err) < 0 ||
		hv_xml_portable(hv, xml, false, &portable, &e->lost, err) < 0)
		return -1;
	ova_add_text(own, OVA_OWN_HARDWARE, portable);
	return 0;
}

static int add_vm(struct session *s, struct exporting *e, const struct vm_loaded *l, const char *id,
	struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = record_copy(&vm_class, l->vm);

	complete(vm);
	struct ova *record = add_object(e, "VM", id);

	ova_write_rows(ova_vm_rows, &vm_class, vm, record);
	ova_add_text(record, "domain_type", "hvm");
	ova_add_int(record, "memory_target", vm->memory_dynamic_max);
	ova_add_text(record, "power_state", "Halted");
	ova_add_text(record, "suspend_VDI", OVA_NULL);
	ova_add_strings(record, "VTPMs", NULL);
	return add_hardware(s, e, l, ova_add(record, OVA_OWN, OVA_STRUCT), err);
}

/* ---- the document ----------------------------------------------------------------------------- */

static void begin_document(struct exporting *e)
{
	char now[CLOCK_TEXT_LEN + 1];
	struct ova *v;

	clock_format(clock_wall(), now);
	_cleanup_free_ char *date = xasprintf("%.4s-%.2s-%.2s", now, now + 4, now + 6);

	e->document = ova_new(OVA_STRUCT);
	v = ova_add(e->document, "version", OVA_STRUCT);
	ova_add_text(v, "hostname", "localhost");
	ova_add_text(v, "date", date);
	ova_add_text(v, "product_version", "1.0");
	ova_add_text(v, "product_brand", "vxe");
	ova_add_text(v, "build_number", "");
	ova_add_int(v, "xapi_major", 1);
	ova_add_int(v, "xapi_minor", 20);
	ova_add_int(v, "export_vsn", 2);
	e->objects = ova_add(e->document, "objects", OVA_LIST);
}

static int fill_document(struct session *s, struct exporting *e, const struct vm_loaded *l,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	bool fresh;
	_cleanup_free_ char *vm = id_of(e, l->vm->r.uuid, &fresh);

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	for (size_t i = 0; i < l->n_vifs; i++)
		if (add_vif(e, t, l->vifs[i], vm, err) < 0)
			return -1;
	for (size_t i = 0; i < l->n_disks; i++)
		if (add_vbd(e, t, &l->disks[i], vm, p, err) < 0)
			return -1;
	if (add_vm(s, e, l, vm, err) < 0)
		return -1;
	for (size_t i = 0; i < e->objects->n; i++)
		add_backs(e, &e->objects->items[i].value);
	return 0;
}

static int plan_export(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct exporting *e = ctx;
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	locks_add(&p->locks, LOCK_RECORD, e->vm, LEASE_SHARED);
	if (p->draft)
		return 0;
	exporting_clear(e);
	if (vm_load(s, e->vm, VM_LOAD_ACT, &l, err) < 0 ||
		vm_check_operation(s, l->vm, "export", err) < 0)
		return -1;
	e->memory_left_out =
		e->args->preserve_power_state && l->vm->power_state == POWER_SUSPENDED;
	p->object = xstrdup(e->vm);
	p->commit = COMMIT_STORE;
	begin_document(e);
	if (fill_document(s, e, l, p, err) < 0)
		return -1;
	xva_sort(e->disks, e->n_disks);
	return 0;
}

int vm_export(struct session *s, const char *uuid, const struct vm_export_args *args, int fd,
	struct vxe_error *err)
{
	struct exporting e = { .vm = uuid, .args = args, .fd = fd };
	int r = op_run(s, &vm_export_op, plan_export, &e, NULL, err);

	exporting_clear(&e);
	return r;
}
