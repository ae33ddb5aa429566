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
	P_OURS = 1 << 1,   /* does not exist when called as `xe` */
	P_HIDDEN = 1 << 2, /* is accepted, but help does not show it */
	P_XE = 1 << 3,	   /* exists only when called as `xe`, and has no effect */
	P_IDLE = 1 << 4,   /* has no effect here, and `vxe` says so; its meaning is the reason */
};

struct param {
	const char *name;
	unsigned flags;
};

enum command_flags {
	C_STANDARD = 1 << 0,	 /* help lists it without --all */
	C_HIDDEN = 1 << 1,	 /* help never lists it */
	C_SELECTS = 1 << 2,	 /* help says that it selects VMs */
	C_OURS = 1 << 3,	 /* does not exist when called as `xe` */
	C_FILTERS = 1 << 4,	 /* X-list: all visible fields are parameters, as filters */
	C_SETTINGS = 1 << 5,	 /* X-param-set: all fields that can be set are parameters */
	C_SELECTS_HOST = 1 << 6, /* help says that it selects hosts */
	C_SELECTS_SR = 1 << 7,	 /* help says that it selects SRs */
	C_FORCE = 1 << 8,	 /* is refused without --force */
	C_UNSELECTED = 1
		<< 9, /* as C_SELECTS, only as `xe`, whose help says so although selectors have no effect */
	C_KEYS = 1 << 10,     /* the keys of the map that param-name= names are parameters */
	C_WORDS = 1 << 11,    /* words without a value, names of commands, are parameters */
	C_EVERYDAY = 1 << 13, /* as `vxe`, help lists it without --all, too */
	/*
	 * It changes nothing: it leaves a line in the journal (objects/audit/audit_line.h) only if it ran or ended an
	 * operation.
	 */
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
/* In a dry run nothing is changed, whatever the command does: the session is held (session_wish()). */
#define DRY_RUN_PARAM { "dry-run", P_OURS }
#define WRITES_ALONE "all that it does is to write that file"
#define ORDER_PARAMS { "sort", P_OURS }, { "limit", P_OURS }
#define FIRMWARE_PARAM { "ignore-firmware", P_OURS }
/*
 * For commands that use layers and do nothing else by force: session->wishes->force. As `xe` each command takes it.
 */
#define FORCE_PARAM { "force", P_OURS }
#define EXPORT_PARAMS { "compress", 0 }, { "metadata", 0 }, { "excluded-device-types", 0 }
/* clang-format on */

struct call;
/* Runs a command for one object. */
typedef int one_fn(struct call *c, const char *uuid, struct vxe_error *err);
/* The row of a command. Each file of handlers ends with its rows, in byte order; a NULL name ends them. */
struct command {
	const char *name;
	int (*run)(struct call *c, struct vxe_error *err);
	unsigned flags;
	const char *help;
	const struct param *params; /* required ones first; a NULL name ends them */
	const struct view *
		view; /* the view for which this command was made; NULL: it stands in a file of handlers */
	/* What on_uuid(), on_snapshot(), on_vms() and on_hosts() call for each object; a row has one of the two. */
	int (*act)(struct session *s, const char *uuid, struct vxe_error *err);
	one_fn *one;
	unsigned select; /* for on_vms(): bits of enum select_flags */
	const void *arg; /* what a handler of several commands needs to know of this one */
	const struct param_kind *const
		*kinds; /* kinds of parameters that mean something else in this command */
	/* As `vxe`, those fields of this class that only vxe has and that can be set are parameters, too. */
	const struct class *own;
	/* Why it has no dry-run= although it changes something: a clause for the message and the help. */
	const char *unplanned;
};

/* A command that objects of every view have: each view gets a row "VIEW-NAME". */
struct verb {
	const char *name;
	int (*run)(struct call *c, struct vxe_error *err);
	unsigned flags;
	const char *help; /* its help; the view's objects follow in the text */
	const struct param *params;
	const struct param *tree_params; /* the parameters for snapshots, if they differ */
	/* a view gets the command only if this is true for one of its fields */
	bool (*has)(const struct field *f);
};

/* All commands that exist for this name of the program, in byte order. */
struct commands {
	size_t n;
	struct command *items;
	char *texts; /* room for texts of rows made for views, in the last block of them */
	size_t texts_left;
	size_t n_own; /* the memory of these texts, and of parameters that are made of fields */
	void **own;
};
/* Sorts the commands by byte order. */
void commands_sort(struct commands *c);
const struct command *commands_find(const struct commands *c, const char *name);

/* What a handler gets. */
struct call {
	const struct command *command;
	const struct commands *all;
	const struct params *params;
	struct render *render;
	struct report *report;
	struct progress *progress;
	bool as_xe;
	int status;   /* exit status; not 0: the handler has failed and has reported that itself */
	char *result; /* text that is printed when the command ends; owned */
	struct strv plan;	 /* lines of a dry run, printed when the command ends */
	void *ctx;		 /* data of each_vm() */
	bool keep_results;	 /* print the results collected so far in spite of the failure */
	struct session *session; /* NULL until call_session() */
	struct wishes wishes;	 /* what the parameters ask for; valid with the session */
	const struct session_config *config; /* NULL: it is made from the environment */
	int64_t began; /* clock_ms() at the beginning; 0: not begun, or its journal line is written */
	enum vxe_code failed;	      /* code of the last of several objects that failed */
	bool (*cancelled)(void *ctx); /* true once ^C was pressed; ctx is the call */
	int (*ended_by)(void);	      /* number of the signal that came; NULL: none can come */
	void (*forget_words)(
		void); /* called before the line in the journal, see program.h; NULL: nothing to do */
};

/*
 * Fails with CLI_PARAM_MISSING for the first required parameter that is absent; then checks all values, in the order of
 * the command's parameters, and --force.
 */
int command_check(const struct command *cmd, const struct params *params, bool as_xe,
	struct vxe_error *err) _must_check_;
/* The view from which the command selects objects, by filters and by its prefix (vm=web); NULL: it selects none. */
const char *command_selector(const struct command *cmd);
/* The command's parameter with that key; NULL: the command does not read the key itself, so that it may be a filter. */
const struct param *command_param(const struct command *cmd, const char *key, bool as_xe);
/* The type and meaning of a parameter of the command. */
const struct param_kind *param_kind(const struct command *cmd, const struct param *p);
/* The view of the objects, or of the fields, that the parameter names; NULL: none. */
const struct view *param_view(const struct command *cmd, const struct param *p);
/* True for a parameter of type UUID that as `vxe` takes the object's name as well. */
bool param_is_named(const struct command *cmd, const struct param *p);
bool command_owns(const struct command *cmd, const char *key, bool as_xe);
/* The view whose prefix the command's name begins with; NULL: none. */
const struct view *command_view(const struct command *cmd);
/* The names of required parameters, as help shows them. */
void command_required(const struct command *cmd, struct strv *ret);
void command_optional(const struct command *cmd, bool as_xe, struct strv *ret);
/* True if param-set accepts the field: its whole value, or single keys. */
bool field_can_set(const struct field *f);
bool field_can_set_key(const struct field *f);
bool command_exists(const struct command *cmd, bool as_xe);
/* True for a field that a command such as vmss-create takes as a parameter: see own in struct command. */
bool command_own_field(const struct field *f);
/* True for keys that `vxe` accepts for every command. */
bool key_is_output(const char *key, bool as_xe);

/*
 * Calls the command's act() or one(), of its struct command, for the snapshot that snapshot-uuid= names, or else uuid=.
 * Refuses other objects than snapshots.
 */
int on_snapshot(struct call *c, struct vxe_error *err) _must_check_;

/* Prints snapshots as a tree below their VMs, for X-list with --tree. */
int print_snapshot_tree(struct call *c, const struct view *v, const struct filter *filters,
	size_t n, struct vxe_error *err) _must_check_;
/* Prints whether the host would start the VM, and why not: xe/commands/cmd_diagnose.c. */
int print_host_report(struct call *c, const char *vm, struct vxe_error *err) _must_check_;
/* Fails with CLI_PLAIN because a file of the caller's could not be made, written or read; errno has the reason. */
int file_failed(const char *path, struct vxe_error *err);
int file_unread(const char *path, struct vxe_error *err);
