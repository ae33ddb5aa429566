/* SPDX-License-Identifier: MIT */
/*
 * Watches whether a guest runs twice, on hosts whose processes it sees, until SIGTERM. Usage: two_guests UUID LOG LOG,
 * with what the guest says on each host. Prints "PROCESSES MOMENTS": the largest number of QEMUs of the guest at one
 * moment, but for one that waits for the guest of another host; and in how many moments one after the other both logs
 * grew. (A guest that changes hosts makes both grow in one.)
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define EVERY_MS 10
#define MOMENTS                                                                                    \
	10 /* of processes in one of the logs: a guest prints often, but not always within 10 ms */

static volatile sig_atomic_t ended;

static void on_end(int number)
{
	ended = number;
}

static bool is_qemu_of(const char *pid, const char *uuid)
{
	char path[300], words[8192];

	snprintf(path, sizeof(path), "/proc/%s/cmdline", pid);

	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, words, sizeof(words) - 1);
	bool found = false;

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	for (ssize_t i = 0; i < n; i++)
		words[i] = words[i] ? words[i] : ' ';
	words[n] = '\0';
	found = strstr(words, "qemu-system") && strstr(words, " -uuid ") && strstr(words, uuid);
	return found && !strstr(words, " -incoming ");
}

static int count_qemus(const char *uuid)
{
	DIR *dir = opendir("/proc");
	const struct dirent *e;
	int n = 0;

	while (dir && (e = readdir(dir)))
		n += isdigit((unsigned char)*e->d_name) && is_qemu_of(e->d_name, uuid);
	if (dir)
		closedir(dir);
	return n;
}

static bool grew(const char *path, off_t *size)
{
	struct stat st;
	off_t before = *size;

	*size = stat(path, &st) == 0 ? st.st_size : 0;
	return *size > before;
}

int main(int argc, char **argv)
{
	const struct timespec pause = { .tv_nsec = EVERY_MS * 1000000L };
	int most = 0, both = 0, longest = 0;
	off_t size[2] = { 0 };

	if (argc != 4)
		return 2;
	signal(SIGTERM, on_end);
	for (int i = 0; i < 2; i++)
		(void)grew(argv[2 + i], &size[i]);
	for (int i = 0; !ended; i++) {
		int n = count_qemus(argv[1]);

		most = n > most ? n : most;
		if (i % MOMENTS == MOMENTS - 1) {
			bool one = grew(argv[2], &size[0]), other = grew(argv[3], &size[1]);

			both = one && other ? both + 1 : 0;
			longest = both > longest ? both : longest;
		}
		nanosleep(&pause, NULL);
	}
	printf("%d %d\n", most, longest);
	return 0;
}
