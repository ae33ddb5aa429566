/* SPDX-License-Identifier: MIT */
/*
 * The life of a command: removes the client's words, parses the rest, makes the checks in xe's
 * order, runs the command, prints its results or one error. Behaviour source: xen-api
 * ocaml/xapi-cli-server/xapi_cli.ml, ocaml/xe-cli/newcli.ml.
 */
#include "xe/program_run.h"
#include "objects/base/version.h"

#include <errno.h>
#include <string.h>

#include "objects/base/clock.h"
#include "objects/base/log.h"
#include "objects/base/shortcut.h"
#include "objects/domain/seen_states.h"
#include "objects/pool/heartbeat.h"
#include "objects/pool/start_rule.h"
#include "xe/model/call.h"
#include "xe/model/command.h"
#include "xe/all_commands.h"
#include "xe/words/refused_commands.h"
#include "xe/completion.h"
#include "xe/start_check.h"
#include "xe/manual/help.h"
#include "xe/model/forward.h"
#include "xe/model/if_needed.h"
#include "xe/args/server.h"
#include "xe/output/pager.h"
#include "xe/remote/remote_side.h"
#include "xe/remote/remote_words.h"
#include "xe/words/object_names.h"
#include "xe/words/overview.h"
#include "xe/words/unknown_word.h"
#include "xe/words/word_check.h"

/* ---- output --------------------------------------------------------------------------------- */

/* True if the word @key was typed, and is not one of those that ~/.xe, XE_EXTRA_ARGS or VXE_OPTS have for every command. */
static bool is_typed(const struct params *params, const char *key)
{
	for (size_t i = 0; i < params->n; i++)
		if (str_eq(params->items[i].key, key) && !params->items[i].usual)
			return true;
	return false;
}

/* Takes vxe's words about the output that were not typed out of @params: `xe` would take json=true for a filter. */
static void drop_usual_output(struct params *params)
{
	struct params left = { 0 };

	for (size_t i = 0; i < params->n; i++) {
		const struct word *w = &params->items[i];

		if (w->usual && key_is_output(w->key, false))
			continue;
		params_add(&left, w->key, w->value);
		left.items[left.n - 1].flag = w->flag;
		left.items[left.n - 1].bare = w->bare;
		left.items[left.n - 1].usual = w->usual;
	}
	params_clear(params);
	*params = left;
}

static int choose_format(
	const struct params *params, struct render *r, bool as_xe, struct vxe_error *err)
{
	const char *minimal = params_get(params, "minimal");
	bool json = false, table = false, tsv = false, quiet = false;

	if (minimal && !str_eq(minimal, "true") && !str_eq(minimal, "false")) {
		const char *text = "minimal= takes true or false and nothing else";

		return as_xe ? vxe_fail_internal(err, "%s", text) : vxe_fail(err, CLI_USAGE, text);
	}
	if (!as_xe &&
		(params_flag(params, "json", &json, err) < 0 ||
			params_flag(params, "table", &table, err) < 0 ||
			params_flag(params, "tsv", &tsv, err) < 0 ||
			params_flag(params, "quiet", &quiet, err) < 0 ||
			params_flag(params, "null", &r->null, err) < 0 ||
			params_flag(params, "bytes", &r->bytes, err) < 0 ||
			params_flag(params, "utc", &r->utc, err) < 0 ||
			params_flag(params, "verbose", &r->verbose, err) < 0))
		return -1;
	if (!table &&
		((r->bytes && is_typed(params, "bytes")) || (r->utc && is_typed(params, "utc"))))
		return vxe_fail(err, CLI_USAGE,
			"bytes= and utc= are for tables: write --table, too. Nothing was done.");
	r->format = str_eq(minimal, "true") ? RENDER_MINIMAL
		: json			    ? RENDER_JSON
		: table			    ? RENDER_TABLE
		: tsv			    ? RENDER_TSV
					    : RENDER_XE;
	return 0;
}

/* Reports that the output could not be written, but not EPIPE: then the program that reads the pipe has ended. */
static int output_failed(const struct program *p, int error)
{
	_cleanup_free_ char *text =
		xasprintf(ERROR_MARK "the output cannot be written: %s", strerror(error));

	if (error != EPIPE)
		io_error_line(p->io, text);
	return EXIT_FAILED;
}

static int finish(const struct program *p, struct run *r)
{
	if (!r->call.sent && (r->call.status == 0 || r->call.keep_results) &&
		render_finish(&r->render) < 0)
		return output_failed(p, r->render.failed);
	if (p->io->flush(p->io->ctx) < 0)
		return output_failed(p, errno);
	/* Prints the session's warning about an incomplete result, unless there was an error. */
	_cleanup_free_ char *text = r->call.session ? TAKE(r->call.session->reports.warning) : NULL;

	if (text && r->call.status == 0)
		io_error_line(p->io, text);
	return r->call.status;
}

/* ---- the server's stage --------------------------------------------------------------------- */

/* Prints a line about each parameter that has no effect on KVM; xe accepts such parameters silently. */
static void say_idle(struct call *c)
{
	_cleanup_strv_ struct strv lines = { 0 };

	words_idle(c->command, c->params, &lines);
	for (size_t i = 0; i < lines.n; i++)
		call_remark(c, lines.items[i]);
}

/* Runs the command, unless if-needed=true and the object that it would make is there. */
static int run_if_needed(struct call *c, struct vxe_error *err)
{
	_cleanup_free_ char *have = NULL;

	/* A command that makes snapshots looks for one of each VM itself. */
	if (!str_eq(c->command->makes, "snapshot") && needless_object(c, NULL, &have, err) < 0)
		return -1;
	if (!have)
		return c->command->run(c, err);
	print_changed(c, have, false);
	return 0;
}

/* Prints the plan of a dry run, with --json also if it has nothing to say, and the result. */
static void print_results(struct call *c)
{
	bool json = c->render->format == RENDER_JSON;

	if (c->planned.n || (json && c->wishes.dry_run && !c->render->collected.n)) {
		progress_hide(c->progress);
		call_print_plan(c);
	}
	if (c->result && if_needed(c) && json)
		print_changed(c, c->result, true);
	else if (c->result)
		call_print_result(c);
}

/* A part of a command prints its result alone, and what it writes to a file of the caller's it writes to the output. */
static void be_part(struct run *r, struct params *params)
{
	if (!r->call.forwarded || !r->call.forwarded->part)
		return;
	r->render.format = RENDER_XE;
	for (size_t i = 0; i < params->n; i++)
		if (str_eq(params->items[i].key, "filename"))
			str_replace(&params->items[i].value, "");
}

/* Runs the command here or, as soon as it is known that it is for another host, there. */
static int run_command(struct call *c, struct vxe_error *err)
{
	if (run_if_needed(c, err) == 0)
		return 0;
	if (err->code != VXE_ELSEWHERE)
		return err->code == VXE_PLANNED ? 0 : -1;

	_cleanup_free_ char *host = xstrdup(err->params[0]);

	error_clear(err);
	return forward_call(c, host, err);
}

static int dispatch(const struct client *client, struct run *r, struct params *params,
	struct commands *all, struct vxe_error *err)
{
	struct call *c = &r->call;
	_cleanup_free_ char *name = NULL;

	if (server_parse(&client->words, client->typed, &name, params, err) < 0)
		return -1;
	if (c->as_xe)
		drop_usual_output(params);
	if (choose_format(params, &r->render, c->as_xe, err) < 0)
		return -1;
	be_part(r, params);
	commands_init(all, c->as_xe);
	c->command = commands_find(all, name);
	r->report.command = c->command;
	if (!c->command) {
		const char *reason = refusal_reason(name);
		_cleanup_free_ char *text =
			reason ? xasprintf("%s does nothing on KVM: %s", name, reason) : NULL;

		return reason ? vxe_fail(err, CLI_USAGE, text)
			      : unknown_command(all, name, params, err);
	}
	if (!c->as_xe) {
		/* Accepts --sort=name-label if the command knows sort=. */
		for (const struct param *p = c->command->params; p->name; p++)
			if (param_kind(c->command, p)->dashed)
				params_undash(params, p->name);
	}
	if (!c->as_xe &&
		(words_check(c->command, params, err) < 0 ||
			named_unify(c->command, params, err) < 0))
		return -1;
	if (is_typed(params, "verbose") && r->render.verbose &&
		!command_owns(c->command, "dry-run", false))
		return vxe_fail(err, CLI_USAGE,
			"verbose= is for dry runs, and this command has none. Nothing was done.");
	if (command_check(c->command, params, c->as_xe, err) < 0 ||
		(!c->as_xe && words_check_values(c->command, params, err) < 0))
		return -1;
	progress_start(&r->progress, r->render.io);
	r->progress.quiet = r->report.quiet;
	r->progress.detail = !c->as_xe;
	progress_name(&r->progress, c->command->name, NULL);
	if (!c->as_xe) {
		say_idle(c);
		if (named_resolve(c, params, err) < 0)
			return -1;
	}
	c->began = clock_ms();
	if (forward_check(c, err) < 0 || run_command(c, err) < 0)
		return -1;
	error_clear(err);
	call_tell(c, VXE_OK);
	if (!c->sent)
		print_results(c);
	return 0;
}

/* True if the flag @key is given; the words are not parsed yet, because it counts for errors of parsing, too. */
static bool asks(const struct strv *words, const char *key)
{
	_cleanup_free_ char *flag = xasprintf("--%s", key), *start = xasprintf("%s=", key);
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_params_ struct params params = { 0 };
	bool given = false;

	for (size_t i = 0; i < words->n; i++)
		if (str_eq(words->items[i], flag))
			params_add(&params, key, "true");
		else if (str_starts(words->items[i], start))
			params_add(&params, key, words->items[i] + strlen(start));
	return params_flag(&params, key, &given, &ignored) == 0 && given;
}

static void run_init(struct run *r, const struct program *p, const struct client *client)
{
	r->render = (struct render){ .io = p->io,
		.colour = !p->as_xe && p->io->colour,
		.safe = !p->as_xe && p->io->out_is_terminal };
	r->report = (struct report){ .io = p->io,
		.program = p->name,
		.as_xe = p->as_xe,
		.json = !p->as_xe && asks(&client->words, "json"),
		.quiet = !p->as_xe && asks(&client->words, "quiet"),
		.resolve = resolve_in_session,
		.describe = p->as_xe ? NULL : describe_in_session };
	progress_start(&r->progress, p->io);
	r->borrowed = p->session;
	r->program = p;
	r->call = (struct call){ .render = &r->render,
		.report = &r->report,
		.progress = &r->progress,
		.as_xe = p->as_xe,
		.words = &client->words,
		.typed = client->typed,
		.forwarded = p->forwarded,
		.config = p->config,
		.cancelled = p->cancelled,
		.ended_by = p->ended_by,
		.forget_words = p->forget_words };
}

/* After a command that acted, the other hosts of a pool learn which VMs of this one run. */
static void tell_others(struct session *s)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };

	/* if it fails, vxe-heartbeat.timer does it soon */
	if (s && s->pool_size > 1 && s->reports.acted && heartbeat(s, &ignored) < 0)
		log_debug("the other hosts could not be told: %s", code_info(ignored.code)->name);
}

static int run_words(const struct program *p, const struct client *client)
{
	_cleanup_(run_clear) struct run r = { 0 };
	_cleanup_params_ struct params params = { 0 };
	_cleanup_commands_ struct commands all = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };

	run_init(&r, p, client);
	r.call.params = &params;
	r.call.all = &all;
	if (dispatch(client, &r, &params, &all, &err) < 0) {
		call_tell(&r.call, err.code);
		progress_hide(&r.progress);
		if (p->forwarded && p->forwarded->part)
			remote_error_write(p->io, &err);
		else
			report_error(&r.report, &err);
		if (params_get(&params, "trace"))
			report_trace(&r.report, &err);
		r.call.status = call_failed_status(&r.call, &err);
	} else if (r.call.session && r.call.session->reports.merges_left &&
		call_signal_status(&r.call)) {
		r.call.keep_results = true;
		r.call.status = call_signal_status(&r.call);
	}
	progress_hide(&r.progress);
	if (r.call.session && r.call.session->store)
		seen_starts_note(r.call.session);
	r.call.status = finish(p, &r);
	tell_others(r.call.session);
	return r.call.status;
}

/* Runs the words; help on a terminal is shown through a pager if it is long. */
static int run_client(const struct program *p, const struct client *client)
{
	struct program inner = *p;
	struct pager pager;

	if (p->as_xe || !p->io->out_is_terminal || !str_eq(client->words.items[0], "help") ||
		asks(&client->words, "json") || asks(&client->words, "minimal"))
		return run_words(p, client);

	pager_begin(&pager, p->io);
	inner.io = &pager.io;

	int status = run_words(&inner, client);

	if (pager_end(&pager, environment_pager(settings_of(p))) < 0 ||
		p->io->flush(p->io->ctx) < 0)
		return output_failed(p, errno);
	return status;
}

/* ---- the client's stage --------------------------------------------------------------------- */

static char *read_rc(const struct program *p)
{
	_cleanup_str_ struct str text = { 0 };

	if (!p->rc || io_read_text(p->io, p->rc, &text) < 0)
		return NULL;
	return str_steal(&text);
}

/* What -version prints, as in xe; --version prints the version of vxe. */
static const char protocol[] = "ThinCLI protocol: 0.2\n";
static const char version[] = "vxe " VXE_VERSION "\n";

static int show_text(const struct program *p, const char *text)
{
	if (p->io->out(p->io->ctx, text, strlen(text)) < 0 || p->io->flush(p->io->ctx) < 0)
		return output_failed(p, errno);
	return 0;
}

static int show_version(const struct program *p, const struct strv *words)
{
	return show_text(p, asks(words, "json") ? "{\"version\":\"" VXE_VERSION "\"}\n" : version);
}

/* Checks the file that -pwf names. There is no login, but the file must exist and have two lines. */
static int check_password_file(const struct program *p, const char *path)
{
	_cleanup_str_ struct str text = { 0 };
	_cleanup_strv_ struct strv lines = { 0 };
	_cleanup_free_ char *note = NULL;

	if (io_read_text(p->io, path, &text) < 0)
		note = xasprintf("The password file %s cannot be read: %s", path, strerror(errno));
	else {
		strv_split(&lines, str_text(&text), '\n');
		if (lines.n >= 2)
			return 0;
		note = xasprintf("The password file %s has no two lines.", path);
	}
	report_text(p->io, p->as_xe, note);
	return EXIT_FAILED;
}

/* Fails if -s or server= names another machine: to run the command on this machine instead would be worse. */
static int check_server(const struct program *p, const char *server)
{
	_cleanup_free_ char *note = NULL;

	if (server_is_here(server))
		return 0;
	note = xasprintf(
		"%s works on the machine it runs on; it cannot connect to the server '%s'.",
		p->name, server);
	report_text(p->io, p->as_xe, note);
	return EXIT_FAILED;
}

static int client_checks(const struct program *p, const struct client *client)
{
	int status = 0;

	if (client->password_file)
		status = check_password_file(p, client->password_file);
	if (!status && client->server)
		status = check_server(p, client->server);
	return status;
}

/* True if the words ask for help: by --help, or by -h as the last word, behind which no server is named. */
static bool asks_help(const struct strv *words)
{
	return strv_has(words, "--help") || (words->n && str_eq(words->items[words->n - 1], "-h"));
}

/*
 * COMMAND --help does the same as help COMMAND, --help --json the same as help --json. --help alone prints the overview
 * to the standard output, because the user has asked for help.
 */
static int show_help(const struct program *p, const struct strv *words)
{
	_cleanup_client_ struct client client = { 0 };
	_cleanup_free_ char *text = xasprintf("%s\n", overview_text);
	bool json = asks(words, "json"), named = *words->items[0] != '-';

	if (!named && !json)
		return show_text(p, text);
	strv_add(&client.words, "help");
	if (named)
		strv_add(&client.words, words->items[0]);
	if (json)
		strv_add(&client.words, "--json");
	client.typed = client.words.n;
	return run_client(p, &client);
}

/* True for --json, json=true, --minimal and other words about the output, which may stand before the command. */
static bool is_output_word(const char *word)
{
	bool flag = str_starts(word, "--");
	_cleanup_free_ char *key = flag ? xstrdup(word + 2) : xstrndup(word, strcspn(word, "="));

	return (flag || strchr(word, '=')) && (str_eq(key, "minimal") || key_is_output(key, false));
}

/* Adds the words of the command line; as `vxe` those about the output that stand before the command come last. */
static void order_words(
	const struct program *p, const char *const *argv, size_t n, struct strv *ret)
{
	size_t first = 0;

	while (!p->as_xe && first < n && is_output_word(argv[first]))
		first++;
	for (size_t i = 0; i < n; i++)
		strv_add(ret, argv[(first + i) % n]);
}

static int set_shortcuts(const struct program *p)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const struct settings *from = settings_of(p);

	if (shortcuts_set(from->get(from->ctx, "VXE_SHORTCUTS"), &err) == 0)
		return 0;
	report_text(p->io, p->as_xe, err.params[0]);
	return EXIT_USAGE;
}

/* Runs the words of a command that was typed on another host, where those from its files and variables were added. */
static int run_forwarded(const struct program *p, const char *const *argv, size_t n)
{
	_cleanup_client_ struct client client = { 0 };
	_cleanup_forwarded_ struct forwarded f = { 0 };
	_cleanup_strv_ struct strv words = { 0 };
	struct program here = *p;

	if (n == 1 && remote_word_read(argv[0], &words))
		return run_forwarded(p, (const char *const *)words.items, words.n);
	if (n < 2 || !forwarded_parse(argv[0], &f)) {
		report_text(p->io, p->as_xe,
			"A newer vxe has sent this command; this one is to be upgraded.");
		return EXIT_USAGE;
	}
	remote_hello(p->io);
	if (p->watch_caller)
		p->watch_caller(f.input);
	here.forwarded = &f;
	for (size_t i = 1; i < n; i++)
		strv_add(&client.words, argv[i]);
	client.typed = f.usual < client.words.n ? client.words.n - f.usual : client.words.n;
	return run_words(&here, &client);
}

/* Runs what another host has asked sshd for, whatever it was: only a command of vxe's. */
static int run_by_ssh(const struct program *p)
{
	_cleanup_strv_ struct strv words = { 0 };
	struct program named = *p;

	if (!p->ssh_command || !remote_asked(p->ssh_command, &words) || words.n < 2 ||
		(!str_eq(words.items[0], "vxe") && !str_eq(words.items[0], "xe"))) {
		report_text(p->io, p->as_xe, "This key is for the commands of another host's vxe.");
		return EXIT_USAGE;
	}
	named.name = words.items[0];
	named.as_xe = str_eq(named.name, "xe");
	return run_forwarded(&named, (const char *const *)words.items + 1, words.n - 1);
}

int program_run(const struct program *p, const char *const *argv, size_t n)
{
	_cleanup_client_ struct client client = { 0 };
	_cleanup_strv_ struct strv words = { 0 };
	_cleanup_free_ char *rc = read_rc(p);
	int status = set_shortcuts(p);

	if (status)
		return status;
	if (!p->as_xe && n && str_eq(argv[0], COMPLETE_WORD))
		return complete_words(p, argv + 1, n - 1);
	if (n && str_eq(argv[0], START_HOOK_WORD))
		return start_check_run(p);
	if (n == 1 && str_eq(argv[0], FORWARDED_BY_SSH))
		return run_by_ssh(p);
	if (n && str_starts(argv[0], FORWARDED_WORD))
		return run_forwarded(p, argv, n);
	order_words(p, argv, n, &words);
	if (!p->as_xe && n && str_eq(words.items[0], "--version"))
		return show_version(p, &words);
	if (!p->as_xe && asks_help(&words))
		return show_help(p, &words);
	client_parse(&client, (const char *const *)words.items, n, rc, p->extra, p->as_xe);
	if (client.version)
		return show_text(p, protocol);
	for (size_t i = 0; i < client.notes.n; i++)
		if (client.bad_port)
			report_text(p->io, p->as_xe, client.notes.items[i]);
		else
			io_error_line(p->io, client.notes.items[i]);
	if (client.usage || !client.words.n) {
		_cleanup_free_ char *usage =
			p->as_xe ? help_usage(p->name) : xstrdup(overview_text);

		io_error_line(p->io, usage);
		return (client.usage && !client.bad_port) || p->as_xe ? 0 : EXIT_USAGE;
	}
	status = client_checks(p, &client);
	return status ? status : run_client(p, &client);
}
