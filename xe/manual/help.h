/* SPDX-License-Identifier: MIT */
#pragma once

/* The usage text of the client's stage. Owned. */
char *help_usage(const char *program);
