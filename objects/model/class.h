/* SPDX-License-Identifier: MIT */
/*
 * Classes: a C struct, a table of its fields, and data for lists and commands. The table is the
 * only description of a field: encoding, lists, param-*, filters, JSON, help, completion and
 * docs/fields.md come from it.
 */
#pragma once

#include "objects/base/error.h"

#include <stddef.h>
#include <stdint.h>

struct session;
struct json_object;
struct txn;

/*
 * Numbers of the classes. A reference field names its class by number, so that it does not need the table of another
 * source file.
 */
enum class_id {
	CLASS_NONE,
	CLASS_VM,
	CLASS_VDI,
	CLASS_VBD,
	CLASS_VIF,
	CLASS_SR,
	CLASS_NETWORK,
	CLASS_HOST,
	CLASS_POOL,
	CLASS_TASK,
	CLASS_MESSAGE,
	CLASS_PIF,
	CLASS_VLAN,
	CLASS_BOND,
	CLASS_HOST_CPU,
	CLASS_CONSOLE,
	CLASS_VTPM,
	CLASS_APPLIANCE,
	CLASS_VMSS,
	CLASS_SECRET,
	CLASS_ROLE,
	CLASS_SUBJECT,
	CLASS_PATCH,
	CLASS_UPDATE,
	CLASS_NODE,
	CLASS_INTENT,
	CLASS_FORGOTTEN,
	CLASS_DEFINITION,
	CLASS_PBD,
	CLASS_SM,
};

enum field_type {
	FIELD_STRING,  /* char *, never NULL after decoding */
	FIELD_INT,     /* int64_t */
	FIELD_BOOL,    /* bool */
	FIELD_FLOAT,   /* double */
	FIELD_ENUM,    /* int: index into the field's enum table */
	FIELD_DATE,    /* int64_t seconds since 1970 UTC; 0: never */
	FIELD_REF,     /* char *: uuid or NULL */
	FIELD_STRINGS, /* struct strv */
	FIELD_REFS,    /* struct strv of uuids */
	FIELD_MAP,     /* struct map */
};

enum field_flags {
	/* param-set can set the whole value (of a map only single keys: F_ADD) */
	F_SET = 1 << 0,
	F_ADD = 1 << 1,	   /* sets and maps: param-add and -remove */
	F_HIDDEN = 1 << 2, /* only in param-get and filters */
	F_COSTLY = 1 << 3, /* lists print <expensive field> */
	F_DEPRECATED = 1 << 4,
	F_NOCASE = 1 << 5, /* filters ignore upper and lower case */
	/* a set or map that prints ( RO) and has no filters by :key or :contains */
	F_NO_MEMBERS = 1 << 6,
	F_COMMA = 1 << 7,     /* members joined with ", " */
	F_COLUMN = 1 << 8,    /* a column of the store: lists can read it without the document */
	F_LIVE = 1 << 9,      /* computing the value asks the hypervisor */
	F_INTERNAL = 1 << 10, /* stored, but not a field of xe: no command, list or doc shows it */
	F_NULLABLE = 1 << 11, /* param-set with an empty value makes it null (references) */
	F_SIZE = 1 << 12,     /* integers: input takes units (KiB, MiB ...) */
	/* maps: param-set with :key=value replaces the whole map, although it prints (MRO) */
	F_NO_SUFFIX_ADD = 1 << 13,
	F_CLEAR = 1 << 14, /* maps: param-clear works although it prints (MRO) */
	/*
	 * References: the member holds an object's UUID, which another field shows; this field shows the object's
	 * name-label.
	 */
	F_NAME = 1 << 15,
	F_PARTIAL = 1 << 16, /* computed from columns only: lists need no document */
	F_DOMAIN = 1 << 17,  /* the domain has the value, too: see vm_apply_settings() */
	/* a wrong value fails with the error texts of xe's plain readers of numbers and booleans */
	F_PLAIN = 1 << 18,
	/* columns: the store has an index on this column, as it has on every reference */
	F_FOUND = 1 << 19,
	/*
	 * columns: no two objects of the class have the same values in all fields with this flag; the last of them is
	 * F_FOUND
	 */
	F_DISTINCT = 1 << 20,
	F_STATE = 1
		<< 21, /* of all that the hypervisor knows, the value needs only the domain's state */
	/* a field that XenServer does not have: it does not exist when called as `xe` */
	F_OURS = 1 << 22,
	F_SET_OURS = 1 << 23, /* F_SET as `vxe`, read-only as `xe` */
	F_UUID =
		/* strings: the value is the UUID of an object of any class, also of one that is gone */
	1 << 24,
};

/* One value of an enum table. */
struct enum_name {
	const char *print; /* the word that lists show */
	/*
	 * The word that users enter for the value, in upper or lower case; NULL: the word that lists show; "": users
	 * may not enter the value. Documents store this word.
	 */
	const char *input;
};
struct enum_table {
	const char *name;
	/* the beginning of the error about another word, which ends it; NULL: the error lists the words */
	const char *refusal;
	const struct enum_name *names; /* terminated by a NULL print */
};

/* The value of a field: the field's type decides which member is used. Owned. */
struct value {
	/* a text that is shown instead of a value: "<not in database>", "<expensive field>" */
	const char *literal;
	char *string;	  /* of STRING and REF (NULL: null) */
	int64_t integer;  /* of INT, DATE, ENUM and BOOL */
	double real;	  /* of FLOAT */
	struct strv list; /* of STRINGS and REFS */
	struct map map;	  /* of MAP */
};
void value_clear(struct value *v);
#define _cleanup_value_ _cleanup_(value_clear)

#define NOT_IN_DATABASE "<not in database>"

struct class;

/* Where the value of a computed field comes from. */
enum field_how {
	HOW_GET, /* the function @get computes it */
	/*
	 * the value is the member at offset @there_at of the struct that the function @there returns; if that is
	 * NULL, the value is zero or empty
	 */
	HOW_THERE,
	/* the constant @fixed; for a field of type STRINGS, its string has the members, separated by ',' */
	HOW_FIXED,
	/*
	 * the UUIDs of the objects of class @ref whose column @column names this object; for a field of type REF, the
	 * first of them
	 */
	HOW_USERS,
};

/* A value that is the same for all objects. */
struct fixed {
	const char *literal, *string;
	int64_t integer;
};

struct field {
	const char *name; /* name as xe spells it; the JSON key is the same with '_' for '-' */
	const char *doc;  /* one sentence that describes the field, with its unit */
	enum field_type type : 8;
	enum field_how how : 8;
	/* of REF and REFS: class of the object; CLASS_NONE: the class that @arg points to, or any class */
	enum class_id ref : 16;
	unsigned flags;
	uint32_t offset; /* offset of the member in the class's struct; or FIELD_COMPUTED */
	uint32_t there_at;
	/* of ENUM: its struct enum_table; of REF and REFS: a struct class that has no number, or NULL */
	const void *arg;
	const char *source; /* where the value comes from, for docs/fields.md; NULL: the store */
	union {
		/*
		 * Computes the value of the field; the caller has zeroed @ret. A stored field may have such a
		 * function, too, if the machine may know a better value: @ret then holds the stored one.
		 */
		int (*get)(struct session *s, const void *obj, struct value *ret,
			struct vxe_error *err);
		const void *(*there)(struct session *s, const void *obj);
		const struct fixed *fixed;
		const char *column;
	};
	/*
	 * Refuses a new value of the field, for a reason beyond the field's type; @obj still has the old value. May
	 * be NULL.
	 */
	int (*check)(struct session *s, const void *obj, const struct value *value,
		struct vxe_error *err);
	/* Of a computed field that can be set: changes the fields on which it depends, so that @value follows. */
	void (*put)(void *obj, const struct value *value);
};
#define FIELD_COMPUTED UINT32_MAX

/* Is 0 if the member @m of the struct @s has the type @type_; otherwise it does not compile. */
#define MUST_BE(type_, s, m) (0 * sizeof(char[_Generic(((s *)0)->m, type_ : 1)]))
#define AT_(kind, ctype, s, m) .type = kind, .offset = offsetof(s, m) + MUST_BE(ctype, s, m)
#define AT_STRING(s, m) AT_(FIELD_STRING, char *, s, m)
#define AT_INT(s, m) AT_(FIELD_INT, int64_t, s, m)
#define AT_BOOL(s, m) AT_(FIELD_BOOL, bool, s, m)
#define AT_FLOAT(s, m) AT_(FIELD_FLOAT, double, s, m)
#define AT_ENUM(s, m, table) AT_(FIELD_ENUM, int, s, m), .arg = (table)
#define AT_DATE(s, m) AT_(FIELD_DATE, int64_t, s, m)
#define AT_REF(s, m, cls) AT_(FIELD_REF, char *, s, m), .ref = (cls)
#define AT_STRINGS(s, m) AT_(FIELD_STRINGS, struct strv, s, m)
#define AT_REFS(s, m, cls) AT_(FIELD_REFS, struct strv, s, m), .ref = (cls)
#define AT_MAP(s, m) AT_(FIELD_MAP, struct map, s, m)
#define COMPUTED(kind, fn) .type = kind, .offset = FIELD_COMPUTED, .get = (fn)
#define THERE_(kind, ctype, fn, s, m)                                                              \
	.type = kind, .how = HOW_THERE, .offset = FIELD_COMPUTED, .there = (fn),                   \
	.there_at = offsetof(s, m) + MUST_BE(ctype, s, m)
#define THERE_STRING(fn, s, m) THERE_(FIELD_STRING, char *, fn, s, m)
#define THERE_INT(fn, s, m) THERE_(FIELD_INT, int64_t, fn, s, m)
#define THERE_BOOL(fn, s, m) THERE_(FIELD_BOOL, bool, fn, s, m)
#define THERE_STRINGS(fn, s, m) THERE_(FIELD_STRINGS, struct strv, fn, s, m)
#define FIXED(kind, ...)                                                                           \
	.type = kind, .how = HOW_FIXED, .offset = FIELD_COMPUTED, .fixed = &(const struct fixed)   \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define USERS_(kind, cls, col)                                                                     \
	.type = kind, .how = HOW_USERS, .offset = FIELD_COMPUTED, .ref = (cls), .column = (col)
#define USERS(cls, col) USERS_(FIELD_REFS, cls, col)
#define FIRST_USER(cls, col) USERS_(FIELD_REF, cls, col)

struct class
{
	const char *name;	    /* the store's class and xe's type name: "VM", "VDI" ... */
	size_t size;		    /* bytes of the class's struct */
	const struct field *fields; /* in print order, closed by a NULL name; the first is uuid */
	bool internal;		    /* NODE, INTENT: no command shows it */
	bool absent;		    /* vxe has no objects of this class */
	/* Sets the default values of a new object that are not zero. May be NULL. */
	void (*defaults)(void *obj);
	/* Adjusts other fields of @after to a change by a param-* command. May be NULL. */
	void (*adjust)(const void *before, void *after);
	/* Updates the records that mirror the machine; called before lists. May be NULL. */
	int (*refresh)(struct session *s, struct vxe_error *err);
	/*
	 * Called before a record is deleted, in the same transaction: refuses the deletion, or makes the changes of
	 * other records that it requires. May be NULL.
	 */
	int (*drop)(struct txn *t, const char *uuid, struct vxe_error *err);
	/*
	 * True if the change of a record also requires a change of the libvirt domain; @touched: flags of the changed
	 * fields. May be NULL.
	 */
	bool (*in_domain)(const void *before, const void *after, unsigned touched);
	/*
	 * Refuses a change for a reason that involves several fields (memory limits). May be NULL.
	 */
	int (*check)(
		struct session *s, const void *before, const void *after, struct vxe_error *err);
};

/* A name for a class in commands: vm, template and snapshot are views of VM. */
struct view {
	const char *prefix; /* first word of the view's commands, as "vm" of vm-list */
	const struct class *cls;
	const char *doc;	    /* what its objects are called: "virtual machines" */
	const char *const *columns; /* the default columns, terminated by NULL */
	struct {
		const char *field, *value;
	} filter[3]; /* objects of the view have these values; closed by a NULL field */
	/* in a copy of a view: only objects with these UUIDs (sorted); NULL: all of the class */
	const struct strv *among;
	const struct list_order
		/* in a copy of a view: order and limit, see objects/queries/list_order.h; NULL: all, by UUID */
		*order;
	/* before lists, and when a UUID is unknown, libvirt domains without records get records */
	bool adopts;
	/* before lists, and when a UUID is unknown, snapshots that libvirt manages get records */
	bool kept;
	/*
	 * Functions in folders of a higher rank (docs/adr/0004-rooms.md), which this folder may call by pointers
	 * only; each may be NULL.
	 */
	void (*prepare)(struct session *s); /* called before lists, like the class's refresh */
	/*
	 * Saves a change of a record for which in_domain() of the class is true, and changes the libvirt domain: both
	 * or neither.
	 */
	int (*apply)(
		struct session *s, const void *before, const void *after, struct vxe_error *err);
	/* Refuses a change of a record for a reason that the functions of the class cannot know. */
	int (*check)(
		struct session *s, const void *before, const void *after, struct vxe_error *err);
	/* Called after a change of the object was saved. */
	void (*changed)(struct session *s, const char *uuid);
};

/*
 * All classes and views in a fixed order, terminated by NULL. They are defined in objects/registry.c, so that no
 * folder depends on one of a higher rank.
 */
extern const struct class *const classes[];
extern const struct view views[];
const struct class *class_by_name(const char *name);
/* The class with this number; NULL for CLASS_NONE. */
const struct class *class_by_id(enum class_id id);
/* The class of a reference; NULL: any class, or not a reference. */
const struct class *field_class(const struct field *f);
const struct view *view_by_prefix(const char *prefix);
/* The field whose name is exactly @name, as xe spells it; NULL: none. Never an internal field. */
const struct field *class_field(const struct class *c, const char *name);
/* As class_field(), but if no field has this spelling, '_' and '-' count as equal. */
const struct field *class_field_loose(const struct class *c, const char *name);

/* The classes and columns (F_COLUMN) for store_open(); built once per process, never freed. */
const struct store_class *class_store_columns(void);

/* The mark that xe prints behind a field's name: " ( RO)", " (MRW)" ..., and " [DEPRECATED]". */
const char *field_suffix(const struct field *f);
/* The JSON key of a field name: '-' becomes '_'. Owned. */
char *field_key(const char *name);
bool field_is_set(const struct field *f); /* True for a set, filtered by name:contains */
bool field_is_map(const struct field *f); /* True for a map, filtered by name:key */
