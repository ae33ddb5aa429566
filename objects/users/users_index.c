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

#define MAGIC "vxe users of files 1\n"
#define SIZE_LIMIT (256 << 20)

/* ---- in memory ------------------------------------------------------------------------------- */

static void user_free(struct user *u)
{
	user_empty(u);
	free(u->path);
	free(u);
}

void user_empty(struct user *u)
{
	strv_clear(&u->names);
	strv_clear(&u->chain);
	free(TAKE(u->domain));
	u->read_at = 0;
	u->volumes = false;
}

void users_index_clear(struct users_index *x)
{
	for (size_t i = 0; i < x->n; i++)
		user_free(x->items[i]);
	free(x->items);
	free(x->slots);
	*x = (struct users_index){ 0 };
}

/* FNV-1a */
static size_t hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3;
	return (size_t)(h ^ (h >> 32));
}

/* The slot of the path, or the free one where it belongs. */
static size_t *slot_of(const struct users_index *x, const char *path)
{
	size_t i = hash(path) & (x->n_slots - 1);

	while (x->slots[i] && !str_eq(x->items[x->slots[i] - 1]->path, path))
		i = (i + 1) & (x->n_slots - 1);
	return &x->slots[i];
}

struct user *users_index_find(const struct users_index *x, const char *path)
{
	size_t at = x->n_slots ? *slot_of(x, path) : 0;

	return at ? x->items[at - 1] : NULL;
}

static void grow(struct users_index *x)
{
	free(x->slots);
	x->n_slots = x->n_slots ? 2 * x->n_slots : 64;
	x->slots = xcalloc(x->n_slots, sizeof(*x->slots));
	for (size_t i = 0; i < x->n; i++)
		*slot_of(x, x->items[i]->path) = i + 1;
}

struct user *users_index_get(struct users_index *x, const char *path)
{
	struct user *u = users_index_find(x, path);

	if (u)
		return u;
	if (2 * (x->n + 1) > x->n_slots)
		grow(x);
	if (x->n == x->room) {
		x->room = x->room ? 2 * x->room : 64;
		x->items = xrealloc(x->items, x->room, sizeof(*x->items));
	}
	u = xcalloc(1, sizeof(*u));
	u->path = xstrdup(path);
	*slot_of(x, path) = x->n + 1;
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

/* ---- the file -------------------------------------------------------------------------------- */

static void put_int(struct str *to, int64_t n)
{
	str_add_bytes(to, (const char *)&n, sizeof(n));
}

/* NULL is stored as the length -1. */
static void put_text(struct str *to, const char *text)
{
	put_int(to, text ? (int64_t)strlen(text) : -1);
	if (text)
		str_add_bytes(to, text, strlen(text));
}

static void put_list(struct str *to, const struct strv *v)
{
	put_int(to, (int64_t)v->n);
	for (size_t i = 0; i < v->n; i++)
		put_text(to, v->items[i]);
}

static void put_user(struct str *to, const struct user *u)
{
	put_text(to, u->path);
	put_int(to, u->kind);
	str_add_bytes(to, (const char *)&u->sign, sizeof(u->sign));
	put_int(to, u->read_at);
	put_text(to, u->domain);
	put_list(to, &u->names);
	put_list(to, &u->chain);
}

struct reader {
	const char *at, *end;
	bool bad;
};

static void get_bytes(struct reader *r, void *to, size_t n)
{
	memset(to, 0, n);
	if (r->bad || (size_t)(r->end - r->at) < n) {
		r->bad = true;
		return;
	}
	memcpy(to, r->at, n);
	r->at += n;
}

static int64_t get_int(struct reader *r)
{
	int64_t n;

	get_bytes(r, &n, sizeof(n));
	return n;
}

/* NULL also when the file is bad. */
static char *get_text(struct reader *r)
{
	int64_t n = get_int(r);

	if (r->bad || n == -1)
		return NULL;
	if (n < 0 || n > r->end - r->at) {
		r->bad = true;
		return NULL;
	}
	char *text = xstrndup(r->at, (size_t)n);

	r->at += n;
	return text;
}

static void get_list(struct reader *r, struct strv *ret)
{
	for (int64_t n = get_int(r); !r->bad && n > 0; n--) {
		char *text = get_text(r);

		r->bad |= !text;
		if (text)
			strv_take(ret, text);
	}
}

static void get_user(struct reader *r, struct users_index *x)
{
	_cleanup_free_ char *path = get_text(r);

	r->bad |= !path;
	if (r->bad)
		return;
	struct user *u = users_index_get(x, path);

	user_empty(u);
	u->kind = (enum user_kind)get_int(r);
	get_bytes(r, &u->sign, sizeof(u->sign));
	u->read_at = get_int(r);
	u->domain = get_text(r);
	get_list(r, &u->names);
	get_list(r, &u->chain);
}

/* The whole file; NULL when there is none, or it is not ours. */
static char *read_file(const char *path, size_t *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
		(st.st_mode & 077) || st.st_size > SIZE_LIMIT)
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

void users_index_load(struct users_index *x, const char *path, const char *boot)
{
	size_t n = 0;
	_cleanup_free_ char *data = read_file(path, &n);

	if (!data)
		return;
	struct reader r = { data, data + n, false };
	_cleanup_free_ char *magic = get_text(&r), *of = get_text(&r);

	if (!str_eq(magic, MAGIC) || !str_eq(of, boot))
		return;
	x->proved_dev = get_int(&r);
	x->proved_ino = get_int(&r);
	for (int64_t left = get_int(&r); left > 0 && !r.bad; left--)
		get_user(&r, x);
	if (!r.bad && r.at == r.end)
		return;
	log_info("%s is damaged; everything is read again", path);
	users_index_clear(x);
}

static bool is_kept(const struct users_index *x, const struct user *u)
{
	return u->kind != USER_TOLD && u->read_at &&
	       (u->seen || (u->kind == USER_IMAGE && !x->images_searched));
}

static int write_file(const char *path, const struct str *data)
{
	_cleanup_free_ char *draft = xasprintf("%s.XXXXXX", path);
	_cleanup_close_ int fd = mkostemp(draft, O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fd_write(fd, data->data, data->len) == 0 && rename(draft, path) == 0)
		return 0;
	int saved = errno;

	(void)unlink(draft);
	errno = saved;
	return -1;
}

void users_index_save(const struct users_index *x, const char *path, const char *boot)
{
	_cleanup_str_ struct str to = { 0 };
	int64_t n = 0;

	put_text(&to, MAGIC);
	put_text(&to, boot);
	put_int(&to, x->proved_dev);
	put_int(&to, x->proved_ino);
	for (size_t i = 0; i < x->n; i++)
		n += is_kept(x, x->items[i]);
	put_int(&to, n);
	for (size_t i = 0; i < x->n; i++)
		if (is_kept(x, x->items[i]))
			put_user(&to, x->items[i]);
	if (write_file(path, &to) < 0)
		log_info("%s cannot be written: %s", path, strerror(errno));
}
