/* SPDX-License-Identifier: MIT */
/*
 * Runs a command and writes the times of its begin and end, in microseconds of the clock that
 * serial_log uses: "<begin> <end>". Usage: timed FILE CMD ARG... Exits with the command's status,
 * or with 128 + n if signal n killed the command.
 */
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: timed FILE CMD ARG...\n");
		return 2;
	}

	FILE *out = fopen(argv[1], "we");
	long long begin = now_us();
	pid_t pid = -1;
	int error = out ? posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ) : 0;
	int status = 0;

	if (!out || error != 0 || waitpid(pid, &status, 0) < 0) {
		fprintf(stderr, "timed: %s: %s\n", argv[2],
			out ? strerror(error) : "no output file");
		return 2;
	}
	fprintf(out, "%lld %lld\n", begin, now_us());
	if (fclose(out) != 0)
		return 2;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
