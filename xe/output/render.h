/* SPDX-License-Identifier: MIT */
/*
 * The only code that prints results: xe's records, --minimal, and as `vxe` JSON and tables. A command may call these
 * functions any number of times; output of --minimal and JSON is collected and printed at the end.
 */
#pragma once

#include "objects/queries/list.h"
#include "xe/output/io.h"

enum render_format { RENDER_XE, RENDER_MINIMAL, RENDER_JSON, RENDER_TABLE };

struct render {
	const struct io *io;
	enum render_format format;
	bool null; /* --null: in the output of --minimal a NUL ends each value, and nothing is escaped */
	bool bytes; /* --bytes: tables show sizes in bytes */
	bool utc;   /* --utc: tables show times as xe does */
	bool safe;  /* escape characters that control a terminal */
	bool wrote; /* something was printed; with --json nothing is an empty object */
	int failed; /* errno of the first write that failed; 0: none */
	struct strv collected;
};
void render_clear(struct render *r);
#define _cleanup_render_ _cleanup_(render_clear)

/* Prints a line at once, in every format. */
void render_line(struct render *r, const char *text);
/* Prints a line at once, in every format, in bold if colours are wanted. */
void render_marked(struct render *r, const char *text);
/* Prints a line for people, which --minimal and JSON leave out. */
void render_message(struct render *r, const char *text);
/* Prints a result that xe prints like a message for people: --minimal leaves the text out, JSON does not. */
void render_said(struct render *r, const char *text);
/*
 * Prints a result that xe prints directly and not through its printer: --minimal prints the text at once and at the end
 * the line of the printer, which is empty.
 */
void render_direct(struct render *r, const char *text);
/* Prints texts, each on a line. */
void render_list(struct render *r, const struct strv *texts);

/* How the value of a cell is written in JSON. */
enum cell_kind {
	CELL_TEXT,
	CELL_NUMBER,
	CELL_TIME, /* a time as xe prints it; JSON has it in ISO 8601 with dashes, and null for 1970 */
	/* an array of the lines of the text; other formats join the lines by "; " */
	CELL_LINES,
};
/* A name and its value in a record that is no object of the store. */
struct cell {
	const char *name;
	const char *value;
	enum cell_kind kind;
};
/* Prints @n_records records of @n cells each; the names of the cells are those of the first record. */
void render_cells(struct render *r, const struct cell *cells, size_t n, size_t n_records);

/*
 * Prints objects as records; xe's format adds the suffixes of the fields, such as "( RO)", to their names. A field
 * whose name in @spelled (may be NULL) has '_' for '-' is printed in that spelling. A table has the columns in the order of @spelled, names in place of the
 * UUIDs of other objects, and sizes and times for people.
 */
int render_rows(struct render *r, struct session *s, const struct rows *rows,
	const struct strv *spelled, struct vxe_error *err) _must_check_;

/* With --json: prints a document that the command has made itself; @json is empty afterwards. */
void render_json(struct render *r, struct str *json);

/*
 * Prints the output that has been collected during the command; if any output could not be written, returns -1, with
 * the errno in r->failed.
 */
int render_finish(struct render *r) _must_check_;

/* True if @word is @name; '-' and '_' count as equal. */
bool spelled_as(const char *name, const char *word);
