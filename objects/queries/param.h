/* SPDX-License-Identifier: MIT */
/* param-get, -set, -add, -remove, -clear and -list; each is one transaction, all or nothing. */
#pragma once

#include "objects/queries/list.h"

/* The object as one row: its visible fields in print order, all of them computed. */
int param_list(struct session *s, const struct view *v, const char *uuid, struct rows *ret,
	struct vxe_error *err) _must_check_;
/* The text of one field, or of one key of a map (@key may be NULL). */
int param_get(struct session *s, const struct view *v, const char *uuid, const char *name,
	const char *key, char **ret, struct vxe_error *err) _must_check_;
/* param-set: sets fields in the given order. Nothing changes unless all values are valid, also for the hypervisor. */
int param_set(struct session *s, const struct view *v, const char *uuid,
	const struct filter *settings, size_t n, struct vxe_error *err) _must_check_;
/* param-add: adds @key to a field that is a set, or @pairs to one that is a map. */
int param_add(struct session *s, const struct view *v, const char *uuid, const char *name,
	const char *key, const struct filter *pairs, size_t n, struct vxe_error *err) _must_check_;
int param_remove(struct session *s, const struct view *v, const char *uuid, const char *name,
	const char *key, struct vxe_error *err) _must_check_;
int param_clear(struct session *s, const struct view *v, const char *uuid, const char *name,
	struct vxe_error *err) _must_check_;
