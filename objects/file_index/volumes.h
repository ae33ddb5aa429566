/* SPDX-License-Identifier: MIT */
/*
 * The files of the volumes that definitions name. Only libvirt's pools tell them, and a pool may go: destroyed, undefined,
 * not there yet after a boot. So the record of the host keeps the file of each volume that a search has ever found, and a
 * domain counts as a user of that file while its pool is away and the file is there. A volume of which no search has found the
 * file, or whose file has gone, may be any file: as long as a domain names it, layers wait that somebody may have built on.
 */
#pragma once

#include "objects/base/str.h"

struct domain_spec;
struct session;
struct spec_disk;
struct txn;
struct vxe_error;

/* What a session knows of volumes. */
struct volumes {
	bool loaded;
	/* as on record: the file of each volume "DOMAIN/POOL/VOLUME"; "?": no search has found it; "?FILE": it was gone */
	struct map kept;
	struct map now; /* the same, of the volumes that the present search has met */
	/* two parallel lists: volumes whose file no search has found, as volume_id(), and "domain b names pool p, ..." */
	struct strv lacking, why;
};
void volumes_clear(struct volumes *v);
/* Begins a search: forgets what the last one has met. */
void volumes_begin(struct volumes *v);
/*
 * *ret: the file of a disk that is a volume; @path: by libvirt's pools, NULL: they do not tell. NULL: it is not known, or the
 * volume is no file. Owned.
 */
int volume_file(struct session *s, struct volumes *v, const struct domain_spec *spec,
	const struct spec_disk *disk, const char *path, char **ret, struct vxe_error *err)
	__attribute__((warn_unused_result));
/*
 * Writes into the record of the host what the last search has met. @all: it has read all definitions, so that other volumes
 * are named no more. Called at the end of a command: a failure is only logged.
 */
void volumes_keep(struct session *s, struct volumes *v, bool all);
/*
 * Adds to @ret the volume_id() of each volume that definitions of this host name and of which no search has found the file,
 * as the record of the host says.
 */
int volumes_lacking(struct session *s, struct txn *t, struct strv *ret, struct vxe_error *err)
	__attribute__((warn_unused_result));
