/* SPDX-License-Identifier: MIT */
/*
 * X-list and X-param-* of every class: parse fields and filters; the table of fields of the class decides all the rest.
 * Behaviour source: xen-api ocaml/xapi-cli-server/cli_operations.ml (gen_cmds).
 */
#include <string.h>

#include "objects/classes/vm/vmss.h"
#include "objects/queries/list.h"
#include "objects/queries/list_order.h"
#include "objects/queries/param.h"
#include "objects/schedule/runner_check.h"
#include "objects/file_index/definition_files.h"
#include "xe/model/fields.h"
#include "xe/model/select.h"
#include "xe/words/word_check.h"

static unsigned list_flags(const struct call *c)
{
	return c->as_xe ? 0 : LIST_UNDERSCORE;
}

/* True for a key that is a parameter neither of this command nor of every command, so that it may be a field. */
static bool is_foreign(const struct call *c, const char *key)
{
	return !key_is_standard(key) && !key_is_output(key, c->as_xe) &&
		!command_owns(c->command, key, c->as_xe);
}

/* ---- lists ---------------------------------------------------------------------------------- */

/* The columns of snapshot-list as `vxe`, which are those of xe's documentation; xe itself prints fewer. */
static const char documented_columns[] =
	"uuid,name-label,name-description,snapshot_of,snapshot_time";

/* The columns of snapshot-list --table; the sizes are computed from the files of the disks. */
static const char table_columns[] =
	"uuid,name-label,snapshot_of,snapshot_time,size,checkpoint-size";

/*
 * True if vm-list prints a table for people with a column of IP addresses: for a few VMs the guest agents are asked,
 * for many they are not.
 */
static bool shows_address(const struct call *c)
{
	return c->render->format == RENDER_TABLE && str_eq(c->command->view->prefix, "vm") &&
		!call_get(c, "params");
}

static void default_columns(const struct call *c, struct strv *ret)
{
	const struct view *v = c->command->view;

	if (!c->as_xe && str_eq(v->prefix, "snapshot")) {
		strv_split(ret,
			c->render->format == RENDER_TABLE ? table_columns : documented_columns,
			',');
		return;
	}
	for (size_t i = 0; v->columns[i]; i++)
		if (!c->as_xe || !(class_field(v->cls, v->columns[i])->flags & F_OURS))
			strv_add(ret, v->columns[i]);
	if (shows_address(c))
		strv_add(ret, "address");
}

struct printing {
	struct call *c;
	const struct strv *names;
};

static int print_rows(void *ctx, struct rows *rows, struct vxe_error *err)
{
	const struct printing *p = ctx;

	return render_rows(p->c->render, p->c->session, rows, p->names, err);
}

static bool files_may_tell(struct call *c)
{
	_cleanup_error_ struct vxe_error later = { 0 };
	const struct session_config *config;

	return call_environment(c, &config, &later) == 0 && files_tell(config);
}

static int print_list(
	struct call *c, const struct view *v, const struct filters *filters, struct vxe_error *err)
{
	const char *asked = call_get(c, "params");
	_cleanup_strv_ struct strv names = { 0 };
	_cleanup_free_ const struct field **fields = NULL;
	_cleanup_rows_ struct rows rows = { 0 };
	bool all = false, whole = str_eq(asked, "all") || shows_address(c);

	if (params_flag(c->params, "all", &all, err) < 0)
		return -1;
	if (asked)
		strv_split(&names, asked, ',');
	else
		default_columns(c, &names);
	fields = fields_named(v->cls, &names, !c->as_xe);
	unsigned flags = list_flags(c) | (all ? LIST_ALL : 0) | (whole ? LIST_WHOLE : 0);
	struct printing p = { c, &names };

	if (list_asks_libvirt(v, filters->items, filters->n, fields, flags) &&
		!(list_asks_state(v, filters->items, filters->n, fields, flags) &&
			files_may_tell(c)))
		call_asks_libvirt(c);
	if (call_session(c, err) < 0)
		return -1;
	/*
	 * xe's records and --minimal are printed row by row, as rows are read. A table needs the widths of all rows
	 * first, and JSON is one document.
	 */
	if (c->render->format == RENDER_XE || c->render->format == RENDER_MINIMAL)
		return list_batches(c->session, v, filters->items, filters->n, fields, flags,
			print_rows, &p, err);
	if (list_rows(c->session, v, filters->items, filters->n, fields, flags, &rows, err) < 0)
		return -1;
	return render_rows(c->render, c->session, &rows, &names, err);
}

/*
 * The order of a list: that of sort=; without sort= `vxe` sorts snapshots by their VMs, and the snapshots of one VM by
 * time.
 */
static struct list_order list_order(const struct call *c, const struct class *cls)
{
	struct list_order o = select_order(c, cls);

	if (!o.by[0] && !c->as_xe && str_eq(c->command->view->prefix, "snapshot")) {
		o.by[0] = class_field(cls, "snapshot-of");
		o.by[1] = class_field(cls, "snapshot-time");
	}
	return o;
}

static int cmd_list(struct call *c, struct vxe_error *err)
{
	struct view v = *c->command->view;
	_cleanup_filters_ struct filters filters = { 0 };
	_cleanup_strv_ struct strv among = { 0 };
	bool chosen = false;

	for (size_t i = 0; i < c->params->n; i++) {
		const struct word *p = &c->params->items[i];

		if (is_foreign(c, p->key) && !str_starts(p->key, "database:"))
			filters_add(&filters, p->key, p->value);
	}
	if (command_owns(c->command, "from", c->as_xe) &&
		snapshot_words(c, &filters, &among, &chosen, err) < 0)
		return -1;
	if (chosen)
		v.among = &among;
	/* Prints a tree in which each snapshot stands below the one on which it is based. */
	if (call_flag(c, "tree", false))
		return select_no_order(c, err) < 0
			? -1
			: print_snapshot_tree(c, &v, filters.items, filters.n, err);
	const struct list_order order = list_order(c, v.cls);

	if (order.limited || order.by[0])
		v.order = &order;
	if (print_list(c, &v, &filters, err) < 0)
		return -1;
	if (v.cls == &vmss_class)
		schedule_tell_empty(c->session);
	return 0;
}

/* ---- param-list and param-get --------------------------------------------------------------- */

static int cmd_param_list(struct call *c, struct vxe_error *err)
{
	_cleanup_rows_ struct rows rows = { 0 };

	if (call_session(c, err) < 0 ||
		param_list(c->session, c->command->view, call_get(c, "uuid"), &rows, err) < 0)
		return -1;
	return render_rows(c->render, c->session, &rows, NULL, err);
}

/* The field that param-name= names, in xe's spelling; owned. */
static char *field_param(const struct call *c)
{
	return field_spelling(c->command->view->cls, call_get(c, "param-name"), !c->as_xe);
}

/*
 * True if one of the named fields has the flag @flag. Always false in views whose objects have no libvirt domain, such
 * as templates and snapshots.
 */
static bool names_domain(const struct call *c, const struct strv *names, unsigned flag)
{
	const struct view *v = c->command->view;

	for (size_t i = 0; v->adopts && i < names->n; i++) {
		const char *name = names->items[i];
		_cleanup_free_ char *stem = xstrndup(name, strcspn(name, ":"));
		const struct field *f = class_field(v->cls, stem);

		if (f && f->flags & flag)
			return true;
	}
	return false;
}

static int cmd_param_get(struct call *c, struct vxe_error *err)
{
	_cleanup_free_ char *name = field_param(c), *value = NULL;
	const char *key = call_get(c, "param-key");
	_cleanup_strv_ struct strv list = { 0 };
	_cleanup_strv_ struct strv names = { 0 };

	strv_add(&names, name);
	if (names_domain(c, &names, F_LIVE) &&
		!(names_domain(c, &names, F_STATE) && files_may_tell(c)))
		call_asks_libvirt(c);
	if (call_session(c, err) < 0 ||
		param_get(c->session, c->command->view, call_get(c, "uuid"), name, key, &value,
			err) < 0)
		return -1;
	if (c->render->format == RENDER_JSON && !key) {
		/* With --json, prints the value with its type, in a record that has only this field. */
		struct view any = *c->command->view;
		const struct field *const fields[] = { class_field(any.cls, name), NULL };
		const struct filter uuid = { "uuid", call_get(c, "uuid") };
		_cleanup_rows_ struct rows rows = { 0 };

		/* vm-param-get reads fields of snapshots, too. */
		memset(&any.filter, 0, sizeof(any.filter));
		if (list_rows(c->session, &any, &uuid, 1, fields, LIST_COSTLY, &rows, err) < 0)
			return -1;
		return render_rows(c->render, c->session, &rows, NULL, err);
	}
	strv_add(&list, value);
	render_list(c->render, &list);
	return 0;
}

/* ---- changes -------------------------------------------------------------------------------- */

/*
 * The key of a setting, with the name of the field in xe's spelling: "name-label" for "name_label", "other-config:KEY"
 * for "other_config:KEY".
 */
static char *setting_spelling(const struct call *c, const char *key)
{
	size_t len = strcspn(key, ":");
	_cleanup_free_ char *stem = xstrndup(key, len);
	_cleanup_free_ char *name = field_spelling(c->command->view->cls, stem, !c->as_xe);

	return xasprintf("%s%s", name, key + len);
}

/*
 * Collects the settings of X-param-set: all keys that are not parameters of the command. @names owns the keys in @ret.
 */
static void settings(const struct call *c, struct strv *names, struct filters *ret)
{
	for (size_t i = 0; i < c->params->n; i++) {
		const struct word *p = &c->params->items[i];

		if (!is_foreign(c, p->key))
			continue;
		strv_take(names, setting_spelling(c, p->key));
		filters_add(ret, names->items[names->n - 1], p->value);
	}
}

/* Refuses an empty name-label for a snapshot: `vxe` makes no snapshot without a name, and lets none lose its name. */
static int check_names(const struct call *c, const struct filters *pairs, struct vxe_error *err)
{
	for (size_t i = 0; i < pairs->n; i++)
		if (!c->as_xe && str_eq(c->command->view->prefix, "snapshot") &&
			str_eq(pairs->items[i].key, "name-label") && !*pairs->items[i].value)
			return words_fail_unnamed(pairs->items[i].key, err);
	return 0;
}

static int cmd_param_set(struct call *c, struct vxe_error *err)
{
	_cleanup_strv_ struct strv names = { 0 };
	_cleanup_filters_ struct filters pairs = { 0 };

	settings(c, &names, &pairs);
	if (check_names(c, &pairs, err) < 0)
		return -1;
	if (names_domain(c, &names, F_DOMAIN))
		call_asks_libvirt(c);
	if (call_session(c, err) < 0)
		return -1;
	return param_set(
		c->session, c->command->view, call_get(c, "uuid"), pairs.items, pairs.n, err);
}

static int cmd_param_add(struct call *c, struct vxe_error *err)
{
	_cleanup_filters_ struct filters pairs = { 0 };
	_cleanup_free_ char *name = field_param(c);

	/* Collects the keys and values for a map field; the keys are the caller's own, taken as they were typed. */
	for (size_t i = 0; i < c->params->n; i++) {
		const struct word *p = &c->params->items[i];

		if (is_foreign(c, p->key))
			filters_add(&pairs, p->key, p->value);
	}
	if (call_session(c, err) < 0)
		return -1;
	return param_add(c->session, c->command->view, call_get(c, "uuid"), name,
		call_get(c, "param-key"), pairs.items, pairs.n, err);
}

static int cmd_param_remove(struct call *c, struct vxe_error *err)
{
	_cleanup_free_ char *name = field_param(c);

	if (call_session(c, err) < 0)
		return -1;
	return param_remove(c->session, c->command->view, call_get(c, "uuid"), name,
		call_get(c, "param-key"), err);
}

static int cmd_param_clear(struct call *c, struct vxe_error *err)
{
	_cleanup_free_ char *name = field_param(c);

	if (call_session(c, err) < 0)
		return -1;
	return param_clear(c->session, c->command->view, call_get(c, "uuid"), name, err);
}

/* ---- rows ------------------------------------------------------------------------------ */

static bool can_add(const struct field *f)
{
	return f->flags & F_ADD;
}

static bool can_set_any(const struct field *f)
{
	return field_can_set(f) || field_can_set_key(f);
}

static bool can_clear(const struct field *f)
{
	return field_can_set(f) || field_is_set(f) || field_is_map(f);
}

static bool always(const struct field *f)
{
	return f->name != NULL;
}

/* clang-format off */
#define FIELD_NAME { "uuid", P_REQUIRED }, { "param-name", P_REQUIRED }
/* clang-format on */

const struct verb record_verbs[] = {
	{ "list", cmd_list, C_FILTERS | C_READS,
		"List the %s; field=value filters, params= picks the fields.",
		PARAM_LIST({ "params", 0 }, ORDER_PARAMS),
		PARAM_LIST({ "params", 0 }, ORDER_PARAMS, { "tree", P_OURS }, { "roots", P_OURS },
			{ "leaves", P_OURS }, { "no-leaves", P_OURS }, { "from", P_OURS },
			{ "descendants", P_OURS }, { "ancestors", P_OURS },
			{ "current-of", P_OURS }, { "disk-only", P_OURS },
			{ "with-memory", P_OURS }, { "quiesced", P_OURS }, { "scheduled", P_OURS },
			{ "internal", P_OURS }, { "external", P_OURS }, { "in-libvirt", P_OURS }),
		always, PRINTS(PRINTS_RECORDS) },
	{ "param-list", cmd_param_list, C_READS, "Show all fields of one of the %s.",
		PARAM_LIST({ "uuid", P_REQUIRED }), NULL, always, PRINTS(PRINTS_RECORDS) },
	{ "param-get", cmd_param_get, C_READS,
		"Print a field, or a key of a map field, of one of the %s.",
		PARAM_LIST(FIELD_NAME, { "param-key", 0 }), NULL, always,
		PRINTS(PRINTS_RECORDS | PRINTS_TEXTS) },
	{ "param-set", cmd_param_set, C_SETTINGS,
		"Change fields of one of the %s, all or none: field=value, map:key=value.",
		PARAM_LIST({ "uuid", P_REQUIRED }, DRY_RUN_PARAM), NULL, can_set_any,
		PRINTS(PRINTS_NOTHING) },
	{ "param-add", cmd_param_add, C_KEYS,
		"Add a member (param-key=) to a set or keys (key=value) to a map of one of the %s.",
		PARAM_LIST(FIELD_NAME, { "param-key", 0 }, DRY_RUN_PARAM), NULL, can_add,
		PRINTS(PRINTS_NOTHING) },
	{ "param-remove", cmd_param_remove, C_LOSES,
		"Remove a member from a set or a key from a map of one of the %s.",
		PARAM_LIST(FIELD_NAME, { "param-key", P_REQUIRED }, DRY_RUN_PARAM), NULL, can_add,
		PRINTS(PRINTS_NOTHING) },
	{ "param-clear", cmd_param_clear, C_LOSES, "Empty a field of one of the %s.",
		PARAM_LIST(FIELD_NAME, DRY_RUN_PARAM), NULL, can_clear, PRINTS(PRINTS_NOTHING) },
	{ 0 },
};
