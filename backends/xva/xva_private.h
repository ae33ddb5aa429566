/* SPDX-License-Identifier: MIT */
/* What the files xva_*.c share, and no others use. */
#pragma once

#include "backends/xva/xva.h"

#include <sys/types.h>

#define XVA_BLOCK ((size_t)1 << 20) /* most bytes of a block */
#define XVA_DOCUMENT_MAX ((size_t)64 << 20)
#define XVA_NUMBER_MAX 99999999 /* the number has eight digits */

/* ---- xva_sum.c: checksums --------------------------------------------------------------------- */

#define SUM_TEXT_MAX 40
/*
 * A kind of checksum. The suffix of the name of a checksum's tar member tells its kind; sum_by_suffix() gives NULL
 * for an unknown one.
 */
struct sum_kind {
	const char *suffix;
	size_t length; /* length of its text */
	void (*text)(const void *data, size_t n, char ret[SUM_TEXT_MAX + 1]);
};
extern const struct sum_kind sum_xxhash;
const struct sum_kind *sum_by_suffix(const char *suffix);

/* ---- xva_ova.c -------------------------------------------------------------------------------- */

/*
 * Parses an XML-RPC document into a tree of values; IMPORT_ERROR if it is not well-formed, too deep, or has a
 * DOCTYPE. @watch (may be NULL) is called repeatedly and may stop the parser.
 */
int ova_parse(const char *text, size_t n, const struct xva_watch *watch, struct ova **ret,
	struct vxe_error *err) _must_check_;

/* ---- xva_read.c, xva_write.c ------------------------------------------------------------------ */

int archive_write(int fd, enum xva_compression how, const struct ova *document,
	const struct xva_disk *disks, size_t n, const struct xva_watch *watch,
	struct vxe_error *err);
