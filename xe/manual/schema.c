/* SPDX-License-Identifier: MIT */
/*
 * The command schema: JSON Schemas (draft 2020-12) of what commands print with --json, made of the tables of commands and
 * fields. docs/json.md explains them.
 */
#include <string.h>

#include "objects/model/enums.h"
#include "xe/model/call.h"
#include "xe/output/terminal_text.h"
#include "objects/base/version.h"
#include "xe/words/unknown_word.h"

#define DRAFT "https://json-schema.org/draft/2020-12/schema"
#define REF(name) "{\"$ref\":\"#/$defs/" name "\"}"
#define TEXT "{\"type\":\"string\"}"
#define INTEGER "{\"type\":\"integer\"}"
#define INTEGER_OR_NULL "{\"type\":[\"integer\",\"null\"]}"
#define BOOLEAN "{\"type\":\"boolean\"}"
#define TEXT_OR_NULL "{\"type\":[\"string\",\"null\"]}"
#define ARRAY(items) "{\"type\":\"array\",\"items\":" items "}"
#define MAP_OF_TEXTS "{\"type\":\"object\",\"additionalProperties\":" TEXT "}"
#define OBJECT(required, properties)                                                               \
	"\"type\":\"object\",\"additionalProperties\":false,\"required\":[" required               \
	"],\"properties\":{" properties "}"

/* ---- records --------------------------------------------------------------------------------- */

/* True if a record may have null in place of a value of the field's type. */
static bool may_be_null(const struct field *f)
{
	bool computed = f->offset == FIELD_COMPUTED || f->get;

	if (f->type == FIELD_REF || f->type == FIELD_DATE || f->flags & F_COSTLY)
		return true;
	if (f->how == HOW_FIXED)
		return f->fixed->literal != NULL;
	return computed && f->how != HOW_USERS;
}

/* Appends the schema of an enum: the words that values have. */
static void add_words(struct str *to, const struct enum_table *table)
{
	str_add(to, "{\"enum\":[");
	for (size_t i = 0; table->names[i].print; i++) {
		str_add(to, i ? "," : "");
		text_json(to, table->names[i].print);
	}
	str_add(to, "]}");
}

static void add_type(struct str *to, const struct field *f)
{
	static const char *const types[] = {
		[FIELD_STRING] = TEXT,
		[FIELD_INT] = INTEGER,
		[FIELD_BOOL] = BOOLEAN,
		[FIELD_FLOAT] = "{\"type\":\"number\"}",
		[FIELD_DATE] = REF("time"),
		[FIELD_REF] = TEXT,
		[FIELD_STRINGS] = ARRAY(TEXT),
		[FIELD_REFS] = ARRAY(TEXT),
		[FIELD_MAP] = MAP_OF_TEXTS,
	};

	if (f->type == FIELD_ENUM)
		add_words(to, f->arg);
	else
		str_add(to, str_eq(f->name, "uuid") ? REF("uuid") : types[f->type]);
}

/* Appends the properties of a record, without braces: all fields that a command may show. */
static void add_fields(struct str *to, const struct class *cls)
{
	bool any = false;

	for (const struct field *f = cls->fields; f->name; f++) {
		if (f->flags & F_INTERNAL)
			continue;
		str_add(to, any ? ",\n" : "\n");
		any = true;
		text_json(to, f->name);
		str_add(to, ":{\"description\":");
		text_json(to, f->doc);
		str_add(to, ",\"anyOf\":[");
		add_type(to, f);
		str_add(to, may_be_null(f) ? ",{\"type\":\"null\"}]}" : "]}");
	}
}

/* ---- definitions ----------------------------------------------------------------------------- */

/*
 * What commands print beside records. The functions that print these objects have to print no other members; tests
 * compare them with the outputs of commands.
 */
/* clang-format off */
static const struct {
	const char *name, *description, *schema;
} fragments[] = {
	{ "nothing", "The command has no result.", OBJECT("", "") },
	{ "made",
		"The object that the command has made; with if-needed=true also whether it had to do anything, of one of several "
		"VMs also which VM it is for.",
		OBJECT("\"uuid\"",
			"\"changed\":" BOOLEAN ",\"uuid\":" REF("uuid") ",\"vm-uuid\":" REF("uuid")
			",\"vm-name-label\":" TEXT) },
	{ "written", "The object that the command has written to a file.",
		OBJECT("\"uuid\",\"file\"",
			"\"uuid\":" REF("uuid") ",\"file\":" TEXT) },
	{ "planned",
		"One thing that a command would do, or has done: a line for people, and what it is about.",
		OBJECT("\"action\",\"text\"",
			"\"action\":" TEXT ",\"file\":" TEXT ",\"bytes\":" INTEGER ",\"copied\":" INTEGER
			",\"freed\":" INTEGER ",\"brief\":" TEXT ",\"vm\":" TEXT
			",\"class\":" TEXT ",\"uuid\":" REF("uuid") ",\"name-label\":" TEXT
			",\"text\":" TEXT) },
	{ "tree",
		"A VM (null: it is gone) with the tree of its snapshots; its present state is based on now.",
		OBJECT("\"uuid\",\"name-label\",\"now\",\"snapshots\"",
			"\"uuid\":" TEXT_OR_NULL ",\"name-label\":" TEXT_OR_NULL ",\"now\":" TEXT_OR_NULL
			",\"snapshots\":" ARRAY(REF("branch"))) },
	{ "branch", "A snapshot with those that are based on it.",
		OBJECT("\"uuid\",\"name-label\",\"snapshot-time\",\"children\"",
			"\"uuid\":" REF("uuid") ",\"name-label\":" TEXT
			",\"snapshot-time\":" REF("time") ",\"children\":" ARRAY(REF("branch"))) },
	{ "owners", "Whose a file is.",
		OBJECT("\"file\",\"vms\",\"users\"",
			"\"file\":" TEXT ",\"vms\":" ARRAY(REF("space")) ",\"users\":" ARRAY(TEXT)) },
	{ "space", "What a VM (null: no VM) holds on the storage, with its snapshots.",
		OBJECT("\"uuid\",\"name-label\",\"bytes\",\"shared-bytes\",\"depth\",\"max-depth\",\"files\",\"snapshots\"",
			"\"uuid\":" TEXT_OR_NULL ",\"name-label\":" TEXT_OR_NULL ",\"bytes\":" INTEGER
			",\"shared-bytes\":" INTEGER ",\"depth\":" INTEGER ",\"max-depth\":" INTEGER_OR_NULL
			",\"files\":" ARRAY(REF("held")) ",\"snapshots\":" ARRAY(REF("freed"))) },
	{ "held", "A file that a VM or one of its snapshots reads.",
		OBJECT("\"file\",\"kind\",\"device\",\"bytes\",\"depth\",\"of\",\"of-name-label\",\"made-by-vxe\",\"also-of\",\"waits\"",
			"\"file\":" TEXT ",\"kind\":" TEXT ",\"device\":" TEXT_OR_NULL ",\"bytes\":" INTEGER
			",\"depth\":" INTEGER ",\"of\":" TEXT_OR_NULL ",\"of-name-label\":" TEXT_OR_NULL
			",\"made-by-vxe\":" BOOLEAN ",\"also-of\":" ARRAY(TEXT) ",\"waits\":" TEXT_OR_NULL) },
	{ "freed", "A snapshot, and the bytes that deleting it would free.",
		OBJECT("\"uuid\",\"name-label\",\"frees\"",
			"\"uuid\":" REF("uuid") ",\"name-label\":" TEXT ",\"frees\":" INTEGER_OR_NULL) },
	{ "page", "A page in HTML.", OBJECT("\"html\"", "\"html\":" TEXT) },
	{ "error",
		"A line on the error stream when a command fails; object is the one of several that failed.",
		OBJECT("\"error\",\"params\",\"message\"",
			"\"error\":" TEXT ",\"params\":" ARRAY(TEXT) ",\"message\":" TEXT
			",\"next\":" TEXT ",\"object\":" TEXT) },
};
/* clang-format on */

/* Definitions to which the others refer. */
static const struct {
	const char *name, *schema;
} scalars[] = {
	{ "time",
		"{\"description\":\"ISO 8601, UTC.\",\"type\":\"string\",\"format\":\"date-time\","
		"\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$\"}" },
	{ "uuid",
		"{\"type\":\"string\",\"format\":\"uuid\","
		"\"pattern\":\"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$\"}" },
};

/* The definitions of a document; @to is the document so far. */
struct defs {
	struct str *to;
	bool all; /* also those to which nothing refers so far */
	bool any; /* there is one already */
};

/* Begins a definition, unless nothing refers to it; false: it is left out. */
static bool begin_def(struct defs *d, const char *name)
{
	_cleanup_free_ char *ref = xasprintf("#/$defs/%s\"", name);

	if (!d->all && !strstr(str_text(d->to), ref))
		return false;
	str_add(d->to, d->any ? ",\n" : "\n");
	d->any = true;
	text_json(d->to, name);
	str_add(d->to, ":");
	return true;
}

static bool is_first_view(const struct view *v)
{
	for (const struct view *other = views; other < v; other++)
		if (other->cls == v->cls)
			return false;
	return !v->cls->internal;
}

static void add_classes(struct defs *d)
{
	for (const struct view *v = views; v->prefix; v++) {
		if (!is_first_view(v) || !begin_def(d, v->cls->name))
			continue;
		str_addf(d->to, "{\"description\":\"A record of %s.\",", v->doc);
		str_add(d->to,
			"\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
		add_fields(d->to, v->cls);
		str_add(d->to, "}}");
	}
}

/* Appends the definitions to which the document refers, each behind all that refer to it. */
static void add_defs(struct str *to, bool all)
{
	struct defs d = { to, all, false };

	str_add(to, ",\n\"$defs\":{");
	for (size_t i = 0; i < ARRAY_LEN(fragments); i++) {
		d.all = all || str_eq(fragments[i].name, "error");
		if (!begin_def(&d, fragments[i].name))
			continue;
		str_add(to, "{\"description\":");
		text_json(to, fragments[i].description);
		str_addf(to, ",%s}", fragments[i].schema);
	}
	d.all = all;
	if (begin_def(&d, "drive")) {
		str_add(to,
			"{\"description\":\"A VBD, with its VDI; an empty drive has none.\","
			"\"type\":\"object\",\"additionalProperties\":false,"
			"\"required\":[\"vdi\"],\"properties\":{\"vdi\":{\"anyOf\":[" REF(
				"VDI") ",{\"type\":\"null\"}]},");
		add_fields(to, view_by_prefix("vbd")->cls);
		str_add(to, "}}");
	}
	add_classes(&d);
	for (size_t i = 0; i < ARRAY_LEN(scalars); i++)
		if (begin_def(&d, scalars[i].name))
			str_add(to, scalars[i].schema);
	str_add(to, "\n}");
}

/* ---- commands -------------------------------------------------------------------------------- */

static void add_schema(struct strv *to, bool wanted, const char *schema)
{
	if (wanted)
		strv_add(to, schema);
}

static void add_records(struct strv *to, const struct command *cmd)
{
	const struct view *own = command_view(cmd);
	_cleanup_strv_ struct strv of = { 0 };

	strv_split(&of, cmd->prints.of ? cmd->prints.of : own->prefix, ' ');
	for (size_t i = 0; i < of.n; i++)
		strv_take(to, xasprintf(REF("%s"), view_by_prefix(of.items[i])->cls->name));
}

/* The schema of a record with the columns. Owned. */
static char *columns_schema(const struct column *columns)
{
	static const char *const types[] = {
		[CELL_TEXT] = TEXT,
		[CELL_FAULT] = TEXT,
		[CELL_NUMBER] = "{\"type\":[\"number\",\"null\"]}",
		[CELL_TIME] = "{\"anyOf\":[" REF("time") ",{\"type\":\"null\"}]}",
		[CELL_LINES] = ARRAY(TEXT),
	};
	struct str s = { 0 };

	str_add(&s, "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
	for (size_t i = 0; columns[i].name; i++) {
		_cleanup_free_ char *key = column_key(&columns[i]);

		str_add(&s, i ? "," : "");
		text_json(&s, key);
		str_addf(&s, ":%s", types[columns[i].kind]);
	}
	str_add(&s, "}}");
	return str_steal(&s);
}

/* Adds the schemas of what may stand in the array that a command prints. */
static void add_elements(const struct command *cmd, bool several, struct strv *ret)
{
	unsigned what = cmd->prints.what;
	bool made = what & PRINTS_UUID || command_owns(cmd, "if-needed", false);

	add_schema(ret, what & PRINTS_UUIDS || (made && several), REF("made"));
	add_schema(ret, what & PRINTS_FILE && several, REF("written"));
	add_schema(ret, what & PRINTS_PLAN || command_owns(cmd, "dry-run", false), REF("planned"));
	add_schema(ret, what & PRINTS_TEXTS, TEXT);
	add_schema(ret, what & PRINTS_FACTS, MAP_OF_TEXTS);
	if (what & PRINTS_RECORDS)
		add_records(ret, cmd);
	add_schema(ret, what & PRINTS_RECORDS && command_owns(cmd, "tree", false), REF("tree"));
	add_schema(ret, what & PRINTS_DRIVES, REF("drive"));
	add_schema(ret, what & PRINTS_SPACE, REF("space"));
	if (what & PRINTS_CELLS)
		strv_take(ret, columns_schema(cmd->prints.columns));
}

/* Appends the description and the schemas of all that a command may print, without braces. */
static void add_output(struct str *to, const struct command *cmd)
{
	unsigned what = cmd->prints.what;
	bool several = cmd->flags & C_SELECTS;
	_cleanup_strv_ struct strv all = { 0 }, elements = { 0 };

	add_schema(&all, what & PRINTS_NOTHING, REF("nothing"));
	add_schema(&all, what & PRINTS_UUID || command_owns(cmd, "if-needed", false), REF("made"));
	add_schema(&all, what & PRINTS_FILE, REF("written"));
	add_schema(&all, what & PRINTS_SPACE, REF("owners"));
	add_schema(&all, what & PRINTS_PAGE, REF("page"));
	add_schema(&all, what & PRINTS_SCHEMA, "{\"type\":\"object\",\"required\":[\"$schema\"]}");
	add_elements(cmd, several, &elements);
	if (elements.n) {
		_cleanup_free_ char *items = strv_join(&elements, ",");

		strv_take(
			&all, xasprintf("{\"type\":\"array\",\"items\":{\"anyOf\":[%s]}}", items));
	} else
		add_schema(&all, several, "{\"type\":\"array\",\"maxItems\":0}");
	_cleanup_free_ char *schemas = strv_join(&all, ",");

	str_add(to, "\"description\":");
	text_json(to, cmd->help);
	/* "not" with an empty schema: no document is valid */
	if (what & PRINTS_STREAM)
		str_add(to, ",\"not\":{}");
	else
		str_addf(to, ",\"anyOf\":[%s]", schemas);
}

static int cmd_schema(struct call *c, struct vxe_error *err)
{
	const char *name = call_get(c, "command");
	const struct command *one = name ? commands_find(c->all, name) : NULL;
	_cleanup_str_ struct str s = { 0 };

	if (name && !one)
		return unknown_command(c->all, name, NULL, err);
	str_addf(&s, "{\"$schema\":\"" DRAFT "\",\n\"title\":\"vxe " VXE_VERSION "%s%s --json\",\n",
		one ? " " : "", one ? name : "");
	if (one)
		add_output(&s, one);
	else
		str_add(&s, "\"type\":\"object\",\n\"properties\":{");
	for (size_t i = 0; !one && i < c->all->n; i++) {
		str_add(&s, i ? ",\n" : "\n");
		text_json(&s, c->all->items[i].name);
		str_add(&s, ":{");
		add_output(&s, &c->all->items[i]);
		str_add(&s, "}");
	}
	str_add(&s, one ? "" : "\n}");
	add_defs(&s, !one);
	str_add(&s, "}");
	render_line(c->render, str_text(&s));
	return 0;
}

static const struct param_kind command_kind = { "command", PARAM_TEXT,
	.meaning = "The command whose output is described.", .absent = "all" };

const struct command schema_commands[] = {
	{ "schema", cmd_schema, C_OURS | C_READS,
		"Print the JSON Schema of what commands print with --json.",
		PARAMS({ "command", 0 }), KINDS(&command_kind), PRINTS(PRINTS_SCHEMA) },
	{ 0 },
};
