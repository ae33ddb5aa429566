/* SPDX-License-Identifier: MIT */
/*
 * The tables of the registry: each class is where its number says, what fields refer to is there, and recovery finds the
 * steps of each operation and one commit point.
 */
#include "objects/engine/op.h"
#include "objects/model/class.h"
#include "objects/base/str.h"
#include "objects/session/session.h"
#include "tests/unit/leak.h"

#include <string.h>

TestSuite(registry, .fini = no_leaks);

Test(registry, classes_have_their_numbers_and_names)
{
	size_t n = 0;

	while (classes[n])
		n++;
	cr_assert_eq(n, CLASS_SM, "a number without a class");
	for (size_t i = 0; i < n; i++) {
		const struct class *c = classes[i];

		cr_expect_eq(class_by_name(c->name), c, "%s is there twice", c->name);
		cr_expect_str_eq(c->fields[0].name, "uuid");
	}
	cr_expect_str_eq(class_by_id(CLASS_VM)->name, "VM");
	cr_expect_str_eq(class_by_id(CLASS_VDI)->name, "VDI");
	cr_expect_str_eq(class_by_id(CLASS_PBD)->name, "PBD");
	cr_expect_str_eq(class_by_id(CLASS_SM)->name, "SM");
	cr_expect_null(class_by_id(CLASS_NONE));
}

/* "The objects whose COLUMN names this one": the column refers to this class, and is one that the store searches. */
static void expect_user(const struct class *c, const struct field *f)
{
	const struct class *users = field_class(f);
	bool found = false;

	cr_assert(users, "%s of %s", f->name, c->name);
	for (const struct field *u = users->fields; u->name; u++) {
		_cleanup_free_ char *key = field_key(u->name);

		if (u->type != FIELD_REF || u->offset == FIELD_COMPUTED || !str_eq(key, f->column))
			continue;
		found = true;
		cr_expect(
			!field_class(u) || field_class(u) == c, "%s of %s", f->column, users->name);
		cr_expect(u->flags & F_COLUMN, "%s of %s", f->column, users->name);
	}
	cr_expect(found, "%s of %s: %s has no column %s", f->name, c->name, users->name, f->column);
}

Test(registry, fields_refer_to_classes_that_are_there)
{
	for (size_t i = 0; classes[i]; i++)
		for (const struct field *f = classes[i]->fields; f->name; f++) {
			if (f->ref != CLASS_NONE)
				cr_expect(field_class(f), "%s of %s", f->name, classes[i]->name);
			if (f->how == HOW_USERS)
				expect_user(classes[i], f);
		}
}

Test(registry, views_are_of_classes_and_have_their_fields)
{
	for (const struct view *v = views; v->prefix; v++) {
		cr_expect_eq(view_by_prefix(v->prefix), v, "%s is there twice", v->prefix);
		cr_expect_eq(class_by_name(v->cls->name), v->cls->absent ? NULL : v->cls, "%s",
			v->prefix);
		cr_expect_not(v->cls->internal, "%s", v->prefix);
		for (size_t i = 0; v->columns[i]; i++)
			cr_expect(class_field(v->cls, v->columns[i]), "%s: %s", v->prefix,
				v->columns[i]);
		for (size_t i = 0; i < 3 && v->filter[i].field; i++)
			cr_expect(class_field(v->cls, v->filter[i].field), "%s: %s", v->prefix,
				v->filter[i].field);
	}
}

/* An intent has the name; two of one name would be recovered by each other's steps. */
Test(registry, operations_have_names_and_steps)
{
	for (size_t i = 0; op_types[i]; i++) {
		const struct op_type *o = op_types[i];
		int commits = 0;

		for (size_t k = 0; k < i; k++)
			cr_expect_str_neq(op_types[k]->name, o->name);
		cr_assert(o->steps, "%s", o->name);
		for (const struct step *s = o->steps; s->name; s++) {
			cr_expect(s->act && s->act->run, "%s:%s does nothing", o->name, s->name);
			cr_expect(!commits || !s->commits, "%s:%s is a second commit point",
				o->name, s->name);
			commits += s->commits;
			for (const struct step *b = o->steps; b < s; b++)
				cr_expect_str_neq(b->name, s->name, "%s", o->name);
		}
	}
}

Test(registry, the_session_and_the_engine_have_their_rooms)
{
	cr_expect(session_above.bind && session_above.tells && session_above.frees &&
		session_above.check_host);
	cr_expect(op_disks->named && op_disks->switched_unseen && op_disks->look_again &&
		op_disks->stay_open && op_disks->empty_bytes && op_disks->foresee);
}
