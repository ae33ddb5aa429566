/* SPDX-License-Identifier: MIT */
/* The shapes in which errors are printed, and their exit statuses. */
#include "xe/report.h"

#include "tests/unit/io_buffer.h"
#include "tests/unit/leak.h"

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
	const struct report r = { .io = &io, .program = "xe", .resolve = resolve };

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
	const struct report r = { .io = &io, .program = "xe" };
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
