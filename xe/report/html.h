/* SPDX-License-Identifier: MIT */
/* Text for a page in HTML. */
#pragma once

#include "objects/base/str.h"

/*
 * Appends @text as HTML shows it: '<', '>', '&' and quotes are written as entities, and what text_safe() escapes as
 * \xNN. @text NULL: nothing.
 */
void html_text(struct str *to, const char *text);
/*
 * Appends the HTML @html, in which each "$" stands for the next of the texts behind it, which are escaped as
 * html_text() does; NULL ends them.
 */
void html_add(struct str *to, const char *html, ...) __attribute__((sentinel));
/* The first lines of the page, with its style, up to and with <body>. @title is a text. */
void html_begin(struct str *to, const char *title);
void html_end(struct str *to);
