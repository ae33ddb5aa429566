/* SPDX-License-Identifier: MIT */
/*
 * Prepares the directory of a store. Network file systems are refused by name: SQLite's WAL needs memory that all
 * processes share, and flock() must exclude all of them; on network file systems neither is certain.
 */
#include "store/store_place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "objects/base/file.h"
#include "objects/base/uuid.h"
#include "store/store_engine.h"

/* Numbers from linux/magic.h and the headers of the file systems, which not every system installs. */
#define TYPE_FUSE 0x65735546

static const struct {
	unsigned type;
	const char *name;
} remote_types[] = {
	{ 0x00006969, "NFS" },
	{ 0x0000517B, "SMB" },
	{ 0xFE534D42, "SMB" },
	{ 0xFF534D42, "CIFS" },
	{ 0x01021997, "9p" },
	{ 0x00C36400, "Ceph" },
	{ 0x5346414F, "AFS" },
	{ 0x6B414653, "AFS" },
	{ 0x73757245, "Coda" },
	{ 0x0BD00BD0, "Lustre" },
	{ 0x01161970, "GFS2" },
	{ 0x7461636F, "OCFS2" },
};

static const char *const remote_fuse[] = {
	"fuse.glusterfs",
	"fuse.ceph",
	"fuse.ceph-fuse",
	"fuse.sshfs",
	"fuse.s3fs",
	"fuse.rclone",
	"fuse.moosefs",
	"fuse.mfs",
	"fuse.juicefs",
	"fuse.curlftpfs",
	"fuse.smbnetfs",
};

const char *place_remote_name(long type, const char *mount_type)
{
	/* statfs sign-extends the type on some machines. */
	for (size_t i = 0; i < ARRAY_LEN(remote_types); i++)
		if (remote_types[i].type == (unsigned)type)
			return remote_types[i].name;
	for (size_t i = 0; i < ARRAY_LEN(remote_fuse); i++)
		if ((unsigned)type == TYPE_FUSE && str_eq(remote_fuse[i], mount_type))
			return remote_fuse[i] + strlen("fuse.");
	return NULL;
}

/*
 * The type of the file system on @device, if @line of /proc/self/mountinfo ("ID PARENT MAJOR:MINOR ... - TYPE ...") is
 * about that device; else NULL. Owned.
 */
static char *mountinfo_type(const char *line, dev_t device)
{
	unsigned major_no, minor_no;
	const char *dash = strstr(line, " - ");

	if (!dash || sscanf(line, "%*u %*u %u:%u", &major_no, &minor_no) != 2 ||
		makedev(major_no, minor_no) != device)
		return NULL;
	dash += strlen(" - ");
	return xstrndup(dash, strcspn(dash, " \n"));
}

static void file_closep(FILE **f)
{
	if (*f)
		fclose(*f);
}

static char *mount_type_of(const char *path)
{
	_cleanup_(file_closep) FILE *f = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	char *type = NULL;
	size_t size = 0;
	struct stat st;

	if (!f || stat(path, &st) < 0)
		return NULL;
	while (!type && getline(&line, &size, f) > 0)
		type = mountinfo_type(line, st.st_dev);
	return type;
}

/* The directory that holds the last component of @path. Owned. */
static char *parent_folder(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	while (n > 0 && path[n - 1] != '/')
		n--;
	while (n > 1 && path[n - 1] == '/')
		n--;
	return n == 0 ? xstrdup(".") : xstrndup(path, n);
}

int place_make_dir(const char *dir)
{
	struct stat st;

	if (stat(dir, &st) == 0) {
		errno = ENOTDIR;
		return S_ISDIR(st.st_mode) ? 0 : -1;
	}
	if (errno != ENOENT)
		return -1;
	_cleanup_free_ char *parent = parent_folder(dir);
	if (place_make_dir(parent) < 0)
		return -1;
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return -1;
	return dir_sync(parent);
}

/*
 * Refuses a store that belongs to another user, except root: the owner of a store could make the user who reads it
 * write to any file that this user may write.
 */
static int check_owner(const char *dir, const char *path, struct vxe_error *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOENT ? 0 : store_fail(dir, err, "%s", strerror(errno));
	if (st.st_uid == geteuid() || st.st_uid == 0)
		return 0;
	return store_fail(dir, err,
		"it belongs to another user (UID %u): run vxe as that user, or give yourself the "
		"store with 'chown -R' if you trust what is in it",
		(unsigned)st.st_uid);
}

int place_prepare(const char *dir, bool create, struct vxe_error *err)
{
	_cleanup_free_ char *database = xasprintf("%s/" STORE_FILE, dir);
	struct stat st;

	/* Checks @dir with statfs or, if @dir does not exist, the nearest folder above it. */
	_cleanup_free_ char *path = xstrdup(dir);
	struct statfs fs;

	while (statfs(path, &fs) < 0) {
		if (errno != ENOENT || str_eq(path, "/") || str_eq(path, "."))
			return store_fail(dir, err, "%s: %s", path, strerror(errno));
		char *parent = parent_folder(path);
		free(path);
		path = parent;
	}
	_cleanup_free_ char *mount_type = fs.f_type == TYPE_FUSE ? mount_type_of(path) : NULL;
	const char *remote = place_remote_name(fs.f_type, mount_type);
	if (remote)
		return store_fail(dir, err, "it is on a network file system, %s", remote);
	if (create && place_make_dir(dir) < 0)
		return store_fail(dir, err, "the directory cannot be made: %s", strerror(errno));
	if (stat(dir, &st) < 0)
		return store_fail(dir, err, "%s", strerror(errno));
	return check_owner(dir, dir, err) < 0 ? -1 : check_owner(dir, database, err);
}

/* By the folder, as the URI may change. */
char *place_seen(const char *lock_dir, const char *keep_dir, const char *where)
{
	_cleanup_free_ char *name = uuid_derive("postgresql", keep_dir ? keep_dir : where);

	return xasprintf("%s/seen-%s", lock_dir, name);
}

char *place_seen_kept(const char *keep_dir)
{
	return keep_dir ? xasprintf("%s/seen", keep_dir) : NULL;
}

void place_seen_forget(const char *lock_dir, const char *keep_dir)
{
	_cleanup_free_ char *path = place_seen(lock_dir, keep_dir, NULL);
	_cleanup_free_ char *kept = place_seen_kept(keep_dir);

	(void)unlink(path);
	(void)unlink(kept);
}
