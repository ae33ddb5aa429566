/* SPDX-License-Identifier: MIT */
#include "xe/remote/remote_side.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void remote_hello(const struct io *io)
{
	(void)io->error(io->ctx, "", 1);
}

/* ---- a caller that has gone ---------------------------------------------------------------------- */

static void *wait_for_end(void *arg)
{
	struct pollfd fds[] = { { .fd = STDERR_FILENO },
		{ .fd = arg ? -1 : STDIN_FILENO, .events = POLLIN } };

	while (poll(fds, 2, -1) <= 0)
		continue;
	(void)kill(getpid(), SIGTERM);
	return NULL;
}

void remote_watch(bool input)
{
	static char has_content;
	pthread_t thread;
	sigset_t all, before;

	/* signals are for the thread that runs the command */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&thread, NULL, wait_for_end, input ? &has_content : NULL) == 0)
		(void)pthread_detach(thread);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- the error of a part ------------------------------------------------------------------------- */

void remote_error_write(const struct io *io, const struct vxe_error *err)
{
	_cleanup_str_ struct str text = { 0 };

	str_add_bytes(&text, "", 1);
	str_add(&text, code_info(err->code)->name);
	str_add_bytes(&text, "", 1);
	str_addf(&text, "%zu", err->n_params);
	for (size_t i = 0; i < err->n_params; i++) {
		str_add_bytes(&text, "", 1);
		str_add(&text, err->params[i]);
	}
	str_add_bytes(&text, "", 1);
	str_add(&text, err->detail ? err->detail : "");
	(void)io->error(io->ctx, text.data, text.len);
}

static enum vxe_code code_named(const char *name)
{
	enum vxe_code code = VXE_OK + 1;

	while (code < VXE_N_CODES && !str_eq(code_info(code)->name, name))
		code++;
	return code;
}

int remote_error_read(const struct str *from, struct vxe_error *err)
{
	const char *params[VXE_MAX_PARAMS] = { NULL };
	const char *p = str_text(from), *end = p + from->len;
	_cleanup_strv_ struct strv texts = { 0 };

	for (; p <= end && from->len; p += strlen(p) + 1)
		strv_add(&texts, p);
	enum vxe_code code = texts.n ? code_named(texts.items[0]) : VXE_N_CODES;
	size_t n = texts.n > 1 ? strtoul(texts.items[1], NULL, 10) : 0;

	if (code == VXE_N_CODES || n > VXE_MAX_PARAMS || texts.n != n + 3 || !code_takes(code, n))
		return vxe_fail_internal(err, "the other host ended with an unknown error");
	for (size_t i = 0; i < n; i++)
		params[i] = texts.items[i + 2];
	vxe_fill(err, code, params, n);
	if (*texts.items[n + 2])
		err->detail = xstrdup(texts.items[n + 2]);
	return -1;
}
