/* SPDX-License-Identifier: MIT */
/*
 * A session: the data of one call of the program. Opened once (objects/host/opening.h) and passed
 * to every function; there is no other state in memory.
 */
#pragma once

#include "backends/hv/hv.h"
#include "backends/machine/machine.h"
#include "objects/base/failpoint.h"
#include "store/store.h"

struct live;

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

/* A cache that a higher room keeps as long as the listing of domains. */
struct session_cache {
	void *held; /* NULL: nothing yet */
	void (*release)(void *held);
};

#define ASKED_ROOM 4

/* A domain that was asked for alone; d.uuid NULL: there is none. */
struct asked_domain {
	char *uuid;
	struct hv_domain d;
};

struct session {
	struct session_config config;
	struct session_ui ui;
	struct store *store;
	struct hv *hv;			       /* NULL until session_hv() */
	struct hv_domains *domains;	       /* NULL until session_domains() */
	struct asked_domain asked[ASKED_ROOM]; /* session_domain(); dropped with the listing */
	size_t n_asked;
	/*
	 * Compares the hypervisor with the records, or fills a new store: objects/host/opening.c.
	 */
	int (*bind)(struct session *s, struct vxe_error *err);
	bool (*is_here)(struct session *s);   /* the store's host is this machine */
	void (*meanwhile)(struct session *s); /* done while libvirt is being loaded; or NULL */
	/* objects/users/domain_files.h: what can be told of a domain without a connection; or NULL */
	bool (*tells)(struct session *s, const char *uuid, struct hv_domain *ret);
	/* What the uninstall of a snapshot would free, bytes: objects/vm/snapshot/vm_uninstall.c; or NULL */
	int (*frees)(struct session *s, const char *snapshot, int64_t *ret, struct vxe_error *err);
	struct session_cache places; /* objects/layers/places.c; kept to the end */
	struct session_cache leaves; /* objects/layers/leaf.c */
	struct session_cache users;  /* objects/users/users.c; kept to the end */
	int last[2];		     /* to be closed last: session_close_last() */
	size_t n_last;
	unsigned listing;      /* how often the listing of domains was dropped */
	struct map *began;     /* NULL until session_began(); dropped with it */
	struct vxe_error down; /* why libvirt cannot be reached; VXE_OK: untried or connected */
	char *warning;	       /* to be printed beside an incomplete result */
	bool agents_unasked;   /* a list of many VMs with all fields: LIST_WHOLE */
	bool adopted;	       /* this call has adopted unknown domains */
	bool acted;	       /* this call ran or ended an operation: objects/engine/deed.h */
	struct strv deeds;     /* the objects that this call works on: deed_note() */
	bool as_xe;	       /* called as `xe`: fields of vxe's own (F_OURS) do not exist */
	bool dry_run;	       /* session_hold() */
	int64_t merge_speed; /* of merges after a command, bytes per second; 0: as fast as possible */
	bool merges_left;    /* a signal came before the merges after a command were done */
	bool impatient;	     /* operations do not wait for locks: VXE_BUSY */
	const char *
		stops; /* the VM whose guest ends in any case: recovery ends it, not to wait; then NULL */
	bool force;	     /* force=true: losses are reported and do not stop the command */
	bool lose_all;	     /* the same for every layer that coalescing meets */
	struct strv freed;   /* by the last operation: plan.freed */
	struct strv changed; /* nodes already reported as changed since they were frozen */
	struct strv lost;    /* nodes whose internal snapshots were reported: these may be lost */
	char *store_uuid;    /* of the pool record; marks vxe's domains */
	char *host_uuid;
	struct hv_pools *pools;	       /* NULL until session_facts() */
	bool pools_old;		       /* read before the current listing of domains */
	struct hv_networks *networks;  /* NULL until session_networks() */
	struct hv_versions *versions;  /* NULL until session_versions() */
	struct machine_facts *machine; /* NULL until session_machine() */
	struct live *live;	       /* objects/session/live.c; dropped with the listing */
	struct machine_load *load;     /* NULL until session_load() */
	bool ignore_firmware;	       /* missing UEFI variables or TPM state are no error */
	struct strv firmware_missed;   /* the missing files reported so far */
	struct txn *read_txn;	       /* the transaction that getters read, and */
	struct names *names;	       /* the names found in it: objects/model/reader.c */
};

void session_close(struct session *s); /* accepts NULL */
DEFINE_CLEANUP(struct session *, session_close)
#define _cleanup_session_ _cleanup_(session_close_cleanup)
/* Takes a descriptor whose end takes time in the kernel: the session closes it after everything else. -1: none. */
void session_close_last(struct session *s, int fd);

/*
 * The hypervisor of @host, a UUID (NULL: this host), connected at the first call and checked against
 * the host record (VXE_HYPERVISOR_MISMATCH). Borrowed. A hypervisor that could not be reached once
 * is not tried again: VXE_HYPERVISOR_UNREACHABLE, until session_retry(). No other host can be reached
 * so far: HOST_OFFLINE, here and in every call below that takes a host.
 */
int session_hv(
	struct session *s, const char *host, struct hv **ret, struct vxe_error *err) _must_check_;
/* If libvirt is being loaded, the connection is opened meanwhile, too. For an operation that needs it in any case. */
void session_hv_ahead(struct session *s);
void session_retry(struct session *s);
/* The hypervisor counts as one that could not be reached. */
void session_give_up(struct session *s);
/* Listing of all domains, taken once per session (again after session_forget_domains()). */
int session_domains(struct session *s, const char *host, const struct hv_domains **ret,
	struct vxe_error *err) _must_check_;
/*
 * One domain, NULL if there is none: from the listing if it was taken, else from libvirt's files if
 * there is no connection yet (session_tells()), else libvirt is asked for this domain alone. After ASKED_ROOM such domains the listing is taken. Borrowed like the listing.
 */
int session_domain(struct session *s, const char *uuid, const struct hv_domain **ret,
	struct vxe_error *err) _must_check_;
/* True: session_domain() has this domain, and asked nobody. */
bool session_tells(struct session *s, const char *uuid);
/*
 * The same for callers that can use the store alone: when libvirt cannot be reached, returns 0 with
 * NULL in *ret, and sets a warning.
 */
int session_domains_if_up(struct session *s, const char *host, const struct hv_domains **ret,
	struct vxe_error *err) _must_check_;
/* The hypervisor; NULL in *ret and a warning when libvirt cannot be reached. */
int session_hv_if_up(
	struct session *s, const char *host, struct hv **ret, struct vxe_error *err) _must_check_;
/* True when libvirt was tried and could not be reached. */
bool session_is_down(const struct session *s);
void session_forget_domains(struct session *s);
/*
 * XML of a domain of that listing, or asked for alone, read once; borrowed, valid as long as the listing. NULL in *ret
 * when the domain no longer exists.
 */
int session_xml(struct session *s, const struct hv_domain *d, enum hv_xml which, const char **ret,
	struct vxe_error *err) _must_check_;
/* 1: somebody has written to the store since @generation, so data read before may be old. */
int session_store_moved(struct session *s, int64_t generation, struct vxe_error *err) _must_check_;
/*
 * A dry run: operations show their plans and end with VXE_PLANNED; whatever else would write to the
 * store or change something in libvirt fails with VXE_DRY_RUN.
 */
void session_hold(struct session *s, bool on);
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

/*
 * Reads the hypervisor's pools and networks, which adoption needs beside the definitions. The pools
 * are read once per listing of domains, because a newer domain may use a volume of a newer pool.
 */
int session_facts(struct session *s, const char *host, struct vxe_error *err) _must_check_;
/* Reads the pools anew, for a last check before something is written or removed. */
int session_facts_again(struct session *s, struct vxe_error *err) _must_check_;
/* Reads only the networks; again after session_forget_networks(). */
int session_networks(struct session *s, const char *host, struct vxe_error *err) _must_check_;
void session_forget_networks(struct session *s);
/* Versions of libvirt and the hypervisor. */
int session_versions(struct session *s, const char *host, const struct hv_versions **ret,
	struct vxe_error *err) _must_check_;
/* Start time of the domain's QEMU, seconds since 1970; 0 when no QEMU is found. */
int64_t session_began(struct session *s, const char *uuid);
/* The kernel's facts about the machine, read once per session. */
const struct machine_facts *session_machine(struct session *s);
/* The load of the machine; the first call takes 200 ms. */
const struct machine_load *session_load(struct session *s);
/*
 * For commands that show only the store: fills a new store (first use). Fails if libvirt cannot be
 * reached; then the store stays empty.
 */
int session_prepare(struct session *s, struct vxe_error *err) _must_check_;
