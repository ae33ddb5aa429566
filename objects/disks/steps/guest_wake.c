/* SPDX-License-Identifier: MIT */
/*
 * Lets a guest go on whose QEMU has given up its disks for a memory image or a migration: it opens them again, for
 * writing where it was a writer before. After `virsh blockjob --abort` of an active commit that is the layer below,
 * too, which vxe may have frozen since; after several such commits there are several.
 */
#include "objects/classes/storage/node_names.h"
#include "objects/disks/disks.h"

#include <string.h>
#include <sys/stat.h>

/* Layers whose files have their owner's write bit for the moment. */
struct opened {
	struct session *s;
	struct strv paths;
};

static void opened_clear(struct opened *o)
{
	strv_clear(&o->paths);
}

/* The file of which QEMU's error message says that it could not open it, owned; NULL: the error is about something else. */
static char *denied(const struct vxe_error *failed)
{
	static const char before[] = "Could not open '";
	const char *said = failed->n_params ? failed->params[failed->n_params - 1] : "";
	const char *at = failed->code == VXE_HYPERVISOR_FAILED ? strstr(said, before) : NULL;

	at = at && strstr(said, "Permission denied") ? at + strlen(before) : NULL;
	return at && at[0] == '/' ? xstrndup(at, strcspn(at, "'")) : NULL;
}

static bool is_frozen(struct session *s, const char *path)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	return txn_begin(s->store, TXN_READ, &t, &ignored) == 0 &&
		node_by_path(s, t, path, &n, &ignored) == 0 && n && n->state == NODE_FROZEN;
}

/* Returns 1 if the file is one of a frozen layer, and may be written to now; 0: it is none, or is open already. */
static int open_layer(struct opened *o, const char *path, struct vxe_error *err)
{
	mode_t mode;

	if (strv_has(&o->paths, path) || !is_frozen(o->s, path))
		return 0;
	if (content_freeze(content_of(o->s, path), &mode, err) < 0)
		return -1;
	strv_add(&o->paths, path);
	return content_thaw(content_of(o->s, path), mode | S_IWUSR, err) < 0 ? -1 : 1;
}

static int close_layers(const struct opened *o, struct vxe_error *err)
{
	int r = 0;

	for (size_t i = 0; i < o->paths.n; i++) {
		_cleanup_error_ struct vxe_error failed = { 0 };
		mode_t mode;

		if (content_freeze(content_of(o->s, o->paths.items[i]), &mode, &failed) == 0)
			continue;
		if (r == 0)
			error_move(err, &failed);
		r = -1;
	}
	return r;
}

int disks_unpause(struct session *s, const char *domain, struct vxe_error *err)
{
	_cleanup_(opened_clear) struct opened o = { .s = s };
	_cleanup_error_ struct vxe_error shut = { 0 };
	struct hv *hv;
	int r = session_hv(s->here, &hv, err);

	while (r == 0 && (r = hv_unpause(hv, domain, err)) < 0) {
		_cleanup_error_ struct vxe_error ignored = { 0 };
		_cleanup_free_ char *path = denied(err);

		if (!path || open_layer(&o, path, &ignored) <= 0)
			break;
		error_clear(err);
		r = 0;
	}
	if (close_layers(&o, r < 0 ? &shut : err) < 0)
		return -1;
	return r;
}

void disks_wake(struct session *s, const char *domain)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;

	if (session_hv(s->here, &hv, &ignored) < 0 || hv_find(hv, domain, &d, &ignored) < 0 ||
		!d.uuid || d.state != HV_PAUSED || d.by_user)
		return;
	if (disks_unpause(s, domain, &ignored) < 0)
		session_notice(s,
			"the guest is paused and could not go on: 'vxe vm-unpause uuid=%s'",
			domain);
}
