/* SPDX-License-Identifier: MIT */
/*
 * The declarations of commands: one row for each, with everything that help, checks and selectors need. Rows for X-list
 * and X-param-* are made from the views of the class registry.
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
	P_OURS = 1 << 1,   /* the parameter does not exist when the program is called as `xe` */
	P_HIDDEN = 1 << 2, /* the parameter is accepted, but help does not show it */
	/* the parameter exists only when the program is called as `xe`, and has no effect */
	P_XE = 1 << 3,
	/* the parameter has no effect here, and `vxe` says so; the meaning of its kind is the reason */
	P_IDLE = 1 << 4,
};

struct param {
	const char *name;
	unsigned flags;
};

enum command_flags {
	C_STANDARD = 1 << 0, /* help lists the command without --all */
	C_HIDDEN = 1 << 1,   /* help never lists the command */
	C_SELECTS = 1 << 2,  /* help says that the command selects VMs */
	C_OURS = 1 << 3,     /* the command does not exist when the program is called as `xe` */
	/* X-list: all visible fields of the class are parameters, as filters */
	C_FILTERS = 1 << 4,
	/* X-param-set: all fields of the class that can be set are parameters */
	C_SETTINGS = 1 << 5,
	C_SELECTS_HOST = 1 << 6, /* help says that the command selects hosts */
	C_SELECTS_SR = 1 << 7,	 /* help says that the command selects SRs */
	C_FORCE = 1 << 8,	 /* the command is refused without --force */
	/* help as `xe` says that the command selects VMs, but selectors have no effect */
	C_UNSELECTED = 1 << 9,
	/* the keys of the map field that param-name= names are parameters of the command */
	C_KEYS = 1 << 10,
	/* words without a value, which are names of commands, are parameters of the command */
	C_WORDS = 1 << 11,
	C_EVERYDAY =
		1 << 13, /* as `vxe`, help lists the command without --all, too; see C_LISTED */
	/*
	 * The command itself changes nothing: it leaves a line in the journal (objects/audit/audit_line.h) only if it
	 * ran an operation, or finished or undid an interrupted one.
	 */
	C_READS = 1 << 14,
	/* In a pool (xe/model/call_home.h): the command changes records alone, so that any host runs it; */
	C_ANYWHERE = 1 << 15,
	/* it changes nothing, but asks libvirt or files, which the home of its object does; */
	C_ASKS_HOME = 1 << 16,
	C_AT_HOST = 1 << 17, /* it acts on the machine of the host that it names; */
	/* it writes content to a file of the caller's, and has it made at the home of its object itself; */
	C_STREAMS = 1 << 18,
	C_INPUT = 1 << 19, /* without force= it reads the caller's input */
	/*
	 * it destroys, replaces or stops what somebody may need: similar letters alone never suggest it, and a test
	 * looks for one without the flag
	 */
	C_LOSES = 1 << 20,
	C_DECIDES = 1
		<< 21, /* it opens the database although its records are older than those that hosts have seen */
	/* the fields of the class that class= names are parameters of the command */
	C_CONDITIONS = 1 << 12,
	/* any of them: as `vxe`, help lists the command, and the command has a manual page of its own */
	C_LISTED = C_STANDARD | C_EVERYDAY,
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
/*
 * The parameter dry-run=. In a dry run nothing is changed, whatever the command does: session_wish() makes the session
 * refuse to write.
 */
#define DRY_RUN_PARAM { "dry-run", P_OURS }
#define WRITES_ALONE "all that it does is to write that file"
#define ORDER_PARAMS { "sort", P_OURS }, { "limit", P_OURS }
#define FIRMWARE_PARAM { "ignore-firmware", P_OURS }
/*
 * The parameter force= of commands for which force only means to use disk layers that were changed outside vxe
 * (session->wishes->force). As `xe` every command accepts force=.
 */
#define FORCE_PARAM { "force", P_OURS }
#define IF_NEEDED { "if-needed", P_OURS }
#define EXPORT_PARAMS { "compress", 0 }, { "metadata", 0 }, { "excluded-device-types", 0 }
/* clang-format on */

/*
 * What a command prints with --json; xe/manual/schema.c makes a JSON Schema of it. A command may print one of several
 * things. What dry-run=, if-needed=, tree= and --multiple add is known from its parameters, and is not said here.
 */
enum prints {
	PRINTS_NOTHING = 1 << 0, /* {}: the command has no result */
	PRINTS_UUID = 1 << 1,	 /* {"uuid": ...} of the object that the command has made */
	PRINTS_UUIDS = 1 << 2,	 /* an array of such objects */
	PRINTS_FILE = 1 << 3,	 /* {"uuid": ..., "file": ...} of what was written to a file */
	/* All others are elements of one array: */
	PRINTS_PLAN = 1 << 4,	 /* what the command does (struct planned) */
	PRINTS_TEXTS = 1 << 5,	 /* texts */
	PRINTS_FACTS = 1 << 6,	 /* objects whose members are texts with names of their own */
	PRINTS_RECORDS = 1 << 7, /* records of the class of a view */
	PRINTS_DRIVES = 1 << 8,	 /* records of VBDs, each with that of its VDI */
	PRINTS_CELLS = 1 << 9,	 /* records that have the columns */
	PRINTS_SPACE =
		1 << 12, /* what VMs hold on the storage; or an object that says whose a file is */
	/* Not in an array: */
	PRINTS_SCHEMA = 1 << 10, /* a JSON Schema */
	PRINTS_PAGE = 1 << 13,	 /* an object with a page in HTML */
	PRINTS_STREAM = 1 << 11, /* no JSON, but what goes on between the caller and a guest */
};
struct printed {
	unsigned what; /* bits of enum prints; 0: not declared, which a unit test refuses */
	/* of PRINTS_RECORDS: prefixes of the views, separated by blanks; NULL: the view that the command has */
	const char *of;
	const struct column *columns; /* of PRINTS_CELLS */
};
/* The member prints of a row: PRINTS(PRINTS_UUID), PRINTS(PRINTS_RECORDS, .of = "vdi"). */
#define PRINTS(...) .prints = { .what = __VA_ARGS__ }

struct call;
/* Runs a command for one object. */
typedef int one_fn(struct call *c, const char *uuid, struct vxe_error *err);
/*
 * The row that declares a command. Each file of handlers ends with a table of such rows, in byte order of the names; a
 * row with a NULL name ends the table.
 */
struct command {
	const char *name;
	int (*run)(struct call *c, struct vxe_error *err);
	unsigned flags;
	const char *help;
	/* the parameters of the command, required ones first; a NULL name ends them */
	const struct param *params;
	/* the view for which the command was generated; NULL: a file of handlers declares the command */
	const struct view *view;
	/*
	 * The function that on_uuid(), on_snapshot(), on_vms() and on_hosts() call for each object: a row has either
	 * act() or one().
	 */
	int (*act)(struct session *s, const char *uuid, struct vxe_error *err);
	one_fn *one;
	unsigned select; /* bits of enum select_flags: which VMs on_vms() selects */
	const void *arg; /* data of this command for a handler that serves several commands */
	/* kinds of parameters that have another meaning in this command than in others, ended by NULL */
	const struct param_kind *const *kinds;
	/*
	 * A class whose fields are parameters of the command as `vxe`: those fields that only vxe has and that can be
	 * set.
	 */
	const struct class *own;
	/* For if-needed=: the power state to which it brings a VM; prefix of the view of the objects that it makes. */
	const char *reaches, *makes;
	struct printed prints; /* what the command prints with --json */
	/* The reason why a command that changes something has no dry-run=: a clause for the message and the help. */
	const char *unplanned;
};

/* A command that exists for the objects of every view: each view (vm, sr ...) gets a row "VIEW-NAME". */
struct verb {
	const char *name;
	int (*run)(struct call *c, struct vxe_error *err);
	unsigned flags;
	/* text of help, in which %s stands for the name of the view's objects */
	const char *help;
	const struct param *params;
	/* the parameters in the view snapshot, if they differ; NULL: the same */
	const struct param *tree_params;
	/* a view gets the command only if this function is true for one of the fields of its class */
	bool (*has)(const struct field *f);
	struct printed prints; /* what the command prints with --json */
};

/* All commands that exist under one name of the program (xe or vxe), in byte order. */
struct commands {
	size_t n;
	struct command *items;
	/* the free part of the last block of memory for names and help of generated commands */
	char *texts;
	size_t texts_left;
	/* number of blocks of memory in @own, which have texts, and parameters made of fields */
	size_t n_own;
	void **own;
};
/* Sorts the commands by byte order. */
void commands_sort(struct commands *c);
const struct command *commands_find(const struct commands *c, const char *name);

/* Which hosts run the command: see xe/model/call_home.h. */
struct homes {
	bool known; /* of the objects that the parameters name */
	bool each;  /* the handler can have each selected VM done by another host */
	char *host; /* UUID of the other host on which the object of a C_STREAMS command is; NULL: none */
	struct map others; /* of the selected objects those of other hosts, each with its host */
};

/* What the handler of a command gets: the command, its parameters, its output, its session. */
struct call {
	const struct command *command;
	const struct commands *all;
	const struct params *params;
	struct render *render;
	struct report *report;
	struct progress *progress;
	bool as_xe;
	/* exit status; a number other than 0: the handler has failed and has already reported that */
	int status;
	char *result;	  /* text that is printed when the command ends; owned */
	struct strv plan; /* lines of a dry run, printed when the command ends */
	struct strv *
		notes; /* also gets what the session says besides the result; NULL: only the user does */
	/* of these, with those that only --verbose prints: number, bytes in all, and how many lines have such bytes */
	struct {
		size_t n, n_sums;
		int64_t copied, freed;
	} planned;
	void *ctx;		 /* data that the caller of each_vm() passes to its function */
	bool keep_results;	 /* print the results collected so far in spite of the failure */
	struct session *session; /* the open session; NULL until call_session() opens it */
	/* what the parameters ask for beside the objects (dry run, force ...); set with the session */
	struct wishes wishes;
	/* the configuration of the session; NULL: it is made from the environment when it is needed */
	const struct session_config *config;
	/* clock_ms() at the beginning of the command; 0: it has not begun, or its line in the journal is written */
	int64_t began;
	/* the words from which the command was read, @typed of them from the command line */
	const struct strv *words;
	size_t typed;
	/* what the host on which the command was typed has said; NULL: it was typed on this one */
	const struct forwarded *forwarded;
	struct homes homes;
	/* another host has run the command, which has printed everything, and this is its status */
	bool sent;
	/* error code of the last object that failed, of a command for several objects */
	enum vxe_code failed;
	/* true once a signal such as ^C has asked the program to end; ctx is the call */
	bool (*cancelled)(void *ctx);
	/* returns the number of the signal that has asked the program to end; NULL: no signal can come */
	int (*ended_by)(void);
	/*
	 * overwrites the words of the command line; called before the line in the journal is written, see
	 * program_context.h. NULL: nothing to do
	 */
	void (*forget_words)(void);
};

/*
 * Checks the parameters of a command: fails with CLI_PARAM_MISSING for the first required parameter that is absent;
 * then checks all values, in the order of the declaration, and --force.
 */
int command_check(const struct command *cmd, const struct params *params, bool as_xe,
	struct vxe_error *err) _must_check_;
/*
 * The prefix of the view from which the command selects objects, by filters or by name (vm=web); NULL: the command
 * selects none.
 */
const char *command_selector(const struct command *cmd);
/*
 * The declaration of the command's parameter @key; NULL: the command does not read @key itself, so that it may be a
 * filter.
 */
const struct param *command_param(const struct command *cmd, const char *key, bool as_xe);
/* The type and meaning of a parameter of the command. */
const struct param_kind *param_kind(const struct command *cmd, const struct param *p);
/* The view of the objects, or of the fields, that a value of the parameter names; NULL: there is none. */
const struct view *param_view(const struct command *cmd, const struct param *p);
/* True for a parameter that takes UUIDs, and as `vxe` also the name-labels of the objects. */
bool param_is_named(const struct command *cmd, const struct param *p);
bool command_owns(const struct command *cmd, const char *key, bool as_xe);
/* The view whose prefix the command's name begins with; NULL: none. */
const struct view *command_view(const struct command *cmd);
/* Adds the names of the required parameters, or of the optional ones, as help shows them. */
void command_required(const struct command *cmd, struct strv *ret);
void command_optional(const struct command *cmd, bool as_xe, struct strv *ret);
/*
 * True if param-set accepts the field: field_can_set() for its whole value, field_can_set_key() for single keys of a
 * map.
 */
bool field_can_set(const struct field *f);
bool field_can_set_key(const struct field *f);
bool command_exists(const struct command *cmd, bool as_xe);
/*
 * True for a field that a command such as vmss-create takes as a parameter: only vxe has the field, and it can be set.
 * See own in struct command.
 */
bool command_own_field(const struct field *f);
/* The flags of the output that `vxe` accepts for every command (json, table ...); a NULL name ends them. */
struct output_key {
	const char *name, *meaning;
};
extern const struct output_key output_keys[];
/* True for one of them; as `xe` for none. */
bool key_is_output(const char *key, bool as_xe);

/*
 * Runs act() or one() of the struct command of this call for the snapshot that snapshot-uuid= names, or else uuid=.
 * Refuses objects other than snapshots.
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
