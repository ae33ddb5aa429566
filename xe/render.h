/* SPDX-License-Identifier: MIT */
/*
 * The one place that prints results: xe's records, --minimal, and as `vxe` JSON and tables. A
 * command makes any number of calls; what is collected (--minimal, JSON) comes out at the end.
 */
#pragma once

#include "objects/records/list.h"
#include "xe/io.h"

enum render_format { RENDER_XE, RENDER_MINIMAL, RENDER_JSON, RENDER_TABLE };

struct render {
	const struct io *io;
	enum render_format format;
	bool null;  /* --null: values end in NUL, nothing is escaped */
	bool safe;  /* escape what could drive a terminal */
	int failed; /* errno of the first write that failed; 0: none */
	struct strv collected;
};
void render_clear(struct render *r);
#define _cleanup_render_ _cleanup_(render_clear)

/* A line that is printed at once, whatever the format. */
void render_line(struct render *r, const char *text);
/* The same, for a line that stands out: where colours are wanted it is bold. */
void render_marked(struct render *r, const char *text);
/* A line for people; --minimal and JSON leave it out. */
void render_message(struct render *r, const char *text);
/* A result that xe prints as a line for people: --minimal leaves it out, JSON does not. */
void render_said(struct render *r, const char *text);
/* A result that xe prints past its printer: a line with --minimal, too, and its own line follows. */
void render_direct(struct render *r, const char *text);
/* Texts, a line each. */
void render_list(struct render *r, const struct strv *texts);

/* One name and value of a record that is not an object's. */
struct cell {
	const char *name;
	const char *value;
	bool number; /* no quotes in JSON */
};
/* Records of @n cells each, one after the other, all with the names of the first. */
void render_cells(struct render *r, const struct cell *cells, size_t n, size_t n_records);

/*
 * Records of objects, name suffixes included. A field that is in @spelled with '_' for '-' is
 * printed as spelt there; may be NULL.
 */
int render_rows(struct render *r, struct session *s, const struct rows *rows,
	const struct strv *spelled, struct vxe_error *err) _must_check_;

/* Prints what was collected; -1 with r->failed when the output could not be written. */
int render_finish(struct render *r) _must_check_;

/* Whether @word is @name, '-' and '_' being the same. */
bool spelled_as(const char *name, const char *word);
