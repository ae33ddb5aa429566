/* SPDX-License-Identifier: MIT */
/* The shapes in which errors are printed, and their exit statuses. */
#include "xe/model/error_report.h"

#include <string.h>

#include "objects/base/advice.h"
#include "tests/unit/io_buffer.h"
#include "tests/unit/leak.h"
#include "xe/all_commands.h"

TestSuite(report, .fini = no_leaks);

#define UUID "00000003-0000-4000-8000-000000000003"

static char *resolve(void *ctx, const char *param, const char *value)
{
	(void)ctx;
	return str_eq(param, "vm") && str_eq(value, UUID) ? xasprintf("%s (db)", value) : NULL;
}

/* The text printed for @err, which it frees. */
static char *reported(struct vxe_error *err)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };
	const struct io io = io_buffered(&b);
	const struct report r = { .io = &io, .program = "xe", .as_xe = true, .resolve = resolve };

	report_error(&r, err);
	error_clear(err);
	cr_expect_eq(b.out.len, 0);
	return str_steal(&b.error);
}

static void expect(char *got, const char *wanted)
{
	cr_expect_str_eq(got, wanted);
	free(got);
}

Test(report, one_shape_for_each_family)
{
	struct vxe_error err = { 0 };

	(void)vxe_fail(&err, CLI_SYNTAX, "");
	expect(reported(&err), "Syntax error: \nFor usage run: 'xe help'\n");
	(void)vxe_fail(&err, CLI_UNKNOWN_COMMAND, "--minimal");
	expect(reported(&err), "Unknown command: --minimal\nFor usage run: 'xe help'\n");
	(void)vxe_fail(&err, CLI_PARAM_MISSING, "uuid");
	expect(reported(&err), "Required parameter not found: uuid\nFor usage run: 'xe help'\n");
	(void)vxe_fail_text(&err, "Unknown field '%s'", "bogus");
	expect(reported(&err), "Error: Unknown field 'bogus'\n");
	(void)vxe_fail(&err, MISSING_PARAMETER, "bogus");
	expect(reported(&err), "Error code: Missing parameter\nError parameters: bogus\n");
	(void)vxe_fail(&err, CLI_LOST_CONNECTION, "Lost connection to the server.");
	expect(reported(&err), "Lost connection to the server.\n");
}

Test(report, api_errors_name_their_objects)
{
	struct vxe_error err = { 0 };
	_cleanup_free_ char *wanted =
		xasprintf("%s\nvm: " UUID " (db)\nexpected: halted\nactual: running\n",
			code_info(VM_BAD_POWER_STATE)->text);

	(void)vxe_fail(&err, VM_BAD_POWER_STATE, UUID, "halted", "running");
	expect(reported(&err), wanted);
}

Test(report, too_many_and_too_few_values)
{
	_cleanup_free_ char *more = xasprintf(
		"%s\nvm: " UUID " (db)\n<extra>: start\n", code_info(VM_IS_TEMPLATE)->text);
	_cleanup_free_ char *fewer =
		xasprintf("%s\ntype: VM\nuuid: <unknown>\n", code_info(UUID_INVALID)->text);
	struct vxe_error err = { 0 }, few = { .code = UUID_INVALID, .n_params = 1 };

	(void)vxe_fail(&err, VM_IS_TEMPLATE, UUID, "start");
	expect(reported(&err), more);
	few.params[0] = xstrdup("VM");
	expect(reported(&few), fewer);
}

Test(report, raw_codes)
{
	struct vxe_error err = { 0 };

	(void)vxe_fail(&err, VM_IS_SNAPSHOT, UUID, "start");
	expect(reported(&err),
		"Error code: VM_IS_SNAPSHOT\nError parameters: " UUID " (db), start\n");
}

Test(report, failures_of_several_have_no_prefix)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };
	const struct io io = io_buffered(&b);
	const struct report r = { .io = &io, .program = "xe", .as_xe = true };
	_cleanup_error_ struct vxe_error text = { 0 }, api = { 0 };
	_cleanup_strv_ struct strv lines = { 0 };

	(void)vxe_fail_text(&text, "no");
	(void)vxe_fail(&api, VDI_NOT_MANAGED, UUID);
	report_failure(&r, &text, &lines);
	report_failure(&r, &api, &lines);
	cr_assert_eq(lines.n, 3);
	cr_expect_str_eq(lines.items[0], "no");
	cr_expect_str_eq(lines.items[1], code_info(VDI_NOT_MANAGED)->text);
	cr_expect_str_eq(lines.items[2], "vdi: " UUID);
}

Test(report, terminals_get_no_control_characters)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };
	const struct io io = io_buffered(&b);
	const struct report r = { .io = &io, .program = "vxe" };
	_cleanup_error_ struct vxe_error err = { 0 };

	(void)vxe_fail_text(&err, "name \x1b]0;x");
	report_error(&r, &err);
	cr_expect_str_eq(str_text(&b.error), "Error: name \\x1B]0;x\n");
}

Test(report, exit_statuses)
{
	static const struct {
		enum vxe_code code;
		int status;
	} cases[] = { { CLI_FAILURE, 1 }, { CLI_SYNTAX, 2 }, { CLI_PARAM_MISSING, 2 },
		{ UUID_INVALID, 3 }, { CLI_NO_MATCH, 3 }, { CLI_AMBIGUOUS, 4 }, { VXE_BUSY, 6 },
		{ VXE_DEPENDENTS, 7 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct vxe_error err = { .code = cases[i].code };

		cr_expect_eq(report_status(&err, true), 1);
		cr_expect_eq(report_status(&err, false), cases[i].status);
	}
}

/* ---- as vxe ---------------------------------------------------------------------------------- */

#define FILE_OF_DISK "/images/a b.qcow2"
#define DISK "00000004-0000-4000-8000-000000000004"

static char *describe(void *ctx, const char *value)
{
	(void)ctx;
	if (str_eq(value, FILE_OF_DISK) || str_eq(value, DISK))
		return xstrdup("vdi: " DISK " (data)");
	return str_eq(value, UUID) ? xstrdup("vm: " UUID " (db)") : NULL;
}

/* As reported(), for vxe. */
static char *told(struct vxe_error *err, bool json)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };
	const struct io io = io_buffered(&b);
	const struct report r = {
		.io = &io, .program = "vxe", .json = json, .resolve = resolve, .describe = describe
	};

	report_error(&r, err);
	error_clear(err);
	return str_steal(&b.error);
}

Test(report, vxe_says_what_to_do_with_the_values_of_the_error)
{
	struct vxe_error err = { 0 };
	_cleanup_free_ char *wanted =
		xasprintf("Error: %s\nvm: " UUID " (db)\ntimeout: 5\nnext: 'vxe console uuid=" UUID
			  "' shows what the guest does; 'vxe vm-shutdown uuid=" UUID
			  " --force' powers it off.\n",
			code_info(VM_SHUTDOWN_TIMEOUT)->text);

	(void)vxe_fail(&err, VM_SHUTDOWN_TIMEOUT, UUID, "5");
	error_about(&err, UUID);
	expect(told(&err, false), wanted);
	(void)vxe_fail(&err, VM_IS_SNAPSHOT, UUID, "start");
	_cleanup_free_ char *text = told(&err, false);

	cr_expect(str_starts(text,
			  "Error: The operation is not possible on a snapshot.\nvm: " UUID
			  " (db)\noperation: start\nnext: 'vxe snapshot-revert uuid=" UUID "'"),
		"%s", text);
}

Test(report, vxe_names_the_disk_of_a_file_and_the_object_of_the_command)
{
	struct vxe_error err = { 0 };

	(void)vxe_fail(&err, VXE_DEPENDENTS, FILE_OF_DISK, "a process that has it open");
	error_about(&err, UUID);
	_cleanup_free_ char *text = told(&err, false);

	cr_expect(strstr(text,
			  "\nfile: " FILE_OF_DISK "\nuser: a process that has it open\n"
			  "vdi: " DISK " (data)\nvm: " UUID " (db)\nnext: "),
		"%s", text);
	cr_expect(strstr(text, "'fuser -v \"" FILE_OF_DISK "\"'"), "%s", text);
}

Test(report, a_cancelled_call_names_its_object_and_no_task_that_has_ended)
{
	struct vxe_error err = { 0 };
	const char *text = code_info(TASK_CANCELLED)->text, *next = code_next(TASK_CANCELLED);
	_cleanup_free_ char *vm = xasprintf("Error: %s\nvm: " UUID " (db)\nnext: %s\n", text, next);
	_cleanup_free_ char *command =
		xasprintf("Error: %s\ncommand: vm-list\nnext: %s\n", text, next);
	_cleanup_free_ char *nothing = xasprintf("Error: %s\nnext: %s\n", text, next);

	(void)vxe_fail(&err, TASK_CANCELLED, "00000009-0000-4000-8000-000000000009");
	error_about(&err, UUID);
	expect(told(&err, false), vm);
	(void)vxe_fail(&err, TASK_CANCELLED, UUID);
	expect(told(&err, false), vm);
	(void)vxe_fail(&err, TASK_CANCELLED, "vm-list");
	expect(told(&err, false), command);
	(void)vxe_fail(&err, TASK_CANCELLED, "");
	expect(told(&err, false), nothing);
}

Test(report, json_has_the_next_step)
{
	struct vxe_error err = { 0 };

	(void)vxe_fail(&err, VBD_NOT_EMPTY, UUID);
	expect(told(&err, true),
		"{\"error\": \"VBD_NOT_EMPTY\", \"params\": [\"" UUID
		"\"], \"message\": \"The drive has a medium; eject it first.\", \"next\": "
		"\"'vxe vbd-eject uuid=" UUID "' ejects it.\"}\n");
}

static bool is_parameter(const struct commands *all, const char *name, size_t len)
{
	for (size_t i = 0; i < all->n; i++)
		for (const struct param *p = all->items[i].params; p && p->name; p++)
			if (strlen(p->name) == len && strncmp(p->name, name, len) == 0)
				return true;
	return false;
}

/* So does each parameter. */
Test(report, next_steps_name_parameters_that_exist)
{
	_cleanup_commands_ struct commands all = { 0 };

	commands_init(&all, false);
	for (int code = VXE_OK + 1; code < VXE_N_CODES; code++)
		for (const char *at = code_next((enum vxe_code)code); (at = strchr(at, '{'));) {
			size_t len = strcspn(++at, "?}");

			cr_expect(at[len] != '?' || is_parameter(&all, at, len), "%s: %.*s",
				code_info((enum vxe_code)code)->name, (int)len, at);
		}
}

/* A text for commands with a parameter is said of these alone. */
Test(report, next_steps_are_those_of_the_command)
{
	_cleanup_commands_ struct commands all = { 0 };

	commands_init(&all, false);
	for (int i = 0; i < 2; i++) {
		_cleanup_io_buffer_ struct io_buffer b = { 0 };
		const struct io io = io_buffered(&b);
		_cleanup_error_ struct vxe_error err = { 0 };
		const struct report r = { .io = &io,
			.program = "vxe",
			.command = commands_find(&all, i ? "vm-snapshot" : "vdi-snapshot") };

		(void)vxe_fail(&err, SR_BACKEND_FAILURE_44, "", "", "full");
		report_error(&r, &err);
		cr_expect_eq(strstr(str_text(&b.error), "overlay-sr-uuid=") != NULL, i);
		cr_expect_not(strstr(str_text(&b.error), "?"));
	}
}

/* Each command that a next step names exists. */
Test(report, next_steps_name_commands_that_exist)
{
	_cleanup_commands_ struct commands all = { 0 };

	commands_init(&all, false);
	for (int code = VXE_OK + 1; code < VXE_N_CODES; code++) {
		const char *at = code_next((enum vxe_code)code);

		while ((at = strstr(at, "'vxe "))) {
			at += strlen("'vxe ");
			size_t len = strspn(at, "abcdefghijklmnopqrstuvwxyz-");
			_cleanup_free_ char *name = xstrndup(at, len);

			cr_expect(!len || str_eq(name, "help") || commands_find(&all, name),
				"%s: %s", code_info((enum vxe_code)code)->name, name);
		}
	}
}
