/* SPDX-License-Identifier: MIT */
/*
 * Records: objects of any class as C structs, converted from and to JSON documents by the class's table of fields.
 * Members of a document that are not in the table survive a load and save.
 */
#pragma once

#include "objects/model/class.h"
#include "store/store.h"

/* Every class struct begins with this. */
struct record {
	char *uuid;
	struct json_object
		*rest; /* members of the document that the class does not know, owned; NULL: none */
};

/* A zeroed object with strings "" and references NULL, then the class's defaults; uuid NULL. */
void *record_new(const struct class *c);
void record_free(const struct class *c, void *obj); /* accepts NULL */
void *record_copy(const struct class *c, const void *obj);

struct json_object *record_encode(const struct class *c, const void *obj);
/*
 * Fills @obj from a JSON document. Members that the document lacks keep the values that they have from record_new();
 * a member of the wrong type is INTERNAL_ERROR.
 */
int record_decode(const struct class *c, struct json_object *doc, void *obj,
	struct vxe_error *err) _must_check_;

/* Loads a record of the class; UUID_INVALID(class, uuid) if there is none. */
int record_load(struct txn *t, const struct class *c, const char *uuid, void **ret,
	struct vxe_error *err) _must_check_;
/* Loads a record of the class; if there is none, *ret is NULL and 0 is returned. */
int record_find(struct txn *t, const struct class *c, const char *uuid, void **ret,
	struct vxe_error *err) _must_check_;
/*
 * The text of one stored field of a record, owned, without loading the rest of the record. NULL in *ret: the field is
 * not set. UUID_INVALID(class, uuid) if there is no such record.
 */
int record_text(struct txn *t, const struct class *c, const char *uuid, const char *field,
	char **ret, struct vxe_error *err) _must_check_;
/* Replaces or adds the record: txn_put(). */
int record_save(
	struct txn *t, const struct class *c, const void *obj, struct vxe_error *err) _must_check_;
/* Adds a new record: txn_add(). */
int record_add(
	struct txn *t, const struct class *c, const void *obj, struct vxe_error *err) _must_check_;

/* Sets *ret if a new object of the class cannot have this UUID, because another object has it. */
int record_taken(struct txn *t, const struct class *c, const char *uuid, bool *ret,
	struct vxe_error *err) _must_check_;

/* Objects of one class that were loaded together. */
struct records {
	const struct class *cls;
	size_t n;
	void **items;
};
void records_clear(struct records *r);
/*
 * The records of the class with these UUIDs, in any order; those that are not there are left out. At most some hundreds
 * (txn_some()).
 */
int records_some(struct txn *t, const struct class *c, const struct strv *uuids,
	struct records *ret, struct vxe_error *err) _must_check_;
/* True if one of the records in @r has this UUID. */
bool records_have(const struct records *r, const char *uuid);
#define _cleanup_records_ _cleanup_(records_clear)
/* The question that records_load() asks, for txn_ask_ahead() and store_foresee(). */
struct store_question records_question(
	const struct class *c, const char *column, const char *value);
/* All records of the class, or those whose column (class_column() of columns.h) equals @value. */
int records_load(struct txn *t, const struct class *c, const char *column, const char *value,
	struct records *ret, struct vxe_error *err) _must_check_;

/* ---- values --------------------------------------------------------------------------------- */

/*
 * The field's value, computed or copied from the member. A null reference, or one to an object that is gone, becomes
 * the literal NOT_IN_DATABASE; in a set, each member that is gone becomes that text. @s may be NULL for stored
 * fields; then references are not looked up.
 */
int field_value(struct session *s, const struct field *f, const void *obj, struct value *ret,
	struct vxe_error *err) _must_check_;
/* The value as xe prints it; owned. */
char *value_print(struct session *s, const struct field *f, const struct value *v);
/*
 * Parses the text of a param-set into @ret; fails with xe's texts ("Failed to parse parameter
 * ...").
 */
int value_parse(struct session *s, const struct field *f, const char *text, struct value *ret,
	struct vxe_error *err) _must_check_;
/* Moves a value of the field's type into the object's member. */
void field_store(const struct field *f, void *obj, struct value *v);

/*
 * Declares a class, its typed free and, for _cleanup_(), X_free_cleanup; X_get() is record_load()
 * and X_find() is record_find() with the type.
 */
#define RECORD_TYPE(x)                                                                             \
	extern const struct class x##_class;                                                       \
	static inline void x##_free(struct x *obj)                                                 \
	{                                                                                          \
		record_free(&x##_class, obj);                                                      \
	}                                                                                          \
	DEFINE_CLEANUP(struct x *, x##_free)                                                       \
	static inline _must_check_ int x##_get(                                                    \
		struct txn *t, const char *uuid, struct x **ret, struct vxe_error *err)            \
	{                                                                                          \
		void *obj;                                                                         \
                                                                                                   \
		if (record_load(t, &x##_class, uuid, &obj, err) < 0)                               \
			return -1;                                                                 \
		*ret = obj;                                                                        \
		return 0;                                                                          \
	}                                                                                          \
	static inline _must_check_ int x##_find(                                                   \
		struct txn *t, const char *uuid, struct x **ret, struct vxe_error *err)            \
	{                                                                                          \
		void *obj;                                                                         \
                                                                                                   \
		if (record_find(t, &x##_class, uuid, &obj, err) < 0)                               \
			return -1;                                                                 \
		*ret = obj;                                                                        \
		return 0;                                                                          \
	}
