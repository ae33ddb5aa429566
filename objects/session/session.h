/* SPDX-License-Identifier: MIT */
/*
 * A session: what one call of the program works with. Opened once (objects/host/opening.h), passed to
 * everything; no other state lives in memory.
 */
#pragma once

#include "backends/hv/hv.h"
#include "backends/machine/machine.h"
#include "objects/base/failpoint.h"
#include "store/store.h"

struct live;

struct session_config {
	const char *store;		 /* VXE_STORE or the default */
	const char *connect;		 /* VXE_CONNECT or the default */
	const char *lock_dir;		 /* /run/vxe or below $XDG_RUNTIME_DIR */
	const char *image_dir;		 /* directory of the SR "Local storage" */
	const char *definitions_dir;	 /* where libvirt keeps the XML of domains, */
	const char *nvram_dir;		 /* UEFI variables, and */
	const char *tpm_dir;		 /* TPM state, unless told otherwise; NULL: unknown */
	const struct store_ops *engine;	 /* NULL: sqlite */
	const struct hv_ops *hypervisor; /* NULL: libvirt */
	const char *root;		 /* of the machine's /proc and /sys; NULL: the real one */
	const char *plugin_dir;		 /* of host-call-plugin; NULL: there are none */
	unsigned plugin_owner;		 /* whose plugins are run: root */
	const char *shutdown;		 /* the program that ends the system; NULL: none */
	int64_t shutdown_timeout_ms;	 /* of a guest's button; 0: the default */
	int64_t libvirt_timeout_ms;	 /* of a question to libvirt; 0: no watch */
	struct failpoints failpoints;
};

/* What is shown to whoever waits; xe/ fills it in, tests may leave it empty. */
struct session_ui {
	void (*notice)(void *ctx, const char *text);		  /* what a result lacks */
	void (*waiting)(void *ctx, const char *text);		  /* for whoever sits there */
	void (*progress)(void *ctx, int64_t done, int64_t total); /* bytes; total 0: unknown */
	bool (*cancelled)(void *ctx);				  /* ^C was pressed */
	void *ctx;
};

/* What a room above keeps as long as the listing of domains is kept. */
struct session_cache {
	void *held; /* NULL: nothing yet */
	void (*release)(void *held);
};

struct session {
	struct session_config config;
	struct session_ui ui;
	struct store *store;
	struct hv *hv;		    /* NULL until session_hv() */
	struct hv_domains *domains; /* NULL until session_domains() */
	/* Compares the hypervisor with the records, or fills a new store: objects/host/opening.c. */
	int (*bind)(struct session *s, struct vxe_error *err);
	bool (*is_here)(struct session *s); /* the store's host is this machine */
	struct session_cache places;	    /* objects/layers/places.c */
	struct session_cache leaves;	    /* objects/layers/leaf.c */
	struct map *began;		    /* NULL until session_began(); goes with that listing */
	struct vxe_error down; /* why libvirt could not be reached; VXE_OK: not tried, or it was */
	char *warning;	       /* to be shown beside a result that lacks something */
	bool agents_unasked;   /* a list of many VMs with all fields: LIST_WHOLE */
	bool adopted;	       /* unknown domains were taken in by this call */
	bool force;	       /* force=true: what would be lost is said, and no reason to stop */
	bool lose_all;	       /* the same for whatever coalescing comes upon */
	struct strv changed;   /* nodes that were named as changed since they were frozen */
	struct strv lost;      /* nodes whose internal snapshots were named: these may go */
	char *store_uuid;      /* of the pool record; marks our domains */
	char *host_uuid;
	struct hv_pools *pools;	       /* NULL until session_facts() */
	bool pools_old;		       /* read before that listing of domains */
	struct hv_networks *networks;  /* NULL until session_networks() */
	struct hv_versions *versions;  /* NULL until session_versions() */
	struct machine_facts *machine; /* NULL until session_machine() */
	struct live *live;	     /* objects/session/live.c; goes with the listing of domains */
	struct machine_load *load;   /* NULL until session_load() */
	bool ignore_firmware;	     /* UEFI variables and TPM state that are gone are no error */
	struct strv firmware_missed; /* and which were told so far */
	struct txn *read_txn;	     /* what getters read from, and */
	struct names *names;	     /* the names met there: objects/model/reader.c */
};

void session_close(struct session *s); /* accepts NULL */
DEFINE_CLEANUP(struct session *, session_close)
#define _cleanup_session_ _cleanup_(session_close_cleanup)

/*
 * The hypervisor of @host, a UUID (NULL: this host), connected at the first call and checked against
 * the host record (VXE_HYPERVISOR_MISMATCH). Borrowed. A hypervisor that could not be reached once
 * is not tried again: VXE_HYPERVISOR_UNREACHABLE, until session_retry(). No other host can be reached
 * so far: HOST_OFFLINE, here and in every call below that takes a host.
 */
int session_hv(
	struct session *s, const char *host, struct hv **ret, struct vxe_error *err) _must_check_;
void session_retry(struct session *s);
/* Listing of all domains, taken once per session (again after session_forget_domains()). */
int session_domains(struct session *s, const char *host, const struct hv_domains **ret,
	struct vxe_error *err) _must_check_;
/*
 * The same for what can be told from the store alone: when libvirt cannot be reached, NULL in *ret,
 * return 0, and a warning.
 */
int session_domains_if_up(struct session *s, const char *host, const struct hv_domains **ret,
	struct vxe_error *err) _must_check_;
/* True when libvirt was tried and could not be reached. */
bool session_is_down(const struct session *s);
void session_forget_domains(struct session *s);
/*
 * XML of a domain of that listing, read once; borrowed, it goes with the listing. NULL in *ret when
 * the domain has gone since.
 */
int session_xml(struct session *s, const struct hv_domain *d, enum hv_xml which, const char **ret,
	struct vxe_error *err) _must_check_;
/* 1: somebody wrote to the store since @generation, so what was read before may be old. */
int session_store_moved(struct session *s, int64_t generation, struct vxe_error *err) _must_check_;
bool session_cancelled(struct session *s);
/* TASK_CANCELLED for whoever only reads, unless what the command is for has been done. */
int session_ended(struct vxe_error *err) _must_check_;
void session_notice(struct session *s, const char *fmt, ...) _printf_(2, 3);
/* Another operation holds @object. */
void session_waiting(struct session *s, const char *object);
void session_progress(struct session *s, int64_t done, int64_t total);

/*
 * Gathers the hypervisor's pools and networks: what adoption needs beside the definitions. The pools once
 * per listing of domains: a newer domain may have a volume of a newer pool.
 */
int session_facts(struct session *s, const char *host, struct vxe_error *err) _must_check_;
/* The networks alone. */
int session_networks(struct session *s, const char *host, struct vxe_error *err) _must_check_;
/* Versions of libvirt and the hypervisor. */
int session_versions(struct session *s, const char *host, const struct hv_versions **ret,
	struct vxe_error *err) _must_check_;
/* When the domain's QEMU began, seconds since 1970; 0 when there is none to be seen. */
int64_t session_began(struct session *s, const char *uuid);
/* What the kernel says of the machine, read once per session. */
const struct machine_facts *session_machine(struct session *s);
/* How busy it is; the first call takes 200 ms. */
const struct machine_load *session_load(struct session *s);
/*
 * For whoever shows the store alone: on a brand-new store it does first use, which fails where
 * libvirt cannot be reached; the store stays empty then.
 */
int session_prepare(struct session *s, struct vxe_error *err) _must_check_;
