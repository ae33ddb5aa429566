/* SPDX-License-Identifier: MIT */
/*
 * The only code that prints results: xe's records, --minimal, and as `vxe` JSON, tables and TSV. A command may call these
 * functions any number of times; output of --minimal and JSON is collected and printed at the end.
 */
#pragma once

#include "objects/queries/list.h"
#include "xe/output/io.h"

enum render_format { RENDER_XE, RENDER_MINIMAL, RENDER_JSON, RENDER_TABLE, RENDER_TSV };

struct render {
	const struct io *io;
	enum render_format format;
	bool null; /* --null: in the output of --minimal a NUL ends each value, and nothing is escaped */
	bool bytes;   /* --bytes: tables show sizes in bytes */
	bool utc;     /* --utc: tables show times as xe does */
	bool verbose; /* --verbose: a dry run shows records and steps, too */
	bool colour;  /* mark heads and states: never as `xe`, and only if the io wants colours */
	bool safe;    /* escape characters that control a terminal */
	bool wrote;   /* something was printed; with --json nothing is an empty object */
	int failed;   /* errno of the first write that failed; 0: none */
	struct strv collected;
};
void render_clear(struct render *r);
#define _cleanup_render_ _cleanup_(render_clear)

/* Prints a line at once, in every format. */
void render_line(struct render *r, const char *text);
/* Prints a line at once, in every format, in bold if colours are wanted. */
void render_marked(struct render *r, const char *text);
/* Prints a line for people, which --minimal, JSON and TSV leave out. */
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

/* How the values of a column are written in JSON. */
enum column_kind {
	CELL_TEXT,
	CELL_NUMBER, /* JSON has null for an empty text */
	CELL_TIME, /* a time as xe prints it; JSON has it in ISO 8601 with dashes, and null for 1970 */
	/* an array of the lines of the text; other formats join the lines by "; " */
	CELL_LINES,
	CELL_FAULT, /* a text that says what kind of fault the record is about */
};
/* A name in records that are no objects of the store; JSON has it without the blanks at its end. */
struct column {
	const char *name;
	enum column_kind kind;
};
/*
 * Prints @n_records records with a value for each of the columns, which end with a NULL name. A value is NULL, in all
 * records, if the records have no such column.
 */
void render_cells(struct render *r, const struct column *columns, const char *const *values,
	size_t n_records);

/*
 * Prints objects as records; xe's format adds the suffixes of the fields, such as "( RO)", to their names. A field
 * whose name in @spelled (may be NULL) has '_' for '-' is printed in that spelling. A table has the columns in the order of @spelled, names in place of the
 * UUIDs of other objects, and sizes and times for people. TSV has the same columns with the values of xe's records.
 */
int render_rows(struct render *r, struct session *s, const struct rows *rows,
	const struct strv *spelled, struct vxe_error *err) _must_check_;

/* The key of the column in JSON. Owned. */
char *column_key(const struct column *c);

/*
 * With --json: prints a document that the command has made itself; @json is empty afterwards. Several documents become
 * one array, which has the elements of those that are arrays themselves.
 */
void render_json(struct render *r, struct str *json);

/*
 * Prints the output that has been collected during the command; if any output could not be written, returns -1, with
 * the errno in r->failed.
 */
int render_finish(struct render *r) _must_check_;

/* True if @word is @name; '-' and '_' count as equal. */
bool spelled_as(const char *name, const char *word);
