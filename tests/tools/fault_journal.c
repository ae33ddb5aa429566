/* SPDX-License-Identifier: MIT */
/*
 * The half of fault.so that records the operations on files. power_cut repeats them, except for
 * those that were not synced. A file is identified by its inode. System calls that this library
 * makes itself are not recorded.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/tools/fault.h"

static int is_noted(void)
{
	return fault_control && __atomic_load_n(&fault_control->noted, __ATOMIC_ACQUIRE);
}

/* One write in append mode, so the record is complete and in the order of all processes. */
static void append(struct note *n, const char *path, const char *to, const void *bytes)
{
	int saved = errno;
	int fd = (int)syscall(SYS_openat, AT_FDCWD, fault_journal, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd >= 0) {
		struct iovec v[] = { { n, sizeof(*n) },
			{ (void *)(uintptr_t)path, strlen(path) + 1 },
			{ (void *)(uintptr_t)to, strlen(to) + 1 },
			{ (void *)(uintptr_t)bytes, n->len } };

		n->path_len = (uint32_t)v[1].iov_len;
		n->to_len = (uint32_t)v[2].iov_len;
		(void)syscall(SYS_writev, fd, v, 4);
		syscall(SYS_close, fd);
	}
	errno = saved;
}

/*
 * Reads the bytes from the file, since the writing calls pass them in different ways. Opens the
 * file again, since @fd may be write-only.
 */
static void *read_back(int fd, int64_t at, uint64_t len)
{
	char link[64], *bytes = malloc(len ? len : 1);
	uint64_t done = 0;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	int from = (int)syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC);

	while (bytes && from >= 0 && done < len) {
		ssize_t n = pread(from, bytes + done, len - done, at + (int64_t)done);

		if (n <= 0)
			break;
		done += (uint64_t)n;
	}
	if (from >= 0)
		syscall(SYS_close, from);
	if (done == len)
		return bytes;
	free(bytes);
	return NULL;
}

void note_data(int fd, int64_t at, int64_t len)
{
	int saved = errno;
	char path[PATH_MAX];
	struct stat st;

	if (!is_noted() || len < 0 || fault_fd_path(fd, path) < 0 || !fault_is_below(path) ||
		fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		errno = saved;
		return;
	}
	struct note n = { .kind = NOTE_DATA,
		.ino = st.st_ino,
		.size = st.st_size,
		.seconds = st.st_mtim.tv_sec,
		.nanoseconds = st.st_mtim.tv_nsec };

	n.at = at >= 0 ? at : lseek(fd, 0, SEEK_CUR) - len;
	if (n.at < st.st_size)
		n.len = (uint64_t)(n.at + len > st.st_size ? st.st_size - n.at : len);
	void *bytes = read_back(fd, n.at, n.len);

	if (bytes)
		append(&n, path, "", bytes);
	free(bytes);
	errno = saved;
}

void note_cut(const char *path, int64_t size)
{
	int saved = errno;
	int fd = is_noted() ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		note_data(fd, size, 0);
		syscall(SYS_close, fd);
	}
	errno = saved;
}

void note_file(enum note_kind kind, int dir, const char *name, int fd)
{
	int saved = errno;
	char path[PATH_MAX];
	struct stat st;
	int found = is_noted() &&
		(name ? fault_name_path(dir, name, path) : fault_fd_path(fd, path)) == 0 &&
		fault_is_below(path) && (name ? lstat(path, &st) : fstat(fd, &st)) == 0;

	if (found) {
		struct note n = { .kind = kind,
			.mode = st.st_mode & 07777,
			.ino = S_ISDIR(st.st_mode) ? 0 : st.st_ino };

		append(&n, path, "", "");
	}
	errno = saved;
}

/* Notes a call that only concerns names. */
static void note_name(enum note_kind kind, const char *path, const char *to)
{
	struct note n = { .kind = kind };

	append(&n, path, to, "");
}

void note_rename(int from_dir, const char *from, int to_dir, const char *to)
{
	char path[PATH_MAX], to_path[PATH_MAX];

	if (is_noted() && fault_name_path(from_dir, from, path) == 0 &&
		fault_name_path(to_dir, to, to_path) == 0 &&
		(fault_is_below(path) || fault_is_below(to_path)))
		note_name(NOTE_RENAME, path, to_path);
}

void note_unlink(int dir, const char *name)
{
	char path[PATH_MAX];

	if (is_noted() && fault_name_path(dir, name, path) == 0 && fault_is_below(path))
		note_name(NOTE_UNLINK, path, "");
}
