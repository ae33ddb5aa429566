/* SPDX-License-Identifier: MIT */
/* Recognizes whether this machine and its hypervisor are the host that a store belongs to. */
#include "objects/classes/host/host_identity.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects/base/file.h"
#include "objects/base/log.h"
#include "objects/base/uuid.h"
#include "objects/model/trial_run.h"
#include "store/store_place.h"

#define ID_LEN 32

char *host_machine(const char *root, const char *host_uuid)
{
	_cleanup_free_ char *id = machine_text(root, "/etc/machine-id");

	/*
	 * In the image of a system that has not booted yet, /etc/machine-id contains the text "uninitialized" and no
	 * ID.
	 */
	for (size_t i = 0; i < ID_LEN; i++)
		if (!id || !isxdigit((unsigned char)id[i]))
			return NULL;
	id[ID_LEN] = '\0';
	return uuid_derive(host_uuid, id);
}

char *host_board(const char *root, const char *host_uuid)
{
	_cleanup_free_ char *uuid = machine_word(root, "/sys/class/dmi/id/product_uuid");

	return str_is_empty(uuid) ? NULL : uuid_derive(host_uuid, uuid);
}

/* True if what is on record is known, and is not what is here. */
static bool is_other(const char *recorded, const char *here)
{
	return !str_is_empty(recorded) && !str_eq(recorded, here);
}

/* What of the machine differs from the record, in words; NULL: nothing. */
static const char *what_differs(const char *root, const struct host *host)
{
	_cleanup_free_ char *machine = host_machine(root, host->r.uuid);
	_cleanup_free_ char *board = host_board(root, host->r.uuid);
	bool id = is_other(host->machine, machine), uuid = is_other(host->board, board);

	if (id && uuid)
		return "its machine-id, and the UUID that the firmware says";
	return id ? "its machine-id" : uuid ? "the UUID that the firmware says" : NULL;
}

bool host_is_elsewhere(const char *root, const struct host *host)
{
	return what_differs(root, host) != NULL;
}

static const char *hypervisor_uuid(const struct host *host)
{
	return str_is_empty(host->hypervisor_uuid) ? host->r.uuid : host->hypervisor_uuid;
}

static bool is_this_machine(struct session *s, const struct host *host)
{
	_cleanup_free_ char *here = host_machine(s->config.root, host->r.uuid);

	return here && str_eq(host->machine, here);
}

/* The machine is compared where a host that takes itself for another one would act beside it: in a pool. */
static bool is_elsewhere(const struct session *s, const struct host *host)
{
	return s->mark.dir && host_is_elsewhere(s->config.root, host);
}

static int load_host(struct session *s, struct host **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	/*
	 * A command that lists records is already reading in a transaction: another one would need a second connection
	 * to the store.
	 */
	if (!s->read_txn && txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	return host_get(s->read_txn ? s->read_txn : t, s->here->uuid, ret, err);
}

static int fail_other(const struct host *host, const struct hv_host *found, struct vxe_error *err)
{
	_cleanup_free_ char *recorded = xasprintf("%s %s", hypervisor_uuid(host), host->driver);
	_cleanup_free_ char *other = xasprintf("%s %s", found->uuid, found->driver);

	return vxe_fail(err, VXE_HYPERVISOR_MISMATCH, recorded, other);
}

static int fail_machine(const struct session *s, const struct host *host, struct vxe_error *err)
{
	_cleanup_free_ char *name = xasprintf("%s (%s)", host->r.uuid, host->name_label);

	return vxe_fail(err, VXE_OTHER_MACHINE, name, what_differs(s->config.root, host));
}

/* ---- recording ------------------------------------------------------------------------------- */

struct identity {
	const char *host, *machine, *board; /* NULL: unknown here */
	const char *hypervisor; /* new libvirt host UUID to record; NULL: the recorded one stays */
};

static int put_identity(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct identity *i = ctx;
	_cleanup_(host_free_cleanup) struct host *host = NULL;

	if (host_get(t, i->host, &host, err) < 0)
		return -1;
	str_replace(&host->machine, i->machine ? i->machine : "");
	str_replace(&host->board, i->board ? i->board : "");
	if (i->hypervisor)
		str_replace(&host->hypervisor_uuid, i->hypervisor);
	return record_save(t, &host_class, host, err);
}

/* ---- the same files --------------------------------------------------------------------------- */

/* The folder where new disk images go by default, or the nearest folder above it that exists. Owned. */
static char *disk_folder(const struct session *s)
{
	char *path = xstrdup(s->config.image_dir ? s->config.image_dir : "");
	struct stat st;

	while (*path && stat(path, &st) < 0) {
		char *end = strrchr(path, '/');

		*(end ? end : path) = '\0';
	}
	return path;
}

int host_check_files(struct session *s, struct hv *hv, struct vxe_error *err)
{
	_cleanup_free_ char *dir = disk_folder(s);
	_cleanup_free_ char *path = xasprintf("%s/.vxe-here-XXXXXX", dir);
	bool seen = true;
	int fd = mkstemp(path);

	if (fd < 0) /* without a test file, nothing is learnt about what the hypervisor sees */
		return 0;
	int r = hv_sees(hv, path, &seen, err);

	close(fd);
	(void)unlink(path);
	if (r < 0 || seen)
		return r;
	(void)vxe_fail(err, VXE_REMOTE_URI, s->config.connect);
	error_note(err, "libvirt does not see a file in %s", dir);
	return -1;
}

/* ---- a libvirt that was met ------------------------------------------------------------------- */

/*
 * The file that says which libvirt was compared with the host record last, and with which result; without it libvirt
 * is asked. NULL: none is kept. Owned.
 */
static char *met_file(const struct session *s)
{
	return s->config.lock_dir ? xasprintf("%s/met-%s", s->config.lock_dir, s->store_uuid)
				  : NULL;
}

/* What the file says if the libvirt @libvirt was found to be that of the host record. Owned. */
static char *met_text(const struct host *host, const char *libvirt)
{
	return xasprintf("%s %s %s\n", libvirt, hypervisor_uuid(host), host->driver);
}

/* True if the file has this text, and no other user may have written it. */
static bool is_met(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	size_t n = strlen(text);
	_cleanup_free_ char *found = xmalloc(n + 1);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
		!(st.st_mode & 077) && read(fd, found, n + 1) == (ssize_t)n &&
		memcmp(found, text, n) == 0;
}

static void note_met(struct session *s, const char *path, const char *text)
{
	if (place_make_dir(s->config.lock_dir) < 0 || file_put(path, text, 0600, true) < 0)
		log_debug("%s cannot be written", path);
}

/* ---- comparing ------------------------------------------------------------------------------- */

/* True if this machine has something by which it is known, and the record of an older version lacks it. */
static bool is_unnoted(const struct session *s, const struct host *host)
{
	_cleanup_free_ char *machine = host_machine(s->config.root, host->r.uuid);
	_cleanup_free_ char *board = host_board(s->config.root, host->r.uuid);

	return (machine && str_is_empty(host->machine)) || (board && str_is_empty(host->board));
}

/* What this machine is known by is recorded. @hypervisor: libvirt's new UUID of the host; NULL: the one on record stays. */
static int record_identity(struct session *s, const struct host *host, const char *hypervisor,
	bool plans, struct vxe_error *err)
{
	_cleanup_free_ char *machine = host_machine(s->config.root, host->r.uuid);
	_cleanup_free_ char *board = host_board(s->config.root, host->r.uuid);
	struct identity i = { host->r.uuid, machine, board, hypervisor };

	return plans ? record_update(s, put_identity, &i, err)
		     : store_update(s->store, put_identity, &i, err);
}

/* A store that cannot be written to stays. */
static void note_machine(struct session *s, const struct host *host)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };

	if (is_unnoted(s, host) && record_identity(s, host, NULL, false, &ignored) < 0)
		log_debug("this machine could not be noted in the store");
}

int host_check(struct session *s, const char *libvirt, struct vxe_error *err)
{
	_cleanup_(hv_host_clear) struct hv_host found = { 0 };
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_free_ char *file = libvirt ? met_file(s) : NULL;

	if (load_host(s, &host, err) < 0)
		return -1;
	_cleanup_free_ char *text = file ? met_text(host, libvirt) : NULL;
	const bool other = is_elsewhere(s, host);

	if (text && !other && !is_unnoted(s, host) && is_met(file, text))
		return 0;
	if (hv_host(s->here->hv, &found, err) < 0)
		return -1;
	if (!str_eq(host->driver, found.driver))
		return fail_other(host, &found, err);
	if (str_eq(hypervisor_uuid(host), found.uuid)) {
		if (other)
			return fail_machine(s, host, err);
		note_machine(s, host);
		if (text)
			note_met(s, file, text);
		return 0;
	}
	/*
	 * If libvirt is reached through a tunnel, the ID of this machine says nothing about libvirt's machine: so
	 * libvirt must see a file of this machine, too.
	 */
	_cleanup_error_ struct vxe_error elsewhere = { 0 };

	return is_this_machine(s, host) && host_check_files(s, s->here->hv, &elsewhere) == 0
		? vxe_fail(err, VXE_HOST_UUID_CHANGED, hypervisor_uuid(host), found.uuid)
		: fail_other(host, &found, err);
}

int host_check_here(struct session *s, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	struct hv *hv;

	if (!s->here->uuid || s->here->hv)
		return 0;
	if (load_host(s, &host, err) < 0)
		return -1;
	/*
	 * A host record of an older vxe has no machine ID that could differ from that of this machine, so it is
	 * accepted.
	 */
	bool other = s->mark.dir ? is_elsewhere(s, host)
				 : !str_is_empty(host->machine) && !is_this_machine(s, host);

	return other ? session_hv(s->here, &hv, err) : 0;
}

bool host_is_here(struct session *s)
{
	_cleanup_error_ struct vxe_error why = { 0 };

	return host_check_here(s, &why) == 0;
}

static int adopt(struct session *s, struct hv *hv, struct vxe_error *err)
{
	_cleanup_(hv_host_clear) struct hv_host found = { 0 };
	_cleanup_(host_free_cleanup) struct host *host = NULL;

	if (hv_host(hv, &found, err) < 0 || load_host(s, &host, err) < 0)
		return -1;
	bool known = str_eq(hypervisor_uuid(host), found.uuid);

	if (known && str_eq(host->driver, found.driver) && !is_elsewhere(s, host))
		return s->wishes->dry_run ? rehearsal_end(s, &(struct rehearsal){ 0 }, err) : 0;
	if (!str_eq(host->driver, found.driver) || (!known && !is_this_machine(s, host)))
		return fail_other(host, &found, err);
	return host_check_files(s, hv, err) < 0
		? -1
		: record_identity(s, host, known ? NULL : found.uuid, true, err);
}

/*
 * Opens libvirt without session_hv(), which would refuse the host because of the changed UUID that is to be accepted
 * here.
 */
int host_adopt(struct session *s, struct vxe_error *err)
{
	struct hv *hv;

	if (!s->store_uuid)
		return session_prepare(s, err);
	if (hv_open(&hv, s->config.hypervisor, s->config.connect, err) < 0)
		return -1;
	int rc = adopt(s, hv, err);

	hv_close(hv);
	return rc;
}
