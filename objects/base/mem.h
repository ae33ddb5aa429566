/* SPDX-License-Identifier: MIT */
/*
 * Memory: allocators that abort when there is no memory, and cleanup attributes that release what a
 * function owns wherever it returns.
 */
#pragma once

#include <dirent.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f), unused))
#define _must_check_ __attribute__((warn_unused_result))
#define _printf_(a, b) __attribute__((format(printf, a, b)))

/* Hands over an owned pointer: the variable becomes NULL, its old value is the result. */
#define TAKE(p)                                                                                    \
	({                                                                                         \
		__typeof__(p) *take_ptr_ = &(p);                                                   \
		__typeof__(p) take_val_ = *take_ptr_;                                              \
		*take_ptr_ = NULL;                                                                 \
		take_val_;                                                                         \
	})

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Defines xxx_cleanup(T **) for use with _cleanup_(), on top of a free that accepts NULL. */
#define DEFINE_CLEANUP(type, free_fn)                                                              \
	static inline void free_fn##_cleanup(type *p)                                              \
	{                                                                                          \
		if (*p)                                                                            \
			free_fn(*p);                                                               \
	}

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *p, size_t n, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
/* NULL in, NULL out. */
char *xstrdup_null(const char *s);
char *xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *fmt, ...) _printf_(1, 2) __attribute__((malloc, returns_nonnull));
char *xvasprintf(const char *fmt, va_list ap) _printf_(1, 0)
	__attribute__((malloc, returns_nonnull));

/* Replace an owned string: frees *p, stores a copy of @s (NULL stays NULL). */
void str_replace(char **p, const char *s);

static inline void freep(void *p)
{
	free(*(void **)p);
}

static inline void closep(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define _cleanup_free_ _cleanup_(freep)
#define _cleanup_close_ _cleanup_(closep)
DEFINE_CLEANUP(DIR *, closedir)
#define _cleanup_dir_ _cleanup_(closedir_cleanup)
