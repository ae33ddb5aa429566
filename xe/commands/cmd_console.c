/* SPDX-License-Identifier: MIT */
/*
 * console: connects the terminal to the serial line of a guest. Behaviour source: xen-api
 * ocaml/xapi-cli-server/cli_operations.ml (console), xe-cli/newcli.ml.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <termios.h>

#include "objects/host/console_open.h"
#include "objects/queries/param.h"
#include "xe/model/select.h"

#define ESCAPE 0x1d /* the key Ctrl-] */
#define PERIOD_MS 200

/* ---- the terminal ---------------------------------------------------------------------------- */

struct terminal {
	int fd;
	bool changed;
	struct termios before;
};

/* Makes the terminal pass every key to the guest, also ^C. Does nothing if the input is no terminal. */
static void terminal_raw(struct terminal *t, int fd)
{
	struct termios raw;

	*t = (struct terminal){ .fd = fd };
	if (fd < 0 || tcgetattr(fd, &t->before) < 0)
		return;
	raw = t->before;
	cfmakeraw(&raw);
	t->changed = tcsetattr(fd, TCSAFLUSH, &raw) == 0;
}

static void terminal_restore(struct terminal *t)
{
	if (t->changed)
		(void)tcsetattr(t->fd, TCSAFLUSH, &t->before);
}

/* ---- both directions ------------------------------------------------------------------------- */

static int write_all(int fd, const char *data, size_t n)
{
	while (n) {
		ssize_t done = write(fd, data, n);

		if (done < 0 && errno != EINTR)
			return -1;
		data += done < 0 ? 0 : done;
		n -= done < 0 ? 0 : (size_t)done;
	}
	return 0;
}

enum way { GOES_ON, AT_END, ESCAPED };

static enum way to_guest(int from, int line)
{
	char block[4096];
	ssize_t n = read(from, block, sizeof(block));
	const char *escape;

	if (n <= 0)
		return n < 0 && errno == EINTR ? GOES_ON : AT_END;
	escape = memchr(block, ESCAPE, (size_t)n);
	if (write_all(line, block, escape ? (size_t)(escape - block) : (size_t)n) < 0)
		return AT_END;
	return escape ? ESCAPED : GOES_ON;
}

/*
 * Passes output of the guest on to the caller; false at the end of the guest's serial line, or if the caller's output
 * has failed.
 */
static bool to_caller(const struct io *io, int line)
{
	char block[4096];
	ssize_t n = read(line, block, sizeof(block));

	if (n <= 0)
		return n < 0 && errno == EINTR;
	return io->out(io->ctx, block, (size_t)n) == 0 && io->flush(io->ctx) == 0;
}

enum { LINE, INPUT };

/*
 * Passes data between the caller and the guest's serial line until the escape key, the end of the line or a failed
 * output. After the end of the caller's input, the guest's output continues.
 */
static void connect_both(struct call *c, int line, int input)
{
	struct pollfd fds[] = { { .fd = line, .events = POLLIN },
		{ .fd = input, .events = POLLIN } };

	while (!session_cancelled(c->session)) {
		int n = poll(fds, ARRAY_LEN(fds), PERIOD_MS);

		if (n < 0 && errno != EINTR)
			return;
		if (n <= 0)
			continue;
		if (fds[LINE].revents && !to_caller(c->render->io, line))
			return;
		if (!fds[INPUT].revents)
			continue;
		enum way way = to_guest(input, line);

		if (way == ESCAPED || (way == AT_END && c->render->io->in_is_terminal))
			return;
		if (way == AT_END)
			fds[INPUT].fd = -1;
	}
}

/* ---- the command ----------------------------------------------------------------------------- */

/* Selects the VM whose console is wanted, with the error texts of xe's console command. */
static int select_vm(struct call *c, struct strv *ret, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error why = { 0 };

	if (select_vms(c, SELECT_CONTROL | SELECT_ONE, ret, &why) == 0)
		return 0;
	if (why.code == CLI_NO_MATCH)
		return vxe_fail(err, CLI_PLAIN, "No VM found");
	if (why.code == CLI_AMBIGUOUS)
		return vxe_fail(err, CLI_PLAIN,
			"Multiple VMs found: please narrow your request to one VM.");
	error_move(err, &why);
	return -1;
}

static int cmd_console(struct call *c, struct vxe_error *err)
{
	const struct io *io = c->render->io;
	_cleanup_strv_ struct strv vms = { 0 };
	_cleanup_free_ char *name = NULL, *hello = NULL;
	_cleanup_(terminal_restore) struct terminal terminal = { .fd = -1 };
	_cleanup_close_ int line = -1;
	int input = io->in_fd ? io->in_fd(io->ctx) : -1;

	if (select_vm(c, &vms, err) < 0 ||
		param_get(c->session, view_by_prefix("vm"), vms.items[0], "name-label", NULL, &name,
			err) < 0 ||
		console_open(c->session, vms.items[0], &line, err) < 0)
		return -1;
	if (line < 0)
		return vxe_fail(err, CLI_PLAIN, "No text console available");
	hello = xasprintf("Connecting to console on VM %s. Press Ctrl + ']' to quit.", name);
	render_line(c->render, hello);
	(void)io->flush(io->ctx);
	if (io->in_is_terminal)
		terminal_raw(&terminal, input);
	connect_both(c, line, input);
	return 0;
}

const struct command console_commands[] = {
	{ "console", cmd_console, C_SELECTS | C_EVERYDAY | C_READS | C_ASKS_HOME | C_INPUT,
		"Connect to the serial line of the selected running VM, until Ctrl-]", NO_PARAMS,
		PRINTS(PRINTS_STREAM) },
	{ 0 },
};
