/* SPDX-License-Identifier: MIT */
/*
 * Image files as files: names, sizes, write bits, QEMU's locks, syncing, removing. Only the virtual
 * size depends on the format.
 */
#include "backends/content/image_file.h"

#include "backends/content/image_private.h"
#include "objects/base/file_key.h"
#include "backends/content/qcow2.h"
#include "objects/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define MODE_BITS 07777
#define SECTOR 512 /* QEMU rounds the size of a raw image up to sectors */
#define BLOCK 512  /* unit of st_blocks */
#define NS INT64_C(1000000000)
#define DRAFT_SUFFIX ".vxe-tmp"

/* QEMU locks single bytes: 100 + permission it uses, 200 + permission it denies to others. */
#define QEMU_LOCK_FIRST 100
#define QEMU_LOCK_LEN 200
#define QEMU_LOCK_WRITER 101	/* held by every writer */
#define QEMU_LOCK_NO_WRITER 201 /* held by who bears no writer */

void image_fill(struct vxe_error *err, const char *path, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	_cleanup_free_ char *message = xvasprintf(fmt, ap);
	va_end(ap);
	vxe_fail(err, VXE_IMAGE_FAILED, path, message);
}

/* ---- names ---- */

void image_fill_create(struct vxe_error *err, const char *path)
{
	const char *why = strerrordesc_np(errno);

	if (errno == EEXIST) {
		image_fill(err, path, "cannot be created: %s", why);
		return;
	}
	_cleanup_free_ char *dir = path_dir(path);

	image_fill(err, dir, "no file can be created in it: %s", why);
}

static const char *image_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *image_draft_path(const char *path)
{
	const char *name = image_name(path);

	return xasprintf("%.*s.%s" DRAFT_SUFFIX, (int)(name - path), path, name);
}

bool image_is_draft(const char *name)
{
	return name[0] == '.' && str_ends(name, DRAFT_SUFFIX);
}

char *image_final_path(const char *path)
{
	const char *name = image_name(path);

	if (!image_is_draft(name))
		return xstrdup(path);
	return xasprintf("%.*s%.*s", (int)(name - path), path,
		(int)(strlen(name) - strlen(DRAFT_SUFFIX) - 1), name + 1);
}

/* Drops "//" and "/./", so that equal names compare equal. ".." may follow a link and stays. */
static void path_squeeze(char *path)
{
	char *to = path;

	for (const char *from = path; *from;) {
		if (from[0] == '/' && from[1] == '/')
			from++;
		else if (from[0] == '/' && from[1] == '.' && from[2] == '/')
			from += 2;
		else
			*to++ = *from++;
	}
	*to = '\0';
}

/* QEMU's rule: a colon before the first slash marks a protocol. */
static bool is_protocol(const char *name)
{
	return name[strcspn(name, ":/")] == ':';
}

char *image_backing_name(const char *file)
{
	return is_protocol(file) ? xasprintf("./%s", file) : xstrdup(file);
}

char *image_backing_path(const char *path, const char *backing)
{
	if (str_is_empty(backing) || is_protocol(backing))
		return NULL;
	_cleanup_free_ char *dir = path_dir(path);
	char *full = backing[0] == '/' ? xstrdup(backing) : xasprintf("%s/%s", dir, backing);

	path_squeeze(full);
	return full;
}

/* ---- facts ---- */

int image_open(const char *path, struct vxe_error *err)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		image_fail_errno(err, path, "cannot be opened");
	return fd;
}

static int device_size(const char *path, int64_t *ret, struct vxe_error *err)
{
	_cleanup_close_ int fd = image_open(path, err);
	uint64_t size;

	if (fd < 0)
		return -1;
	if (ioctl(fd, BLKGETSIZE64, &size) < 0)
		return image_fail_errno(err, path, "its size cannot be read");
	*ret = (int64_t)size;
	return 0;
}

int image_stat(const char *path, struct image_file *ret, struct vxe_error *err)
{
	struct image_file f = { 0 };
	struct stat st;

	if (stat(path, &st) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return image_fail_errno(err, path, "cannot be looked at");
		*ret = f;
		return 0;
	}
	f = (struct image_file){
		.exists = true,
		.size = st.st_size,
		.allocated = (int64_t)st.st_blocks * BLOCK,
		.mode = st.st_mode & MODE_BITS,
		.uid = st.st_uid,
		.gid = st.st_gid,
		.block = S_ISBLK(st.st_mode),
		.dev = st.st_dev,
		.ino = st.st_ino,
		.written = st.st_mtim.tv_sec * NS + st.st_mtim.tv_nsec,
	};
	if (f.block) {
		if (device_size(path, &f.size, err) < 0)
			return -1;
		f.allocated = f.size;
		f.dev = st.st_rdev;
		f.ino = 0;
	}
	*ret = f;
	return 0;
}

bool image_is_device(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		return S_ISBLK(st.st_mode);
	return str_starts(path, "/dev/") && !str_starts(path, "/dev/shm/");
}

static int raw_size(const char *path, int64_t *ret, struct vxe_error *err)
{
	struct image_file f;

	if (image_stat(path, &f, err) < 0)
		return -1;
	if (!f.exists)
		return image_fail(err, path, "does not exist");
	*ret = (f.size + SECTOR - 1) / SECTOR * SECTOR;
	return 0;
}

int image_virtual_size(struct content *c, const char *format, int64_t *ret, struct vxe_error *err)
{
	const char *path = content_place(c);
	_cleanup_header_ struct qcow2_header h = { 0 };

	if (str_eq(format, "raw"))
		return raw_size(path, ret, err);
	if (!str_eq(format, "qcow2"))
		return image_fail(err, path, "format %s is not supported", format);
	int found = qcow2_read(c, &h, err);

	if (found < 0)
		return -1;
	if (found == 0)
		return image_fail(err, path, "not a qcow2 image");
	*ret = h.virtual_size;
	return 0;
}

static int find_lock(
	int fd, const char *path, off_t first, off_t length, bool *ret, struct vxe_error *err)
{
	/* Testing for a write lock finds readers, too, and needs no write permission. */
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = first,
		.l_len = length,
	};

	if (fd < 0)
		return -1;
	if (fcntl(fd, F_OFD_GETLK, &lock) < 0)
		return image_fail_errno(err, path, "its locks cannot be read");
	*ret = lock.l_type != F_UNLCK;
	return 0;
}

int image_locked(struct content *c, bool *ret, struct vxe_error *err)
{
	return find_lock(
		content_fd(c, err), content_place(c), QEMU_LOCK_FIRST, QEMU_LOCK_LEN, ret, err);
}

int image_has_writer(struct content *c, bool *ret, struct vxe_error *err)
{
	return find_lock(content_fd(c, err), content_place(c), QEMU_LOCK_WRITER, 1, ret, err);
}

/* A descriptor of its own, because the lock is that descriptor's. */
int image_hold(struct content *c, struct vxe_error *err)
{
	const char *path = content_place(c);
	int fd = image_open(path, err);
	struct flock lock = {
		.l_type = F_RDLCK,
		.l_whence = SEEK_SET,
		.l_start = QEMU_LOCK_NO_WRITER,
		.l_len = 1,
	};
	bool writer = false;

	if (fd < 0)
		return -1;
	/* In QEMU's order: who comes later sees the lock. */
	int r = fcntl(fd, F_OFD_SETLK, &lock) < 0
			? image_fail_errno(err, path, "it cannot be locked as QEMU does")
			: image_has_writer(c, &writer, err);

	if (writer)
		r = image_fail(err, path, "another program has it open for writing");
	if (r == 0)
		return fd;
	close(fd);
	return -1;
}

int image_free_space(const char *dir, int64_t *ret, struct vxe_error *err)
{
	struct statvfs fs;
	int64_t bytes;

	if (statvfs(dir, &fs) < 0)
		return image_fail_errno(err, dir, "its free space cannot be read");
	/* Network file systems without a limit return absurd numbers; ramfs and some of FUSE none. */
	if (!fs.f_blocks || __builtin_mul_overflow(fs.f_bavail, fs.f_frsize, &bytes))
		bytes = INT64_MAX;
	*ret = bytes;
	return 0;
}

/* ---- changes ---- */

int image_sync_dir(const char *dir, struct vxe_error *err)
{
	return dir_sync(dir) < 0 ? image_fail_errno(err, dir, "cannot be synced") : 0;
}

int image_sync(struct content *c, struct vxe_error *err)
{
	const char *path = content_place(c);
	_cleanup_free_ char *dir = path_dir(path);
	int fd = content_fd(c, err);

	if (fd < 0)
		return -1;
	if (fsync(fd) < 0)
		return image_fail_errno(err, path, "cannot be synced");
	return image_sync_dir(dir, err);
}

static int set_mode(int fd, const char *path, mode_t mode, struct vxe_error *err)
{
	if (fchmod(fd, mode) < 0)
		return image_fail_errno(err, path, "its write bits cannot be changed");
	if (fsync(fd) < 0)
		return image_fail_errno(err, path, "cannot be synced");
	return 0;
}

/* The descriptor of the file, with its mode. */
static int open_mode(struct content *c, struct stat *ret, struct vxe_error *err)
{
	int fd = content_fd(c, err);

	if (fd < 0 || fstat(fd, ret) == 0)
		return fd;
	return image_fail_errno(err, content_place(c), "cannot be looked at");
}

static bool has_write_bits(const struct stat *st)
{
	return S_ISREG(st->st_mode) && (st->st_mode & WRITE_BITS);
}

int image_freeze(struct content *c, mode_t *old_mode, struct vxe_error *err)
{
	struct stat st;
	const char *path = content_place(c);
	int fd = open_mode(c, &st, err);

	if (fd < 0)
		return -1;
	mode_t mode = st.st_mode & MODE_BITS;

	if (has_write_bits(&st) && set_mode(fd, path, mode & ~(mode_t)WRITE_BITS, err) < 0)
		return -1;
	*old_mode = mode;
	return 0;
}

int image_check_freezable(struct content *c, struct vxe_error *err)
{
	struct stat st;
	const char *path = content_place(c);
	int fd = open_mode(c, &st, err);

	if (fd < 0)
		return -1;
	if (has_write_bits(&st) && fchmod(fd, st.st_mode & MODE_BITS) < 0)
		return image_fail_errno(err, path, "its write bits cannot be changed");
	return 0;
}

int image_thaw(struct content *c, mode_t mode, struct vxe_error *err)
{
	struct stat st;
	const char *path = content_place(c);
	int fd = open_mode(c, &st, err);

	if (fd < 0)
		return -1;
	if (!S_ISREG(st.st_mode) || (st.st_mode & MODE_BITS) == (mode & MODE_BITS))
		return 0;
	return set_mode(fd, path, mode & MODE_BITS, err);
}

/*
 * 1: the file existed; 0: it did not. lstat() comes first, because on a read-only mount unlink()
 * does not say so.
 */
static int unlink_if_there(const char *path, struct vxe_error *err)
{
	struct stat st;

	if (lstat(path, &st) < 0 && errno == ENOENT)
		return 0;
	if (unlink(path) == 0)
		return 1;
	if (errno != ENOENT)
		return image_fail_errno(err, path, "cannot be removed");
	return 0;
}

int image_unlink(struct content *c, struct vxe_error *err)
{
	const char *path = content_place(c);
	_cleanup_free_ char *dir = path_dir(path);
	_cleanup_free_ char *draft = image_draft_path(path);
	_cleanup_free_ char *of_draft = image_draft_path(draft); /* image_make_difference() */
	const char *const names[] = { path, draft, of_draft };
	bool any = false;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		content_close(content_near(c, names[i])); /* or NFS renames it until then */
		int gone = unlink_if_there(names[i], err);

		if (gone < 0)
			return -1;
		any |= gone;
	}
	return any ? image_sync_dir(dir, err) : 0;
}
