/* SPDX-License-Identifier: MIT */
/* The line that a terminal shows of a long command, and that it is gone afterwards. */
#include "xe/output/progress.h"

#include <string.h>

#include "objects/base/clock.h"
#include "tests/unit/io_buffer.h"
#include "tests/unit/leak.h"

TestSuite(progress, .fini = no_leaks);

#define MIB ((int64_t)1 << 20)

static struct io_buffer b;
static struct io io;

static void begin(struct progress *p, bool as_xe, size_t columns)
{
	io_buffer_clear(&b);
	io = io_buffered(&b);
	io.error_is_terminal = true;
	io.columns = columns;
	progress_start(p, &io);
	p->detail = !as_xe;
	progress_name(p, "vm-export", "web\x1b]0;x");
}

static void end(struct progress *p)
{
	progress_clear(p);
	io_buffer_clear(&b);
}

/* Two reports, so long after each other that there is a rate. */
static void show_two(struct progress *p, int64_t done, int64_t total)
{
	progress_show(p, 0, total);
	clock_sleep_ms(1100);
	progress_show(p, done, total);
}

Test(progress, name_rate_and_time_left)
{
	struct progress p;

	begin(&p, false, 100);
	show_two(&p, 25 * MIB, 100 * MIB);
	const char *text = str_text(&b.error);

	cr_expect(str_starts(text, "\rvm-export web\\x1B]0;x [##########     "), "%s", text);
	cr_expect(strstr(text, "]  25%  2"), "%s", text);
	cr_expect(strstr(text, " MiB/s  0:0"), "%s", text);
	cr_expect(str_ends(text, " left"), "%s", text);
	end(&p);
}

Test(progress, nothing_is_wider_than_the_terminal)
{
	struct progress p;

	begin(&p, false, 30);
	show_two(&p, 25 * MIB, 100 * MIB);
	cr_expect_eq(b.error.len, strlen("\r") + 29, "%s", str_text(&b.error));
	end(&p);
}

Test(progress, the_line_is_gone_afterwards)
{
	struct progress p;
	size_t drawn;

	begin(&p, false, 100);
	progress_wait(&p, "the guest to shut down", 2000, 300000);
	cr_expect_str_eq(str_text(&b.error),
		"\rvm-export web\\x1B]0;x: waiting for the guest to "
		"shut down, 2 s of at most 300 s");
	drawn = b.error.len - 1;
	str_clear(&b.error);
	progress_hide(&p);
	_cleanup_free_ char *blank = xasprintf("\r%*s\r", (int)drawn + 4, "");

	cr_expect_str_eq(str_text(&b.error), blank);
	str_clear(&b.error);
	progress_hide(&p);
	cr_expect_eq(b.error.len, 0, "there is none any more");
	end(&p);
}

Test(progress, objects_are_counted_after_a_second)
{
	struct progress p;

	begin(&p, false, 100);
	progress_count(&p, "taking over VMs", 1, 1000);
	cr_expect_eq(b.error.len, 0);
	p.start_ms -= 1000;
	progress_count(&p, "taking over VMs", 240, 1000);
	cr_expect_str_eq(
		str_text(&b.error), "\rvm-export web\\x1B]0;x: taking over VMs, 240 of 1000");
	str_clear(&b.error);
	progress_count(&p, "taking over VMs", 1000, 1000);
	cr_expect(str_ends(str_text(&b.error), " \r"), "the line is gone when all are done");
	io.error_is_terminal = false;
	str_clear(&b.error);
	progress_count(&p, "taking over VMs", 241, 1000);
	cr_expect_eq(b.error.len, 0, "nothing on a pipe");
	end(&p);
	begin(&p, true, 100);
	p.start_ms -= 1000;
	progress_count(&p, "taking over VMs", 240, 1000);
	cr_expect_eq(b.error.len, 0, "nothing as xe");
	end(&p);
}

static size_t staying;

static void note_staying(void *ctx, size_t columns)
{
	(void)ctx;
	staying = columns;
}

Test(progress, what_stays_on_the_terminal_is_told)
{
	struct progress p;

	begin(&p, false, 100);
	io.stays = note_staying;
	progress_wait(&p, "the guest", 2000, 0);
	cr_expect_eq(staying, b.error.len - 1 + strlen("^C^C"));
	progress_hide(&p);
	cr_expect_eq(staying, 0);
	io.columns = 30;
	progress_wait(&p, "the guest", 2000, 0);
	cr_expect_eq(staying, 30, "no more than the terminal has");
	progress_hide(&p);
	end(&p);
}

Test(progress, as_xe_there_is_the_bar_alone)
{
	struct progress p;

	begin(&p, true, 30);
	progress_wait(&p, "the guest to shut down", 2000, 0);
	cr_expect_eq(b.error.len, 0);
	show_two(&p, 50 * MIB, 100 * MIB);
	cr_expect_str_eq(str_text(&b.error), "\r[####################                    ]  50%");
	end(&p);
}
