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
 * Loads the module and its libraries in another thread, while the caller does something else. module_symbol() waits
 * until the module is loaded, and reports the error if there is one; for a symbol of a module in @first it waits
 * only until that module is loaded. Only one module of a process can be loaded in this way. @first, an array ended
 * by a NULL file, is loaded before the module, one file after the other; a library that does not exist is left out.
 */
void module_preload(const char *file, const struct module_first *first);
/*
 * Has another thread call @fn as soon as the module is loaded, with the address of the module's @symbol (NULL: the
 * module could not be loaded). The thread is that of module_preload(), or a new one if that has done its work. @file
 * and @symbol must stay valid. False: no thread could be started, and @fn is not called.
 */
typedef void module_then_fn(const void *symbol);
bool module_then(const char *file, const char *symbol, module_then_fn *fn);
/*
 * Waits at most @ms milliseconds until the thread that loads the module has done its work, including the function of
 * module_then(). True: the work is done, or there is no thread.
 */
bool module_done(int64_t ms);
/* Waits until the thread that loads the module has ended: a process must not end while a thread loads libraries. */
void module_preload_end(void);
