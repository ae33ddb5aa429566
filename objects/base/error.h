/* SPDX-License-Identifier: MIT */
/*
 * Errors are values: a code of the catalogue and its parameters. The function that finds an error
 * fills the value once and returns -1 (or NULL); its callers pass the error on; only xe/model/error_report.c
 * prints it.
 *
 *	_cleanup_error_ struct vxe_error err = { 0 };
 *	if (vm_start(s, uuid, &err) < 0) ...
 *
 * A function leaves the error untouched on success and fills it exactly once on failure. A caller
 * that continues after an error clears it with error_clear().
 */
#pragma once

#include "objects/base/codes.h"
#include "objects/base/str.h"

#define VXE_MAX_PARAMS 4

struct vxe_error {
	enum vxe_code code; /* VXE_OK while empty */
	size_t n_params;
	char *params[VXE_MAX_PARAMS];
	char *detail; /* text of another program or of errno, for the log and INTERNAL_ERROR */
	char *about; /* UUID of the object that the command was to act on; NULL: none, or several */
};

/* How an error is printed: xe prints its errors in these forms. */
enum code_shape {
	SHAPE_API, /* text, then "name: value" lines */
	SHAPE_RAW, /* when called as `xe`: "Error code: X" and "Error parameters: a, b" */
	/* as SHAPE_RAW when called as `xe`, but with the error's text in place of the code X */
	SHAPE_WORDS,
	SHAPE_TEXT,  /* "Error: " and the first parameter */
	SHAPE_USAGE, /* the error's text and first parameter, then the usage hint */
	SHAPE_PLAIN, /* only the first parameter */
};

/* Exit statuses when called as `vxe`; when called as `xe` the status of every failure is 1. */
enum vxe_exit {
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NOT_FOUND = 3,
	EXIT_AMBIGUOUS = 4,
	EXIT_SOME_FAILED = 5,
	EXIT_BUSY = 6,
	EXIT_REFUSED = 7,
};

struct code_info {
	const char *name;
	enum code_shape shape;
	enum vxe_exit exit;
	const char *text; /* one sentence: what happened and, where it helps, what to do */
	const char *params[VXE_MAX_PARAMS];
};

const struct code_info *code_info(enum vxe_code code);
size_t code_param_count(enum vxe_code code);
/* True if an error of this code may have @n parameters. */
bool code_takes(enum vxe_code code, size_t n);

/*
 * Fills @err with a code and its parameters: strings (NULL counts as ""), as many as the catalogue declares (codes of
 * SHAPE_RAW and SHAPE_WORDS, and a few others, take any number up to VXE_MAX_PARAMS); the macro terminates the list.
 * Always returns -1, in a form that compilers and analyzers can see.
 */
#define vxe_fail(err, code, ...)                                                                   \
	(vxe_fill((err), (code), (const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL },         \
		 sizeof((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL }) /                \
				 sizeof(const char *) -                                            \
			 1),                                                                       \
		vxe_failed())
void vxe_fill(struct vxe_error *err, enum vxe_code code, const char *const *params, size_t n);
static inline int vxe_failed(void)
{
	return -1;
}

/*
 * Fill @err and return -1: vxe_fail_text() with CLI_FAILURE ("Error: TEXT"), vxe_fail_value() with CLI_VALUE, which
 * looks the same and means a value that cannot be read, vxe_fail_internal() with an internal error, vxe_fail_errno() with an internal error that ends with strerror(errno).
 */
#define vxe_fail_value(err, ...) (vxe_fill_value((err), __VA_ARGS__), vxe_failed())
#define vxe_fail_text(err, ...) (vxe_fill_text((err), __VA_ARGS__), vxe_failed())
#define vxe_fail_internal(err, ...) (vxe_fill_internal((err), __VA_ARGS__), vxe_failed())
#define vxe_fail_errno(err, ...) (vxe_fill_errno((err), __VA_ARGS__), vxe_failed())
void vxe_fill_value(struct vxe_error *err, const char *fmt, ...) _printf_(2, 3);
void vxe_fill_text(struct vxe_error *err, const char *fmt, ...) _printf_(2, 3);
void vxe_fill_internal(struct vxe_error *err, const char *fmt, ...) _printf_(2, 3);
void vxe_fill_errno(struct vxe_error *err, const char *fmt, ...) _printf_(2, 3);

/* Adds context to the detail (for the log) of an error that is already filled. */
void error_note(struct vxe_error *err, const char *fmt, ...) _printf_(2, 3);
/*
 * Says which object a filled error is about. A later call replaces the object of an earlier one: callers further up
 * know better what the user has asked for.
 */
void error_about(struct vxe_error *err, const char *uuid);
void error_move(struct vxe_error *to, struct vxe_error *from);
void error_clear(struct vxe_error *err);
#define _cleanup_error_ _cleanup_(error_clear)

/*
 * Changes @err into SR_BACKEND_FAILURE_44 if it says that an image could not be written because the
 * disk is full. (vxe checks the free space beforehand, but other programs may use it up.) Leaves
 * any other error as it is.
 */
void error_tell_full(struct vxe_error *err);
