/* SPDX-License-Identifier: MIT */
/* Who may use an image: reads that of one, and gives it to a new one. */
#include "backends/content/content_private.h"
#include "objects/base/file_key.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PERMISSIONS 0777
#define ACL "system.posix_acl_access"
/* What libvirt keeps while a file belongs to QEMU's user. Only read: a copy would have another file taken away for good. */
#define REMEMBERED "trusted.libvirt.security.dac"
#define LABEL_MAX 64

/* The layout of the attribute ACL (linux/posix_acl_xattr.h), in little-endian numbers. */
struct acl_entry {
	uint16_t tag, perm;
	uint32_t id;
};
#define ACL_HEAD sizeof(uint32_t)
#define ACL_USER 0x02
#define ACL_GROUP_OBJ 0x04
#define ACL_GROUP 0x08
#define ACL_OTHER 0x20

static void rights_clear(struct content_rights *r)
{
	free(r->acl);
}

/* ---- files of this machine --------------------------------------------------------------------- */

/* Reads the ACL of an open file, if it has one that says more than its mode. */
static int read_acl(int fd, struct content_rights *ret)
{
	ssize_t n = fgetxattr(fd, ACL, NULL, 0);

	if (n <= 0)
		return n == 0 || errno == ENODATA || errno == EOPNOTSUPP ? 0 : -1;
	ret->acl = xmalloc((size_t)n);
	n = fgetxattr(fd, ACL, ret->acl, (size_t)n);
	ret->n_acl = n < 0 ? 0 : (size_t)n;
	return n < 0 ? -1 : 0;
}

/* The owner to whom libvirt will give the file back; false: it is not QEMU's for a time, or this user may not know. */
static bool read_remembered(int fd, struct content_rights *ret)
{
	char label[LABEL_MAX + 1];
	ssize_t n = fgetxattr(fd, REMEMBERED, label, LABEL_MAX);
	uint32_t uid, gid;

	if (n <= 0)
		return false;
	label[n] = '\0';
	if (sscanf(label, "+%" SCNu32 ":+%" SCNu32, &uid, &gid) != 2)
		return false;
	ret->uid = uid;
	ret->gid = gid;
	return true;
}

int local_rights(int fd, struct content_rights *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	ret->uid = st.st_uid;
	ret->gid = st.st_gid;
	(void)read_remembered(fd, ret);
	return S_ISREG(st.st_mode) ? read_acl(fd, ret) : 0;
}

int local_set_acl(int fd, const char *acl, size_t n)
{
	if (acl)
		return fsetxattr(fd, ACL, acl, n, 0);
	return fremovexattr(fd, ACL) < 0 && errno != ENODATA && errno != EOPNOTSUPP ? -1 : 0;
}

/* ---- an image -------------------------------------------------------------------------------------- */

static size_t count_entries(const struct content_rights *r)
{
	return r->n_acl < ACL_HEAD ? 0 : (r->n_acl - ACL_HEAD) / sizeof(struct acl_entry);
}

static struct acl_entry entry_at(const struct content_rights *r, size_t i)
{
	struct acl_entry e;

	memcpy(&e, r->acl + ACL_HEAD + i * sizeof(e), sizeof(e));
	return (struct acl_entry){ le16toh(e.tag), le16toh(e.perm), le32toh(e.id) };
}

/* What the mask of an ACL was, before write bits were taken from it: it lets all entries have what they say. */
static mode_t mask_of(const struct content_rights *r)
{
	mode_t all = 0;

	for (size_t i = 0; i < count_entries(r); i++) {
		struct acl_entry e = entry_at(r, i);

		if (e.tag == ACL_USER || e.tag == ACL_GROUP || e.tag == ACL_GROUP_OBJ)
			all |= (mode_t)e.perm & S_IRWXO;
	}
	return all << 3;
}

/* Reads the rights of the image @c, with the write bits that it had before it was frozen. */
static int read_rights(
	struct content *c, mode_t old_mode, struct content_rights *ret, struct vxe_error *err)
{
	struct content_open o;

	if (content_open(c, &o, err) < 0)
		return -1;
	if (o.kind->mode(o.fd, &ret->mode) < 0 || o.kind->rights(o.fd, ret) < 0)
		return image_fail_errno(err, content_place(c), "its rights cannot be read");
	if (!(ret->mode & WRITE_BITS) && old_mode)
		ret->mode = old_mode;
	else if (!(ret->mode & WRITE_BITS) && ret->acl)
		ret->mode |= mask_of(ret);
	ret->mode = (ret->mode | S_IRUSR | S_IWUSR) & PERMISSIONS;
	return 0;
}

/*
 * The file has another group than its model, because this user is not in that one: its members may do no more than
 * others.
 */
static void limit_group(struct content_rights *r)
{
	uint16_t others = htole16(r->mode & S_IRWXO);

	if (!r->acl)
		r->mode = (r->mode & ~(mode_t)S_IRWXG) | (r->mode & S_IRWXO) << 3;
	for (size_t i = 0; i < count_entries(r); i++)
		if (entry_at(r, i).tag == ACL_GROUP_OBJ)
			memcpy(r->acl + ACL_HEAD + i * sizeof(struct acl_entry) + sizeof(uint16_t),
				&others, sizeof(others));
}

/* ---- who could open it ------------------------------------------------------------------------------- */

#define READ_WRITE 06

static bool grants(mode_t bits)
{
	return (bits & READ_WRITE) == READ_WRITE;
}

static bool has_group(const struct content_user *user, gid_t gid)
{
	for (size_t i = 0; i < user->n; i++)
		if (user->gids[i] == gid)
			return true;
	return false;
}

/* As the kernel decides (acl(5)): the owner's bits, the user's entry, any of his groups, the others' bits. */
static bool may_write(const struct content_rights *r, const struct content_user *user)
{
	mode_t mask = r->mode >> 3; /* without an ACL: the bits of the group */
	bool is_member = false;

	if (user->uid == 0)
		return true;
	if (user->uid == r->uid)
		return grants(r->mode >> 6);
	if (!r->acl && has_group(user, r->gid))
		return grants(mask);
	for (size_t i = 0; i < count_entries(r); i++)
		if (entry_at(r, i).tag == ACL_USER && entry_at(r, i).id == user->uid)
			return grants(entry_at(r, i).perm & mask);
	for (size_t i = 0; i < count_entries(r); i++) {
		struct acl_entry e = entry_at(r, i);

		if (!(e.tag == ACL_GROUP && has_group(user, e.id)) &&
			!(e.tag == ACL_GROUP_OBJ && has_group(user, r->gid)))
			continue;
		if (grants(e.perm & mask))
			return true;
		is_member = true;
	}
	return !is_member && grants(r->mode);
}

/* The group of a file that this process makes at @place. */
static gid_t group_at(const char *place)
{
	_cleanup_free_ char *dir = path_dir(place);
	struct stat st;

	return far_stat(dir, &st) == 0 && st.st_mode & S_ISGID ? st.st_gid : getegid();
}

static bool is_in_group(gid_t gid)
{
	int n = getgroups(0, NULL);
	_cleanup_free_ gid_t *gids = xcalloc((size_t)(n < 0 ? 0 : n) + 1, sizeof(*gids));
	const struct content_user own = { .n = n < 0 ? 0 : (size_t)n, .gids = gids };

	return gid == getegid() || (n > 0 && getgroups(n, gids) == n && has_group(&own, gid));
}

int content_stays_open(const struct content_draft *d, const struct content_user *user, bool *ret,
	struct vxe_error *err)
{
	_cleanup_(rights_clear) struct content_rights r = { 0 };
	gid_t group = group_at(content_place(d->at));

	*ret = true;
	if (geteuid() == 0)
		return 0;
	if (read_rights(d->like, d->old_mode, &r, err) < 0)
		return -1;
	if (!may_write(&r, user))
		return 0;
	r.uid = geteuid();
	if (r.gid != group && !is_in_group(r.gid)) {
		r.gid = group;
		limit_group(&r);
	}
	*ret = may_write(&r, user);
	return 0;
}

/*
 * Only root can set an owner; what an ordinary user puts on others' files stays his own, with their group if he is in it.
 * The ACL comes before the mode, which then sets its mask.
 */
int rights_give(const struct content_draft *d, const struct content_kind *kind, int fd,
	struct vxe_error *err)
{
	_cleanup_(rights_clear) struct content_rights r = { 0 };
	const char *place = content_place(d->at);

	if (read_rights(d->like, d->old_mode, &r, err) < 0)
		return -1;
	if (kind->own(fd, r.uid, r.gid) < 0) {
		if (errno != EPERM)
			return image_fail_errno(err, place, "its owner cannot be set");
		if (kind->own(fd, (uid_t)-1, r.gid) < 0)
			limit_group(&r);
	}
	if (kind->set_acl(fd, r.acl, r.n_acl) < 0)
		return image_fail_errno(err, place, "it cannot get the ACL of the file before it");
	return kind->set_mode(fd, r.mode) < 0
		? image_fail_errno(err, place, "its mode cannot be set")
		: 0;
}
