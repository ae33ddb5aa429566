/* SPDX-License-Identifier: MIT */
#include "objects/base/file_draft.h"

#include "objects/base/file.h"
#include "objects/base/image_error.h"
#include "objects/base/str.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define SUFFIX ".vxe-tmp"

static const char *name_in(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *draft_path(const char *path)
{
	const char *name = name_in(path);

	return xasprintf("%.*s.%s" SUFFIX, (int)(name - path), path, name);
}

bool is_draft(const char *name)
{
	return name[0] == '.' && str_ends(name, SUFFIX);
}

char *draft_final(const char *path)
{
	const char *name = name_in(path);

	if (!is_draft(name))
		return xstrdup(path);
	return xasprintf("%.*s%.*s", (int)(name - path), path,
		(int)(strlen(name) - strlen(SUFFIX) - 1), name + 1);
}

int draft_rename(const char *draft, const char *path)
{
	if (renameat2(AT_FDCWD, draft, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (link(draft, path) < 0)
		return -1;
	(void)unlink(draft); /* if unlink() fails the file has two names, which does no harm */
	return 0;
}

int draft_sync_dir(const char *dir, struct vxe_error *err)
{
	return dir_sync(dir) < 0 ? image_fail_errno(err, dir, "cannot be synced") : 0;
}

int file_open(const char *path, struct vxe_error *err)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		image_fail_errno(err, path, "cannot be opened");
	return fd;
}
