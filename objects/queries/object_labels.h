/* SPDX-License-Identifier: MIT */
/* Names for objects and files that people read in messages. Whatever cannot be found out has none. */
#pragma once

struct session;

/*
 * The name of the object with this UUID: its name-label, or for a device its place in its VM. NULL: nothing has the
 * UUID. *kind (may be NULL) gets the prefix of its commands: "vm", "snapshot", "vdi" ... Owned.
 */
char *naming_object(struct session *s, const char *uuid, const char **kind);
/* The UUID of a disk whose content is in this file; NULL: none, or it is a layer below disks. Owned. */
char *naming_disk(struct session *s, const char *path);
