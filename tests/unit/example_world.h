/* SPDX-License-Identifier: MIT */
/*
 * The world of tests/cli-examples.tsv: the memory store and the mock hypervisor with a control
 * domain (1), web (2, halted), db (3, running), a template base (4), a snapshot s1 of web (5), an
 * SR local (40), a network lan (60), a VIF of web (50), a VDI disk0 of 8 GiB (30) and host h1 (70).
 * Words name the changes that an example needs:
 *
 *	cd           web has an empty CD drive, VBD 20
 *	disk         web has and owns disk0 by VBD 21; disk0 has a file
 *	file         disk0 has a file (making one takes time)
 *	no-vdi       there is no VDI
 *	no-snapshot  there is no snapshot
 *	web-running  web runs
 *	answer:TEXT  a line of input, '_' for a blank
 */
#pragma once

#include <limits.h>

#include "objects/session/session.h"
#include "tests/mock/hv_mock.h"
#include "tests/unit/scratch.h"

/* The UUID of object number @n (two digits), as text of this process. */
#define EXAMPLE_UUID(n) "000000" #n "-0000-4000-8000-0000000000" #n

struct example_world {
	char dir[SCRATCH_MAX];
	char store[PATH_MAX], machine[PATH_MAX]; /* in @dir */
	struct hv_mock *mock;
	struct session *s;
};

/* @words: some of the words above. @engine NULL: the memory store. */
void example_world_open(
	struct example_world *w, const struct strv *words, const struct store_ops *engine);
/* The configuration of a session on this world. */
struct session_config example_world_config(
	const struct example_world *w, const struct store_ops *engine);
void example_world_close(struct example_world *w);
