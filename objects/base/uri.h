/* SPDX-License-Identifier: MIT */
/* URIs by which libvirt is reached, and those of databases. */
#pragma once

#include "objects/base/mem.h"

#include <stdbool.h>

/*
 * True if the libvirt URI leads to another machine, or over a network. Judged by the text alone: an alias of
 * libvirt.conf is not resolved.
 */
bool uri_is_remote(const char *uri);
/* True for the URI of a PostgreSQL database, which VXE_STORE may be instead of a folder; accepts NULL. */
bool uri_is_database(const char *where);
/* The text by which people are told which store it is: @where without passwords, in whatever form of libpq. Owned; NULL if @where is NULL. */
char *uri_shown(const char *where);
