/* SPDX-License-Identifier: MIT */
/* Names of objects and files for messages; NULL where no name can be found. */
#pragma once

struct field;
struct session;

/*
 * The name of the object with this UUID: its name-label, or for a device "DEVICE of VM". NULL: no object has the
 * UUID, or it has no name. *kind (may be NULL) gets the prefix of the object's commands: "vm", "snapshot", "vdi" ...
 * Owned.
 */
char *naming_object(struct session *s, const char *uuid, const char **kind);
/*
 * The name-label of the object that a reference of this field means; NULL: no such object, or its class has no name-label.
 * Owned.
 */
char *naming_reference(struct session *s, const struct field *f, const char *uuid);
/* The UUID of the disk whose content this file is; NULL: none, or the file is a layer below disks. Owned. */
char *naming_disk(struct session *s, const char *path);
