/* SPDX-License-Identifier: MIT */
/*
 * sr-scan and vdi-introduce compare files with records. The folders are read before the
 * transaction; the records are changed in it. A file's format follows from its name, which the host
 * chose, never from its content, which a guest may have written.
 */
#include "objects/storage/sr_scan.h"

#include "objects/base/file_draft.h"
#include "objects/disks/disks.h"
#include "objects/base/far/far_file.h"
#include "objects/base/file_key.h"
#include "objects/base/log.h"
#include "objects/base/uuid.h"
#include "objects/classes/storage/forgotten_disk.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr_operations.h"
#include "objects/classes/storage/sr_place.h"
#include "objects/classes/storage/sr_pool.h"
#include "objects/domain/adopt.h"
#include "objects/domain/adopt_disk.h"
#include "objects/domain/vm_load.h"
#include "objects/engine/file_claims.h"
#include "objects/engine/op_recover.h"
#include "objects/model/trial_run.h"
#include "objects/storage/sr_records_file.h"
#include "objects/storage/vdi_update.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

/* ---- files ----------------------------------------------------------------------------------- */

struct scan {
	struct session *s;
	const struct sr *sr;
	struct strv paths, formats; /* files that may be disks */
	/* for vdi-introduce: the only file to look at; NULL: all files */
	const struct vdi_introduced *only;
	bool found;
	/* files that unfinished operations have reserved, read in this transaction */
	struct claims claims;
	struct strv referred; /* keys of the files of VDIs without a layer */
};

static void scan_clear(struct scan *w)
{
	strv_clear(&w->paths);
	strv_clear(&w->formats);
	claims_clear(&w->claims);
	strv_clear(&w->referred);
}

/*
 * True if the file is on record: a user may introduce an overlay on a disk of vxe's, which may be in any folder. @t
 * may be NULL.
 */
static bool is_on_record(const struct scan *w, struct txn *t, const char *path)
{
	_cleanup_error_ struct vxe_error bad = { 0 };
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_txn_ struct txn *own = NULL;

	if (!w->only || (!t && txn_begin(w->s->store, TXN_READ, &own, &bad) < 0) ||
		node_by_path(w->s, t ? t : own, path, &n, &bad) < 0)
		return false;
	return n && n->kind == NODE_DISK;
}

/* Refuses an image that refers to a file outside the SR's directory, unless that file is on record. */
static int check_below(const struct scan *w, struct txn *t, const char *path,
	const struct content_header *h, struct vxe_error *err)
{
	const char *below = h->backing_path;

	if (!h->backing)
		return 0;
	if (!h->backing_format)
		return vxe_fail(err, VXE_FOREIGN_IMAGE, path,
			"its header does not say the format of its backing file");
	return below && (file_same_dir(below, path) || is_on_record(w, t, below))
		? 0
		: vxe_fail(err, VXE_FOREIGN_IMAGE, path,
			  "its backing file is neither in the same folder nor on record");
}

/* Checks that the file can be a disk of the SR; the error gives the reason. */
static int check_scanned_file(const struct scan *w, struct txn *t, const char *path,
	const char *format, struct vxe_error *err)
{
	_cleanup_header_ struct content_header h = { 0 };
	struct content *c = content_of(w->s, path);
	struct content_stat f;

	if (disk_file_stat(c, &f, err) < 0)
		return -1;
	if (!f.exists)
		return vxe_fail(err, VDI_LOCATION_MISSING, w->sr->r.uuid, strrchr(path, '/') + 1);
	if (f.device)
		return vxe_fail(err, VXE_FOREIGN_IMAGE, path, "it is a block device");
	if (!format)
		return vxe_fail(err, VXE_FOREIGN_IMAGE, path,
			sr_content(w->sr) == SR_CDS
				? "its name does not end in .iso"
				: "its name does not say its format: it ends neither in .qcow2 "
				  "nor in .raw or .img");
	if (disk_file_vet(c, format, VET_USE, err) < 0)
		return -1;
	return str_eq(format, "qcow2") && disk_file_header(c, &h, err) < 0
		? -1
		: check_below(w, t, path, &h, err);
}

static bool is_good(const struct scan *w, struct txn *t, const char *path, const char *format)
{
	_cleanup_error_ struct vxe_error bad = { 0 };

	if (check_scanned_file(w, t, path, format, &bad) == 0)
		return true;
	log_info("%s is left out", path);
	return false;
}

static void add_found_file(struct scan *w, const char *name)
{
	const char *format = sr_type(w->sr)->image_format(name);
	_cleanup_free_ char *path = sr_image_place(w->sr, name);

	if (!format || !is_good(w, NULL, path, format))
		return;
	strv_add(&w->paths, path);
	strv_add(&w->formats, format);
}

static int list_files(struct scan *w, struct vxe_error *err)
{
	_cleanup_dir_ DIR *d = far_answers(w->sr->path) < 0 ? NULL : opendir(w->sr->path);
	const struct dirent *e;

	if (!d)
		return vxe_fail(err, VXE_IMAGE_FAILED, w->sr->path, far_why(errno));
	while ((errno = 0, e = readdir(d)))
		add_found_file(w, e->d_name);
	if (errno)
		return vxe_fail(err, VXE_IMAGE_FAILED, w->sr->path, far_why(errno));
	/* Lists images that are no files of the SR's folder. */
	_cleanup_strv_ struct strv names = { 0 };
	const struct sr_type *type = sr_type(w->sr);

	if (type->list && type->list(w->sr->path, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (!is_draft(names.items[i]))
			add_found_file(w, names.items[i]);
	return 0;
}

/*
 * Leaves out files that are backing files of other files: they get their records together with the overlay above them.
 */
static void drop_lower_layers(struct scan *w)
{
	struct strv lower = { 0 };

	for (size_t i = 0; i < w->paths.n; i++) {
		_cleanup_file_chain_ struct file_chain chain = { 0 };

		file_chain_read(content_of(w->s, w->paths.items[i]), w->formats.items[i], &chain);
		for (size_t k = 1; k < chain.n; k++)
			strv_take(&lower, file_key(chain.items[k].path));
	}
	for (size_t i = 0; i < w->paths.n; i++) {
		_cleanup_free_ char *key = file_key(w->paths.items[i]);

		if (strv_has(&lower, key))
			w->formats.items[i][0] = '\0';
	}
	strv_clear(&lower);
}

/* ---- new files ------------------------------------------------------------------------------- */

static int add_referred(
	struct session *s, struct txn *t, const char *uuid, struct strv *to, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *v = NULL;

	if (vdi_find(t, uuid, &v, err) < 0)
		return -1;
	int here = v ? sr_is_here(s, t, v->sr, err) : 0;

	if (here <= 0)
		return here;
	const char *file = map_get(&v->sm_config, "file");

	if (file)
		strv_take(to, file_key(file));
	return 0;
}

static int add_if_no_node(
	void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	(void)err;
	if (str_is_empty(values[0]))
		strv_add(ctx, uuid);
	return 0;
}

/*
 * Reads which files are reserved by unfinished operations or named by VDIs without a layer, anew in each transaction.
 */
static int look_around(struct scan *w, struct txn *t, struct vxe_error *err)
{
	static const char *const columns[] = { "node", NULL };
	_cleanup_strv_ struct strv uuids = { 0 };

	claims_clear(&w->claims);
	strv_clear(&w->referred);
	if (claims_load(t, &w->claims, err) < 0 ||
		txn_scan(t, vdi_class.name, columns, add_if_no_node, &uuids, err) < 0)
		return -1;
	for (size_t i = 0; i < uuids.n; i++)
		if (add_referred(w->s, t, uuids.items[i], &w->referred, err) < 0)
			return -1;
	return 0;
}

static int file_is_known(
	const struct scan *w, struct txn *t, const char *path, bool *ret, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_free_ char *key = file_key(path);

	if (node_by_path(w->s, t, path, &n, err) < 0)
		return -1;
	*ret = n || strv_has(&w->referred, key);
	return 0;
}

/*
 * Makes the layer record of a file. vxe may remove later a file that it has made itself in an SR that it has made; any
 * other file stays.
 */
static int make_node(struct scan *w, struct txn *t, const char *path, const char *format,
	char **ret, int64_t *size, struct vxe_error *err)
{
	_cleanup_file_chain_ struct file_chain chain = { 0 };
	_cleanup_(node_free_cleanup) struct node *n = NULL;

	file_chain_read(content_of(w->s, path), format, &chain);
	*size = chain.items[0].virtual_size;
	if (adopt_files(w->s, t, &chain, NODE_ADOPTED_BASE, ret, err) < 0 ||
		node_get(t, *ret, &n, err) < 0)
		return -1;
	_cleanup_free_ char *uuid = xstrndup(n->path, UUID_TEXT_LEN);

	if (!(!w->sr->adopted && strlen(n->path) > UUID_TEXT_LEN && n->path[UUID_TEXT_LEN] == '.' &&
		    uuid_is_valid(uuid)))
		return 0;
	n->origin = NODE_MADE;
	return record_save(t, &node_class, n, err);
}

static void fill_found_vdi(const struct scan *w, struct vdi *v, const char *name)
{
	const struct vdi_introduced *a = w->only;

	str_replace(&v->name_label, a && a->name_label ? a->name_label : name);
	v->read_only = sr_content(w->sr) == SR_CDS;
	if (!a)
		return;
	if (a->name_description)
		str_replace(&v->name_description, a->name_description);
	v->type = a->type;
	v->sharable = a->sharable;
	v->read_only |= a->read_only;
	if (a->other_config)
		map_copy(&v->other_config, a->other_config);
	if (a->xenstore_data)
		map_copy(&v->xenstore_data, a->xenstore_data);
	if (a->sm_config)
		map_copy(&v->sm_config, a->sm_config);
}

/*
 * Returns 1 if the image header still agrees with the old layer record: it has the recorded virtual size, and its
 * backing file is the recorded parent's.
 */
static int fits(struct scan *w, struct txn *t, const char *path, const struct node *n,
	struct vxe_error *err)
{
	_cleanup_file_chain_ struct file_chain chain = { 0 };
	_cleanup_(node_free_cleanup) struct node *below = NULL;

	file_chain_read(content_of(w->s, path), n->format, &chain);
	if (chain.n > 1 && node_by_path(w->s, t, chain.items[1].path, &below, err) < 0)
		return -1;
	return node_fits(n, chain.items[0].virtual_size, below ? below->r.uuid : NULL) &&
		(chain.n > 1) == (below != NULL);
}

/*
 * Restores the layer record that a disk had when it was forgotten; *ret is its UUID, or NULL if the file needs a new
 * record.
 */
static int node_again(struct scan *w, struct txn *t, const char *path, const struct node *n,
	char **ret, struct vxe_error *err)
{
	int r = n ? fits(w, t, path, n, err) : 0;

	if (r <= 0)
		return r;
	if (record_save(t, &node_class, n, err) < 0)
		return -1;
	places_note(w->s, path, n->r.uuid);
	*ret = xstrdup(n->r.uuid);
	return 0;
}

static int new_record(
	struct scan *w, struct txn *t, const char *path, struct vdi **ret, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *v = record_new(&vdi_class);
	const char *name = strrchr(path, '/') + 1;
	const struct adopted_file file = { "vdi", path, w->sr->r.uuid, name };

	if (w->only)
		v->r.uuid = xstrdup(w->only->uuid);
	else if (adopt_file_uuid(w->s, t, &vdi_class, &file, &v->r.uuid, err) < 0)
		return -1;
	fill_found_vdi(w, v, name);
	str_replace(&v->location, name);
	v->managed = true;
	*ret = TAKE(v);
	return 0;
}

static int put_vdi(
	struct scan *w, struct txn *t, const char *path, const char *format, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *v = NULL;
	_cleanup_(node_free_cleanup) struct node *then = NULL;
	_cleanup_free_ char *node = NULL;
	const char *name = strrchr(path, '/') + 1;
	bool cd = sr_content(w->sr) == SR_CDS;

	if (forgotten_take(t, w->sr->r.uuid, cd ? path : name, &v, &then, err) < 0)
		return -1;
	if (w->only)
		vdi_free(TAKE(v));
	if ((!v && new_record(w, t, path, &v, err) < 0) ||
		(!cd && node_again(w, t, path, then, &node, err) < 0))
		return -1;
	str_replace(&v->sr, w->sr->r.uuid);
	if (cd) {
		_cleanup_error_ struct vxe_error unknown = { 0 };

		map_set(&v->sm_config, "file", path);
		str_replace(&v->file, path);
		if (disk_file_size(content_of(w->s, path), "raw", &v->virtual_size, &unknown) < 0)
			v->virtual_size = 0;
	} else if (!node && make_node(w, t, path, format, &node, &v->virtual_size, err) < 0) {
		return -1;
	}
	str_replace(&v->node, node);
	w->found = true;
	if (record_add(t, &vdi_class, v, err) < 0)
		return -1;
	return node ? node_sync_base_copy(t, node, err) : 0;
}

/* The unfinished operation that has reserved the file or a file of its backing chain; NULL: none has. */
static const char *claimed_by(const struct scan *w, const char *path, const char *format)
{
	_cleanup_file_chain_ struct file_chain chain = { 0 };
	const char *operation = NULL;

	file_chain_read(content_of(w->s, path), format, &chain);
	for (size_t i = 0; i < chain.n && !operation; i++)
		operation = claims_find(&w->claims, chain.items[i].path);
	return operation;
}

static int take_if_new(
	struct scan *w, struct txn *t, const char *path, const char *format, struct vxe_error *err)
{
	const char *operation;
	bool known;

	if (file_is_known(w, t, path, &known, err) < 0)
		return -1;
	if (known)
		return 0;
	operation = claimed_by(w, path, format);
	if (operation)
		return w->only ? vxe_fail(err, VXE_BUSY, path, operation) : 0;
	return is_good(w, t, path, format) ? put_vdi(w, t, path, format, err) : 0;
}

static int take_new(struct scan *w, struct txn *t, struct vxe_error *err)
{
	for (size_t i = 0; i < w->paths.n; i++)
		if (w->formats.items[i][0] &&
			take_if_new(w, t, w->paths.items[i], w->formats.items[i], err) < 0)
			return -1;
	return 0;
}

/* In a pool, notes the size of the file system for lists on hosts that do not have the SR. */
static int note_sizes(const struct scan *w, struct txn *t, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if (w->s->pool_size <= 1)
		return 0;
	if (sr_get(t, w->sr->r.uuid, &sr, err) < 0)
		return -1;
	int64_t size = sr->noted_size, used = sr->noted_used;

	return sr_note_sizes(sr) && (sr->noted_size != size || sr->noted_used != used)
		? record_save(t, &sr_class, sr, err)
		: 0;
}

static int scan_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct scan *w = ctx;
	_cleanup_records_ struct records vdis = { 0 };

	if (look_around(w, t, err) < 0 ||
		records_load(t, &vdi_class, "sr", w->sr->r.uuid, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++)
		if (vdi_look_at(w->s, t, vdis.items[i], &w->claims, err) < 0)
			return -1;
	/* Files in the backing chain of a new file get their layer records together with the new file's. */
	if (take_new(w, t, err) < 0 || note_sizes(w, t, err) < 0)
		return -1;
	return forgotten_restore(t, w->sr->r.uuid, err);
}

/* ---- disks of VMs ---------------------------------------------------------------------------- */

/* Sets *new to true if at least one file of the SR has no record. */
static int has_new(struct scan *w, bool *new, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	*new = false;
	if (txn_begin(w->s->store, TXN_READ, &t, err) < 0 || look_around(w, t, err) < 0)
		return -1;
	for (size_t i = 0; i < w->paths.n && !*new; i++) {
		bool known;

		if (file_is_known(w, t, w->paths.items[i], &known, err) < 0)
			return -1;
		*new = w->formats.items[i][0] && !known;
	}
	return 0;
}

/* Returns 1 if the VM is on record. Another program may have moved its disk to a file without a record. */
static int follow_vm(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, uuid, &vm, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (vm)
		vm_follow_disks(s, uuid);
	return vm != NULL;
}

/* Leaves out files that VMs use: such a disk gets its records together with its VM, now or later. */
static int leave_used(struct scan *w, struct vxe_error *err)
{
	_cleanup_users_ struct file_users users = { 0 };
	bool new;

	if (has_new(w, &new, err) < 0)
		return -1;
	if (!new)
		return 0;
	if (users_look(w->s, &w->paths, &users, err) < 0)
		return -1;
	for (size_t i = 0; i < users.n; i++) {
		const struct file_user *u = &users.items[i];
		int r = u->domain ? follow_vm(w->s, u->domain, err) : 0;

		if (r < 0)
			return -1;
		if (r)
			w->formats.items[u->file][0] = '\0';
	}
	return 0;
}

/* Runs @body, which makes records of files in the SR. */
static int take_files(struct scan *w, txn_body_fn *body, struct vxe_error *err)
{
	if (record_update(w->s, body, w, err) < 0)
		return -1;
	if (w->found)
		sr_pool_come(w->s, w->sr->r.uuid);
	return 0;
}

/* ---- sr-scan --------------------------------------------------------------------------------- */

/* Loads an SR that is attached and mounted; recovers unfinished operations of a dead vxe first. */
static int load_sr(struct session *s, const char *uuid, struct sr **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (adopt_domains(s, err) < 0)
		return -1;
	/* an import whose process died has left files here, but no object that a user could name */
	op_recover_abandoned(s);
	if (op_recover_object(s, uuid, err) < 0 || session_facts(s->here, err) < 0 ||
		txn_begin(s->store, TXN_READ, &t, err) < 0 || sr_get(t, uuid, ret, err) < 0)
		return -1;
	return sr_check_mounted(s, *ret, err);
}

int sr_scan(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_(scan_clear) struct scan w = { .s = s };

	if (load_sr(s, uuid, &sr, err) < 0)
		return -1;
	if (sr_content(sr) == SR_DEVICES) /* SRs of devices are not scanned */
		return 0;
	w.sr = sr;
	if (!sr->adopted && sr_restore_records(s, sr, err) < 0)
		return -1;
	if (failpoint(&s->config.failpoints, "sr-scan", "adopt", true, err) < 0 ||
		list_files(&w, err) < 0)
		return -1;
	drop_lower_layers(&w);
	if (leave_used(&w, err) < 0 ||
		failpoint(&s->config.failpoints, "sr-scan", "look", true, err) < 0)
		return -1;
	return take_files(&w, scan_body, err);
}

/* ---- vdi-introduce --------------------------------------------------------------------------- */

static int introduce_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct scan *w = ctx;
	void *taken = NULL;

	if (record_find(t, &vdi_class, w->only->uuid, &taken, err) < 0)
		return -1;
	if (taken) {
		record_free(&vdi_class, taken);
		return vxe_fail(err, LOCATION_NOT_UNIQUE, w->sr->r.uuid, w->only->location);
	}
	if (look_around(w, t, err) < 0 || take_new(w, t, err) < 0)
		return -1;
	return w->found ? 0 : vxe_fail(err, LOCATION_NOT_UNIQUE, w->sr->r.uuid, w->only->location);
}

int vdi_introduce(struct session *s, const struct vdi_introduced *args, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_(scan_clear) struct scan w = { .s = s, .only = args };

	if (!uuid_is_valid(args->uuid))
		return vxe_fail(err, INVALID_VALUE, "uuid", args->uuid);
	if (load_sr(s, args->sr, &sr, err) < 0)
		return -1;
	if (!sr_holds(sr, "VDI.introduce"))
		return vxe_fail(err, SR_OPERATION_NOT_SUPPORTED, args->sr);
	w.sr = sr;
	if (!strchr(args->location, '/'))
		add_found_file(&w, args->location);
	if (!w.paths.n) {
		const char *format = sr_type(w.sr)->image_format(args->location);
		_cleanup_free_ char *path = sr_image_place(w.sr, args->location);

		if (!strchr(args->location, '/') &&
			check_scanned_file(&w, NULL, path, format, err) < 0)
			return -1;
		return vxe_fail(err, VDI_LOCATION_MISSING, w.sr->r.uuid, args->location);
	}
	return take_files(&w, introduce_body, err);
}
