/* SPDX-License-Identifier: MIT */
/*
 * Archives of VMs (XVA): a document, then the contents of disks as blocks with checksums, in a tar
 * stream that may be compressed. An archive is written and read from start to end, also through
 * pipes, with bounded memory. The caller interprets the document; names of members are compared and
 * never used as paths.
 *
 * The code is a module, because it needs libnbd and the compression libraries. Behaviour source:
 * xen-api's export.ml, import.ml, stream_vdi.ml.
 */
#pragma once

#include "backends/content/content.h"
#include "backends/xva/ova.h"

enum xva_compression { XVA_PLAIN, XVA_GZIP, XVA_ZSTD };

/* A disk of an archive, with its image on this host. */
struct xva_disk {
	const char *id; /* the disk's id in the archive, "Ref:7" */
	/* the disk's image; NULL when reading: the content is checked and dropped */
	struct content *of;
	const char *format; /* format of the image, given by the caller */
	int64_t size;	    /* in bytes */
	/*
	 * When an archive is written: key of an internal snapshot of the image, whose content is read instead of the
	 * present one; NULL: none.
	 */
	const char *snapshot;
};
/* Sorts disks into the order in which an archive has their contents: by id, compared byte by byte. */
void xva_sort(struct xva_disk *disks, size_t n);

/*
 * A callback while an archive is read or written: called between two blocks with the number of bytes of disks
 * processed so far, and with XVA_WAITS while a pipe makes no progress. If it returns -1 with @err, the work stops.
 */
#define XVA_WAITS (-1)
struct xva_watch {
	int (*tick)(void *ctx, int64_t done, struct vxe_error *err);
	void *ctx;
};

/*
 * Writes an XVA archive to the descriptor @fd, which it neither syncs nor closes. Reads the disks' contents through
 * the images' backing chains, read-only and without unallocated parts; QEMU's image locks keep writers away
 * meanwhile. After a failure a part of the archive has been written.
 */
int xva_write(int fd, enum xva_compression how, const struct ova *document,
	const struct xva_disk *disks, size_t n, const struct xva_watch *watch,
	struct vxe_error *err) _must_check_;

/* An archive that is being read. */
struct xva;
/*
 * Opens an archive: detects the compression and reads the document; @watch (may be NULL) may be called until
 * xva_close(). Fails with IMPORT_ERROR, IMPORT_ERROR_UNEXPECTED_FILE (ova.xml is not the first member) or
 * IMPORT_ERROR_PREMATURE_EOF.
 */
int xva_open(struct xva **ret, int fd, const struct xva_watch *watch,
	struct vxe_error *err) _must_check_;
const struct ova *xva_document(const struct xva *x);

enum xva_flags {
	XVA_FORCE = 1 << 0, /* a wrong checksum is reported to @notice and is no error */
	/*
	 * The archive has export_vsn 1: the table after the disks repeats the checksums of all blocks, and must agree
	 * with the blocks.
	 */
	XVA_TABLE = 1 << 1,
};
struct xva_reading {
	const struct xva_disk *disks;
	size_t n;
	unsigned flags; /* bits of enum xva_flags */
	struct xva_watch watch;
	/* Gets a text for the user about a fault of the archive that was accepted; may be NULL. */
	void (*notice)(void *ctx, const char *text);
	void *ctx;
};
/*
 * Reads the content of every disk of an archive into the disk's image, which must exist, be empty and have the disk's
 * size in whole sectors, and syncs the image. Then reads to the end of the archive and of its compression.
 * Fails as xva_open() does, and with SR_FULL(requested, maximum); with XVA_TABLE also with
 * IMPORT_ERROR_SOME_CHECKSUMS_FAILED, and with IMPORT_ERROR_UNEXPECTED_FILE if the table is missing.
 */
int xva_read(struct xva *x, const struct xva_reading *r, struct vxe_error *err) _must_check_;
void xva_close(struct xva *x); /* accepts NULL */
DEFINE_CLEANUP(struct xva *, xva_close)
#define _cleanup_xva_ _cleanup_(xva_close_cleanup)

/* The functions that the module exports. */
struct xva_ops {
	int (*write)(int fd, enum xva_compression how, const struct ova *document,
		const struct xva_disk *disks, size_t n, const struct xva_watch *watch,
		struct vxe_error *err);
	int (*open)(struct xva **ret, int fd, const struct xva_watch *watch, struct vxe_error *err);
	const struct ova *(*document)(const struct xva *x);
	int (*read)(struct xva *x, const struct xva_reading *r, struct vxe_error *err);
	void (*close)(struct xva *x);
};
#define XVA_MODULE_FILE "vxe-xva.so"
#define XVA_MODULE_SYMBOL "xva_module_ops"
