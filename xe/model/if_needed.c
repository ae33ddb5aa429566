/* SPDX-License-Identifier: MIT */
#include "xe/model/if_needed.h"

#include "objects/queries/list.h"
#include "xe/model/matches.h"
#include "xe/output/terminal_text.h"

bool if_needed(const struct call *c)
{
	return command_owns(c->command, "if-needed", c->as_xe) && call_flag(c, "if-needed", false);
}

bool needless_state(const struct call *c, const struct vxe_error *err)
{
	return err->code == VM_BAD_POWER_STATE && err->n_params > 2 && c->command->reaches &&
		str_eq(err->params[2], c->command->reaches) && if_needed(c);
}

/* The name of the new object. */
static const char *new_name(const struct call *c)
{
	return call_get(c,
		command_owns(c->command, "new-name-label", c->as_xe) ? "new-name-label"
								     : "name-label");
}

int needless_object(struct call *c, const char *vm, char **ret, struct vxe_error *err)
{
	const struct view *v = c->command->makes ? view_by_prefix(c->command->makes) : NULL;
	bool in_sr = v && str_eq(v->prefix, "vdi");
	const struct field *fields[] = { v ? class_field(v->cls, "uuid") : NULL, NULL };
	_cleanup_rows_ struct rows rows = { 0 };
	_cleanup_strv_ struct strv found = { 0 };

	if (!v || !if_needed(c))
		return 0;
	const struct filter filters[] = { { "name-label", new_name(c) },
		{ in_sr ? "sr-uuid" : "snapshot-of", in_sr ? call_get(c, "sr-uuid") : vm } };

	call_asks_libvirt(c);
	if (call_session(c, err) < 0 ||
		list_rows(c->session, v, filters, in_sr || vm ? 2 : 1, fields, 0, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++)
		strv_add(&found, rows.items[i].uuid);
	if (found.n > 1) {
		char *lines = NULL;

		if (list_matches(c, v, &found, &lines, err) < 0)
			return -1;
		vxe_fail(err, CLI_AMBIGUOUS, "Several objects have that name. Nothing was done.");
		err->detail = lines;
		return -1;
	}
	*ret = found.n ? xstrdup(found.items[0]) : NULL;
	return 0;
}

void print_changed(struct call *c, const char *uuid, bool changed)
{
	struct str json = { 0 };

	progress_hide(c->progress);
	if (c->render->format == RENDER_JSON) {
		str_addf(&json, "{\"changed\":%s", changed ? "true" : "false");
		text_json_member(&json, "uuid", uuid);
		str_add(&json, "}");
		render_json(c->render, &json);
	} else if (c->command->makes)
		call_print(c, uuid);
}
