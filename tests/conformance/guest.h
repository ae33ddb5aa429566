/* SPDX-License-Identifier: MIT */
/* What cases have in common: a domain, its disks and what they hold. Whatever cannot be made ends the case. */
#pragma once

#include "tests/conformance/conformance.h"

#define MIB 1048576
#define MEMORY (32 * MIB) /* of a domain */
#define MAC "52:54:00:c0:4f:01"

/* An absolute path in the case's folder; owned. */
char *path_of(const struct world *w, const char *name);
bool file_exists(const char *path);

/* ---- disks: "NAME" is a file in the case's folder ------------------------------------------------ */

/* An empty qcow2 image; the guest boots from it. */
void make_disk(struct world *w, const char *name);
/* One above @backing, a name (that is in the same folder) or a path. */
void make_overlay(struct world *w, const char *name, const char *backing);
void make_file(const struct world *w, const char *name, const char *text);
/* 64 KiB at @at_kib; a guest leaves what is behind the first 64 KiB alone. */
void write_pattern(const struct world *w, const char *name, int at_kib, int pattern);
bool has_pattern(const struct world *w, const char *name, int at_kib, int pattern);
/* What its header names; owned, "" when there is none. */
char *backing_of(struct world *w, const char *name);
bool is_backed_by(struct world *w, const char *name, const char *backing);

/* ---- the domain ---------------------------------------------------------------------------------- */

/* Its XML, called the case's name and @suffix; @devices: more of them. Owned. */
char *xml_of(const struct world *w, const char *uuid, const char *suffix, const char *disk,
	const char *devices);
/* The case's domain, with a disk in @disk as vda. */
void define(struct world *w, const char *disk, const char *devices);
/* make_disk("disk"), define() and start: what most cases begin with. */
void run_guest(struct world *w, const char *devices);
/* HV_SHUTOFF as well when there is none. */
enum hv_state state_of(struct world *w);
struct domain_spec *spec_of(struct world *w, enum hv_xml which);
/* Whether the domain's disk @target is in that file in both XMLs, or only in one. */
bool is_on(struct world *w, const char *target, const char *live, const char *inactive);

/* ---- jobs ---------------------------------------------------------------------------------------- */

/* Polls a job that has begun to its end: 0 or -1; that of a job that has not is @begun. */
int finish(struct world *w, int begun, struct hv_job *job);
int merge(struct world *w, const char *base, const char *top);
/* Of vda to @overlay, with memory to @memory unless NULL. */
int switch_to(struct world *w, const char *overlay, const char *memory);
