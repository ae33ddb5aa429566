/* SPDX-License-Identifier: MIT */
/*
 * What the keeper keeps. One lock is held by whoever calls one of these functions, so each is done as a whole.
 * Functions return 0, or an errno.
 */
#pragma once

#include "tests/kind/keeper.h"

#include <stdbool.h>
#include <stdint.h>

/* The other end of a socket. */
struct peer {
	int fd;
	struct peer *next;
};
void peer_add(struct peer **list, struct peer *p);
void peer_drop(struct peer **list, const struct peer *p); /* that it is not there is no failure */

struct kept_image {
	struct kept_image *next;
	char name[KEEPER_NAME]; /* "": removed, and kept for who has it open */
	struct keeper_facts facts;
	bool raw;
	unsigned opens;		/* conversations and connections */
	struct peer *users;	/* connections of QEMU's */
	struct peer *holders;	/* conversations that hold it */
	unsigned char **blocks; /* NULL: zeros */
	size_t n_blocks;
};

void keep_lock(void);
void keep_unlock(void);

struct kept_image *keep_find(const char *name);
int keep_add(const char *name, uint32_t mode, uint64_t room, struct kept_image **ret);
int keep_remove(struct kept_image *i);
int keep_rename(struct kept_image *i, const char *to);
void keep_open(struct kept_image *i);
void keep_close(struct kept_image *i); /* accepts NULL */
/*
 * Waits, without the lock, until those have let it go that have closed their end: their last words are then heard. @self:
 * who waits.
 */
void keep_settle(const struct kept_image *i, int self);
/* The names of all, each with a newline. Owned. */
char *keep_list(void);
uint64_t keep_free(void);

/* The length of its export. */
uint64_t keep_length(const struct kept_image *i);
int keep_read(const struct kept_image *i, void *to, uint64_t n, uint64_t at);
/* With @from NULL zeros: whole blocks are given up. */
int keep_write(struct kept_image *i, const void *from, uint64_t n, uint64_t at);
int keep_size(struct kept_image *i, uint64_t size);

/* Serves one connection of QEMU's on @fd until it ends. */
void nbd_serve(int fd);
/* Serves in @folder until SIGTERM or SIGINT, says "ready" on stdout when it begins to; ends the process. */
void keeper_serve(const char *folder) __attribute__((noreturn));
