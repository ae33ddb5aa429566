/* SPDX-License-Identifier: MIT */
/*
 * The keeper of images: a small process that keeps images in its memory, by name. They are files of no folder: QEMU
 * reads and writes them by NBD, through the socket "keeper" in its folder, and vxe asks for the rest through the
 * socket "keeper-ask" beside it. It survives the death of whoever asks, and ends by a signal.
 *
 * As a volume of a volume group an image has room for so many bytes, and a write beyond that fails for want of space.
 * Its export is as long as an image can become at most, because NBD has no way to make an open one longer; what was
 * not written reads as zeros. A raw image is exactly as long as its disk, but while it is a draft, which begins with a dot.
 *
 * QEMU locks nothing there. Each connection of QEMU's counts as a user, and as one that writes while the image has write
 * bits. What has no write bits refuses to be written to; but who could write before they were taken still can, as with
 * a file.
 *
 * A conversation on "keeper-ask" is a number of questions, each a struct keeper_question with an answer, a struct
 * keeper_answer. KEEPER_OPEN and KEEPER_CREATE bind it to an image; a question without a name is about that one.
 */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

#define KEEPER_NAME 160
#define KEEPER_NBD "keeper"
#define KEEPER_ASK "keeper-ask"
/* With this before the name of an export its user writes although the image is held: it belongs to who holds it. */
#define KEEPER_HOLDER '+'
#define KEEPER_WRITE_BITS 0222

enum keeper_what {
	KEEPER_LOOK, /* facts; ENOENT */
	KEEPER_OPEN, /* facts, and binds; with n: for writing (EACCES without write bits) */
	KEEPER_CREATE, /* an empty one, with mode and room for n bytes; with @at: a raw one; EEXIST; binds */
	KEEPER_REMOVE, /* its name; who has it open keeps it */
	KEEPER_RENAME, /* to @to; EEXIST: never replaces one */
	KEEPER_MODE,   /* sets mode */
	KEEPER_SIZE,   /* ends after n bytes */
	KEEPER_LENGTH, /* a raw one ends after n bytes or later */
	KEEPER_ROOM,   /* room for n bytes, and no less than it has */
	KEEPER_READ,   /* n bytes at @at, fewer at the end */
	KEEPER_WRITE,  /* n bytes at @at, which follow the question */
	KEEPER_HOLD,   /* until the conversation ends nobody begins to write; EBUSY */
	KEEPER_USED,   /* n = 1: has users; with n: that write */
	KEEPER_LIST,   /* all names, each with a newline */
	KEEPER_FREE,   /* n: free bytes of the keeper's */
};

struct keeper_question {
	uint32_t what, mode;
	uint64_t at, n;
	char name[KEEPER_NAME], to[KEEPER_NAME];
};

struct keeper_facts {
	uint64_t id;	    /* never given to another image */
	uint64_t size;	    /* end of what was written, or its size */
	uint64_t room;	    /* for so many bytes */
	uint64_t allocated; /* bytes that it takes */
	uint64_t changed;   /* ns since 1970; grows with each change of its content */
	uint32_t mode;	    /* write bits */
	uint32_t users;	    /* connections of QEMU's */
};

struct keeper_answer {
	int32_t error; /* errno; 0: done */
	uint32_t unused;
	uint64_t n; /* bytes that follow it, or what was asked for */
	struct keeper_facts facts;
};

/* ---- for who asks (keeper_ask.c) ------------------------------------------------------------- */

/* A conversation with the keeper of @folder; or -1 with errno. */
int keeper_connect(const char *folder);
/*
 * Asks. Of KEEPER_READ and KEEPER_LIST up to @max bytes are put into @data. -1 with errno: of the
 * answer, or of the conversation.
 */
int keeper_ask(
	int fd, const struct keeper_question *q, struct keeper_answer *ret, void *data, size_t max);
/* The same of KEEPER_WRITE: its n bytes are @data. */
int keeper_tell(
	int fd, const struct keeper_question *q, const void *data, struct keeper_answer *ret);
/* As read() and write(), but all of it. -1 with errno; 0: the other end is gone. */
int keeper_get(int fd, void *data, size_t n);
int keeper_put(int fd, const void *data, size_t n);
