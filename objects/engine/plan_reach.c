/* SPDX-License-Identifier: MIT */
#include "objects/engine/plan_reach.h"

#include "backends/machine/machine.h"
#include "objects/base/far/far_file.h"
#include "objects/base/file_key.h"
#include "objects/classes/storage/node_names.h"
#include "objects/file_index/definition_files.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Files that this process itself has open are nobody else's. */
#define OWN "/proc/self/"

static char *file_text(bool exists, const struct stat *st)
{
	return exists ? xasprintf("inode %" PRIuMAX " of device %u:%u", (uintmax_t)st->st_ino,
				major(st->st_dev), minor(st->st_dev))
		      : xstrdup("no file");
}

/* Several device nodes may be the same device. */
static bool is_one_file(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode))
		return a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int fail_elsewhere(
	const char *path, const char *here, const char *there, pid_t daemon, struct vxe_error *err)
{
	_cleanup_free_ char *process = xasprintf("%d", (int)daemon);

	return vxe_fail(err, VXE_FILE_ELSEWHERE, path, here, there, process);
}

static int compare_at(struct session *s, pid_t daemon, const char *path, struct vxe_error *err)
{
	_cleanup_free_ char *at = xstrdup(path);

	while (at[0] == '/' && at[1]) {
		struct stat here = { 0 }, there = { 0 };

		if (far_answers(at) < 0) /* nothing there can be compared, or used */
			return 0;
		bool exists = stat(at, &here) == 0;
		bool hidden = !exists && errno != ENOENT && errno != ENOTDIR;
		int seen = hidden ? -1 : machine_look(s->config.root, daemon, at, &there);

		if (seen < 0 || (exists && seen && is_one_file(&here, &there)))
			return 0;
		if (exists || seen) {
			_cleanup_free_ char *own = file_text(exists, &here);
			_cleanup_free_ char *other = file_text(seen, &there);

			return fail_elsewhere(at, own, other, daemon, err);
		}
		char *above = path_dir(at);

		free(at);
		at = above;
	}
	return 0;
}

int reach_check(struct session *s, const char *path, struct vxe_error *err)
{
	pid_t daemon = s->config.hypervisor ? 0 : files_daemon(s);

	return daemon ? compare_at(s, daemon, path, err) : 0;
}

static void add_path(struct strv *to, const char *path)
{
	if (path && !str_starts(path, OWN) && !strv_has(to, path))
		strv_add(to, path);
}

/* Adds the file of a disk, and of the new one the folder, unless it is the same. */
static void add_disk(struct strv *to, const struct plan_disk *d)
{
	_cleanup_free_ char *old = d->old_path ? path_dir(d->old_path) : NULL;
	_cleanup_free_ char *fresh = d->new_path ? path_dir(d->new_path) : NULL;

	add_path(to, d->old_path);
	if (!d->make)
		add_path(to, d->new_path);
	else if (!str_eq(old, fresh))
		add_path(to, fresh);
}

static void add_members(struct strv *to, const struct plan *p)
{
	const struct plan_member *tables[OP_TABLES];
	size_t n = op_tables(p->op_type, tables);

	for (size_t i = 0; i < n; i++)
		for (const struct plan_member *m = tables[i]; m->name; m++)
			if (m->type == PLAN_PATH)
				add_path(to, plan_string(p, m->name));
}

static int add_layers(
	struct session *s, struct strv *to, const struct strv *nodes, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (!nodes->n)
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	for (size_t i = 0; i < nodes->n; i++) {
		_cleanup_(node_free_cleanup) struct node *n = NULL;
		_cleanup_free_ char *path = NULL;

		if (node_find(t, nodes->items[i], &n, err) < 0 ||
			(n && node_path(t, n, &path, err) < 0))
			return -1;
		add_path(to, path);
	}
	return 0;
}

int plan_check_reach(struct session *s, const struct plan *p, struct vxe_error *err)
{
	pid_t daemon = s->config.hypervisor ? 0 : files_daemon(s);
	_cleanup_strv_ struct strv paths = { 0 };

	if (!daemon)
		return 0;
	for (size_t i = 0; i < p->n_disks; i++)
		add_disk(&paths, &p->disks[i]);
	add_members(&paths, p);
	if (add_layers(s, &paths, &p->freed, err) < 0 || add_layers(s, &paths, &p->nodes, err) < 0)
		return -1;
	for (size_t i = 0; i < paths.n; i++)
		if (compare_at(s, daemon, paths.items[i], err) < 0)
			return -1;
	return 0;
}

char *reach_unknown(struct session *s)
{
	pid_t daemon = s->config.hypervisor ? 0 : files_daemon(s);
	struct stat st;

	if (s->config.hypervisor || (daemon && machine_look(s->config.root, daemon, "/", &st) > 0))
		return NULL;
	return daemon ? xasprintf("this user may not look at what its process %d has", (int)daemon)
		      : xstrdup("its process is not known here, as in another PID namespace");
}
