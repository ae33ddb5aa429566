/* SPDX-License-Identifier: MIT */
/*
 * A session: the data of one call of the program. Opened once (objects/start/session_open.h) and passed
 * to every function; there is no other state in memory.
 */
#pragma once

#include "backends/content/content.h"
#include "backends/hv/hv.h"
#include "backends/machine/machine.h"
#include "objects/base/failpoint.h"
#include "objects/session/planned.h"
#include "objects/session/session_host.h"
#include "store/store.h"

#include <signal.h>
#include <stdatomic.h>

struct caller;
struct session;

struct session_config {
	const char *store; /* VXE_STORE or the default: a folder, or the URI of a database */
	bool readonly;	   /* the store is only read, and not made if it is new */
	const char *
		pool_dir; /* the folder of the host's own store, if @store is the database of its pool; else NULL */
	bool reconcile;			 /* as in struct store_config */
	volatile sig_atomic_t *answered; /* as in struct store_config */
	const char *connect;		 /* VXE_CONNECT or the default */
	bool unprivileged; /* libvirt is that of an ordinary user, which makes no bridges */
	/* UUID of this host among the hosts of a pool's store; NULL: the only host that the store has */
	const char *host;
	const char *lock_dir;	     /* /run/vxe or below $XDG_RUNTIME_DIR */
	const char *image_dir;	     /* directory of the SR "Local storage" */
	const char *definitions_dir; /* directory of libvirt with the XML of domains */
	const char *states_dir;	     /* directory of libvirt with the state of active domains */
	const char *snapshots_dir;   /* directory of libvirt with its own snapshots of domains */
	const char *saves_dir;	     /* directory of libvirt with managed-save images */
	const char
		*hooks_dir; /* directory of libvirt with its hooks; NULL: this libvirt has none */
	/* directory of libvirt with UEFI variables, unless the XML names another; NULL: unknown */
	const char *nvram_dir;
	/* directory of libvirt with TPM state, unless the XML names another; NULL: unknown */
	const char *tpm_dir;
	const struct store_ops *engine;	 /* NULL: sqlite */
	const struct hv_ops *hypervisor; /* NULL: libvirt */
	const char *root;		 /* prefix of /proc and /sys; NULL: the real ones */
	const char *
		plugin_dir; /* directory of the plugins of host-call-plugin; NULL: there are none */
	unsigned plugin_owner; /* only plugins of this user are run: root */
	const char *shutdown;  /* the program that shuts the host down; NULL: none */
	/* the systemctl program, which tells whether the timer of schedules is active; NULL: none */
	const char *systemctl;
	const char *journal; /* the journal's socket; NULL: commands leave no line in the journal */
	const char *syslog;  /* syslog's socket, used where there is no journal; NULL: none */
	const char *journalctl; /* the program that reads the journal; NULL: none */
	/* the user who called the program; NULL: the user whose process this is */
	const struct caller *caller;
	const char *sudo_user;	     /* name of the user who called sudo; NULL: nobody did */
	int64_t shutdown_timeout_ms; /* how long a guest may take to shut down; 0: the default */
	/* time limit of a call to libvirt that only reads; 0: calls are not watched */
	int64_t libvirt_timeout_ms;
	/*
	 * Folders whose st_size is smaller, in bytes, are read at each search of files and not watched by inotify:
	 * the kernel takes some 5 to 10 ms to end a watch.
	 */
	int64_t watched_from;
	struct failpoints failpoints;
};

/* Output for the user during the command; xe/ fills it in, tests may leave it empty. */
struct session_ui {
	void (*notice)(void *ctx, const char *text); /* says what the result lacks */
	/* tells a user at a terminal what the command waits for */
	void (*waiting)(void *ctx, const char *text);
	/* @done of @total bytes are processed; @total 0: unknown */
	void (*progress)(void *ctx, int64_t done, int64_t total);
	/*
	 * Tells a user at a terminal what the command waits for, how long it has waited, and its limit (0: none), in
	 * milliseconds.
	 */
	void (*awaits)(void *ctx, const char *what, int64_t ms, int64_t limit_ms);
	/* tells a user at a terminal that @done of @total objects are done: @what is "taking over VMs" */
	void (*counts)(void *ctx, const char *what, size_t done, size_t total);
	bool (*cancelled)(void *ctx);				/* true once ^C was pressed */
	void (*planned)(void *ctx, const struct planned *line); /* shows a line of a dry run */
	void *ctx;
};

/* Options of a command that hold for all operations that it calls; set by session_wish(). */
struct wishes {
	bool as_xe;   /* called as `xe`: fields of vxe's own (F_OURS) do not exist */
	bool dry_run; /* operations show their plans and end with VXE_PLANNED */
	bool force;   /* force=true: losses are reported and do not stop the command */
	/* as force=true, but for every layer that a merge of unused layers comes to */
	bool lose_all;
	bool impatient;	      /* operations do not wait for locks, and fail with VXE_BUSY */
	bool ignore_firmware; /* missing UEFI variables or TPM state do not stop the command */
	/* LIST_WHOLE: do not ask guest agents, because the list has many VMs with all fields */
	bool agents_unasked;
	/* UUID of a VM whose guest this command stops in any case: recovery ends the guest at once */
	const char *stops;
	int64_t merge_speed; /* speed limit of the merges after a command in bytes per second; 0: none */
};

/* What the command did, lost or missed; read by the code that has called an operation. */
struct reports {
	bool adopted; /* unknown domains got records */
	/* an operation was run, or a dead one was recovered: see objects/audit/audit_line.h */
	bool acted;
	/* recovery of a dead operation has ended the guest of the VM in wishes.stops */
	bool stopped;
	/*
	 * operations that have begun and are neither done nor undone; the thread that ends a command in a call that
	 * hangs reads it, too
	 */
	atomic_int begun;
	bool merges_left;    /* a signal came before the merges that follow a command were done */
	char *warning;	     /* a text to be printed beside an incomplete result; NULL: none */
	struct strv deeds;   /* objects that the command worked on, for the journal: deed_note() */
	struct strv deep;    /* top layer of a disk that has too many layers for what was planned */
	struct strv freed;   /* files that the last operation has freed: plan.freed */
	struct strv changed; /* layers whose change since they were frozen has been reported */
	struct strv
		lost; /* layers whose internal snapshots have been reported: these may be lost */
	struct strv firmware_missed; /* missing files of firmware that have been reported */
};

/*
 * Functions in folders of a higher rank (docs/adr/0004-rooms.md) that the session and the classes call by pointers.
 * There is one instance, in objects/registry.c.
 */
struct session_above {
	/*
	 * After a connection was made: compares libvirt's host with the host on record, or fills a store that is new.
	 */
	int (*bind)(struct session *s, struct vxe_error *err);
	/* Reads the domain of a VM from libvirt's files, without asking libvirt; false: libvirt has to be asked. */
	bool (*tells)(struct session *s, const char *uuid, struct hv_domain *ret);
	/* *ret: former_stores of this host's record; stays empty if that cannot be read. */
	void (*former_stores)(const struct session *s, struct strv *ret);
	/* Computes how many bytes the deletion of a snapshot with its disks (snapshot-uninstall) would free. */
	int (*frees)(struct session *s, const char *snapshot, int64_t *ret, struct vxe_error *err);
	/* Fails if the host lacks an SR or a network of the VM: vm_check_host(). */
	int (*check_host)(struct session *s, struct txn *t, const char *vm, const char *host,
		struct vxe_error *err);
};
extern const struct session_above session_above;

struct session {
	struct session_config config;
	struct session_ui ui;
	const struct wishes *wishes; /* never NULL */
	struct reports reports;
	struct store *store;
	size_t n_hosts;
	struct session_host *hosts;
	struct session_host
		*here; /* the host of @hosts that the store belongs to: this machine so far */
	struct content *contents; /* images that are open; content_of() adds to it */
	struct caches caches;	  /* caches that are kept until the session ends */
	/* descriptors that are closed after all else, because that takes time: session_close_last() */
	int last[2];
	size_t n_last;
	/* UUID of the store (of its pool record); a libvirt domain with it is this store's */
	char *store_uuid;
	size_t pool_size; /* number of hosts on record; 0: the store is new */
	/* of a host whose records were moved: what the mark beside its own store names, config.store and config.host */
	struct pool_mark {
		char *store, *host;
		const char *
			dir; /* the folder of its own store, which config.store was before; borrowed */
	} mark;
	/* the name-label by which the command has selected its VMs; borrowed; NULL: by nothing of the kind */
	const char *selected_as;
	struct txn *read_txn; /* the transaction that getters read from */
	struct names *names; /* the names of objects found in @read_txn: objects/model/read_txn.c */
};

/* A session with its host and without a store; @config is copied member by member, its texts are borrowed. */
struct session *session_new(const struct session_config *config);
void session_close(struct session *s); /* accepts NULL */
DEFINE_CLEANUP(struct session *, session_close)
#define _cleanup_session_ _cleanup_(session_close_cleanup)
/*
 * Hands over a descriptor whose close() may take long in the kernel: the session closes it after everything else. -1:
 * none.
 */
void session_close_last(struct session *s, int fd);

/*
 * True if @host is the UUID of this host, or empty: a record that names no host is of a store with one host. Another
 * host's libvirt and files cannot be asked here.
 */
bool session_is_here(const struct session *s, const char *host);
/*
 * True if @store, the UUID of a store that a domain or a folder names as its owner, is this store, or one that this host
 * had before; also if it is NULL, because then nobody else's is named.
 */
bool session_is_own_store(const struct session *s, const char *store);
/* Returns 1 if somebody has written to the store since @generation, so that data read before may be old. */
int session_store_moved(struct session *s, int64_t generation, struct vxe_error *err) _must_check_;
/*
 * Sets the options of all further operations; @w is borrowed until the next call, NULL: no options. Returns the
 * options before. For a part of a command, the caller passes a changed copy of the options, and afterwards sets the
 * returned ones again. In a dry run whatever would write to the store or change something in libvirt fails with
 * VXE_DRY_RUN.
 */
const struct wishes *session_wish(struct session *s, const struct wishes *w);
/* Shows a line of the plan of a dry run. */
void session_planned(struct session *s, const char *fmt, ...) _printf_(2, 3);
/* As session_planned(), for lines that only --verbose shows; the first one is about the VM with this UUID. */
void session_planned_vm(struct session *s, const char *vm, const char *fmt, ...) _printf_(3, 4);
void session_planned_detail(struct session *s, const char *fmt, ...) _printf_(2, 3);
/* Shows a line that the caller has filled in, and ends it. */
void session_plan(struct session *s, struct planned line);
/* Shows all lines, and empties the list. */
void planned_show(struct session *s, struct planned_list *lines);
bool session_cancelled(struct session *s);
/*
 * Fails with TASK_CANCELLED if a signal has come, for commands that only read; no error once the command has done its
 * work.
 */
int session_ended(struct vxe_error *err) _must_check_;
void session_notice(struct session *s, const char *fmt, ...) _printf_(2, 3);
/* Tells the user that another operation holds @object. */
void session_waiting(struct session *s, const char *object);
/* Tells a user at a terminal what the command waits for; @limit_ms 0: as long as it takes. */
void session_awaits(struct session *s, const char *what, int64_t ms, int64_t limit_ms);
/* Tells a user at a terminal, once the command has taken a second, that @done of @total objects are done. */
void session_counts(struct session *s, const char *what, size_t done, size_t total);
void session_progress(struct session *s, int64_t done, int64_t total);

/*
 * The file, device or network image at @place, an absolute path (backends/content/content.h). Borrowed from the
 * session.
 */
struct content *content_of(const struct session *s, const char *place);
/* True if a file, device or network image exists at @place; false also if that cannot be told. */
bool content_is_there(const struct session *s, const char *place);
/* Adds the host of the store to a session without hosts. */
struct session_host *session_add_host(struct session *s);
/*
 * Closes all images that content_of() has opened, as before a file system is unmounted. A later use opens them again.
 */
void session_close_contents(struct session *s);
/* The host with this UUID; HOST_OFFLINE: it cannot be reached from here. */
int session_host(struct session *s, const char *uuid, struct session_host **ret,
	struct vxe_error *err) _must_check_;
/*
 * For commands that show only the store: fills a new store (first use). Fails if libvirt cannot be
 * reached; then the store stays empty.
 */
int session_prepare(struct session *s, struct vxe_error *err) _must_check_;
