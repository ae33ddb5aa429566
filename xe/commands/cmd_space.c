/* SPDX-License-Identifier: MIT */
/* space: what the VMs hold on the storage, and whose a file is. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "objects/storage/space.h"
#include "xe/model/call.h"
#include "xe/model/select.h"
#include "objects/base/far/far_file.h"
#include "objects/model/human.h"
#include "xe/output/terminal_text.h"

static char *size_text(const struct call *c, int64_t bytes)
{
	return c->render->bytes ? xasprintf("%" PRId64, bytes) : human_size(bytes);
}

/* ---- for people ------------------------------------------------------------------------------ */

static void print_file(struct call *c, const struct space_vm *vm, const struct space_file *f)
{
	_cleanup_free_ char *content = space_content(vm, f), *size = size_text(c, f->bytes);
	_cleanup_free_ char *others = strv_join(&f->others, ", ");
	_cleanup_free_ char *line = xasprintf("    %-*s %10s  %s%s%s%s%s%s",
		(int)(20 + strlen(content) - text_width(content)), content, size, f->file,
		f->made ? "" : "  (not made by vxe)", *others ? "  also of " : "", others,
		f->waits ? "  waits: " : "", f->waits ? f->waits : "");

	render_line(c->render, line);
}

static void print_files(struct call *c, const struct space_vm *vm)
{
	_cleanup_free_ char *title = xstrdup("");

	for (size_t i = 0; i < vm->n_files; i++) {
		_cleanup_free_ char *next = space_part(&vm->files[i]);
		_cleanup_free_ char *line = xasprintf("  %s", next);

		if (!str_eq(next, title))
			render_line(c->render, line);
		str_replace(&title, next);
		print_file(c, vm, &vm->files[i]);
	}
}

static void print_space_vm(struct call *c, const struct space_vm *vm)
{
	_cleanup_free_ char *own = size_text(c, vm->bytes), *shared = size_text(c, vm->shared);
	_cleanup_free_ char *depth = vm->depth
		? xasprintf(", %zu of at most %zu layers", vm->depth, vm->limit)
		: xstrdup("");
	_cleanup_free_ char *head = vm->uuid
		? xasprintf("%s  %s  %s in %zu file%s%s%s%s", vm->name, vm->uuid, own, vm->n_files,
			  vm->n_files == 1 ? "" : "s", vm->shared ? " and shared " : "",
			  vm->shared ? shared : "", depth)
		: xasprintf("of no VM  %s in %zu file%s", own, vm->n_files,
			  vm->n_files == 1 ? "" : "s");

	render_marked(c->render, head);
	print_files(c, vm);
	for (size_t i = 0; i < vm->n_snapshots; i++) {
		const struct space_snapshot *s = &vm->snapshots[i];
		_cleanup_free_ char *frees = size_text(c, s->frees);
		_cleanup_free_ char *line = xasprintf("  deleting %s frees %s", s->name, frees);

		if (s->frees >= 0)
			render_line(c->render, line);
	}
}

static void print_space(struct call *c, const struct space *space)
{
	_cleanup_free_ char *all = size_text(c, space->bytes);
	_cleanup_free_ char *line = xasprintf("all  %s in %zu files", all, space->files);

	for (size_t i = 0; i < space->n; i++)
		print_space_vm(c, &space->items[i]);
	if (space->n > 1)
		render_marked(c->render, line);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void add_number(struct str *json, const char *name, int64_t n)
{
	_cleanup_free_ char *text = xasprintf(",\"%s\":%" PRId64, name, n);
	_cleanup_free_ char *null = xasprintf(",\"%s\":null", name);

	str_add(json, n < 0 ? null : text);
}

static void add_json_file(struct str *json, const struct space_file *f)
{
	str_add(json, "{");
	text_json_member(json, "file", f->file);
	text_json_member(json, "kind", f->kind);
	text_json_member(json, "device", *f->device ? f->device : NULL);
	add_number(json, "bytes", f->bytes);
	add_number(json, "depth", (int64_t)f->depth);
	text_json_member(json, "of", f->of);
	text_json_member(json, "of-name-label", f->of_name);
	str_add(json, f->made ? ",\"made-by-vxe\":true" : ",\"made-by-vxe\":false");
	str_add(json, ",\"also-of\":");
	text_json_array(json, &f->others);
	text_json_member(json, "waits", f->waits);
	str_add(json, "}");
}

static void add_json_vm(struct str *json, const struct space_vm *vm)
{
	str_add(json, "{");
	text_json_member(json, "uuid", vm->uuid);
	text_json_member(json, "name-label", vm->name);
	add_number(json, "bytes", vm->bytes);
	add_number(json, "shared-bytes", vm->shared);
	add_number(json, "depth", (int64_t)vm->depth);
	add_number(json, "max-depth", vm->limit ? (int64_t)vm->limit : -1);
	str_add(json, ",\"files\":[");
	for (size_t i = 0; i < vm->n_files; i++) {
		str_add(json, i ? "," : "");
		add_json_file(json, &vm->files[i]);
	}
	str_add(json, "],\"snapshots\":[");
	for (size_t i = 0; i < vm->n_snapshots; i++) {
		str_add(json, i ? ",{" : "{");
		text_json_member(json, "uuid", vm->snapshots[i].uuid);
		text_json_member(json, "name-label", vm->snapshots[i].name);
		add_number(json, "frees", vm->snapshots[i].frees);
		str_add(json, "}");
	}
	str_add(json, "]}");
}

static void add_json_space(struct str *json, const struct space *space)
{
	str_add(json, "[");
	for (size_t i = 0; i < space->n; i++) {
		str_add(json, i ? "," : "");
		add_json_vm(json, &space->items[i]);
	}
	str_add(json, "]");
}

static void print_json_space(struct call *c, const struct space *space)
{
	_cleanup_str_ struct str json = { 0 };

	add_json_space(&json, space);
	render_json(c->render, &json);
}

/* ---- a table, a row for each file ------------------------------------------------------------ */

static const struct column file_columns[] = { { "file", CELL_TEXT }, { "vm", CELL_TEXT },
	{ "part", CELL_TEXT }, { "content", CELL_TEXT }, { "size", CELL_TEXT },
	{ "depth", CELL_NUMBER }, { 0 } };
enum { FILE_COLUMNS = ARRAY_LEN(file_columns) - 1 };

static void add_row(const struct call *c, const struct space_vm *vm, const struct space_file *f,
	struct strv *values)
{
	strv_add(values, f->file);
	strv_add(values, vm->name ? vm->name : "");
	strv_take(values, space_part(f));
	strv_take(values, space_content(vm, f));
	strv_take(values, size_text(c, f->bytes));
	strv_take(values, xasprintf("%zu", f->depth));
}

static void print_rows(struct call *c, const struct space *space)
{
	_cleanup_strv_ struct strv values = { 0 };

	for (size_t i = 0; i < space->n; i++)
		for (size_t k = 0; k < space->items[i].n_files; k++)
			add_row(c, &space->items[i], &space->items[i].files[k], &values);
	render_cells(c->render, file_columns, (const char *const *)values.items,
		values.n / FILE_COLUMNS);
}

/* ---- whose a file is ------------------------------------------------------------------------- */

/* Prints, for people, the VMs that read the file, and what else does. */
static void print_owners(struct call *c, const struct space *space, const struct strv *users)
{
	for (size_t i = 0; i < space->n; i++) {
		const struct space_vm *vm = &space->items[i];
		const struct space_file *f = &vm->files[0];
		_cleanup_free_ char *title = space_part(f), *content = space_content(vm, f);
		_cleanup_free_ char *line = vm->uuid
			? xasprintf("VM %s (%s): %s, %s%s%s", vm->name, vm->uuid, title, content,
				  f->waits ? "; waits: " : "", f->waits ? f->waits : "")
			: xasprintf("of no VM: %s, %s%s%s", title, content,
				  f->waits ? "; waits: " : "", f->waits ? f->waits : "");

		render_line(c->render, line);
	}
	for (size_t i = 0; i < users->n; i++) {
		_cleanup_free_ char *line = xasprintf("used by %s", users->items[i]);

		render_line(c->render, line);
	}
	if (!space->n && !users->n)
		render_line(c->render, "No VM, domain or image uses the file.");
}

static int print_file_owners(struct call *c, const char *file, struct vxe_error *err)
{
	if (call_session(c, err) < 0)
		return -1;
	if (far_answers(file) < 0)
		return vxe_fail(err, VXE_IMAGE_FAILED, file, far_why(errno));
	_cleanup_free_ char *path = realpath(file, NULL);
	_cleanup_space_ struct space space = { 0 };
	_cleanup_strv_ struct strv users = { 0 };
	_cleanup_str_ struct str json = { 0 };

	if (!path && !strchr(file, '/')) {
		_cleanup_free_ char *text = xasprintf(
			"There is no file '%s' in this folder. Did you mean 'vxe space vm=%s'?",
			file, file);

		return vxe_fail(err, CLI_USAGE, text);
	}
	if (!path)
		return file_unread(file, err);
	if (space_of_file(c->session, path, &space, &users, err) < 0)
		return -1;
	progress_hide(c->progress);
	if (c->render->format != RENDER_JSON) {
		print_owners(c, &space, &users);
		return 0;
	}
	str_add(&json, "{");
	text_json_member(&json, "file", path);
	str_add(&json, ",\"vms\":");
	add_json_space(&json, &space);
	str_add(&json, ",\"users\":");
	text_json_array(&json, &users);
	str_add(&json, "}");
	render_json(c->render, &json);
	return 0;
}

/* ---- the command ----------------------------------------------------------------------------- */

/* In the order of names; the files that no VM reads come last. */
static int compare_names_of_vms(const void *a, const void *b)
{
	const struct space_vm *l = a, *r = b;

	return l->name && r->name ? strcasecmp(l->name, r->name) : !l->name - !r->name;
}

/* The file that the caller asks about: the value of file=, or a word without '='; NULL: there is none. */
static const char *asked_file(const struct call *c)
{
	const char *file = call_get(c, "file");

	for (size_t i = 0; !file && i < c->params->n; i++)
		if (c->params->items[i].bare)
			file = c->params->items[i].key;
	return file;
}

static int cmd_space(struct call *c, struct vxe_error *err)
{
	_cleanup_filters_ struct filters selectors = { 0 };
	_cleanup_space_ struct space space = { 0 };
	_cleanup_strv_ struct strv vms = { 0 };
	const char *file = asked_file(c);
	bool chosen;

	select_filters(c, &selectors);
	chosen = params_get(c->params, "vm") || (!file && selectors.n);
	if (file && chosen)
		return vxe_fail(
			err, CLI_USAGE, "Parameter file= names a file: then no VMs are selected.");
	if (file)
		return print_file_owners(c, file, err);
	if (chosen ? select_vms(c, SELECT_MANY, &vms, err) < 0 : call_session(c, err) < 0)
		return -1;
	if (space_read(c->session, chosen ? &vms : NULL, &space, err) < 0)
		return -1;
	progress_hide(c->progress);
	if (space.n)
		qsort(space.items, space.n, sizeof(*space.items), compare_names_of_vms);
	if (c->render->format == RENDER_JSON)
		print_json_space(c, &space);
	else if (c->render->format == RENDER_XE)
		print_space(c, &space);
	else
		print_rows(c, &space);
	return 0;
}

static const struct param_kind whose_file = { "file", PARAM_TEXT,
	.meaning = "Tells whose this file is, instead of what VMs hold.",
	.absent = "the VMs are listed" };

const struct command space_commands[] = {
	{ "space", cmd_space, C_OURS | C_STANDARD | C_READS | C_SELECTS | C_WORDS,
		"List the files of VMs and their snapshots with their sizes, what deleting each "
		"snapshot would free, and what waits to be merged; or tell whose a file is.",
		PARAMS({ "file", P_OURS }), KINDS(&whose_file), .select = SELECT_MANY,
		PRINTS(PRINTS_SPACE) },
	{ 0 },
};
