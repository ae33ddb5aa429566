/* SPDX-License-Identifier: MIT */
#include "objects/pool/start_hook.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects/base/file.h"
#include "objects/base/log.h"
#include "objects/pool/start_rule.h"
#include "store/store_place.h"

static const char *const daemon_names[] = { "libvirtd", "virtqemud" };

static char *hook_path(const struct session_config *c)
{
	return xasprintf("%s/qemu.d/vxe", c->hooks_dir);
}

/* ---- the file ------------------------------------------------------------------------------------ */

/*
 * The script, owned; NULL: the program's path is unknown or cannot be quoted. /usr/bin/env calls the program, as Debian's AppArmor
 * profile of libvirtd lets a hook run only what lies in the folders of the system.
 */
static char *hook_text(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n <= 0)
		return NULL;
	exe[n] = '\0';
	if (strchr(exe, '\''))
		return NULL;
	return xasprintf(
		"#!/bin/sh\n"
		"# libvirt asks vxe here whether a guest of vxe's pool may start on this host. vxe\n"
		"# pool-join makes this file, pool-eject removes it. All but \"prepare\" must succeed:\n"
		"# libvirt would kill guests that run.\n"
		"vxe='%s'\n"
		"[ \"$2\" = prepare ] && [ -x \"$vxe\" ] || exit 0\n"
		"exec /usr/bin/env \"$vxe\" " START_HOOK_WORD " \"$@\"\n",
		exe);
}

/* True if the file is there and calls a program that is there. */
static bool is_in_place(const char *path)
{
	_cleanup_free_ char *text = machine_text(NULL, path);
	char *program = text ? strstr(text, "\nvxe='") : NULL;

	if (!program || access(path, X_OK) < 0)
		return false;
	program += strlen("\nvxe='");
	program[strcspn(program, "'\n")] = '\0';
	return access(program, X_OK) == 0;
}

static int make_folder(const char *path)
{
	return mkdir(path, 0755) < 0 && errno != EEXIST ? -1 : 0;
}

static int put_hook(const struct session_config *c, const char *path)
{
	_cleanup_free_ char *text = hook_text(), *dir = xasprintf("%s/qemu.d", c->hooks_dir);

	if (!text) {
		errno = EINVAL;
		return -1;
	}
	return make_folder(c->hooks_dir) < 0 || make_folder(dir) < 0
		? -1
		: file_put(path, text, 0755, true);
}

/* ---- the daemon ---------------------------------------------------------------------------------- */

/* The daemons that are not newer than the file: they may have looked for hooks before it was there. */
static void older_daemons(const struct session_config *c, const char *path, struct strv *ret)
{
	struct stat st;

	for (size_t i = 0; stat(path, &st) == 0 && i < ARRAY_LEN(daemon_names); i++) {
		_cleanup_map_ struct map found = { 0 };

		machine_daemons(c->root, daemon_names[i], &found);
		for (size_t k = 0; k < found.n; k++)
			if (strtoll(found.items[k].value, NULL, 10) <= st.st_mtime)
				strv_add(ret, found.items[k].key);
	}
}

/* The daemons that have been told, a line for each, are noted among the lock files, which go when the host boots. */
static char *told_path(const struct session_config *c)
{
	return xasprintf("%s/hook-told", c->lock_dir);
}

static void read_told(const struct session_config *c, struct strv *ret)
{
	_cleanup_free_ char *path = told_path(c), *text = machine_text(NULL, path);

	strv_split(ret, text ? text : "", '\n');
}

static void tell_daemons(const struct session_config *c, const char *path)
{
	_cleanup_strv_ struct strv older = { 0 }, told = { 0 };
	_cleanup_str_ struct str text = { 0 };
	_cleanup_free_ char *to = told_path(c);
	bool more = false;

	older_daemons(c, path, &older);
	read_told(c, &told);
	for (size_t i = 0; i < older.n; i++) {
		if (!strv_has(&told, older.items[i])) {
			if (kill((pid_t)strtol(older.items[i], NULL, 10), SIGHUP) < 0)
				continue;
			log_info("libvirt's daemon is told to look for hooks: %s", older.items[i]);
			more = true;
		}
		str_addf(&text, "%s\n", older.items[i]);
	}
	if (more &&
		(place_make_dir(c->lock_dir) < 0 || file_put(to, str_text(&text), 0600, true) < 0))
		log_debug("%s cannot be written: %s", to, strerror(errno));
}

/* ---- both ---------------------------------------------------------------------------------------- */

void start_hook_keep(struct session *s)
{
	const struct session_config *c = &s->config;

	if (!c->hooks_dir || !c->lock_dir)
		return;
	_cleanup_free_ char *path = hook_path(c);

	if (!is_in_place(path) && put_hook(c, path) < 0)
		log_error("%s cannot be written: %s", path, strerror(errno));
	else
		tell_daemons(c, path);
}

void start_hook_remove(const struct session_config *c)
{
	_cleanup_free_ char *path = c->hooks_dir ? hook_path(c) : NULL;

	if (path && file_remove(path) < 0)
		log_error("%s cannot be removed: %s", path, strerror(errno));
}

char *start_hook_lack(const struct session_config *c)
{
	_cleanup_strv_ struct strv older = { 0 }, told = { 0 };

	if (!c->hooks_dir || !c->lock_dir)
		return NULL;
	_cleanup_free_ char *path = hook_path(c);

	if (!is_in_place(path))
		return xasprintf(
			"libvirt starts guests here without asking vxe whose they are, as %s is "
			"missing or cannot be run: 'vxe host-heartbeat' as root writes it",
			path);
	older_daemons(c, path, &older);
	read_told(c, &told);
	for (size_t i = 0; i < older.n; i++)
		if (!strv_has(&told, older.items[i]))
			return xstrdup(
				"libvirt starts guests here without asking vxe whose they are, as "
				"its daemon has not looked for hooks since vxe has one: 'vxe "
				"host-heartbeat' as root tells it");
	return NULL;
}
