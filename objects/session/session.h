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
#include "objects/session/session_host.h"
#include "store/store.h"

struct caller;
struct session;

struct session_config {
	const char *store;	     /* VXE_STORE or the default */
	const char *connect;	     /* VXE_CONNECT or the default */
	bool unprivileged;	     /* that libvirt is an ordinary user's: it makes no bridges */
	const char *lock_dir;	     /* /run/vxe or below $XDG_RUNTIME_DIR */
	const char *image_dir;	     /* directory of the SR "Local storage" */
	const char *definitions_dir; /* where libvirt keeps the XML of domains, */
	const char *states_dir;	     /* the state of active domains, */
	const char *snapshots_dir;   /* its own snapshots of domains, */
	const char *saves_dir;	     /* managed-save images, */
	const char *nvram_dir;	     /* and */
	const char *tpm_dir;	     /* TPM state, unless the XML differs; NULL: unknown */
	const struct store_ops *engine;	 /* NULL: sqlite */
	const struct hv_ops *hypervisor; /* NULL: libvirt */
	const char *root;		 /* prefix of /proc and /sys; NULL: the real ones */
	const char *plugin_dir;		 /* of host-call-plugin; NULL: there are none */
	unsigned plugin_owner;		 /* only this user's plugins are run: root */
	const char *shutdown;		 /* the program that shuts the host down; NULL: none */
	const char *systemctl;		 /* tells of the timer of schedules; NULL: none */
	const char *journal;		 /* the journal's socket; NULL: commands leave no line, */
	const char *syslog;		 /* nor in syslog, where there is no journal */
	const char *journalctl;		 /* the program that reads the journal; NULL: none */
	const struct caller *caller;	 /* who calls; NULL: whoever runs the process, and */
	const char *sudo_user;		 /* who has used sudo; NULL: nobody */
	int64_t shutdown_timeout_ms;	 /* for a guest to shut down; 0: the default */
	int64_t libvirt_timeout_ms;	 /* for a call to libvirt that only reads; 0: no watch */
	/*
	 * Smaller folders, by the bytes that stat says, are read at each look and not watched: the kernel
	 * takes some 5 to 10 ms to end a watch.
	 */
	int64_t watched_from;
	struct failpoints failpoints;
};

/* Output for the user during the command; xe/ fills it in, tests may leave it empty. */
struct session_ui {
	void (*notice)(void *ctx, const char *text);		  /* what the result lacks */
	void (*waiting)(void *ctx, const char *text);		  /* for a user at a terminal */
	void (*progress)(void *ctx, int64_t done, int64_t total); /* bytes; total 0: unknown */
	/* What is waited for, for how long, and at most (0: no limit), in ms; for a user at a terminal. */
	void (*awaits)(void *ctx, const char *what, int64_t ms, int64_t limit_ms);
	bool (*cancelled)(void *ctx);		      /* ^C was pressed */
	void (*planned)(void *ctx, const char *line); /* of a dry run */
	void *ctx;
};

/* What a caller asks for beside the objects that the command names; session_wish(). */
struct wishes {
	bool as_xe;	      /* called as `xe`: fields of vxe's own (F_OURS) do not exist */
	bool dry_run;	      /* operations show their plans and end with VXE_PLANNED */
	bool force;	      /* force=true: losses are reported and do not stop the command */
	bool lose_all;	      /* the same for every layer that coalescing meets */
	bool impatient;	      /* operations do not wait for locks: VXE_BUSY */
	bool ignore_firmware; /* missing UEFI variables or TPM state are no error */
	bool agents_unasked;  /* a list of many VMs with all fields: LIST_WHOLE */
	const char *stops; /* the VM whose guest ends in any case: recovery ends it, not to wait */
	int64_t merge_speed; /* of merges after a command, bytes per second; 0: as fast as possible */
};

/* What was done, lost or missed; read by whoever has called. */
struct reports {
	bool adopted;	     /* unknown domains */
	bool acted;	     /* an operation ran or was ended: objects/audit/audit_line.h */
	bool stopped;	     /* recovery has ended the guest of wishes.stops */
	bool merges_left;    /* a signal came before the merges after a command were done */
	char *warning;	     /* to be printed beside an incomplete result */
	struct strv deeds;   /* the objects that were worked on: deed_note() */
	struct strv deep;    /* the layer of a disk that has too many for what was planned */
	struct strv freed;   /* by the last operation: plan.freed */
	struct strv changed; /* nodes reported as changed since they were frozen */
	struct strv lost;    /* nodes whose internal snapshots were reported: these may be lost */
	struct strv firmware_missed; /* missing files that were reported */
};

/* What the session and the classes ask of rooms above them; its only one is in objects/registry.c. */
struct session_above {
	/* Compares a new connection with the records, or fills a new store. */
	int (*bind)(struct session *s, struct vxe_error *err);
	/* What can be told of a domain without a connection: true if anything. */
	bool (*tells)(struct session *s, const char *uuid, struct hv_domain *ret);
	/* What the uninstall of a snapshot would free, bytes. */
	int (*frees)(struct session *s, const char *snapshot, int64_t *ret, struct vxe_error *err);
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
	struct session_host *here; /* of @hosts, the one of the store: this machine so far */
	struct content *contents;  /* what is open; content_of() */
	struct caches caches;	   /* kept to the end */
	int last[2];		   /* to be closed last: session_close_last() */
	size_t n_last;
	char *store_uuid;     /* of the pool record; marks vxe's domains */
	struct txn *read_txn; /* the transaction that getters read, and */
	struct names *names;  /* the names found in it: objects/model/read_txn.c */
};

/* One with its host and without a store; @config is copied as it is, its texts are borrowed. */
struct session *session_new(const struct session_config *config);
void session_close(struct session *s); /* accepts NULL */
DEFINE_CLEANUP(struct session *, session_close)
#define _cleanup_session_ _cleanup_(session_close_cleanup)
/* Takes a descriptor whose end takes time in the kernel: the session closes it after everything else. -1: none. */
void session_close_last(struct session *s, int fd);

/* 1: somebody has written to the store since @generation, so data read before may be old. */
int session_store_moved(struct session *s, int64_t generation, struct vxe_error *err) _must_check_;
/*
 * What is asked for from now on; @w is borrowed until the next call, NULL: nothing. Returns what was asked for before;
 * who wants something else for a part of a command has a copy of that, and gives that back. In a dry run whatever would
 * write to the store or change something in libvirt fails with VXE_DRY_RUN.
 */
const struct wishes *session_wish(struct session *s, const struct wishes *w);
/* A line of the plan of a dry run. */
void session_planned(struct session *s, const char *fmt, ...) _printf_(2, 3);
bool session_cancelled(struct session *s);
/*
 * TASK_CANCELLED after a signal, for commands that only read; no error once the command has done
 * its work.
 */
int session_ended(struct vxe_error *err) _must_check_;
void session_notice(struct session *s, const char *fmt, ...) _printf_(2, 3);
/* Tells the user that another operation holds @object. */
void session_waiting(struct session *s, const char *object);
/* Tells a user at a terminal what the command waits for; @limit_ms 0: as long as it takes. */
void session_awaits(struct session *s, const char *what, int64_t ms, int64_t limit_ms);
void session_progress(struct session *s, int64_t done, int64_t total);

/* What lies at @place, an absolute path (backends/content/content.h). Borrowed from the session. */
struct content *content_of(const struct session *s, const char *place);
/* Something lies there; false, too, when that cannot be told. */
bool content_is_there(const struct session *s, const char *place);
/* Adds the host of the store to a session without hosts. */
struct session_host *session_add_host(struct session *s);
/* Closes all that is open of what content_of() gave, as before a file system is unmounted; opened again when needed. */
void session_close_contents(struct session *s);
/* The host with this UUID; HOST_OFFLINE: it cannot be reached from here. */
int session_host(struct session *s, const char *uuid, struct session_host **ret,
	struct vxe_error *err) _must_check_;
/*
 * For commands that show only the store: fills a new store (first use). Fails if libvirt cannot be
 * reached; then the store stays empty.
 */
int session_prepare(struct session *s, struct vxe_error *err) _must_check_;
