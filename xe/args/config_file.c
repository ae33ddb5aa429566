/* SPDX-License-Identifier: MIT */
#include "xe/args/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects/base/mem.h"

static const char *const known[] = { "VXE_CONNECT", "VXE_STORE", "VXE_IMAGES",
	"VXE_LIBVIRT_TIMEOUT", "VXE_LOG", "VXE_OPTS", "VXE_PAGER", "VXE_SHORTCUTS" };

static bool is_known(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_eq(known[i], name))
			return true;
	return false;
}

/* What is said about another name. Owned. */
static char *unknown_setting(void)
{
	struct str s = { 0 };

	str_add(&s, "no such setting; there are ");
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		str_addf(&s, "%s%s", !i ? "" : i + 1 < ARRAY_LEN(known) ? ", " : " and ", known[i]);
	return str_steal(&s);
}

static int refuse(const char *path, int line, const char *why, struct vxe_error *err)
{
	_cleanup_free_ char *text = line ? xasprintf("%s, line %d: %s", path, line, why)
					 : xasprintf("%s: %s", path, why);

	return vxe_fail(err, CLI_USAGE, text);
}

static int read_line(
	struct config_files *ret, const char *path, int number, char *line, struct vxe_error *err)
{
	char *start = line + strspn(line, " \t"), *value = strchr(start, '=');

	line[strcspn(line, "\n")] = '\0';
	if (!*start || *start == '#')
		return 0;
	if (!value)
		return refuse(path, number, "a setting is NAME=VALUE", err);
	*value++ = '\0';
	if (!is_known(start)) {
		_cleanup_free_ char *why = unknown_setting();

		return refuse(path, number, why, err);
	}
	if (!map_get(&ret->values, start))
		map_set(&ret->values, start, value);
	return 0;
}

/* True if nobody but root and the user who runs the program can have written the file. */
static bool is_trusted(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		(st.st_uid == geteuid() || st.st_uid == 0) && !(st.st_mode & S_IWOTH);
}

static int read_file(struct config_files *ret, const char *path, struct vxe_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	int r = 0;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES
			? 0
			: refuse(path, 0, strerror(errno), err);
	FILE *f = is_trusted(fd) ? fdopen(fd, "re") : NULL;

	if (!f) {
		close(fd);
		return 0;
	}
	for (int n = 1; r == 0 && getline(&line, &room, f) >= 0; n++)
		r = read_line(ret, path, n, line, err);
	fclose(f);
	return r;
}

int config_files_read(struct config_files *ret, struct vxe_error *err)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	_cleanup_free_ char *path = xdg && *xdg == '/' ? xasprintf("%s/vxe/config", xdg)
		: home				       ? xasprintf("%s/.config/vxe/config", home)
						       : NULL;

	return (path && read_file(ret, path, err) < 0) || read_file(ret, "/etc/vxe/config", err) < 0
		? -1
		: 0;
}

const char *config_files_get(void *ctx, const char *name)
{
	const struct config_files *c = ctx;
	const char *value = getenv(name);

	return value ? value : map_get(&c->values, name);
}

void config_files_clear(struct config_files *c)
{
	map_clear(&c->values);
}
