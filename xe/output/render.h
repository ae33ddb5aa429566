/* SPDX-License-Identifier: MIT */
/*
 * The only place that prints results: xe's records, --minimal, and as `vxe` JSON and tables. A
 * command makes any number of calls; collected output (--minimal, JSON) is printed at the end.
 */
#pragma once

#include "objects/queries/list.h"
#include "xe/output/io.h"

enum render_format { RENDER_XE, RENDER_MINIMAL, RENDER_JSON, RENDER_TABLE };

struct render {
	const struct io *io;
	enum render_format format;
	bool null;  /* --null: a NUL ends each value, and nothing is escaped */
	bool bytes; /* --bytes: tables show sizes in bytes */
	bool utc;   /* --utc: tables show times as xe does */
	bool safe;  /* escape characters that control a terminal */
	int failed; /* errno of the first write that failed; 0: none */
	struct strv collected;
};
void render_clear(struct render *r);
#define _cleanup_render_ _cleanup_(render_clear)

/* Prints a line at once, in every format. */
void render_line(struct render *r, const char *text);
/* As render_line(), highlighted: bold if colours are wanted. */
void render_marked(struct render *r, const char *text);
/* Prints a line for people, which --minimal and JSON leave out. */
void render_message(struct render *r, const char *text);
/* Prints a result that xe prints as a line for people: --minimal leaves it out, JSON does not. */
void render_said(struct render *r, const char *text);
/*
 * Prints a result that xe does not print through its printer: --minimal prints it, too, and xe's own line behind it.
 */
void render_direct(struct render *r, const char *text);
/* Prints texts, each on a line. */
void render_list(struct render *r, const struct strv *texts);

/* The type of a value in JSON. */
enum cell_kind {
	CELL_TEXT,
	CELL_NUMBER,
	CELL_LINES, /* an array of the text's lines; elsewhere "; " stands between them */
};
/* Name and value in a record that belongs to no object. */
struct cell {
	const char *name;
	const char *value;
	enum cell_kind kind;
};
/* Prints records of @n cells; all records have the names of the first. */
void render_cells(struct render *r, const struct cell *cells, size_t n, size_t n_records);

/*
 * Prints records of objects, with name suffixes. A field whose name in @spelled (may be NULL) has
 * '_' for '-' is printed in that spelling. A table has the columns in the order of @spelled, names in place of the
 * UUIDs of other objects, and sizes and times for people.
 */
int render_rows(struct render *r, struct session *s, const struct rows *rows,
	const struct strv *spelled, struct vxe_error *err) _must_check_;

/* With --json: prints a document that the command has made itself; @json is empty afterwards. */
void render_json(struct render *r, struct str *json);

/* Prints the collected output; if that cannot be written, returns -1 with r->failed. */
int render_finish(struct render *r) _must_check_;

/* True if @word is @name; '-' and '_' count as equal. */
bool spelled_as(const char *name, const char *word);
