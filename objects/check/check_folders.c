/* SPDX-License-Identifier: MIT */
/* `vxe check`: SRs whose whole folder is away; that is one problem, and not one for each file. */
#include "objects/check/check_areas.h"

#include "objects/base/far/far_file.h"
#include "objects/base/file.h"
#include "objects/classes/storage/node.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr_marker.h"

#include <errno.h>
#include <string.h>

void check_ask_folders(const struct records *srs)
{
	for (size_t i = 0; i < srs->n && far_are_there(); i++) {
		const struct sr *sr = srs->items[i];

		if (!sr->detached && !str_is_empty(sr->path))
			far_ask(sr->path);
	}
}

void check_reach(struct check *c, const struct sr *sr)
{
	struct statfs fs; /* a dead file system may still know its root */

	if (str_is_empty(sr->path) || sr_content(sr) == SR_DEVICES ||
		far_statfs(sr->path, &fs) == 0 || errno == ENOENT || errno == ENOTDIR)
		return;
	check_found(c, "folder", "SR", sr->r.uuid,
		"its folder %s cannot be reached: %s; its files were not checked, and until it is back "
		"layers are not merged or removed, as an image there may need them; 'umount' and "
		"'mount' it, or, if it is gone for good, 'vxe sr-forget uuid=%s'",
		sr->path, far_why(errno), sr->r.uuid);
	strv_add(&c->detached, sr->r.uuid);
}

/* *ret: the number of files on record in the SR, if none of them is there; else 0. */
static size_t count_missing(const struct check *c, const struct sr *sr)
{
	size_t missing = 0;

	for (size_t i = 0; i < c->nodes.n; i++) {
		const struct node *n = c->nodes.items[i];
		const char *path = c->paths.items[i];
		struct stat st;

		if (!str_eq(n->sr, sr->r.uuid) || path[0] != '/' || n->state == NODE_DOOMED)
			continue;
		if (far_stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR))
			return 0;
		missing++;
	}
	return missing;
}

int check_mounts(struct check *c, struct vxe_error *err)
{
	_cleanup_records_ struct records srs = { 0 };

	if (srs_here(c->s, c->t, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < srs.n; i++) {
		const struct sr *sr = srs.items[i];

		if (str_is_empty(sr->path) || sr_content(sr) == SR_DEVICES ||
			strv_has(&c->detached, sr->r.uuid))
			continue;
		_cleanup_free_ char *why = sr_away_why(c->s, sr);

		if (why) {
			check_found(c, "folder", "SR", sr->r.uuid,
				"it is not mounted on this host: %s. Mount its storage there; until then nothing "
				"of it is used here, and its files were not checked",
				why);
			strv_add(&c->detached, sr->r.uuid);
			continue;
		}
		size_t missing = count_missing(c, sr);

		if (!missing || !dir_is_empty(sr->path))
			continue;
		check_found(c, "folder", "SR", sr->r.uuid,
			"none of its %zu files is there, its folder %s is empty: mount it, if its file "
			"system is not mounted; else put the files back from a backup, with their "
			"modification times; if they were removed on purpose, 'vxe vdi-forget' of "
			"each, 'vxe pbd-unplug' and 'vxe sr-forget uuid=%s' end this",
			missing, sr->path, sr->r.uuid);
		strv_add(&c->detached, sr->r.uuid);
	}
	return 0;
}
