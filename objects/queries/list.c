/* SPDX-License-Identifier: MIT */
/*
 * Lists: all objects of a class are made from the store's columns first; filters remove objects.
 * Documents are read only if a filter or a wanted field needs more than columns, and only for the
 * remaining objects.
 */
#include "objects/queries/list.h"

#include <string.h>

#include "objects/base/uuid.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/model/columns.h"
#include "objects/model/read_txn.h"
#include "objects/queries/filter.h"
#include "objects/queries/list_order.h"
#include "objects/queries/list_prepare.h"
#include "objects/file_index/definition_files.h"

void rows_clear(struct rows *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->items[i].uuid);
		for (size_t k = 0; k < r->n_fields; k++)
			value_clear(&r->items[i].values[k]);
		free(r->items[i].values);
	}
	free(r->items);

	union {
		const struct field *const *in;
		void *out;
	} u = { r->fields };

	free(u.out);
	*r = (struct rows){ 0 };
}

/* ---- the objects ----------------------------------------------------------------------------- */

struct item {
	struct record *obj;
	/* the object was decoded from its whole document, not made from the store's columns */
	bool full;
	bool left; /* no filter has excluded it so far */
};

struct listing {
	struct session *s;
	const struct view *view;
	unsigned flags;
	const char **columns; /* those that objects are made from; owned */
	size_t n, room;
	struct item *items;
};

static void listing_clear(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		record_free(l->view->cls, l->items[i].obj);
	free(l->items);
	free(l->columns);
}

static void add_item(struct listing *l, void *obj, bool full)
{
	if (l->n == l->room) {
		l->room = l->room ? 2 * l->room : 16;
		l->items = xrealloc(l->items, l->room, sizeof(*l->items));
	}
	l->items[l->n++] = (struct item){ .obj = obj, .full = full, .left = true };
}

static int add_row(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct listing *l = ctx;
	void *obj;

	if (record_from_columns(l->view->cls, l->columns, uuid, values, &obj, err) < 0)
		return -1;
	add_item(l, obj, false);
	return 0;
}

static bool has_item(const struct listing *l, const char *uuid)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].obj->uuid, uuid) == 0)
			return true;
	return false;
}

/* Adds transient domains, which have no record, as libvirt shows them. */
static int add_transients(struct listing *l, struct vxe_error *err)
{
	const struct hv_domains *domains;

	if (session_domains_if_up(l->s->here, &domains, err) < 0)
		return -1;
	for (size_t i = 0; domains && i < domains->n; i++) {
		const struct hv_domain *d = &domains->items[i];

		if (!d->persistent && !has_item(l, d->uuid))
			add_item(l, vm_transient(d), true);
	}
	return 0;
}

static int compare_items(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->obj->uuid, ((const struct item *)b)->obj->uuid);
}

/* Adds the transient domain whose UUID or name is the key's value, if libvirt has such a domain. */
static int add_transient(struct listing *l, const struct list_key *k, struct vxe_error *err)
{
	_cleanup_free_ char *named = NULL;
	const struct hv_domain *d = NULL;
	const char *uuid = k->value;
	struct hv *hv;

	if (l->s->here->domains)
		return add_transients(l, err);
	if (list_key_is_name(k) && !l->s->here->hv && files_named(l->s, k->value, &named))
		return 0;
	if (session_hv_if_up(l->s->here, &hv, err) < 0)
		return -1;
	if (hv && list_key_is_name(k)) {
		if (hv_find_name(hv, k->value, &named, err) < 0)
			return -1;
		uuid = named;
	}
	if (hv && uuid && session_domain(l->s->here, uuid, &d, err) < 0)
		return -1;
	if (d && !d->persistent && !has_item(l, d->uuid))
		add_item(l, vm_transient(d), true);
	return 0;
}

static int collect_key(struct listing *l, const struct list_key *k, struct vxe_error *err)
{
	const struct class *c = l->view->cls;
	_cleanup_free_ char *column = field_key(k->field->name);
	void *obj;

	if (!list_key_is_uuid(k))
		return txn_scan_where(
			l->s->read_txn, c->name, l->columns, column, k->value, add_row, l, err);
	if (record_find(l->s->read_txn, c, k->value, &obj, err) < 0)
		return -1;
	if (obj)
		add_item(l, obj, true);
	return 0;
}

static void add_field(const struct field ***fields, size_t *n, const struct field *f)
{
	*fields = xrealloc(*fields, *n + 2, sizeof(*fields));
	(*fields)[(*n)++] = f;
	(*fields)[*n] = NULL;
}

/* The columns that a list with these filters and fields needs. Owned. */
static const char **needed_columns(const struct listing *l, const struct filter *filters,
	size_t n_filters, const struct field *const *wanted)
{
	const struct view *v = l->view;
	_cleanup_free_ const struct field **fields = NULL;
	struct field_name name;
	size_t n = 0;

	add_field(&fields, &n, v->cls->fields);
	for (size_t i = 0; wanted[i]; i++)
		add_field(&fields, &n, wanted[i]);
	for (size_t i = 0; v->order && i < ARRAY_LEN(v->order->by) && v->order->by[i]; i++)
		add_field(&fields, &n, v->order->by[i]);
	for (size_t i = 0; i < ARRAY_LEN(v->filter) && v->filter[i].field; i++)
		add_field(&fields, &n, class_field(v->cls, v->filter[i].field));
	for (size_t i = 0; i < n_filters; i++) {
		_cleanup_error_ struct vxe_error unknown = { 0 };

		/* a filter that is unknown is refused later */
		if (field_resolve(v->cls, filters[i].key, l->flags & LIST_UNDERSCORE, &name,
			    &unknown) == 0)
			add_field(&fields, &n, name.field);
	}
	return class_columns_for(v->cls, fields);
}

static int collect_rows(struct listing *l, const struct list_key *k, struct vxe_error *err)
{
	const struct class *c = l->view->cls;
	bool domains = c == &vm_class && l->view->adopts;

	if (c->absent)
		return 0;
	if (l->view->among) {
		/*
		 * The view is limited to objects that the caller has chosen; objects that are gone by now are left
		 * out.
		 */
		const struct strv *among = l->view->among;

		for (size_t i = 0; i < among->n; i++) {
			void *obj;

			if (record_find(l->s->read_txn, l->view->cls, among->items[i], &obj, err) <
				0)
				return -1;
			if (obj)
				add_item(l, obj, true);
		}
		if (l->n)
			qsort(l->items, l->n, sizeof(*l->items), compare_items);
		return 0;
	}
	if (k->field ? collect_key(l, k, err) < 0
		     : txn_scan(l->s->read_txn, c->name, l->columns, add_row, l, err) < 0)
		return -1;
	/*
	 * A transient domain refers to no other object, so of the filters that an index answers, only UUID and name
	 * can find one.
	 */
	if (domains && !k->field && add_transients(l, err) < 0)
		return -1;
	if (domains &&
		(list_key_is_name(k) ||
			(list_key_is_uuid(k) && !l->n && uuid_is_valid(k->value))) &&
		add_transient(l, k, err) < 0)
		return -1;
	if (l->n)
		qsort(l->items, l->n, sizeof(*l->items), compare_items);
	return 0;
}

/* So many documents are read together. */
#define TOGETHER 200

static bool lacks_document(const struct listing *l, const struct item *item)
{
	return !item->full && item->obj && (item->left || l->flags & LIST_ALL);
}

/* Gives the record to the item with its UUID, of those from @item on. */
static void take_record(struct listing *l, struct item *item, struct record *obj)
{
	const struct item *end = l->items + l->n;

	while (item < end && !(item->obj && !item->full && str_eq(item->obj->uuid, obj->uuid)))
		item++;
	if (item == end) {
		record_free(l->view->cls, obj);
		return;
	}
	record_free(l->view->cls, item->obj);
	item->obj = obj;
	item->full = true;
}

/* Reads the document of the item, and those of the next ones: whoever needs one needs all. */
static int complete(struct listing *l, struct item *item, struct vxe_error *err)
{
	_cleanup_strv_ struct strv uuids = { 0 };
	_cleanup_records_ struct records r = { 0 };

	if (item->full)
		return 0;
	for (struct item *i = item; i < l->items + l->n && uuids.n < TOGETHER; i++)
		if (i == item || lacks_document(l, i))
			strv_add(&uuids, i->obj->uuid);
	if (records_some(l->s->read_txn, l->view->cls, &uuids, &r, err) < 0)
		return -1;
	for (size_t i = 0; i < r.n; i++)
		take_record(l, item, TAKE(r.items[i]));
	r.n = 0;
	return item->full ? 0 : vxe_fail(err, UUID_INVALID, l->view->cls->name, item->obj->uuid);
}

static int item_for(
	struct listing *l, struct item *item, const struct field *f, struct vxe_error *err)
{
	return f->flags & (F_COLUMN | F_PARTIAL) ? 0 : complete(l, item, err);
}

/* ---- filters --------------------------------------------------------------------------------- */

static bool any_left(const struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].left)
			return true;
	return false;
}

/* As in xe, a filter is checked only while objects are left: xe takes the types of fields from the first object. */
static int apply_filter(
	struct listing *l, const char *key, const char *value, struct vxe_error *err)
{
	struct field_name name;

	if (!any_left(l))
		return 0;
	if (field_resolve(l->view->cls, key, l->flags & LIST_UNDERSCORE, &name, err) < 0 ||
		filter_check(&name, err) < 0)
		return -1;
	for (size_t i = 0; i < l->n; i++) {
		struct item *item = &l->items[i];

		if (!item->left)
			continue;
		if (session_ended(err) < 0)
			return -1;
		if (item_for(l, item, name.field, err) < 0)
			return -1;

		int match = filter_match(l->s, &name, value, item->obj, err);

		if (match < 0)
			return -1;
		item->left = match;
	}
	return 0;
}

static int apply_filters(
	struct listing *l, const struct filter *filters, size_t n, struct vxe_error *err)
{
	const struct view *v = l->view;

	for (size_t i = 0; i < ARRAY_LEN(v->filter) && v->filter[i].field; i++)
		if (apply_filter(l, v->filter[i].field, v->filter[i].value, err) < 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		if (apply_filter(l, filters[i].key, filters[i].value, err) < 0)
			return -1;
	return 0;
}

/* ---- order ----------------------------------------------------------------------------------- */

/*
 * Sorts the list's objects, after loading the documents of objects whose columns do not have the fields to sort by.
 */
static int sort(struct listing *l, const struct list_order *o, struct vxe_error *err)
{
	_cleanup_free_ const struct record **objs = xcalloc(l->n + 1, sizeof(*objs));
	_cleanup_free_ size_t *places = xcalloc(l->n + 1, sizeof(*places));

	for (size_t i = 0; i < l->n; i++) {
		for (size_t k = 0; k < ARRAY_LEN(o->by) && o->by[k]; k++)
			if (item_for(l, &l->items[i], o->by[k], err) < 0)
				return -1;
		objs[i] = l->items[i].obj;
	}
	if (order_places(l->s, o, objs, l->n, places, err) < 0)
		return -1;
	struct item *sorted = xcalloc(l->n + 1, sizeof(*sorted));

	for (size_t i = 0; i < l->n; i++)
		sorted[i] = l->items[places[i]];
	free(l->items);
	l->items = sorted;
	l->room = l->n;
	return 0;
}

/* Releases the objects that a filter has excluded, and those beyond the limit. */
static void keep_shown(struct listing *l, size_t limit)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct item *item = &l->items[i];

		if ((item->left || l->flags & LIST_ALL) && n < limit) {
			l->items[n++] = *item;
			continue;
		}
		record_free(l->view->cls, item->obj);
	}
	l->n = n;
}

static int apply_order(struct listing *l, struct vxe_error *err)
{
	const struct list_order *o = l->view->order;

	if (!o)
		return 0;
	keep_shown(l, SIZE_MAX);
	if (o->by[0] && sort(l, o, err) < 0)
		return -1;
	if (o->limited)
		keep_shown(l, (size_t)o->limit);
	return 0;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void set_fields(struct rows *r, const struct class *c, const struct field *const *wanted)
{
	const struct field **fields = NULL;

	for (const struct field *f = c->fields; f->name; f++) {
		size_t i = 0;

		while (wanted[i] && wanted[i] != f)
			i++;
		if (!wanted[i])
			continue;
		fields = xrealloc(fields, r->n_fields + 1, sizeof(*fields));
		fields[r->n_fields++] = f;
	}
	r->fields = fields;
}

/*
 * True if a list shows "<expensive field>" in place of the field's value. xe computes no expensive field in lists;
 * vxe's own are computed if the user names them, but not with params=all.
 */
static bool is_too_expensive(const struct listing *l, const struct field *f)
{
	if (!(f->flags & F_COSTLY) || l->flags & LIST_COSTLY)
		return false;
	return !(f->flags & F_OURS) || l->flags & LIST_WHOLE;
}

static int add_values(struct listing *l, struct item *item, struct rows *r, struct vxe_error *err)
{
	struct row *row = &r->items[r->n++];

	row->uuid = xstrdup(item->obj->uuid);
	row->values = xcalloc(r->n_fields + 1, sizeof(*row->values));
	for (size_t k = 0; k < r->n_fields; k++) {
		const struct field *f = r->fields[k];

		if (item_for(l, item, f, err) < 0)
			return -1;
		if (is_too_expensive(l, f))
			row->values[k].literal = "<expensive field>";
		else if (field_value(l->s, f, item->obj, &row->values[k], err) < 0)
			return -1;
	}
	return 0;
}

/* with params=all, guest agents are asked in lists of up to so many VMs */
#define FEW 16

static bool are_many(const struct listing *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += l->items[i].left || l->flags & LIST_ALL;
	return n > FEW;
}

/*
 * Makes at most @max rows of the list, from the objects from index *at on; advances *at, and releases these objects.
 */
static int make_rows(struct listing *l, const struct field *const *fields, size_t *at, size_t max,
	struct rows *ret, struct vxe_error *err)
{
	_cleanup_rows_ struct rows r = { 0 };

	set_fields(&r, l->view->cls, fields);
	r.items = xcalloc((max < l->n ? max : l->n) + 1, sizeof(*r.items));
	for (; *at < l->n && r.n < max; ++*at) {
		struct item *item = &l->items[*at];

		if ((item->left || l->flags & LIST_ALL) &&
			(session_ended(err) < 0 || add_values(l, item, &r, err) < 0))
			return -1;
		record_free(l->view->cls, TAKE(item->obj));
	}
	*ret = r;
	r = (struct rows){ 0 };
	return 0;
}

static int list(struct session *s, const struct view *v, const struct filter *filters,
	size_t n_filters, const struct field *const *fields, unsigned flags, size_t batch,
	rows_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_reader_ struct reader reader = { 0 };
	_cleanup_(listing_clear) struct listing l = { .s = s, .view = v, .flags = flags };
	const struct list_key key = list_key_find(v, filters, n_filters, flags);

	if (list_prepare(s, v, &key, flags, err) < 0 ||
		list_check_whole(s, v, filters, n_filters, fields, flags, err) < 0)
		return -1;
	l.columns = v->cls->absent ? NULL : needed_columns(&l, filters, n_filters, fields);
	if (reader_begin(s, NULL, &reader, err) < 0 || collect_rows(&l, &key, err) < 0 ||
		apply_filters(&l, filters, n_filters, err) < 0 || apply_order(&l, err) < 0)
		return -1;
	struct wishes quick = *s->wishes;

	quick.agents_unasked = flags & LIST_WHOLE && are_many(&l);
	const struct wishes *before = session_wish(s, &quick);
	size_t at = 0;
	int rc = 0;

	do {
		_cleanup_rows_ struct rows rows = { 0 };

		rc = make_rows(&l, fields, &at, batch, &rows, err);
		if (rc == 0)
			rc = fn(ctx, &rows, err);
	} while (rc == 0 && at < l.n);
	session_wish(s, before);
	return rc < 0 ? -1 : session_ended(err);
}

static int take_rows(void *ctx, struct rows *rows, struct vxe_error *err)
{
	struct rows *ret = ctx;

	(void)err;
	*ret = *rows;
	*rows = (struct rows){ 0 };
	return 0;
}

int list_rows(struct session *s, const struct view *v, const struct filter *filters,
	size_t n_filters, const struct field *const *fields, unsigned flags, struct rows *ret,
	struct vxe_error *err)
{
	_cleanup_rows_ struct rows rows = { 0 };

	if (list(s, v, filters, n_filters, fields, flags, SIZE_MAX, take_rows, &rows, err) < 0)
		return -1;
	*ret = rows;
	rows = (struct rows){ 0 };
	return 0;
}

int list_batches(struct session *s, const struct view *v, const struct filter *filters,
	size_t n_filters, const struct field *const *fields, unsigned flags, rows_fn *fn, void *ctx,
	struct vxe_error *err)
{
	return list(s, v, filters, n_filters, fields, flags, LIST_BATCH, fn, ctx, err);
}
