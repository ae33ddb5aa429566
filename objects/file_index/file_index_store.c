/* SPDX-License-Identifier: MIT */
/*
 * The file: a head, the entries, their texts. Behind these a command may write what it has changed: a head of its own,
 * entries that take the place of those with the same path, texts. So a change among 10,000 domains costs a page in place
 * of 4 MB. A change is only appended to the file that was read, as it was read, under a lock; else, and when the changes
 * have become many, the whole file is written anew and renamed. A change of which a part is missing does not count.
 */
#include "objects/file_index/file_index.h"

#include "objects/base/file.h"
#include "objects/base/log.h"
#include "objects/base/shortcut.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define MAGIC "vxe users of files 9\n"
#define CHANGE_MAGIC 0x5645554348414e47
#define SIZE_LIMIT (256 << 20)
#define OLD_TEXT_MIN (64 << 10)
#define APPEND_MIN (128 << 10) /* a smaller file is written anew */

struct head {
	char magic[24], boot[64];
	uint64_t n, n_text; /* number of entries; bytes of text */
	uint64_t n_once;    /* bytes of text when the file was last written as a whole */
	int64_t proved_dev, proved_ino;
	struct sign met;
	struct folders folders;
};

/* Stands before the entries of an appended change. */
struct change {
	uint64_t magic, size; /* bytes of the change, with this head */
	uint64_t n, n_text;
	struct folders folders;
};

struct entry {
	uint64_t hash;
	struct sign sign;
	int64_t read_at; /* 0 in a change means: the entry exists no more */
	uint32_t kind;
	uint32_t path, domain, names, chain; /* positions in the text; domain 0: none */
};

/* Opens the index's file; -1: there is none, or it is another user's. */
static int open_file(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 &&
		(fstat(fd, st) < 0 || !S_ISREG(st->st_mode) || st->st_uid != geteuid() ||
			(st->st_mode & 077) || st->st_size > SIZE_LIMIT))
		closep(&fd);
	return fd;
}

/* The whole file. */
static char *read_index_file(const char *path, struct stat *st, size_t *ret)
{
	_cleanup_close_ int fd = open_file(path, st);

	if (fd < 0)
		return NULL;
	_cleanup_free_ char *data = xmalloc((size_t)st->st_size + 1);
	size_t n = 0;

	while (n < (size_t)st->st_size) {
		ssize_t got = read(fd, data + n, (size_t)st->st_size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return NULL;
		n += (size_t)got;
	}
	*ret = n;
	return TAKE(data);
}

static bool is_of(const struct head *h, const char *boot)
{
	return strncmp(h->magic, MAGIC, sizeof(h->magic)) == 0 &&
		strnlen(h->boot, sizeof(h->boot)) < sizeof(h->boot) && str_eq(h->boot, boot);
}

bool users_index_proves(
	const char *path, const char *boot, const struct stat *dir, struct sign *met)
{
	struct stat st;
	_cleanup_close_ int fd = open_file(path, &st);
	struct head h;

	if (fd < 0 || pread(fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h) || !is_of(&h, boot))
		return false;
	*met = h.met;
	return h.proved_ino && h.proved_dev == (int64_t)dir->st_dev &&
		h.proved_ino == (int64_t)dir->st_ino;
}

static size_t base_size(const struct head *h)
{
	return sizeof(*h) + h->n * sizeof(struct entry) + h->n_text;
}

/* True if the text ends in such a way that each list in it has an end. */
static bool is_ended(const char *text, size_t n)
{
	return n >= 2 && !text[n - 1] && !text[n - 2];
}

/* True if the file has what its head says; changes may follow behind that. */
static bool is_whole(const struct head *h, size_t n, const char *boot)
{
	return n >= sizeof(*h) && is_of(h, boot) && h->n <= UINT32_MAX / 4 && h->n_text <= n &&
		base_size(h) <= n &&
		is_ended((const char *)h + base_size(h) - h->n_text, h->n_text);
}

static bool is_entry(const struct entry *e, size_t n)
{
	return e->path < n && e->domain < n && e->names < n && e->chain < n;
}

static bool load_entry(struct user *u, const struct entry *e, char *text, size_t n)
{
	if (!is_entry(e, n))
		return false;
	*u = (struct user){ .path = text + e->path,
		.hash = e->hash,
		.kind = (enum user_kind)e->kind,
		.sign = e->sign,
		.read_at = e->read_at,
		.domain = e->domain ? text + e->domain : NULL,
		.names = text + e->names,
		.chain = text + e->chain,
		.filed = USER_FILED };
	return true;
}

static bool load_entries(struct users_index *x, struct head *h)
{
	struct entry *e = (struct entry *)(h + 1);
	char *text = (char *)(e + h->n);

	x->loaded = xcalloc(h->n + 1, sizeof(*x->loaded));
	x->room = h->n + 64;
	x->items = xcalloc(x->room, sizeof(struct user *));
	for (; x->n < h->n; x->n++) {
		x->items[x->n] = &x->loaded[x->n];
		if (!load_entry(&x->loaded[x->n], &e[x->n], text, h->n_text))
			return false;
	}
	users_index_reserve(x, x->n);
	x->n_loaded = x->n;
	x->proved_dev = h->proved_dev;
	x->proved_ino = h->proved_ino;
	x->met = h->met;
	x->folders = h->folders;
	return true;
}

/* ---- changes, read ---------------------------------------------------------------------------- */

static void add_list(struct strv *to, texts list)
{
	foreach_text(text, list) strv_add(to, text);
}

static void apply(struct users_index *x, const struct entry *e, const char *text)
{
	struct user *u = users_index_get(x, text + e->path);
	_cleanup_user_text_ struct user_text said = { 0 };

	user_empty(u);
	u->filed = USER_NOT_FILED;
	if (!e->read_at)
		return;
	said.domain = e->domain ? xstrdup(text + e->domain) : NULL;
	add_list(&said.names, text + e->names);
	add_list(&said.chain, text + e->chain);
	user_fill(u, &said);
	u->kind = (enum user_kind)e->kind;
	u->sign = e->sign;
	u->read_at = e->read_at;
	u->filed = USER_FILED;
}

/* Loads one appended change and returns its size; 0: there is none, or it is incomplete. */
static size_t load_change(struct users_index *x, const char *data, size_t n)
{
	struct change c;
	struct entry e;

	if (n < sizeof(c))
		return 0;
	memcpy(&c, data, sizeof(c));
	if (c.magic != CHANGE_MAGIC || c.size > n || c.n_text > n || c.n > n / sizeof(e) ||
		c.size != sizeof(c) + c.n * sizeof(e) + c.n_text)
		return 0;
	const char *entries = data + sizeof(c), *text = entries + c.n * sizeof(e);

	if (!is_ended(text, c.n_text))
		return 0;
	for (size_t i = 0; i < c.n; i++) {
		memcpy(&e, entries + i * sizeof(e), sizeof(e));
		if (!is_entry(&e, c.n_text))
			return 0;
	}
	for (size_t i = 0; i < c.n; i++) {
		memcpy(&e, entries + i * sizeof(e), sizeof(e));
		apply(x, &e, text);
	}
	x->folders = c.folders;
	return c.size;
}

static void load_changes(struct users_index *x, const char *data, size_t n, const struct stat *st)
{
	size_t begin = base_size((const struct head *)data), at = begin, size;

	while ((size = load_change(x, data + at, n - at)) > 0)
		at += size;
	x->at = (struct index_file){ (int64_t)st->st_dev, (int64_t)st->st_ino, at == n ? n : 0,
		at - begin };
}

void users_index_load(struct users_index *x, const char *path, const char *boot)
{
	size_t n = 0;
	struct stat st;
	_cleanup_free_ char *data = read_index_file(path, &st, &n);
	struct head *h = (struct head *)data;

	if (!data || (n >= sizeof(h->magic) && !str_starts(data, MAGIC)))
		return;
	if (is_whole(h, n, boot) && load_entries(x, h)) {
		load_changes(x, data, n, &st);
		x->file = TAKE(data);
		return;
	}
	log_info("%s is not of this boot, or damaged; everything is read again", path);
	x->n_loaded = x->n;
	users_index_clear(x);
}

/* ---- the whole file, written ------------------------------------------------------------------ */

static bool user_is_kept(const struct users_index *x, const struct user *u)
{
	return u->kind != USER_TOLD && u->read_at &&
		(u->seen || (u->kind == USER_IMAGE && !x->images_searched));
}

struct piece {
	const void *data;
	size_t n;
};

static int write_file(const char *path, const struct piece *pieces, size_t n)
{
	_cleanup_free_ char *draft = xasprintf("%s.XXXXXX", path);
	_cleanup_close_ int fd = mkostemp(draft, O_CLOEXEC);
	int r = fd < 0 ? -1 : 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = fd_write(fd, pieces[i].data, pieces[i].n);
	if (r == 0 && rename(draft, path) == 0)
		return 0;
	int saved = errno;

	if (fd >= 0)
		(void)unlink(draft);
	errno = saved;
	return -1;
}

/* The texts of a file that is to be written: first those of the file that was read, then new ones. */
struct saved_texts {
	const char *old;
	size_t n_old;
	struct str added;
};

/* The position of the text; most texts are there already, others are added. */
static uint32_t add_text(struct saved_texts *to, const char *text, bool list)
{
	if (to->old && (uintptr_t)text - (uintptr_t)to->old < to->n_old)
		return (uint32_t)(text - to->old);
	const char *end = text;
	size_t at = to->n_old + to->added.len;

	while (list && *end)
		end += strlen(end) + 1;
	str_add_bytes(&to->added, text, list ? (size_t)(end - text) + 1 : strlen(text) + 1);
	return (uint32_t)at;
}

static struct entry entry_of(const struct user *u, struct saved_texts *text)
{
	return (struct entry){ .hash = u->hash,
		.sign = u->sign,
		.read_at = u->read_at,
		.kind = u->kind,
		.path = add_text(text, u->path, false),
		.domain = u->domain ? add_text(text, u->domain, false) : 0,
		.names = add_text(text, u->names, true),
		.chain = add_text(text, u->chain, true) };
}

/* Texts of the old file that no entry uses any more are written again, until they would be half of the file. */
static void keep_old_texts(const struct users_index *x, struct saved_texts *ret, uint64_t *n_once)
{
	const struct head *h = (const struct head *)x->file;

	if (!h || h->n_text > 2 * h->n_once + OLD_TEXT_MIN) {
		/* the first text belongs to no entry, so that position 0 can mean: no domain */
		str_add_bytes(&ret->added, "", 1);
		return;
	}
	ret->old = (const char *)(h + 1) + h->n * sizeof(struct entry);
	ret->n_old = h->n_text;
	*n_once = h->n_once;
}

static void save_whole(const struct users_index *x, const char *path, const char *boot)
{
	_cleanup_free_ struct entry *entries = xcalloc(x->n + 1, sizeof(*entries));
	struct saved_texts text = { 0 };
	struct head h = { .proved_dev = x->proved_dev,
		.proved_ino = x->proved_ino,
		.met = x->met,
		.folders = x->folders };

	if (strlen(boot) >= sizeof(h.boot))
		return;
	snprintf(h.magic, sizeof(h.magic), "%s", MAGIC);
	snprintf(h.boot, sizeof(h.boot), "%s", boot);
	keep_old_texts(x, &text, &h.n_once);
	for (size_t i = 0; i < x->n && text.n_old + text.added.len < SIZE_LIMIT; i++)
		if (user_is_kept(x, x->items[i]))
			entries[h.n++] = entry_of(x->items[i], &text);
	str_add_bytes(&text.added, "\0", 2);
	h.n_text = text.n_old + text.added.len;
	if (!text.n_old)
		h.n_once = h.n_text;
	const struct piece pieces[] = { { &h, sizeof(h) }, { entries, h.n * sizeof(*entries) },
		{ text.old, text.n_old }, { text.added.data, text.added.len } };

	if (write_file(path, pieces, ARRAY_LEN(pieces)) < 0)
		log_info("%s cannot be written: %s", path, strerror(errno));
	str_clear(&text.added);
}

/* ---- changes, written ------------------------------------------------------------------------- */

/* Adds the entries that differ from what the file has. */
static void add_changes(const struct users_index *x, struct change *c, struct str *entries,
	struct saved_texts *text)
{
	for (size_t i = 0; i < x->n; i++) {
		const struct user *u = x->items[i];
		bool kept = user_is_kept(x, u);
		struct entry e = { .hash = u->hash };

		if (kept ? u->filed == USER_FILED : u->filed == USER_NOT_FILED)
			continue;
		if (kept)
			e = entry_of(u, text);
		else
			e.path = add_text(text, u->path, false);
		str_add_bytes(entries, (const char *)&e, sizeof(e));
		c->n++;
	}
}

/* True if nobody has written or replaced the file since it was read. */
static bool is_as_read(int fd, const char *path, const struct index_file *at)
{
	struct stat st, named;

	return fstat(fd, &st) == 0 && lstat(path, &named) == 0 && st.st_ino == named.st_ino &&
		st.st_dev == named.st_dev && (int64_t)st.st_dev == at->dev &&
		(int64_t)st.st_ino == at->ino && (size_t)st.st_size == at->size;
}

static bool append(const struct users_index *x, const char *path, const struct str *change)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || !is_as_read(fd, path, &x->at))
		return false;
	return write(fd, change->data, change->len) == (ssize_t)change->len;
}

/* Appends a change; false: the file has to be written as a whole. */
static bool save_change(const struct users_index *x, const char *path)
{
	const struct head *h = (const struct head *)x->file;
	struct change c = { .magic = CHANGE_MAGIC, .folders = x->folders };
	_cleanup_str_ struct str entries = { 0 }, all = { 0 };
	struct saved_texts text = { 0 };

	if (!h || x->at.size < APPEND_MIN || h->proved_dev != x->proved_dev ||
		h->proved_ino != x->proved_ino || !sign_is(&h->met, &x->met))
		return false;
	str_add_bytes(&text.added, "", 1); /* the first text belongs to no entry */
	add_changes(x, &c, &entries, &text);
	str_add_bytes(&text.added, "\0", 2);
	c.n_text = text.added.len;
	c.size = sizeof(c) + entries.len + text.added.len;
	str_add_bytes(&all, (const char *)&c, sizeof(c));
	str_add_bytes(&all, str_text(&entries), entries.len);
	str_add_bytes(&all, text.added.data, text.added.len);
	str_clear(&text.added);
	return x->at.changes + all.len < x->at.size / 4 && append(x, path, &all);
}

void users_index_save(const struct users_index *x, const char *path, const char *boot)
{
	if (!shortcut_on(SHORTCUT_INDEX_APPEND) || !save_change(x, path))
		save_whole(x, path, boot);
}
