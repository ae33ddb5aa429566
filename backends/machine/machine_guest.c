/* SPDX-License-Identifier: MIT */
/* Finds the QEMU processes, and daemons, in /proc. */
#include "backends/machine/machine.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects/base/uuid.h"

/* number of the field with the start time in /proc/PID/stat, counted behind the program's name */
#define UUID_LEN 36
#define STARTED 20

/* When the machine was booted, in seconds since 1970; 0: unknown. */
static int64_t booted(const char *root)
{
	_cleanup_free_ char *stat = machine_text(root, "/proc/stat");
	const char *at = stat ? strstr(stat, "\nbtime ") : NULL;

	return at ? strtoll(at + strlen("\nbtime "), NULL, 10) : 0;
}

/* When the process was started, in ticks since the boot; 0: it has ended. */
static int64_t started(const char *root, const char *pid)
{
	_cleanup_free_ char *path = xasprintf("/proc/%s/stat", pid);
	_cleanup_free_ char *stat = machine_text(root, path);
	const char *at = stat ? strrchr(stat, ')') : NULL;

	for (int i = 0; at && i < STARTED; i++)
		at = strchr(at + 1, ' ');
	return at ? strtoll(at, NULL, 10) : 0;
}

char *machine_guest_of(const char *root, const char *pid)
{
	_cleanup_free_ char *path = xasprintf("/proc/%s/cmdline", pid);
	_cleanup_free_ char *words = machine_text(root, path);
	const char *at = words ? strstr(words, "\n-uuid\n") : NULL;
	_cleanup_free_ char *uuid = at ? xstrndup(at + strlen("\n-uuid\n"), UUID_LEN) : NULL;

	return uuid && uuid_is_valid(uuid) ? TAKE(uuid) : NULL;
}

pid_t machine_guest_pid(const char *root, const char *uuid)
{
	_cleanup_free_ char *proc = xasprintf("%s/proc", root ? root : "");
	_cleanup_dir_ DIR *dir = opendir(proc);
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (!isdigit((unsigned char)*e->d_name))
			continue;
		_cleanup_free_ char *guest = machine_guest_of(root, e->d_name);

		if (str_eq(guest, uuid))
			return (pid_t)strtol(e->d_name, NULL, 10);
	}
	return 0;
}

bool machine_sleeps(const char *root, pid_t pid)
{
	_cleanup_free_ char *tasks = xasprintf("%s/proc/%d/task", root ? root : "", (int)pid);
	_cleanup_dir_ DIR *dir = opendir(tasks);
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		_cleanup_free_ char *path = xasprintf("/proc/%d/task/%s/stat", (int)pid, e->d_name);
		_cleanup_free_ char *stat = machine_text(root, path);
		const char *at = stat ? strrchr(stat, ')') : NULL;

		if (at && str_starts(at, ") D"))
			return true;
	}
	return false;
}

void machine_guests(const char *root, struct map *ret)
{
	_cleanup_free_ char *proc = xasprintf("%s/proc", root ? root : "");
	_cleanup_dir_ DIR *dir = opendir(proc);
	int64_t boot = booted(root), hz = sysconf(_SC_CLK_TCK);
	const struct dirent *e;

	while (dir && boot && hz > 0 && (e = readdir(dir))) {
		if (!isdigit((unsigned char)*e->d_name))
			continue;
		_cleanup_free_ char *uuid = machine_guest_of(root, e->d_name);
		int64_t ticks = uuid ? started(root, e->d_name) : 0;
		_cleanup_free_ char *text = xasprintf("%" PRId64, boot + ticks / hz);

		if (ticks)
			map_set(ret, uuid, text);
	}
}

/* True if the process has that name, is root's, and belongs to the same PID namespace as this one. */
static bool is_daemon(const char *root, const char *pid, const char *name)
{
	_cleanup_free_ char *dir = xasprintf("%s/proc/%s", root ? root : "", pid);
	_cleanup_free_ char *comm = xasprintf("/proc/%s/comm", pid);
	_cleanup_free_ char *found = machine_word(root, comm);
	_cleanup_free_ char *space = xasprintf("%s/ns/pid", dir);
	_cleanup_free_ char *own = xasprintf("%s/proc/self/ns/pid", root ? root : "");
	char theirs[64] = "", ours[64] = "";
	struct stat st;

	return str_eq(found, name) && stat(dir, &st) == 0 && st.st_uid == 0 &&
		readlink(space, theirs, sizeof(theirs) - 1) > 0 &&
		readlink(own, ours, sizeof(ours) - 1) > 0 && str_eq(theirs, ours);
}

void machine_daemons(const char *root, const char *name, struct map *ret)
{
	_cleanup_free_ char *proc = xasprintf("%s/proc", root ? root : "");
	_cleanup_dir_ DIR *dir = opendir(proc);
	int64_t boot = booted(root), hz = sysconf(_SC_CLK_TCK);
	const struct dirent *e;

	while (dir && boot && hz > 0 && (e = readdir(dir))) {
		if (!isdigit((unsigned char)*e->d_name) || !is_daemon(root, e->d_name, name))
			continue;
		int64_t ticks = started(root, e->d_name);
		_cleanup_free_ char *key = xasprintf("%s-%" PRId64, e->d_name, ticks);
		_cleanup_free_ char *text = xasprintf("%" PRId64, boot + ticks / hz);

		if (ticks)
			map_set(ret, key, text);
	}
}
