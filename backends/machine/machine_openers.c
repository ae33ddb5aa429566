/* SPDX-License-Identifier: MIT */
/* Which process has a file open. */
#include "backends/machine/machine.h"

#include <ctype.h>
#include <dirent.h>
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
