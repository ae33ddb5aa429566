/* SPDX-License-Identifier: MIT */
#include "objects/users/users_namers.h"

static bool is_folder_of(const struct name_folder *f, const char *path, size_t len)
{
	return f->len == len && memcmp(f->path, path, len) == 0;
}

/* A folder has an entry of its own in the index; no file's path ends in a slash. */
static struct name_folder *folder_of(struct namers *n, struct users_index *x, const char *path)
{
	size_t len = (size_t)(strrchr(path, '/') + 1 - path);

	if (n->n_folders && is_folder_of(&n->folders[n->last], path, len))
		return &n->folders[n->last];
	_cleanup_free_ char *folder = xstrndup(path, len);
	struct user *e = users_index_get(x, folder);

	if (!e->folder) {
		n->folders = xrealloc(n->folders, n->n_folders + 1, sizeof(*n->folders));
		n->folders[n->n_folders] = (struct name_folder){ .path = TAKE(folder), .len = len };
		e->folder = (uint32_t)++n->n_folders;
	}
	n->last = e->folder - 1;
	return &n->folders[n->last];
}

static void add_path(struct name_folder *f, struct user *at)
{
	if (f->n == f->room) {
		f->room = f->room ? 2 * f->room : 4;
		f->items = xrealloc(f->items, f->room, sizeof(struct user *));
	}
	f->items[f->n++] = at;
}

static void add_name(struct namers *n, struct users_index *x, struct user *by, const char *path)
{
	struct user *at = users_index_get(x, path);

	if (!at->namers && strchr(path, '/'))
		add_path(folder_of(n, x, path), at);
	if (n->n + 1 >= n->room) {
		n->room = n->room ? 2 * n->room : 64;
		n->items = xrealloc(n->items, n->room, sizeof(*n->items));
	}
	n->items[++n->n] = (struct namer){ by, at->namers };
	at->namers = (uint32_t)n->n;
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
		free(n->folders[i].items);
	}
	free(n->folders);
	free(n->items);
	*n = (struct namers){ 0 };
}
