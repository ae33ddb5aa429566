/* SPDX-License-Identifier: MIT */
/* Reads a file from a web server as it arrives, by the program curl, which knows proxies and TLS. */
#pragma once

#include "objects/base/error.h"

#include <sys/types.h>

struct download {
	pid_t pid; /* process of curl; 0: not started, or ended */
	int fd;	   /* descriptor of the data, to be read to their end */
	int said;
	int status; /* exit status of curl when it has ended */
};
/*
 * Accepts only http:// and https:// (in any case), also in redirections, and host names in ASCII:
 * INVALID_VALUE(url, @url). Other characters that are not ASCII are sent as %XX. The address is not
 * on a command line, because it may contain a password.
 */
int download_begin(struct download *d, const char *url, struct vxe_error *err) _must_check_;
/*
 * Called when the descriptor was read to its end: checks that all announced data have arrived. IMPORT_ERROR(curl's
 * message).
 */
int download_check(struct download *d, struct vxe_error *err) _must_check_;
/*
 * Ends the download at any point. If @err says that reading failed, and the server had truncated
 * the data, replaces the error by IMPORT_ERROR(curl's message).
 */
void download_end(struct download *d, struct vxe_error *err);
