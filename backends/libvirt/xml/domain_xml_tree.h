/* SPDX-License-Identifier: MIT */
/*
 * A small kit over libxml2: finds and makes nodes by paths such as "os/type@arch", reads and writes
 * text, and keeps white space tidy when nodes are added and removed.
 *
 * A path is steps joined by '/', relative to a node, with "@name" at its end for an attribute;
 * "@name" alone is an attribute of the node itself. A step names an element without namespace, or
 * one of vxe's own when it begins with "vxe:".
 */
#pragma once

#include "objects/base/error.h"

#include <libxml/tree.h>
#include <stdint.h>

DEFINE_CLEANUP(xmlDoc *, xmlFreeDoc)
#define _cleanup_doc_ _cleanup_(xmlFreeDoc_cleanup)

/* Parses a document; NULL unless it is well-formed and its root is @root. Uses neither a network nor entities. */
xmlDoc *tree_parse(const char *xml, const char *root, struct vxe_error *err);
/*
 * Parses a domain's XML for reading: each <backingStore> becomes a child of its <disk>, in the order of the layers,
 * and not of the layer above. What libvirt's own files say of layers besides is left out; in a live document that is
 * most of it.
 */
xmlDoc *tree_parse_top(const char *xml, struct vxe_error *err);
/* Parses a document as tree_parse() does, but with any root, and without white space between elements. */
xmlDoc *tree_parse_compact(const char *xml, struct vxe_error *err);
xmlDoc *tree_new(const char *root);
xmlNode *tree_root(const xmlDoc *doc);
/* The document as text, without an XML declaration. */
char *tree_dump(xmlDoc *doc);
/* An element as text. */
char *tree_dump_node(xmlNode *node);
/* A node as text, each element on a line of its own; the node's document must be from tree_parse_compact(). */
char *tree_dump_indented(xmlNode *node);

/*
 * The first child of @parent called @name (tree_child()), and the next sibling of @node called @name (tree_next());
 * NULL: there is none.
 */
xmlNode *tree_child(const xmlNode *parent, const char *name);
xmlNode *tree_next(const xmlNode *node, const char *name);
xmlNode *tree_find(const xmlNode *node, const char *path);
/* The element at @path below @node, as tree_find() finds it; makes elements that are missing. */
xmlNode *tree_make(xmlNode *node, const char *path);
/* Adds a child behind the last one with that name, else at the end. */
xmlNode *tree_add(xmlNode *parent, const char *name);
/* Removes the node and the white space before it; accepts NULL. */
void tree_remove(xmlNode *node);

/* The text of an element or attribute; NULL: it is absent or empty. */
char *tree_get(const xmlNode *node, const char *path);
bool tree_get_int(const xmlNode *node, const char *path, int64_t *ret);
/*
 * Sets the text of the element or attribute at @path; NULL and "" remove it. Characters that XML does not allow
 * become blanks or '?'.
 */
void tree_set(xmlNode *node, const char *path, const char *value);
/* Replaces all content of the element by the text. */
void tree_set_inner(xmlNode *node, const char *text);
/* Adds an empty element at @path if @on is true and there is none, or removes the element. */
void tree_set_flag(xmlNode *node, const char *path, bool on);

/*
 * Makes @text legal for XML: control characters become blanks (also newline and tab if @one_line), bytes that are
 * not UTF-8 and other characters that XML does not allow become '?'. NULL stays NULL.
 */
char *tree_clean(const char *text, bool one_line);
