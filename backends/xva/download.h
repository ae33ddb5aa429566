/* SPDX-License-Identifier: MIT */
/* Reads a file from a web server as it arrives, by the program curl, which knows proxies and TLS. */
#pragma once

#include "objects/base/error.h"

#include <sys/types.h>

struct download {
	pid_t pid; /* process of curl; 0: not started, or ended */
	int fd;	   /* pipe from curl with the downloaded data, read to its end */
	int said;
	int status; /* exit status of curl when it has ended */
};
/*
 * Starts the download of @url. Accepts only http:// and https:// (in any case), also in redirections, and host names
 * in ASCII; else fails with INVALID_VALUE(url, @url). Other characters that are not ASCII are sent as %XX. The URL is
 * not on curl's command line, because it may contain a password.
 */
int download_begin(struct download *d, const char *url, struct vxe_error *err) _must_check_;
/*
 * Checks, when the pipe from curl was read to its end, that all data that the server has announced have arrived.
 * Fails: IMPORT_ERROR(curl's message).
 */
int download_check(struct download *d, struct vxe_error *err) _must_check_;
/*
 * Ends the download at any point. If @err says that reading the archive failed, and the reason is that the server has
 * sent too few data, replaces @err by IMPORT_ERROR(curl's message).
 */
void download_end(struct download *d, struct vxe_error *err);
