/* SPDX-License-Identifier: MIT */
#include "xe/model/forward.h"

#include <signal.h>
#include <string.h>

#include "objects/pool/object_host.h"
#include "objects/pool/remote_run.h"
#include "xe/model/call_home.h"
#include "xe/remote/remote_side.h"
#include "xe/remote/remote_words.h"

#define SSH_FAILED 255 /* also of other programs that connect hosts */
#define MAY_GO_ON "; the command may go on there: 'vxe task-list' shows it"

/* ---- before -------------------------------------------------------------------------------------- */

/* True if the word names a file of the caller: a parameter with a path, or a key of a map with one. */
static bool names_file(const struct call *c, const struct word *w)
{
	const struct param *p = command_param(c->command, w->key, c->as_xe);

	return p ? param_kind(c->command, p)->type == PARAM_FILE
		 : strchr(w->key, ':') &&
			(str_ends(w->key, "-filename") || str_ends(w->key, ":file"));
}

static int check_files(const struct call *c, const char *host, struct vxe_error *err)
{
	for (size_t i = 0; i < c->params->n; i++)
		if (names_file(c, &c->params->items[i]))
			return vxe_fail(err, VXE_FILE_HERE, host, c->params->items[i].key);
	return 0;
}

/* The content of the file that a part is about comes and goes by its streams. */
static bool is_streamed(const struct call *c, const char *key)
{
	return c->forwarded->part && c->command->flags & C_STREAMS && str_eq(key, "filename");
}

int forward_check(const struct call *c, struct vxe_error *err)
{
	if (!c->forwarded)
		return 0;
	if (!call_has_home(c))
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"no host sends this command to another one: it is typed on the host on which it is to run");
	for (size_t i = 0; i < c->params->n; i++)
		if (names_file(c, &c->params->items[i]) && !is_streamed(c, c->params->items[i].key))
			return vxe_fail(
				err, VXE_FILE_HERE, c->forwarded->host, c->params->items[i].key);
	return 0;
}

static int make_argv(struct call *c, const struct forwarded *f, const char *also, struct strv *ret,
	struct vxe_error *err)
{
	_cleanup_free_ char *address = NULL;
	_cleanup_strv_ struct strv words = { 0 }, way = { 0 };

	if (object_host_reach(c->session, f->host, &address, &way, err) < 0)
		return -1;
	if (!way.n && str_is_empty(address)) {
		vxe_fail(err, HOST_OFFLINE, f->host);
		error_note(err, "its address is not known yet: it has run no vxe in the pool");
		return -1;
	}
	for (size_t i = 0; i < c->words->n; i++) {
		strv_add(&words, c->words->items[i]);
		if (also && i + 1 == c->typed)
			strv_add(&words, also);
	}
	remote_argv(&way, address, c->as_xe ? "xe" : "vxe", f, &words, ret);
	return 0;
}

/* ---- afterwards ---------------------------------------------------------------------------------- */

/* The last line of a text that is not empty. Owned. */
static char *last_line(const char *text)
{
	_cleanup_strv_ struct strv lines = { 0 };

	strv_split(&lines, text, '\n');
	for (size_t i = lines.n; i > 0; i--)
		if (*lines.items[i - 1])
			return xstrndup(lines.items[i - 1], strcspn(lines.items[i - 1], "\r"));
	return NULL;
}

/* The words by which the host was to be reached, owned: those before vxe's. */
static char *way_there(const struct strv *argv)
{
	struct str way = { 0 };

	for (size_t i = 0; i + 2 < argv->n; i++) /* the last two are vxe's */
		str_addf(&way, "%s%s", i ? " " : "", argv->items[i]);
	return str_steal(&way);
}

/* A shell's status for a program that a signal has ended; one that vxe handles is not meant. */
static bool is_killed(int status)
{
	return status == 128 + SIGKILL || status == 128 + SIGSEGV || status == 128 + SIGABRT;
}

/* Fails if the command has not run there, or if its end is not known. */
static int check_end(struct call *c, const char *host, const struct strv *argv,
	const struct remote_end *end, struct vxe_error *err)
{
	_cleanup_free_ char *why = end->begun ? NULL : last_line(str_text(&end->said));

	if (end->stopped) {
		vxe_fail(err, TASK_CANCELLED, c->command->name);
		error_note(err, "host %s was left" MAY_GO_ON, host);
	} else if (!end->begun) {
		_cleanup_free_ char *way = way_there(argv);

		vxe_fail(err, HOST_OFFLINE, host);
		if (why)
			error_note(err, "%s (by: %s)", why, way);
		else
			error_note(err, "vxe did not start there: exit status %d (by: %s)",
				end->status, way);
	} else if (end->status == SSH_FAILED) {
		vxe_fail(err, HOST_OFFLINE, host);
		error_note(err, "the connection was lost" MAY_GO_ON);
	} else if (is_killed(end->status)) {
		session_notice(c->session,
			"vxe was killed on host %s (signal %d): the next command there undoes or completes what it "
			"had begun",
			host, end->status - 128);
	}
	return err->code != VXE_OK ? -1 : 0;
}

/* ---- both ---------------------------------------------------------------------------------------- */

struct passing {
	struct call *c;
	struct str *text; /* gets the output; NULL: the caller does */
};

static bool pass_output(void *ctx, const char *data, size_t n)
{
	const struct passing *p = ctx;
	const struct io *io = p->c->render->io;

	if (!p->text)
		return io->out(io->ctx, data, n) == 0 && io->flush(io->ctx) == 0;
	str_add_bytes(p->text, data, n);
	return true;
}

static void pass_error(void *ctx, const char *data, size_t n)
{
	const struct passing *p = ctx;
	const struct io *io = p->c->render->io;

	(void)io->error(io->ctx, data, n);
}

static bool is_asked_to_end(void *ctx)
{
	struct call *c = ((const struct passing *)ctx)->c;

	return c->cancelled && c->cancelled(c);
}

int forward_call(struct call *c, const char *host, struct vxe_error *err)
{
	const bool input = c->command->flags & C_INPUT && !call_find(c, "force");
	const struct forwarded f = {
		.host = (char *)(uintptr_t)host, .usual = c->words->n - c->typed, .input = input
	};
	const struct io *io = c->render->io;
	struct passing passing = { .c = c };
	const struct remote_streams streams = { pass_output, pass_error, is_asked_to_end, &passing,
		.file_out = -1, .file_in = -1,
		.stream_in = input && io->in_fd ? io->in_fd(io->ctx) : -1 };
	_cleanup_remote_end_ struct remote_end end = { 0 };
	_cleanup_strv_ struct strv argv = { 0 };

	if (check_files(c, host, err) < 0 || make_argv(c, &f, NULL, &argv, err) < 0)
		return -1;
	progress_hide(c->progress);
	if (remote_run(&argv, &streams, &end, err) < 0 || check_end(c, host, &argv, &end, err) < 0)
		return -1;
	/* the other side was asked by a SIGTERM of its own */
	c->status = end.status == 128 + SIGTERM && call_signal_status(c) ? call_signal_status(c)
									 : end.status;
	c->sent = true;
	return 0;
}

int forward_part(
	struct call *c, const char *host, const struct forward_part *part, struct vxe_error *err)
{
	const struct forwarded f = { .host = (char *)(uintptr_t)host,
		.usual = c->words->n - c->typed,
		.input = part->in >= 0,
		.part = true,
		.bytes = part->bytes,
		.only = (char *)(uintptr_t)part->only };
	_cleanup_str_ struct str text = { 0 };
	struct passing passing = { c, &text };
	const struct remote_streams streams = { pass_output, pass_error, is_asked_to_end, &passing,
		.file_out = part->out, .file_in = part->in, .stream_in = -1 };
	_cleanup_remote_end_ struct remote_end end = { 0 };
	_cleanup_strv_ struct strv argv = { 0 };

	if ((part->in < 0 && part->out < 0 && check_files(c, host, err) < 0) ||
		make_argv(c, &f, part->also, &argv, err) < 0 ||
		remote_run(&argv, &streams, &end, err) < 0 ||
		check_end(c, host, &argv, &end, err) < 0)
		return -1;
	if (end.error.len)
		return remote_error_read(&end.error, err);
	if (end.status)
		return vxe_fail_internal(err, "host %s ended with status %d", host, end.status);
	while (text.len && text.data[text.len - 1] == '\n')
		text.data[--text.len] = '\0';
	if (text.len)
		c->result = str_steal(&text);
	return 0;
}
