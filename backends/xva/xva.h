/* SPDX-License-Identifier: MIT */
/*
 * Archives of VMs (XVA): a document, then the contents of disks as checked blocks, in a tar stream
 * that may be compressed. Written and read from one end to the other, on pipes, too, with bounded
 * memory. What the document says is the caller's business; member names are compared and never
 * used as paths.
 *
 * The code that does it is a module, for it brings libnbd and the compressors along.
 * Behaviour source: xen-api's export.ml, import.ml, stream_vdi.ml.
 */
#pragma once

#include "backends/xva/ova.h"

enum xva_compression { XVA_PLAIN, XVA_GZIP, XVA_ZSTD };

/* A disk of the archive and the image that holds it here. */
struct xva_disk {
	const char *id;	    /* "Ref:7": the name in the archive */
	const char *path;   /* NULL when reading: the content is checked, and dropped */
	const char *format; /* of the image at @path; never probed */
	int64_t size;	    /* bytes */
};
/* Written in this order, and expected in it: by id, as byte strings. */
void xva_sort(struct xva_disk *disks, size_t n);

/*
 * What is asked between two blocks, with how many bytes of disks are done, and while a pipe stands
 * still (XVA_WAITS). -1 with @err stops.
 */
#define XVA_WAITS (-1)
struct xva_watch {
	int (*tick)(void *ctx, int64_t done, struct vxe_error *err);
	void *ctx;
};

/*
 * Writes an archive to the descriptor, which it neither syncs nor closes. Contents are read through
 * the images' chains, by allocation, and read-only; whoever writes to them meanwhile is kept out by
 * QEMU's locks. On failure part of an archive was written.
 */
int xva_write(int fd, enum xva_compression how, const struct ova *document,
	const struct xva_disk *disks, size_t n, const struct xva_watch *watch,
	struct vxe_error *err) _must_check_;

/* An archive that is being read. */
struct xva;
/*
 * Finds out how it is compressed and reads its document; @watch (may be NULL) may be asked until
 * xva_close(). Fails: IMPORT_ERROR, and its kin
 * IMPORT_ERROR_UNEXPECTED_FILE (ova.xml is not the first member), IMPORT_ERROR_PREMATURE_EOF.
 */
int xva_open(struct xva **ret, int fd, const struct xva_watch *watch,
	struct vxe_error *err) _must_check_;
const struct ova *xva_document(const struct xva *x);

enum xva_flags {
	XVA_FORCE = 1 << 0, /* a wrong checksum is no error: @notice is told */
};
struct xva_reading {
	const struct xva_disk *disks;
	size_t n;
	unsigned flags; /* enum xva_flags */
	struct xva_watch watch;
	void (*notice)(void *ctx, const char *text); /* of what was accepted all the same */
	void *ctx;
};
/*
 * Reads every disk, each into its image, which is there, empty, and of that size; synced
 * afterwards. Then reads on to the end of the archive and of its compression. Fails as xva_open()
 * does, and with SR_FULL(requested, maximum).
 */
int xva_read(struct xva *x, const struct xva_reading *r, struct vxe_error *err) _must_check_;
void xva_close(struct xva *x); /* accepts NULL */
DEFINE_CLEANUP(struct xva *, xva_close)
#define _cleanup_xva_ _cleanup_(xva_close_cleanup)

/* What the module has. */
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
