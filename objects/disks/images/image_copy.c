/* SPDX-License-Identifier: MIT */
/* Copies whole images with qemu-img. */
#include "objects/disks/images/image_copy.h"

#include "backends/child/child.h"
#include "objects/disks/images/images_private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>

struct image_copy {
	char *to, *draft;
	struct content *from;
	mode_t old_mode;
	char *snapshot; /* internal snapshot whose content is copied; NULL: the content of the image */
	int fd;
	int64_t virtual_size;
	bool running;
	struct child child;
};

static int reserve(struct image_copy *c, struct vxe_error *err)
{
	struct content_stat f;

	if (content_stat(content_at(c->from, c->to), &f, err) < 0)
		return -1;
	if (f.exists)
		return image_fail(err, c->to, "exists already");
	_cleanup_free_ char *draft = draft_path(c->to);

	c->fd = content_create(content_at(c->from, draft), NULL, 0, 0, err);
	if (c->fd < 0)
		return -1;
	c->draft = TAKE(draft);
	return 0;
}

int image_copy_start(struct content *from, const char *format, const char *snapshot,
	mode_t old_mode, const char *to, struct image_copy **ret, struct vxe_error *err)
{
	_cleanup_image_copy_ struct image_copy *c = xcalloc(1, sizeof(*c));
	_cleanup_snapshots_ struct content_snapshots of = { 0 };

	c->fd = -1;
	c->to = xstrdup(to);
	c->from = from;
	c->old_mode = old_mode;
	c->snapshot = xstrdup_null(snapshot);
	if (snapshot && content_snapshots(from, snapshot, &of, err) < 0)
		return -1;
	if (content_vet(from, format, VET_CHAIN, err) < 0 ||
		content_size(from, format, &c->virtual_size, err) < 0 || reserve(c, err) < 0)
		return -1;
	_cleanup_free_ char *source = image_name(content_place(from)),
			    *target = image_name(c->draft);
	const char *option = of.n ? of.items[0].option : NULL;
	const char *const argv[] = { "qemu-img", "convert", "-q", "-f", format, "-O", "qcow2",
		source, target, option ? "-U" : NULL, "-l", option, NULL };

	if (child_start(&c->child, argv, err) < 0)
		return -1;
	c->running = true;
	*ret = TAKE(c);
	return 0;
}

/*
 * Checks the finished copy of an image: its header must not name a backing file, and it must have the full virtual
 * size.
 */
static int read_back(const struct image_copy *c, struct vxe_error *err)
{
	_cleanup_header_ struct content_header h = { 0 };
	int found = content_read(content_at(c->from, c->draft), &h, err);

	if (found < 0)
		return -1;
	if (!found || h.state != CONTENT_SOUND || h.backing || h.virtual_size != c->virtual_size)
		return image_fail(
			err, c->to, "the copy does not have the requested format or size");
	return 0;
}

static int complete(struct image_copy *c, struct vxe_error *err)
{
	struct content_draft d = { .at = content_at(c->from, c->to),
		.fd = c->fd,
		.like = c->from,
		.old_mode = c->old_mode };
	_cleanup_snapshots_ struct content_snapshots still = { 0 };

	if (c->snapshot && content_snapshots(c->from, c->snapshot, &still, err) < 0)
		return -1;
	int r = read_back(c, err) < 0 ? -1 : content_finish(&d, 1, err);

	if (d.placed)
		free(TAKE(c->draft));
	return r;
}

/*
 * qemu-img prints only error messages, and only when it ends, so output means that it has finished, as its end does.
 */
int image_copy_poll(struct image_copy *c, int timeout_ms, int64_t *done, struct vxe_error *err)
{
	_cleanup_free_ char *output = NULL;
	struct pollfd p = { .fd = c->child.out, .events = POLLIN };
	int ready = poll(&p, 1, timeout_ms);

	*done = image_bytes(content_at(c->from, c->draft));
	if (ready == 0 || (ready < 0 && errno == EINTR))
		return 1;
	int status = child_wait(&c->child, &output, err);
	c->running = false;
	if (status < 0)
		return -1;
	if (status > 0)
		return child_fail(status, output, c->to, err);
	return complete(c, err);
}

void image_copy_free(struct image_copy *c)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };

	if (!c)
		return;
	if (c->running) {
		(void)kill(c->child.pid, SIGKILL);
		if (child_wait(&c->child, NULL, &ignored) < 0)
			error_clear(&ignored);
	}
	if (c->fd >= 0)
		close(c->fd);
	if (c->draft && content_remove(content_at(c->from, c->draft), &ignored) < 0)
		error_clear(&ignored);
	free(c->draft);
	free(c->to);
	free(c->snapshot);
	free(c);
}
