/* SPDX-License-Identifier: MIT */
/* The paths that a definition names, wherever they stand in it. */
#pragma once

#include "objects/base/str.h"

/* Adds the absolute paths in the XML text, as whole attributes or elements, each once. */
void xml_paths(const char *xml, struct strv *ret);
/*
 * Adds the places that libvirt derives for the domain's own files and the XML does not name: UEFI variables, from its
 * name, and the folder of TPM state, from its UUID. A folder that is NULL is unknown.
 */
void xml_own_files(const char *xml, const char *nvram_dir, const char *tpm_dir, struct strv *ret);
/*
 * Adds the absolute paths in options for QEMU, each once, and to @images (NULL: nowhere) those that may be images with
 * a header.
 */
void xml_arg_paths(const char *xml, struct strv *ret, struct strv *images);
/* True when the XML text has a path of the file as a whole attribute or element, or in an option for QEMU. */
bool xml_names_path(const char *xml, const char *path);
/* The text of the first element @name that has neither attributes nor entities. Owned; NULL: none. */
char *xml_first(const char *xml, const char *name);
