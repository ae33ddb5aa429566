/* SPDX-License-Identifier: MIT */
/* Scratch directories for tests, below $TMPDIR (else /tmp), removed with all their files. */
#pragma once

#include "tests/unit/harness.h"
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Longer than any TMPDIR in use, and short enough for file names in it within PATH_MAX. */
#define SCRATCH_MAX 1024

/* Makes a directory whose name begins with "vxe-@name-" and writes its path to @dir. */
static inline void scratch_dir(char dir[SCRATCH_MAX], const char *name)
{
	const char *tmp = getenv("TMPDIR");

	cr_assert_lt(
		snprintf(dir, SCRATCH_MAX, "%s/vxe-%s-XXXXXX", tmp && *tmp ? tmp : "/tmp", name),
		SCRATCH_MAX);
	cr_assert(mkdtemp(dir), "%s", dir);
}

static inline int scratch_remove_entry(
	const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static inline void scratch_drop(const char *dir)
{
	if (access(dir, F_OK) == 0)
		cr_expect_eq(nftw(dir, scratch_remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}
