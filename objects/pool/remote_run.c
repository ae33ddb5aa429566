/* SPDX-License-Identifier: MIT */
#include "objects/pool/remote_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/child/child.h"

#define LOOK_MS 100
#define SAID_MAX 4096
#define BLOCK 65536

void remote_end_clear(struct remote_end *e)
{
	str_clear(&e->said);
	str_clear(&e->error);
}

enum { OUT, ERROR, INPUT, TO_CHILD, N_FDS };

struct relay {
	const struct remote_streams *streams;
	struct remote_end *end;
	pid_t pid;
	struct pollfd fds[N_FDS]; /* -1: none, or at its end */
	struct str pending;	  /* input that the child has not taken */
	bool ending;		  /* a second NUL came: the error of a part follows */
	bool asked;		  /* a signal came, and the other side was told */
};

static void relay_close(struct relay *r, int which)
{
	if (r->fds[which].fd >= 0 && which != INPUT)
		close(r->fds[which].fd);
	r->fds[which].fd = -1;
}

static void relay_clear(struct relay *r)
{
	for (int i = 0; i < N_FDS; i++)
		relay_close(r, i);
	str_clear(&r->pending);
}

/* ---- what comes back ----------------------------------------------------------------------------- */

static void take_errors(struct relay *r, const char *data, size_t n)
{
	while (n) {
		const char *nul = memchr(data, '\0', n);
		size_t part = nul && !r->ending ? (size_t)(nul - data) : n;
		struct str *said = &r->end->said;

		if (r->ending)
			str_add_bytes(&r->end->error, data, part);
		else if (r->end->begun)
			r->streams->error(r->streams->ctx, data, part);
		else if (said->len < SAID_MAX)
			str_add_bytes(said, data, part < SAID_MAX ? part : SAID_MAX);
		if (part < n) {
			r->ending = r->end->begun;
			r->end->begun = true;
			part++;
		}
		data += part;
		n -= part;
	}
}

static void read_from(struct relay *r, int which)
{
	char block[BLOCK];
	ssize_t n = read(r->fds[which].fd, block, sizeof(block));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0 && which == ERROR)
		take_errors(r, block, (size_t)n);
	else if (n <= 0 || !r->streams->out(r->streams->ctx, block, (size_t)n))
		relay_close(r, which);
}

/* ---- what goes there ----------------------------------------------------------------------------- */

static void read_input(struct relay *r)
{
	char block[BLOCK];
	ssize_t n = read(r->fds[INPUT].fd, block, sizeof(block));

	if (n < 0 && errno == EINTR)
		return;
	if (n > 0) {
		str_add_bytes(&r->pending, block, (size_t)n);
		return;
	}
	relay_close(r, INPUT);
	relay_close(r, TO_CHILD);
}

static void write_input(struct relay *r)
{
	struct str left = { 0 };
	ssize_t n = write(r->fds[TO_CHILD].fd, str_text(&r->pending), r->pending.len);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		relay_close(r, INPUT);
		relay_close(r, TO_CHILD);
	}
	if (n <= 0)
		return;
	str_add_bytes(&left, r->pending.data + n, r->pending.len - (size_t)n);
	str_clear(&r->pending);
	r->pending = left;
}

/*
 * After a signal: the end of the input tells the other side to stop, which then says how it ended. If its input has
 * content, an end would look like that of the content, so the connection is ended.
 */
static void ask_to_stop(struct relay *r)
{
	if (r->asked || !r->streams->cancelled(r->streams->ctx))
		return;
	r->asked = true;
	if (r->streams->stream_in < 0 && r->fds[TO_CHILD].fd >= 0) {
		relay_close(r, TO_CHILD);
		return;
	}
	r->end->stopped = true;
	(void)kill(r->pid, SIGTERM);
}

/* ---- the whole ----------------------------------------------------------------------------------- */

static void look(struct relay *r)
{
	bool pending = r->pending.len > 0;
	int input = r->fds[INPUT].fd;

	r->fds[OUT].events = r->fds[ERROR].events = POLLIN;
	r->fds[INPUT].events = POLLIN;
	r->fds[TO_CHILD].events = pending ? POLLOUT : 0;
	if (pending)
		r->fds[INPUT].fd = -1;
	int n = poll(r->fds, N_FDS, LOOK_MS);

	r->fds[INPUT].fd = input;
	if (n <= 0)
		return;
	if (r->fds[OUT].revents)
		read_from(r, OUT);
	if (r->fds[ERROR].revents)
		read_from(r, ERROR);
	if (!pending && input >= 0 && r->fds[INPUT].revents)
		read_input(r);
	if (r->fds[TO_CHILD].revents & POLLERR) {
		relay_close(r, INPUT);
		relay_close(r, TO_CHILD);
	} else if (r->fds[TO_CHILD].revents)
		write_input(r);
}

/* True once the child has ended; a program that it left behind may hold the streams for ever. */
static bool has_ended(struct relay *r, int *status)
{
	bool silent = r->fds[OUT].fd < 0 && r->fds[ERROR].fd < 0;
	pid_t ended = waitpid(r->pid, status, silent ? 0 : WNOHANG);

	return ended == r->pid || (ended < 0 && errno != EINTR);
}

static void read_rest(struct relay *r)
{
	for (int which = OUT; which <= ERROR; which++)
		for (int left = 1; left && r->fds[which].fd >= 0;) {
			struct pollfd fd = { .fd = r->fds[which].fd, .events = POLLIN };

			left = poll(&fd, 1, 0) > 0;
			if (left)
				read_from(r, which);
		}
}

static void relay_all(struct relay *r)
{
	int status = 0;

	do {
		ask_to_stop(r);
		look(r);
	} while (!has_ended(r, &status));
	read_rest(r);
	r->end->status =
		WIFSIGNALED(status) ? CHILD_SIGNALED + WTERMSIG(status) : WEXITSTATUS(status);
}

static int make_pipe(int *reads, int *writes, struct vxe_error *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return vxe_fail_errno(err, "pipe");
	*reads = child_above_stdio(ends[0]);
	*writes = child_above_stdio(ends[1]);
	return *reads < 0 || *writes < 0 ? vxe_fail_errno(err, "pipe") : 0;
}

static int start(struct relay *r, const char *const *argv, struct vxe_error *err)
{
	const struct remote_streams *st = r->streams;
	_cleanup_close_ int in = -1, out = -1, error = -1;
	bool piped = st->file_in < 0;

	if ((piped && make_pipe(&in, &r->fds[TO_CHILD].fd, err) < 0) ||
		(st->file_out < 0 && make_pipe(&r->fds[OUT].fd, &out, err) < 0) ||
		make_pipe(&r->fds[ERROR].fd, &error, err) < 0)
		return -1;
	const struct child_files files = { .in = piped ? in : st->file_in,
		.out = st->file_out < 0 ? out : st->file_out,
		.error = error };

	r->fds[INPUT].fd = st->stream_in;
	if (piped)
		(void)fcntl(r->fds[TO_CHILD].fd, F_SETFL, O_NONBLOCK);
	return child_start_files(&r->pid, argv, &files, err);
}

int remote_run(const struct strv *argv, const struct remote_streams *streams,
	struct remote_end *ret, struct vxe_error *err)
{
	_cleanup_(relay_clear) struct relay r = { .streams = streams, .end = ret };
	_cleanup_free_ const char **words = xcalloc(argv->n + 1, sizeof(*words));

	for (size_t i = 0; i < argv->n; i++)
		words[i] = argv->items[i];
	for (int i = 0; i < N_FDS; i++)
		r.fds[i].fd = -1;
	if (start(&r, words, err) < 0)
		return -1;
	relay_all(&r);
	return 0;
}
