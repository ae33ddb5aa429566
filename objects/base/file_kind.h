/* SPDX-License-Identifier: MIT */
/*
 * Guesses by a file's first bytes what it is, only to refuse what the user cannot have meant. No image is opened by
 * this guess: a guest can write such bytes to its own disk.
 */
#pragma once

#include <stddef.h>

/* number of bytes that are read at the beginning and at the end of a file to tell its kind */
#define FILE_KIND_BYTES 512

#define FILE_KIND_QED "a QED image"
#define FILE_KIND_VMDK "a VMDK image"
/* a fixed VHD has its signature in its last FILE_KIND_BYTES bytes only */
#define FILE_KIND_VHD "a VHD image"

/* What users call a file that begins with these @n bytes: "a qcow2 image"; NULL: the bytes tell nothing. */
const char *file_kind(const void *head, size_t n);
