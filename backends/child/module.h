/* SPDX-License-Identifier: MIT */
/*
 * Modules: parts of the program that only some commands need and that use large libraries. They are
 * shared objects, loaded at their first use.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The address of @symbol in the module @file in the program's library folder. NULL on failure; *why
 * is the reason and stays valid until the next call.
 */
const void *module_symbol(const char *file, const char *symbol, const char **why);

/* What is loaded before a module: a library (@symbol NULL), or another module of which only @symbol is wanted. */
struct module_first {
	const char *file;
	const char *symbol;
};

/*
 * Loads the module and its libraries in another thread, while the caller does something else. module_symbol() waits for
 * the end, and reports the error if there is one; for the symbol of a module in @first only until that one is loaded.
 * For one module in a process. @first (ended by a file NULL) is loaded before the module, one after the other; a library
 * that does not exist is left out.
 */
void module_preload(const char *file, const struct module_first *first);
/*
 * Another thread calls @fn as soon as the module is loaded, with the address of the module's @symbol (strings that stay;
 * NULL: it could not be loaded): the thread of module_preload(), or if that has done its work a new one. False: no thread
 * could be started, and @fn is not called.
 */
typedef void module_then_fn(const void *symbol);
bool module_then(const char *file, const char *symbol, module_then_fn *fn);
/* Waits at most @ms for the end of the thread's work, @fn with it. True: it has ended, or there is no thread. */
bool module_done(int64_t ms);
/* Waits until the thread has ended: the process must not end while it loads libraries. */
void module_preload_end(void);
