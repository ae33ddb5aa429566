/* SPDX-License-Identifier: MIT */
#include "objects/users/users_search.h"

#include "backends/image/image_file.h"
#include "objects/base/log.h"
#include "objects/classes/storage/sr.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* ---- folders --------------------------------------------------------------------------------- */

static bool is_wanted(const char *name, enum user_kind kind)
{
	/* A draft is no user yet: it gets its name under the locks of its backing file. */
	return kind == USER_IMAGE ? !image_is_draft(name) : str_ends(name, ".xml");
}

/* Files may come and go meanwhile; links count where they lead to. */
static int search_file(struct look *l, int dir, const char *path, const char *name, bool fine,
	enum user_kind kind, struct vxe_error *err)
{
	int flags = kind == USER_IMAGE ? AT_SYMLINK_NOFOLLOW : 0;
	struct stat st;

	if (fstatat(dir, name, &st, flags) < 0)
		return errno == ENOENT || errno == ELOOP ? 0
							 : user_fail(err, path, "cannot be opened");
	if (!S_ISREG(st.st_mode))
		return 0;
	struct user *e = users_index_get(&l->u->index, path);

	user_place(l, e, &st);
	if (user_holds(l, e, &st, fine))
		return 0;
	_cleanup_close_ int fd = openat(dir, name,
		O_RDONLY | O_NONBLOCK | O_CLOEXEC | (kind == USER_IMAGE ? O_NOFOLLOW : 0));

	/* A definition that cannot be read is missing in the count. */
	if (fd < 0)
		return errno == ENOENT || errno == ELOOP || kind != USER_IMAGE
			       ? 0
			       : user_fail(err, path, "cannot be opened");
	return user_read(l, e, fd, kind, err);
}

/* 1: searched, or no such folder; 0: it may not be read (kinds of domains only). */
static int search_dir(struct look *l, const char *dir, enum user_kind kind, struct vxe_error *err)
{
	if (str_is_empty(dir) || strv_has(&l->dirs, dir))
		return 1;
	strv_add(&l->dirs, dir);
	_cleanup_dir_ DIR *d = opendir(dir);

	if (!d && (errno == ENOENT || errno == ENOTDIR))
		return 1;
	if (!d)
		return kind == USER_IMAGE ? user_fail(err, dir, "cannot be searched") : 0;
	bool fine = has_fine_times(dirfd(d));
	_cleanup_str_ struct str path = { 0 };

	str_add(&path, dir);
	str_add(&path, "/");
	for (size_t n = path.len;; path.len = n) {
		errno = 0;
		const struct dirent *e = readdir(d);

		if (!e)
			return errno ? user_fail(err, dir, "cannot be searched") : 1;
		if (!is_wanted(e->d_name, kind))
			continue;
		str_add(&path, e->d_name);
		if (search_file(l, dirfd(d), path.data, e->d_name, fine, kind, err) < 0)
			return -1;
	}
}

static int search_srs(struct look *l, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records srs = { 0 };

	if (txn_begin(l->s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &sr_class, NULL, NULL, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < srs.n; i++) {
		const struct sr *sr = srs.items[i];

		if (sr_content(sr) != SR_DEVICES && search_dir(l, sr->path, USER_IMAGE, err) < 0)
			return -1;
	}
	return 0;
}

static int search_pools(struct look *l, struct vxe_error *err)
{
	_cleanup_(hv_pools_clear) struct hv_pools pools = { 0 };

	if (hv_pools(l->hv, &pools, err) < 0)
		return -1;
	for (size_t i = 0; i < pools.n; i++)
		if (pools.items[i].active && pools.items[i].path &&
			search_dir(l, pools.items[i].path, USER_IMAGE, err) < 0)
			return -1;
	return 0;
}

/* The folders of the files themselves. */
static int search_beside(struct look *l, const struct strv *paths, struct vxe_error *err)
{
	for (size_t i = 0; i < paths->n; i++) {
		const char *path = paths->items[i];
		const char *slash = strrchr(path, '/');

		if (path[0] != '/' || image_is_device(path))
			continue;
		_cleanup_free_ char *dir = xstrndup(path, (size_t)(slash - path));

		if (search_dir(l, dir, USER_IMAGE, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- domains --------------------------------------------------------------------------------- */

/* What libvirt says, unless its file was read in this look, and libvirt asked with it. */
static int tell(struct look *l, const struct hv_domain *d, enum hv_xml which, struct vxe_error *err)
{
	struct users *u = l->u;
	const struct session_config *c = &l->s->config;
	const char *dir = which == HV_XML_LIVE ? c->states_dir : c->definitions_dir;
	_cleanup_free_ char *file = dir ? xasprintf("%s/%s.xml", dir, d->name) : NULL;
	_cleanup_free_ char *name =
		xasprintf("%s/%s", which == HV_XML_LIVE ? "live" : "inactive", d->name);
	const struct user *known = file ? users_index_find(&u->index, file) : NULL;

	if (known && known->read == u->look && str_eq(known->domain, d->uuid))
		return 0;
	struct user *e = users_index_get(&u->index, name);

	return user_ask(l, e, d->uuid, which, err);
}

static int tell_all(struct look *l, struct vxe_error *err)
{
	_cleanup_(hv_domains_clear) struct hv_domains all = { 0 };

	if (hv_list(l->hv, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct hv_domain *d = &all.items[i];

		if ((hv_is_active(d->state) && tell(l, d, HV_XML_LIVE, err) < 0) ||
			(d->persistent && tell(l, d, HV_XML_INACTIVE, err) < 0))
			return -1;
	}
	return 0;
}

static const char *name_of(const struct user *e)
{
	return strrchr(e->path, '/') + 1;
}

/* True if the files are as many as libvirt has domains: then each of its domains has one. */
static int counts_agree(struct look *l, bool *ret, struct vxe_error *err)
{
	const struct users_index *x = &l->u->index;
	int active = 0, inactive = 0, n_active, n_inactive;

	for (size_t i = 0; i < x->n; i++) {
		const struct user *e = x->items[i];

		if (e->seen != l->u->look || !e->domain)
			continue;
		active += e->kind == USER_STATE;
		if (e->kind != USER_DEFINITION)
			continue;
		_cleanup_free_ char *state =
			xasprintf("%s/%s", l->s->config.states_dir, name_of(e));
		const struct user *running = users_index_find(x, state);

		inactive += !running || running->seen != l->u->look;
	}
	if (hv_count(l->hv, &n_active, &n_inactive, err) < 0)
		return -1;
	*ret = active == n_active && inactive == n_inactive;
	return 0;
}

static bool is_proved(const struct users *u, const struct stat *st)
{
	return u->index.proved_ino && (int64_t)st->st_dev == u->index.proved_dev &&
	       (int64_t)st->st_ino == u->index.proved_ino;
}

/* The folder as it is; ino 0: it changed so shortly ago that another change may leave its times as they are. */
static struct sign folder_now(const char *dir)
{
	struct sign now = { 0 };
	struct stat st;

	if (dir && stat(dir, &st) == 0)
		now = sign_of(&st);
	return now.changed + GRAIN < clock_file() ? now : (struct sign){ 0 };
}

static bool is_same(const struct sign *was, const char *dir)
{
	struct sign now = folder_now(dir);

	return was->ino && sign_is(was, &now);
}

/* A definition with volumes. */
static bool must_be_read(const struct users *u, const struct user *e)
{
	return e->domain && e->seen == u->look && !e->read_at;
}

bool users_domains_stay(struct users *u)
{
	const struct session_config *c = &u->s->config;

	if (!is_same(&u->definitions, c->definitions_dir) || !is_same(&u->states, c->states_dir))
		return false;
	for (size_t i = 0; i < u->index.n; i++)
		if (must_be_read(u, u->index.items[i]))
			return false;
	u->look++;
	for (size_t i = 0; i < u->index.n; i++) {
		struct user *e = u->index.items[i];

		if (e->domain && e->seen == u->look - 1)
			e->seen = u->look;
	}
	return true;
}

int users_search_domains(struct look *l, struct vxe_error *err)
{
	const struct session_config *c = &l->s->config;
	struct users *u = l->u;
	struct sign definitions = folder_now(c->definitions_dir),
		    states = folder_now(c->states_dir);
	bool agree = false;
	struct stat st;

	u->definitions = u->states = (struct sign){ 0 };
	if (!c->definitions_dir || !c->states_dir || stat(c->definitions_dir, &st) < 0)
		return tell_all(l, err);
	if (!u->began.ino && !(hv_changed(l->hv) & HV_DEFINED))
		u->began = sign_of(&st);
	int found = search_dir(l, c->states_dir, USER_STATE, err);

	if (found > 0)
		found = search_dir(l, c->definitions_dir, USER_DEFINITION, err);
	if (found < 0 || (found > 0 && counts_agree(l, &agree, err) < 0))
		return -1;
	if (agree && is_proved(u, &st)) {
		u->definitions = definitions;
		u->states = states;
		return 0;
	}
	log_info("users: libvirt is asked for every domain (files %s, folder %s)",
		agree ? "agree" : "do not agree", is_proved(u, &st) ? "proved" : "not proved");
	return tell_all(l, err);
}

/* ---- chains ---------------------------------------------------------------------------------- */

/* An image outside the searched folders. */
static int search_image(struct look *l, struct user *e, struct vxe_error *err)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (e->seen == l->u->look)
		return 0;
	if (stat(e->path, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : user_fail(err, e->path, "cannot be read");
	fd = open(e->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : user_fail(err, e->path, "cannot be read");
	user_place(l, e, &st);
	return user_holds(l, e, &st, has_fine_times(fd)) ? 0 : user_read(l, e, fd, USER_IMAGE, err);
}

static int follow(struct look *l, const char *path, struct vxe_error *err)
{
	while (path) {
		struct user *e = users_index_get(&l->u->index, path);

		if (e->followed == l->u->look)
			return 0;
		e->followed = l->u->look;
		if (search_image(l, e, err) < 0)
			return -1;
		path = e->seen == l->u->look && *e->chain ? e->chain : NULL;
	}
	return 0;
}

static int search_chains(struct look *l, struct vxe_error *err)
{
	/* Not a foreach: following adds entries. */
	for (size_t i = 0; i < l->u->index.n; i++) {
		const struct user *e = l->u->index.items[i];

		if (!e->domain || e->seen != l->u->look)
			continue;
		foreach_text(path, e->chain) if (follow(l, path, err) < 0) return -1;
	}
	return 0;
}

int users_search_images(struct look *l, const struct strv *beside, struct vxe_error *err)
{
	l->u->index.images_searched = true;
	if (search_beside(l, beside, err) < 0 || search_srs(l, err) < 0 || search_pools(l, err) < 0)
		return -1;
	return search_chains(l, err);
}
