/* SPDX-License-Identifier: MIT */
/* A thread that has the kernel write a growing file to the disk. */
#include "backends/machine/write_back.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects/base/mem.h"
#include "objects/base/thread.h"

/* bytes of the file after which the thread looks whether it is to end */
#define PIECE (INT64_C(8) << 20)
#define PAUSE_US 20000

struct write_back {
	char *path;
	pthread_t thread;
	atomic_bool stop;
};

/* Has the kernel write the file to the disk, from *at to its present end; moves *at there. */
static void write_rest(struct write_back *w, int fd, int64_t *at)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return;
	while (*at < st.st_size && !w->stop) {
		int64_t n = st.st_size - *at < PIECE ? st.st_size - *at : PIECE;

		(void)sync_file_range(fd, *at, n, SYNC_FILE_RANGE_WRITE);
		*at += n;
	}
}

static void *write_back_loop(void *arg)
{
	struct write_back *w = arg;
	int64_t at = 0;
	int fd = -1;

	while (!w->stop) {
		if (fd < 0)
			fd = open(w->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd >= 0)
			write_rest(w, fd, &at);
		usleep(PAUSE_US);
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

struct write_back *write_back_start(const char *path)
{
	struct write_back *w = xcalloc(1, sizeof(*w));

	w->path = xstrdup(path);
	if (thread_start(&w->thread, write_back_loop, w) == 0)
		return w;
	free(w->path);
	free(w);
	return NULL;
}

void write_back_stop(struct write_back *w)
{
	if (!w)
		return;
	w->stop = true;
	pthread_join(w->thread, NULL);
	free(w->path);
	free(w);
}
