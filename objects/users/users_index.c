/* SPDX-License-Identifier: MIT */
#include "objects/users/users_index.h"

#include "objects/base/file.h"
#include "objects/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAGIC "vxe users of files 4\n"
#define SIZE_LIMIT (256 << 20)
#define OLD_TEXT_MIN (64 << 10)

/* ---- in memory ------------------------------------------------------------------------------- */

static const char no_texts[1];

void user_empty(struct user *u)
{
	free(TAKE(u->own));
	u->domain = NULL;
	u->names = u->chain = no_texts;
	u->read_at = 0;
	u->volumes = false;
	u->turned = false;
	u->below = NULL;
}

void user_text_clear(struct user_text *text)
{
	free(TAKE(text->domain));
	strv_clear(&text->names);
	strv_clear(&text->chain);
}

/* Where the list begins in @to. */
static size_t add_texts(struct str *to, const struct strv *v)
{
	size_t at = to->len;

	for (size_t i = 0; i < v->n; i++)
		if (v->items[i][0])
			str_add_bytes(to, v->items[i], strlen(v->items[i]) + 1);
	str_add_bytes(to, "", 1);
	return at;
}

void user_fill(struct user *u, const struct user_text *text)
{
	struct str own = { 0 };
	size_t names = add_texts(&own, &text->names), chain = add_texts(&own, &text->chain);
	size_t domain = own.len;

	if (text->domain)
		str_add_bytes(&own, text->domain, strlen(text->domain) + 1);
	user_empty(u);
	u->own = str_steal(&own);
	u->names = u->own + names;
	u->chain = u->own + chain;
	u->domain = text->domain ? u->own + domain : NULL;
}

void users_index_clear(struct users_index *x)
{
	for (size_t i = 0; i < x->n; i++) {
		struct user *u = x->items[i];

		free(u->own);
		if (i >= x->n_loaded) {
			free(u->path);
			free(u);
		}
	}
	free(x->items);
	free(x->slots);
	free(x->loaded);
	free(x->file);
	*x = (struct users_index){ 0 };
}

/* FNV-1a */
uint64_t users_index_hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3;
	return h ^ (h >> 32);
}

/* The slot of the path, or the free one where it belongs. */
static uint32_t *slot_of(const struct users_index *x, const char *path, uint64_t hash)
{
	size_t i = hash & (x->n_slots - 1);

	for (; x->slots[i]; i = (i + 1) & (x->n_slots - 1)) {
		const struct user *u = x->items[x->slots[i] - 1];

		if (u->hash == hash && str_eq(u->path, path))
			break;
	}
	return &x->slots[i];
}

struct user *users_index_find(const struct users_index *x, const char *path)
{
	uint32_t at = x->n_slots ? *slot_of(x, path, users_index_hash(path)) : 0;

	return at ? x->items[at - 1] : NULL;
}

static void make_slots(struct users_index *x, size_t n)
{
	free(x->slots);
	x->n_slots = n;
	x->slots = xcalloc(n, sizeof(*x->slots));
	for (size_t i = 0; i < x->n; i++)
		*slot_of(x, x->items[i]->path, x->items[i]->hash) = (uint32_t)i + 1;
}

struct user *users_index_get(struct users_index *x, const char *path)
{
	uint64_t hash = users_index_hash(path);
	uint32_t at = x->n_slots ? *slot_of(x, path, hash) : 0;

	if (at)
		return x->items[at - 1];
	if (2 * (x->n + 1) > x->n_slots)
		make_slots(x, x->n_slots ? 2 * x->n_slots : 64);
	if (x->n == x->room) {
		x->room = x->room ? 2 * x->room : 64;
		x->items = xrealloc(x->items, x->room, sizeof(struct user *));
	}
	struct user *u = xcalloc(1, sizeof(*u));

	user_empty(u);
	u->path = xstrdup(path);
	u->hash = hash;
	*slot_of(x, path, hash) = (uint32_t)x->n + 1;
	x->items[x->n++] = u;
	return u;
}

/* ---- what tells of a change ------------------------------------------------------------------ */

static int64_t ns_of(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct sign sign_of(const struct stat *st)
{
	return (struct sign){ (int64_t)st->st_dev, (int64_t)st->st_ino, st->st_size,
		ns_of(st->st_mtim), ns_of(st->st_ctim) };
}

bool sign_is(const struct sign *a, const struct sign *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->written == b->written && a->changed == b->changed;
}

int64_t clock_file(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return ns_of(now);
}

int64_t clock_grain(void)
{
	struct timespec tick;

	return clock_getres(CLOCK_REALTIME_COARSE, &tick) == 0 ? 2 * ns_of(tick) : 20000000;
}

/* ---- the file -------------------------------------------------------------------------------- */

/* The file: this, the entries, the texts. */
struct head {
	char magic[24], boot[64];
	uint64_t n, n_text; /* entries; bytes of text */
	uint64_t n_once;    /* bytes of text when all of it was written for the last time */
	int64_t proved_dev, proved_ino;
	struct sign met;
	struct folders folders;
};

struct entry {
	uint64_t hash;
	struct sign sign;
	int64_t read_at;
	uint32_t kind;
	uint32_t path, domain, names, chain; /* where they begin in the text; domain 0: none */
};

/* -1: there is none, or it is not ours. */
static int open_file(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && (fstat(fd, st) < 0 || !S_ISREG(st->st_mode) || st->st_uid != geteuid() ||
			       (st->st_mode & 077) || st->st_size > SIZE_LIMIT))
		closep(&fd);
	return fd;
}

/* The whole file. */
static char *read_file(const char *path, size_t *ret)
{
	struct stat st;
	_cleanup_close_ int fd = open_file(path, &st);

	if (fd < 0)
		return NULL;
	_cleanup_free_ char *data = xmalloc((size_t)st.st_size + 1);
	size_t n = 0;

	while (n < (size_t)st.st_size) {
		ssize_t got = read(fd, data + n, (size_t)st.st_size - n);

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

/* The head says what follows; the text ends every list. */
static bool is_whole(const struct head *h, size_t n, const char *boot)
{
	const char *end = (const char *)h + n;

	return n >= sizeof(*h) && is_of(h, boot) && h->n <= UINT32_MAX / 4 && h->n_text >= 2 &&
	       h->n_text <= n && n == sizeof(*h) + h->n * sizeof(struct entry) + h->n_text &&
	       !end[-1] && !end[-2];
}

static bool load_entry(struct user *u, const struct entry *e, char *text, size_t n)
{
	if (e->path >= n || e->domain >= n || e->names >= n || e->chain >= n)
		return false;
	*u = (struct user){ .path = text + e->path,
		.hash = e->hash,
		.kind = (enum user_kind)e->kind,
		.sign = e->sign,
		.read_at = e->read_at,
		.domain = e->domain ? text + e->domain : NULL,
		.names = text + e->names,
		.chain = text + e->chain };
	return true;
}

static bool load_entries(struct users_index *x, struct head *h)
{
	struct entry *e = (struct entry *)(h + 1);
	char *text = (char *)(e + h->n);
	size_t n_slots = 64;

	x->loaded = xcalloc(h->n + 1, sizeof(*x->loaded));
	x->room = h->n + 64;
	x->items = xcalloc(x->room, sizeof(struct user *));
	for (; x->n < h->n; x->n++) {
		x->items[x->n] = &x->loaded[x->n];
		if (!load_entry(&x->loaded[x->n], &e[x->n], text, h->n_text))
			return false;
	}
	while (n_slots < 2 * (x->n + 64))
		n_slots *= 2;
	make_slots(x, n_slots);
	x->n_loaded = x->n;
	x->proved_dev = h->proved_dev;
	x->proved_ino = h->proved_ino;
	x->met = h->met;
	x->folders = h->folders;
	return true;
}

void users_index_load(struct users_index *x, const char *path, const char *boot)
{
	size_t n = 0;
	_cleanup_free_ char *data = read_file(path, &n);
	struct head *h = (struct head *)data;

	if (!data || (n >= sizeof(h->magic) && !str_starts(data, MAGIC)))
		return;
	if (is_whole(h, n, boot) && load_entries(x, h)) {
		x->file = TAKE(data);
		return;
	}
	log_info("%s is not of this boot, or damaged; everything is read again", path);
	x->n_loaded = x->n;
	users_index_clear(x);
}

static bool is_kept(const struct users_index *x, const struct user *u)
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

/* Texts of the file: those of the file that was read, then what is new. */
struct saved_texts {
	const char *old;
	size_t n_old;
	struct str added;
};

/* Where the text begins: most are there already. */
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

/* Old texts that no entry has any more are written along, until they would be as much as the rest. */
static void keep_old_texts(const struct users_index *x, struct saved_texts *ret, uint64_t *n_once)
{
	const struct head *h = (const struct head *)x->file;

	if (!h || h->n_text > 2 * h->n_once + OLD_TEXT_MIN) {
		str_add_bytes(&ret->added, "", 1); /* no entry has the first text: no domain */
		return;
	}
	ret->old = (const char *)(h + 1) + h->n * sizeof(struct entry);
	ret->n_old = h->n_text;
	*n_once = h->n_once;
}

void users_index_save(const struct users_index *x, const char *path, const char *boot)
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
		if (is_kept(x, x->items[i]))
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
