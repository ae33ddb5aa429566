/* SPDX-License-Identifier: MIT */
/* Finds the paths that a domain's definition names, wherever they stand in the XML. */
#pragma once

#include "objects/base/str.h"

/* Adds the absolute paths that are the whole value of an attribute or element of the XML, each once. */
void xml_paths(const char *xml, struct strv *ret);
/*
 * Adds the files of the domain itself whose paths libvirt derives, and the XML does not name: the file of UEFI
 * variables, from the domain's name, and the folder of TPM state, from its UUID. @nvram_dir or @tpm_dir NULL:
 * unknown, so nothing is added.
 */
void xml_own_files(const char *xml, const char *nvram_dir, const char *tpm_dir, struct strv *ret);
/*
 * Adds the absolute paths in options for QEMU (<qemu:arg>), each once; those that may be images with a header are
 * added to @images, too (NULL: nowhere).
 */
void xml_arg_paths(const char *xml, struct strv *ret, struct strv *images);
/* True when the XML text has a path of the file as a whole attribute or element, or in an option for QEMU. */
bool xml_names_path(const char *xml, const char *path);
/*
 * The text of the first element <@name> without attributes; entities in it are left as they are. Owned; NULL: none.
 */
char *xml_first(const char *xml, const char *name);
