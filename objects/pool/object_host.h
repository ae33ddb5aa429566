/* SPDX-License-Identifier: MIT */
/*
 * In a pool, the host on which a command has to act on an object: the home of a VM, whose libvirt has its definition,
 * and for what has no home a host that reaches the storage.
 */
#pragma once

#include "objects/session/session.h"

struct class;

enum tie {
	TIE_NONE,    /* any host will do */
	TIE_STORAGE, /* a host that has a PBD of the SR */
	TIE_HOME,    /* this host and no other one */
};

struct object_host {
	enum tie tie;
	char *host; /* its UUID, owned; NULL: any host will do */
	/* UUID of a VM that no host has, owned: the host that acts takes it first (objects/vm/vm_home.h); NULL: none */
	char *homeless;
};
void object_host_clear(struct object_host *h);
#define _cleanup_object_host_ _cleanup_(object_host_clear)

/*
 * Finds that host. A VM, and its disks and cards: its home. A snapshot: the home of its VM, whose disk has its layers
 * below. A template, or a disk that no VM has: this host if it has a PBD of the SR, else one that has. A PBD or a host:
 * that host. Every other class, and an object that is not there: any.
 */
int object_host(struct session *s, const struct class *cls, const char *uuid,
	struct object_host *ret, struct vxe_error *err) _must_check_;
/* True for a class whose objects may be of one host. */
bool object_host_ties(const struct class *cls);
/*
 * Reads what is needed to reach the host: its address ("": it is unknown), owned, and the words of its line in this host's own
 * file, which only its user can write. No record says what a host runs: who can write the records is not root on each host.
 */
int object_host_reach(struct session *s, const char *host, char **address, struct strv *way,
	struct vxe_error *err) _must_check_;
/* The path of that file, "remote" beside "pool"; owned. A line has the UUID of a host, and words between blanks. */
char *object_host_ways(const struct session *s);
