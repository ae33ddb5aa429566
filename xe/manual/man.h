/* SPDX-License-Identifier: MIT */
/* Writes the manual pages, in the language of man(7), from the tables of commands, areas and guides. */
#pragma once

#include "xe/model/areas.h"

/*
 * Adds text: a minus, which would become a hyphen, and a dot at the beginning of a line, which would
 * become a request, are escaped.
 */
void man_text(struct str *doc, const char *text);
/* Adds a block of lines "vxe WORDS", as a user types them. */
void man_examples(struct str *doc, const struct strv *lines);
/* Adds the page PAGE.7, with the commands of an area. */
void man_area(struct str *doc, const struct commands *all, const struct area *area);
