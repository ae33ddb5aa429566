/* SPDX-License-Identifier: MIT */
/*
 * Runs a command on another host of the tests, as ssh does: with its input, its outputs and its exit status. Usage:
 *
 *   remote serve ADDRESS    on a host: runs what comes, as the caller and with its environment, until a signal ends it
 *   remote ADDRESS CMD...   runs CMD there; status 255 when the host does not answer, or no longer
 *
 * A connection carries frames: the words of the command, each with its NUL, then input there and outputs back; a frame of
 * input without data ends it. Not safe for a network that others share: nobody is asked who he is.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT 2222
#define DATA_MAX (128 << 10) /* as long as all words of a command may be */
#define SILENT 255

enum kind { WORDS, INPUT, OUTPUT, ERRORS, STATUS };

struct frame {
	uint32_t kind, len;
	char data[DATA_MAX];
};

static bool put_all(int fd, const void *data, size_t len)
{
	for (const char *p = data; len > 0;) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool get_all(int fd, void *data, size_t len)
{
	for (char *p = data; len > 0;) {
		ssize_t n = read(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ECONNRESET;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool put_frame(int fd, struct frame *f, enum kind kind, size_t len)
{
	f->kind = kind;
	f->len = (uint32_t)len;
	return put_all(fd, f, offsetof(struct frame, data) + len);
}

static bool get_frame(int fd, struct frame *f)
{
	return get_all(fd, f, offsetof(struct frame, data)) && f->len <= sizeof(f->data) &&
		get_all(fd, f->data, f->len);
}

/* Sends what can be read from @from; false at its end. */
static bool forward(int from, int to, struct frame *f, enum kind kind)
{
	ssize_t n;

	do
		n = read(from, f->data, sizeof(f->data));
	while (n < 0 && errno == EINTR);
	return n > 0 && put_frame(to, f, kind, (size_t)n);
}

/* A host that is cut off or without power is noticed after ten seconds, in either direction. */
static void notice_silence(int fd)
{
	int on = 1, idle_s = 4, interval_s = 2, count = 3, timeout_ms = 10000;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof(interval_s));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static int fail(const char *what)
{
	fprintf(stderr, "remote: %s: %s\n", what, strerror(errno));
	return SILENT;
}

/* ---- the host that is asked ------------------------------------------------------------------- */

static pid_t run_words(struct frame *f, int in[2], int out[2], int errors[2])
{
	static char *argv[DATA_MAX];
	size_t n = 0;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	f->data[f->len > 0 ? f->len - 1 : 0] = '\0';
	for (size_t at = 0; at < f->len; at += strlen(f->data + at) + 1)
		argv[n++] = f->data + at;
	signal(SIGPIPE, SIG_DFL);
	setsid();
	dup2(in[0], STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	dup2(errors[1], STDERR_FILENO);
	if (n > 0)
		execvp(argv[0], argv);
	fprintf(stderr, "remote: %s: %s\n", n > 0 ? argv[0] : "no command", strerror(errno));
	_exit(127);
}

/* A process of its own: whoever writes input and reads outputs in turn may wait for ever. */
static pid_t pass_input(int fd, int in, const int outputs[2], struct frame *f)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	close(outputs[0]);
	close(outputs[1]);
	while (get_frame(fd, f) && f->kind == INPUT && f->len > 0 && put_all(in, f->data, f->len))
		;
	_exit(0);
}

static void serve_one(int fd)
{
	static struct frame f;
	int in[2], out[2], errors[2], status = 0;

	notice_silence(fd);
	if (!get_frame(fd, &f) || f.kind != WORDS || pipe2(in, O_CLOEXEC) < 0 ||
		pipe2(out, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0)
		return;

	pid_t child = run_words(&f, in, out, errors);

	close(in[0]);
	close(out[1]);
	close(errors[1]);

	pid_t input = pass_input(fd, in[1], (const int[]){ out[0], errors[0] }, &f);
	/* the caller closes the connection last, so when he does before, he has gone */
	struct pollfd from[] = { { out[0], POLLIN, 0 }, { errors[0], POLLIN, 0 },
		{ fd, POLLRDHUP, 0 } };

	close(in[1]);
	while (child > 0 && (from[0].fd >= 0 || from[1].fd >= 0) &&
		(poll(from, 3, -1) >= 0 || errno == EINTR))
		for (int i = 0; i < 2; i++)
			if (from[i].fd >= 0 && (from[i].revents || from[2].revents) &&
				(from[2].revents ||
					!forward(from[i].fd, fd, &f, OUTPUT + (enum kind)i))) {
				close(from[i].fd);
				from[i].fd = -1;
			}
	if (child > 0 && waitpid(child, &status, 0) == child) {
		f.data[0] =
			(char)(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
		put_frame(fd, &f, STATUS, 1);
	}
	if (input > 0)
		kill(input, SIGKILL);
}

static int serve(const struct sockaddr_in *at)
{
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)at, sizeof(*at)) < 0 || listen(fd, 64) < 0)
		return fail("serve");
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int one = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (one >= 0 && fork() == 0) {
			signal(SIGCHLD, SIG_DFL);
			serve_one(one);
			_exit(0);
		}
		if (one >= 0)
			close(one);
	}
}

/* ---- the caller --------------------------------------------------------------------------------- */

static pid_t send_input(int fd, struct frame *f)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (forward(STDIN_FILENO, fd, f, INPUT))
		;
	put_frame(fd, f, INPUT, 0);
	_exit(0);
}

static int call(const struct sockaddr_in *at, const char *host, char **words)
{
	static struct frame f;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval to_connect = { .tv_sec = 5 }, for_ever = { 0 };
	size_t len = 0;

	for (char **w = words; *w; len += strlen(*w++) + 1) {
		if (strlen(*w) >= sizeof(f.data) - len) {
			errno = E2BIG;
			return fail(words[0]);
		}
		memcpy(f.data + len, *w, strlen(*w) + 1);
	}
	notice_silence(fd);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &to_connect, sizeof(to_connect));
	if (connect(fd, (const struct sockaddr *)at, sizeof(*at)) < 0) {
		errno = errno == EINPROGRESS ? ETIMEDOUT : errno;
		return fail(host);
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &for_ever, sizeof(for_ever));
	if (!put_frame(fd, &f, WORDS, len))
		return fail(host);

	pid_t input = send_input(fd, &f);
	int status = -1;

	while (status < 0 && get_frame(fd, &f))
		if (f.kind == STATUS && f.len == 1)
			status = (unsigned char)f.data[0];
		else if (!put_all(f.kind == ERRORS ? STDERR_FILENO : STDOUT_FILENO, f.data, f.len))
			break;
	if (status < 0)
		status = fail(host);
	if (input > 0)
		kill(input, SIGKILL);
	return status;
}

int main(int argc, char **argv)
{
	bool serves = argc == 3 && strcmp(argv[1], "serve") == 0;
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	if (argc < 3 || inet_pton(AF_INET, argv[serves ? 2 : 1], &at.sin_addr) != 1) {
		fprintf(stderr, "usage: remote serve ADDRESS, or remote ADDRESS CMD...\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	return serves ? serve(&at) : call(&at, argv[1], argv + 2);
}
