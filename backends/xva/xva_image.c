/* SPDX-License-Identifier: MIT */
/*
 * The content of an image as a guest sees it. qemu-nbd serves the image to this process alone: the
 * socket's name is removed before another program can use it. The format is always given, and the
 * child dies with vxe.
 */
#include <errno.h>
#include <libnbd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "backends/xva/xva_image.h"

#include "backends/child/child.h"
#include "backends/content/content.h"
#include "backends/machine/write_back.h"

/* most bytes for which one NBD request asks the allocation */
#define EXTENT_MAX (INT64_C(1) << 30)
/* flag of NBD's base:allocation: the bytes read as zeros */
#define STATE_ZERO 2

#define SECTOR 512

struct xva_image {
	struct content *of;
	const char *path; /* place of the image */
	struct child child;
	bool running, writable;
	struct nbd_handle *nbd;
	struct write_back *back;
	/* The range of bytes of the last answer about allocation, and whether the range reads as zeros. */
	int64_t from, to;
	bool zero;
};

/* ---- starting --------------------------------------------------------------------------------- */

/* Connects two sockets through a name in a private folder, and removes the name. */
static int make_pair(int listening, const char *dir, int *ret, struct vxe_error *err)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/nbd", dir);
	if (fd < 0 || bind(listening, (struct sockaddr *)&at, sizeof(at)) < 0)
		return vxe_fail_errno(err, "a socket in %s", dir);
	int bad = listen(listening, 1) < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0;
	int saved = errno;

	(void)unlink(at.sun_path);
	errno = saved;
	if (bad)
		return vxe_fail_errno(err, "a socket in %s", dir);
	*ret = fd;
	fd = -1;
	return 0;
}

static int connect_pair(int *listening, int *connected, struct vxe_error *err)
{
	char dir[] = "/tmp/vxe-nbd-XXXXXX";

	*listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*listening < 0)
		return vxe_fail_errno(err, "a socket");
	if (!mkdtemp(dir))
		return vxe_fail_errno(err, "a folder in /tmp");
	int r = make_pair(*listening, dir, connected, err);

	(void)rmdir(dir);
	return r;
}

/* The --image-opts of qemu-nbd for an image that is read although a guest writes to it. Owned. */
static char *shared_options(const char *path, const char *format)
{
	_cleanup_str_ struct str text = { 0 };

	str_addf(&text, "driver=%s,force-share=on,file.filename=", format);
	for (const char *c = path; *c; c++)
		str_addf(&text, *c == ',' ? ",," : "%c", *c);
	return str_steal(&text);
}

static int start_qemu_nbd(struct xva_image *i, const char *format, const char *snapshot,
	int *connected, struct vxe_error *err)
{
	_cleanup_snapshots_ struct content_snapshots found = { 0 };
	_cleanup_content_name_ struct content_name name = { 0 };

	content_name(i->path, &name);
	_cleanup_free_ char *shared = shared_options(name.text, format);

	const char *const reading[] = { "qemu-nbd", "--read-only", "--format", format, name.text,
		NULL };
	/* The cache mode lets writes wait in the page cache, because everything is synced at the end. */
	const char *const writing[] = { "qemu-nbd", "--cache=writeback", "--detect-zeroes=off",
		"--format", format, name.text, NULL };
	_cleanup_close_ int listening = -1;

	if (snapshot && content_snapshots(i->of, snapshot, &found, err) < 0)
		return -1;
	const char *option = found.n ? found.items[0].option : NULL;
	const char *const inside[] = { "qemu-nbd", "--read-only", "--image-opts", shared, "-l",
		option, NULL };

	if (connect_pair(&listening, connected, err) < 0 ||
		child_start_server(&i->child,
			i->writable	   ? writing
				: snapshot ? inside
					   : reading,
			listening, err) < 0)
		return -1;
	i->running = true;
	return 0;
}

/*
 * Fills @err after a failed NBD request. If qemu-nbd has ended with a message, that message is the error: it tells
 * the reason.
 */
static int fail_nbd(struct xva_image *i, struct vxe_error *err)
{
	_cleanup_free_ char *words = NULL;
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_free_ char *why = xstrdup(nbd_get_error() ? nbd_get_error() : "no answer");
	int status = 0;

	nbd_close(TAKE(i->nbd));
	if (i->running) {
		i->running = false;
		status = child_wait(&i->child, &words, &ignored);
	}
	if (status > 0 && !str_is_empty(words))
		return child_fail(status, words, i->path, err);
	return vxe_fail(err, VXE_IMAGE_FAILED, i->path, why);
}

static int negotiate(struct xva_image *i, int connected, struct vxe_error *err)
{
	i->nbd = nbd_create();
	if (!i->nbd)
		return vxe_fail_internal(err, "libnbd: %s", nbd_get_error());
	/* libnbd need not clear buffers before a read, because they are used only after a read that has succeeded. */
	if (nbd_set_pread_initialize(i->nbd, false) < 0)
		return fail_nbd(i, err);
	if ((!i->writable && nbd_add_meta_context(i->nbd, LIBNBD_CONTEXT_BASE_ALLOCATION) < 0) ||
		nbd_connect_socket(i->nbd, connected) < 0)
		return fail_nbd(i, err);
	return 0;
}

static int check_nbd_size(struct xva_image *i, int64_t size, struct vxe_error *err)
{
	int64_t have = nbd_get_size(i->nbd);

	if (have < 0)
		return fail_nbd(i, err);
	/* A new image has whole sectors, even if the size of the archive's disk is no multiple of a sector. */
	if (have == size || (i->writable && have == (size + SECTOR - 1) / SECTOR * SECTOR))
		return 0;
	_cleanup_free_ char *text =
		xasprintf("its size is %lld instead of %lld", (long long)have, (long long)size);
	return vxe_fail(err, VXE_IMAGE_FAILED, i->path, text);
}

int image_io_open(struct xva_image **ret, struct content *of, const char *format, int64_t size,
	bool writable, const char *snapshot, struct vxe_error *err)
{
	_cleanup_(image_io_free_cleanup) struct xva_image *i = xcalloc(1, sizeof(*i));
	int connected = -1;

	i->of = of;
	i->path = content_place(of);
	i->writable = writable;
	if ((writable ? content_vet(of, format, VET_ALONE, err)
		      : content_vet(of, format, VET_CHAIN, err)) < 0 ||
		start_qemu_nbd(i, format, snapshot, &connected, err) < 0) {
		closep(&connected);
		return -1;
	}
	/* From here on libnbd owns the connected socket, and closes it. */
	if (negotiate(i, connected, err) < 0 || check_nbd_size(i, size, err) < 0)
		return -1;
	i->back = writable ? write_back_start(i->path) : NULL;
	*ret = TAKE(i);
	return 0;
}

/* ---- work ------------------------------------------------------------------------------------- */

struct question {
	int64_t length;
	bool zero, answered;
};

/*
 * libnbd's callback for block status: takes the first extent of the answer, and adds the following extents as long as
 * they are of the same kind (zeros or data).
 */
static int take_extent(
	void *ctx, const char *context, uint64_t offset, uint32_t *entries, size_t n, int *error)
{
	struct question *q = ctx;

	(void)offset, (void)error;
	if (n < 2 || !str_eq(context, LIBNBD_CONTEXT_BASE_ALLOCATION))
		return 0;
	*q = (struct question){ entries[0], entries[1] & STATE_ZERO, true };
	for (size_t k = 2; k + 1 < n && !(entries[k + 1] & STATE_ZERO) == !q->zero; k += 2)
		q->length += entries[k];
	return 0;
}

static int ask_extent(struct xva_image *i, int64_t offset, struct vxe_error *err)
{
	int64_t left = nbd_get_size(i->nbd) - offset;
	int64_t most = left < EXTENT_MAX ? left : EXTENT_MAX;
	struct question q = { most, false, false };
	nbd_extent_callback fn = { .callback = take_extent, .user_data = &q };

	if (nbd_can_meta_context(i->nbd, LIBNBD_CONTEXT_BASE_ALLOCATION) > 0 &&
		nbd_block_status(i->nbd, (uint64_t)most, (uint64_t)offset, fn, 0) < 0)
		return fail_nbd(i, err);
	if (q.answered && q.length <= 0)
		return vxe_fail(err, VXE_IMAGE_FAILED, i->path, "its allocation cannot be read");
	i->from = offset;
	i->to = offset + (q.length < left ? q.length : left);
	i->zero = q.zero;
	return 0;
}

int image_io_extent(
	struct xva_image *i, int64_t offset, int64_t *length, bool *zero, struct vxe_error *err)
{
	if ((offset < i->from || offset >= i->to) && ask_extent(i, offset, err) < 0)
		return -1;
	*length = i->to - offset;
	*zero = i->zero;
	return 0;
}

static int on_read(void *ctx, int *error)
{
	struct image_read *r = ctx;

	r->done = true;
	r->error = *error;
	return 1; /* libnbd frees the request: nobody asks for its result */
}

int image_io_begin(struct xva_image *i, struct image_read *r, int64_t offset, struct vxe_error *err)
{
	nbd_completion_callback fn = { .callback = on_read, .user_data = r };

	r->done = false;
	r->error = 0;
	return nbd_aio_pread(i->nbd, r->buf, r->n, (uint64_t)offset, fn, 0) < 0 ? fail_nbd(i, err)
										: 0;
}

int image_io_await(struct xva_image *i, struct image_read *r, struct vxe_error *err)
{
	while (!r->done)
		if (nbd_poll(i->nbd, -1) < 0)
			return fail_nbd(i, err);
	return r->error ? vxe_fail(err, VXE_IMAGE_FAILED, i->path, strerror(r->error)) : 0;
}

/*
 * Fills @err with SR_FULL and the sizes. A full disk has an error of its own, because the user can do something about
 * it.
 */
static int fail_full(struct xva_image *i, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_free_ char *dir = xstrndup(i->path, (size_t)(strrchr(i->path, '/') - i->path));
	_cleanup_free_ char *size = xasprintf("%lld", (long long)nbd_get_size(i->nbd));
	int64_t room = 0;

	if (content_free_space(content_at(i->of, dir), &room, &ignored) < 0)
		room = 0;
	_cleanup_free_ char *most = xasprintf("%lld", (long long)room);
	return vxe_fail(err, SR_FULL, size, most);
}

static int fail_write(struct xva_image *i, struct vxe_error *err)
{
	return nbd_get_errno() == ENOSPC ? fail_full(i, err) : fail_nbd(i, err);
}

static int on_written(void *ctx, int *error)
{
	struct image_writes *w = ctx;

	w->left--;
	if (*error && !w->error)
		w->error = *error;
	return 1; /* libnbd frees the request: nobody asks for its result */
}

int image_io_write(struct xva_image *i, struct image_writes *w, const void *buf, size_t n,
	int64_t offset, struct vxe_error *err)
{
	nbd_completion_callback fn = { .callback = on_written, .user_data = w };

	w->left++;
	if (nbd_aio_pwrite(i->nbd, buf, n, (uint64_t)offset, fn, 0) < 0)
		return fail_write(i, err);
	/* Sends the whole request now, because qemu-nbd begins to write only when it has received all the data. */
	while (nbd_aio_get_direction(i->nbd) & LIBNBD_AIO_DIRECTION_WRITE)
		if (nbd_poll(i->nbd, -1) < 0)
			return fail_write(i, err);
	return 0;
}

int image_io_settle(struct xva_image *i, struct image_writes *w, struct vxe_error *err)
{
	while (w->left)
		if (nbd_poll(i->nbd, -1) < 0)
			return fail_write(i, err);
	if (w->error == ENOSPC)
		return fail_full(i, err);
	if (w->error && nbd_aio_is_dead(i->nbd) > 0)
		return fail_nbd(i, err);
	return w->error ? vxe_fail(err, VXE_IMAGE_FAILED, i->path, strerror(w->error)) : 0;
}

int image_io_finish(struct xva_image *i, struct vxe_error *err)
{
	_cleanup_free_ char *words = NULL;

	write_back_stop(TAKE(i->back));
	if (i->writable && nbd_flush(i->nbd, 0) < 0)
		return fail_write(i, err);
	if (nbd_shutdown(i->nbd, 0) < 0)
		return fail_nbd(i, err);
	nbd_close(TAKE(i->nbd));
	i->running = false;
	int status = child_wait(&i->child, &words, err);

	if (status < 0)
		return -1;
	if (status > 0)
		return child_fail(status, words, i->path, err);
	return i->writable ? content_sync(i->of, err) : 0;
}

void image_io_free(struct xva_image *i)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };

	if (!i)
		return;
	write_back_stop(i->back);
	nbd_close(i->nbd); /* this ends the child, too */
	if (i->running && child_wait(&i->child, NULL, &ignored) < 0)
		error_clear(&ignored);
	free(i);
}
