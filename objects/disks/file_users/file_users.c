/* SPDX-License-Identifier: MIT */
#include "objects/disks/file_users/file_users.h"

#include "objects/base/file_key.h"
#include "backends/machine/machine.h"
#include "objects/base/clock.h"
#include "objects/base/log.h"
#include "objects/base/shortcut.h"
#include "objects/disks/disks.h"
#include "objects/file_index/name_filter.h"
#include "objects/file_index/unsearched.h"
#include "objects/disks/file_users/file_users_search.h"
#include "store/store_place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static void look_clear(struct look *l)
{
	strv_clear(&l->dirs);
}

void file_users_clear(struct file_users *u)
{
	for (size_t i = 0; i < u->n; i++) {
		free(u->items[i].domain);
		free(u->items[i].name);
	}
	free(u->items);
	strv_clear(&u->unsearched);
	*u = (struct file_users){ 0 };
}

void domain_users_clear(struct domain_users *u)
{
	free(u->items);
	*u = (struct domain_users){ 0 };
}

/* ---- the index of the session ---------------------------------------------------------------- */

/*
 * Judges whether the folder of definitions is the one that this libvirt writes to: a define by this command that has
 * changed the folder proves it, and one that has not disproves it.
 */
static void judge_folder(struct users *u)
{
	const char *dir = u->s->config.definitions_dir;
	struct stat st;

	if (!u->began.ino || !(hv_changed(u->s->here->hv) & HV_DEFINED) || stat(dir, &st) < 0)
		return;
	struct sign now = sign_of(&st);
	bool proved = now.ino == u->began.ino && now.written != u->began.written;
	int64_t dev = proved ? now.dev : 0, ino = proved ? now.ino : 0;

	u->index.dirty |= dev != u->index.proved_dev || ino != u->index.proved_ino;
	u->index.proved_dev = dev;
	u->index.proved_ino = ino;
}

static void begin_volumes(struct users *u)
{
	volumes_begin(&u->volumes);
	u->met_all = false;
}

static int look_at_domains(struct users *u)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_(look_clear) struct look l = { .u = u, .s = u->s };

	u->look++;
	begin_volumes(u);
	if (users_search_domains(&l, &ignored) == 0) {
		u->met_all = true;
		return 0;
	}
	log_info("users: what has changed is not known: %s", code_info(ignored.code)->name);
	return -1;
}

/* Estimated nanoseconds to search one of libvirt's files, and to ask libvirt for one domain. */
#define SEARCH_NS 3000
#define ASK_NS 2000000

/*
 * At the end of a command, reads the definitions that the command itself has changed, if a watch on libvirt's folders
 * names them: then the next command need not search all files. It would search them because the change is so recent; to
 * wait here until it is not is shorter if the files are many. Without a watch, this search would take as long as that
 * of the next command.
 */
static void look_back(struct users *u)
{
	if (!u->whole || !u->known || !u->s->here->hv || !hv_changed(u->s->here->hv) ||
		!folders_watched(&u->watch) || look_at_domains(u) < 0 || u->young <= 0 ||
		u->young > SEARCH_NS * (int64_t)u->n_files)
		return;
	clock_sleep_ms(1 + u->young / 1000000);
	(void)look_at_domains(u);
}

static void release_users(void *held)
{
	struct users *u = held;

	session_close_last(u->s, listings_unwatch(&u->images));
	session_close_last(u->s, folders_watch_end(&u->watch));
	listings_clear(&u->images);
	listings_clear(&u->domains);
	if (u->index.dirty && u->file && place_make_dir(u->s->config.lock_dir) == 0)
		users_index_save(&u->index, u->file, u->boot);
	namers_clear(&u->namers);
	volumes_clear(&u->volumes);
	unsearched_clear(u);
	users_index_clear(&u->index);
	free(u->except);
	free(u->file);
	free(u->boot);
	free(u);
}

static struct users *users_of(struct session *s)
{
	void **held = cache_of(&s->caches, release_users);

	if (!*held) {
		struct users *u = xcalloc(1, sizeof(*u));

		u->s = s;
		u->domains = (struct listings){ .tried = true, .fd = -1 };
		u->images.watched_from =
			shortcut_on(SHORTCUT_IMAGE_WATCH) ? s->config.watched_from : INT64_MAX;
		u->boot = machine_text(s->config.root, "/proc/sys/kernel/random/boot_id");
		if (shortcut_on(SHORTCUT_INDEX_FILE) && s->config.lock_dir && s->store_uuid &&
			!str_is_empty(u->boot)) {
			u->file = xasprintf("%s/users-%s", s->config.lock_dir, s->store_uuid);
			users_index_load(&u->index, u->file, u->boot);
			u->whole = u->index.folders.definitions.ino;
		}
		*held = u;
	}
	return *held;
}

void users_settle(struct session *s)
{
	struct users *u = *cache_of(&s->caches, release_users);

	if (!u)
		return;
	judge_folder(u);
	/* the kernel needs a moment to end a watch */
	session_close_last(s, listings_unwatch(&u->images));
	look_back(u);
	volumes_keep(s, &u->volumes, u->met_all);
}

struct listings *users_listings(struct session *s)
{
	return &users_of(s)->images;
}

const struct volumes *users_volumes(struct session *s)
{
	return &users_of(s)->volumes;
}

/* ---- questions ------------------------------------------------------------------------------- */

/*
 * Brings the index of users of files up to date. @beside: paths of files, beside which images are searched, too; NULL:
 * for a plan, so only domains are looked at, and not @except.
 */
static int look_for_users(
	struct session *s, const struct strv *beside, const char *except, struct vxe_error *err)
{
	_cleanup_(look_clear) struct look l = { .s = s, .last = beside };

	if (beside && session_facts_again(s->here, err) < 0)
		return -1;
	l.u = users_of(s);
	l.u->look++;
	l.u->listing = s->here->listing;
	/*
	 * A plan believes libvirt's files without asking libvirt, if to search all of them is shorter than to ask
	 * libvirt for a domain. Then the next command may have to search all files, as this one does when a file has
	 * changed.
	 */
	l.believes = !beside && SEARCH_NS * (int64_t)l.u->index.n < ASK_NS &&
		shortcut_on(SHORTCUT_EARLY_PLAN);
	l.except = l.believes ? except : NULL;
	str_replace(&l.u->except, l.except);
	begin_volumes(l.u);
	if (users_search_domains(&l, err) < 0)
		return -1;
	l.u->met_all = !l.except;
	return beside ? users_search_images(&l, beside, err) : 0;
}

/* A file whose users are searched for. */
struct wanted {
	const char *path;
	struct user *e; /* index entry of the file's path; NULL: the path is not absolute */
	char *key;	/* file_key() of the file if it does not exist */
};

struct question {
	struct look l;
	size_t n;
	struct wanted *items;
	bool missing; /* one of the files whose users are searched for does not exist */
	const struct sign **files;
	struct names names;
	/* The index entries that may name one of the wanted files, in an array of @room places: */
	size_t n_hits, room;
	struct user **hits;
};

static void question_clear(struct question *q)
{
	for (size_t i = 0; i < q->n; i++)
		free(q->items[i].key);
	free(q->items);
	free(q->files);
	free(q->hits);
	names_clear(&q->names);
}

/* Remembers, for this search, which file (device and inode) the path of the index entry @e leads to now. */
static void place(const struct look *l, struct user *e)
{
	struct stat st;

	if (e->placed == l->u->look)
		return;
	if (user_stat(l->s, e->path, &st) == 0) {
		user_place(l, e, &st);
	} else {
		e->placed = l->u->look;
		e->place = (struct sign){ 0 };
	}
}

/* True if @path is the name of a network export, which lies in no folder whose listing could exclude it. */
static bool is_export(const char *path)
{
	_cleanup_content_name_ struct content_name n = { 0 };

	content_name(path, &n);
	return n.protocol;
}

static void ask_for_users(struct question *q, struct session *s, const struct strv *paths)
{
	size_t n_files = 0;
	bool device = false;

	q->l = (struct look){ .u = users_of(s), .s = s };
	q->items = xcalloc(paths->n + 1, sizeof(*q->items));
	q->files = xcalloc(paths->n + 1, sizeof(struct sign *));
	for (; q->n < paths->n; q->n++) {
		struct wanted *w = &q->items[q->n];

		w->path = paths->items[q->n];
		if (w->path[0] != '/')
			continue;
		w->e = users_index_get(&q->l.u->index, w->path);
		place(&q->l, w->e);
		if (!w->e->place.ino)
			w->key = file_key(w->path);
		q->missing |= w->key != NULL;
		device |= w->e->block || is_export(w->path);
		q->files[n_files++] = &w->e->place;
	}
	names_begin(&q->names, &q->l.u->images, q->files, n_files, q->missing || device,
		s->config.root);
}

/* The index in @q of the wanted file to which the path of the entry @at leads; q->n if it leads to none of them. */
static size_t find_at(struct question *q, struct user *at)
{
	place(&q->l, at);
	_cleanup_free_ char *key = !at->place.ino && q->missing ? file_key(at->path) : NULL;
	size_t i = 0;

	for (; i < q->n; i++) {
		const struct wanted *w = &q->items[i];

		if (!w->e)
			continue;
		if (key ? str_eq(key, w->key)
			: at->place.ino && at->place.ino == w->e->place.ino &&
					at->place.dev == w->e->place.dev &&
					at->block == w->e->block)
			return i;
	}
	return i;
}

static size_t find_wanted(struct question *q, const char *name)
{
	return names_may(&q->names, name) ? find_at(q, users_index_get(&q->l.u->index, name))
					  : q->n;
}

static bool names_one(struct question *q, const struct user *e)
{
	foreach_text(name, e->names) if (find_wanted(q, name) < q->n) return true;
	return false;
}

/* ---- which entries may be the answer --------------------------------------------------------- */

static void hit(struct question *q, struct user *e)
{
	if (e->hit == q->l.u->questions)
		return;
	e->hit = q->l.u->questions;
	if (q->n_hits == q->room) {
		q->room = q->room ? 2 * q->room : 16;
		q->hits = xrealloc(q->hits, q->room, sizeof(struct user *));
	}
	q->hits[q->n_hits++] = e;
}

static void mark_path(struct question *q, const char *path)
{
	const struct namers *n = &q->l.u->namers;
	struct user *at = users_index_get(&q->l.u->index, path);

	if (find_at(q, at) == q->n)
		return;
	for (size_t i = 0; i < n->n; i++)
		if (n->items[i].hash == at->hash)
			hit(q, n->items[i].by);
}

static void mark_names(struct question *q, const struct name_folder *f, const struct strv *names)
{
	for (size_t i = 0; i < names->n; i++) {
		_cleanup_free_ char *path = xasprintf("%s%s", f->path, names->items[i]);

		mark_path(q, path);
	}
}

/*
 * Marks the index entries that may name a wanted file, by the listing of one folder that their paths are in; false: the
 * listing excludes nothing, and each entry has to be looked at.
 */
static bool mark_folder(struct question *q, const struct name_folder *f)
{
	for (size_t i = 0; i < f->n_few && !f->many; i++)
		mark_path(q, f->few[i]);
	if (!f->many)
		return true;
	const struct folder *listed = names_folder(&q->names, f->path, f->len);

	if (listed->all)
		return false;
	mark_names(q, f, &listed->may);
	mark_names(q, f, &q->names.mounted);
	return true;
}

/* Collects the index entries that may name one of the wanted files; all entries that do name one are among them. */
static void mark(struct question *q)
{
	struct users *u = q->l.u;
	bool all = q->names.all;

	u->questions++;
	namers_update(&u->namers, &u->index);
	for (size_t i = 0; i < u->namers.n_folders && !all; i++)
		all = !mark_folder(q, &u->namers.folders[i]);
	for (size_t i = 0; i < u->index.n && all; i++)
		hit(q, u->index.items[i]);
}

/* ---- answers --------------------------------------------------------------------------------- */

static void find_domains(struct session *s, const struct strv *paths, struct strv *ret)
{
	_cleanup_(question_clear) struct question q = { 0 };
	const struct users *u = users_of(s);

	if (!paths->n)
		return;
	ask_for_users(&q, s, paths);
	mark(&q);
	for (size_t i = 0; i < q.n_hits; i++) {
		const struct user *e = q.hits[i];

		if (e->domain && e->seen == u->look && !strv_has(ret, e->domain) &&
			names_one(&q, e))
			strv_add(ret, e->domain);
	}
}

/*
 * True if the index of users is up to date: the last search used the session's present listing of domains, and left out
 * no domain but @except.
 */
static bool is_fresh(const struct users *u, const char *except)
{
	return u->look && u->listing == u->s->here->listing &&
		(!u->except || str_eq(u->except, except));
}

static int domains_of(struct session *s, const struct strv *paths, const char *except,
	struct domain_users *ret, struct vxe_error *err)
{
	_cleanup_strv_ struct strv uuids = { 0 };
	struct users *u = users_of(s);

	*ret = (struct domain_users){ 0 };
	if (!is_fresh(u, except) && look_for_users(s, NULL, except, err) < 0)
		return -1;
	find_domains(s, paths, &uuids);
	ret->items = xcalloc(uuids.n + 1, sizeof(*ret->items));
	for (size_t i = 0; i < uuids.n; i++) {
		const struct hv_domain *d = NULL;

		if (!str_eq(uuids.items[i], except) &&
			session_domain(s->here, uuids.items[i], &d, err) < 0)
			return -1;
		if (d)
			ret->items[ret->n++] = d;
	}
	return 0;
}

int users_domains(struct session *s, const struct strv *paths, struct domain_users *ret,
	struct vxe_error *err)
{
	return domains_of(s, paths, NULL, ret, err);
}

int users_domains_of(struct session *s, const char *path, const char *except,
	struct domain_users *ret, struct vxe_error *err)
{
	_cleanup_strv_ struct strv paths = { 0 };

	strv_add(&paths, path);
	return domains_of(s, &paths, except, ret, err);
}

/* Reads the file of the index entry @e again, or asks libvirt, so that the answer does not rest on the index. */
static int read_again(struct look *l, struct user *e, struct vxe_error *err)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (e->read == l->u->look)
		return 0;
	if (e->kind == USER_TOLD)
		return users_tell_again(l, e, err);
	if (e->kind == USER_IMAGE) {
		if (user_stat(l->s, e->path, &st) == 0)
			return user_read_image(l, e, &st, err);
	} else {
		fd = open(e->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0)
			return user_read(l, e, fd, e->kind, err);
	}
	user_empty(e);
	return errno == ENOENT ? 0 : user_fail(err, e->path, "cannot be read");
}

static char *user_name(const struct user *e)
{
	const char *name = strrchr(e->path, '/') + 1;
	size_t n = strlen(name);

	if (!e->domain)
		return xstrdup(e->path);
	return xstrndup(name,
		n -
			(e->kind == USER_TOLD		       ? 0
					: e->kind == USER_SAVE ? strlen(".save")
							       : strlen(".xml")));
}

/* Adds a user of a file once: a running domain may name the file in its live state and in its definition. */
static void add_file_user(struct file_users *to, const struct user *e, size_t file)
{
	_cleanup_free_ char *name = user_name(e);

	for (size_t i = 0; i < to->n; i++)
		if (to->items[i].file == file && str_eq(to->items[i].name, name) &&
			str_eq(to->items[i].domain, e->domain))
			return;
	to->items = xrealloc(to->items, to->n + 1, sizeof(*to->items));
	to->items[to->n++] = (struct file_user){ xstrdup_null(e->domain), TAKE(name), file };
}

static int add_user(
	struct question *q, struct user *e, struct file_users *ret, struct vxe_error *err)
{
	if (!names_one(q, e))
		return 0;
	if (read_again(&q->l, e, err) < 0)
		return -1;
	foreach_text(name, e->names)
	{
		size_t file = find_wanted(q, name);

		if (file < q->n)
			add_file_user(ret, e, file);
	}
	return 0;
}

/* Adds the loop devices on the wanted files. The kernel is asked each time, because a loop device changes no file. */
static void add_loops(struct question *q, struct file_users *to)
{
	_cleanup_strv_ struct strv devices = { 0 }, files = { 0 };

	machine_loops(q->l.s->config.root, &devices, &files);
	for (size_t i = 0; i < devices.n; i++) {
		const struct user loop = { .path = devices.items[i] };
		struct user file = { .path = files.items[i] };
		size_t at = find_at(q, &file);

		if (at < q->n)
			add_file_user(to, &loop, at);
	}
}

int users_look(
	struct session *s, const struct strv *paths, struct file_users *ret, struct vxe_error *err)
{
	_cleanup_(question_clear) struct question q = { 0 };
	_cleanup_users_ struct file_users found = { 0 };

	if (look_for_users(s, paths, NULL, err) < 0)
		return -1;
	ask_for_users(&q, s, paths);
	mark(&q);
	for (size_t i = 0; i < q.n_hits; i++)
		if (q.hits[i]->seen == q.l.u->look && add_user(&q, q.hits[i], &found, err) < 0)
			return -1;
	add_loops(&q, &found);
	unsearched_texts(&q.l, &found.unsearched);
	*ret = found;
	found = (struct file_users){ 0 };
	return 0;
}

int file_above(struct session *s, const char *path, char **ret, struct vxe_error *err)
{
	const struct strv one = { 1, (char *[]){ (char *)(uintptr_t)path } };
	_cleanup_users_ struct file_users users = { 0 };

	if (users_look(s, &one, &users, err) < 0)
		return -1;
	for (size_t i = 0; i < users.n && !*ret; i++)
		if (!users.items[i].domain && users.items[i].name[0] == '/')
			*ret = xstrdup(users.items[i].name);
	return 0;
}
