/* SPDX-License-Identifier: MIT */
/* Whether QEMU's user can open what an operation makes for a disk, as he can open the disk now. */
#include "objects/disks/steps/stay_open.h"

#include "backends/content/content.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#define MAX_GROUPS 1024

/* QEMU's user, asked of libvirt when the first disk needs it. */
struct guest_user {
	bool known;
	struct content_user user; /* uid 0: libvirt starts QEMU as its own user, or as root */
	char *name;
};

static void guest_user_clear(struct guest_user *u)
{
	free(u->user.gids);
	free(u->name);
}

static int find_user(struct session *s, struct guest_user *ret, struct vxe_error *err)
{
	struct hv_host host = { 0 };
	struct hv *hv;
	int n = MAX_GROUPS;

	if (ret->known)
		return 0;
	if (session_hv(s->here, &hv, err) < 0 || hv_host(hv, &host, err) < 0)
		return -1;
	const struct passwd *known = getpwuid(host.uid);

	ret->known = true;
	ret->name = known ? xstrdup(known->pw_name) : xasprintf("%u", host.uid);
	ret->user.uid = host.uid;
	ret->user.gids = xcalloc(MAX_GROUPS, sizeof(*ret->user.gids));
	if (!known || getgrouplist(ret->name, host.gid, ret->user.gids, &n) < 0) {
		ret->user.gids[0] = host.gid;
		n = 1;
	}
	ret->user.n = (size_t)n;
	hv_host_clear(&host);
	return 0;
}

static int disk_stays_open(
	struct session *s, const struct plan_disk *d, struct guest_user *u, struct vxe_error *err)
{
	const struct content_draft draft = { .at = content_of(s, d->new_path),
		.like = content_of(s, d->old_path),
		.old_mode = (mode_t)d->old_mode };
	struct content_stat old, fresh;
	bool stays = true;

	if (content_stat(draft.like, &old, err) < 0 || content_stat(draft.at, &fresh, err) < 0)
		return -1;
	/* what this user makes like his own files in his own group is no different */
	if (!old.exists || fresh.exists || (old.uid == geteuid() && old.gid == getegid()))
		return 0;
	if (find_user(s, u, err) < 0 ||
		(u->user.uid && content_stays_open(&draft, &u->user, &stays, err) < 0))
		return -1;
	return stays ? 0 : vxe_fail(err, VXE_DISK_UNOPENABLE, d->old_path, u->name);
}

int plan_stay_open(struct session *s, const struct plan *p, struct vxe_error *err)
{
	_cleanup_(guest_user_clear) struct guest_user u = { 0 };

	if (geteuid() == 0 || p->running)
		return 0;
	for (size_t i = 0; i < p->n_disks; i++) {
		const struct plan_disk *d = &p->disks[i];

		if (d->old_path && d->new_path && disk_stays_open(s, d, &u, err) < 0)
			return -1;
	}
	return 0;
}
