/* SPDX-License-Identifier: MIT */
#pragma once

/* The usage text: how to write a command line, and where to find more help. Owned. */
char *help_usage(const char *program);
