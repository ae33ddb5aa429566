/* SPDX-License-Identifier: MIT */
/* The error of a part of a command, from one host to another. */
#include "xe/remote/remote_side.h"

#include "tests/unit/expect.h"
#include "tests/unit/io_buffer.h"
#include "tests/unit/leak.h"

static struct io_buffer b;
static struct vxe_error E;

static void stop(void)
{
	io_buffer_clear(&b);
	error_clear(&E);
	no_leaks();
}

TestSuite(remote_side, .fini = stop);

static void write_both_ways(const struct vxe_error *err, struct vxe_error *back)
{
	const struct io io = io_buffered(&b);
	struct str text = { 0 };

	io_buffer_clear(&b);
	b = (struct io_buffer){ 0 };
	remote_error_write(&io, err);
	str_add_bytes(&text, b.error.data + 1, b.error.len - 1); /* the NUL before it */
	cr_expect_eq(remote_error_read(&text, back), -1);
	str_clear(&text);
}

Test(remote_side, an_error_of_a_part_is_the_same_here)
{
	struct vxe_error err = { 0 }, back = { 0 };

	vxe_fill(&err, VM_BAD_POWER_STATE, (const char *const[]){ "V", "", "running" }, 3);
	error_note(&err, "two\nlines");
	write_both_ways(&err, &back);
	cr_expect_eq(back.code, VM_BAD_POWER_STATE);
	cr_expect_eq(back.n_params, 3);
	cr_expect_str_eq(back.params[0], "V");
	cr_expect_str_eq(back.params[1], "");
	cr_expect_str_eq(back.params[2], "running");
	cr_expect_str_eq(back.detail, "two\nlines");
	error_clear(&err);
	error_clear(&back);
}

Test(remote_side, an_error_that_is_not_understood_is_one)
{
	static const char *const texts[] = { "", "NO_SUCH_CODE", "HOST_OFFLINE",
		"HOST_OFFLINE\0002", "HOST_OFFLINE\0002\0x\0y\0" };
	const size_t lengths[] = { 0, 12, 12, 14, 19 };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct str text = { 0 };

		str_add_bytes(&text, texts[i], lengths[i]);
		cr_expect_eq(remote_error_read(&text, &E), -1);
		cr_expect_eq(E.code, INTERNAL_ERROR, "%zu: %s", i, code_info(E.code)->name);
		error_clear(&E);
		str_clear(&text);
	}
}
