/* SPDX-License-Identifier: MIT */
/* The paths in a definition, wherever they stand in it. */
#pragma once

#include "objects/base/str.h"

/* Adds the absolute paths in the XML text, as whole attributes or elements, each once. */
void xml_paths(const char *xml, struct strv *ret);
/* True when the XML text has a path of the file as a whole attribute or element. */
bool xml_names_path(const char *xml, const char *path);
/* The text of the first element @name that has neither attributes nor entities. Owned; NULL: none. */
char *xml_first(const char *xml, const char *name);
