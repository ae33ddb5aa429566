/* SPDX-License-Identifier: MIT */
/* For tests that say what a shortcut does. */
#pragma once

/* The init of such a suite: all shortcuts are on, whatever VXE_SHORTCUTS says. */
void all_shortcuts(void);
