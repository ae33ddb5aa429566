/* SPDX-License-Identifier: MIT */
/*
 * Parses words into a command with parameters, in xe's two stages: the client removes its own
 * words, the server parses the rest. This split decides which order of words is valid, so vxe has
 * both stages, too.
 */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>

/* Result of the client's stage. */
struct client {
	bool version;	   /* -version was among the words */
	bool usage;	   /* show the usage text and end */
	bool bad_port;	   /* the usage text is shown because of a bad port */
	struct strv notes; /* lines for the error stream */
	char *server;	   /* NULL: none given */
	char *password_file;
	struct strv words; /* the words for the server's stage */
	size_t typed; /* how many of @words are from @argv; the others are from ~/.xe and XE_EXTRA_ARGS */
};
void client_clear(struct client *c);
#define _cleanup_client_ _cleanup_(client_clear)

/*
 * @argv without the program's name; @rc is the text of the rc file and @extra that of
 * XE_EXTRA_ARGS, both may be NULL. @split: a newline splits a word in two, as in xe's protocol.
 */
void client_parse(struct client *c, const char *const *argv, size_t n, const char *rc,
	const char *extra, bool split);

struct word {
	char *key, *value;
	bool flag;  /* it was typed as --KEY */
	bool bare;  /* it was typed as KEY, without a value */
	bool usual; /* it was not typed: it is from ~/.xe or XE_EXTRA_ARGS, for every command */
};
/* The parameters of a command as they were typed; a key may occur several times. */
struct params {
	size_t n;
	struct word *items;
};
void params_add(struct params *p, const char *key, const char *value);
/* Makes the flag --KEY=VALUE the parameter KEY=VALUE. */
void params_undash(struct params *p, const char *key);
/* The first value of @key; NULL if there is none. Borrowed. */
const char *params_get(const struct params *p, const char *key);
void params_clear(struct params *p);
#define _cleanup_params_ _cleanup_(params_clear)

/* The server's stage. @words has at least one word, and the first @typed of them were typed. CLI_SYNTAX. */
int server_parse(const struct strv *words, size_t typed, char **command, struct params *ret,
	struct vxe_error *err) _must_check_;

/* Reads a flag in any spelling of xe; if it is absent *ret stays. CLI_USAGE names the key. */
int params_flag(
	const struct params *p, const char *key, bool *ret, struct vxe_error *err) _must_check_;
/* Reads a size with an optional unit, a power of 1024; the key must be there. */
int params_size(
	const struct params *p, const char *key, int64_t *ret, struct vxe_error *err) _must_check_;

/* Adds the keys "NAME:key" (any character may replace ':', as in xe) to @ret. */
void params_map(const struct params *p, const char *name, struct map *ret);

/* True for keys that are never a filter or a field. */
bool key_is_standard(const char *key);
