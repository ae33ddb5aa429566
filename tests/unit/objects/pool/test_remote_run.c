/* SPDX-License-Identifier: MIT */
/* The streams and the end of a command on another host. The other side is a shell; vxe's NUL is "hello". */
#include "objects/pool/remote_run.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/expect.h"
#include "tests/unit/leak.h"

static struct {
	struct str out, error;
} b;
static struct vxe_error E;
static struct remote_end end;
static int asked_after; /* cancelled() is true from that call on; 0: never */

static void stop(void)
{
	str_clear(&b.out);
	str_clear(&b.error);
	error_clear(&E);
	remote_end_clear(&end);
	no_leaks();
}

TestSuite(remote_run, .fini = stop);

static bool is_asked(void *ctx)
{
	(void)ctx;
	return asked_after && --asked_after <= 0 && (asked_after = 1);
}

static bool take_out(void *ctx, const char *data, size_t n)
{
	(void)ctx;
	str_add_bytes(&b.out, data, n);
	return true;
}

static void take_error(void *ctx, const char *data, size_t n)
{
	(void)ctx;
	str_add_bytes(&b.error, data, n);
}

static void run(const char *script, int file_in, int stream_in)
{
	const struct remote_streams st = { take_out, take_error, is_asked, NULL, -1, file_in,
		stream_in };
	_cleanup_strv_ struct strv argv = { 0 };

	strv_add(&argv, "sh");
	strv_add(&argv, "-c");
	strv_take(&argv, xasprintf("hello() { printf '\\0' >&2; }; %s", script));
	OK(remote_run(&argv, &st, &end, &E));
}

Test(remote_run, passes_the_outputs_and_the_status_on)
{
	run("echo motd >&2; hello; echo out; echo why >&2; exit 7", -1, -1);
	cr_expect(end.begun);
	cr_expect_eq(end.status, 7);
	cr_expect_str_eq(str_text(&b.out), "out\n");
	cr_expect_str_eq(str_text(&b.error), "why\n");
	cr_expect_str_eq(str_text(&end.said), "motd\n");
}

Test(remote_run, says_why_vxe_did_not_begin)
{
	run("echo no route >&2; exit 255", -1, -1);
	cr_expect(!end.begun);
	cr_expect_str_eq(str_text(&end.said), "no route\n");
	cr_expect_str_eq(str_text(&b.error), "");
	remote_end_clear(&end);
	end = (struct remote_end){ 0 };
	run("exec /no/such/program", -1, -1);
	cr_expect(!end.begun);
	cr_expect_eq(end.status, 127);
}

Test(remote_run, a_signal_ends_the_input_and_the_other_side_says_how_it_ended)
{
	asked_after = 2;
	run("hello; cat; echo undone >&2; exit 143", -1, -1);
	cr_expect(!end.stopped);
	cr_expect_eq(end.status, 143);
	cr_expect_str_eq(str_text(&b.error), "undone\n");
}

Test(remote_run, a_signal_ends_the_connection_where_the_input_has_content)
{
	int ends[2];

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	asked_after = 2;
	run("hello; cat; echo the input ended >&2", -1, ends[0]);
	cr_expect(end.stopped);
	cr_expect_str_eq(str_text(&b.error), "");
	close(ends[0]);
	close(ends[1]);
}

Test(remote_run, passes_every_byte_of_the_input)
{
	enum { N = 300000 };
	char name[] = "/tmp/remote-XXXXXX";
	int fd = mkostemp(name, O_CLOEXEC);

	unlink(name);
	for (int i = 0; i < N; i++)
		cr_assert_eq(write(fd, &(char){ (char)(i * 7) }, 1), 1);
	for (int file = 0; file < 2; file++) {
		lseek(fd, 0, SEEK_SET);
		run("hello; sleep 0.1; cat", file ? fd : -1, file ? -1 : fd);
		cr_expect_eq(b.out.len, N);
		for (int i = 0; i < N && (size_t)i < b.out.len; i++)
			cr_assert_eq(b.out.data[i], (char)(i * 7));
		str_clear(&b.out);
		remote_end_clear(&end);
		end = (struct remote_end){ 0 };
	}
	close(fd);
}

Test(remote_run, what_it_leaves_behind_is_not_waited_for)
{
	run("hello; echo out; sleep 60 & echo $! >&2", -1, -1);
	cr_expect_str_eq(str_text(&b.out), "out\n");
	kill((pid_t)strtol(str_text(&b.error), NULL, 10), SIGKILL);
}
