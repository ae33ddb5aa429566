/* SPDX-License-Identifier: MIT */
/*
 * Default places: root uses the system's libvirt and a store below /var; other users use their
 * session's libvirt and folders below their home.
 */
#include "xe/args/environment.h"

#include "objects/base/clock.h"
#include "objects/base/uri.h"

#include <string.h>

void environment_clear(struct environment *e)
{
	free(e->store);
	free(e->lock_dir);
	free(e->image_dir);
	free(e->definitions_dir);
	free(e->states_dir);
	free(e->snapshots_dir);
	free(e->saves_dir);
	free(e->nvram_dir);
	free(e->tpm_dir);
	*e = (struct environment){ 0 };
}

static const char *of_process(void *ctx, const char *name)
{
	(void)ctx;
	return getenv(name);
}

const struct settings process_settings = { of_process, NULL };

static const char *setting(const struct settings *from, const char *name)
{
	const char *value = from->get(from->ctx, name);

	return str_is_empty(value) ? NULL : value;
}

/* The number of a setting that only tests change; @usual if it is not set. */
static int64_t test_number(const struct settings *from, const char *name, int64_t usual)
{
	const char *other = VXE_FAILPOINTS ? setting(from, name) : NULL;

	return other ? strtoll(other, NULL, 10) : usual;
}

/* Size in bytes from which on vxe watches folders of libvirt or of disk images: some 2,000 names on ext4. */
#define WATCHED_FROM (64 << 10)

#define LIBVIRT_TIMEOUT_S 30
#define LIBVIRT_TIMEOUT_MAX_S 86400

/* The time limit of calls to libvirt; the setting is in whole seconds. */
static int libvirt_timeout(const struct settings *from, int64_t *ret, struct vxe_error *err)
{
	const char *text = setting(from, "VXE_LIBVIRT_TIMEOUT");
	char *end = NULL;
	long s = text ? strtol(text, &end, 10) : LIBVIRT_TIMEOUT_S;

	if (text && (*end || s < 1 || s > LIBVIRT_TIMEOUT_MAX_S))
		return vxe_fail(err, INVALID_VALUE, "VXE_LIBVIRT_TIMEOUT", text);
	*ret = s * 1000;
	return 0;
}

/* The path of a file or program of the host; only tests set another one, by the setting @name. */
static const char *system_path(const struct settings *from, const char *name, const char *path)
{
	const char *other = VXE_FAILPOINTS ? setting(from, name) : NULL;

	return other ? other : path;
}

/* The path $XDG_x/@below, else $HOME/@fallback/@below; NULL if there is no home. */
static char *user_path(
	const struct settings *from, const char *xdg, const char *fallback, const char *below)
{
	const char *base = setting(from, xdg), *home = setting(from, "HOME");

	if (base && *base == '/')
		return xasprintf("%s/%s", base, below);
	return home ? xasprintf("%s/%s/%s", home, fallback, below) : NULL;
}

static bool uri_is_session(const char *uri)
{
	const char *path = strstr(uri, "://");
	size_t len;

	path = path ? strchr(path + 3, '/') : NULL;
	len = path ? strcspn(path, "?") : 0;
	return len == strlen("/session") && strncmp(path, "/session", len) == 0;
}

#define ROOT_STORE "/var/lib/vxe"

static char *default_store(const struct settings *from, bool root)
{
	return root ? xstrdup(ROOT_STORE)
		    : user_path(from, "XDG_STATE_HOME", ".local/state", "vxe");
}

/*
 * The default directory for lock files: /run/vxe for root, else in $XDG_RUNTIME_DIR or, if that is not set, in the
 * store's folder, which is the default one if the store is a database.
 */
static char *default_locks(const struct settings *from, bool root, const char *store)
{
	const char *runtime = setting(from, "XDG_RUNTIME_DIR");

	if (root)
		return xstrdup("/run/vxe");
	return runtime ? xasprintf("%s/vxe", runtime) : xasprintf("%s/locks", store);
}

static int find_locks(
	const struct settings *from, bool root, struct environment *ret, struct vxe_error *err)
{
	_cleanup_free_ char *folder =
		uri_is_database(ret->store) ? default_store(from, root) : xstrdup(ret->store);

	if (!folder)
		return vxe_fail(err, VXE_STORE_UNUSABLE, "",
			"HOME is not set; its folder has the lock files of this machine");
	ret->lock_dir = default_locks(from, root, folder);
	return 0;
}

static char *default_images(const struct settings *from, const char *uri)
{
	if (uri_is_session(uri))
		return user_path(from, "XDG_DATA_HOME", ".local/share", "libvirt/images/vxe");
	return xstrdup("/var/lib/libvirt/images/vxe");
}

/*
 * Finds the folders in which libvirt keeps its files, by libvirt's own rule: fixed ones of the system daemon, XDG
 * directories of a session daemon. Only a session daemon may have another environment than vxe.
 */
static void find_state_dirs(const struct settings *from, struct environment *ret, const char *uri)
{
	bool session = uri_is_session(uri);

	ret->definitions_dir = session
		? user_path(from, "XDG_CONFIG_HOME", ".config", "libvirt/qemu")
		: xstrdup("/etc/libvirt/qemu");
	ret->states_dir = session ? user_path(from, "XDG_RUNTIME_DIR", ".cache", "libvirt/qemu/run")
				  : xstrdup("/run/libvirt/qemu");
	ret->snapshots_dir = session
		? user_path(from, "XDG_CONFIG_HOME", ".config", "libvirt/qemu/snapshot")
		: xstrdup("/var/lib/libvirt/qemu/snapshot");
	ret->saves_dir = session
		? user_path(from, "XDG_CONFIG_HOME", ".config", "libvirt/qemu/save")
		: xstrdup("/var/lib/libvirt/qemu/save");
	ret->nvram_dir = session
		? user_path(from, "XDG_CONFIG_HOME", ".config", "libvirt/qemu/nvram")
		: xstrdup("/var/lib/libvirt/qemu/nvram");
	ret->tpm_dir = session ? user_path(from, "XDG_CONFIG_HOME", ".config", "libvirt/qemu/swtpm")
			       : xstrdup("/var/lib/libvirt/swtpm");
}

const char *environment_pager(const struct settings *from)
{
	const char *own = from->get(from->ctx, "VXE_PAGER");
	const char *pager = own ? own : from->get(from->ctx, "PAGER");
	const char *term = from->get(from->ctx, "TERM");

	if (!pager)
		pager = "less";
	return !*pager || str_eq(pager, "cat") || str_is_empty(term) || str_eq(term, "dumb")
		? NULL
		: pager;
}

int environment_load(
	struct environment *ret, const struct settings *from, bool root, struct vxe_error *err)
{
	const char *store = setting(from, "VXE_STORE"), *images = setting(from, "VXE_IMAGES");
	const char *uri = setting(from, "VXE_CONNECT");
	int64_t timeout;

	if (libvirt_timeout(from, &timeout, err) < 0)
		return -1;
	if (!uri)
		uri = root ? "qemu:///system" : "qemu:///session";
	if (uri_is_remote(uri))
		return vxe_fail(err, VXE_REMOTE_URI, uri);
	ret->store = store ? xstrdup(store) : default_store(from, root);
	if (!ret->store)
		return vxe_fail(err, VXE_STORE_UNUSABLE, "", "HOME is not set; set VXE_STORE");
	if (find_locks(from, root, ret, err) < 0)
		return -1;
	ret->image_dir = images ? xstrdup(images) : default_images(from, uri);
	if (!ret->image_dir)
		return vxe_fail(err, VXE_STORE_UNUSABLE, ret->store,
			"HOME is not set; set VXE_IMAGES to the directory for disk images");
	find_state_dirs(from, ret, uri);
#if VXE_FAILPOINTS
	clock_pretend(test_number(from, "VXE_TEST_AHEAD", 0));
#endif
	ret->config = (struct session_config){
		.store = ret->store,
		.connect = uri,
		.unprivileged = uri_is_session(uri),
		.lock_dir = ret->lock_dir,
		.image_dir = ret->image_dir,
		.shutdown_timeout_ms = test_number(from, "VXE_SHUTDOWN_TIMEOUT_MS", 0),
		.libvirt_timeout_ms = timeout,
		.plugin_dir = system_path(from, "VXE_PLUGINS", "/etc/vxe/plugins"),
		.shutdown = system_path(from, "VXE_SHUTDOWN", "/sbin/shutdown"),
		.journal = system_path(from, "VXE_JOURNAL", "/run/systemd/journal/socket"),
		.syslog = system_path(from, "VXE_SYSLOG", "/dev/log"),
		.journalctl = system_path(from, "VXE_JOURNALCTL", "journalctl"),
		.sudo_user = setting(from, "SUDO_USER"),
		/*
		 * The systemd timer runs the schedules of the default store only, so only for that store systemctl is
		 * asked about it.
		 */
		.systemctl = system_path(from, "VXE_SYSTEMCTL",
			root && str_eq(ret->store, ROOT_STORE) ? "systemctl" : NULL),
		.definitions_dir = ret->definitions_dir,
		.states_dir = ret->states_dir,
		.snapshots_dir = ret->snapshots_dir,
		.saves_dir = ret->saves_dir,
		/* an ordinary user's libvirt has those of the system, too, which this user cannot change */
		.hooks_dir = uri_is_session(uri) ? NULL : "/etc/libvirt/hooks",
		.nvram_dir = ret->nvram_dir,
		.tpm_dir = ret->tpm_dir,
		.watched_from = test_number(from, "VXE_WATCHED_FROM", WATCHED_FROM),
		.failpoints = { .spec = setting(from, "VXE_FAILPOINT"),
			.log = setting(from, "VXE_FAILPOINT_LOG") },
	};
	return 0;
}
