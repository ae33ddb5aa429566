/* SPDX-License-Identifier: MIT */
/*
 * Modules: parts of the program that only some commands need and that use large libraries. They are
 * shared objects, loaded at their first use.
 */
#pragma once

/*
 * The address of @symbol in the module @file in the program's library folder. NULL on failure; *why
 * is the reason and stays valid until the next call.
 */
const void *module_symbol(const char *file, const char *symbol, const char **why);
