/* SPDX-License-Identifier: MIT */
/*
 * Parts of the program that only some commands need, and that bring large libraries along: shared
 * objects that the first use loads.
 */
#pragma once

/*
 * The address of @symbol in the module @file, which lies in the program's library folder. NULL when
 * it cannot be had; *why says the reason and stays valid until the next call.
 */
const void *module_symbol(const char *file, const char *symbol, const char **why);
