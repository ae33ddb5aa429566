/* SPDX-License-Identifier: MIT */
/* What vxe and its children that look at far mounts say to each other; a packet each, over a socket. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum far_op {
	FAR_STATFS,   /* answer.fs */
	FAR_STAT,     /* answer.st */
	FAR_LSTAT,    /* answer.st */
	FAR_READLINK, /* answer.bytes */
	FAR_READ,     /* up to request.n bytes at request.offset: answer.bytes */
	FAR_LIST,     /* a folder's entries, in as many answers as they need */
};

struct far_request {
	enum far_op op;
	uint32_t n;
	int64_t offset;
	char path[PATH_MAX];
};

#define FAR_BYTES 16384

struct far_answer {
	int error;  /* errno; 0: the answer is as the operation says */
	bool more;  /* another answer to this request follows */
	uint32_t n; /* bytes of @bytes */
	union {
		struct stat st; /* of FAR_LIST: the folder */
		struct statfs fs;
	};
	_Alignas(8) char bytes[FAR_BYTES];
};
#define FAR_HEAD offsetof(struct far_answer, bytes)

/* An entry of a folder in the bytes of an answer; the next one begins behind the name, at a multiple of 8. */
struct far_entry {
	struct stat st;
	int error; /* errno of its lstat(); 0: @st has the result */
	uint16_t name_len;
	unsigned char type; /* d_type */
	char name[];
};
#define FAR_ENTRY_SIZE(name_len)                                                                   \
	((offsetof(struct far_entry, name) + (size_t)(name_len) + 1 + 7) / 8 * 8)

/*
 * Answers the requests that come from @socket until its other end is closed. Called in a child right after the fork, as
 * other threads may have held any lock: only system calls from here on. Keeps nothing open but @socket and @lock (-1:
 * none), so that it holds no lock or pipe of its parent's, however long it waits for a mount.
 */
_Noreturn void far_serve(int socket, int lock);
