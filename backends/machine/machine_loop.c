/* SPDX-License-Identifier: MIT */
/* Loop devices: the kernel itself reads and writes their files, so no process has these open. */
#include "backends/machine/machine.h"

#include <dirent.h>
#include <string.h>

void machine_loops(const char *root, struct strv *devices, struct strv *files)
{
	_cleanup_free_ char *folder = xasprintf("%s/sys/block", root ? root : "");
	DIR *dir = opendir(folder);
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (!str_starts(e->d_name, "loop"))
			continue;
		_cleanup_free_ char *name = xasprintf("/sys/block/%s/loop/backing_file", e->d_name);
		_cleanup_free_ char *file = machine_text(root, name);

		if (str_is_empty(file))
			continue;
		file[strcspn(file, "\n")] = '\0';
		strv_take(devices, xasprintf("/dev/%s", e->d_name));
		strv_add(files, file);
	}
	if (dir)
		closedir(dir);
}
