/* SPDX-License-Identifier: MIT */
/*
 * Commands: one row each, with everything that help, checks and selectors need. Rows for X-list and
 * X-param-* are made from the views of the class registry.
 */
#pragma once

#include "objects/model/class.h"
#include "objects/session/session.h"
#include "xe/args/param_kind.h"
#include "xe/output/progress.h"
#include "xe/output/render.h"
#include "xe/model/error_report.h"

enum param_flags {
	P_REQUIRED = 1 << 0,
	P_OURS = 1 << 1,   /* does not exist as `xe` */
	P_HIDDEN = 1 << 2, /* accepted, but not in the help */
	P_XE = 1 << 3,	   /* exists only as `xe`, without an effect */
	P_IDLE = 1 << 4,   /* has no effect here, which `vxe` says: the meaning is the reason */
};

struct param {
	const char *name;
	unsigned flags;
};

enum command_flags {
	C_STANDARD = 1 << 0,	 /* `help` without --all lists it */
	C_HIDDEN = 1 << 1,	 /* `help` never lists it */
	C_SELECTS = 1 << 2,	 /* the help says that VMs are selected */
	C_OURS = 1 << 3,	 /* does not exist as `xe` */
	C_FILTERS = 1 << 4,	 /* all visible fields are parameters, as filters: X-list */
	C_SETTINGS = 1 << 5,	 /* all fields that can be set are parameters: X-param-set */
	C_SELECTS_HOST = 1 << 6, /* the help says that hosts are selected */
	C_SELECTS_SR = 1 << 7,	 /* the help says that SRs are selected */
	C_FORCE = 1 << 8,	 /* refused without --force */
	C_UNSELECTED =
		1 << 9,	  /* C_SELECTS only as `xe`, whose help says so: selectors have no effect */
	C_KEYS = 1 << 10, /* the keys of the map that param-name= names are parameters */
	C_WORDS = 1 << 11,    /* words without a value are parameters: names of commands */
	C_EVERYDAY = 1 << 13, /* as `vxe`, help without --all lists it, too */
	/* Changes nothing: a line in the journal (objects/audit/audit_line.h) only if it ran or ended an operation. */
	C_READS = 1 << 14,
	C_CONDITIONS = 1 << 12, /* the fields of the class that class= names are parameters */
};

#define PARAM_LIST(...) ((const struct param[]){ __VA_ARGS__, { 0 } })
#define PARAMS(...) .params = PARAM_LIST(__VA_ARGS__)
#define KINDS(...)                                                                                 \
	.kinds = (const struct param_kind *const[])                                                \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define NO_PARAMS .params = ((const struct param[]){ { 0 } })
/* clang-format off */
#define SNAPSHOT_WORDS { "snapshot", P_OURS }, { "vm", P_OURS }
#define SNAPSHOT_PARAMS { "uuid", 0 }, { "snapshot-uuid", 0 }, SNAPSHOT_WORDS
/* The session is held: whatever the command does, nothing is changed (session_wish()). */
#define DRY_RUN_PARAM { "dry-run", P_OURS }
#define WRITES_ALONE "all that it does is to write that file"
#define ORDER_PARAMS { "sort", P_OURS }, { "limit", P_OURS }
#define FIRMWARE_PARAM { "ignore-firmware", P_OURS }
/* Of commands that use layers, and do nothing else by force: session->wishes->force. As xe each command takes it. */
#define FORCE_PARAM { "force", P_OURS }
#define EXPORT_PARAMS { "compress", 0 }, { "metadata", 0 }, { "excluded-device-types", 0 }
/* clang-format on */

struct call;
/* Runs a command for one object. */
typedef int one_fn(struct call *c, const char *uuid, struct vxe_error *err);
/* A row. Each file of handlers ends with its rows, in byte order, terminated by a NULL name. */
struct command {
	const char *name;
	int (*run)(struct call *c, struct vxe_error *err);
	unsigned flags;
	const char *help;
	const struct param *params; /* terminated by a NULL name; required ones first */
	const struct view *view;    /* of generated rows */
	/* What on_uuid(), on_snapshot(), on_vms() and on_hosts() run for each object: one of the two. */
	int (*act)(struct session *s, const char *uuid, struct vxe_error *err);
	one_fn *one;
	unsigned select;		       /* of on_vms(): enum select_flags */
	const void *arg;		       /* for rows that share a handler */
	const struct param_kind *const *kinds; /* parameters that mean something else here */
	/* As `vxe`, the fields of this class that only vxe has, and that can be set, are parameters, too. */
	const struct class *own;
	/* Why there is no dry-run= although it is not C_READS: a clause for the message and the help. */
	const char *unplanned;
};

/* A command for the objects of every view: each view gets a row "VIEW-NAME". */
struct verb {
	const char *name;
	int (*run)(struct call *c, struct vxe_error *err);
	unsigned flags;
	const char *help; /* of the view's objects */
	const struct param *params;
	const struct param *tree_params;    /* for snapshots, if they differ */
	bool (*has)(const struct field *f); /* at least one field must fulfil this */
};

/* Every command that exists for this program name, in byte order. */
struct commands {
	size_t n;
	struct command *items;
	char *texts; /* room for those of generated rows, in the last block of them */
	size_t texts_left;
	size_t n_own; /* the memory of texts, and of parameters made of fields */
	void **own;
};
/* Puts them into byte order. */
void commands_sort(struct commands *c);
const struct command *commands_find(const struct commands *c, const char *name);

/* The data of a handler. */
struct call {
	const struct command *command;
	const struct commands *all;
	const struct params *params;
	struct render *render;
	struct report *report;
	struct progress *progress;
	bool as_xe;
	int status;			     /* nonzero: it failed and has reported that itself */
	char *result;			     /* printed when the command ends; owned */
	struct strv plan;		     /* of a dry run, printed when the command ends */
	void *ctx;			     /* each_vm() */
	bool keep_results;		     /* print collected results in spite of the failure */
	struct session *session;	     /* call_session() */
	struct wishes wishes;		     /* of the parameters; valid with the session */
	const struct session_config *config; /* NULL: from the environment */
	int64_t began;			     /* clock_ms(); 0: not yet, or its line was left */
	enum vxe_code failed;		     /* of the last object of several that failed */
	bool (*cancelled)(void *ctx);	     /* ^C was pressed; ctx is the call */
	int (*ended_by)(void);		     /* the number of that signal; NULL: none comes */
	void (*forget_words)(
		void); /* before its line in the journal, see program.h; NULL: nothing */
};

/*
 * CLI_PARAM_MISSING for the first required parameter that is absent; then checks all values, in the
 * row's order, and --force.
 */
int command_check(const struct command *cmd, const struct params *params, bool as_xe,
	struct vxe_error *err) _must_check_;
/* The view whose objects the row selects by filters and by its prefix (vm=web); NULL: none. */
const char *command_selector(const struct command *cmd);
/* The row's parameter; NULL: the command does not read @key itself, so it may be a filter. */
const struct param *command_param(const struct command *cmd, const char *key, bool as_xe);
/* The type and meaning of a parameter of the row. */
const struct param_kind *param_kind(const struct command *cmd, const struct param *p);
bool command_owns(const struct command *cmd, const char *key, bool as_xe);
/* The view with whose prefix the command's name begins; NULL: none. */
const struct view *command_view(const struct command *cmd);
/* The parameters as the help names them. */
void command_required(const struct command *cmd, struct strv *ret);
void command_optional(const struct command *cmd, bool as_xe, struct strv *ret);
/* What param-set accepts: the whole value, or single keys. */
bool field_can_set(const struct field *f);
bool field_can_set_key(const struct field *f);
bool command_exists(const struct command *cmd, bool as_xe);
/* A field that vmss-create, say, takes as a parameter: see struct command, own. */
bool command_own_field(const struct field *f);
/* Keys that `vxe` accepts for every command. */
bool key_is_output(const char *key, bool as_xe);

/*
 * Runs the row's act or one with the snapshot that the call names: snapshot-uuid= comes before
 * uuid=; refuses other objects.
 */
int on_snapshot(struct call *c, struct vxe_error *err) _must_check_;

/* Prints a tree of snapshots below their VMs: cmd_list with --tree. */
int print_snapshot_tree(struct call *c, const struct view *v, const struct filter *filters,
	size_t n, struct vxe_error *err) _must_check_;
/* Prints whether the host would start the VM, or why not: xe/commands/cmd_diagnose.c. */
int print_host_report(struct call *c, const char *vm, struct vxe_error *err) _must_check_;
/* A file of the caller's could not be made, written or read; errno has the reason. CLI_PLAIN. */
int file_failed(const char *path, struct vxe_error *err);
int file_unread(const char *path, struct vxe_error *err);
