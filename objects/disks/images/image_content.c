/* SPDX-License-Identifier: MIT */
/*
 * Copies the content of images: of whole backing chains, and from and to files that the caller names. qemu-img does
 * the work as a child process and is told the format of every image. Data from or to a pipe go through an unnamed
 * file, because qemu-img needs to seek.
 */
#include "objects/disks/images/image_content.h"

#include "backends/child/child.h"
#include "objects/base/clock.h"
#include "objects/disks/images/image_merge.h"
#include "objects/disks/images/images_private.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define POLL_MS 100
#define PACE_MS 10
#define PRIVATE_MODE 0600

/* ---- running the child ----------------------------------------------------------------------- */

/*
 * Keeps qemu-img rebase at a speed limit. Unlike convert and commit it knows none (-r), so the child process is stopped
 * (SIGSTOP) from time to time.
 */
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

/*
 * Waits until the child process @c (qemu-img) ends; meanwhile reports its progress and keeps its speed limit. If the
 * operation is cancelled, kills the child and returns true.
 */
static bool watch(struct child *c, const struct image_source *from, const char *target)
{
	struct pollfd p = { .fd = c->out, .events = POLLIN };
	struct pace pace = { .began = clock_ms() };
	struct content *to = content_at(from->of, target);

	while (from->cancelled) {
		/*
		 * qemu-img prints only error messages here, so any output ends the wait, as the end of the process
		 * does.
		 */
		if (poll(&p, 1, from->speed ? PACE_MS : POLL_MS) != 0)
			return false;
		if (from->cancelled(from->ctx)) {
			(void)kill(c->pid, SIGKILL);
			return true;
		}
		int64_t done = image_bytes(to);

		if (from->progress)
			from->progress(from->ctx, done);
		keep_pace(&pace, c, from->speed, done);
	}
	return false;
}

/*
 * Runs qemu-img, which reads the whole source @from. @target: the file that qemu-img writes; @file: the name for
 * error messages. The caller owns *output.
 */
static int run_content_tool(const char *const argv[], const struct image_source *from,
	const char *target, const char *file, char **output, struct vxe_error *err)
{
	struct child c;

	if (content_vet(from->of, from->format, VET_CHAIN, err) < 0)
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
	_cleanup_free_ char *output = NULL;
	_cleanup_snapshots_ struct content_snapshots of = { 0 };
	const char *path = content_place(from->of);
	_cleanup_free_ char *name = image_name(path);
	struct json_object *doc, *required = NULL;

	if (from->snapshot && content_snapshots(from->of, from->snapshot, &of, err) < 0)
		return -1;
	const char *option = of.n ? of.items[0].option : NULL;
	/* -U (--force-share), because a QEMU may have the image locked. */
	const char *const argv[] = { "qemu-img", "measure", "--output=json", "-U", "-O", "qcow2",
		"-f", from->format, name, option ? "-l" : NULL, option, NULL };

	if (run_content_tool(argv, from, path, path, &output, err) < 0)
		return -1;
	doc = json_tokener_parse(output);
	bool known = json_object_object_get_ex(doc, "required", &required);

	*ret = json_object_get_int64(required);
	json_object_put(doc);
	return known ? 0 : image_fail(err, path, "qemu-img does not say how large a copy is");
}

/* ---- new images ------------------------------------------------------------------------------ */

static int check_target_absent(struct content *c, struct vxe_error *err)
{
	struct content_stat f;

	if (content_stat(c, &f, err) < 0)
		return -1;
	return f.exists ? image_fail(err, content_place(c), "exists already") : 0;
}

/* Syncs the temporary file (draft) that qemu-img has filled, and gives it the final name @path. */
static int finish(const struct image_source *from, const char *path, struct vxe_error *err)
{
	struct content_draft d = { .at = content_at(from->of, path),
		.fd = -1,
		.like = from->like ? content_at(from->of, from->like) : NULL,
		.old_mode = from->old_mode };

	return content_finish(&d, 1, err);
}

static void drop_draft(const struct image_source *from, const char *draft)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };

	if (content_remove(content_at(from->of, draft), &ignored) < 0)
		error_clear(&ignored);
}

static int resize(struct content *c, const char *format, int64_t size, struct vxe_error *err)
{
	const char *path = content_place(c);
	_cleanup_free_ char *text = xasprintf("%lld", (long long)size);
	_cleanup_free_ char *name = image_name(path);
	const char *const argv[] = { "qemu-img", "resize", "-q", "-f", format, name, text, NULL };

	if (str_eq(format, "raw") && content_reserve(c, ROOM_LENGTH, size, err) < 0)
		return -1;
	return child_run(argv, path, NULL, err);
}

static int fill_draft(const struct image_source *from, const char *draft, const char *format,
	int64_t size, struct vxe_error *err)
{
	const char *place = content_place(from->of);
	_cleanup_free_ char *source = image_name(place), *target = image_name(draft);
	_cleanup_free_ char *speed = xasprintf("%lld", (long long)from->speed);
	const char *argv[16] = { "qemu-img", "convert", "-q", "-f", from->format, "-O", format };
	struct image_source unpaced = *from;
	_cleanup_free_ char *output = NULL;
	int64_t now;
	size_t n = 7;

	/*
	 * -U (--force-share): a running QEMU has the layers of its guest's snapshot locked while qemu-img reads them;
	 * vxe's own locks protect these layers.
	 */
	if (!from->alone)
		argv[n++] = "-U";
	if (from->speed) {
		argv[n++] = "-r";
		argv[n++] = speed;
	}
	argv[n++] = source;
	argv[n++] = target;
	unpaced.speed = 0; /* -r keeps the limit */
	if (run_content_tool(argv, &unpaced, draft, place, &output, err) < 0 ||
		content_size(content_at(from->of, draft), format, &now, err) < 0)
		return -1;
	return now < size ? resize(content_at(from->of, draft), format, size, err) : 0;
}

/* Makes an empty file that only its owner can read, so that no other user sees the content while it grows. */
static int reserve(struct content *draft, struct vxe_error *err)
{
	_cleanup_close_ int fd = content_create(draft, NULL, 0, 0, err);

	return fd < 0 ? -1 : 0;
}

int image_make_copy(const struct image_source *from, const char *path, const char *format,
	int64_t size, struct vxe_error *err)
{
	_cleanup_free_ char *draft = draft_path(path);

	if (check_target_absent(content_at(from->of, path), err) < 0 ||
		reserve(content_at(from->of, draft), err) < 0)
		return -1;
	if (fill_draft(from, draft, format, size, err) == 0 && finish(from, path, err) == 0)
		return 0;
	drop_draft(from, draft);
	return -1;
}

/*
 * Fills the image @draft with the difference between @from and @base_name: makes an empty overlay on @from, which
 * reads as @from does, and has qemu-img rebase it to @base_name, so that it holds what differs.
 */
static int fill_difference(const struct image_source *from, const char *draft,
	const char *base_name, const char *base_format, int64_t size, struct vxe_error *err)
{
	_cleanup_free_ char *source = image_name(content_place(from->of));
	_cleanup_free_ char *target = image_name(draft);
	const struct image_overlay o = { content_at(from->of, draft), source, from->format, size };
	const char *const argv[] = { "qemu-img", "rebase", "-q", "-f", "qcow2", "-b", base_name,
		"-F", base_format, target, NULL };
	_cleanup_free_ char *output = NULL;

	if (image_make_overlays(&o, 1, NULL, err) < 0)
		return -1;
	if (content_thaw(content_at(from->of, draft), PRIVATE_MODE, err) <
			0 || /* nobody else uses the new image */
		run_content_tool(argv, from, draft, o.backing, &output, err) < 0)
		return -1;
	return image_check_names(content_at(from->of, draft), base_name, base_format, err);
}

int image_make_difference(const struct image_source *from, const char *path, const char *base_name,
	const char *base_format, int64_t size, struct vxe_error *err)
{
	_cleanup_free_ char *draft = draft_path(path);

	if (check_target_absent(content_at(from->of, path), err) < 0 ||
		check_target_absent(content_at(from->of, draft), err) < 0)
		return -1;
	if (fill_difference(from, draft, base_name, base_format, size, err) == 0 &&
		finish(from, path, err) == 0)
		return 0;
	drop_draft(from, draft);
	return -1;
}

int image_grow(struct content *c, const char *format, int64_t size, struct vxe_error *err)
{
	const char *path = content_place(c);
	int64_t now;

	if (content_size(c, format, &now, err) < 0)
		return -1;
	if (now == size)
		return 0;
	if (now > size)
		return image_fail(err, path, "an image is never made smaller");
	/*
	 * If the backing file is larger than the overlay was, QEMU writes zeros where the backing file's content
	 * would show in the grown overlay.
	 */
	if (content_vet(c, format, VET_CHAIN, err) < 0 || image_repair(c, format, err) < 0 ||
		resize(c, format, size, err) < 0)
		return -1;
	return content_sync(c, err);
}

/* ---- merging --------------------------------------------------------------------------------- */

/* Appends what the child process has printed to @output; false at the end of its output. */
static bool take_output(const struct child *c, struct str *output)
{
	char buf[1024];
	ssize_t n = read(c->out, buf, sizeof(buf));

	if (n > 0)
		str_add_bytes(output, buf, (size_t)n);
	return n > 0 || (n < 0 && errno == EINTR);
}

/* How many bytes qemu-img has done, by the last "(12.34/100%)" in its output. */
static int64_t done_of(const struct str *output, int64_t bytes)
{
	const char *last = strrchr(str_text(output), '(');

	return last ? (int64_t)(strtod(last + 1, NULL) / 100 * (double)bytes) : 0;
}

/* Waits until the child ends; true if the operation was cancelled and the child was killed. */
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

/* The error message in qemu-img's output: it follows the carriage return that ends each line of progress. */
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

int image_commit_watched(const struct image_source *from, struct content *base,
	const char *base_format, struct vxe_error *err)
{
	const char *to = content_place(base);
	_cleanup_free_ char *name = image_name(content_place(from->of)), *to_name = image_name(to);
	_cleanup_free_ char *speed = xasprintf("%lld", (long long)from->speed);
	_cleanup_free_ char *held = from->held ? image_held(from->of) : NULL;
	const char *argv[16] = { "qemu-img", "commit", "-p", "-d", "-b", to_name };
	struct content_stat f;
	size_t n = 6;

	if (from->speed) {
		argv[n++] = "-r";
		argv[n++] = speed;
	}
	argv[n++] = "-f";
	argv[n++] = "qcow2";
	argv[n++] = held ? held : name;
	if (image_check_backing(from->of, to, base_format, err) < 0 ||
		content_vet(from->of, "qcow2", VET_CHAIN, err) < 0 ||
		image_repair(base, base_format, err) < 0 ||
		image_repair(from->of, "qcow2", err) < 0 ||
		image_reserve_length(from->of, base, base_format, err) < 0 ||
		content_stat(from->of, &f, err) < 0 || run_commit(argv, from, f.allocated, err) < 0)
		return -1;
	return content_sync(base, err);
}

/* ---- files of the caller's ------------------------------------------------------------------- */

int image_write_to(
	const struct image_source *from, int fd, const char *format, struct vxe_error *err)
{
	_cleanup_free_ char *target = xasprintf("/proc/self/fd/%d", fd);
	_cleanup_free_ char *name = image_name(content_place(from->of));
	_cleanup_snapshots_ struct content_snapshots of = { 0 }, still = { 0 };
	const char *more[5] = { NULL };
	size_t n = 0;

	if (from->snapshot && content_snapshots(from->of, from->snapshot, &of, err) < 0)
		return -1;
	if (of.n) {
		more[n++] = "-l";
		more[n++] = of.items[0].option;
	}
	/* Without force_size, qemu-img rounds the size of a VHD up to an old disk geometry. */
	if (str_eq(format, "vpc")) {
		more[n++] = "-o";
		more[n++] = "subformat=dynamic,force_size=on";
	}
	const char *const argv[] = { "qemu-img", "convert", "-q", "-U", "-f", from->format, "-O",
		format, name, target, more[0], more[1], more[2], more[3], NULL };
	struct image_source with = *from;
	_cleanup_free_ char *output = NULL;

	with.fd = fd;
	if (run_content_tool(argv, &with, target, "the exported file", &output, err) < 0)
		return -1;
	/* if somebody has deleted the snapshot meanwhile, what was read last was something else */
	return from->snapshot && content_snapshots(from->of, from->snapshot, &still, err) < 0 ? -1
											      : 0;
}
