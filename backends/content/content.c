/* SPDX-License-Identifier: MIT */
#include "backends/content/content_private.h"

#include <search.h>
#include <unistd.h>

/*
 * The most images that are open at a time: a process may have 1,024 files open, and a command that acts on many VMs
 * meets more images than that. A function must use a descriptor before it asks for another image, because the image
 * that was opened longest ago is closed.
 */
#define OPEN_MOST 128

struct content {
	char *place;
	struct contents *of;
	const struct content_kind *kind; /* set while the image is open */
	int fd;				 /* -1: the image is not open */
	size_t slot; /* index of the image in contents.open, while the image is open */
};

struct contents {
	/* entry for "/", by which callers first find the table; not in the tree */
	struct content root;
	void *tree; /* tree for tsearch() of the struct content of all images, sorted by path */
	struct content *open[OPEN_MOST];
	/* index for the next image that is opened; the image that has it now was opened longest ago, and is closed */
	size_t next;
	struct content_owner owner; /* of new images */
};

static int by_place(const void *a, const void *b)
{
	return strcmp(((const struct content *)a)->place, ((const struct content *)b)->place);
}

struct content *contents_new(void)
{
	struct contents *t = xcalloc(1, sizeof(*t));

	t->owner = (struct content_owner){ (uid_t)-1, (gid_t)-1 };
	t->root = (struct content){ .place = xstrdup("/"), .of = t, .fd = -1 };
	return &t->root;
}

struct content_owner *contents_owner(const struct content *any)
{
	return &any->of->owner;
}

void content_close(struct content *c)
{
	if (c->fd < 0)
		return;
	close(c->fd);
	c->fd = -1;
	c->of->open[c->slot] = NULL;
}

void contents_close(struct content *any)
{
	const struct contents *t = any->of;

	for (size_t i = 0; i < OPEN_MOST; i++)
		if (t->open[i])
			content_close(t->open[i]);
}

static void free_one(void *node)
{
	struct content *c = node;

	free(c->place);
	free(c);
}

void contents_free(struct content *any)
{
	struct contents *t = any ? any->of : NULL;

	if (!t)
		return;
	contents_close(any);
	tdestroy(t->tree, free_one);
	free(t->root.place);
	free(t);
}

struct content *content_at(const struct content *any, const char *place)
{
	struct contents *t = any->of;
	_cleanup_free_ char *name = xstrdup(place);
	struct content *c, key = { .place = name }, **found = tfind(&key, &t->tree, by_place);

	if (found)
		return *found;
	c = xcalloc(1, sizeof(*c));
	*c = (struct content){ .place = TAKE(name), .of = t, .fd = -1 };
	if (!tsearch(c, &t->tree, by_place))
		abort();
	return c;
}

const char *content_place(const struct content *c)
{
	return c->place;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* Closes the image's descriptor and opens what is at its path now. On failure errno tells why, too. */
static int open_anew(struct content *c, struct vxe_error *err)
{
	content_close(c);
	c->kind = content_kind_at(c->place);
	c->fd = c->kind->open(c->place);
	if (c->fd >= 0) {
		struct contents *t = c->of;

		if (t->open[t->next])
			content_close(t->open[t->next]);
		t->open[t->next] = c;
		c->slot = t->next;
		t->next = (t->next + 1) % OPEN_MOST;
		return 0;
	}
	int error = errno;

	(void)image_fail_errno(err, c->place, "cannot be opened");
	errno = error;
	return -1;
}

int content_open(struct content *c, struct content_open *ret, struct vxe_error *err)
{
	if ((c->fd < 0 || !c->kind->is_at(c->fd, c->place)) && open_anew(c, err) < 0)
		return -1;
	*ret = (struct content_open){ c->kind, c->fd };
	return 0;
}
