/* SPDX-License-Identifier: MIT */
/* A host of a session. A pool has one host so far; every function takes the host that it is about. */
#pragma once

#include "backends/hv/hv.h"
#include "backends/machine/machine.h"

struct live;
struct session;

/* So many caches can other source folders keep in a session or host; the session does not know what they hold. */
#define CACHES_ROOM 4
struct caches {
	struct cache {
		void *held; /* the cache; NULL: not made yet */
		/* frees the cache; the function also tells which cache it is; NULL: this entry is free */
		void (*release)(void *held);
	} items[CACHES_ROOM];
};
/*
 * A pointer to the cache that @release frees, which the session keeps; the cache is NULL until the caller has made
 * it.
 */
void **cache_of(struct caches *c, void (*release)(void *held));
/* Frees all caches, the newest first. */
void caches_drop(struct caches *c);

#define ASKED_ROOM 4

/* A domain that was looked up alone, without a listing of all domains; d.uuid is NULL if libvirt does not have it. */
struct asked_domain {
	char *uuid;
	struct hv_domain d;
};

/* A host: how it is reached, and what this call has read of it. */
struct session_host {
	struct session *s;
	char *uuid; /* UUID of the host record; NULL: the store is new */
	/* UUIDs of the stores that it had before it joined a pool; a domain with one of them is this store's, too */
	struct strv former_stores;
	bool knows_former; /* they were read, when a domain had another store's mark */
	struct hv *hv;	   /* NULL until session_hv() */
	/* why libvirt cannot be reached; VXE_OK: untried or connected */
	struct vxe_error down;
	struct hv_domains *domains; /* listing of all domains; NULL until session_domains() */
	/* domains looked up alone by session_domain(); dropped together with the listing of all domains */
	struct asked_domain asked[ASKED_ROOM];
	size_t n_asked;
	unsigned listing;     /* how often the listing of domains was dropped */
	struct caches caches; /* caches of other source folders; dropped together with @domains */
	/* start times of guests; NULL until session_began(); dropped together with @domains */
	struct map *began;
	/* starts and reboots that this call has seen and a record may lack: session_see_start() */
	struct map starts;
	bool starts_new; /* one of them is not on record yet, as far as this call knows */
	/* statistics of objects/session/guest_stats.c; dropped together with @domains */
	struct live *live;
	struct hv_pools *pools; /* NULL until session_facts() */
	bool pools_old;		/* the pools were read before the current listing of domains */
	struct hv_networks *networks;  /* NULL until session_networks() */
	struct hv_versions *versions;  /* NULL until session_versions() */
	struct machine_facts *machine; /* NULL until host_facts() */
	struct machine_load *load;     /* NULL until host_load() */
};

/*
 * The host's hypervisor, connected at the first call and checked against the host record (VXE_HYPERVISOR_MISMATCH).
 * Borrowed. A hypervisor that could not be reached once, or did not answer in time (VXE_HYPERVISOR_SILENT,
 * TASK_CANCELLED), is not tried again: VXE_HYPERVISOR_UNREACHABLE, until session_retry().
 */
int session_hv(struct session_host *h, struct hv **ret, struct vxe_error *err) _must_check_;
/*
 * Begins to connect to libvirt in a thread, for an operation that can be cancelled while it waits; the next
 * session_hv() gets that connection.
 */
void session_hv_ahead(struct session_host *h);
void session_retry(struct session_host *h);
/* The listing of all domains. It is read once per call of the program, and again after session_forget_domains(). */
int session_domains(
	struct session_host *h, const struct hv_domains **ret, struct vxe_error *err) _must_check_;
/*
 * One domain, NULL if there is none: from the listing of all domains if that was read, else from libvirt's files if
 * there is no connection yet (session_tells()), else libvirt is asked for this domain alone. After ASKED_ROOM single
 * domains all are listed. Borrowed like the listing.
 */
int session_domain(struct session_host *h, const char *uuid, const struct hv_domain **ret,
	struct vxe_error *err) _must_check_;
/* True if session_domain() can answer for this domain without asking libvirt. */
bool session_tells(struct session_host *h, const char *uuid);
/*
 * As session_domains(), for callers that can do with the store alone: if libvirt cannot be reached, returns 0 with
 * NULL in *ret, and sets a warning.
 */
int session_domains_if_up(
	struct session_host *h, const struct hv_domains **ret, struct vxe_error *err) _must_check_;
/* The hypervisor; if libvirt cannot be reached, *ret is NULL and the session gets a warning. */
int session_hv_if_up(struct session_host *h, struct hv **ret, struct vxe_error *err) _must_check_;
/* True when libvirt was tried and could not be reached. */
bool session_is_down(const struct session_host *h);
void session_forget_domains(struct session_host *h);
/*
 * The XML of a domain that session_domains() or session_domain() has returned, read from libvirt once; borrowed,
 * valid as long as the listing of domains. NULL in *ret if the domain no longer exists.
 */
int session_xml(struct session_host *h, const struct hv_domain *d, enum hv_xml which,
	const char **ret, struct vxe_error *err) _must_check_;
/* Reads a domain's XML anew; owned. */
int session_spec(struct session_host *h, const char *uuid, enum hv_xml which,
	struct domain_spec **ret, struct vxe_error *err) _must_check_;
/*
 * Reads the hypervisor's storage pools and networks, which are needed beside a domain's definition to make records of
 * the domain. The pools are read once per listing of domains, because a newer domain may use a volume of a newer
 * pool.
 */
int session_facts(struct session_host *h, struct vxe_error *err) _must_check_;
/* Reads the pools anew, for a last check before something is written or removed. */
int session_facts_again(struct session_host *h, struct vxe_error *err) _must_check_;
/* Reads the hypervisor's networks, unless they were read since the last session_forget_networks(). */
int session_networks(struct session_host *h, struct vxe_error *err) _must_check_;
void session_forget_networks(struct session_host *h);
/* The versions of libvirt and the hypervisor. */
int session_versions(
	struct session_host *h, const struct hv_versions **ret, struct vxe_error *err) _must_check_;
/* Start time of the domain's QEMU, seconds since 1970; 0 when no QEMU is found. */
int64_t session_began(struct session_host *h, const char *uuid);
/*
 * This call has seen that the domain's guest started, or rebooted, at that time (seconds since 1970), which its record may
 * lack: seen_starts_note() puts it there. An earlier time than one seen before changes nothing.
 */
void session_see_start(struct session_host *h, const char *uuid, int64_t at);
/*
 * The latest start that this call has seen; 0: none, or a reboot that belongs to the start at the time @known (0: none is),
 * as a guest that is reset tells of it more than once.
 */
int64_t session_seen_start(const struct session_host *h, const char *uuid, int64_t known);
/*
 * Sees the reboots of guests since the last call, as starts at this moment; the first call begins to listen. Of what libvirt
 * does not tell nothing is seen.
 */
void session_hear_reboots(struct session_host *h);
/* Drops everything read of the host, and closes the connection. */
void session_host_close(struct session_host *h);
