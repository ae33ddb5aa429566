/* SPDX-License-Identifier: MIT */
/* Headers of qcow2 images. */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>

struct qcow2_header {
	int64_t virtual_size; /* bytes */
	char *backing;	      /* as written, usually relative; NULL: none */
	char *backing_format; /* NULL: not recorded */
	char *data_file;      /* external data file's name; NULL: none */
	bool encrypted;
	bool dirty, corrupt;	 /* incompatible feature bits */
	int snapshots;		 /* internal ones */
	uint64_t snapshot_table; /* offset; see qcow2_snapshots_read() */
	int bitmaps;
	int version;
	int64_t cluster_size; /* bytes */
};
void qcow2_header_clear(struct qcow2_header *h);
#define _cleanup_header_ _cleanup_(qcow2_header_clear)

/* 1: read; 0: not a qcow2 file; -1 with VXE_IMAGE_FAILED(file, message). Takes no lock. */
int qcow2_read(const char *path, struct qcow2_header *ret, struct vxe_error *err) _must_check_;
/*
 * Refuses images that refer to other files: a backing file (unless @backing_allowed), an external
 * data file, encryption, protocol names: VXE_FOREIGN_IMAGE(file, reason). Raw files pass.
 */
int image_vet(const char *path, const char *format, bool backing_allowed,
	struct vxe_error *err) _must_check_;

/* As qcow2_read(), on an open file; @path is for messages. */
int qcow2_read_fd(
	int fd, const char *path, struct qcow2_header *ret, struct vxe_error *err) _must_check_;

/*
 * Reads all @n bytes at @offset; returns NULL, or an error text, which stays valid until the next
 * call into libc.
 */
const char *qcow2_read_exactly(int fd, void *buf, size_t n, uint64_t offset) _must_check_;
