/* SPDX-License-Identifier: MIT */
/* URIs by which libvirt is reached. */
#pragma once

#include <stdbool.h>

/* The URI leads to another machine, or over a network: by its text alone, which may be an alias of libvirt.conf. */
bool uri_is_remote(const char *uri);
