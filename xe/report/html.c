/* SPDX-License-Identifier: MIT */
#include "xe/report/html.h"

#include <stdarg.h>
#include <string.h>

#include "xe/output/terminal_text.h"

void html_text(struct str *to, const char *text)
{
	_cleanup_free_ char *safe = text ? text_safe(text) : NULL;

	for (const char *p = safe ? safe : ""; *p;) {
		size_t n = strcspn(p, "<>&\"'");

		str_addf(to, "%.*s", (int)n, p);
		p += n;
		if (*p)
			str_addf(to, "&#%d;", *p++);
	}
}

void html_add(struct str *to, const char *html, ...)
{
	va_list texts;

	va_start(texts, html);
	for (const char *p = html; *p;) {
		size_t n = strcspn(p, "$");

		str_addf(to, "%.*s", (int)n, p);
		p += n;
		if (*p) {
			html_text(to, va_arg(texts, const char *));
			p++;
		}
	}
	va_end(texts);
}

/*
 * The style: light and dark as the reader's system is, one column on a telephone, and on paper no colours that cost ink.
 * Colours say nothing that no word says, too.
 */
static const char style[] =
	":root{color-scheme:light dark;--ink:#1c2024;--soft:#60646c;--paper:#fcfcfd;"
	"--card:#fff;--line:#e0e1e6;--main:#0b68cb;--good:#18794e;--bad:#c62a2f;--late:#ad5700;"
	"--bar:#bfdcff}\n"
	"@media (prefers-color-scheme:dark){:root{--ink:#edeef0;--soft:#b0b4ba;--paper:#111113;"
	"--card:#18191b;--line:#363a3f;--main:#70b8ff;--good:#3dd68c;--bad:#ff9592;--late:#ffa057;"
	"--bar:#104d87}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:70rem;padding:1rem;background:var(--paper);color:var(--ink);"
	"font:16px/1.5 system-ui,sans-serif}\n"
	"h1{font-size:1.6rem;margin:.5rem 0 0}h2{font-size:1.25rem;margin:2rem 0 .5rem}"
	"h3{font-size:1.05rem;margin:0}\n"
	"a{color:var(--main)}p{margin:.25rem 0}\n"
	".soft,small,th{color:var(--soft);font-weight:400}small{font-size:.85rem}\n"
	".card{background:var(--card);border:1px solid var(--line);border-radius:8px;"
	"padding:.75rem 1rem;margin:.75rem 0;break-inside:avoid}\n"
	".wide{overflow-x:auto}\n"
	"table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .75rem "
	".25rem 0;vertical-align:top}tr+tr td{border-top:1px solid var(--line)}\n"
	"td.n,th.n{text-align:right;white-space:nowrap}\n"
	".good{color:var(--good)}.bad{color:var(--bad)}.late{color:var(--late)}\n"
	"code{font:.85rem ui-monospace,monospace;overflow-wrap:anywhere}\n"
	".tree{display:flex;margin:.5rem 0}.tree svg{flex:none}\n"
	".tree ol{list-style:none;margin:0;padding:0;min-width:0;flex:1}\n"
	".tree li{height:28px;line-height:28px;white-space:nowrap;overflow:hidden;"
	"text-overflow:ellipsis}\n"
	"svg path{fill:none;stroke:var(--soft);stroke-width:2}svg circle{fill:var(--main)}"
	"svg .now{fill:var(--card);stroke:var(--main);stroke-width:3}\n"
	".bar{display:block;height:4px;background:var(--bar);border-radius:2px;min-width:2px;margin-left:auto;overflow:hidden}\n"
	".days td,.days th{text-align:center;padding:.25rem;min-width:3.2rem;white-space:nowrap}"
	".days td:first-child,.days th:first-child{text-align:left;min-width:8rem}"
	".today{background:var(--paper)}\n"
	"@media (max-width:40rem){body{padding:.5rem}.least{display:none}}\n"
	"@media print{:root{--ink:#000;--soft:#444;--paper:#fff;--card:#fff;--line:#999;"
	"--main:#000;--good:#000;--bad:#000;--late:#000;--bar:#bbb}body{max-width:none}}\n";

void html_begin(struct str *to, const char *title)
{
	html_add(to,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<title>$</title>\n<style>\n",
		title, NULL);
	str_add(to, style);
	str_add(to, "</style>\n</head>\n<body>\n");
}

void html_end(struct str *to)
{
	str_add(to, "</body>\n</html>");
}
