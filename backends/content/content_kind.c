/* SPDX-License-Identifier: MIT */
/*
 * The kinds of images, a table row each: a file, and a block device. An operation that only one of them needs does
 * nothing for the other.
 */
#include "backends/content/content_private.h"

#include "objects/base/far/far_file.h"
#include "objects/base/file.h"
#include "objects/base/file_key.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PRIVATE_MODE 0600
#define BLOCK 512 /* bytes of a block in st_blocks */
#define NS INT64_C(1000000000)

/* ---- both ------------------------------------------------------------------------------------ */

static int local_open(const char *place)
{
	return far_answers(place) < 0 ? -1
				      : open(place, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static int local_open_writing(const char *place)
{
	return far_answers(place) < 0 ? -1
				      : open(place, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static ssize_t local_pread(int fd, void *buf, size_t n, off_t offset)
{
	ssize_t got;

	do
		got = pread(fd, buf, n, offset);
	while (got < 0 && errno == EINTR);
	return got;
}

static ssize_t local_pwrite(int fd, const void *buf, size_t n, off_t offset)
{
	ssize_t done;

	do
		done = pwrite(fd, buf, n, offset);
	while (done < 0 && errno == EINTR);
	return done;
}

static bool local_is_at(int fd, const char *place)
{
	struct stat open, now;

	return far_stat(place, &now) == 0 && fstat(fd, &open) == 0 && now.st_dev == open.st_dev &&
		now.st_ino == open.st_ino;
}

/*
 * Asks for a write lease, which the kernel grants only while nobody else has the file open, and gives it back. Whoever opens it
 * in between waits, and this process gets a signal that does nothing.
 */
static int is_open_elsewhere(int fd)
{
	if (fcntl(fd, F_SETSIG, SIGURG) < 0 || fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
		return 1;
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	return 0;
}

/* ---- QEMU's locks ---------------------------------------------------------------------------- */

/* QEMU locks single bytes: 100 + a permission that it uses, 200 + a permission that it denies to others. */
#define QEMU_LOCK_FIRST 100
#define QEMU_LOCK_LEN 200
#define QEMU_LOCK_WRITER 101	/* every process that writes has a lock on this byte */
#define QEMU_LOCK_NO_WRITER 201 /* a process that allows no writer has a lock on this byte */

/*
 * Asks whether a write lock would be possible: this finds the locks of readers, too, and needs no permission to
 * write.
 */
static int local_in_use(int fd, enum content_use what)
{
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = what == USE_WRITER ? QEMU_LOCK_WRITER : QEMU_LOCK_FIRST,
		.l_len = what == USE_WRITER ? 1 : QEMU_LOCK_LEN,
	};

	if (what == USE_OPEN)
		return is_open_elsewhere(fd);
	return fcntl(fd, F_OFD_GETLK, &lock) < 0 ? -1 : lock.l_type != F_UNLCK;
}

static int local_hold(int fd)
{
	struct flock lock = {
		.l_type = F_RDLCK,
		.l_whence = SEEK_SET,
		.l_start = QEMU_LOCK_NO_WRITER,
		.l_len = 1,
	};

	return fcntl(fd, F_OFD_SETLK, &lock);
}

/* ---- names ----------------------------------------------------------------------------------- */

static void local_name(const char *place, struct content_name *ret)
{
	*ret = (struct content_name){ .text = name_for_header(place) };
}

/*
 * The path of the file that a header or option names. QEMU takes a relative name as one beside the image whose
 * header has it.
 */
static char *local_named(const char *at, const struct content_name *name)
{
	return name->protocol ? NULL : named_path(at, name->text);
}

static char *local_qemu_file(const char *driver, const char *place, bool held)
{
	struct json_object *file = json_object_new_object();

	json_object_object_add(file, "driver", json_object_new_string(driver));
	json_object_object_add(file, "filename", json_object_new_string(place));
	if (held)
		json_object_object_add(file, "locking", json_object_new_string("off"));
	char *text = xstrdup(json_object_to_json_string_ext(file, JSON_C_TO_STRING_NOSLASHESCAPE));

	json_object_put(file);
	return text;
}

/* ---- making and removing --------------------------------------------------------------------- */

/*
 * Removes the file @place. lstat() comes first, because on a read-only mount unlink() does not say that the file
 * does not exist. Returns 1 if it has removed something, 0 if nothing existed.
 */
static int local_remove(const char *place, struct vxe_error *err)
{
	struct stat st;

	if (far_lstat(place, &st) < 0 && errno == ENOENT)
		return 0;
	if (far_answers(place) == 0 && unlink(place) == 0)
		return 1;
	return errno == ENOENT ? 0 : image_fail_errno(err, place, "cannot be removed");
}

static int local_sync_name(const char *place, struct vxe_error *err)
{
	_cleanup_free_ char *dir = path_dir(place);

	return draft_sync_dir(dir, err);
}

/* Does nothing, because QEMU itself makes files longer. */
static int local_lengthen(const char *place, off_t end)
{
	(void)place, (void)end;
	return 0;
}

static int local_create(const char *place)
{
	return far_answers(place) < 0
		? -1
		: open(place, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, PRIVATE_MODE);
}

/* Asks stat(2) about the image at @place. Returns 1 with *ret filled, 0 if there is no such file. */
static int stat_place(
	const char *place, struct stat *st, struct content_stat *ret, struct vxe_error *err)
{
	if (far_stat(place, st) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return image_fail_errno(err, place, "cannot be looked at");
		return 0;
	}
	*ret = (struct content_stat){
		.exists = true,
		.size = st->st_size,
		.allocated = (int64_t)st->st_blocks * BLOCK,
		.type = st->st_mode & S_IFMT,
		.mode = st->st_mode & MODE_BITS,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.dev = st->st_dev,
		.ino = st->st_ino,
		.written = st->st_mtim.tv_sec * NS + st->st_mtim.tv_nsec,
	};
	return 1;
}

/* ---- a file ---------------------------------------------------------------------------------- */

static int file_look(const char *place, struct content_stat *ret, struct vxe_error *err)
{
	struct stat st;

	return stat_place(place, &st, ret, err) < 0 ? -1 : 0;
}

/* Reads the mode of an open file. Returns 1, or 0 if it is no regular file (a folder, a FIFO). */
static int file_mode(int fd, mode_t *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	*ret = st.st_mode & MODE_BITS;
	return S_ISREG(st.st_mode) ? 1 : 0;
}

/* True if the file has a hole before @end; false also if the file system cannot tell. */
static bool file_has_hole(int fd, off_t end)
{
	off_t hole = lseek(fd, 0, SEEK_HOLE);

	return hole >= 0 && hole < end;
}

/* Writes zeros into the holes of a file before @end, where the file system has no fallocate(2). */
static int fill_holes(int fd, off_t end)
{
	static const unsigned char zeros[4096];

	for (off_t at = lseek(fd, 0, SEEK_HOLE); at >= 0 && at < end;
		at = lseek(fd, at, SEEK_HOLE)) {
		off_t data = lseek(fd, at, SEEK_DATA);
		off_t until = data < 0 || data > end ? end : data;
		size_t n = until - at < (off_t)sizeof(zeros) ? (size_t)(until - at) : sizeof(zeros);

		if (pwrite(fd, zeros, n, at) != (ssize_t)n)
			return -1;
		at += (off_t)n;
	}
	return 0;
}

/*
 * Allocates disk space for the holes before @end. Leaves the file's size alone, because an image in use may grow
 * meanwhile.
 */
static int file_fill(int fd, off_t end)
{
	int rc;

	do
		rc = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, end);
	while (rc < 0 && errno == EINTR);
	if (rc < 0 && (errno == EOPNOTSUPP || errno == ENOSYS))
		rc = fill_holes(fd, end);
	return rc < 0 ? -1 : fdatasync(fd);
}

static bool file_mine(const char *place)
{
	(void)place;
	return true;
}

static char *file_qemu_file(const char *place, bool held)
{
	return local_qemu_file("file", place, held);
}

/* ---- a block device -------------------------------------------------------------------------- */

static int device_size(const char *place, int64_t *ret, struct vxe_error *err)
{
	_cleanup_close_ int fd = file_open(place, err);
	uint64_t size;

	if (fd < 0)
		return -1;
	if (ioctl(fd, BLKGETSIZE64, &size) < 0)
		return image_fail_errno(err, place, "its size cannot be read");
	*ret = (int64_t)size;
	return 0;
}

static int device_look(const char *place, struct content_stat *ret, struct vxe_error *err)
{
	struct content_stat f = { 0 };
	struct stat st;
	int r = stat_place(place, &st, &f, err);

	if (r <= 0)
		return r;
	if (S_ISBLK(st.st_mode)) {
		if (device_size(place, &f.size, err) < 0)
			return -1;
		f.device = true;
		f.allocated = f.size;
		f.dev = st.st_rdev;
		f.ino = 0;
	}
	*ret = f;
	return 0;
}

/* Reads the mode of a block device, and returns 0: its write bits do not stop QEMU. */
static int device_mode(int fd, mode_t *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	*ret = st.st_mode & MODE_BITS;
	return 0;
}

static bool device_has_hole(int fd, off_t end)
{
	(void)fd, (void)end;
	return false;
}

static char *device_qemu_file(const char *place, bool held)
{
	return local_qemu_file("host_device", place, held);
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define LOCAL                                                                                      \
	.name = local_name, .named = local_named, .open = local_open,                              \
	.open_writing = local_open_writing, .free_space = file_free_space, .create = local_create, \
	.give_name = draft_rename, .remove = local_remove, .sync_name = local_sync_name,           \
	.is_at = local_is_at, .pread = local_pread, .pwrite = local_pwrite, .extend = ftruncate,   \
	.in_use = local_in_use, .hold = local_hold, .set_mode = fchmod, .own = fchown,             \
	.rights = local_rights, .set_acl = local_set_acl, .lengthen = local_lengthen,              \
	.fill = file_fill, .sync = fsync

static const struct content_kind device = {
	LOCAL,
	.mine = file_is_device,
	.qemu_file = device_qemu_file,
	.look = device_look,
	.mode = device_mode,
	.has_hole = device_has_hole,
};

static const struct content_kind file = {
	LOCAL,
	.mine = file_mine,
	.qemu_file = file_qemu_file,
	.look = file_look,
	.mode = file_mode,
	.has_hole = file_has_hole,
};

static const struct content_kind *const kinds[] = { &content_kind_more, &device, &file };

const struct content_kind *content_kind_at(const char *place)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i] && kinds[i]->mine(place))
			return kinds[i];
	return &file;
}

/*
 * How QEMU and libvirt name the image at @place. Files and devices are named in the same way, so the file system is
 * not asked.
 */
void content_name(const char *place, struct content_name *ret)
{
	if (kinds[0] && kinds[0]->mine(place))
		kinds[0]->name(place, ret);
	else
		local_name(place, ret);
}

static char *named(const char *at, const struct content_name *name)
{
	char *place = NULL;

	for (size_t i = 0; i < ARRAY_LEN(kinds) && !place; i++)
		place = kinds[i] ? kinds[i]->named(at, name) : NULL;
	return place;
}

static const char *text_of(struct json_object *of, const char *key)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(of, key, &value) ? json_object_get_string(value) : NULL;
}

char *export_named(const char *at, struct json_object *options)
{
	struct json_object *server = NULL;
	bool nested = json_object_object_get_ex(options, "server", &server) &&
		json_object_is_type(server, json_type_object);
	_cleanup_content_name_ struct content_name n = {
		.protocol = xstrdup_null(text_of(options, "driver")),
		.name = xstrdup_null(text_of(options, "export")),
		.socket = xstrdup_null(
			nested ? text_of(server, "path") : text_of(options, "server.path")),
	};

	return n.protocol && n.name ? named(at, &n) : NULL;
}

/*
 * The place that a header's "json:" options name, if they are those of an image that a server exports, as libvirt
 * has QEMU write them: nothing but a "file", which has nothing but driver, server and export. NULL for other
 * options, which would mean another image.
 */
static char *named_by_options(const char *at, struct json_object *options)
{
	struct json_object *node = NULL;
	bool whole = json_object_object_get_ex(options, "file", &node) &&
		json_object_object_length(options) == 1 &&
		json_object_object_get_ex(node, "server", NULL) &&
		json_object_object_length(node) == 3;

	return whole ? export_named(at, node) : NULL;
}

char *content_named(const char *at, const struct content_name *name)
{
	static const char json[] = "json:";

	if (name->protocol || !name->text || !str_starts(name->text, json))
		return named(at, name);
	struct json_object *options = json_tokener_parse(name->text + sizeof(json) - 1);
	char *place = options ? named_by_options(at, options) : NULL;

	json_object_put(options);
	return place;
}
