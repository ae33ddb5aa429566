/* SPDX-License-Identifier: MIT */
/*
 * vm-disk-list, snapshot-disk-list and vm-cd-list: print a record of each VBD and one of its VDI; with --json the record
 * of the VBD has that of its VDI. Behaviour source: xen-api ocaml/xapi-cli-server/cli_operations.ml (vm_disk_list).
 */
#include <stdlib.h>

#include "objects/classes/vm/vbd.h"
#include "objects/queries/list.h"
#include "objects/queries/rows_json.h"
#include "xe/commands/disk_list.h"
#include "xe/model/fields.h"
#include "xe/model/select.h"

/* One of the two kinds of records in a list of disks, VBDs or VDIs: the view and the columns of the record. */
struct part {
	const char *view;
	const char *params;  /* name of the parameter that chooses the columns */
	const char *columns; /* names of the columns that are shown by default */
	const char *label;
};
static const struct part vbd_part = { "vbd", "vbd-params", "uuid,vm-name-label,userdevice", "VBD" };
static const struct part cd_part = { "vbd", "vbd-params", "uuid,vm-name-label,userdevice,empty",
	"VBD" };
static const struct part vdi_part = { "vdi", "vdi-params",
	"uuid,name-label,sr-name-label,virtual-size", "VDI" };

/* The columns that the caller wants of this part: by its own parameter or by params=, whichever comes first; NULL: none. */
static const char *columns_asked(const struct call *c, const struct part *part)
{
	for (size_t i = 0; i < c->params->n; i++)
		if (str_eq(c->params->items[i].key, part->params) ||
			str_eq(c->params->items[i].key, "params"))
			return c->params->items[i].value;
	return NULL;
}

/* Reads the record of a VBD or VDI with its columns, whose names are added to @names. */
static int read_part(struct call *c, const struct part *part, const char *uuid, struct strv *names,
	struct rows *ret, struct vxe_error *err)
{
	const struct view *v = view_by_prefix(part->view);
	const char *asked = columns_asked(c, part);
	const struct filter filter = { "uuid", uuid };
	_cleanup_free_ const struct field **fields = NULL;

	strv_split(names, asked ? asked : part->columns, ',');
	fields = fields_named(v->cls, names, !c->as_xe);
	return list_rows(c->session, v, &filter, 1, fields, LIST_COSTLY | LIST_KNOWN, ret, err);
}

static int print_part(struct call *c, const char *what, const struct part *part, size_t disk,
	const char *uuid, struct vxe_error *err)
{
	_cleanup_strv_ struct strv names = { 0 };
	_cleanup_rows_ struct rows rows = { 0 };
	_cleanup_free_ char *head = xasprintf("%s %zu %s:", what, disk, part->label);

	if (read_part(c, part, uuid, &names, &rows, err) < 0)
		return -1;
	/* The VDI of a VBD may have been deleted. */
	if (!rows.n)
		return 0;
	render_message(c->render, head);
	return render_rows(c->render, c->session, &rows, &names, err);
}

/* Positions of the fields that are read of a VM's VBDs, in the order in which rows have them. */
enum { VBD_VDI, VBD_USERDEVICE };

static int by_userdevice(const void *a, const void *b)
{
	const struct row *left = a, *right = b;
	const char *l = left->values[VBD_USERDEVICE].string;
	const char *r = right->values[VBD_USERDEVICE].string;

	return vbd_position(l ? l : "") - vbd_position(r ? r : "");
}

/* A VBD and its VDI in a list of disks. The number of the drive stays the same, however the list is sorted. */
struct drive {
	const char *vbd, *vdi; /* vdi is NULL if the drive has no medium */
	size_t number, rank;
};

static int by_rank(const void *a, const void *b)
{
	const struct drive *left = a, *right = b;

	return left->rank == right->rank
		? (left->number > right->number) - (left->number < right->number)
		: (left->rank > right->rank) - (left->rank < right->rank);
}

/*
 * Sorts the drives by the field of their VDIs that sort= names. Drives without a VDI come first, or last in descending
 * order.
 */
static int rank_drives(struct call *c, const struct list_order *order, struct drive *drives,
	size_t n, struct vxe_error *err)
{
	const struct list_order by = { .by = { order->by[0] }, .down = order->down };
	const struct field *const fields[] = { NULL };
	_cleanup_strv_ struct strv vdis = { 0 };
	_cleanup_rows_ struct rows rows = { 0 };
	struct view v = *view_by_prefix("vdi");

	for (size_t i = 0; i < n; i++)
		if (drives[i].vdi && !strv_has(&vdis, drives[i].vdi))
			strv_add(&vdis, drives[i].vdi);
	v.among = &vdis;
	v.order = &by;
	if (list_rows(c->session, &v, NULL, 0, fields, LIST_COSTLY | LIST_KNOWN, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		drives[i].rank = order->down ? rows.n + 1 : 0;
		for (size_t k = 0; k < rows.n; k++)
			if (str_eq(rows.items[k].uuid, drives[i].vdi))
				drives[i].rank = k + 1;
	}
	if (n)
		qsort(drives, n, sizeof(*drives), by_rank);
	return 0;
}

/* Appends a drive as a JSON object: its VBD, with its VDI as the member vdi. */
static int add_drive_json(struct call *c, const struct part *part, const struct drive *d,
	struct str *json, struct vxe_error *err)
{
	_cleanup_strv_ struct strv ignored = { 0 }, more = { 0 };
	_cleanup_rows_ struct rows vbd = { 0 }, vdi = { 0 };

	if (read_part(c, part, d->vbd, &ignored, &vbd, err) < 0 ||
		(d->vdi && read_part(c, &vdi_part, d->vdi, &more, &vdi, err) < 0))
		return -1;
	/* The VBD may have been deleted meanwhile. */
	if (!vbd.n)
		return 0;
	str_add(json, json->len > 1 ? "," : "");
	row_write_json_with(&vbd, "vdi", &vdi, json);
	return 0;
}

static int print_drive(struct call *c, const char *what, const struct part *part,
	const struct drive *d, struct vxe_error *err)
{
	if (print_part(c, what, part, d->number, d->vbd, err) < 0)
		return -1;
	return d->vdi ? print_part(c, what, &vdi_part, d->number, d->vdi, err) : 0;
}

static int print_drives(struct call *c, const char *what, const struct part *part, const char *uuid,
	struct vxe_error *err)
{
	bool as_json = c->render->format == RENDER_JSON;
	_cleanup_str_ struct str json = { 0 };
	const struct view *v = view_by_prefix("vbd");
	const struct filter filters[] = { { "vm-uuid", uuid }, { "type", what } };
	const struct field *const fields[] = { class_field(v->cls, "vdi-uuid"),
		class_field(v->cls, "userdevice"), NULL };
	const struct list_order order = select_order(c, view_by_prefix("vdi")->cls);
	_cleanup_rows_ struct rows vbds = { 0 };
	_cleanup_free_ struct drive *drives = NULL;

	if (list_rows(c->session, v, filters, ARRAY_LEN(filters), fields, LIST_KNOWN, &vbds, err) <
		0)
		return -1;
	if (vbds.n)
		qsort(vbds.items, vbds.n, sizeof(*vbds.items), by_userdevice);
	drives = xcalloc(vbds.n + 1, sizeof(*drives));
	for (size_t i = 0; i < vbds.n; i++) {
		const struct value *vdi = &vbds.items[i].values[VBD_VDI];

		drives[i] = (struct drive){ .vbd = vbds.items[i].uuid,
			.vdi = vdi->literal ? NULL : vdi->string,
			.number = i };
	}
	if (order.by[0] && rank_drives(c, &order, drives, vbds.n, err) < 0)
		return -1;
	str_add(&json, "[");
	for (size_t i = 0; i < vbds.n && !(order.limited && i >= (size_t)order.limit); i++) {
		int r = as_json ? add_drive_json(c, part, &drives[i], &json, err)
				: print_drive(c, what, part, &drives[i], err);

		if (r < 0)
			return -1;
	}
	str_add(&json, "]");
	if (as_json)
		render_json(c->render, &json);
	return 0;
}

int print_disk_list(struct call *c, const char *uuid, struct vxe_error *err)
{
	return print_drives(c, "Disk", &vbd_part, uuid, err);
}

int print_cd_list(struct call *c, const char *uuid, struct vxe_error *err)
{
	return print_drives(c, "CD", &cd_part, uuid, err);
}

const struct param_kind disk_sort = SORT_KIND("vdi",
	"The field of the VDIs that gives the order of the disks of a VM; with '-' before it the "
	"largest come first.",
	"the order of the devices");
const struct param_kind disk_limit = { "limit", PARAM_NUMBER,
	.meaning = "Only so many of each VM, the first in that order.", .natural = true,
	.dashed = true, .absent = "all", .refusal = "Invalid limit (expected a number)" };
