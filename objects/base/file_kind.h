/* SPDX-License-Identifier: MIT */
/*
 * What a file seems to be, by its first bytes: only to refuse what nobody can have meant. Nothing is opened by it: a
 * guest can write such bytes to its own disk.
 */
#pragma once

#include <stddef.h>

#define FILE_KIND_BYTES                                                                            \
	512 /* how many bytes are looked at, at the beginning and at the end of a file */

#define FILE_KIND_QED "a QED image"
#define FILE_KIND_VMDK "a VMDK image"
#define FILE_KIND_VHD "a VHD image" /* a fixed VHD says so in its last FILE_KIND_BYTES bytes only */

/* What users call a file that begins with these @n bytes: "a qcow2 image"; NULL: the bytes tell nothing. */
const char *file_kind(const void *head, size_t n);
