/* SPDX-License-Identifier: MIT */
/* Names of objects and files for messages. What cannot be found out has no name. */
#pragma once

struct session;

/*
 * The name of the object with this UUID: its name-label, or for a device its place in its VM. NULL: nothing has the
 * UUID. *kind (may be NULL) gets the prefix of its commands: "vm", "snapshot", "vdi" ... Owned.
 */
char *naming_object(struct session *s, const char *uuid, const char **kind);
/* The UUID of the disk whose content this file is; NULL: none, or the file is a layer below disks. Owned. */
char *naming_disk(struct session *s, const char *path);
