/* SPDX-License-Identifier: MIT */
/* A chain of disk files, read from their headers. */
#include "objects/session/file_chain.h"

#include "backends/content/content.h"
#include "objects/base/file_key.h"
#include "objects/base/log.h"

#define MAX_LAYERS                                                                                 \
	256 /* more than the 200 of libvirt; also ends a chain that leads back to itself */

void file_chain_clear(struct file_chain *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->items[i].path);
		free(c->items[i].format);
	}
	free(c->items);
	*c = (struct file_chain){ 0 };
}

static struct chain_file *add_chain_file(struct file_chain *c, const char *path, const char *format)
{
	c->items = xrealloc(c->items, c->n + 1, sizeof(*c->items));
	c->items[c->n] = (struct chain_file){ xstrdup(path), xstrdup(format ? format : ""), 0 };
	return &c->items[c->n++];
}

/*
 * Reads the header of a qcow2 file. Returns 1: the chain continues in @next; 0: it ends with this file, and *known
 * says whether that is certain.
 */
static int read_qcow2(struct content *c, struct chain_file *f, char **next, char **next_format,
	bool *known, struct vxe_error *err)
{
	_cleanup_header_ struct content_header h = { 0 };
	int r = content_read(c, &h, err);

	*known = r > 0;
	if (r <= 0)
		return r;
	f->virtual_size = h.virtual_size;
	if (!h.backing)
		return 0;
	*next = TAKE(h.backing_path);
	*next_format = xstrdup_null(h.backing_format);
	*known = *next != NULL;
	return *next != NULL;
}

static int read_layer(struct content *c, struct chain_file *f, char **next, char **next_format,
	bool *known, struct vxe_error *err)
{
	struct content_stat st;

	*known = false;
	if (content_stat(c, &st, err) < 0)
		return -1;
	if (!st.exists)
		return 0;
	if (str_eq(f->format, "qcow2"))
		return read_qcow2(c, f, next, next_format, known, err);
	*known = str_eq(f->format, "raw");
	return *known ? content_size(c, f->format, &f->virtual_size, err) : 0;
}

void file_chain_read(struct content *top, const char *format, struct file_chain *ret)
{
	_cleanup_file_chain_ struct file_chain c = { 0 };
	struct chain_file *f = add_chain_file(&c, content_place(top), format);

	while (c.n <= MAX_LAYERS) {
		_cleanup_error_ struct vxe_error why = { 0 };
		_cleanup_free_ char *next = NULL, *next_format = NULL;
		int r = read_layer(
			content_at(top, f->path), f, &next, &next_format, &c.complete, &why);

		if (r < 0) {
			log_warn("%s cannot be read: %s", f->path,
				why.n_params > 1 ? why.params[1] : code_info(why.code)->name);
			c.complete = false;
		}
		if (r <= 0)
			break;
		f = add_chain_file(&c, next, next_format);
	}
	*ret = c;
	c = (struct file_chain){ 0 };
}

int file_chain_find(const struct file_chain *c, const char *path)
{
	for (size_t i = 0; i < c->n; i++)
		if (file_is_same(c->items[i].path, path))
			return (int)i;
	return -1;
}
