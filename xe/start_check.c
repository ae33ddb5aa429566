/* SPDX-License-Identifier: MIT */
#include "xe/start_check.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "objects/pool/start_rule.h"
#include "xe/model/error_report.h"

#define ANSWER_S 5
#define DEFINITION_MAX (16 << 20)

#define BUSY                                                                                           \
	"the pool's database answers, but has not said within five seconds whether this VM may start " \
	"here: something there holds its tables"

static volatile sig_atomic_t has_answered; /* the server, whatever it has said */
/* What a signal says when the time is over and the server silent; empty: the domain may start. */
static char *late_answer;

static void answer_late(int number)
{
	(void)number;
	const char *text = has_answered ? "vxe: " BUSY "\n" : late_answer;
	size_t n = strlen(text);

	if (n && write(STDERR_FILENO, text, n) < 0)
		_exit(EXIT_FAILED);
	_exit(n ? EXIT_FAILED : 0);
}

static int refuse_start(const struct program *p, const char *why)
{
	_cleanup_free_ char *line = xasprintf("vxe: %s", why);

	io_error_line(p->io, line);
	return EXIT_FAILED;
}

static int refuse_for(const struct program *p, const struct vxe_error *err)
{
	_cleanup_free_ char *why = xasprintf("%s (%s)", code_info(err->code)->text,
		err->n_params ? err->params[err->n_params - 1] : "");

	return refuse_start(p, why);
}

/* The server is there, and refuses this host alone, or says what must not be passed over. Owned. */
static char *refusal(const struct vxe_error *err)
{
	return xasprintf(
		"the pool's database is there, and cannot be asked whether this VM may start here: %s",
		err->n_params ? err->params[err->n_params - 1] : code_info(err->code)->text);
}

/* Owned; NULL: it cannot be read, or is too large. */
static char *read_definition(void)
{
	_cleanup_str_ struct str text = { 0 };
	char part[1 << 14];
	ssize_t n;

	while ((n = read(STDIN_FILENO, part, sizeof(part))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || text.len + (size_t)n > DEFINITION_MAX)
			return NULL;
		str_add_bytes(&text, part, (size_t)n);
	}
	return str_steal(&text);
}

static void set_limit(const char *alone)
{
	const struct sigaction late = { .sa_handler = answer_late };

	late_answer = alone ? xasprintf("vxe: %s\n", alone) : xstrdup("");
	sigaction(SIGALRM, &late, NULL);
	alarm(ANSWER_S);
}

int start_check_run(const struct program *p)
{
	_cleanup_(environment_clear) struct environment env = { 0 };
	_cleanup_(start_rule_clear) struct start_rule rule = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 }, unasked = { 0 };
	_cleanup_free_ char *xml = read_definition(), *why = NULL;

	if (!xml)
		return refuse_start(p, "the definition of the domain cannot be read");
	if (environment_load(&env, settings_of(p), geteuid() == 0, &err) < 0)
		return refuse_for(p, &err);
	env.config.answered = &has_answered;
	if (start_rule_begin(&rule, &env.config, xml, &err) < 0)
		return refuse_for(p, &err);
	if (!rule.pooled)
		return 0;
	_cleanup_free_ char *alone = start_rule_alone(&rule);

	set_limit(alone);
	if (start_rule_ask(&rule, &why, &unasked) < 0)
		why = has_answered ? refusal(&unasked) : TAKE(alone);
	alarm(0);
	free(TAKE(late_answer));
	return why ? refuse_start(p, why) : 0;
}
