/* SPDX-License-Identifier: MIT */
/*
 * A small kit over libxml2: nodes found and made by paths such as "os/type@arch", text in and out,
 * white space kept tidy where nodes come and go.
 *
 * A path is steps joined by '/', relative to a node, with "@name" at its end for an attribute;
 * "@name" alone is an attribute of the node itself. A step names an element without namespace, or
 * one of ours when it begins with "vxe:".
 */
#pragma once

#include "objects/base/error.h"

#include <libxml/tree.h>
#include <stdint.h>

DEFINE_CLEANUP(xmlDoc *, xmlFreeDoc)
#define _cleanup_doc_ _cleanup_(xmlFreeDoc_cleanup)

/* NULL unless @xml is well-formed and its root is called @root. No network, no entities. */
xmlDoc *tree_parse(const char *xml, const char *root, struct vxe_error *err);
xmlDoc *tree_new(const char *root);
xmlNode *tree_root(const xmlDoc *doc);
/* The document without an XML declaration. */
char *tree_dump(xmlDoc *doc);
/* One element of it. */
char *tree_dump_node(xmlNode *node);

/* The first child called @name, and the next sibling of that name; NULL when there is none. */
xmlNode *tree_child(const xmlNode *parent, const char *name);
xmlNode *tree_next(const xmlNode *node, const char *name);
xmlNode *tree_find(const xmlNode *node, const char *path);
/* As tree_find, but what is missing is made. */
xmlNode *tree_make(xmlNode *node, const char *path);
/* A new child, the last one or right behind the last child of that name. */
xmlNode *tree_add(xmlNode *parent, const char *name);
/* Removes the node and the white space before it; accepts NULL. */
void tree_remove(xmlNode *node);

/* Text of an element or attribute; NULL when absent or empty. */
char *tree_get(const xmlNode *node, const char *path);
bool tree_get_int(const xmlNode *node, const char *path, int64_t *ret);
/* Sets it; NULL or "" removes the element or attribute. Illegal characters become blanks. */
void tree_set(xmlNode *node, const char *path, const char *value);
/* Replaces what is inside the element, which stays. */
void tree_set_inner(xmlNode *node, const char *text);
/* Makes an empty element be there or not. */
void tree_set_flag(xmlNode *node, const char *path, bool on);

/*
 * What XML can hold of @text: bytes that are not UTF-8 become '?', control characters blanks
 * (newline and tab too if @one_line). NULL stays NULL.
 */
char *tree_clean(const char *text, bool one_line);
