/* SPDX-License-Identifier: MIT */
/* The manual pages, generated from the tables of commands, areas and guides, as man(7) has them. */
#pragma once

#include "xe/model/areas.h"

/*
 * Adds text: a minus, which would become a hyphen, and a dot at the beginning of a line, which would
 * become a request, are escaped.
 */
void man_text(struct str *doc, const char *text);
/* Adds a block of lines "vxe WORDS" as they are typed. */
void man_examples(struct str *doc, const struct strv *lines);
/* Adds the page PAGE.7, the commands of an area. */
void man_area(struct str *doc, const struct commands *all, const struct area *area);
