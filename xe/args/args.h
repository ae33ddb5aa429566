/* SPDX-License-Identifier: MIT */
/*
 * Parses words into a command with parameters, in xe's two stages: the client removes its own
 * words, the server parses the rest. This split decides which order of words is valid, so vxe has
 * both stages, too.
 */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>

/* The result of the client's stage of parsing a command line. */
struct client {
	bool version;	   /* -version was among the words */
	bool usage;	   /* show the usage text and end */
	bool bad_port;	   /* the usage text is shown because the port number is invalid */
	struct strv notes; /* lines for the error stream */
	char *server;	   /* name of the server to connect to; NULL: none was given */
	char *password_file;
	struct strv words; /* the words that are left for the server's stage of parsing */
	/* how many of @words are from @argv; the words behind those are from ~/.xe and XE_EXTRA_ARGS */
	size_t typed;
};
void client_clear(struct client *c);
#define _cleanup_client_ _cleanup_(client_clear)

/*
 * The client's stage of parsing. @argv is without the program's name; @rc is the text of ~/.xe and @extra that of
 * XE_EXTRA_ARGS, both may be NULL. @split: a newline splits a word in two, as in xe's protocol.
 */
void client_parse(struct client *c, const char *const *argv, size_t n, const char *rc,
	const char *extra, bool split);

struct word {
	char *key, *value;
	bool flag; /* the word was typed as --KEY */
	bool bare; /* the word was typed as KEY, without a value */
	/* the word was not typed: it is from ~/.xe or XE_EXTRA_ARGS, whose words are for every command */
	bool usual;
};
/* The parameters of a command as they were typed; a key may occur several times. */
struct params {
	size_t n;
	struct word *items;
};
void params_add(struct params *p, const char *key, const char *value);
/* Turns a flag --KEY=VALUE among the parameters into the parameter KEY=VALUE. */
void params_undash(struct params *p, const char *key);
/* The first value of @key; NULL if there is none. Borrowed. */
const char *params_get(const struct params *p, const char *key);
void params_clear(struct params *p);
#define _cleanup_params_ _cleanup_(params_clear)

/*
 * The server's stage of parsing: the first of @words is the command, the others are its parameters. @words has at least
 * one word, and the first @typed of them were typed. Fails with CLI_SYNTAX.
 */
int server_parse(const struct strv *words, size_t typed, char **command, struct params *ret,
	struct vxe_error *err) _must_check_;

/*
 * Reads the value of @key as a boolean in any spelling of xe; if the parameter is absent *ret stays as it is. Fails
 * with CLI_USAGE, which names the key.
 */
int params_flag(
	const struct params *p, const char *key, bool *ret, struct vxe_error *err) _must_check_;
/*
 * Reads the value of @key as a size with an optional unit, a power of 1024; the parameter must have been given. Fails
 * with CLI_USAGE.
 */
int params_size(
	const struct params *p, const char *key, int64_t *ret, struct vxe_error *err) _must_check_;

/*
 * Adds the key KEY and the value of each parameter "NAME:KEY=VALUE" to @ret (any character may replace ':', as in xe).
 */
void params_map(const struct params *p, const char *name, struct map *ret);

/* True for keys that xe accepts for every command, such as multiple; they are never a filter or a field. */
bool key_is_standard(const char *key);
