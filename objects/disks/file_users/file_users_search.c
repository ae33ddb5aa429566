/* SPDX-License-Identifier: MIT */
#include "objects/disks/file_users/file_users_search.h"

#include "objects/base/clock.h"
#include "objects/base/log.h"
#include "objects/classes/storage/pbd.h"
#include "objects/file_index/stat_names.h"
#include "objects/file_index/unsearched.h"
#include "objects/base/file_key.h"
#include "objects/base/file_draft.h"
#include "objects/base/shortcut.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

/* ---- folders --------------------------------------------------------------------------------- */

static bool is_wanted(const char *name, enum user_kind kind)
{
	/*
	 * An unfinished image (is_draft()) does not count as a user of files: it gets its final name only under the
	 * locks of its backing file.
	 */
	return kind == USER_IMAGE   ? !is_draft(name)
		: kind == USER_SAVE ? str_ends(name, ".save")
				    : str_ends(name, ".xml");
}

/* Flags for fstatat(): a link in libvirt's folders counts as its target; a link in a folder of images is no image. */
static int flags_of(enum user_kind kind)
{
	return kind == USER_IMAGE ? AT_SYMLINK_NOFOLLOW : 0;
}

/* Returns 1 if there is a regular file, 0 if not: files come and go during a search. */
static int is_file(const struct stated *s, const char *path, struct vxe_error *err)
{
	errno = s->error;
	if (s->error)
		return s->error == ENOENT || s->error == ELOOP
			? 0
			: user_fail(err, path, "cannot be opened");
	return S_ISREG(s->st.st_mode);
}

static int search_file(struct look *l, struct user *e, int dir, const char *name,
	const struct stat *st, enum file_times times, enum user_kind kind, struct vxe_error *err)
{
	user_place(l, e, st);
	if (user_holds(l, e, st, times))
		return 0;
	if (kind == USER_IMAGE)
		return user_read_image(l, e, st, err);
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	/* Files come and go during a search. What is there and cannot be read, libvirt is asked for. */
	l->unread |= fd < 0 && errno != ENOENT;
	return fd < 0 ? 0 : user_read(l, e, fd, kind, err);
}

static int search_listed(
	struct look *l, struct listing *folder, int dir, enum user_kind kind, struct vxe_error *err)
{
	_cleanup_free_ struct stated *all = stat_names(dir, folder, flags_of(kind));
	_cleanup_str_ struct str path = { 0 };

	str_add(&path, folder->path);
	str_add(&path, "/");
	for (size_t i = 0, n = path.len; i < folder->n; i++, path.len = n) {
		struct listed *at = &folder->items[i];
		const char *name = listed_name(folder, at);

		if (!is_wanted(name, kind))
			continue;
		if (kind == USER_IMAGE && unsearched_file(l, folder->path, all[i].error))
			continue;
		str_add(&path, name);
		int found = is_file(&all[i], path.data, err);

		if (found < 0)
			return -1;
		if (!found)
			continue;
		if (!at->user)
			at->user = users_index_get(&l->u->index, path.data);
		if (search_file(l, at->user, dir, name, &all[i].st, (enum file_times)folder->times,
			    kind, err) < 0)
			return -1;
	}
	l->stateless |= kind == USER_STATE && user_is_stateless(l, folder);
	return 1;
}

/*
 * Searches one folder for files that name other files (definitions, states, images). Returns 1: searched, or there is
 * no such folder; 0: it is a folder of libvirt's that this user may not read. Any other folder that cannot be read is
 * noted (unsearched.h).
 */
static int search_dir(struct look *l, const char *dir, enum user_kind kind, struct vxe_error *err)
{
	if (str_is_empty(dir) || strv_has(&l->dirs, dir))
		return 1;
	strv_add(&l->dirs, dir);
	struct listing *folder =
		listings_get(kind == USER_IMAGE ? &l->u->images : &l->u->domains, dir, strlen(dir));
	_cleanup_close_ int fd = folder && !folder->stated
		? open(folder->path, O_PATH | O_DIRECTORY | O_CLOEXEC)
		: -1;

	if (!folder || (!folder->stated && fd < 0)) {
		if (kind == USER_IMAGE)
			unsearched_note(l, dir, errno);
		return kind == USER_IMAGE || errno == ENOENT || errno == ENOTDIR;
	}
	return search_listed(l, folder, fd, kind, err);
}

static int search_srs(struct look *l, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records srs = { 0 };

	if (txn_begin(l->s->store, TXN_READ, &t, err) < 0 || srs_here(l->s, t, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < srs.n; i++) {
		const struct sr *sr = srs.items[i];

		if (sr_content(sr) != SR_DEVICES &&
			(search_dir(l, sr->path, USER_IMAGE, err) < 0 ||
				user_search_list(l, sr, err) < 0))
			return -1;
	}
	return 0;
}

static int search_pools(struct look *l, struct vxe_error *err)
{
	const struct hv_pools *pools = l->s->here->pools;

	for (size_t i = 0; i < pools->n; i++)
		if (pools->items[i].active && pools->items[i].path &&
			search_dir(l, pools->items[i].path, USER_IMAGE, err) < 0)
			return -1;
	return 0;
}

/* Searches the folders in which the files @paths themselves lie for images that name them. */
static int search_beside(struct look *l, const struct strv *paths, struct vxe_error *err)
{
	for (size_t i = 0; i < paths->n; i++) {
		const char *path = paths->items[i];
		const char *slash = strrchr(path, '/');

		if (path[0] != '/' || file_is_device(path))
			continue;
		_cleanup_free_ char *dir = xstrndup(path, (size_t)(slash - path));

		if (search_dir(l, dir, USER_IMAGE, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- domains --------------------------------------------------------------------------------- */

/*
 * With many domains, libvirt's answers to one search take a while (at least LONG_MS) to collect. They stay valid for
 * twice that time, KEPT_MS at most: a command that searches ten times would otherwise read all definitions ten times.
 * Domains that have come or started since are seen in libvirt's list; an entry that names one of the wanted files is
 * read again in any case. Few domains are asked anew in each search.
 */
#define LONG_MS 20
#define KEPT_MS 1000

static const char *const told_words[] = {
	[HV_XML_INACTIVE] = "inactive", [HV_XML_LIVE] = "live", [HV_XML_SAVED] = "saved"
};

/* The number of domains about which libvirt is asked in one call; each definition has thousands of bytes. */
#define PIECE 256

struct questions {
	size_t n;
	struct user *entries[PIECE];
	struct hv_xml_wish wishes[PIECE];
};

static int ask_piece(struct look *l, struct questions *q, struct vxe_error *err)
{
	struct hv *hv;
	int r = q->n ? session_hv(l->s->here, &hv, err) : 0;

	if (r == 0 && q->n)
		r = hv_xml_many(hv, q->wishes, q->n, err);
	for (size_t i = 0; i < q->n; i++) {
		_cleanup_free_ char *said = TAKE(q->wishes[i].xml);

		if (r == 0)
			r = user_ask(
				l, q->entries[i], q->wishes[i].uuid, q->wishes[i].which, said, err);
	}
	q->n = 0;
	return r;
}

/*
 * Adds to @q the question what XML of the kind @which libvirt has for the domain. Not if this search has read that XML
 * from libvirt's file, nor, with @keep, if the last search has asked.
 */
static int ask_libvirt_for(struct look *l, const struct hv_domain *d, enum hv_xml which, bool keep,
	struct questions *q, struct vxe_error *err)
{
	struct users *u = l->u;
	const struct session_config *c = &l->s->config;
	const struct place_of {
		const char *dir, *end;
	} places[] = {
		[HV_XML_INACTIVE] = { c->definitions_dir, "xml" },
		[HV_XML_LIVE] = { c->states_dir, "xml" },
		[HV_XML_SAVED] = { c->saves_dir, "save" },
	};
	const struct place_of *at = &places[which];
	_cleanup_free_ char *file =
		at->dir ? xasprintf("%s/%s.%s", at->dir, d->name, at->end) : NULL;
	_cleanup_free_ char *name = xasprintf("%s/%s", told_words[which], d->name);
	const struct user *known = file ? users_index_find(&u->index, file) : NULL;

	if (known && known->read == u->look && str_eq(known->domain, d->uuid))
		return 0;
	struct user *e = users_index_get(&u->index, name);

	if (keep && e && e->kind == USER_TOLD && !e->volumes && e->seen == u->told &&
		str_eq(e->domain, d->uuid)) {
		e->seen = u->look;
		return 0;
	}
	q->entries[q->n] = e;
	q->wishes[q->n++] = (struct hv_xml_wish){ .uuid = d->uuid, .which = which };
	return q->n < PIECE ? 0 : ask_piece(l, q, err);
}

int users_tell_again(struct look *l, struct user *e, struct vxe_error *err)
{
	_cleanup_free_ char *domain = xstrdup(e->domain);
	size_t which = 0;

	while (which + 1 < ARRAY_LEN(told_words) && !str_starts(e->path, told_words[which]))
		which++;
	return user_ask(l, e, domain, (enum hv_xml)which, NULL, err);
}

static int tell_all(struct look *l, struct vxe_error *err)
{
	_cleanup_(hv_domains_clear) struct hv_domains all = { 0 };
	struct users *u = l->u;
	struct questions q = { 0 };
	int64_t took = u->told_to - u->told_from;
	int64_t longest = 2 * took < KEPT_MS ? 2 * took : KEPT_MS;
	bool keep = u->told && took >= LONG_MS && clock_ms() - u->told_to <= longest;
	int64_t from = clock_ms();
	struct hv *hv;

	if (session_hv(l->s->here, &hv, err) < 0 || hv_list(hv, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct hv_domain *d = &all.items[i];

		if ((hv_is_active(d->state) &&
			    ask_libvirt_for(l, d, HV_XML_LIVE, keep, &q, err) < 0) ||
			(d->persistent &&
				ask_libvirt_for(l, d, HV_XML_INACTIVE, keep, &q, err) < 0) ||
			(d->saved && ask_libvirt_for(l, d, HV_XML_SAVED, keep, &q, err) < 0))
			return -1;
	}
	if (ask_piece(l, &q, err) < 0)
		return -1;
	u->told = u->look;
	if (keep)
		return 0;
	u->told_from = from;
	u->told_to = clock_ms();
	log_info("users: %zu domains were asked for in %" PRId64 " ms", all.n,
		u->told_to - u->told_from);
	return 0;
}

/*
 * *ret: as many files were found as libvirt has domains, so that each domain has one. Without @all only the active
 * domains are counted.
 */
static int counts_agree(struct look *l, bool all, bool *ret, struct vxe_error *err)
{
	const struct users_index *x = &l->u->index;
	int active = 0, inactive = 0, n_active, n_inactive = 0;
	struct hv *hv;

	for (size_t i = 0; i < x->n; i++) {
		const struct user *e = x->items[i];

		if (e->seen != l->u->look || !e->domain)
			continue;
		inactive += e->kind == USER_DEFINITION;
		if (e->kind != USER_STATE)
			continue;
		active++;
		_cleanup_free_ char *path =
			xasprintf("%s%s", l->s->config.definitions_dir, strrchr(e->path, '/'));
		const struct user *definition = users_index_find(x, path);

		inactive -= definition && definition->domain && definition->seen == l->u->look;
	}
	if (session_hv(l->s->here, &hv, err) < 0 ||
		hv_count(hv, &n_active, all ? &n_inactive : NULL, err) < 0)
		return -1;
	l->u->counted = true;
	*ret = active == n_active && (!all || inactive == n_inactive);
	return 0;
}

static bool is_proved(const struct users *u, const struct stat *st)
{
	return u->index.proved_ino && (int64_t)st->st_dev == u->index.proved_dev &&
		(int64_t)st->st_ino == u->index.proved_ino;
}

static int search_path(struct look *l, const char *path, struct vxe_error *err)
{
	const char *states = l->s->config.states_dir, *name = strrchr(path, '/') + 1;
	size_t n = (size_t)(name - path) - 1;
	bool state = strncmp(path, states, n) == 0 && !states[n];
	enum user_kind kind = state ? USER_STATE : USER_DEFINITION;
	struct stated at;
	_cleanup_free_ char *dir = xstrndup(path, n);
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return user_fail(err, dir, "cannot be searched");
	at.error = fstatat(fd, name, &at.st, flags_of(kind)) == 0 ? 0 : errno;
	int found = is_file(&at, path, err);

	return found <= 0 ? found
			  : search_file(l, users_index_get(&l->u->index, path), fd, name, &at.st,
				    file_times(fd), kind, err);
}

static bool is_file_of_domain(const struct user *e)
{
	return e->kind == USER_DEFINITION || e->kind == USER_STATE;
}

/*
 * Takes over what the last search has found about domains, but reads the @changed files again, and those that must be
 * read at each search.
 */
static int catch_up(struct look *l, const struct strv *changed, struct vxe_error *err)
{
	_cleanup_strv_ struct strv again = { 0 };
	struct users *u = l->u;

	for (size_t i = 0; i < u->index.n; i++) {
		struct user *e = u->index.items[i];

		if (!is_file_of_domain(e) || e->seen != u->known || strv_has(changed, e->path))
			continue;
		if (e->read_at)
			e->seen = u->look;
		else
			strv_add(&again, e->path);
	}
	for (size_t i = 0; i < changed->n + again.n; i++)
		if (search_path(l, i < changed->n ? changed->items[i] : again.items[i - changed->n],
			    err) < 0)
			return -1;
	return 0;
}

/*
 * Compares libvirt's folders with what the last search, of this command or another one, has seen; @changed gets the
 * files that have changed.
 */
static enum folders_state compare_folders(
	struct look *l, const struct folders *now, struct strv *changed)
{
	struct users *u = l->u;
	enum folders_state watched = folders_watch_read(&u->watch, &l->s->config, changed);

	if (u->whole && u->known && watched != FOLDERS_UNKNOWN)
		return watched;
	return u->whole && folders_are(&u->index.folders, now) ? FOLDERS_SAME : FOLDERS_UNKNOWN;
}

/* Searches all states and definitions in libvirt's folders. Returns 1: all were read, 0: some cannot be read. */
static int search_all(struct look *l, struct vxe_error *err)
{
	int found = search_dir(l, l->s->config.states_dir, USER_STATE, err);

	return found > 0 ? search_dir(l, l->s->config.definitions_dir, USER_DEFINITION, err)
			 : found;
}

/*
 * Ends a search: what it has found becomes the index's knowledge of libvirt's domains. @now: the times of libvirt's
 * folders; NULL: times do not tell when they change. The next command may rely on these times only if it finds every
 * entry in the index.
 */
static void keep(struct users *u, const struct folders *now, int64_t young)
{
	bool whole = now != NULL;
	struct folders kept = { 0 };

	u->n_files = 0;
	for (size_t i = 0; i < u->index.n; i++) {
		struct user *e = u->index.items[i];

		if (e->domain &&
			e->seen != u->look) /* this search has not found the file, so it is gone */
			user_empty(e);
		if (!is_file_of_domain(e) || e->seen != u->look)
			continue;
		u->n_files++;
		whole &= e->read_at != 0;
	}
	u->young = whole ? young : 0;
	if (whole && u->young <= 0)
		kept = *now;
	u->whole = true;
	u->known = u->look;
	u->index.dirty |= now && !sign_is(&now->daemon, &u->index.met);
	if (now)
		u->index.met = now->daemon;
	/*
	 * The index need not be saved if only an entry must be read again: it has changed after the folders were read,
	 * so the next search does not find the saved times again.
	 */
	u->index.dirty |= (whole || !now) && memcmp(&kept, &u->index.folders, sizeof(kept)) != 0;
	u->index.folders = kept;
}

/* True if a file that the last search, of this command or another one, has found is gone. */
static bool has_gone(const struct users *u)
{
	for (size_t i = 0; i < u->index.n; i++) {
		const struct user *e = u->index.items[i];

		if (is_file_of_domain(e) && e->domain && e->seen == u->known)
			return true;
	}
	return false;
}

/*
 * *ret: each of libvirt's domains has a file. All domains are counted when a file has gone, when libvirt has started
 * anew, and when no earlier search has counted them (@now NULL, or not @whole). The active ones are counted, too,
 * before something is written or removed, once in each command, and whenever a guest seems to have no state file:
 * libvirt starts a guest even if it cannot write that.
 */
static int domains_agree(
	struct look *l, const struct folders *now, bool whole, bool *ret, struct vxe_error *err)
{
	const struct users *u = l->u;
	bool all = !now || !whole || !sign_is(&now->daemon, &u->index.met) || has_gone(u);

	*ret = true;
	return all || l->stateless || (l->last && !u->counted) ? counts_agree(l, all, ret, err) : 0;
}

/* Searches libvirt's managed-save images. If their folder cannot be read, libvirt is asked. */
static int search_saves(struct look *l, struct vxe_error *err)
{
	_cleanup_strv_ struct strv saved = { 0 };
	struct questions q = { 0 };
	int found = search_dir(l, l->s->config.saves_dir, USER_SAVE, err);
	struct hv *hv;

	if (found != 0)
		return found < 0 ? -1 : 0;
	if (session_hv(l->s->here, &hv, err) < 0 || hv_saved(hv, &saved, err) < 0)
		return -1;
	for (size_t i = 0; i < saved.n; i++) {
		_cleanup_hv_domain_ struct hv_domain d = { 0 };

		if (hv_find(hv, saved.items[i], &d, err) < 0 ||
			(d.saved && ask_libvirt_for(l, &d, HV_XML_SAVED, false, &q, err) < 0) ||
			ask_piece(l, &q, err) < 0)
			return -1;
	}
	return 0;
}

int users_search_domains(struct look *l, struct vxe_error *err)
{
	const struct session_config *c = &l->s->config;
	_cleanup_strv_ struct strv changed = { 0 };
	struct users *u = l->u;
	struct folders now;
	bool agree = false;
	struct stat st;
	int64_t young;

	if (search_saves(l, err) < 0)
		return -1;
	if (!c->definitions_dir || !c->states_dir || stat(c->definitions_dir, &st) < 0)
		return tell_all(l, err);
	if (!u->began.ino && !(hv_changed(l->s->here->hv) & HV_DEFINED))
		u->began = sign_of(&st);
	folders_watch_start(
		&u->watch, c, shortcut_on(SHORTCUT_WATCH) && st.st_size >= c->watched_from);
	bool fine = folders_now(c, &now, &young);
	enum folders_state state = fine ? compare_folders(l, &now, &changed) : FOLDERS_UNKNOWN;
	bool whole = u->whole;
	int found = 1;

	u->whole = false;
	if (state == FOLDERS_UNKNOWN)
		found = search_all(l, err);
	else if (catch_up(l, &changed, err) < 0)
		return -1;
	if (found < 0 ||
		(found > 0 && domains_agree(l, fine ? &now : NULL, whole, &agree, err) < 0))
		return -1;
	agree &= !l->unread;
	if (agree && is_proved(u, &st)) {
		keep(u, fine ? &now : NULL, young);
		return 0;
	}
	log_info("users: libvirt is asked for every domain (files %s, folder %s)",
		agree ? "agree" : "do not agree", is_proved(u, &st) ? "proved" : "not proved");
	return tell_all(l, err);
}

/* ---- chains ---------------------------------------------------------------------------------- */

/* The index entry of the first image that the entry @e names; NULL if it names none. */
static struct user *below(struct look *l, struct user *e)
{
	if (*e->chain && !e->below)
		e->below = users_index_get(&l->u->index, e->chain);
	return e->below;
}

static int follow(struct look *l, struct user *e, struct vxe_error *err)
{
	while (e && e->followed != l->u->look) {
		e->followed = l->u->look;
		if (user_search_image(l, e, err) < 0)
			return -1;
		e = e->seen == l->u->look ? below(l, e) : NULL;
	}
	return 0;
}

int users_search_images(struct look *l, const struct strv *beside, struct vxe_error *err)
{
	l->u->index.images_searched = true;
	if (unsearched_begin(l, err) < 0 || search_beside(l, beside, err) < 0 ||
		search_srs(l, err) < 0 || search_pools(l, err) < 0)
		return -1;
	/* The end of the list is looked up in each round, because the loop adds entries. */
	for (size_t i = 0; i < l->u->index.n; i++) {
		struct user *e = l->u->index.items[i];

		if (!e->domain || e->seen != l->u->look)
			continue;
		foreach_text(path, e->chain)
		{
			struct user *image = path == e->chain ? below(l, e)
							      : users_index_get(&l->u->index, path);

			if (follow(l, image, err) < 0)
				return -1;
		}
	}
	return 0;
}
