/* SPDX-License-Identifier: MIT */
/* What a command would do or is about to do, line by line: of a dry run, and of an uninstall before its question. */
#pragma once

#include <stdint.h>

#include "objects/base/str.h"

struct planned {
	char *text; /* the whole line: "merge: FILE into FILE (N bytes)", "VM : UUID (NAME)" */
	/* the same for people: names for UUIDs, sizes as people say them; NULL: @text is for them, too */
	char *brief;
	bool detail; /* only with --verbose: records that come with others, and how vxe does its work */
	char *file; /* path of the file that is made, removed, merged ...; NULL: the line is about no file */
	int64_t bytes; /* that the file takes or frees; -1: not known */
	char *vm; /* UUID of the VM whose domain is stopped, defined ...; NULL: the line is about no domain */
	/* the object that is deleted: name of its class, UUID and name-label; NULL: the line is about none */
	char *class, *uuid, *name;
	int64_t copied,
		freed; /* bytes of content that are copied, and that a deleted file gives back; 0: none */
};
void planned_clear(struct planned *p);

struct planned_list {
	size_t n;
	struct planned *items;
};
/* Adds a line; the list owns what @line points to. */
void planned_add(struct planned_list *l, struct planned line);
/* Adds a line about a file (may be NULL) of so many bytes (-1: not known); the list owns @text. */
void planned_add_file(struct planned_list *l, const char *file, int64_t bytes, char *text);
struct planned planned_copy(const struct planned *p);
void planned_list_clear(struct planned_list *l);
#define _cleanup_planned_ _cleanup_(planned_list_clear)
