/* SPDX-License-Identifier: MIT */
/* What the VMs hold on the storage: each file with its size, and what the deletion of a snapshot would free. */
#pragma once

#include "objects/session/session.h"

/* A file that a VM or one of its snapshots reads. */
struct space_file {
	char *file; /* absolute path, or the name of a network export */
	/* the layer of the file, owned; NULL: vxe does not manage the file */
	char *node;
	const char *
		kind; /* "disk", "memory", "uefi" (variables), "tpm" (state) or "guard" (a temporary overlay) */
	char *device; /* of a disk its position in the VM, "0"; else "" */
	/*
	 * UUID and name of the VM, snapshot, template or disk whose content the file is; NULL: only the files above it
	 * read the file, as a base copy
	 */
	char *of, *of_name;
	size_t depth; /* number of layers from this one down to the lowest; 1 for what has no layers */
	/* bytes that the file takes on the storage; 0 if it is missing or no file of this host */
	int64_t bytes;
	bool made;	    /* vxe has made the file, and removes it when nothing needs it */
	struct strv others; /* name-labels of the other VMs that read the file, too */
	char *waits; /* why the file, which nothing needs any more, still waits; NULL: it is needed */
};

/* A snapshot, with the bytes that its deletion would free; -1: not computed, because the snapshots are many. */
struct space_snapshot {
	char *uuid, *name;
	int64_t frees;
};

/* A VM or template with all its snapshots. */
struct space_vm {
	char *uuid, *name; /* NULL: files that no VM reads */
	int64_t bytes;	   /* of the files that no other VM reads */
	int64_t shared;	   /* of the others */
	size_t depth;	   /* layers of the VM's disk that has the most */
	size_t limit;	   /* layers that this disk may have; 0: the VM has no disk with layers */
	size_t n_files, n_snapshots;
	struct space_file *
		files; /* disks by position, of each what the VM itself reads from the top down first */
	struct space_snapshot *snapshots;
};

struct space {
	size_t n;
	struct space_vm *items;
	int64_t bytes; /* of all these files, each counted once */
	size_t files;  /* number of these files */
};
void space_clear(struct space *s);
#define _cleanup_space_ _cleanup_(space_clear)

/*
 * *ret: the files of the VMs and templates @vms (NULL: of all, and those that no VM reads). ISO images and what a domain
 * has outside vxe's records, such as libvirt's own UEFI variables, are not among them. Looks for what waits to be
 * merged as `vxe check` does; changes nothing.
 */
int space_read(struct session *s, const struct strv *vms, struct space *ret,
	struct vxe_error *err) _must_check_;
/*
 * *ret: of the file @path, an absolute path, each VM that reads it, with no other files; nothing if it is not on record.
 * @users gets what else reads the file: "domain NAME", "image PATH".
 */
int space_of_file(struct session *s, const char *path, struct space *ret, struct strv *users,
	struct vxe_error *err) _must_check_;

/* What the file is for its VM, for people: "now", the name of a snapshot or another object, or "base". Owned. */
char *space_content(const struct space_vm *vm, const struct space_file *f);
/* The part of the VM that the file belongs to: "disk 0", "memory", "UEFI variables" ... Owned. */
char *space_part(const struct space_file *f);
