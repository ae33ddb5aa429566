/* SPDX-License-Identifier: MIT */
#include "objects/file_index/unsearched.h"

#include "objects/base/far/far_file.h"
#include "objects/base/file_key.h"
#include "objects/base/log.h"
#include "objects/classes/storage/pbd.h"

#include <errno.h>
#include <string.h>

void unsearched_clear(struct users *u)
{
	strv_clear(&u->unsearched);
	strv_clear(&u->unsearched_why);
}

int unsearched_begin(struct look *l, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records srs = { 0 };
	const struct hv_pools *pools = l->s->here->pools;

	unsearched_clear(l->u);
	if (!far_are_there())
		return 0;
	if (txn_begin(l->s->store, TXN_READ, &t, err) < 0 || srs_here(l->s, t, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < srs.n; i++)
		if (!str_is_empty(((const struct sr *)srs.items[i])->path))
			far_ask(((const struct sr *)srs.items[i])->path);
	for (size_t i = 0; i < pools->n; i++)
		if (pools->items[i].active && pools->items[i].path)
			far_ask(pools->items[i].path);
	for (size_t i = 0; i < l->u->index.n; i++) {
		const struct user *e = l->u->index.items[i];

		if (e->domain && e->seen == l->u->look)
			foreach_text(path, e->chain) far_ask(path);
	}
	return 0;
}

void unsearched_note(const struct look *l, const char *dir, int error)
{
	if (error == ENOENT || error == ENOTDIR || strv_has(&l->u->unsearched, dir))
		return;
	log_info("users: %s cannot be searched: %s", dir, far_why(error));
	strv_add(&l->u->unsearched, dir);
	strv_add(&l->u->unsearched_why, far_why(error));
}

void unsearched_image(const struct look *l, const char *path, int error)
{
	_cleanup_free_ char *dir = path_dir(path);

	unsearched_note(l, dir, error);
}

bool unsearched_file(const struct look *l, const char *dir, int error)
{
	if (error && error != ELOOP)
		unsearched_note(l, dir, error);
	return error != 0;
}

static bool lies_in(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && path[n] == '/';
}

/* The name of a domain with a file in the folder, owned; NULL: there is none. The entry's path has it. */
static char *domain_in(const struct users *u, const char *dir)
{
	for (size_t i = 0; i < u->index.n; i++) {
		const struct user *e = u->index.items[i];
		const char *name = strrchr(e->path, '/') + 1;
		size_t n = str_ends(name, ".xml") ? strlen(name) - strlen(".xml") : strlen(name);

		if (!e->domain || e->seen != u->look)
			continue;
		foreach_text(path, e->names)
		{
			if (lies_in(path, dir))
				return xstrndup(name, n);
		}
	}
	return NULL;
}

void unsearched_texts(const struct look *l, struct strv *ret)
{
	for (size_t i = 0; i < l->u->unsearched.n; i++) {
		const char *dir = l->u->unsearched.items[i];
		_cleanup_free_ char *domain = domain_in(l->u, dir);

		strv_take(ret,
			xasprintf("an image in %s, which cannot be searched: %s%s%s%s", dir,
				l->u->unsearched_why.items[i], domain ? " (domain " : "",
				domain ? domain : "", domain ? " has a file there)" : ""));
	}
}
