/* SPDX-License-Identifier: MIT */
/*
 * vdi-import, vdi-copy into a disk, vdi-export. New content is written into a new file, complete
 * and synced before the disk moves to it: if vxe dies in between, the old content stays.
 */
#include "objects/storage/vdi_content.h"

#include "objects/classes/storage/sr_place.h"
#include "objects/storage/pipe_file.h"

#include "objects/disks/disks.h"
#include "objects/domain/foreign_snapshots/internal_snapshot.h"
#include "backends/content/content.h"
#include "objects/base/file_kind.h"
#include "objects/base/image_error.h"
#include "objects/engine/op_recover.h"
#include "objects/session/disk_path.h"
#include "objects/storage/vdi_loaded.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FD_ABOVE 10 /* lowest descriptor to hand to a child process, which itself uses 0 to 2 */
#define MAX_TRIES 10

static const struct {
	const char *word, *format;
} formats[] = { { "raw", "raw" }, { "vhd", "vpc" }, { "qcow2", "qcow2" } };

#define VHD_MOST (INT64_C(2040) << 30) /* largest VHD in bytes, for QEMU and Windows */

static int find_format(const char *word, const char **ret, struct vxe_error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (!str_eq(formats[i].word, word))
			continue;
		*ret = formats[i].format;
		return 0;
	}
	return vxe_fail(err, INVALID_VALUE, "format", word);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static const struct step import_steps[] = {
	{ "make-image", DISK(MAKE_IMAGE), false },
	{ "define", DISK(DEFINE), true },
	{ "define-others", DISK(DEFINE_OTHERS), false },
	{ 0 },
};

const struct op_type vdi_import_op = { "vdi-import", "import", import_steps, NULL, NULL };

/* ---- new content for a disk ------------------------------------------------------------------ */

struct filling {
	const char *uuid; /* UUID of the disk that gets the new content */
	const char *from; /* UUID of the disk whose content is copied; NULL: that of a file */
	const char *path, *format;
	int fd;
	int64_t size;	       /* size of the file's content */
	const char *operation; /* name of the operation, "import" or "copy" */
};

static int check_target(const struct vdi_loaded *u, struct vxe_error *err)
{
	if (vdi_check_managed(u, err) < 0)
		return -1;
	if (!u->node || !u->sr)
		return vdi_fail_unmanaged(u->vdi, NULL, err);
	if (u->vdi->read_only || u->vdi->is_a_snapshot || u->node->kind != NODE_DISK)
		return vxe_fail(err, VDI_READONLY, u->vdi->r.uuid);
	/* A sharable disk is raw, because several writers cannot share a new file with layers. */
	return u->vdi->sharable ? vxe_fail(err, VDI_IS_SHARABLE, u->vdi->r.uuid) : 0;
}

static int check_fits(const struct vdi_loaded *u, int64_t size, struct vxe_error *err)
{
	if (size <= u->vdi->virtual_size)
		return 0;
	_cleanup_free_ char *text = xasprintf("%" PRId64, size);

	return vxe_fail(err, VDI_TOO_SMALL, u->vdi->r.uuid, text);
}

/*
 * Plans the change of the halted domains' definitions: that of the first domain is the commit point, and the others
 * follow it.
 */
static int plan_domain(
	struct session *s, const struct vdi_loaded *u, struct plan *p, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;

	p->commit = COMMIT_STORE;
	if (!u->halted.n)
		return 0;
	if (session_spec(s->here, u->halted.items[0], HV_XML_INACTIVE, &spec, err) < 0)
		return -1;
	struct spec_disk *disk;

	if (disk_on(s, spec, u->path, &disk, err) < 0)
		return -1;
	if (!disk)
		return vxe_fail(err, VXE_DISK_CHANGED, u->halted.items[0], u->path,
			"another name of the file");
	if (!session_is_own_store(s, spec->store))
		return vxe_fail(err, VXE_STORE_MISMATCH, u->halted.items[0], spec->store);
	p->domain = xstrdup(u->halted.items[0]);
	p->commit = COMMIT_DEFINE;
	p->disks[0].target = xstrdup(disk->target);
	return 0;
}

static int plan_new_content(struct session *s, const struct filling *w, const struct vdi_loaded *u,
	const char *path, const char *format, int fd, struct plan *p, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *node = NULL;
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		loss_check(s, t, u->node->r.uuid, LOSS_LAST, p, err) < 0 ||
		overlay_sr(s, t, u->node, &sr, err) < 0)
		return -1;
	const struct image_plan image = { .sr = sr,
		.format = "qcow2",
		.size = u->vdi->virtual_size,
		.source = path,
		.source_format = format,
		.fd = fd };

	if (plan_image(s, p, &image, &node, err) < 0)
		return -1;
	str_replace(&p->disks[0].vdi, w->uuid);
	str_replace(&p->disks[0].old_node, u->node->r.uuid);
	str_replace(&p->disks[0].old_path, u->path);
	str_replace(&p->disks[0].old_format, u->node->format);
	if (plan_domain(s, u, p, err) < 0)
		return -1;
	return vdi_move(s, t, u->vdi, node, p, err);
}

static int plan_source(struct session *s, const struct filling *w, struct plan *p,
	struct vdi_loaded *from, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (vdi_load_now(s, w->from, LEASE_SHARED, p, from, err) < 0 ||
		vdi_check_managed(from, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	return vdi_check_readable(s, t, from, w->operation, p, err);
}

static int plan_content(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct filling *w = ctx;
	_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 }, from = { 0 };
	const char *path = w->path, *format = w->format;
	int64_t size = w->size;

	locks_add(&p->locks, LOCK_RECORD, w->uuid, LEASE_EXCLUSIVE);
	if (w->from)
		locks_add(&p->locks, LOCK_RECORD, w->from, LEASE_SHARED);
	if (p->draft)
		return 0;
	if (vdi_load_now(s, w->uuid, LEASE_EXCLUSIVE, p, &u, err) < 0 ||
		check_target(&u, err) < 0 || vdi_check_idle(s, &u, w->operation, err) < 0 ||
		(w->from && plan_source(s, w, p, &from, err) < 0))
		return -1;
	if (w->from) {
		path = from.path;
		format = vdi_loaded_format(&from);
		if (vdi_loaded_size(s, &from, &size, err) < 0)
			return -1;
	}
	if (check_fits(&u, size, err) < 0)
		return -1;
	p->object = xstrdup(w->uuid);
	strv_add(&p->freed, u.node->r.uuid);
	return plan_new_content(s, w, &u, path, format, w->fd, p, err);
}

static int run_content(struct session *s, struct filling *w, struct vxe_error *err)
{
	return op_run_freeing(s, &vdi_import_op, plan_content, w, NULL, err);
}

int vdi_copy_into(struct session *s, const char *uuid, const char *into, struct vxe_error *err)
{
	struct filling w = { .uuid = into, .from = uuid, .fd = -1, .operation = "copy" };

	if (str_eq(uuid, into))
		return vxe_fail(err, VDI_IN_USE, uuid, "copy");
	return run_content(s, &w, err);
}

/* ---- the caller's file ----------------------------------------------------------------------- */

static bool transfer_is_cancelled(void *ctx)
{
	return session_cancelled(ctx);
}

/* The directory of the SR of the disk, or of the layer @node, in which a file without a name can be made. */
static int scratch_dir(struct session *s, const char *uuid, const struct node *node, char **ret,
	struct vxe_error *err)
{
	_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 };
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (vdi_load_now(s, uuid, LEASE_SHARED, NULL, &u, err) < 0 ||
		txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		overlay_sr(s, t, node ? node : u.node, &sr, err) < 0 ||
		sr_check_takes_files(s, sr, err) < 0)
		return -1;
	*ret = xstrdup(sr->path);
	return 0;
}

static bool is_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/*
 * A file descriptor that a child process can read from: a duplicate of @fd, or, if @fd is a pipe, an unnamed file with
 * a copy of what the pipe delivers.
 */
static int own_copy(struct session *s, const char *uuid, int fd, int *ret, struct vxe_error *err)
{
	_cleanup_free_ char *dir = NULL;
	_cleanup_close_ int scratch = -1;

	if (is_file(fd)) {
		*ret = fcntl(fd, F_DUPFD_CLOEXEC, FD_ABOVE);
		return *ret < 0 ? vxe_fail_errno(err, "descriptor") : 0;
	}
	if (s->wishes->dry_run)
		return vxe_fail(err, INVALID_VALUE, "filename",
			"a pipe, which a dry run would empty; a file can be read twice");
	if (scratch_dir(s, uuid, NULL, &dir, err) < 0)
		return -1;
	scratch = pour_scratch(dir, err);
	if (scratch < 0 || pour(fd, scratch, true, transfer_is_cancelled, s, err) < 0) {
		error_tell_full(err);
		return -1;
	}
	*ret = fcntl(scratch, F_DUPFD_CLOEXEC, FD_ABOVE);
	return *ret < 0 ? vxe_fail_errno(err, "descriptor") : 0;
}

/*
 * Checks an image whose format the user has given (vxe never guesses it). One that refers to other files is refused.
 */
static int vet(struct session *s, const char *path, const char *format, int64_t *size,
	struct vxe_error *err)
{
	struct content *c = content_of(s, path);

	if (str_eq(format, "qcow2")) {
		_cleanup_header_ struct content_header h = { 0 };
		int r = disk_file_header(c, &h, err);

		if (r < 0)
			return -1;
		if (r == 0)
			return vxe_fail(err, VXE_FOREIGN_IMAGE, path, "it is not a qcow2 image");
	}
	return disk_file_vet(c, format, VET_ALONE, err) < 0 ? -1
							    : disk_file_size(c, format, size, err);
}

/*
 * The kind of image that the file's bytes look like; NULL: none, so they are the raw content of a disk. On failure
 * errno tells why.
 */
static int seems(int fd, const char **ret)
{
	unsigned char bytes[FILE_KIND_BYTES];
	struct stat st;
	ssize_t n = pread(fd, bytes, sizeof(bytes), 0);

	if (n < 0 || fstat(fd, &st) < 0)
		return -1;
	*ret = file_kind(bytes, (size_t)n);
	if (*ret || st.st_size < FILE_KIND_BYTES)
		return 0;
	n = pread(fd, bytes, sizeof(bytes), st.st_size - FILE_KIND_BYTES);
	if (n < 0)
		return -1;
	*ret = str_eq(file_kind(bytes, (size_t)n), FILE_KIND_VHD) ? FILE_KIND_VHD : NULL;
	return 0;
}

/* Refuses an image as raw content: written to a disk byte by byte, it could not be booted. */
static int check_no_image(int fd, const char *path, struct vxe_error *err)
{
	const char *kind;

	if (seems(fd, &kind) < 0)
		return image_fail_errno(err, path, "cannot be read");
	return kind ? vxe_fail(err, VXE_FORMAT_UNSAID, path, kind) : 0;
}

/* Makes all checks before the input is read, because a pipe can be read only once. */
static int check_before(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 };

	if (vdi_load_now(s, uuid, LEASE_SHARED, NULL, &u, err) < 0 || check_target(&u, err) < 0)
		return -1;
	return vdi_check_idle(s, &u, "import", err);
}

/* Fails if the input has ended before its last byte: that would be another disk. */
static int check_whole(int fd, int64_t bytes, struct vxe_error *err)
{
	struct stat st;

	if (!bytes || (fstat(fd, &st) == 0 && st.st_size == bytes))
		return 0;
	return vxe_fail(err, VXE_IMAGE_FAILED, "standard input", "it was cut off");
}

int vdi_import(struct session *s, const char *uuid, int fd, int64_t bytes, const char *format,
	struct vxe_error *err)
{
	struct filling w = { .uuid = uuid, .operation = "import" };
	_cleanup_close_ int own = -1;
	_cleanup_free_ char *path = NULL;

	if (find_format(format ? format : "raw", &w.format, err) < 0 ||
		check_before(s, uuid, err) < 0 || own_copy(s, uuid, fd, &own, err) < 0)
		return -1;
	path = xasprintf("/proc/self/fd/%d", own);
	w.path = path;
	w.fd = own;
	if (check_whole(own, bytes, err) < 0 || (!format && check_no_image(own, path, err) < 0) ||
		vet(s, path, w.format, &w.size, err) < 0)
		return -1;
	return run_content(s, &w, err);
}

/* ---- vdi-export ------------------------------------------------------------------------------ */

/*
 * Finds what is exported, and the locks that keep it so. The disk of an internal snapshot has no file to itself: its
 * content is in an image of the VM.
 */
static int find_source(struct session *s, const struct vdi_loaded *u, struct plan *p,
	struct inside *inside, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	inside_clear(inside);
	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	if (vdi_is_inside(u->vdi) && u->vbds.n) {
		const struct vm_disk d = { .vbd = u->vbds.items[0], .vdi = u->vdi };

		return inside_find(s, t, &d, p, inside, err);
	}
	return vdi_check_managed(u, err) < 0 ? -1 : vdi_check_readable(s, t, u, "export", p, err);
}

/*
 * Locks the disk that is exported; starts again if its layers have changed between reading the records and locking
 * them.
 */
static int lock_source(struct session *s, const char *uuid, struct locks *held,
	struct vdi_loaded *u, struct inside *inside, struct vxe_error *err)
{
	for (int i = 0; i < MAX_TRIES; i++) {
		_cleanup_plan_ struct plan p = { 0 };

		vdi_loaded_clear(u);
		session_forget_domains(s->here);
		locks_add(&p.locks, LOCK_RECORD, uuid, LEASE_SHARED);
		if (op_recover_object(s, uuid, err) < 0 ||
			vdi_load_now(s, uuid, LEASE_SHARED, &p, u, err) < 0 ||
			find_source(s, u, &p, inside, err) < 0)
			return -1;
		if (held->n && locks_cover(held, &p.locks))
			return 0;
		locks_clear(held);
		*held = p.locks;
		p.locks = (struct locks){ 0 };
		if (locks_take(s, held, err) < 0)
			return -1;
	}
	return vxe_fail(err, VXE_TRY_AGAIN, uuid, "its layers keep changing");
}

/* A vdi-export that is running, for its progress and cancellation. A sparse file takes less space than @size. */
struct export
{
	struct session *s;
	int64_t size;
};

static bool export_stopped(void *ctx)
{
	const struct export *e = ctx;

	return session_cancelled(e->s);
}

static void export_progress(void *ctx, int64_t done)
{
	const struct export *e = ctx;

	session_progress(e->s, done, e->size);
}

static int export_to(struct session *s, const struct vdi_loaded *u, const struct inside *inside,
	int fd, const char *format, struct vxe_error *err)
{
	struct export export = { s, u->vdi->virtual_size };
	const struct image_source from = { .of = content_of(
						   s, inside->key ? inside->path : u->path),
		.format = inside->key ? inside->node->format : vdi_loaded_format(u),
		.snapshot = inside->key,
		.fd = -1,
		.cancelled = export_stopped,
		.progress = export_progress,
		.ctx = &export };
	_cleanup_close_ int own = fcntl(fd, F_DUPFD_CLOEXEC, FD_ABOVE);

	if (own < 0)
		return vxe_fail_errno(err, "descriptor");
	if (image_write_to(&from, own, format, err) < 0)
		return -1;
	return fsync(own) < 0 ? vxe_fail_errno(err, "the exported file") : 0;
}

static int check_vhd(const struct vdi_loaded *u, struct vxe_error *err)
{
	if (u->vdi->virtual_size <= VHD_MOST)
		return 0;
	_cleanup_free_ char *most = xasprintf("%" PRId64, VHD_MOST);

	return vxe_fail(err, VDI_TOO_LARGE, u->vdi->r.uuid, most);
}

int vdi_export(struct session *s, const char *uuid, int fd, const char *word, struct vxe_error *err)
{
	_cleanup_locks_ struct locks held = { 0 };
	_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 };
	_cleanup_inside_ struct inside inside = { 0 };
	_cleanup_free_ char *dir = NULL;
	_cleanup_close_ int scratch = -1;
	const char *format;

	if (find_format(word, &format, err) < 0 ||
		lock_source(s, uuid, &held, &u, &inside, err) < 0 ||
		(str_eq(format, "vpc") && check_vhd(&u, err) < 0))
		return -1;
	if (is_file(fd))
		return export_to(s, &u, &inside, fd, format, err);
	/*
	 * qemu-img cannot write to a pipe: it makes an image without a name beside the disk, which is then copied to
	 * the pipe.
	 */
	if (scratch_dir(s, uuid, inside.node, &dir, err) < 0)
		return -1;
	scratch = pour_scratch(dir, err);
	if (scratch < 0 || export_to(s, &u, &inside, scratch, format, err) < 0)
		return -1;
	if (lseek(scratch, 0, SEEK_SET) < 0)
		return vxe_fail_errno(err, "the exported file");
	return pour(scratch, fd, false, transfer_is_cancelled, s, err);
}
