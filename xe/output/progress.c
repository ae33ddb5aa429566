/* SPDX-License-Identifier: MIT */
/* Draws the progress of a command on the error stream. If drawing fails, the command does not fail. */
#include "xe/output/progress.h"

#include <string.h>

#include "objects/base/clock.h"
#include "objects/base/escape.h"
#include "xe/output/terminal_text.h"

#define XE_WIDTH 70
#define BAR_WIDTH 40
#define PATIENCE_MS 1000
#define REDRAW_MS 100
#define NARROW_BAR 10
#define DEFAULT_COLUMNS 80
#define ECHOED 4 /* columns of "^C^C", which the terminal echoes behind the progress line */

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

void progress_clear(struct progress *p)
{
	free(p->name);
	p->name = NULL;
}

void progress_name(struct progress *p, const char *command, const char *object)
{
	_cleanup_free_ char *whole = object ? xasprintf("%s %s", command, object) : NULL;

	free(p->name);
	p->name = shown(whole ? whole : command, SHOWN_TEXT);
	p->first_ms = 0;
}

static void show_line(struct progress *p, int percent)
{
	_cleanup_str_ struct str line = { 0 };

	str_addf(&line, "\r %3d%% %c ", percent, "|/-\\"[percent % 4]);
	add_hashes(&line, XE_WIDTH * percent / 100);
	str_add(&line, "\n");
	write_error(p->io, &line);
}

/* ---- the line on a terminal ------------------------------------------------------------------ */

static size_t line_width(const struct progress *p)
{
	return p->io->columns ? p->io->columns - 1 : DEFAULT_COLUMNS - 1;
}

/* How many columns are overwritten with blanks to remove the progress line; as `xe` as many as xe itself. */
static size_t blank_width(const struct progress *p)
{
	size_t width = p->drawn + ECHOED;

	if (!p->detail)
		return BAR_WIDTH + 8;
	return width > line_width(p) ? line_width(p) + 1 : width;
}

static void tell_drawn(struct progress *p, size_t width)
{
	p->drawn = width;
	if (p->io->stays)
		p->io->stays(p->io->ctx, width ? blank_width(p) : 0);
}

/* Replaces the progress line on the terminal by @text, cut to the width of the terminal. */
static void draw(struct progress *p, const char *text)
{
	_cleanup_str_ struct str line = { 0 };
	size_t n = text_bytes(text, p->detail ? line_width(p) : SIZE_MAX), width;

	str_add(&line, "\r");
	str_add_bytes(&line, text, n);
	width = text_width(str_text(&line) + 1);
	if (width < p->drawn)
		str_addf(&line, "%*s", (int)(p->drawn - width), "");
	tell_drawn(p, width > p->drawn ? width : p->drawn);
	write_error(p->io, &line);
}

/* Adds rate and remaining time to a progress line, as far as they are known: "  118.2 MiB/s  0:35 left". */
static void add_rate(struct progress *p, int64_t done, int64_t total, int64_t now, struct str *to)
{
	if (!p->first_ms || done < p->first) {
		p->first_ms = now;
		p->first = done;
	}
	int64_t ms = now - p->first_ms, bytes = done - p->first;

	if (ms < PATIENCE_MS || bytes <= 0)
		return;
	double rate = (double)bytes / (double)ms * 1000;

	str_addf(to, "  %.1f MiB/s", rate / (1 << 20));
	if (total > done) {
		int64_t left = (int64_t)((double)(total - done) / rate) + 1;

		str_addf(to, "  %lld:%02lld left", (long long)(left / 60), (long long)(left % 60));
	}
}

static void add_bar(struct str *to, int percent, size_t width)
{
	int hashes = (int)width * percent / 100;

	str_add(to, "[");
	add_hashes(to, hashes);
	str_addf(to, "%*s] %3d%%", (int)width - hashes, "", percent);
}

static void show_bar(struct progress *p, int percent, int64_t done, const char *rate)
{
	static const char others[] = "[] 100%  1000.0 MiB/s  10:00 left";
	_cleanup_str_ struct str line = { 0 };
	size_t used;

	if (p->detail && p->name)
		str_addf(&line, "%s ", p->name);
	used = text_width(str_text(&line)) + strlen(others);
	if (percent < 0)
		str_addf(&line, "%lld MiB", (long long)(done >> 20));
	else
		add_bar(&line, percent,
			!p->detail || used + BAR_WIDTH <= line_width(p) ? BAR_WIDTH : NARROW_BAR);
	str_add(&line, rate);
	draw(p, str_text(&line));
}

static bool is_time(struct progress *p, int64_t now, int64_t every)
{
	if (p->lines || p->quiet || !p->io->error_is_terminal || now - p->shown_ms < every)
		return false;
	p->shown_ms = now;
	return true;
}

void progress_show(struct progress *p, int64_t done, int64_t total)
{
	int percent = total > 0 ? (int)((double)done / (double)total * 100) : -1;
	_cleanup_str_ struct str rate = { 0 };
	int64_t now = clock_ms();

	if (percent > 100)
		percent = 100;
	if (p->lines && percent >= 0)
		show_line(p, percent);
	if (p->detail)
		add_rate(p, done, total, now, &rate);
	if (now - p->start_ms >= PATIENCE_MS && is_time(p, now, REDRAW_MS))
		show_bar(p, percent, done, str_text(&rate));
}

void progress_wait(struct progress *p, const char *what, int64_t ms, int64_t limit_ms)
{
	_cleanup_str_ struct str line = { 0 };

	if (!p->detail || !is_time(p, clock_ms(), PATIENCE_MS))
		return;
	if (p->name)
		str_addf(&line, "%s: ", p->name);
	str_addf(&line, "waiting for %s, %lld s", what, (long long)(ms / 1000));
	if (limit_ms)
		str_addf(&line, " of at most %lld s", (long long)(limit_ms / 1000));
	draw(p, str_text(&line));
}

void progress_count(struct progress *p, const char *what, size_t done, size_t total)
{
	_cleanup_str_ struct str line = { 0 };
	int64_t now = clock_ms();

	if (done >= total)
		progress_hide(p);
	else if (p->detail && now - p->start_ms >= PATIENCE_MS && is_time(p, now, REDRAW_MS)) {
		if (p->name)
			str_addf(&line, "%s: ", p->name);
		str_addf(&line, "%s, %zu of %zu", what, done, total);
		draw(p, str_text(&line));
	}
}

void progress_hide(struct progress *p)
{
	_cleanup_str_ struct str blank = { 0 };

	if (!p->drawn)
		return;
	str_addf(&blank, "\r%*s\r", (int)blank_width(p), "");
	write_error(p->io, &blank);
	tell_drawn(p, 0);
	p->shown_ms = 0;
}

void progress_done(struct progress *p)
{
	progress_hide(p);
	if (p->lines)
		show_line(p, 100);
}
