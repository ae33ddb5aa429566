/* SPDX-License-Identifier: MIT */
/*
 * Prepares a list before it reads records: finds the filter that an index of the store answers, makes records of
 * libvirt domains and snapshots that the list may show and that have none, and tells whether the list needs libvirt.
 */
#include "objects/queries/list_prepare.h"

#include "objects/base/uuid.h"
#include "objects/classes/vm/vm.h"
#include "objects/domain/adopt.h"
#include "objects/domain/foreign_snapshots/adopt_snapshots.h"
#include "objects/queries/filter.h"

bool list_key_is_uuid(const struct list_key *k)
{
	return k->field && str_eq(k->field->name, "uuid");
}

bool list_key_is_name(const struct list_key *k)
{
	return k->field && str_eq(k->field->name, "name-label");
}

/*
 * Makes records of libvirt domains that have none and that the list may show: of the domain that the key names, or of
 * all.
 */
static int adopt_by_key(
	struct session *s, const struct view *v, const struct list_key *k, struct vxe_error *err)
{
	bool vms = v->cls == &vm_class, refers = k->field && field_class(k->field) == &vm_class;

	if (vms && list_key_is_name(k))
		return adopt_domain(s, NULL, k->value, err);
	/* libvirt refuses to look up a text that is not a UUID */
	if (vms && list_key_is_uuid(k) && !uuid_is_valid(k->value))
		return session_prepare(s, err);
	if ((vms && list_key_is_uuid(k)) || (!vms && refers))
		return adopt_domain(s, k->value, NULL, err);
	return adopt_domains(s, err);
}

/*
 * Makes records of snapshots that libvirt manages, that have none, and that the list may show: those that the key
 * names (one snapshot, or all of one VM), or all.
 */
static int adopt_kept(struct session *s, const struct list_key *k, struct vxe_error *err)
{
	if (session_prepare(s, err) < 0)
		return -1;
	if (k->field && str_eq(k->field->name, "snapshot-of"))
		return adopt_domain(s, k->value, NULL, err);
	return adopt_kept_snapshots(s, list_key_is_uuid(k) ? k->value : NULL, err);
}

int list_prepare(struct session *s, const struct view *v, const struct list_key *k, unsigned flags,
	struct vxe_error *err)
{
	int r = flags & LIST_KNOWN ? session_prepare(s, err)
		: v->adopts	   ? adopt_by_key(s, v, k, err)
		: v->kept	   ? adopt_kept(s, k, err)
				   : session_prepare(s, err);

	if (r < 0)
		return -1;
	if (!s->here->uuid) /* in tests, records may belong to no host */
		return 0;
	if (v->prepare)
		v->prepare(s);
	return v->cls->refresh ? v->cls->refresh(s, err) : 0;
}

int view_prepare(struct session *s, const struct view *v, struct vxe_error *err)
{
	return list_prepare(s, v, &(struct list_key){ 0 }, 0, err);
}

static bool is_key(const struct field *f, const char *value)
{
	return str_eq(f->name, "uuid") ||
		(str_eq(f->name, "name-label") && f->flags & F_FOUND && *value) ||
		(f->type == FIELD_REF && (f->flags & (F_COLUMN | F_NAME)) == F_COLUMN &&
			uuid_is_valid(value));
}

struct list_key list_key_find(
	const struct view *v, const struct filter *filters, size_t n, unsigned flags)
{
	for (size_t i = 0; i < n && !(flags & LIST_ALL) && !v->cls->absent; i++) {
		_cleanup_error_ struct vxe_error wrong = { 0 };
		struct field_name name;

		if (field_resolve(v->cls, filters[i].key, flags & LIST_UNDERSCORE, &name, &wrong) <
				0 ||
			filter_check(&name, &wrong) < 0)
			break;
		if (!name.key && is_key(name.field, filters[i].value))
			return (struct list_key){ name.field, filters[i].value };
	}
	return (struct list_key){ 0 };
}

static bool is_live_filter(const struct view *v, const struct filter *f, unsigned flags)
{
	_cleanup_error_ struct vxe_error unknown = { 0 };
	struct field_name name;

	return field_resolve(v->cls, f->key, flags & LIST_UNDERSCORE, &name, &unknown) == 0 &&
		name.field->flags & F_LIVE;
}

static bool has_live(const struct view *v, const struct filter *filters, size_t n,
	const struct field *const *fields, unsigned flags)
{
	for (size_t i = 0; i < n; i++)
		if (is_live_filter(v, &filters[i], flags))
			return true;
	for (; *fields; fields++)
		if ((*fields)->flags & F_LIVE)
			return true;
	return false;
}

bool list_asks_state(const struct view *v, const struct filter *filters, size_t n_filters,
	const struct field *const *fields, unsigned flags)
{
	const struct list_key key = list_key_find(v, filters, n_filters, flags);

	if (v->cls != &vm_class || (!list_key_is_uuid(&key) && !list_key_is_name(&key)))
		return false;
	for (; *fields; fields++)
		if ((*fields)->flags & F_LIVE && !((*fields)->flags & F_STATE))
			return false;
	return true;
}

bool list_asks_libvirt(const struct view *v, const struct filter *filters, size_t n_filters,
	const struct field *const *fields, unsigned flags)
{
	return v->adopts &&
		(!(flags & LIST_KNOWN) || has_live(v, filters, n_filters, fields, flags));
}

int list_check_whole(struct session *s, const struct view *v, const struct filter *filters,
	size_t n, const struct field *const *fields, unsigned flags, struct vxe_error *err)
{
	struct hv *hv;

	if (!session_is_down(s->here) || !v->adopts || !has_live(v, filters, n, fields, flags))
		return 0;
	return session_hv(s->here, &hv, err);
}
