/* SPDX-License-Identifier: MIT */
/*
 * Whole commands on the host of host_fixture.h: a command line as input, output and exit status as
 * result.
 */
#pragma once

#include "tests/unit/host_fixture.h"
#include "tests/unit/io_buffer.h"
#include "xe/program_run.h"

static struct io_buffer b;

/* .fini of a suite: drops the output and the host that a test left. */
static inline void command_stop(void)
{
	io_buffer_clear(&b);
	host_stop();
}

static inline int run_as(bool as_xe, const char *line)
{
	const struct io io = io_buffered(&b);
	const struct program p = {
		.name = as_xe ? "xe" : "vxe", .as_xe = as_xe, .io = &io, .session = S
	};
	_cleanup_strv_ struct strv argv = { 0 };

	io_buffer_clear(&b);
	strv_split(&argv, line, ' ');
	next_command();
	return program_run(&p, (const char *const *)argv.items, argv.n);
}

/* Runs a command line as `xe` and returns its exit status; the output is in b. */
static inline int run(const char *line)
{
	return run_as(true, line);
}

/* The same as `vxe`. */
static inline int run_vxe(const char *line)
{
	return run_as(false, line);
}

/* The output of a command line without the last newline; owned. */
static inline char *out(const char *line)
{
	cr_expect_eq(run(line), 0, "%s: %s", line, str_text(&b.error));

	char *text = xstrdup(str_text(&b.out));

	text[strcspn(text, "\n")] = '\0';
	return text;
}

#define PRINTS(wanted, ...)                                                                        \
	do {                                                                                       \
		_cleanup_free_ char *line_ = xasprintf(__VA_ARGS__);                               \
		_cleanup_free_ char *text_ = out(line_);                                           \
		cr_expect_str_eq(text_, wanted, "%s: %s", line_, text_);                           \
	} while (0)
#define COMPLAINS(wanted, ...)                                                                     \
	do {                                                                                       \
		_cleanup_free_ char *line_ = xasprintf(__VA_ARGS__);                               \
		cr_expect_eq(run(line_), 1, "%s", line_);                                          \
		cr_expect(                                                                         \
			strstr(str_text(&b.error), wanted), "%s: %s", line_, str_text(&b.error));  \
	} while (0)
