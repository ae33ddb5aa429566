/* SPDX-License-Identifier: MIT */
/*
 * The document of an XVA archive (ova.xml) as a tree of values: XML-RPC without a method call. This code does not
 * know the meaning of the members. A scalar that was read is text, whatever type the document gives it; the caller
 * chooses the type.
 */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>

enum ova_type { OVA_TEXT, OVA_BOOL, OVA_DATE, OVA_FLOAT, OVA_LIST, OVA_STRUCT };

struct ova {
	enum ova_type type;
	char *text; /* text of a scalar: "1" or "0" for booleans, dates as XML-RPC writes them */
	size_t n;   /* number of members, of a list or struct */
	struct ova_member *items;
};
struct ova_member {
	char *name; /* name of a struct's member; NULL in a list */
	struct ova value;
};

struct ova *ova_new(enum ova_type type);
void ova_free(struct ova *v); /* accepts NULL */
DEFINE_CLEANUP(struct ova *, ova_free)
#define _cleanup_ova_ _cleanup_(ova_free_cleanup)

/* ---- making --------------------------------------------------------------------------------- */

/*
 * Adds a value as the last member of a struct, with @name, or of a list, with NULL. Returns the new value, borrowed
 * until the next member is added to @parent.
 */
struct ova *ova_add(struct ova *parent, const char *name, enum ova_type type);
void ova_add_text(struct ova *parent, const char *name, const char *text);
void ova_add_int(struct ova *parent, const char *name, int64_t n);
void ova_add_bool(struct ova *parent, const char *name, bool on);
void ova_add_float(struct ova *parent, const char *name, double n);
/* Adds a date, given in seconds since 1970. */
void ova_add_date(struct ova *parent, const char *name, int64_t seconds);
void ova_add_map(struct ova *parent, const char *name, const struct map *m);
void ova_add_strings(struct ova *parent, const char *name, const struct strv *v);

/*
 * The document as XML text, without XML declaration, white space between elements or a final newline. Bytes that XML
 * does not allow are left out, bytes that are not UTF-8 are replaced. Owned.
 */
char *ova_write(const struct ova *v, size_t *length);

/* ---- asking --------------------------------------------------------------------------------- */

/* The member with that name of the struct @v, borrowed; NULL: there is none, or @v is no struct. */
const struct ova *ova_get(const struct ova *v, const char *name);
/*
 * Read a value of the document as the type that the caller wants; IMPORT_ERROR names @what if the type does not fit.
 * Numbers are decimal; a boolean must have the XML-RPC type boolean. Text is borrowed.
 */
int ova_text(const struct ova *v, const char *what, const char **ret,
	struct vxe_error *err) _must_check_;
int ova_int(
	const struct ova *v, const char *what, int64_t *ret, struct vxe_error *err) _must_check_;
int ova_bool(const struct ova *v, const char *what, bool *ret, struct vxe_error *err) _must_check_;
int ova_float(
	const struct ova *v, const char *what, double *ret, struct vxe_error *err) _must_check_;
int ova_date(
	const struct ova *v, const char *what, int64_t *ret, struct vxe_error *err) _must_check_;
int ova_map(
	const struct ova *v, const char *what, struct map *ret, struct vxe_error *err) _must_check_;
int ova_strings(const struct ova *v, const char *what, struct strv *ret,
	struct vxe_error *err) _must_check_;

/*
 * Fills @err with IMPORT_ERROR and the formatted message; arguments, which may be texts of an archive, are made safe
 * to print.
 */
int ova_fail(struct vxe_error *err, const char *fmt, ...) _printf_(2, 3);
