/* SPDX-License-Identifier: MIT */
#include "tests/kind/keeper_images.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BLOCK UINT64_C(65536)
#define NS UINT64_C(1000000000)
/* What all images take together, and how long one can become. */
#define CAPACITY (UINT64_C(1) << 30)
#define LENGTH_MOST (UINT64_C(64) << 30)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept_image *images;
static uint64_t last_id, last_change, allocated;

void keep_lock(void)
{
	pthread_mutex_lock(&lock);
}

void keep_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

/* ---- names ----------------------------------------------------------------------------------- */

struct kept_image *keep_find(const char *name)
{
	for (struct kept_image *i = images; i; i = i->next)
		if (name[0] && strcmp(i->name, name) == 0)
			return i;
	return NULL;
}

/* Each change has a time of its own. */
static void note_change(struct kept_image *i)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	uint64_t ns = (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec;

	last_change = ns > last_change ? ns : last_change + 1;
	i->facts.changed = last_change;
}

static int check_name(const char *name)
{
	if (!name[0] || name[0] == KEEPER_HOLDER || strpbrk(name, "/\n"))
		return EINVAL;
	return keep_find(name) ? EEXIST : 0;
}

int keep_add(const char *name, uint32_t mode, uint64_t room, struct kept_image **ret)
{
	int error = check_name(name);
	struct kept_image *i = error ? NULL : calloc(1, sizeof(*i));

	if (!i)
		return error ? error : ENOMEM;
	snprintf(i->name, sizeof(i->name), "%s", name);
	i->facts.id = ++last_id;
	i->facts.mode = mode;
	i->facts.room = room;
	note_change(i);
	i->next = images;
	images = i;
	*ret = i;
	return 0;
}

static void give_up(struct kept_image *i, size_t block)
{
	if (block >= i->n_blocks || !i->blocks[block])
		return;
	free(i->blocks[block]);
	i->blocks[block] = NULL;
	i->facts.allocated -= BLOCK;
	allocated -= BLOCK;
}

static void free_unused(struct kept_image *i)
{
	struct kept_image **at = &images;

	if (i->name[0] || i->opens)
		return;
	while (*at != i)
		at = &(*at)->next;
	*at = i->next;
	for (size_t b = 0; b < i->n_blocks; b++)
		give_up(i, b);
	free(i->blocks);
	free(i);
}

int keep_remove(struct kept_image *i)
{
	i->name[0] = '\0';
	free_unused(i);
	return 0;
}

int keep_rename(struct kept_image *i, const char *to)
{
	int error = check_name(to);

	if (!error)
		snprintf(i->name, sizeof(i->name), "%s", to);
	return error;
}

void keep_open(struct kept_image *i)
{
	i->opens++;
}

void keep_close(struct kept_image *i)
{
	if (!i)
		return;
	i->opens--;
	free_unused(i);
}

void peer_add(struct peer **list, struct peer *p)
{
	p->next = *list;
	*list = p;
}

void peer_drop(struct peer **list, const struct peer *p)
{
	while (*list && *list != p)
		list = &(*list)->next;
	if (*list)
		*list = p->next;
}

static bool any_gone(const struct peer *list, int self)
{
	for (const struct peer *p = list; p; p = p->next) {
		struct pollfd fd = { .fd = p->fd };

		if (p->fd != self && poll(&fd, 1, 0) > 0 && fd.revents & POLLHUP)
			return true;
	}
	return false;
}

void keep_settle(const struct kept_image *i, int self)
{
	for (int n = 0; n < 1000 && (any_gone(i->users, self) || any_gone(i->holders, self)); n++) {
		keep_unlock();
		(void)usleep(100);
		keep_lock();
	}
}

char *keep_list(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (const struct kept_image *i = images; i; i = i->next)
		if (i->name[0])
			fprintf(out, "%s\n", i->name);
	fclose(out);
	return text;
}

uint64_t keep_free(void)
{
	return allocated < CAPACITY ? CAPACITY - allocated : 0;
}

/* ---- content --------------------------------------------------------------------------------- */

uint64_t keep_length(const struct kept_image *i)
{
	return i->raw && i->name[0] != '.' ? i->facts.size : LENGTH_MOST;
}

/* The part of a block in a range, and how much of the range is there. */
static uint64_t part(uint64_t at, uint64_t n, uint64_t *within)
{
	*within = at % BLOCK;
	return n < BLOCK - *within ? n : BLOCK - *within;
}

int keep_read(const struct kept_image *i, void *to, uint64_t n, uint64_t at)
{
	unsigned char *out = to;

	while (n > 0) {
		uint64_t within, now = part(at, n, &within);
		const unsigned char *block =
			at / BLOCK < i->n_blocks ? i->blocks[at / BLOCK] : NULL;

		if (block)
			memcpy(out, block + within, now);
		else
			memset(out, 0, now);
		out += now;
		at += now;
		n -= now;
	}
	return 0;
}

static int more_blocks(struct kept_image *i, size_t n)
{
	if (n <= i->n_blocks)
		return 0;
	unsigned char **blocks = reallocarray(i->blocks, n, sizeof(*blocks));

	if (!blocks)
		return ENOMEM;
	memset(blocks + i->n_blocks, 0, (n - i->n_blocks) * sizeof(*blocks));
	i->blocks = blocks;
	i->n_blocks = n;
	return 0;
}

static int write_block(
	struct kept_image *i, size_t block, const unsigned char *from, uint64_t within, uint64_t n)
{
	if (!from && (block >= i->n_blocks || !i->blocks[block]))
		return 0;
	if (!from && n == BLOCK) {
		give_up(i, block);
		return 0;
	}
	if (more_blocks(i, block + 1))
		return ENOMEM;
	if (!i->blocks[block]) {
		if (keep_free() < BLOCK)
			return ENOSPC;
		i->blocks[block] = calloc(1, BLOCK);
		if (!i->blocks[block])
			return ENOMEM;
		i->facts.allocated += BLOCK;
		allocated += BLOCK;
	}
	if (from)
		memcpy(i->blocks[block] + within, from, n);
	else
		memset(i->blocks[block] + within, 0, n);
	return 0;
}

int keep_write(struct kept_image *i, const void *from, uint64_t n, uint64_t at)
{
	const unsigned char *in = from;
	uint64_t end = at + n;

	if (end < at || end > keep_length(i))
		return EINVAL;
	if (end > i->facts.room)
		return ENOSPC;
	if (n > 0)
		note_change(i);
	while (at < end) {
		uint64_t within, now = part(at, end - at, &within);
		int error = write_block(i, at / BLOCK, in, within, now);

		if (error)
			return error;
		in = in ? in + now : NULL;
		at += now;
	}
	if (end > i->facts.size)
		i->facts.size = end;
	return 0;
}

int keep_size(struct kept_image *i, uint64_t size)
{
	uint64_t old = i->facts.size;

	if (size > LENGTH_MOST)
		return EFBIG;
	if (i->facts.room < size)
		i->facts.room = size;
	if (size < old) {
		int error = keep_write(i, NULL, old - size, size);

		if (error)
			return error;
	}
	i->facts.size = size;
	note_change(i);
	return 0;
}
