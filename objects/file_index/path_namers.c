/* SPDX-License-Identifier: MIT */
#include "objects/file_index/path_namers.h"

static bool is_folder_of(const struct name_folder *f, const char *path, size_t len)
{
	return f->len == len && memcmp(f->path, path, len) == 0;
}

static size_t remember(struct namers *n, size_t folder, size_t at)
{
	memmove(n->recent + 1, n->recent, at * sizeof(*n->recent));
	n->recent[0] = folder;
	return folder;
}

/*
 * The record of the folder of @path. To find it quickly, a folder has an entry of its own in the index, by its path
 * with a slash at the end, which no file's path has.
 */
static struct name_folder *folder_of(struct namers *n, struct users_index *x, const char *path)
{
	size_t len = (size_t)(strrchr(path, '/') + 1 - path), last = ARRAY_LEN(n->recent) - 1;

	for (size_t i = 0; i <= last && n->n_folders; i++)
		if (is_folder_of(&n->folders[n->recent[i]], path, len))
			return &n->folders[remember(n, n->recent[i], i)];
	_cleanup_free_ char *folder = xstrndup(path, len);
	struct user *e = users_index_get(x, folder);

	if (!e->folder) {
		n->folders = xrealloc(n->folders, n->n_folders + 1, sizeof(*n->folders));
		n->folders[n->n_folders] = (struct name_folder){ .path = TAKE(folder), .len = len };
		e->folder = (uint32_t)++n->n_folders;
	}
	return &n->folders[remember(n, e->folder - 1, last)];
}

static void add_to_folder(struct name_folder *f, const char *path, uint64_t hash)
{
	for (size_t i = 0; i < f->n_few; i++)
		if (f->hashes[i] == hash && str_eq(f->few[i], path))
			return;
	f->many = f->n_few == NAMERS_FEW;
	if (f->many)
		return;
	f->few[f->n_few] = xstrdup(path);
	f->hashes[f->n_few++] = hash;
}

static void add_name(struct namers *n, struct users_index *x, struct user *by, const char *path)
{
	uint64_t hash = users_index_hash(path);

	if (n->n == n->room) {
		n->room = n->room ? 2 * n->room : 4 * x->n + 64;
		n->items = xrealloc(n->items, n->room, sizeof(*n->items));
	}
	n->items[n->n++] = (struct namer){ hash, by };
	if (!strchr(path, '/'))
		return;
	struct name_folder *f = folder_of(n, x, path);

	if (!f->many)
		add_to_folder(f, path, hash);
}

void namers_update(struct namers *n, struct users_index *x)
{
	for (size_t i = 0; i < x->n; i++) {
		struct user *u = x->items[i];

		if (u->turned)
			continue;
		u->turned = true;
		foreach_text(path, u->names) add_name(n, x, u, path);
	}
}

void namers_clear(struct namers *n)
{
	for (size_t i = 0; i < n->n_folders; i++) {
		free(n->folders[i].path);
		for (size_t k = 0; k < n->folders[i].n_few; k++)
			free(n->folders[i].few[k]);
	}
	free(n->folders);
	free(n->items);
	*n = (struct namers){ 0 };
}
