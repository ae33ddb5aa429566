/* SPDX-License-Identifier: MIT */
/*
 * The file in which the index of file_index.h is saved: a head, and a block of all entries with their texts. A
 * command may append what it has changed: a block of entries that replace those with the same paths. So a change
 * among 10,000 domains writes a page in place of 4 MB. A block is appended, under a lock, only while the file is
 * still the one that was read, unchanged; else, and when the changes have become many, the whole file is written anew
 * and renamed. A block of which a part is missing is ignored.
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

#define MAGIC "vxe users of files 10\n"
#define SIZE_LIMIT (256 << 20)
#define APPEND_MIN (128 << 10) /* a smaller file is written anew */

struct head {
	char magic[24], boot[64];
	int64_t proved_dev, proved_ino;
	struct sign met;
};

/* The head of a block of the index's file; the block's entries follow it, and then their texts. */
struct block {
	/* bytes of the whole block, head included; number of entries; bytes of texts */
	uint64_t size, n, n_text;
	struct folders folders;
};

struct entry {
	struct sign sign;
	int64_t read_at; /* 0: the entry has been removed */
	uint32_t kind;
	/* positions in the block's texts; domain 0: no domain */
	uint32_t path, domain, names, chain;
};

/*
 * Opens the file in which the index is saved; -1: there is none, or it cannot be trusted: it is another user's,
 * others may read it, or it is too large.
 */
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

bool users_index_proves(const char *path, const char *boot, const struct stat *dir)
{
	struct stat st;
	_cleanup_close_ int fd = open_file(path, &st);
	struct head h;

	if (fd < 0 || pread(fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h) || !is_of(&h, boot))
		return false;
	return h.proved_ino && h.proved_dev == (int64_t)dir->st_dev &&
		h.proved_ino == (int64_t)dir->st_ino;
}

static struct entry entry_at(const char *entries, size_t i)
{
	struct entry e;

	memcpy(&e, entries + i * sizeof(e), sizeof(e));
	return e;
}

/* Reads the head of the block that begins at @data; false: there is none, or it is incomplete or damaged. */
static bool read_block(const char *data, size_t n, struct block *ret)
{
	if (n < sizeof(*ret))
		return false;
	memcpy(ret, data, sizeof(*ret));
	if (ret->size > n || ret->n_text > n || ret->n_text < 2 ||
		ret->n > n / sizeof(struct entry) ||
		ret->size != sizeof(*ret) + ret->n * sizeof(struct entry) + ret->n_text)
		return false;
	/* A block's texts must end with two NULs, so that each list of texts in them has an end. */
	if (data[ret->size - 1] || data[ret->size - 2])
		return false;
	for (size_t i = 0; i < ret->n; i++) {
		struct entry e = entry_at(data + sizeof(*ret), i);

		if (e.path >= ret->n_text || e.domain >= ret->n_text || e.names >= ret->n_text ||
			e.chain >= ret->n_text)
			return false;
	}
	return true;
}

/*
 * Adds the entries of a block to the index, or replaces those with the same paths; the entries point to the texts in
 * @data.
 */
static void load_block(struct users_index *x, const struct block *b, const char *data)
{
	const char *text = data + b->size - b->n_text;

	for (size_t i = 0; i < b->n; i++) {
		struct entry e = entry_at(data + sizeof(*b), i);
		struct user *u = users_index_get(x, text + e.path);

		user_empty(u);
		u->filed = USER_NOT_FILED;
		if (!e.read_at)
			continue;
		u->kind = (enum user_kind)e.kind;
		u->sign = e.sign;
		u->read_at = e.read_at;
		u->domain = e.domain ? text + e.domain : NULL;
		u->names = text + e.names;
		u->chain = text + e.chain;
		u->filed = USER_FILED;
	}
	x->folders = b->folders;
}

void users_index_load(struct users_index *x, const char *path, const char *boot)
{
	size_t n = 0, at = sizeof(struct head);
	struct stat st;
	_cleanup_free_ char *data = read_index_file(path, &st, &n);
	const struct head *h = (const struct head *)data;
	struct block b;

	if (!data || (n >= sizeof(h->magic) && !str_starts(data, MAGIC)))
		return;
	if (n < at || !is_of(h, boot) || !read_block(data + at, n - at, &b)) {
		log_info("%s is not of this boot, or damaged; everything is read again", path);
		return;
	}
	users_index_reserve(x, b.n);
	x->proved_dev = h->proved_dev;
	x->proved_ino = h->proved_ino;
	x->met = h->met;
	size_t whole = at + b.size;

	do {
		load_block(x, &b, data + at);
		at += b.size;
	} while (read_block(data + at, n - at, &b));
	x->at = (struct index_file){ (int64_t)st.st_dev, (int64_t)st.st_ino, at == n ? n : 0,
		at - whole };
	x->file = TAKE(data);
}

/* ---- written ---------------------------------------------------------------------------------- */

/* Appends the text, or with @list the list of texts, to @to; returns the position in @to at which it begins. */
static uint32_t add_text(struct str *to, const char *text, bool list)
{
	const char *end = text;
	size_t at = to->len;

	while (list && *end)
		end += strlen(end) + 1;
	str_add_bytes(to, text, list ? (size_t)(end - text) + 1 : strlen(text) + 1);
	return (uint32_t)at;
}

/*
 * Appends to @to a block of all entries of the index; @changes: only of those that differ from what the saved index
 * has.
 */
static void add_block(const struct users_index *x, bool changes, struct str *to)
{
	struct block b = { .folders = x->folders };
	_cleanup_str_ struct str entries = { 0 }, text = { 0 };

	/* the first byte belongs to no entry, so that position 0 can mean: no domain */
	str_add_bytes(&text, "", 1);
	for (size_t i = 0; i < x->n && text.len < SIZE_LIMIT; i++) {
		const struct user *u = x->items[i];
		bool kept = u->kind != USER_TOLD && u->read_at &&
			(u->seen || (u->kind == USER_IMAGE && !x->images_searched));
		struct entry e = { 0 };

		if (changes ? u->filed == (kept ? USER_FILED : USER_NOT_FILED) : !kept)
			continue;
		if (kept)
			e = (struct entry){ .sign = u->sign,
				.read_at = u->read_at,
				.kind = u->kind,
				.path = add_text(&text, u->path, false),
				.domain = u->domain ? add_text(&text, u->domain, false) : 0,
				.names = add_text(&text, u->names, true),
				.chain = add_text(&text, u->chain, true) };
		else
			e.path = add_text(&text, u->path, false);
		str_add_bytes(&entries, (const char *)&e, sizeof(e));
		b.n++;
	}
	str_add_bytes(&text, "\0", 2);
	b.n_text = text.len;
	b.size = sizeof(b) + entries.len + text.len;
	str_add_bytes(to, (const char *)&b, sizeof(b));
	str_add_bytes(to, str_text(&entries), entries.len);
	str_add_bytes(to, text.data, text.len);
}

static int write_file(const char *path, const struct str *text)
{
	_cleanup_free_ char *draft = xasprintf("%s.XXXXXX", path);
	_cleanup_close_ int fd = mkostemp(draft, O_CLOEXEC);

	if (fd >= 0 && fd_write(fd, text->data, text->len) == 0 && rename(draft, path) == 0)
		return 0;
	int saved = errno;

	if (fd >= 0)
		(void)unlink(draft);
	errno = saved;
	return -1;
}

static void save_whole(const struct users_index *x, const char *path, const char *boot)
{
	_cleanup_str_ struct str all = { 0 };
	struct head h = { .magic = MAGIC,
		.proved_dev = x->proved_dev,
		.proved_ino = x->proved_ino,
		.met = x->met };

	if (strlen(boot) >= sizeof(h.boot))
		return;
	snprintf(h.boot, sizeof(h.boot), "%s", boot);
	str_add_bytes(&all, (const char *)&h, sizeof(h));
	add_block(x, false, &all);
	if (write_file(path, &all) < 0)
		log_info("%s cannot be written: %s", path, strerror(errno));
}

/* True if nobody has written to the index's file, or replaced it, since it was read. */
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

/*
 * Appends a block of the changed entries to the file in which the index is saved. False: the file has to be written
 * as a whole, because it is small, is not the one that was read, has many changes already, or its head has to change.
 */
static bool save_changes(const struct users_index *x, const char *path)
{
	const struct head *h = (const struct head *)x->file;
	_cleanup_str_ struct str block = { 0 };

	if (!h || x->at.size < APPEND_MIN || h->proved_dev != x->proved_dev ||
		h->proved_ino != x->proved_ino || !sign_is(&h->met, &x->met))
		return false;
	add_block(x, true, &block);
	return x->at.changes + block.len < x->at.size / 4 && append(x, path, &block);
}

void users_index_save(const struct users_index *x, const char *path, const char *boot)
{
	if (!shortcut_on(SHORTCUT_INDEX_APPEND) || !save_changes(x, path))
		save_whole(x, path, boot);
}
