/* SPDX-License-Identifier: MIT */
/*
 * Trees of layers for tests: real qcow2 files of one megabyte in a directory of their own, their
 * records in a store, and domains of the mock hypervisor that use them. Each node, VDI and machine
 * has one letter as its name.
 */
#pragma once

#include "objects/classes/storage/node.h"
#include "tests/mock/hv_mock.h"
#include "tests/unit/scratch.h"

#define CLUSTERS 16 /* of 64 KiB each */

struct layers {
	char dir[SCRATCH_MAX];
	struct hv_mock *mock;
	struct session *s;
	char *sr;
	const struct store_ops *engine;
	const char *from; /* directory of an earlier fixture: its files are copied, not made */
};

/* @engine NULL: the memory store. */
void layers_open(struct layers *l, const struct store_ops *engine);
void layers_close(struct layers *l);
/* Opens a new session on the same store (on disk) and hypervisor; closes an open one first. */
void layers_reopen(struct layers *l);

/* The UUID for the letter; any number of them can be used in one expression. */
const char *id_of(char letter);
/* The absolute path of the node's file; owned by the fixture until it is closed. */
char *layers_path(const struct layers *l, char node);

struct layer {
	char name, parent; /* parent 0: none */
	enum node_origin origin;
	enum node_state state;
	const char *format; /* NULL: qcow2 */
	int first, last;    /* clusters with data; last 0: none */
};
/* Makes file and record; every byte of a cluster with data is the node's letter. */
void layers_add(struct layers *l, const struct layer *layer);
/* Makes a VDI that names the node; a snapshot's VDI is read-only. */
void layers_vdi(struct layers *l, char vdi, char node, bool snapshot);
/* Makes a machine with these VDIs as disks vda, vdb ... and a domain in that state. */
void layers_vm(struct layers *l, char vm, const char *vdis, enum hv_state state);
/* Makes the base-copy records of all nodes. */
void layers_sync(struct layers *l);

/* The content of the VDI: one letter per cluster, '.' for zeros. Owned. */
char *layers_read(const struct layers *l, char vdi);
char *layers_read_node(const struct layers *l, char node);
/* The letter of the node that the VDI names. */
char layers_node_of(const struct layers *l, char vdi);
struct node *layers_node(const struct layers *l, char node); /* NULL: no record */
bool layers_file(const struct layers *l, char node);
/* True if the owner may write to the file. */
bool layers_writable(const struct layers *l, char node);
/* The letter of the node that the file's header names; 0: none. */
char layers_header(const struct layers *l, char node);
/* The letter of the node that the machine's disk uses. */
char layers_disk(const struct layers *l, char vm, const char *target, enum hv_xml which);
/* The findings of `vxe check` as text, empty if there are none. Owned. */
char *layers_check(struct layers *l);
