/* SPDX-License-Identifier: MIT */
#include "objects/file_index/definition_files.h"
#include "objects/base/shortcut.h"

#include "backends/machine/machine.h"
#include "objects/classes/vm/vm.h"
#include "objects/file_index/file_index.h"
#include "objects/file_index/xml_paths.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define TEXT_LIMIT (4 << 20)

/* ---- whether they count ---------------------------------------------------------------------- */

/* True if libvirt runs: its QEMU driver holds a lock on the file driver.pid as long as libvirt runs. *ret: its process. */
static bool is_running(const struct session_config *c, pid_t *ret)
{
	_cleanup_free_ char *path = xasprintf("%s/driver.pid", c->states_dir);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
	bool held = fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;

	*ret = held && lock.l_pid > 0 ? lock.l_pid : 0;
	return held;
}

static bool is_local(const struct session_config *c)
{
	bool local = str_eq(c->connect, "qemu:///system") || str_eq(c->connect, "qemu:///session");

	return local && c->lock_dir && c->definitions_dir && c->states_dir && c->saves_dir;
}

bool files_tell(const struct session_config *c)
{
	pid_t pid;

	return is_local(c) && access(c->definitions_dir, R_OK | X_OK) == 0 && is_running(c, &pid);
}

/*
 * Where systemd listens at the socket and passes it on, the peer of a connection is systemd: so the lock comes first, which
 * is the daemon's own.
 */
pid_t files_daemon(const struct session *s)
{
	const struct session_config *c = &s->config;
	pid_t pid = 0;

	if (is_local(c) && is_running(c, &pid) && pid)
		return pid;
	pid = machine_peer("libvirt-sock");
	return pid ? pid : machine_peer("virtqemud-sock");
}

/* A text that changes with each boot of the machine; NULL: none is known. Owned. */
static char *boot_of(const struct session *s)
{
	_cleanup_free_ char *boot = machine_text(s->config.root, "/proc/sys/kernel/random/boot_id");

	return str_is_empty(boot) ? NULL : TAKE(boot);
}

/*
 * True if the folder of domain definitions is libvirt's for sure: since the machine was booted, the folder has
 * changed when vxe had libvirt define a domain.
 */
static bool are_proved(const struct session *s)
{
	const struct session_config *c = &s->config;
	_cleanup_free_ char *boot = NULL, *index = NULL;
	struct stat st;

	if (!shortcut_on(SHORTCUT_LIBVIRT_FILES) || !s->store_uuid || !(boot = boot_of(s)) ||
		stat(c->definitions_dir, &st) < 0)
		return false;
	index = xasprintf("%s/users-%s", c->lock_dir, s->store_uuid);
	return users_index_proves(index, boot, &st);
}

/* ---- which libvirt it is --------------------------------------------------------------------- */

/* Adds numbers for the file @path as it is now; returns false if there is none. */
static bool add_file(struct str *to, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		str_add(to, " none");
		return false;
	}
	struct sign now = sign_of(&st);

	str_addf(to, " %" PRId64 ":%" PRId64 ":%" PRId64 ":%" PRId64, now.dev, now.ino, now.written,
		now.changed);
	return true;
}

char *files_libvirt(const struct session *s)
{
	static const char folder[] = "/libvirt/";
	const struct session_config *c = &s->config;
	const char *in = is_local(c) ? strstr(c->states_dir, folder) : NULL;
	_cleanup_free_ char *boot = boot_of(s), *pid = NULL, *whole = NULL, *modular = NULL;
	_cleanup_str_ struct str word = { 0 };

	if (!shortcut_on(SHORTCUT_LIBVIRT_FILES) || !in || !boot)
		return NULL;
	int n = (int)(in - c->states_dir) + (int)strlen(folder);

	pid = xasprintf("%s/driver.pid", c->states_dir);
	whole = xasprintf("%.*slibvirt-sock", n, c->states_dir);
	modular = xasprintf("%.*svirtqemud-sock", n, c->states_dir);
	str_add(&word, boot);
	bool runs = add_file(&word, pid), listens = add_file(&word, whole);

	listens |= add_file(&word, modular);
	return runs && listens ? str_steal(&word) : NULL;
}

/* ---- one file -------------------------------------------------------------------------------- */

/* The text of DIR/NAME.xml; NULL with errno. */
static char *read_xml(const char *dir, const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s/%s.xml", dir, name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	_cleanup_str_ struct str text = { 0 };
	char piece[8192];
	ssize_t n = 1;

	if (fd < 0)
		return NULL;
	while ((n = read(fd, piece, sizeof(piece))) > 0 && text.len < TEXT_LIMIT)
		str_add_bytes(&text, piece, (size_t)n);
	if (n > 0)
		errno = EFBIG;
	return n == 0 ? str_steal(&text) : NULL;
}

/*
 * The value in @from behind the first @start, such as "<domstatus state='", up to the next apostrophe; owned. NULL:
 * none.
 */
static char *attribute(const char *from, const char *start)
{
	const char *at = strstr(from, start);

	return at ? xstrndup(at + strlen(start), strcspn(at + strlen(start), "'")) : NULL;
}

/* True if the process whose id libvirt's status file @xml gives is the QEMU of the domain. */
static bool is_alive(const struct session_config *c, const char *xml, const char *uuid)
{
	_cleanup_free_ char *pid = attribute(xml, " pid='");
	_cleanup_free_ char *of = pid && *pid && !pid[strspn(pid, "0123456789")]
		? machine_guest_of(c->root, pid)
		: NULL;

	return str_eq(of, uuid);
}

/* True if the domain is paused because it was going to another host: only libvirt tells what that means (hv_domain.moving). */
static bool is_going(const char *xml)
{
	_cleanup_free_ char *reason = attribute(xml, "<domstatus state='paused' reason='");

	return reason && (str_starts(reason, "migration") || str_starts(reason, "postcopy"));
}

/*
 * Reads the domain's state from libvirt's status file @xml. False: the domain is neither running nor paused, or the
 * file is not understood, or does not say enough.
 */
static bool read_state(
	const struct session_config *c, const char *xml, const char *uuid, struct hv_domain *ret)
{
	_cleanup_free_ char *state = attribute(xml, "<domstatus state='");
	const char *domain = strstr(xml, "<domain ");
	_cleanup_free_ char *id = domain ? attribute(domain, " id='") : NULL;
	_cleanup_free_ char *of = domain ? xml_first(domain, "uuid") : NULL;

	if (!str_eq(of, uuid) || !id || !is_alive(c, xml, uuid) || is_going(xml))
		return false;
	ret->id = (int)strtol(id, NULL, 10);
	ret->state = str_eq(state, "paused") ? HV_PAUSED : HV_RUNNING;
	return str_eq(state, "paused") || str_eq(state, "running");
}

/* Finds out whether the domain has a managed save. False: that cannot be told. */
static bool read_saved(const struct session_config *c, const char *name, bool *ret)
{
	_cleanup_free_ char *path = xasprintf("%s/%s.save", c->saves_dir, name);

	*ret = access(path, F_OK) == 0;
	return *ret || (errno == ENOENT && access(c->saves_dir, X_OK) == 0);
}

/*
 * The texts of a domain's definition file and of libvirt's status file of it; @state is NULL if the domain is halted.
 */
struct texts {
	char *definition, *state;
};

static void texts_clear(struct texts *x)
{
	free(x->definition);
	free(x->state);
}

static bool read_domain(const struct session_config *c, const char *uuid, const char *name,
	struct texts *x, struct hv_domain *ret)
{
	x->definition = read_xml(c->definitions_dir, name);
	_cleanup_free_ char *of = x->definition ? xml_first(x->definition, "uuid") : NULL;

	if (!str_eq(of, uuid))
		return false;
	x->state = read_xml(c->states_dir, name);
	ret->id = -1;
	ret->state = HV_SHUTOFF;
	return x->state ? read_state(c, x->state, uuid, ret)
			: errno == ENOENT && read_saved(c, name, &ret->saved);
}

/* ---- snapshots ------------------------------------------------------------------------------- */

static bool is_file_name(const char *name)
{
	return !str_is_empty(name) && !strchr(name, '/');
}

/*
 * The folder in which libvirt has one folder of snapshots for each domain; NULL: that folder is not known for sure.
 */
static const char *snapshots_dir(const struct session *s)
{
	return is_local(&s->config) && s->config.snapshots_dir && are_proved(s)
		? s->config.snapshots_dir
		: NULL;
}

/*
 * A word for the state of the folder of the domain's snapshots, made of its inode number and times. A further change
 * in the same tick of the clock would not show in the times, so the word of a folder that has just been changed ends
 * in '?', and a later look gives another word.
 */
char *files_snapshots(struct session *s, const char *name)
{
	const char *dir = is_file_name(name) ? snapshots_dir(s) : NULL;
	_cleanup_free_ char *path = dir ? xasprintf("%s/%s", dir, name) : NULL;
	struct stat st;

	if (!path)
		return NULL;
	if (stat(path, &st) < 0)
		return errno == ENOENT ? xstrdup("") : NULL;
	struct sign now = sign_of(&st);
	bool young = clock_file() - now.changed <= clock_grain();

	return xasprintf("%" PRId64 ":%" PRId64 ":%" PRId64 "%s", now.ino, now.written, now.changed,
		young ? "?" : "");
}

bool files_with_snapshots(struct session *s, struct strv *ret)
{
	const char *path = snapshots_dir(s);
	DIR *dir = path ? opendir(path) : NULL;
	const struct dirent *e;

	if (!dir)
		return path && errno == ENOENT;
	while ((errno = 0, e = readdir(dir)))
		if (e->d_name[0] != '.')
			strv_add(ret, e->d_name);
	bool whole = !errno;

	closedir(dir);
	strv_sort(ret);
	return whole;
}

/* ---- questions ------------------------------------------------------------------------------- */

/* The VM's record; NULL: none is known. */
static struct vm *find_vm(struct session *s, const char *uuid)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_txn_ struct txn *own = NULL;
	struct vm *vm = NULL;
	struct txn *t = s->read_txn;

	if (!t && txn_begin(s->store, TXN_READ, &own, &ignored) < 0)
		return NULL;
	return vm_find(t ? t : own, uuid, &vm, &ignored) == 0 ? vm : NULL;
}

static bool knows_snapshots(struct session *s, const struct vm *vm)
{
	_cleanup_free_ char *now = files_snapshots(s, vm->libvirt_name);

	return now && str_eq(now, vm->snapshots_seen);
}

static bool find_domain(struct session *s, const char *uuid, struct texts *x, struct hv_domain *ret)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = files_tell(&s->config) ? find_vm(s, uuid) : NULL;
	struct hv_domain found = { 0 };

	if (!vm || !is_file_name(vm->libvirt_name) || !are_proved(s) ||
		!read_domain(&s->config, uuid, vm->libvirt_name, x, &found) ||
		!knows_snapshots(s, vm))
		return false;
	*ret = found;
	ret->uuid = xstrdup(uuid);
	ret->name = xstrdup(vm->libvirt_name);
	ret->persistent = true;
	return true;
}

bool files_domain(struct session *s, const char *uuid, struct hv_domain *ret)
{
	_cleanup_(texts_clear) struct texts x = { 0 };

	return find_domain(s, uuid, &x, ret);
}

/* The <domain> element inside the text of one of libvirt's files; owned. NULL: there is none. */
static char *document_in(const char *text)
{
	static const char end[] = "</domain>";
	const char *from = strstr(text, "<domain "), *last = NULL;

	for (const char *at = from; at && (at = strstr(at, end)); at += sizeof(end) - 1)
		last = at;
	return last ? xasprintf("%.*s\n", (int)(last - from + sizeof(end) - 1), from) : NULL;
}

bool files_documents(
	struct session *s, const char *uuid, struct hv_domain *ret, char **inactive, char **live)
{
	_cleanup_(texts_clear) struct texts x = { 0 };
	struct hv_domain found = { 0 };

	if (!find_domain(s, uuid, &x, &found))
		return false;
	*inactive = document_in(x.definition);
	*live = x.state ? document_in(x.state) : NULL;
	if (*inactive && *live) {
		*ret = found;
		return true;
	}
	hv_domain_clear(&found);
	free(TAKE(*inactive));
	free(TAKE(*live));
	return false;
}

/*
 * A domain is started with the host if libvirt's folder autostart has a link to its definition; when libvirt starts,
 * it looks at the link alone.
 */
int files_autostart(const struct session *s, const char *name)
{
	const struct session_config *c = &s->config;
	struct stat definition, linked;

	if (!is_file_name(name) || !is_local(c) || !are_proved(s))
		return -1;
	_cleanup_free_ char *file = xasprintf("%s/%s.xml", c->definitions_dir, name);
	_cleanup_free_ char *link = xasprintf("%s/autostart/%s.xml", c->definitions_dir, name);

	if (stat(file, &definition) < 0)
		return -1;
	if (stat(link, &linked) < 0)
		return errno == ENOENT ? 0 : -1;
	return linked.st_dev == definition.st_dev && linked.st_ino == definition.st_ino;
}

/* False if one of libvirt's settings @text is the number 0. */
static bool is_set(const char *text, const char *name)
{
	_cleanup_strv_ struct strv lines = { 0 };

	strv_split(&lines, text, '\n');
	for (size_t i = 0; i < lines.n; i++) {
		const char *at = lines.items[i] + strspn(lines.items[i], " \t");

		if (!str_starts(at, name))
			continue;
		at += strlen(name);
		at += strspn(at, " \t");
		if (*at == '=')
			return strtol(at + 1, NULL, 10) != 0;
	}
	return true;
}

enum files_owners files_owners(const struct session_config *c)
{
	_cleanup_free_ char *path = NULL, *pid = NULL, *text = NULL;
	struct stat settings, daemon;

	if (!is_local(c))
		return OWNERS_UNKNOWN;
	path = xasprintf("%s.conf", c->definitions_dir);
	pid = xasprintf("%s/driver.pid", c->states_dir);
	if (stat(path, &settings) < 0)
		return errno == ENOENT ? OWNERS_CHANGE : OWNERS_UNKNOWN; /* the default */
	text = machine_text(NULL, path);
	if (!text || stat(pid, &daemon) < 0 ||
		sign_of(&settings).changed >= sign_of(&daemon).written)
		return OWNERS_UNKNOWN;
	return is_set(text, "dynamic_ownership") ? OWNERS_CHANGE : OWNERS_STAY;
}

bool files_named(struct session *s, const char *name, char **ret)
{
	const struct session_config *c = &s->config;

	if (!is_file_name(name) || !files_tell(c) || !are_proved(s))
		return false;
	_cleanup_free_ char *definition = read_xml(c->definitions_dir, name);

	*ret = definition ? xml_first(definition, "uuid") : NULL;
	if (definition || errno != ENOENT)
		return *ret != NULL;
	_cleanup_free_ char *state = read_xml(c->states_dir, name);

	/* a domain with a status file but without a definition file is transient */
	return !state && errno == ENOENT;
}

void files_names(const struct session_config *c, bool networks, struct strv *ret)
{
	_cleanup_free_ char *path = files_tell(c)
		? xasprintf("%s%s", c->definitions_dir, networks ? "/networks" : "")
		: NULL;
	DIR *dir = path ? opendir(path) : NULL;
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (!str_ends(e->d_name, ".xml"))
			continue;
		_cleanup_free_ char *name = xstrndup(e->d_name, strlen(e->d_name) - strlen(".xml"));
		_cleanup_free_ char *xml = read_xml(path, name);
		_cleanup_free_ char *uuid = xml ? xml_first(xml, "uuid") : NULL;

		if (uuid)
			strv_take(ret, xasprintf("%s %s", uuid, name));
	}
	if (dir)
		closedir(dir);
	strv_sort(ret);
}
