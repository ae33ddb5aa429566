/* SPDX-License-Identifier: MIT */
/* What is coloured on a terminal, and how: few things, each of which a user looks for. struct render says whether. */
#pragma once

#define MARK_HEAD "\033[1m"
#define MARK_FAULT "\033[31m"
#define UNMARK "\033[0m"

/* What begins the colour of a value that a field prints as @text; "": it has none. */
const char *mark_of(const char *field, const char *text);
