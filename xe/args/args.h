/* SPDX-License-Identifier: MIT */
/*
 * Parses words into a command with parameters, in xe's two stages: the client removes its own
 * words, the server parses the rest. This split decides which order of words is valid, so vxe has
 * both stages, too.
 */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>

/* The client's stage. */
struct client {
	bool version;	   /* -version was among the words */
	bool usage;	   /* show the usage text and end */
	bool bad_port;	   /* ... because of a bad port */
	struct strv notes; /* lines for the error stream */
	char *server;	   /* NULL: none given */
	char *password_file;
	struct strv words; /* for the server's stage */
	size_t typed;	   /* how many of them are of @argv; the rest are of the two texts */
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
	bool flag;  /* --KEY */
	bool bare;  /* KEY without a value */
	bool usual; /* not typed: from ~/.xe or XE_EXTRA_ARGS, for every command */
};
/* The parameters of a command as typed; a key may occur several times. */
struct params {
	size_t n;
	struct word *items;
};
void params_add(struct params *p, const char *key, const char *value);
/* The flag --KEY=VALUE becomes KEY=VALUE. */
void params_undash(struct params *p, const char *key);
/* The first value of @key; NULL when absent. Borrowed. */
const char *params_get(const struct params *p, const char *key);
void params_clear(struct params *p);
#define _cleanup_params_ _cleanup_(params_clear)

/* The server's stage; @words has at least one, and the first @typed of them were typed. CLI_SYNTAX. */
int server_parse(const struct strv *words, size_t typed, char **command, struct params *ret,
	struct vxe_error *err) _must_check_;

/*
 * A flag of a command in any of xe's spellings; if it is absent *ret stays. CLI_USAGE names the
 * key.
 */
int params_flag(
	const struct params *p, const char *key, bool *ret, struct vxe_error *err) _must_check_;
/* A size with an optional unit, all powers of 1024; the key must be present. */
int params_size(
	const struct params *p, const char *key, int64_t *ret, struct vxe_error *err) _must_check_;

/* Adds the keys "NAME:key" (any character may replace ':', as in xe) to @ret. */
void params_map(const struct params *p, const char *name, struct map *ret);

/* Keys that are never a filter or a field. */
bool key_is_standard(const char *key);
