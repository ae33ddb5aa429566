/* SPDX-License-Identifier: MIT */
/* Draws progress; a failure does not fail the command. */
#include "xe/progress.h"

#include <string.h>

#include "objects/base/clock.h"

#define XE_WIDTH 70
#define BAR_WIDTH 40
#define PATIENCE_MS 1000
#define REDRAW_MS 100

static void write_error(const struct io *io, const struct str *text)
{
	(void)io->error(io->ctx, str_text(text), text->len);
}

static void add_hashes(struct str *to, int n)
{
	for (int i = 0; i < n; i++)
		str_add(to, "#");
}

void progress_start(struct progress *p, const struct io *io)
{
	*p = (struct progress){ .io = io, .start_ms = clock_ms() };
}

static void show_line(struct progress *p, int percent)
{
	_cleanup_str_ struct str line = { 0 };

	str_addf(&line, "\r %3d%% %c ", percent, "|/-\\"[percent % 4]);
	add_hashes(&line, XE_WIDTH * percent / 100);
	str_add(&line, "\n");
	write_error(p->io, &line);
}

static void show_bar(struct progress *p, int percent, int64_t done)
{
	_cleanup_str_ struct str bar = { 0 };

	if (percent < 0) {
		str_addf(&bar, "\r%lld MiB", (long long)(done >> 20));
	} else {
		str_add(&bar, "\r[");
		add_hashes(&bar, BAR_WIDTH * percent / 100);
		str_addf(&bar, "%*s] %3d%%", BAR_WIDTH - BAR_WIDTH * percent / 100, "", percent);
	}
	write_error(p->io, &bar);
	p->drawn = true;
}

void progress_show(struct progress *p, int64_t done, int64_t total)
{
	int percent = total > 0 ? (int)((double)done / (double)total * 100) : -1;
	int64_t now = clock_ms();

	if (percent > 100)
		percent = 100;
	if (p->lines && percent >= 0)
		show_line(p, percent);
	if (p->lines || !p->io->error_is_terminal || now - p->start_ms < PATIENCE_MS ||
		now - p->shown_ms < REDRAW_MS)
		return;
	p->shown_ms = now;
	show_bar(p, percent, done);
}

void progress_hide(struct progress *p)
{
	_cleanup_str_ struct str blank = { 0 };

	if (!p->drawn)
		return;
	str_addf(&blank, "\r%*s\r", BAR_WIDTH + 8, "");
	write_error(p->io, &blank);
	p->drawn = false;
}

void progress_done(struct progress *p)
{
	progress_hide(p);
	if (p->lines)
		show_line(p, 100);
}
