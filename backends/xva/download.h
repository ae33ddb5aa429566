/* SPDX-License-Identifier: MIT */
/* A file from a web server, read as it comes. The curl program does it: it knows proxies and TLS. */
#pragma once

#include "objects/base/error.h"

#include <sys/types.h>

struct download {
	pid_t pid; /* 0: none was begun, or it has ended */
	int fd;	   /* what comes, to be read to its end */
	int said;
	int status; /* of one that has ended */
};
/*
 * http:// and https:// only (of any case), also where the server sends one elsewhere, with the host's
 * name in ASCII: INVALID_VALUE(url, @url). Characters that are not ASCII elsewhere are sent as %XX. The
 * address is on no command line, as it may have a password.
 */
int download_begin(struct download *d, const char *url, struct vxe_error *err) _must_check_;
/*
 * When the descriptor was read to its end: whether that was all that the server had announced. Ends it.
 * IMPORT_ERROR(words of curl).
 */
int download_check(struct download *d, struct vxe_error *err) _must_check_;
/*
 * Ends it, however far it has come. Where @err says that reading it failed, and what came was cut
 * short by the server, the words of curl take that place: IMPORT_ERROR(words).
 */
void download_end(struct download *d, struct vxe_error *err);
