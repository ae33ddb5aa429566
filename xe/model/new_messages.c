/* SPDX-License-Identifier: MIT */
/*
 * Prints the messages that a command leaves about its VMs. Behaviour source: xen-api
 * ocaml/xapi-cli-server/cli_operations.ml (do_vm_op).
 */
#include "xe/model/new_messages.h"

#include "objects/model/record.h"
#include "objects/queries/list.h"

enum { COL_UUID, COL_NAME, COL_PRIORITY, COL_TIME };
static const char *const names[] = { "uuid", "name", "priority", "timestamp" };

static void show_message(struct call *c, const struct rows *rows, const struct row *row)
{
	_cleanup_free_ char *time =
		value_print(c->session, rows->fields[COL_TIME], &row->values[COL_TIME]);
	_cleanup_free_ char *line = xasprintf("Message: time=%s priority=%lld name='%s'\n", time,
		(long long)row->values[COL_PRIORITY].integer, row->values[COL_NAME].string);

	progress_hide(c->progress);
	io_error_line(c->render->io, line);
}

static void look_at(struct call *c, const char *vm, int64_t limit, struct strv *seen, bool show)
{
	const struct view *v = view_by_prefix("message");
	const struct field *fields[ARRAY_LEN(names) + 1] = { 0 };
	const struct filter filter = { "obj-uuid", vm };
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_rows_ struct rows rows = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		fields[i] = class_field(v->cls, names[i]);
	if (list_rows(c->session, v, &filter, 1, fields, 0, &rows, &err) < 0)
		return;
	for (size_t i = 0; i < rows.n; i++) {
		const struct row *row = &rows.items[i];

		if (row->values[COL_PRIORITY].integer >= limit || strv_has(seen, row->uuid))
			continue;
		strv_add(seen, row->uuid);
		if (show)
			show_message(c, &rows, row);
	}
}

void messages_look(struct call *c, const struct strv *vms, struct strv *seen, bool show)
{
	const char *limit = params_get(c->params, "message-priority");

	for (size_t i = 0; limit && i < vms->n; i++)
		look_at(c, vms->items[i], strtoll(limit, NULL, 10), seen, show);
}
