/* SPDX-License-Identifier: MIT */
/*
 * vm-disk-list and snapshot-disk-list: print a record of each VBD and one of its VDI. Behaviour
 * source: xen-api ocaml/xapi-cli-server/cli_operations.ml (vm_disk_list).
 */
#include <stdlib.h>

#include "objects/records/list.h"
#include "xe/call.h"
#include "xe/fields.h"

/* One kind of record: its view and columns. */
struct part {
	const char *view;
	const char *params;  /* parameter with the wanted columns */
	const char *columns; /* the default ones */
	const char *label;
};
static const struct part vbd_part = { "vbd", "vbd-params", "uuid,vm-name-label,userdevice", "VBD" };
static const struct part cd_part = { "vbd", "vbd-params", "uuid,vm-name-label,userdevice,empty",
	"VBD" };
static const struct part vdi_part = { "vdi", "vdi-params",
	"uuid,name-label,sr-name-label,virtual-size", "VDI" };

static int print_part(struct call *c, const char *what, const struct part *part, size_t disk,
	const char *uuid, struct vxe_error *err)
{
	const struct view *v = view_by_prefix(part->view);
	const char *asked = call_get(c, part->params);
	const struct filter filter = { "uuid", uuid };
	_cleanup_strv_ struct strv names = { 0 };
	_cleanup_free_ const struct field **fields = NULL;
	_cleanup_rows_ struct rows rows = { 0 };
	_cleanup_free_ char *head = xasprintf("%s %zu %s:", what, disk, part->label);

	strv_split(&names, asked ? asked : part->columns, ',');
	fields = fields_named(v->cls, &names, !c->as_xe);
	if (list_rows(c->session, v, &filter, 1, fields, LIST_COSTLY | LIST_KNOWN, &rows, err) < 0)
		return -1;
	/* The VDI of a VBD may have been deleted. */
	if (!rows.n)
		return 0;
	render_message(c->render, head);
	return render_rows(c->render, c->session, &rows, &names, err);
}

/* Columns of the list of a VM's VBDs, in record order. */
enum { VBD_VDI, VBD_USERDEVICE };

static int by_userdevice(const void *a, const void *b)
{
	const struct row *left = a, *right = b;
	const char *l = left->values[VBD_USERDEVICE].string;
	const char *r = right->values[VBD_USERDEVICE].string;

	return (int)(strtol(l ? l : "", NULL, 10) - strtol(r ? r : "", NULL, 10));
}

static int print_drives(struct call *c, const char *what, const struct part *part, const char *uuid,
	struct vxe_error *err)
{
	const struct view *v = view_by_prefix("vbd");
	const struct filter filters[] = { { "vm-uuid", uuid }, { "type", what } };
	const struct field *const fields[] = { class_field(v->cls, "vdi-uuid"),
		class_field(v->cls, "userdevice"), NULL };
	_cleanup_rows_ struct rows vbds = { 0 };

	if (list_rows(c->session, v, filters, ARRAY_LEN(filters), fields, LIST_KNOWN, &vbds, err) <
		0)
		return -1;
	if (vbds.n)
		qsort(vbds.items, vbds.n, sizeof(*vbds.items), by_userdevice);
	for (size_t i = 0; i < vbds.n; i++) {
		const struct value *vdi = &vbds.items[i].values[VBD_VDI];

		if (print_part(c, what, part, i, vbds.items[i].uuid, err) < 0)
			return -1;
		if (!vdi->literal && vdi->string &&
			print_part(c, what, &vdi_part, i, vdi->string, err) < 0)
			return -1;
	}
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
