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
	const char *store;     /* VXE_STORE or the default */
	const char *connect;   /* VXE_CONNECT or the default */
	bool unprivileged;     /* libvirt is that of an ordinary user, which makes no bridges */
	const char *lock_dir;  /* /run/vxe or below $XDG_RUNTIME_DIR */
	const char *image_dir; /* directory of the SR "Local storage" */
	const char *definitions_dir; /* directory of libvirt with the XML of domains */
	const char *states_dir;	     /* directory of libvirt with the state of active domains */
	const char *snapshots_dir;   /* directory of libvirt with its own snapshots of domains */
	const char *saves_dir;	     /* directory of libvirt with managed-save images */
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
	const char *systemctl; /* program that tells about the timer of schedules; NULL: none */
	const char *journal; /* the journal's socket; NULL: commands leave no line in the journal */
	const char *syslog;  /* syslog's socket, used where there is no journal; NULL: none */
	const char *journalctl;	     /* the program that reads the journal; NULL: none */
	const struct caller *caller; /* who calls; NULL: whoever runs the process */
	const char *sudo_user;	     /* name of the user who called sudo; NULL: nobody did */
	int64_t shutdown_timeout_ms; /* how long a guest may take to shut down; 0: the default */
	/* time limit of a call to libvirt that only reads; 0: calls are not watched */
	int64_t libvirt_timeout_ms;
	/*
	 * Smaller folders, by the bytes that stat says, are read at each search and not watched: the kernel
	 * takes some 5 to 10 ms to end a watch.
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
	bool (*cancelled)(void *ctx);		      /* true once ^C was pressed */
	void (*planned)(void *ctx, const char *line); /* shows a line of the plan of a dry run */
	void *ctx;
};

/* What a caller asks for beside the objects that the command names; session_wish(). */
struct wishes {
	bool as_xe;	      /* called as `xe`: fields of vxe's own (F_OURS) do not exist */
	bool dry_run;	      /* operations show their plans and end with VXE_PLANNED */
	bool force;	      /* force=true: losses are reported and do not stop the command */
	bool lose_all;	      /* as force=true, for every layer that merges of unused layers meet */
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
	bool acted;   /* an operation ran or recovery ended one: see objects/audit/audit_line.h */
	bool stopped; /* recovery has ended the guest of the VM in wishes.stops */
	bool merges_left;    /* a signal came before the merges that follow a command were done */
	char *warning;	     /* to be printed beside an incomplete result */
	struct strv deeds;   /* objects that the command worked on, for the journal: deed_note() */
	struct strv deep;    /* top layer of a disk that has too many layers for what was planned */
	struct strv freed;   /* files that the last operation has freed: plan.freed */
	struct strv changed; /* layers whose change since they were frozen has been reported */
	struct strv
		lost; /* layers whose internal snapshots have been reported: these may be lost */
	struct strv firmware_missed; /* missing files of firmware that have been reported */
};

/* What the session and the classes ask of rooms above them. There is one instance, in objects/registry.c. */
struct session_above {
	/* Compares a new connection with the records, or fills a new store. */
	int (*bind)(struct session *s, struct vxe_error *err);
	/* What can be told of a domain without asking libvirt; returns true if anything. */
	bool (*tells)(struct session *s, const char *uuid, struct hv_domain *ret);
	/* The bytes that the uninstall of a snapshot would free. */
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
	struct session_host
		*here; /* the host of @hosts that the store belongs to: this machine so far */
	struct content *contents; /* images that are open; content_of() adds to it */
	struct caches caches;	  /* caches that are kept until the session ends */
	int last[2]; /* descriptors to be closed after all else: session_close_last() */
	size_t n_last;
	char *store_uuid;     /* UUID in the pool record; marks domains as vxe's */
	struct txn *read_txn; /* the transaction that getters read from */
	struct names *names; /* the names of objects found in @read_txn: objects/model/read_txn.c */
};

/* A session with its host and without a store; @config is copied member by member, its texts are borrowed. */
struct session *session_new(const struct session_config *config);
void session_close(struct session *s); /* accepts NULL */
DEFINE_CLEANUP(struct session *, session_close)
#define _cleanup_session_ _cleanup_(session_close_cleanup)
/* Takes a descriptor whose end takes time in the kernel: the session closes it after everything else. -1: none. */
void session_close_last(struct session *s, int fd);

/* Returns 1 if somebody has written to the store since @generation, so that data read before may be old. */
int session_store_moved(struct session *s, int64_t generation, struct vxe_error *err) _must_check_;
/*
 * What is asked for from now on; @w is borrowed until the next call, NULL: nothing. Returns what was asked for before;
 * who wants something else for a part of a command has a copy of that, and gives that back. In a dry run whatever would
 * write to the store or change something in libvirt fails with VXE_DRY_RUN.
 */
const struct wishes *session_wish(struct session *s, const struct wishes *w);
/* Shows a line of the plan of a dry run. */
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
/* True if something lies there; false also when that cannot be told. */
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
