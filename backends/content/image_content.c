/* SPDX-License-Identifier: MIT */
/*
 * Copies content: whole chains, and images from and to the caller's files. qemu-img does the work
 * as a child that is given every format. Data from or to a pipe go through an unnamed file, because
 * qemu-img needs to seek.
 */
#include "backends/content/image_content.h"

#include "backends/child/child.h"
#include "backends/content/image_file.h"
#include "backends/content/image_private.h"
#include "objects/base/file_key.h"
#include "backends/content/qcow2_table.h"
#include "objects/base/clock.h"
#include "objects/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define POLL_MS 100
#define PACE_MS 10
#define BLOCK_BYTES 65536
#define PRIVATE_MODE 0600

/* ---- running the child ----------------------------------------------------------------------- */

/* qemu-img knows a limit for some of its commands only: so the child stands still from time to time. */
struct pace {
	int64_t began;
	bool stands;
};

static void keep_pace(struct pace *p, const struct child *c, int64_t speed, int64_t done)
{
	bool ahead =
		speed && done / speed * 1000 + done % speed * 1000 / speed > clock_ms() - p->began;

	if (ahead == p->stands)
		return;
	p->stands = ahead;
	(void)kill(c->pid, ahead ? SIGSTOP : SIGCONT);
}

/* Kills the child when the operation is cancelled; then returns true. */
static bool watch(struct child *c, const struct image_source *from, const char *target)
{
	struct pollfd p = { .fd = c->out, .events = POLLIN };
	struct pace pace = { .began = clock_ms() };
	struct stat st;

	while (from->cancelled) {
		/* Output before the child's end is an error message, so it ends the watch. */
		if (poll(&p, 1, from->speed ? PACE_MS : POLL_MS) != 0)
			return false;
		if (from->cancelled(from->ctx)) {
			(void)kill(c->pid, SIGKILL);
			return true;
		}
		if (stat(target, &st) < 0)
			continue;
		if (from->progress)
			from->progress(from->ctx, (int64_t)st.st_blocks * 512);
		keep_pace(&pace, c, from->speed, (int64_t)st.st_blocks * 512);
	}
	return false;
}

/* Reads the whole source. @target: the growing file; @file: its name in errors. *output is the caller's. */
static int run(const char *const argv[], const struct image_source *from, const char *target,
	const char *file, char **output, struct vxe_error *err)
{
	struct child c;

	if (image_chain_vet(from->of, from->format, err) < 0)
		return -1;
	if (from->fd >= 0 && fcntl(from->fd, F_SETFD, 0) < 0)
		return image_fail_errno(err, file, "cannot be handed on");
	int rc = child_start(&c, argv, err);

	if (from->fd >= 0)
		(void)fcntl(from->fd, F_SETFD, FD_CLOEXEC);
	if (rc < 0)
		return -1;
	bool cancelled = watch(&c, from, target);
	int status = child_wait(&c, output, err);

	if (status < 0)
		return -1;
	if (cancelled)
		return vxe_fail(err, TASK_CANCELLED, "");
	return status > 0 ? child_fail(status, *output, file, err) : 0;
}

int image_measure(const struct image_source *from, int64_t *ret, struct vxe_error *err)
{
	_cleanup_free_ char *output = NULL, *option = NULL;
	const char *path = content_place(from->of);
	struct json_object *doc, *required = NULL;

	if (from->snapshot && qcow2_snapshot_option(from->of, from->snapshot, &option, err) < 0)
		return -1;
	/* -U: QEMU may have the image locked. */
	const char *const argv[] = { "qemu-img", "measure", "--output=json", "-U", "-O", "qcow2",
		"-f", from->format, path, option ? "-l" : NULL, option, NULL };

	if (run(argv, from, path, path, &output, err) < 0)
		return -1;
	doc = json_tokener_parse(output);
	bool known = json_object_object_get_ex(doc, "required", &required);

	*ret = json_object_get_int64(required);
	json_object_put(doc);
	return known ? 0 : image_fail(err, path, "qemu-img does not say how large a copy is");
}

/* ---- new images ------------------------------------------------------------------------------ */

static int sync_path(const char *path, struct vxe_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || fsync(fd) < 0)
		return image_fail_errno(err, path, "cannot be synced");
	return 0;
}

static int check_free(const char *path, struct vxe_error *err)
{
	struct image_file f;

	if (image_stat(path, &f, err) < 0)
		return -1;
	return f.exists ? image_fail(err, path, "exists already") : 0;
}

/* Never replaces a file. */
static int place(const char *draft, const char *path, struct vxe_error *err)
{
	_cleanup_free_ char *dir = path_dir(path);

	if (renameat2(AT_FDCWD, draft, AT_FDCWD, path, RENAME_NOREPLACE) < 0 &&
		((errno != EINVAL && errno != ENOSYS) || link(draft, path) < 0 ||
			unlink(draft) < 0))
		return image_fail_errno(err, path, "cannot get its name");
	return image_sync_dir(dir, err);
}

static int resize(const char *path, const char *format, int64_t size, struct vxe_error *err)
{
	_cleanup_free_ char *text = xasprintf("%lld", (long long)size);
	const char *const argv[] = { "qemu-img", "resize", "-q", "-f", format, path, text, NULL };

	return child_run(argv, path, NULL, err);
}

static int draft_size(const struct image_source *from, const char *draft, const char *format,
	int64_t *ret, struct vxe_error *err)
{
	struct content *c = content_near(from->of, draft);
	int r = image_virtual_size(c, format, ret, err);

	content_close(c); /* it gets another name, or is removed */
	return r;
}

static int fill_draft(const struct image_source *from, const char *draft, const char *format,
	int64_t size, struct vxe_error *err)
{
	const char *source = content_place(from->of);
	/*
	 * -U: reads the layers of a running guest's snapshot while QEMU has them locked; leases
	 * protect them.
	 */
	const char *const shared[] = { "qemu-img", "convert", "-q", "-U", "-f", from->format, "-O",
		format, source, draft, NULL };
	const char *const alone[] = { "qemu-img", "convert", "-q", "-f", from->format, "-O", format,
		source, draft, NULL };
	_cleanup_free_ char *output = NULL;
	int64_t now;

	if (run(from->alone ? alone : shared, from, draft, source, &output, err) < 0 ||
		draft_size(from, draft, format, &now, err) < 0)
		return -1;
	if (now < size && resize(draft, format, size, err) < 0)
		return -1;
	return sync_path(draft, err);
}

/*
 * Makes an empty private file of that name, so that no other user can read the content while it
 * grows.
 */
static int reserve(const char *draft, struct vxe_error *err)
{
	int fd = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, PRIVATE_MODE);

	if (fd < 0)
		return image_fail_create(err, draft);
	close(fd);
	return 0;
}

int image_make_copy(const struct image_source *from, const char *path, const char *format,
	int64_t size, struct vxe_error *err)
{
	_cleanup_free_ char *draft = image_draft_path(path);

	if (check_free(path, err) < 0 || reserve(draft, err) < 0)
		return -1;
	if (fill_draft(from, draft, format, size, err) == 0 && place(draft, path, err) == 0)
		return 0;
	(void)unlink(draft);
	return -1;
}

/* An empty image on the source reads as the source does; qemu-img then puts it on the other file. */
static int fill_difference(const struct image_source *from, const char *draft,
	const char *base_name, const char *base_format, int64_t size, struct vxe_error *err)
{
	const struct image_overlay o = { draft, content_place(from->of), from->format, size };
	const char *const argv[] = { "qemu-img", "rebase", "-q", "-f", "qcow2", "-b", base_name,
		"-F", base_format, draft, NULL };
	_cleanup_free_ char *output = NULL;

	if (image_make_overlays(&o, 1, NULL, err) < 0)
		return -1;
	if (chmod(draft, PRIVATE_MODE) < 0)
		return image_fail_errno(err, draft, "cannot be kept from others");
	if (run(argv, from, draft, o.backing, &output, err) < 0)
		return -1;
	int r = image_check_names(content_near(from->of, draft), base_name, base_format, err);

	content_close(content_near(from->of, draft)); /* it gets another name, or is removed */
	return r < 0 ? -1 : sync_path(draft, err);
}

int image_make_difference(const struct image_source *from, const char *path, const char *base_name,
	const char *base_format, int64_t size, struct vxe_error *err)
{
	_cleanup_free_ char *draft = image_draft_path(path);

	if (check_free(path, err) < 0 || check_free(draft, err) < 0)
		return -1;
	if (fill_difference(from, draft, base_name, base_format, size, err) == 0 &&
		place(draft, path, err) == 0)
		return 0;
	(void)unlink(draft);
	return -1;
}

int image_make_raw(const char *path, int64_t virtual_size, struct vxe_error *err)
{
	_cleanup_free_ char *draft = image_draft_path(path);

	if (check_free(path, err) < 0 || reserve(draft, err) < 0)
		return -1;
	if (truncate(draft, virtual_size) < 0)
		(void)image_fail_errno(err, draft, "cannot be made as large");
	else if (sync_path(draft, err) == 0 && place(draft, path, err) == 0)
		return 0;
	(void)unlink(draft);
	return -1;
}

int image_grow(struct content *c, const char *format, int64_t size, struct vxe_error *err)
{
	const char *path = content_place(c);
	int64_t now;

	if (image_virtual_size(c, format, &now, err) < 0)
		return -1;
	if (now == size)
		return 0;
	if (now > size)
		return image_fail(err, path, "an image is never made smaller");
	/* QEMU writes zeros where a larger file below would show. */
	if (image_chain_vet(c, format, err) < 0 || image_repair(c, format, err) < 0 ||
		resize(path, format, size, err) < 0)
		return -1;
	return image_sync(c, err);
}

/* ---- merging --------------------------------------------------------------------------------- */

/* Reads what there is of the output; false at its end. */
static bool take_output(const struct child *c, struct str *output)
{
	char buf[1024];
	ssize_t n = read(c->out, buf, sizeof(buf));

	if (n > 0)
		str_add_bytes(output, buf, (size_t)n);
	return n > 0 || (n < 0 && errno == EINTR);
}

/* How far qemu-img is, by the last "(12.34/100%)" in its output. */
static int64_t done_of(const struct str *output, int64_t bytes)
{
	const char *last = strrchr(str_text(output), '(');

	return last ? (int64_t)(strtod(last + 1, NULL) / 100 * (double)bytes) : 0;
}

/* Until the child ends; true if the operation was cancelled, and the child killed. */
static bool watch_commit(
	const struct child *c, const struct image_source *from, int64_t bytes, struct str *output)
{
	struct pollfd p = { .fd = c->out, .events = POLLIN };

	for (;;) {
		if (poll(&p, 1, POLL_MS) > 0 && !take_output(c, output))
			return false;
		if (from->cancelled && from->cancelled(from->ctx)) {
			(void)kill(c->pid, SIGKILL);
			return true;
		}
		if (from->progress)
			from->progress(from->ctx, done_of(output, bytes));
	}
}

/* Progress ends with a carriage return; an error message follows it. */
static const char *message_of(const struct str *output)
{
	const char *end = strrchr(str_text(output), '\r');

	return end ? end + 1 : str_text(output);
}

static int run_commit(const char *const argv[], const struct image_source *from, int64_t bytes,
	struct vxe_error *err)
{
	_cleanup_str_ struct str output = { 0 };
	struct child c;

	if (child_start(&c, argv, err) < 0)
		return -1;
	bool cancelled = watch_commit(&c, from, bytes, &output);
	int status = child_wait(&c, NULL, err);

	if (status < 0)
		return -1;
	if (cancelled)
		return vxe_fail(err, TASK_CANCELLED, "");
	return status > 0 ? child_fail(status, message_of(&output), content_place(from->of), err)
			  : 0;
}

/* For --image-opts, where a comma in a value is doubled. */
static char *unlocked(const char *path)
{
	_cleanup_str_ struct str text = { 0 };

	str_add(&text, "driver=qcow2,file.driver=file,file.locking=off,file.filename=");
	for (; *path; path++)
		str_addf(&text, *path == ',' ? ",%c" : "%c", *path);
	return str_steal(&text);
}

int image_commit_watched(const struct image_source *from, struct content *base,
	const char *base_format, struct vxe_error *err)
{
	const char *path = content_place(from->of), *to = content_place(base);
	_cleanup_free_ char *speed = xasprintf("%lld", (long long)from->speed);
	_cleanup_free_ char *held = from->held ? unlocked(path) : NULL;
	const char *argv[16] = { "qemu-img", "commit", "-p", "-d", "-b", to };
	struct image_file f;
	size_t n = 6;

	if (from->speed) {
		argv[n++] = "-r";
		argv[n++] = speed;
	}
	argv[n++] = held ? "--image-opts" : "-f";
	argv[n++] = held ? held : "qcow2";
	if (!held)
		argv[n++] = path;
	if (image_check_backing(from->of, to, base_format, err) < 0 ||
		image_chain_vet(from->of, "qcow2", err) < 0 ||
		image_repair(base, base_format, err) < 0 ||
		image_repair(from->of, "qcow2", err) < 0 || image_stat(path, &f, err) < 0 ||
		run_commit(argv, from, f.allocated, err) < 0)
		return -1;
	return image_sync(base, err);
}

/* ---- files of the caller's ------------------------------------------------------------------- */

int image_write_to(
	const struct image_source *from, int fd, const char *format, struct vxe_error *err)
{
	_cleanup_free_ char *target = xasprintf("/proc/self/fd/%d", fd);
	const char *path = content_place(from->of);
	bool vhd = str_eq(format, "vpc");
	/* Without force_size, qemu-img rounds the size of a VHD up to an old disk geometry. */
	const char *const plain[] = { "qemu-img", "convert", "-q", "-U", "-f", from->format, "-O",
		format, path, target, NULL };
	const char *const exact[] = { "qemu-img", "convert", "-q", "-U", "-f", from->format, "-O",
		format, "-o", "subformat=dynamic,force_size=on", path, target, NULL };
	struct image_source with = *from;
	_cleanup_free_ char *output = NULL;

	with.fd = fd;
	return run(vhd ? exact : plain, &with, target, "the exported file", &output, err);
}

int image_scratch(const char *dir, struct vxe_error *err)
{
	int fd = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, PRIVATE_MODE);

	return fd < 0 ? image_fail_errno(err, dir, "no file can be made there") : fd;
}

static bool is_zero(const char *data, size_t n)
{
	return n && !*data && memcmp(data, data + 1, n - 1) == 0;
}

/* Fills the block as far as there is input, also from a pipe; 0 at the end of input. */
static ssize_t read_block(int fd, char *data)
{
	size_t have = 0;

	while (have < BLOCK_BYTES) {
		ssize_t n = read(fd, data + have, BLOCK_BYTES - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

static int pour_block(int to, const char *data, size_t n, bool sparse)
{
	if (sparse && is_zero(data, n))
		return lseek(to, (off_t)n, SEEK_CUR) < 0 ? -1 : 0;
	return fd_write(to, data, n);
}

int image_pour(int from, int to, bool sparse, bool (*cancelled)(void *ctx), void *ctx,
	struct vxe_error *err)
{
	_cleanup_free_ char *data = xmalloc(BLOCK_BYTES);
	int64_t total = 0;

	for (;;) {
		ssize_t n = read_block(from, data);

		if (n < 0)
			return image_fail_errno(err, "the input", "cannot be read");
		if (n == 0)
			break;
		if (cancelled && cancelled(ctx))
			return vxe_fail(err, TASK_CANCELLED, "");
		if (pour_block(to, data, (size_t)n, sparse) < 0)
			return image_fail_errno(err, "the output", "cannot be written");
		total += n;
	}
	if (sparse && ftruncate(to, total) < 0)
		return image_fail_errno(err, "the output", "cannot be written");
	return 0;
}

int image_is_blank(const char *path, bool *ret, struct vxe_error *err)
{
	_cleanup_close_ int fd = image_open(path, err);
	_cleanup_free_ char *data = xmalloc(BLOCK_BYTES);

	*ret = true;
	if (fd < 0)
		return -1;
	for (size_t done = 0; done < IMAGE_BLANK_BYTES && *ret; done += BLOCK_BYTES) {
		ssize_t n = read_block(fd, data);

		if (n < 0)
			return image_fail_errno(err, path, "cannot be read");
		if (n == 0)
			break;
		*ret = is_zero(data, (size_t)n);
	}
	return 0;
}

/* ---- VHD ------------------------------------------------------------------------------------- */

#define VHD_FOOTER 512
#define VHD_SIZE_AT 48
#define VHD_TYPE_AT 60
enum { VHD_FIXED = 2, VHD_DYNAMIC = 3 };

static uint64_t big_endian(const unsigned char *at, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | at[i];
	return value;
}

int vhd_vet(struct content *c, int64_t *virtual_size, struct vxe_error *err)
{
	const char *path = content_place(c);
	int fd = content_fd(c, err);
	unsigned char footer[VHD_FOOTER];
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return image_fail_errno(err, path, "cannot be read");
	if (st.st_size < VHD_FOOTER ||
		pread(fd, footer, VHD_FOOTER, st.st_size - VHD_FOOTER) != VHD_FOOTER ||
		memcmp(footer, "conectix", 8) != 0)
		return vxe_fail(err, VXE_FOREIGN_IMAGE, path, "it is not a VHD image");
	uint64_t type = big_endian(footer + VHD_TYPE_AT, 4);

	if (type != VHD_FIXED && type != VHD_DYNAMIC)
		return vxe_fail(err, VXE_FOREIGN_IMAGE, path, "it needs another VHD");
	*virtual_size = (int64_t)big_endian(footer + VHD_SIZE_AT, 8);
	if (*virtual_size < 0)
		return vxe_fail(err, VXE_FOREIGN_IMAGE, path, "its size is not valid");
	return 0;
}
