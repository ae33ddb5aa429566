/* SPDX-License-Identifier: MIT */
/*
 * What vm-uninstall and snapshot-uninstall share: they show a list, ask, and delete. The plan that is shown is the
 * plan that runs.
 */
#include "objects/vm/snapshot/vm_uninstall.h"
#include "xe/model/call.h"
#include "xe/commands/uninstall.h"

#include <string.h>
#include <strings.h>

/* Prints lines before the question; with --json they become a part of the result instead. */
static void print_lines(struct call *c, const struct planned_list *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		call_plan(c, &lines->items[i]);
	if (c->render->format == RENDER_JSON)
		return;
	for (size_t i = 0; i < c->plan.n; i++)
		render_line(c->render, c->plan.items[i]);
	call_plan_clear(c);
}

/* Prints a line that is for people: JSON has none. */
static void say(struct call *c, const char *text)
{
	if (c->render->format != RENDER_JSON)
		render_line(c->render, text);
}

static int print_actions(struct call *c, const struct uninstall *plan, struct vxe_error *err)
{
	_cleanup_planned_ struct planned_list lines = { 0 };

	if (uninstall_actions(c->session, plan, &lines, err) < 0)
		return -1;
	print_lines(c, &lines);

	_cleanup_free_ char *sum = call_plan_sum(c);

	if (sum)
		say(c, sum);
	return 0;
}

/*
 * Fails because the question was not answered: the user has pressed ^C, or the input has ended. xe's client has one
 * text for both.
 */
static int unanswered(struct call *c, struct vxe_error *err)
{
	const struct io *io = c->render->io;

	if (c->as_xe)
		return vxe_fail(err, CLI_LOST_CONNECTION, "Lost connection to the server.");
	if (!c->cancelled || !c->cancelled(c))
		return vxe_fail(err, CLI_LOST_CONNECTION, "The question was not answered.");
	/* the terminal has echoed ^C, so the line of the question is ended here */
	if (io->error_is_terminal)
		(void)io->error(io->ctx, "\n", 1);
	return vxe_fail(err, TASK_CANCELLED, "");
}

bool call_may_ask(const struct call *c)
{
	const struct io *io = c->render->io;

	return !c->as_xe && io->in_is_terminal && io->out_is_terminal && io->error_is_terminal;
}

int call_ask(struct call *c, struct vxe_error *err)
{
	const struct io *io = c->render->io;
	_cleanup_free_ char *answer = NULL, *text = NULL;

	if (c->render->format == RENDER_JSON)
		io_error_line(io, "Type 'yes' to continue");
	else
		render_line(c->render, "Type 'yes' to continue");
	(void)io->flush(io->ctx);
	if (io->ask(io->ctx, &answer) < 0)
		return unanswered(c, err);
	static const char blanks[] = " \t\r\n\f\v";
	const char *start = answer + strspn(answer, blanks);
	size_t len = strcspn(start, blanks);

	if (len == 3 && strncasecmp(start, "yes", len) == 0 &&
		!start[len + strspn(start + len, blanks)])
		return 1;
	text = xasprintf("Aborted (you typed: '%s')", answer);
	if (c->render->format == RENDER_JSON) {
		io_error_line(io, text);
		call_plan_clear(c);
	} else
		render_line(c->render, text);
	return 0;
}

int uninstall(struct call *c, const struct strv *vms, enum end_with with, struct vxe_error *err)
{
	_cleanup_uninstall_ struct uninstall *plan = NULL;
	int go = 1;

	if (uninstall_plan(c->session, vms, with, &plan, err) < 0)
		return -1;
	say(c, "The following items are about to be destroyed");
	print_lines(c, uninstall_items(plan));
	if (!c->as_xe && print_actions(c, plan, err) < 0)
		return -1;
	if (call_flag(c, "dry-run", false))
		return 0;
	if (uninstall_check(c->session, plan, err) < 0)
		return -1;
	if (!call_flag(c, "force", false))
		go = call_ask(c, err);
	if (go <= 0)
		return go;
	if (uninstall_run(c->session, plan, err) < 0)
		return -1;
	progress_hide(c->progress);
	say(c, "All objects destroyed");
	for (size_t i = 0; !c->as_xe && i < uninstall_waits(plan)->n; i++)
		say(c, uninstall_waits(plan)->items[i]);
	return 0;
}
