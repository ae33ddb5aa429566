/* SPDX-License-Identifier: MIT */
/* Tells whether a libvirt URI leads to another machine. */
#include "objects/base/uri.h"

#include "objects/base/mem.h"

#include <string.h>

/* True for the URIs "qemu+ssh://..." and those with a host; false for "qemu+unix" and "qemu" without a host. */
bool uri_is_remote(const char *uri)
{
	static const char *const transports[] = { "ssh", "libssh", "libssh2", "tcp", "tls", "ext" };
	const char *colon = strstr(uri, "://");
	const char *plus = colon ? memchr(uri, '+', (size_t)(colon - uri)) : NULL;

	if (!colon)
		return false;
	for (size_t i = 0; plus && i < ARRAY_LEN(transports); i++)
		if (strlen(transports[i]) == (size_t)(colon - plus - 1) &&
			strncmp(plus + 1, transports[i], (size_t)(colon - plus - 1)) == 0)
			return true;
	return colon[3] && !strchr("/?", colon[3]);
}
