/* SPDX-License-Identifier: MIT */
/*
 * The file with a guest's memory, as libvirt writes it: a header, the domain's XML and a cookie,
 * then QEMU's migration stream, which only QEMU reads.
 */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"

#include <stdint.h>

#define MEMORY_IMAGE_MAGIC "LibvirtQemudSave"
#define MEMORY_IMAGE_PARTIAL                                                                       \
	"LibvirtQemudPart" /* first bytes of an image that is still being written */
#define MEMORY_IMAGE_MAGIC_LEN 16
#define MEMORY_IMAGE_VERSION 2

/* The header of a memory image, the first bytes of the file, with numbers in the machine's byte order. */
struct memory_image_header {
	char magic[MEMORY_IMAGE_MAGIC_LEN];
	uint32_t version;
	uint32_t data_len; /* bytes between the header and the stream: XML, cookie and padding */
	uint32_t was_running;
	uint32_t compressed;
	uint32_t cookie_offset; /* position of the cookie behind the header; 0: there is none */
	uint32_t unused[14];
};

/*
 * Corrects the format in the header of a memory image that libvirt has just written: libvirt 11.3 calls a plain
 * image sparse, and does not restore it then. A crash in between leaves the header as it was.
 */
int memory_image_correct(struct content *c, struct vxe_error *err) _must_check_;
/*
 * True if libvirt is still writing the memory image, or was when libvirt ended. False also if the file cannot be
 * read.
 */
bool memory_image_is_begun(struct content *c);
/*
 * Returns 1: the file is a complete memory image, 0: it is none, is unfinished or does not exist, -1: it cannot be
 * read.
 */
int memory_image_complete(struct content *c, struct vxe_error *err) _must_check_;
/*
 * Makes at @to, which must not exist, a copy of the image @from with another domain XML (with
 * another name or UUID, as libvirt restores an image only under its own). The stream stays byte for
 * byte. Only the owner can read and write the new file, which is synced when this returns. On
 * failure there is no file. Fails: VXE_IMAGE_FAILED.
 */
int memory_image_rewrite(
	struct content *from, const char *to, const char *xml, struct vxe_error *err) _must_check_;
/* The domain's XML in a complete image. Whoever made the image may have written anything into it. */
int memory_image_xml(struct content *c, char **ret, struct vxe_error *err) _must_check_;
/*
 * Changes the domain XML of the image @c, which nobody uses yet: in place if the new XML
 * fits, else by a copy that replaces the file. A failure may leave a partial image. Not synced.
 */
int memory_image_set_xml(struct content *c, const char *xml, struct vxe_error *err) _must_check_;
