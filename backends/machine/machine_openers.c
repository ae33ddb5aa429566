/* SPDX-License-Identifier: MIT */
/* Which process has a file open, and which files a guest's process writes to. */
#include "backends/machine/machine.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * True if the link /proc/PID/fd/N leads to the file. Only a link with the file's last name is followed: others may lead to file
 * systems that do not answer.
 */
static bool leads_to(int folder, const char *link, const char *name, const struct stat *file)
{
	char path[PATH_MAX];
	ssize_t n = readlinkat(folder, link, path, sizeof(path) - 1);
	struct stat st;

	if (n <= 0)
		return false;
	path[n] = '\0';
	const char *slash = strrchr(path, '/');

	return slash && str_eq(slash + 1, name) && fstatat(folder, link, &st, 0) == 0 &&
		st.st_dev == file->st_dev && st.st_ino == file->st_ino;
}

static bool has_open(const char *root, const char *pid, const char *name, const struct stat *file)
{
	_cleanup_free_ char *path = xasprintf("%s/proc/%s/fd", root ? root : "", pid);
	_cleanup_dir_ DIR *dir = opendir(path);
	const struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (isdigit((unsigned char)*e->d_name) &&
			leads_to(dirfd(dir), e->d_name, name, file))
			return true;
	return false;
}

char *machine_opener(const char *root, const char *path)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	_cleanup_free_ char *proc = xasprintf("%s/proc", root ? root : "");
	_cleanup_free_ char *own = xasprintf("%d", (int)getpid());
	const struct dirent *e;
	struct stat file;

	if (!real || stat(real, &file) < 0 || !S_ISREG(file.st_mode))
		return NULL;
	_cleanup_dir_ DIR *dir = opendir(proc);

	while (dir && (e = readdir(dir))) {
		if (!isdigit((unsigned char)*e->d_name) || str_eq(e->d_name, own) ||
			!has_open(root, e->d_name, strrchr(real, '/') + 1, &file))
			continue;
		_cleanup_free_ char *comm = xasprintf("/proc/%s/comm", e->d_name);
		_cleanup_free_ char *word = machine_word(root, comm);

		return xasprintf("process %s (%s), which has it open", e->d_name, word);
	}
	return NULL;
}

/* True if the kernel says that the descriptor @fd of the process was opened for writing. */
static bool is_for_writing(const char *root, const char *pid, const char *fd)
{
	_cleanup_free_ char *path = xasprintf("/proc/%s/fdinfo/%s", pid, fd);
	_cleanup_free_ char *text = machine_text(root, path);
	const char *flags = text ? strstr(text, "flags:") : NULL;

	return flags && (strtol(flags + strlen("flags:"), NULL, 8) & O_ACCMODE) != O_RDONLY;
}

/* Adds what the process has open for writing; false if this user may not see that, or it has ended. */
static bool add_written(const char *root, const char *pid, struct strv *ret)
{
	_cleanup_free_ char *path = xasprintf("%s/proc/%s/fd", root ? root : "", pid);
	_cleanup_dir_ DIR *dir = opendir(path);
	const struct dirent *e;
	bool any = false;

	while (dir && (e = readdir(dir))) {
		char to[PATH_MAX];
		ssize_t n = isdigit((unsigned char)*e->d_name)
			? readlinkat(dirfd(dir), e->d_name, to, sizeof(to) - 1)
			: 0;

		if (n <= 0)
			continue;
		any = true;
		to[n] = '\0';
		if (*to == '/' && is_for_writing(root, pid, e->d_name) && !strv_has(ret, to))
			strv_add(ret, to);
	}
	return any;
}

int machine_guest_writes(const char *root, const char *uuid, struct strv *ret)
{
	_cleanup_free_ char *proc = xasprintf("%s/proc", root ? root : "");
	_cleanup_dir_ DIR *dir = opendir(proc);
	const struct dirent *e;
	int n = 0;

	while (dir && (e = readdir(dir))) {
		if (!isdigit((unsigned char)*e->d_name))
			continue;
		_cleanup_free_ char *guest = machine_guest_of(root, e->d_name);

		if (str_eq(guest, uuid) && add_written(root, e->d_name, ret))
			n++;
	}
	return n;
}
