/* SPDX-License-Identifier: MIT */
/* Whether QEMU's user can open what an operation makes for a disk, as he can open the disk now. */
#include "objects/disks/steps/stay_open.h"

#include "backends/content/content.h"
#include "backends/hv/domain_spec.h"
#include "objects/file_index/definition_files.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#define MAX_GROUPS 1024

/* QEMU's user, and what libvirt gives him: asked of libvirt when the first disk needs it. */
struct guest_user {
	bool known;
	struct content_user user; /* uid 0: libvirt starts QEMU as its own user, or as root */
	gid_t gid;		  /* his first group */
	char *name;
	struct domain_spec *spec; /* the domain's definition; NULL: there is none */
	bool given;		  /* its files become his when it starts */
};

static void guest_user_clear(struct guest_user *u)
{
	free(u->user.gids);
	free(u->name);
	domain_spec_free(u->spec);
}

/* Reads the definition that the domain has, or will have. */
static int find_definition(
	struct session *s, const struct plan *p, struct domain_spec **ret, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	_cleanup_free_ char *xml = NULL;
	struct hv *hv;

	if (p->xml_after)
		return spec_read(p->xml_after, ret, err);
	if (!p->domain)
		return 0;
	if (session_hv(s->here, &hv, err) < 0 || hv_find(hv, p->domain, &d, err) < 0)
		return -1;
	if (!d.uuid)
		return 0;
	return hv_xml(hv, p->domain, HV_XML_INACTIVE, &xml, err) < 0 ? -1
								     : spec_read(xml, ret, err);
}

/* A number, "+107", or a name, as libvirt reads them. */
static uid_t user_of(const char *text)
{
	const struct passwd *known = getpwnam(text);

	return known ? known->pw_uid : (uid_t)strtoul(text, NULL, 10);
}

static gid_t group_of(const char *text)
{
	const struct group *known = getgrnam(text);

	return known ? known->gr_gid : (gid_t)strtoul(text, NULL, 10);
}

static void take_user(struct guest_user *u, uid_t uid, gid_t gid)
{
	const struct passwd *known = getpwuid(uid);
	int n = MAX_GROUPS;

	u->name = known ? xstrdup(known->pw_name) : xasprintf("%u", uid);
	u->user.uid = uid;
	u->gid = gid;
	u->user.gids = xcalloc(MAX_GROUPS, sizeof(*u->user.gids));
	if (!known || getgrouplist(u->name, gid, u->user.gids, &n) < 0) {
		u->user.gids[0] = gid;
		n = 1;
	}
	u->user.n = (size_t)n;
}

static int find_user(
	struct session *s, const struct plan *p, struct guest_user *ret, struct vxe_error *err)
{
	struct hv_host host = { 0 };
	struct hv *hv;

	if (ret->known)
		return 0;
	if (session_hv(s->here, &hv, err) < 0 || hv_host(hv, &host, err) < 0)
		return -1;
	uid_t uid = host.uid;
	gid_t gid = host.gid;

	hv_host_clear(&host);
	if (uid && find_definition(s, p, &ret->spec, err) < 0)
		return -1;
	if (ret->spec && ret->spec->user) {
		_cleanup_strv_ struct strv both = { 0 };

		strv_split(&both, ret->spec->user, ':');
		uid = user_of(both.items[0]);
		gid = both.n > 1 ? group_of(both.items[1]) : gid;
	}
	take_user(ret, uid, gid);
	ret->given = files_owners(&s->config) == OWNERS_CHANGE &&
		!(ret->spec && ret->spec->keeps_owners);
	ret->known = true;
	return 0;
}

/* True if libvirt gives the disk's file to QEMU's user when it starts the domain. */
static bool is_given(const struct guest_user *u, const struct plan_disk *d)
{
	for (size_t i = 0; u->spec && i < u->spec->n_disks; i++) {
		const struct spec_disk *known = &u->spec->disks[i];

		if (known->keeps_owner &&
			(str_eq(known->target, d->target) || str_eq(known->path, d->old_path) ||
				str_eq(known->path, d->new_path)))
			return false;
	}
	return u->given;
}

static int disk_stays_open(struct session *s, const struct plan *p, const struct plan_disk *d,
	struct guest_user *u, struct vxe_error *err)
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
	if (find_user(s, p, u, err) < 0 ||
		(u->user.uid && !is_given(u, d) &&
			content_stays_open(&draft, &u->user, &stays, err) < 0))
		return -1;
	return stays ? 0 : vxe_fail(err, VXE_DISK_UNOPENABLE, d->old_path, u->name);
}

/* Where libvirt changes no owners, QEMU's user gets what root makes that is like no other file. */
static int give_new(
	struct session *s, const struct plan *p, struct guest_user *u, struct vxe_error *err)
{
	if ((!p->n_disks && !p->n_needs) || files_owners(&s->config) != OWNERS_STAY)
		return 0;
	if (find_user(s, p, u, err) < 0)
		return -1;
	/* also after another VM of the command, whose QEMU has a user of its own */
	*contents_owner(s->contents) = u->user.uid ? (struct content_owner){ u->user.uid, u->gid }
						   : (struct content_owner){ (uid_t)-1, (gid_t)-1 };
	return 0;
}

int plan_stay_open(struct session *s, const struct plan *p, struct vxe_error *err)
{
	_cleanup_(guest_user_clear) struct guest_user u = { 0 };

	if (geteuid() == 0)
		return give_new(s, p, &u, err);
	if (p->running)
		return 0;
	for (size_t i = 0; i < p->n_disks; i++) {
		const struct plan_disk *d = &p->disks[i];

		if (d->old_path && d->new_path && disk_stays_open(s, p, d, &u, err) < 0)
			return -1;
	}
	return 0;
}
