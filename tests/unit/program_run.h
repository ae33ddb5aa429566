/* SPDX-License-Identifier: MIT */
/* For tests of command lines: runs them in the test's process; reads files of the tree. */
#pragma once

#include "tests/unit/harness.h"
#include <stdio.h>

#include "tests/unit/io_buffer.h"
#include "xe/program_run.h"

/* Blanks separate words; double quotes keep them together. */
static inline void split_words(const char *line, struct strv *ret)
{
	_cleanup_str_ struct str word = { 0 };
	bool quoted = false;

	for (const char *p = line; *p; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (*p != ' ' || quoted)
			str_add_bytes(&word, p, 1);
		if (!quoted && word.len && (p[1] == ' ' || !p[1]))
			strv_take(ret, str_steal(&word));
	}
}

/* Runs a line in the program @as, whose name follows from as_xe; the output goes to @b. Returns the exit status. */
static inline int run_line(struct io_buffer *b, struct program as, const char *line)
{
	const struct io io = io_buffered(b);
	_cleanup_strv_ struct strv argv = { 0 };

	as.name = as.as_xe ? "xe" : "vxe";
	as.io = &io;
	split_words(line, &argv);
	return program_run(&as, (const char *const *)argv.items, argv.n);
}

static inline int refuse_open(
	struct store **ret, const struct store_config *config, struct vxe_error *err)
{
	(void)ret, (void)config;
	return vxe_fail(err, VXE_STORE_UNUSABLE, "test", "opened");
}

/* The same where there is neither store nor libvirt: what opens the store fails with "opened". */
static inline int run_nowhere(struct io_buffer *b, struct program as, const char *line)
{
	static const struct store_ops refusing = { .name = "refusing", .open = refuse_open };
	const struct session_config config = { .store = "/nonexistent",
		.connect = "test:///default",
		.lock_dir = "/nonexistent",
		.image_dir = "/nonexistent",
		.root = "/nonexistent",
		.engine = &refusing };

	as.config = &config;
	return run_line(b, as, line);
}

/* The tests run in the top folder. */
static inline void read_text(const char *path, struct str *ret)
{
	FILE *f = fopen(path, "r");
	char block[4096];
	size_t n;

	cr_assert_neq(f, NULL, "%s: run it in the top folder", path);
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		str_add_bytes(ret, block, n);
	fclose(f);
}
