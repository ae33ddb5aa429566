/* SPDX-License-Identifier: MIT */
/*
 * Classes: a C struct, a table of its fields, and what lists and verbs need to know. The table is
 * the only description of a field: encoding, lists, param-*, filters, JSON, help, completion and
 * docs/fields.md come from it.
 */
#pragma once

#include "objects/base/error.h"

#include <stddef.h>
#include <stdint.h>

struct session;
struct json_object;
struct txn;

/* What a reference names its class by: a class's table is the business of its own file. */
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
	F_SET = 1 << 0,	   /* param-set of the whole value (maps never: :key by F_ADD) */
	F_ADD = 1 << 1,	   /* sets and maps: param-add and -remove */
	F_HIDDEN = 1 << 2, /* only param-get and filters see it */
	F_COSTLY = 1 << 3, /* lists print <expensive field> */
	F_DEPRECATED = 1 << 4,
	F_NOCASE = 1 << 5,     /* filters ignore case */
	F_NO_MEMBERS = 1 << 6, /* set or map that prints ( RO) and has no :key filter */
	F_COMMA = 1 << 7,      /* members joined with ", " */
	F_COLUMN = 1 << 8,     /* a column of the store: lists need no document for it */
	F_LIVE = 1 << 9,       /* computing it looks at the hypervisor */
	F_INTERNAL = 1 << 10,  /* stored, but no xe field: no verb, list or docs ever shows it */
	F_NULLABLE = 1 << 11,  /* param-set with an empty value makes it null (references) */
	F_SIZE = 1 << 12,      /* integers: input takes units (KiB, MiB ...) */
	F_NO_SUFFIX_ADD = 1 << 13, /* :key=value replaces the map although it prints (MRO) */
	F_CLEAR = 1 << 14,	   /* maps: param-clear works although it prints (MRO) */
	/* References: shows the name-label of the object; another field stores the member. */
	F_NAME = 1 << 15,
	F_PARTIAL = 1 << 16,  /* computed from columns: lists need no document for it */
	F_DOMAIN = 1 << 17,   /* the domain knows it, too: see vm_apply_settings() */
	F_PLAIN = 1 << 18,    /* parse errors are those of xe's plain readers */
	F_FOUND = 1 << 19,    /* columns: objects are found by it, as by every reference */
	F_DISTINCT = 1 << 20, /* columns: together no two objects have them; the last is F_FOUND */
};

/* One value of a table of enums. */
struct enum_name {
	const char *print; /* as lists show it */
	/* As param-set takes it, any case; NULL: as printed; "": never. Documents keep it. */
	const char *input;
};
struct enum_table {
	const char *name;
	const struct enum_name *names; /* closed by a NULL print */
};

/* The value of a field: its type says which member counts. Owned. */
struct value {
	const char *literal; /* instead of a value: "<not in database>", "<expensive field>" ... */
	char *string;	     /* STRING, REF (NULL: null) */
	int64_t integer;     /* INT, DATE, ENUM, BOOL */
	double real;	     /* FLOAT */
	struct strv list;    /* STRINGS, REFS */
	struct map map;	     /* MAP */
};
void value_clear(struct value *v);
#define _cleanup_value_ _cleanup_(value_clear)

#define NOT_IN_DATABASE "<not in database>"

struct class;

struct field {
	const char *name; /* xe spelling; the JSON key is the same with '-' as '_' */
	const char *doc;  /* one sentence, with unit */
	enum field_type type : 16;
	enum class_id ref : 16; /* REF, REFS; CLASS_NONE: of any class, or of @arg */
	unsigned flags;
	size_t offset;	    /* of the member in the class's struct; or FIELD_COMPUTED */
	const void *arg;    /* ENUM: struct enum_table; REF: a class that no table has */
	const char *source; /* of the value, for docs/fields.md; NULL: the store */
	/* Computed fields: @ret is zeroed before; filled as the type says. Of a stored one it is the
	 * member, which the machine may know better. */
	int (*get)(struct session *s, const void *obj, struct value *ret, struct vxe_error *err);
	/* Beyond the type: refuses a new value (the member is not yet changed). May be NULL. */
	int (*check)(struct session *s, const void *obj, const struct value *value,
		struct vxe_error *err);
};
#define FIELD_COMPUTED SIZE_MAX

/* Wrong member type: no compile. */
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

struct class
{
	const char *name;	    /* the store's class and xe's type name: "VM", "VDI" ... */
	size_t size;		    /* of the struct */
	const struct field *fields; /* in print order, closed by a NULL name; first is uuid */
	bool internal;		    /* NODE, INTENT: no verb shows it */
	bool absent; /* there is never an object of it: objects/classes/common/absent.h */
	/* Gives a new object the values that are not zero. May be NULL. */
	void (*defaults)(void *obj);
	/* Makes other fields of @after follow what a param-* verb changed. May be NULL. */
	void (*adjust)(const void *before, void *after);
	/* Brings the records in step with the machine that they mirror; before lists. May be NULL. */
	int (*refresh)(struct session *s, struct vxe_error *err);
	/* Refuses or follows the removal of a record, in the same transaction. May be NULL. */
	int (*drop)(struct txn *t, const char *uuid, struct vxe_error *err);
	/* True when the domain has to follow a change; @touched: flags of the changed fields. May be NULL. */
	bool (*in_domain)(const void *before, const void *after, unsigned touched);
	/* Refuses a change that no single field can judge (memory limits). May be NULL. */
	int (*check)(
		struct session *s, const void *before, const void *after, struct vxe_error *err);
};

/* A name under which a class is listed: vm, template and snapshot are views of VM. */
struct view {
	const char *prefix; /* "vm" of vm-list */
	const struct class *cls;
	const char *const *columns; /* default ones, closed by NULL */
	struct {
		const char *field, *value;
	} filter[3];	 /* built-in, closed by a NULL field */
	const char *doc; /* "virtual machines" */
	bool adopts;	 /* lists and unknown uuids adopt unknown domains first */
	/* What rooms above those of classes and records do for them; both may be NULL. */
	void (*prepare)(struct session *s); /* before lists, beside the class's refresh */
	/* Saves a change that the domain has to follow (in_domain) and has it follow: both or neither. */
	int (*apply)(
		struct session *s, const void *before, const void *after, struct vxe_error *err);
};

/* Every class and every view, closed by a NULL; order fixed. objects/registry.c, so that no room below names one above. */
extern const struct class *const classes[];
extern const struct view views[];
const struct class *class_by_name(const char *name);
/* NULL of CLASS_NONE. */
const struct class *class_by_id(enum class_id id);
/* What a reference refers to; NULL: objects of any class, or no reference. */
const struct class *field_class(const struct field *f);
const struct view *view_by_prefix(const char *prefix);
/* By xe's spelling; never an internal one. */
const struct field *class_field(const struct class *c, const char *name);
/* The same, with '_' and '-' taken as equal where the exact spelling is unknown. */
const struct field *class_field_loose(const struct class *c, const char *name);

/* The classes and columns (F_COLUMN) for store_open(); built once per process, never freed. */
const struct store_class *class_store_columns(void);

/* The store's name of the column that holds a member ("vm" or "vm_uuid": "vm_uuid"). Owned. */
char *class_column(const struct class *c, const char *member);

/* " ( RO)", " (MRW)" ... and " [DEPRECATED]"; cli.md 2.2. */
const char *field_suffix(const struct field *f);
/* The JSON key of a field name: '-' becomes '_'. Owned. */
char *field_key(const char *name);
bool field_is_set(const struct field *f); /* has members: `:contains` works */
bool field_is_map(const struct field *f); /* has keys: `:key` works */
