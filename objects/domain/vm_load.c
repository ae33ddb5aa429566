/* SPDX-License-Identifier: MIT */
/* Loads a VM with all its parts: from the store alone, or, before an action, checked against
 * libvirt. */
#include "objects/domain/vm_load.h"

#include "objects/base/file_key.h"
#include "objects/base/log.h"
#include "objects/base/shortcut.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/domain/adopt.h"
#include "objects/domain/drift.h"
#include "objects/domain/drift_definition.h"
#include "objects/domain/guard_overlay.h"
#include "objects/session/disk_path.h"
#include "objects/file_index/definition_files.h"

#include <string.h>

#define MAX_LOADS 10

struct vm_loaded *vm_loaded_free(struct vm_loaded *l)
{
	if (!l)
		return NULL;
	vm_free(l->vm);
	for (size_t i = 0; i < l->n_disks; i++) {
		vbd_free(l->disks[i].vbd);
		vdi_free(l->disks[i].vdi);
		node_free(l->disks[i].node);
		free(l->disks[i].path);
		node_free(l->disks[i].guard);
		free(l->disks[i].guard_path);
		free(l->disks[i].unfit);
		free(l->disks[i].encrypted);
		chain_odd_clear(&l->disks[i].odd);
	}
	for (size_t i = 0; i < l->n_vifs; i++)
		vif_free(l->vifs[i]);
	free(l->disks);
	free(l->vifs);
	hv_domain_clear(&l->domain);
	free(l->xml);
	domain_spec_free(l->spec);
	domain_spec_free(l->live);
	free(l);
	return NULL;
}

int vm_check_saved(const struct vm_loaded *l, struct vxe_error *err)
{
	return l->domain.saved ? vxe_fail(err, VXE_MANAGED_SAVE, l->vm->r.uuid) : 0;
}

int vm_check_awake(const struct vm_loaded *l, struct vxe_error *err)
{
	return l->domain.state == HV_SUSPENDED ? vxe_fail(err, VXE_GUEST_ASLEEP, l->vm->r.uuid) : 0;
}

bool vm_is_saved(const struct vm_loaded *l)
{
	return l->domain.saved && l->vm->power_state != POWER_SUSPENDED;
}

enum power_state vm_power(const struct vm_loaded *l)
{
	if (l->vm->is_control_domain)
		return POWER_RUNNING;
	enum power_state recorded = (enum power_state)l->vm->power_state;

	return l->domain.uuid ? power_of(&l->domain, recorded) : recorded;
}

/* ---- from the store -------------------------------------------------------------------------- */

static int load_disk(struct txn *t, struct vm_disk *d, struct vxe_error *err)
{
	void *vdi = NULL, *node = NULL;

	if (d->vbd->guard &&
		(node_get(t, d->vbd->guard, &d->guard, err) < 0 ||
			node_path(t, d->guard, &d->guard_path, err) < 0))
		return -1;
	if (d->vbd->vdi && record_find(t, &vdi_class, d->vbd->vdi, &vdi, err) < 0)
		return -1;
	d->vdi = vdi;
	if (!d->vdi || !d->vdi->node)
		return 0;
	if (record_load(t, &node_class, d->vdi->node, &node, err) < 0)
		return -1;
	d->node = node;
	return node_path(t, d->node, &d->path, err);
}

/* Compares the positions of two disks; texts that are none come last. */
static int by_userdevice(const void *a, const void *b)
{
	const struct vm_disk *x = a, *y = b;
	unsigned n = (unsigned)vbd_position(x->vbd->userdevice); /* -1 becomes the greatest */
	unsigned m = (unsigned)vbd_position(y->vbd->userdevice);

	return n == m ? strcmp(x->vbd->userdevice, y->vbd->userdevice) : n < m ? -1 : 1;
}

static int by_device(const void *a, const void *b)
{
	const struct vif *const *x = a, *const *y = b;
	long n = strtol((*x)->device, NULL, 10), m = strtol((*y)->device, NULL, 10);

	return n < m ? -1 : n > m;
}

static int load_disks(struct txn *t, struct vm_loaded *l, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };

	if (records_load(t, &vbd_class, "vm", l->vm->r.uuid, &vbds, err) < 0)
		return -1;
	l->disks = xcalloc(vbds.n + 1, sizeof(*l->disks));
	for (size_t i = 0; i < vbds.n; i++)
		l->disks[l->n_disks++].vbd = TAKE(vbds.items[i]);
	for (size_t i = 0; i < l->n_disks; i++)
		if (load_disk(t, &l->disks[i], err) < 0)
			return -1;
	qsort(l->disks, l->n_disks, sizeof(*l->disks), by_userdevice);
	return 0;
}

static int load_vifs(struct txn *t, struct vm_loaded *l, struct vxe_error *err)
{
	_cleanup_records_ struct records vifs = { 0 };

	if (records_load(t, &vif_class, "vm", l->vm->r.uuid, &vifs, err) < 0)
		return -1;
	l->vifs = xcalloc(vifs.n + 1, sizeof(struct vif *));
	for (size_t i = 0; i < vifs.n; i++)
		l->vifs[l->n_vifs++] = TAKE(vifs.items[i]);
	qsort(l->vifs, l->n_vifs, sizeof(struct vif *), by_device);
	return 0;
}

/* Loads the records of a VM and its devices; *ret is NULL with return 0 if there is no such VM. */
static int load_records(struct session *s, const char *uuid, int64_t *generation,
	struct vm_loaded **ret, struct vxe_error *err)
{
	_cleanup_loaded_ struct vm_loaded *l = xcalloc(1, sizeof(*l));
	_cleanup_txn_ struct txn *t = NULL;
	const struct store_question all[] = {
		{ vm_class.name, .uuid = uuid },
		records_question(&vbd_class, "vm", uuid),
		records_question(&vif_class, "vm", uuid),
	};
	void *vm;

	*ret = NULL;
	store_foresee(s->store, all, ARRAY_LEN(all));
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || txn_generation(t, generation, err) < 0 ||
		record_find(t, &vm_class, uuid, &vm, err) < 0)
		return -1;
	l->vm = vm;
	if (!l->vm)
		return 0;
	if (load_disks(t, l, err) < 0 || load_vifs(t, l, err) < 0)
		return -1;
	*ret = TAKE(l);
	return 0;
}

static int fail_unknown(struct session *s, const char *uuid, struct vxe_error *err)
{
	const struct hv_domains *domains;

	if (session_domains(s->here, &domains, err) < 0)
		return -1;
	const struct hv_domain *d = hv_domains_find(domains, uuid);

	if (d && !d->persistent)
		return vxe_fail(err, VXE_TRANSIENT, uuid);
	return vxe_fail(err, UUID_INVALID, "VM", uuid);
}

static int load_known(struct session *s, const char *uuid, int64_t *generation,
	struct vm_loaded **ret, struct vxe_error *err)
{
	if (load_records(s, uuid, generation, ret, err) < 0)
		return -1;
	if (*ret)
		return 0;
	if (adopt_domains(s, err) < 0 || load_records(s, uuid, generation, ret, err) < 0)
		return -1;
	return *ret ? 0 : fail_unknown(s, uuid, err);
}

/* Takes the VM's power state from the session's list of domains. */
static int load_listed(struct session *s, struct vm_loaded *l, struct vxe_error *err)
{
	const struct hv_domain *d;

	if (vm_domain(s, l->vm, &d, err) < 0)
		return -1;
	if (!d)
		return 0;
	l->domain = *d;
	l->domain.uuid = xstrdup(d->uuid);
	l->domain.name = xstrdup(d->name);
	return 0;
}

/* ---- from libvirt ---------------------------------------------------------------------------- */

static int read_spec(struct session *s, const char *uuid, enum hv_xml which, char **xml,
	struct domain_spec **spec, struct vxe_error *err)
{
	if (hv_xml(s->here->hv, uuid, which, xml, err) < 0 || spec_read(*xml, spec, err) < 0)
		return -1;
	return disk_paths_know(s, *spec, err);
}

/* *ret: the domain has libvirt's autostart flag; read from libvirt's files if possible. */
static int read_autostart(
	struct session *s, const struct hv_domain *d, bool *ret, struct vxe_error *err)
{
	int told = files_autostart(s, d->name);

	*ret = told > 0;
	return told < 0 ? hv_autostart(s->here->hv, d->uuid, ret, err) : 0;
}

static int load_domain(struct session *s, struct vm_loaded *l, struct vxe_error *err)
{
	const char *uuid = l->vm->r.uuid;
	_cleanup_free_ char *live = NULL;
	struct hv *hv;

	if (session_hv(s->here, &hv, err) < 0 || hv_find(hv, uuid, &l->domain, err) < 0)
		return -1;
	if (!l->domain.uuid)
		return 0;
	if (!l->domain.persistent)
		return vxe_fail(err, VXE_TRANSIENT, uuid);
	if (read_spec(s, uuid, HV_XML_INACTIVE, &l->xml, &l->spec, err) < 0 ||
		read_autostart(s, &l->domain, &l->spec->autostart, err) < 0)
		return -1;
	return hv_is_active(l->domain.state) ? read_spec(s, uuid, HV_XML_LIVE, &live, &l->live, err)
					     : 0;
}

static int check_mark(const struct session *s, const struct vm_loaded *l, struct vxe_error *err)
{
	if (session_is_own_store(s, l->spec->store) ||
		str_eq(map_get(&l->vm->other_config, "take-over"), "true"))
		return 0;
	return vxe_fail(err, VXE_STORE_MISMATCH, l->vm->r.uuid, l->spec->store);
}

/*
 * Refuses a running domain if a disk uses another file than the domain's definition names: an action on one file
 * would not affect the other.
 */
static int check_live(struct session *s, const struct vm_loaded *l, struct vxe_error *err)
{
	for (size_t i = 0; l->live && i < l->spec->n_disks; i++) {
		const struct spec_disk *next = &l->spec->disks[i];
		const struct spec_disk *now = spec_find_disk(l->live, next->target);

		/* While a guest runs on a transient disk, libvirt has put an overlay of its own on that disk. */
		if (!now || next->device != DISK_DISK || next->transient || !now->path ||
			!next->path)
			continue;
		int r = disk_is_same(s, now, next, err);

		if (r < 0)
			return -1;
		if (r)
			continue;
		_cleanup_free_ char *found =
			xasprintf("%s, which the running VM is on; shut it down, or where that is "
				  "the file on record put it back: " CHANGED_WAY "=records",
				now->path, l->vm->r.uuid);

		return vxe_fail(err, VXE_DISK_CHANGED, l->vm->r.uuid, next->path, found);
	}
	return 0;
}

/*
 * Compares the disks of the live XML with those of the definition. The two were not read at one instant: an operation
 * may have changed them in between.
 */
static int judge_live(
	struct session *s, const struct vm_loaded *l, int64_t generation, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error differs = { 0 };
	bool moving;

	if (check_live(s, l, &differs) == 0)
		return 0;
	int stale = session_store_moved(s, generation, err);
	if (stale != 0)
		return stale;
	if (vm_in_motion(s, l->vm->r.uuid, &moving, err) < 0)
		return -1;
	if (moving) /* an operation was interrupted: it must be recovered first */
		return 0;
	error_move(err, &differs);
	return -1;
}

/*
 * Checks the guard overlays of a Suspended VM. What a dead vxe has left unfinished may look like a start by another
 * program.
 */
static int judge_guards(struct session *s, const struct vm_loaded *l, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error changed = { 0 };
	bool moving;

	if (guards_check(s, l, &changed) == 0)
		return 0;
	if (vm_in_motion(s, l->vm->r.uuid, &moving, err) < 0)
		return -1;
	if (moving)
		return 0;
	error_move(err, &changed);
	return -1;
}

/*
 * Brings the VM's records up to date with its definition. Returns 0: no change; 1: they changed, so they must be
 * loaded again.
 */
static int reconcile(struct session *s, struct vm_loaded *l, unsigned flags, int64_t generation,
	struct vxe_error *err)
{
	if (check_mark(s, l, err) < 0)
		return -1;
	int r = flags & (VM_LOAD_GUARDED | VM_LOAD_DRIFTED) ? 0 : judge_live(s, l, generation, err);
	if (r != 0)
		return r;
	r = drift_take_over(s, l, generation, err);
	l->drifted = r < 0 && flags & VM_LOAD_DRIFTED && err->code == VXE_DISK_CHANGED;
	if (!l->drifted)
		return r;
	error_clear(err);
	return 0;
}

bool vm_disk_is_changed(const struct session *s, const struct vm_loaded *l, const struct vm_disk *d)
{
	const struct spec_disk *disk =
		l->drifted && l->spec ? spec_find_disk(l->spec, d->vbd->target) : NULL;

	if (!disk || !d->node || d->guard)
		return false;
	_cleanup_free_ char *path = disk_path(s, disk);

	return !path || !file_is_same(path, d->path) || !str_eq(disk->format, d->node->format);
}

static void mark_by(const struct session *s, const struct domain_spec *spec, struct vm_disk *d)
{
	const struct spec_disk *disk = spec ? spec_find_disk(spec, d->vbd->target) : NULL;
	const char *encrypted = disk ? spec_encrypted(disk) : NULL;

	if (disk && !d->unfit && (disk->transient || disk->opaque || !d->node))
		d->unfit = disk_unfit(s, disk);
	if (encrypted && !d->encrypted)
		d->encrypted = xstrdup(encrypted);
}

/*
 * Marks disks that vxe must leave alone, such as encrypted ones: another program may have changed a disk after vxe
 * had begun to manage it.
 */
static void mark_unfit(const struct session *s, struct vm_loaded *l)
{
	for (size_t i = 0; i < l->n_disks; i++) {
		mark_by(s, l->spec, &l->disks[i]);
		mark_by(s, l->live, &l->disks[i]);
	}
}

/* ---- from libvirt's files -------------------------------------------------------------------- */

static bool read_files(struct session *s, const char *uuid, struct vm_loaded *l)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_free_ char *live = NULL;

	if (!files_documents(s, uuid, &l->domain, &l->xml, &live) ||
		spec_read(l->xml, &l->spec, &ignored) < 0 ||
		spec_read(live, &l->live, &ignored) < 0)
		return false;
	int told = files_autostart(s, l->domain.name);

	l->spec->autostart = told > 0;
	return told >= 0;
}

/*
 * True if for some disk of the VM definition and image headers disagree. libvirt's pools must be known: different
 * names may lead to the same file.
 */
static bool is_any_odd(const struct vm_loaded *l)
{
	bool odd = false;

	for (size_t i = 0; i < l->n_disks; i++)
		odd |= l->disks[i].odd.file != NULL;
	return odd;
}

/*
 * Loads a VM from libvirt's files alone. True if these agree with the records in all that libvirt would be asked
 * about. Otherwise the caller asks libvirt, which knows better.
 */
static bool load_early(struct session *s, const char *uuid, struct vm_loaded **ret)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	int64_t generation;

	if (!shortcut_on(SHORTCUT_EARLY_PLAN) || s->here->hv ||
		load_records(s, uuid, &generation, &l, &ignored) < 0 || !l ||
		!vm_is_here(s, l->vm) || !read_files(s, uuid, l) ||
		check_mark(s, l, &ignored) < 0 || check_live(s, l, &ignored) < 0 ||
		!drift_is_none(s, l) || is_any_odd(l) || guards_check(s, l, &ignored) < 0)
		return false;
	log_debug("VM %s is loaded from libvirt's files", uuid);
	mark_unfit(s, l);
	l->early = true;
	*ret = TAKE(l);
	return true;
}

/* Fails if another host has a disk of a template or snapshot, which itself is on no host. */
static int check_disks_here(struct session *s, const struct vm_loaded *l, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (s->pool_size <= 1)
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	for (size_t i = 0; i < l->n_disks; i++)
		if (l->disks[i].vdi && sr_check_here(s, t, l->disks[i].vdi->sr, err) < 0)
			return -1;
	return 0;
}

/*
 * In a pool, refuses to act on a guest that stands still because it was going to another host, where it may run on the same
 * disks. To end it (VM_LOAD_GUARDED) does no harm. libvirt gives a guest whose memory was restored paused the same reason.
 */
static int check_stays(
	const struct session *s, const struct vm_loaded *l, unsigned flags, struct vxe_error *err)
{
	if (s->pool_size < 2 || !l->domain.moving || flags & VM_LOAD_GUARDED)
		return 0;
	_cleanup_free_ char *text = xasprintf(
		"the guest is paused because it was going to another host, where it may run, or "
		"because its memory was restored so: if it runs there, 'virsh destroy %s' here ends "
		"what is left of it; if not, 'virsh resume %s' lets it go on",
		l->domain.uuid, l->domain.uuid);

	return vxe_fail(err, OPERATION_NOT_ALLOWED, text);
}

static int load_acting(struct session *s, const char *uuid, unsigned flags, struct vm_loaded **ret,
	struct vxe_error *err)
{
	for (int i = 0; i < MAX_LOADS; i++) {
		_cleanup_loaded_ struct vm_loaded *l = NULL;
		int64_t generation;

		if (load_known(s, uuid, &generation, &l, err) < 0)
			return -1;
		int r = 0;

		if (vm_has_domain(l->vm)) {
			if (str_eq(l->vm->home, HOME_NONE))
				return vxe_fail(err, VXE_TRY_AGAIN, uuid,
					"it has just left its host, and the next command takes it to one");
			if (!vm_is_here(s, l->vm))
				return vxe_fail(err, VXE_TRY_AGAIN, uuid, VM_AT_OTHER_HOME);
			if (load_domain(s, l, err) < 0 || check_stays(s, l, flags, err) < 0)
				return -1;
			r = l->spec ? reconcile(s, l, flags, generation, err) : 0;
		} else {
			r = check_disks_here(s, l, err);
		}
		if (r < 0)
			return -1;
		if (r == 0 && !(flags & VM_LOAD_GUARDED) && judge_guards(s, l, err) < 0)
			return -1;
		if (r == 0) {
			mark_unfit(s, l);
			*ret = TAKE(l);
			return 0;
		}
		log_info("VM %s was changed outside vxe", uuid);
	}
	return vxe_fail(err, VXE_TRY_AGAIN, uuid,
		"its definition differs again each time it is taken over");
}

int vm_load(struct session *s, const char *uuid, unsigned flags, struct vm_loaded **ret,
	struct vxe_error *err)
{
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	int64_t generation;

	if (flags & VM_LOAD_EARLY && load_early(s, uuid, ret))
		return 0;
	if (flags & VM_LOAD_ACT)
		return load_acting(s, uuid, flags, ret, err);
	if (load_known(s, uuid, &generation, &l, err) < 0 || load_listed(s, l, err) < 0)
		return -1;
	*ret = TAKE(l);
	return 0;
}

void vm_follow_disks(struct session *s, const char *uuid)
{
	_cleanup_error_ struct vxe_error why = { 0 };
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	if (vm_load(s, uuid, VM_LOAD_ACT | VM_LOAD_GUARDED | VM_LOAD_DRIFTED, &l, &why) < 0)
		log_info("the disks of VM %s could not be loaded", uuid);
}
