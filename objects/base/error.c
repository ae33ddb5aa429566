/* SPDX-License-Identifier: MIT */
/* Fills, moves and clears error values; the rows of the catalogue come from codes.h. */
#include "objects/base/error.h"

#include "objects/base/escape.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define ROW(code_, shape_, exit_, text_, ...)                                                      \
	[code_] = { #code_, SHAPE_##shape_, EXIT_##exit_, text_, { __VA_ARGS__ } },

static const struct code_info catalogue[VXE_N_CODES] = { VXE_CODES(ROW) };

const struct code_info *code_info(enum vxe_code code)
{
	assert(code > VXE_OK && code < VXE_N_CODES);
	return &catalogue[code];
}

size_t code_param_count(enum vxe_code code)
{
	const struct code_info *info = code_info(code);
	size_t n = 0;

	while (n < VXE_MAX_PARAMS && info->params[n])
		n++;
	return n;
}

bool code_takes(enum vxe_code code, size_t n)
{
	enum code_shape shape = code_info(code)->shape;

	/* Codes with other parameters than the catalogue declares have them as in xe. */
	return n == code_param_count(code) || code == VM_IS_TEMPLATE ||
		code == OPERATION_PARTIALLY_FAILED || shape == SHAPE_RAW || shape == SHAPE_WORDS;
}

void vxe_fill(struct vxe_error *err, enum vxe_code code, const char *const *params, size_t n)
{
	assert(err->code == VXE_OK);
	assert(n <= VXE_MAX_PARAMS);
	assert(code_takes(code, n));
	err->code = code;
	err->n_params = n;
	for (size_t i = 0; i < n; i++)
		err->params[i] = xstrdup(params[i] ? params[i] : "");
}

void vxe_fill_text(struct vxe_error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	_cleanup_free_ char *text = shown_vprintf(SHOWN_TEXT, fmt, ap);
	va_end(ap);
	vxe_fail(err, CLI_FAILURE, text);
}

void vxe_fill_value(struct vxe_error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	_cleanup_free_ char *text = shown_vprintf(SHOWN_TEXT, fmt, ap);
	va_end(ap);
	vxe_fail(err, CLI_VALUE, text);
}

void vxe_fill_internal(struct vxe_error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	_cleanup_free_ char *text = shown_vprintf(SHOWN_TEXT, fmt, ap);
	va_end(ap);
	vxe_fail(err, INTERNAL_ERROR, text);
}

void vxe_fill_errno(struct vxe_error *err, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	_cleanup_free_ char *what = shown_vprintf(SHOWN_TEXT, fmt, ap);
	va_end(ap);
	_cleanup_free_ char *whole = xasprintf("%s: %s", what, strerror(saved));
	vxe_fail(err, INTERNAL_ERROR, whole);
}

void error_note(struct vxe_error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *note = xvasprintf(fmt, ap);
	va_end(ap);
	if (err->detail) {
		char *both = xasprintf("%s; %s", err->detail, note);

		free(note);
		free(err->detail);
		note = both;
	}
	err->detail = note;
}

void error_about(struct vxe_error *err, const char *uuid)
{
	if (err->code == VXE_OK)
		return;
	free(err->about);
	err->about = xstrdup(uuid);
}

void error_move(struct vxe_error *to, struct vxe_error *from)
{
	error_clear(to);
	*to = *from;
	*from = (struct vxe_error){ 0 };
}

void error_clear(struct vxe_error *err)
{
	for (size_t i = 0; i < err->n_params; i++)
		free(err->params[i]);
	free(err->detail);
	free(err->about);
	*err = (struct vxe_error){ 0 };
}

void error_tell_full(struct vxe_error *err)
{
	static const int full[] = { ENOSPC, EDQUOT };

	for (size_t i = 0; i < ARRAY_LEN(full); i++) {
		if (err->code != VXE_IMAGE_FAILED || err->n_params < 2 ||
			!strstr(err->params[1], strerrordesc_np(full[i])))
			continue;
		_cleanup_free_ char *text = xasprintf("%s: %s", err->params[0], err->params[1]);

		error_clear(err);
		(void)vxe_fail(err, SR_BACKEND_FAILURE_44, "", "", text);
	}
}
