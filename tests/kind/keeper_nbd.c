/* SPDX-License-Identifier: MIT */
/*
 * The protocol by which QEMU reads and writes images: NBD, fixed newstyle, simple replies. See doc/proto.md of the NBD
 * project.
 */
#include "tests/kind/keeper_images.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAGIC UINT64_C(0x4e42444d41474943)
#define OPTION_MAGIC UINT64_C(0x49484156454f5054)
#define REPLY_MAGIC UINT64_C(0x3e889045565a9)
#define REQUEST_MAGIC UINT32_C(0x25609513)
#define SIMPLE_MAGIC UINT32_C(0x67446698)

#define FIXED_NEWSTYLE 1
#define NO_ZEROES 2

enum { OPT_EXPORT_NAME = 1, OPT_ABORT = 2, OPT_LIST = 3, OPT_INFO = 6, OPT_GO = 7 };
enum { REP_ACK = 1, REP_SERVER = 2, REP_INFO = 3 };
#define REP_ERR_UNSUP UINT32_C(0x80000001)
#define REP_ERR_INVALID UINT32_C(0x80000003)
#define REP_ERR_UNKNOWN UINT32_C(0x80000006)
#define INFO_EXPORT 0

/* has flags, flush, FUA, trim, zeroes; several connections see the same */
#define FLAGS (1 | 4 | 8 | 32 | 64 | 256)
enum { CMD_READ, CMD_WRITE, CMD_DISC, CMD_FLUSH, CMD_TRIM, CMD_CACHE, CMD_ZEROES };

#define OPTION_MOST 4096
#define DATA_MOST (UINT32_C(32) << 20)

struct option_head {
	uint64_t magic;
	uint32_t option, length;
} __attribute__((packed));
struct option_reply {
	uint64_t magic;
	uint32_t option, type, length;
} __attribute__((packed));
struct export_info {
	uint16_t type;
	uint64_t size;
	uint16_t flags;
} __attribute__((packed));
struct request {
	uint32_t magic;
	uint16_t flags, type;
	uint64_t handle, at;
	uint32_t n;
} __attribute__((packed));
struct reply {
	uint32_t magic, error;
	uint64_t handle;
} __attribute__((packed));

struct connection {
	struct peer me;
	bool zeroes; /* the client wants them after the answer to OPT_EXPORT_NAME */
	struct kept_image *image;
	bool holder;
	bool may_write; /* it had write bits, once */
};

/* ---- the beginning --------------------------------------------------------------------------- */

static int answer(struct connection *c, uint32_t option, uint32_t type, const void *data, size_t n)
{
	struct option_reply r = {
		htobe64(REPLY_MAGIC),
		htobe32(option),
		htobe32(type),
		htobe32((uint32_t)n),
	};
	int rc = keeper_put(c->me.fd, &r, sizeof(r));

	return rc > 0 && n > 0 ? keeper_put(c->me.fd, data, n) : rc;
}

static void look_at_bits(struct connection *c)
{
	if ((c->image->facts.mode & KEEPER_WRITE_BITS) && (!c->image->holders || c->holder))
		c->may_write = true;
}

/* The image becomes the connection's. */
static bool bind_to(struct connection *c, const char *name)
{
	bool holder = name[0] == KEEPER_HOLDER;

	keep_lock();
	struct kept_image *i = keep_find(name + holder);

	if (i) {
		keep_open(i);
		peer_add(&i->users, &c->me);
		c->image = i;
		c->holder = holder;
		look_at_bits(c);
	}
	keep_unlock();
	return i;
}

static uint64_t length_of(struct connection *c)
{
	keep_lock();
	uint64_t n = keep_length(c->image);

	keep_unlock();
	return n;
}

static void unbind(struct connection *c)
{
	if (!c->image)
		return;
	keep_lock();
	peer_drop(&c->image->users, &c->me);
	keep_close(c->image);
	keep_unlock();
	c->image = NULL;
}

static int list_exports(struct connection *c)
{
	keep_lock();
	char *names = keep_list();

	keep_unlock();

	char *rest = names, *name;
	int rc = 1;

	while (rc > 0 && (name = strsep(&rest, "\n")) && name[0]) {
		unsigned char data[4 + KEEPER_NAME];
		uint32_t n = (uint32_t)strlen(name), length = htobe32(n);

		memcpy(data, &length, 4);
		memcpy(data + 4, name, n);
		rc = answer(c, OPT_LIST, REP_SERVER, data, 4 + n);
	}
	free(names);
	return rc > 0 ? answer(c, OPT_LIST, REP_ACK, NULL, 0) : rc;
}

/* INFO or GO: a name with its length, and what the client wants to know, which is left out. 2: go. */
static int tell(struct connection *c, uint32_t option, const char *data, uint32_t n)
{
	char name[KEEPER_NAME + 1] = "";
	uint32_t length;

	if (n < 4)
		return answer(c, option, REP_ERR_INVALID, NULL, 0);
	memcpy(&length, data, 4);
	length = be32toh(length);
	if (length > n - 4 || length >= sizeof(name))
		return answer(c, option, REP_ERR_INVALID, NULL, 0);
	memcpy(name, data + 4, length);
	if (!bind_to(c, name))
		return answer(c, option, REP_ERR_UNKNOWN, NULL, 0);

	struct export_info info = { htobe16(INFO_EXPORT), htobe64(length_of(c)), htobe16(FLAGS) };
	int rc = answer(c, option, REP_INFO, &info, sizeof(info));

	if (option == OPT_INFO)
		unbind(c);
	if (rc > 0)
		rc = answer(c, option, REP_ACK, NULL, 0);
	return rc > 0 && option == OPT_GO ? 2 : rc;
}

/* The old way to begin, without an answer that could be a refusal. */
static int begin_by_name(struct connection *c, const char *name)
{
	unsigned char data[10 + 124] = { 0 };

	if (!bind_to(c, name))
		return -1;
	uint64_t size = htobe64(length_of(c));
	uint16_t flags = htobe16(FLAGS);

	memcpy(data, &size, 8);
	memcpy(data + 8, &flags, 2);
	return keeper_put(c->me.fd, data, c->zeroes ? sizeof(data) : 10) > 0 ? 2 : -1;
}

/* 1: another option may follow; 2: requests follow; else the end. */
static int take_option(struct connection *c)
{
	struct option_head head;
	char data[OPTION_MOST + 1] = "";

	if (keeper_get(c->me.fd, &head, sizeof(head)) <= 0 || be64toh(head.magic) != OPTION_MAGIC)
		return -1;
	uint32_t option = be32toh(head.option), n = be32toh(head.length);

	if (n > OPTION_MOST || (n > 0 && keeper_get(c->me.fd, data, n) <= 0))
		return -1;
	switch (option) {
	case OPT_EXPORT_NAME:
		return begin_by_name(c, data);
	case OPT_ABORT:
		(void)!answer(c, option, REP_ACK, NULL, 0);
		return -1;
	case OPT_LIST:
		return list_exports(c);
	case OPT_INFO:
	case OPT_GO:
		return tell(c, option, data, n);
	default:
		return answer(c, option, REP_ERR_UNSUP, NULL, 0);
	}
}

static bool greet(struct connection *c)
{
	struct {
		uint64_t magic, option;
		uint16_t flags;
	} __attribute__((packed))
	hello = { htobe64(MAGIC), htobe64(OPTION_MAGIC), htobe16(FIXED_NEWSTYLE | NO_ZEROES) };
	uint32_t flags;
	int rc = 1;

	if (keeper_put(c->me.fd, &hello, sizeof(hello)) <= 0 ||
		keeper_get(c->me.fd, &flags, sizeof(flags)) <= 0)
		return false;
	c->zeroes = !(be32toh(flags) & NO_ZEROES);
	while (rc == 1)
		rc = take_option(c);
	return rc == 2;
}

/* ---- requests -------------------------------------------------------------------------------- */

static uint32_t in_nbd(int error)
{
	switch (error) {
	case 0:
	case EPERM:
	case EIO:
	case ENOMEM:
	case EINVAL:
	case ENOSPC:
		return (uint32_t)error; /* the same numbers as Linux's */
	default:
		return EIO;
	}
}

static int change(struct connection *c, const struct request *r, const void *data)
{
	keep_settle(c->image, c->me.fd);
	look_at_bits(c);
	if (!c->may_write)
		return EPERM;
	if (r->type == CMD_TRIM)
		return 0; /* only a hint, and what QEMU trims it may read again */
	return keep_write(c->image, r->type == CMD_WRITE ? data : NULL, r->n, r->at);
}

/* With the lock. */
static int act(struct connection *c, const struct request *r, void *data)
{
	switch (r->type) {
	case CMD_READ:
		if (r->at + r->n < r->at || r->at + r->n > keep_length(c->image))
			return EINVAL;
		return keep_read(c->image, data, r->n, r->at);
	case CMD_WRITE:
	case CMD_TRIM:
	case CMD_ZEROES:
		return change(c, r, data);
	case CMD_FLUSH:
	case CMD_CACHE:
		return 0;
	default:
		return EINVAL;
	}
}

/* False: the end. */
static bool serve_one(struct connection *c, char *data)
{
	struct request r;

	if (keeper_get(c->me.fd, &r, sizeof(r)) <= 0 || be32toh(r.magic) != REQUEST_MAGIC)
		return false;
	r.type = be16toh(r.type);
	r.at = be64toh(r.at);
	r.n = be32toh(r.n);
	bool reads = r.type == CMD_READ, writes = r.type == CMD_WRITE;

	if (r.type == CMD_DISC || ((reads || writes) && r.n > DATA_MOST))
		return false;
	if (writes && r.n > 0 && keeper_get(c->me.fd, data, r.n) <= 0)
		return false;
	keep_lock();
	int error = act(c, &r, data);

	keep_unlock();
	struct reply answer = { htobe32(SIMPLE_MAGIC), htobe32(in_nbd(error)), r.handle };

	if (keeper_put(c->me.fd, &answer, sizeof(answer)) <= 0)
		return false;
	return !reads || error || r.n == 0 || keeper_put(c->me.fd, data, r.n) > 0;
}

void nbd_serve(int fd)
{
	struct connection c = { .me.fd = fd };
	char *data = malloc(DATA_MOST);

	if (data && greet(&c))
		while (serve_one(&c, data))
			;
	unbind(&c);
	free(data);
}
