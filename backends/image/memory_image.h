/* SPDX-License-Identifier: MIT */
/*
 * The file that holds a guest's memory, as libvirt writes it: a header, the domain's XML with a
 * cookie behind it, then QEMU's migration stream, which nobody but QEMU reads.
 */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>

#define MEMORY_IMAGE_MAGIC "LibvirtQemudSave"
#define MEMORY_IMAGE_PARTIAL "LibvirtQemudPart" /* still being written */
#define MEMORY_IMAGE_MAGIC_LEN 16
#define MEMORY_IMAGE_VERSION 2

/* The first bytes; numbers are of the machine's byte order. */
struct memory_image_header {
	char magic[MEMORY_IMAGE_MAGIC_LEN];
	uint32_t version;
	uint32_t data_len; /* from the XML to the stream: text, cookie and fill */
	uint32_t was_running;
	uint32_t compressed;
	uint32_t cookie_offset; /* in the data, 0: no cookie */
	uint32_t unused[14];
};

/* 1: a complete memory image, 0: there is none or it was not finished, -1: it cannot be read. */
int memory_image_complete(const char *path, struct vxe_error *err) _must_check_;
/*
 * Makes at @to, which must not exist, the image @from with another domain XML (another name or
 * UUID: libvirt restores an image under no other). The stream stays byte for byte; the owner only
 * may read and write the new file, which is on disk when this returns. On failure there is none.
 * Fails: VXE_IMAGE_FAILED.
 */
int memory_image_rewrite(
	const char *from, const char *to, const char *xml, struct vxe_error *err) _must_check_;
/* The domain XML in a complete image, whoever wrote it; nothing of it is believed. */
int memory_image_xml(const char *path, char **ret, struct vxe_error *err) _must_check_;
/*
 * The image at @path, which is nobody's yet, gets another domain XML: in place where it fits, else by
 * a copy that takes its name. A failure may leave a partial image. Not synced.
 */
int memory_image_set_xml(const char *path, const char *xml, struct vxe_error *err) _must_check_;
