/* SPDX-License-Identifier: MIT */
/* URIs by which libvirt is reached. */
#pragma once

#include <stdbool.h>

/*
 * True if the libvirt URI leads to another machine, or over a network. Judged by the text alone: an alias of
 * libvirt.conf is not resolved.
 */
bool uri_is_remote(const char *uri);
