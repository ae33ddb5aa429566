/* SPDX-License-Identifier: MIT */
#include "objects/file_index/name_filter.h"
#include "objects/base/shortcut.h"

#include "backends/machine/machine.h"

#include <errno.h>

/* ---- mount points ---------------------------------------------------------------------------- */

/* The text of the line behind its next @n blanks; NULL if the line has fewer. */
static char *skip_words(char *at, size_t n)
{
	for (; at && n; n--) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return at;
}

/*
 * The last part of the mount point in a line of mountinfo, if a file may be mounted there; else NULL. The root of a
 * mounted file system is a folder, except with FUSE, by which QEMU can show an image in the place of a file.
 */
static char *mounted_name(char *line)
{
	char *root = skip_words(line, 3), *at = skip_words(root, 1);

	if (!at || (strncmp(root, "/ ", 2) == 0 && !strstr(at, " - fuse")))
		return NULL;
	at[strcspn(at, " ")] = '\0';
	/* Replaces octal escapes such as \040 in the mount point by the characters that they stand for. */
	char *to = at;

	for (const char *p = at; *p; p++) {
		if (p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' && p[2] <= '7' &&
			p[3] >= '0' && p[3] <= '7') {
			*to++ = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			p += 3;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
	char *slash = strrchr(at, '/');

	return slash ? slash + 1 : NULL;
}

/*
 * Reads the names of mount points: a file can be mounted over another one, and the listing of the folder then shows
 * the file below the mount.
 */
static bool read_mounts(struct strv *ret, const char *root)
{
	_cleanup_free_ char *text = machine_text(root, "/proc/self/mountinfo");

	if (str_is_empty(text))
		return false;
	for (char *line = text, *end; *line; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		const char *name = mounted_name(line);

		if (name)
			strv_add(ret, name);
	}
	strv_sort(ret);
	return true;
}

/* ---- folders --------------------------------------------------------------------------------- */

void names_begin(struct names *n, struct listings *listings, const struct sign **files,
	size_t n_files, bool all, const char *root)
{
	*n = (struct names){ .listings = listings, .n_files = n_files, .files = files };
	n->all = all || !shortcut_on(SHORTCUT_NAMES) || !read_mounts(&n->mounted, root);
}

static void folder_clear(struct folder *f)
{
	free(f->path);
	free(f->last);
	strv_clear(&f->may);
	*f = (struct folder){ 0 };
}

void names_clear(struct names *n)
{
	for (size_t i = 0; i < ARRAY_LEN(n->folders); i++)
		folder_clear(&n->folders[i]);
	strv_clear(&n->mounted);
	*n = (struct names){ 0 };
}

static bool is_wanted(const struct names *n, const struct listed *e)
{
	if (!e->plain)
		return true;
	for (size_t i = 0; i < n->n_files; i++)
		if (e->ino == n->files[i]->ino)
			return true;
	return false;
}

static void list(const struct names *n, struct folder *f)
{
	const struct listing *l = listings_get(n->listings, f->path, strlen(f->path));

	f->listed = true;
	f->all = l ? !l->told : errno != ENOENT;
	for (size_t i = 0; l && !f->all && i < l->n; i++)
		if (is_wanted(n, &l->items[i]))
			strv_add(&f->may, listed_name(l, &l->items[i]));
	strv_sort(&f->may);
}

/*
 * The entry of the folder @path, moved to the front of the list of folders; a new folder replaces the least recently
 * used one.
 */
static struct folder *folder_of(struct names *n, const char *path, size_t len)
{
	size_t i = 0;

	while (i < ARRAY_LEN(n->folders) - 1 && n->folders[i].path &&
		(strncmp(n->folders[i].path, path, len) != 0 || n->folders[i].path[len]))
		i++;
	struct folder f = n->folders[i];

	if (!f.path || strncmp(f.path, path, len) != 0 || f.path[len]) {
		folder_clear(&f);
		f.path = xstrndup(path, len);
	}
	memmove(n->folders + 1, n->folders, i * sizeof(f));
	n->folders[0] = f;
	return &n->folders[0];
}

const struct folder *names_folder(struct names *n, const char *path, size_t len)
{
	struct folder *f = folder_of(n, path, len);

	if (!f->listed)
		list(n, f);
	return f;
}

bool names_may(struct names *n, const char *name)
{
	const char *slash = strrchr(name, '/');

	if (n->all || !slash)
		return true;
	const char *base = slash + 1;

	if (strv_has_sorted(&n->mounted, base))
		return true;
	struct folder *f = folder_of(n, name, (size_t)(base - name));

	if (!f->listed && str_eq(f->last, base))
		return true;
	if (!f->listed && f->asked++ < NAMES_ASKED_MAX) {
		free(f->last);
		f->last = xstrdup(base);
		return true;
	}
	if (!f->listed)
		list(n, f);
	return f->all || strv_has_sorted(&f->may, base);
}
