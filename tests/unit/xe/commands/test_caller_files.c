/* SPDX-License-Identifier: MIT */
/* What a command reads of its caller comes through struct io: a caller at the other end of a socket has a standard input, too. */
#include "tests/unit/host_fixture.h"

#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/io_buffer.h"
#include "xe/program_run.h"

static struct io_buffer b;
static int input = -1;

static void stop(void)
{
	io_buffer_clear(&b);
	close(input);
	host_stop();
}

TestSuite(caller_files, .init = host_start_mem, .fini = stop);

static int callers_input(void *ctx)
{
	(void)ctx;
	return input;
}

static int run(const char *line, int (*in_fd)(void *ctx))
{
	struct io io = io_buffered(&b);
	const struct program p = { .name = "vxe", .io = &io, .session = S };
	_cleanup_strv_ struct strv argv = { 0 };

	io.in_fd = in_fd;
	io_buffer_clear(&b);
	strv_split(&argv, line, ' ');
	next_command();
	return program_run(&p, (const char *const *)argv.items, argv.n);
}

Test(caller_files, a_disk_is_filled_from_the_callers_input)
{
	char text[4096];

	memset(text, 65, sizeof(text));
	input = memfd_create("input", MFD_CLOEXEC);
	for (int i = 0; i < 256; i++)
		cr_assert_eq(write(input, text, sizeof(text)), sizeof(text));
	lseek(input, 0, SEEK_SET);
	make_image("web.qcow2", NULL, NULL);
	add_domain(VM_A, "web", "web.qcow2");
	cr_assert_eq(run("vdi-list --minimal", NULL), 0);
	_cleanup_free_ char *uuid = xstrndup(str_text(&b.out), 36);
	_cleanup_free_ char *line = xasprintf("vdi-import uuid=%s filename=- format=raw", uuid);
	_cleanup_free_ char *back = xasprintf("vdi-export uuid=%s filename=- format=raw", uuid);

	cr_expect_neq(run(line, NULL), 0, "the process has an input, the caller none");
	cr_expect(strstr(str_text(&b.error), "standard input"), "%s", str_text(&b.error));
	cr_assert_eq(run(line, callers_input), 0, "%s", str_text(&b.error));
	cr_assert_eq(run(back, NULL), 0, "%s", str_text(&b.error));
	for (int i = 0; i < 256; i++) {
		char found[sizeof(text)];

		cr_assert_eq(pread(b.content, found, sizeof(found), i * (off_t)sizeof(found)),
			sizeof(found));
		cr_assert_arr_eq(found, text, sizeof(text));
	}
}
