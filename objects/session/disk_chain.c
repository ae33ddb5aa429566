/* SPDX-License-Identifier: MIT */
#include "objects/session/disk_chain.h"

#include "objects/base/file_key.h"
#include "backends/content/content.h"
#include "objects/session/disk_path.h"

#include <string.h>

void chain_odd_clear(struct chain_odd *o)
{
	free(o->file);
	free(o->defined);
	free(o->header);
	*o = (struct chain_odd){ 0 };
}

static char *layer_path(const struct session *s, const struct spec_layer *l)
{
	const struct spec_disk disk = { .source = l->source, .path = l->path };

	return disk_path(s, &disk);
}

static char *in_words(const char *place, const char *format)
{
	if (str_is_empty(place))
		return xstrdup("nothing");
	return xasprintf("%s (%s)", place, str_is_empty(format) ? "no format" : format);
}

/* What the header of the chain's last readable file says about its backing file, as a text for a person. */
static char *header_text(struct content *c)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_header_ struct content_header h = { 0 };

	return content_read(c, &h, &ignored) > 0 ? in_words(h.backing, h.backing_format)
						 : in_words(NULL, NULL);
}

/*
 * True if the network disk @l of the definition is the backing file that the header names by a URL of qemu-img, such
 * as "nbd://host:port/name".
 */
static bool is_url_of(const struct spec_layer *l, struct content *file)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_header_ struct content_header h = { 0 };
	const char *name = l->path ? strchr(l->path, ':') : NULL;

	if (l->source != DISK_NETWORK || !name || !l->server ||
		content_read(file, &h, &ignored) <= 0)
		return false;
	_cleanup_free_ char *url =
		xasprintf("%.*s://%s/%s", (int)(name - l->path), l->path, l->server, name + 1);

	return str_eq(url, h.backing) && str_eq(l->format, h.backing_format);
}

/*
 * True if a lower layer in the domain's definition is the file, in the format, that the headers name at its position.
 * @next: that file; NULL where the chain by the headers ends.
 */
static bool is_same(const struct session *s, const struct spec_layer *l, const char *above,
	const struct chain_file *next, bool complete, bool live)
{
	if (!next && !complete)
		return live || is_url_of(l, content_of(s, above));
	if (l->source == DISK_NONE || !next)
		return l->source == DISK_NONE && !next;
	_cleanup_free_ char *path = layer_path(s, l);

	/*
	 * The formats in the definition and in the header may mean the same: libvirt takes a base for raw if the
	 * header above names no format, or refuses it.
	 */
	return path && !l->partial && file_is_same(path, next->path) &&
		(str_eq(l->format, next->format) ||
			(live && !*next->format && str_eq(l->format, "raw")));
}

bool disk_chain_differs(const struct session *s, const struct spec_disk *disk,
	const struct file_chain *files, bool live, struct chain_odd *ret)
{
	for (size_t i = 0; i < disk->n_below && i < files->n; i++) {
		const struct spec_layer *l = &disk->below[i];
		const struct chain_file *next = i + 1 < files->n ? &files->items[i + 1] : NULL;
		const char *above = files->items[i].path;

		if (is_same(s, l, above, next, files->complete, live))
			continue;
		_cleanup_free_ char *path = layer_path(s, l);

		ret->file = xstrdup(above);
		ret->defined = in_words(path ? path : l->path, l->format);
		ret->header = next ? in_words(next->path, next->format)
				   : header_text(content_of(s, above));
		return true;
	}
	return false;
}

bool disk_chain_is_odd(
	const struct session *s, const struct spec_disk *disk, bool live, struct chain_odd *ret)
{
	_cleanup_file_chain_ struct file_chain files = { 0 };
	_cleanup_free_ char *path = disk->n_below ? disk_path(s, disk) : NULL;

	/* the definition names no lower layers, or the disk is not on this machine, so nothing can be compared */
	if (!path)
		return false;
	file_chain_read(content_of(s, path), disk->format, &files);
	return disk_chain_differs(s, disk, &files, live, ret);
}

/*
 * True if the headers say all that the disk's <backingStore> elements say, so that these are not needed; never if a
 * layer has a secret or is a part of a file.
 */
static bool is_needless(const struct session *s, const struct spec_disk *disk)
{
	_cleanup_chain_odd_ struct chain_odd odd = { 0 };
	_cleanup_free_ char *path = disk_path(s, disk);

	return path && !disk->opaque && !disk_chain_is_odd(s, disk, false, &odd);
}

int definition_patch(struct session *s, const char *xml, struct domain_spec *want, char **ret,
	struct vxe_error *err)
{
	if (disk_paths_know(s, want, err) < 0)
		return -1;
	for (size_t i = 0; i < want->n_disks; i++)
		if (want->disks[i].n_below && is_needless(s, &want->disks[i]))
			spec_drop_below(&want->disks[i]);
	return spec_patch(xml, want, ret, err);
}
