/* SPDX-License-Identifier: MIT */
#include "objects/base/far/far_mounts.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define LINKS_MAX 40 /* most symbolic links that are followed, as in the kernel */

void far_mounts_clear(struct far_mounts *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->items[i].path);
		free(m->items[i].dev);
	}
	free(m->items);
	*m = (struct far_mounts){ 0 };
}

/* ---- the list of mounts ------------------------------------------------------------------------ */

/* File systems that only this machine's kernel and disks have to answer for. */
static bool is_near(const char *type)
{
	static const char *const types[] = { "bcachefs", "binfmt_misc", "bpf", "btrfs", "cgroup",
		"cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs", "erofs",
		"exfat", "ext2", "ext3", "ext4", "f2fs", "fusectl", "hugetlbfs", "iso9660", "jfs",
		"mqueue", "nsfs", "ntfs3", "overlay", "proc", "pstore", "ramfs", "reiserfs",
		"rpc_pipefs", "securityfs", "selinuxfs", "squashfs", "sysfs", "tmpfs", "tracefs",
		"udf", "vfat", "xfs", "zfs" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_eq(types[i], type))
			return true;
	return false;
}

void far_unescape(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		if (p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' && p[2] <= '7' &&
			p[3] >= '0' && p[3] <= '7') {
			*to++ = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			p += 3;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
}

static void drop_point(struct far_mounts *m, const char *path)
{
	for (size_t i = m->n; i-- > 0;)
		if (str_eq(m->items[i].path, path)) {
			free(m->items[i].path);
			free(m->items[i].dev);
			m->items[i] = m->items[--m->n];
		}
}

/* Takes a line "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS ... - TYPE SOURCE ...". A later mount covers an earlier one. */
static void take_mount(struct far_mounts *m, char *line)
{
	char *words[5] = { NULL }, *rest = NULL, *type = strstr(line, " - ");
	size_t n = 0;

	if (!type)
		return;
	type += strlen(" - ");
	type[strcspn(type, " ")] = '\0';
	for (char *w = strtok_r(line, " ", &rest); w && n < ARRAY_LEN(words);
		w = strtok_r(NULL, " ", &rest))
		words[n++] = w;
	/* systemd mounts autofs for one of the kernel's own on every machine */
	if (n < ARRAY_LEN(words) || str_eq(words[4], "/") || str_starts(words[4] + 1, "proc/") ||
		str_starts(words[4] + 1, "sys/") || str_starts(words[4] + 1, "dev/"))
		return;
	far_unescape(words[4]);
	drop_point(m, words[4]);
	if (is_near(type))
		return;
	m->items = xrealloc(m->items, m->n + 1, sizeof(*m->items));
	m->items[m->n++] = (struct far_point){ xstrdup(words[4]), xstrdup(words[2]) };
}

void far_mounts_parse(const char *text, struct far_mounts *ret)
{
	_cleanup_free_ char *copy = xstrdup(text);

	*ret = (struct far_mounts){ 0 };
	for (char *line = copy, *end; *line; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		take_mount(ret, line);
	}
}

void far_mounts_read(struct far_mounts *ret)
{
	_cleanup_close_ int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	_cleanup_str_ struct str text = { 0 };
	char piece[8192];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, piece, sizeof(piece))) > 0)
		str_add_bytes(&text, piece, (size_t)n);
	far_mounts_parse(str_text(&text), ret);
}

/* ---- where a path leads ------------------------------------------------------------------------ */

const struct far_point *far_mounts_at(const struct far_mounts *m, const char *path)
{
	for (size_t i = 0; i < m->n; i++)
		if (str_eq(m->items[i].path, path))
			return &m->items[i];
	return NULL;
}

struct far_walk {
	char done[PATH_MAX]; /* the way so far, without links; "": the root */
	char rest[2 * PATH_MAX];
	char target[PATH_MAX];
	int links;
};

static void go_up(char *done)
{
	char *slash = strrchr(done, '/');

	*(slash ? slash : done) = '\0';
}

/* Takes the next name of w->rest; false: there is none, or the path is too long. */
static bool next_name(struct far_walk *w, char *name)
{
	const char *from = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(from, "/");

	if (!n || n > NAME_MAX)
		return false;
	memcpy(name, from, n);
	name[n] = '\0';
	memmove(w->rest, from + n, strlen(from + n) + 1);
	return true;
}

/* Goes on at the target of the link at w->done. Returns false if there is no link there, or one too many. */
static bool take_link(struct far_walk *w)
{
	ssize_t n = readlink(w->done, w->target, sizeof(w->target) - 1);

	if (n <= 0)
		return false;
	w->target[n] = '\0';
	size_t len = strlen(w->rest);

	if (++w->links > LINKS_MAX || (size_t)n + len + 2 > sizeof(w->rest)) {
		w->rest[0] = '\0'; /* the kernel, too, goes no further */
		return false;
	}
	memmove(w->rest + n + 1, w->rest, len + 1);
	memcpy(w->rest, w->target, (size_t)n);
	w->rest[n] = '/';
	if (w->target[0] == '/')
		w->done[0] = '\0';
	else
		go_up(w->done);
	return true;
}

const struct far_point *far_mounts_find(
	const struct far_mounts *m, const char *path, bool follow, char **physical)
{
	_cleanup_free_ struct far_walk *w =
		m->n && path[0] == '/' && strlen(path) < PATH_MAX ? xcalloc(1, sizeof(*w)) : NULL;
	const struct far_point *at = NULL;
	char name[NAME_MAX + 1];

	if (physical)
		*physical = NULL;
	if (!w)
		return NULL;
	memcpy(w->rest, path, strlen(path) + 1);
	while (!at && next_name(w, name)) {
		size_t len = strlen(w->done);

		if (str_eq(name, "."))
			continue;
		if (str_eq(name, "..")) {
			go_up(w->done);
			continue;
		}
		if (len + strlen(name) + 2 > sizeof(w->done))
			break;
		w->done[len] = '/';
		memcpy(w->done + len + 1, name, strlen(name) + 1);
		at = far_mounts_at(m, w->done);
		if (!at && (follow || w->rest[strspn(w->rest, "/")]))
			(void)take_link(w);
	}
	if (physical)
		*physical = xstrdup(w->done[0] ? w->done : "/");
	return at;
}
