/* SPDX-License-Identifier: MIT */
/* A host of a session. A pool has one host so far; every function takes the host that it is about. */
#pragma once

#include "backends/hv/hv.h"
#include "backends/machine/machine.h"

struct live;
struct session;

/* How many caches higher rooms can keep here; the session does not know their content. */
#define CACHES_ROOM 4
struct caches {
	struct cache {
		void *held; /* the cache; NULL: not made yet */
		/* frees the cache, and tells whose it is; NULL: this entry is free */
		void (*release)(void *held);
	} items[CACHES_ROOM];
};
/* The entry of the cache that @release frees; *place is NULL until the caller fills it. */
void **cache_of(struct caches *c, void (*release)(void *held));
/* Frees all caches, the newest first. */
void caches_drop(struct caches *c);

#define ASKED_ROOM 4

/* A domain that libvirt was asked for alone; d.uuid is NULL if there is none. */
struct asked_domain {
	char *uuid;
	struct hv_domain d;
};

/* A host: how it is reached, and what this call has read of it. */
struct session_host {
	struct session *s;
	char *uuid;		    /* UUID of the host record; NULL: the store is new */
	struct hv *hv;		    /* NULL until session_hv() */
	struct vxe_error down;	    /* why it cannot be reached; VXE_OK: untried or connected */
	struct hv_domains *domains; /* listing of all domains; NULL until session_domains() */
	/* domains asked for by session_domain(); dropped with the listing */
	struct asked_domain asked[ASKED_ROOM];
	size_t n_asked;
	unsigned listing;     /* how often the listing of domains was dropped */
	struct caches caches; /* caches of higher rooms; dropped with the listing */
	struct map *
		began; /* start times of guests; NULL until session_began(); dropped with the listing */
	struct live
		*live; /* statistics of objects/session/guest_stats.c; dropped with the listing */
	struct hv_pools *pools; /* NULL until session_facts() */
	bool pools_old;		/* the pools were read before the current listing of domains */
	struct hv_networks *networks;  /* NULL until session_networks() */
	struct hv_versions *versions;  /* NULL until session_versions() */
	struct machine_facts *machine; /* NULL until host_facts() */
	struct machine_load *load;     /* NULL until host_load() */
};

/*
 * The host's hypervisor, connected at the first call and checked against the host record (VXE_HYPERVISOR_MISMATCH).
 * Borrowed. A hypervisor that could not be reached once is not tried again: VXE_HYPERVISOR_UNREACHABLE, until
 * session_retry(); nor one that did not answer in time (VXE_HYPERVISOR_SILENT, TASK_CANCELLED).
 */
int session_hv(struct session_host *h, struct hv **ret, struct vxe_error *err) _must_check_;
/* The next session_hv() waits for a connection that a thread opens: for an operation that can stop waiting. */
void session_hv_ahead(struct session_host *h);
void session_retry(struct session_host *h);
/* The listing of all domains. It is read once per call of the program, and again after session_forget_domains(). */
int session_domains(
	struct session_host *h, const struct hv_domains **ret, struct vxe_error *err) _must_check_;
/*
 * One domain, NULL if there is none: from the listing if it was taken, else from libvirt's files if there is no connection
 * yet (session_tells()), else libvirt is asked for this domain alone. After ASKED_ROOM such domains the listing is taken.
 * Borrowed like the listing.
 */
int session_domain(struct session_host *h, const char *uuid, const struct hv_domain **ret,
	struct vxe_error *err) _must_check_;
/* True if session_domain() can answer for this domain without asking libvirt. */
bool session_tells(struct session_host *h, const char *uuid);
/*
 * The same for callers that can use the store alone: when libvirt cannot be reached, returns 0 with
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
 * XML of a domain of that listing, or asked for alone, read once; borrowed, valid as long as the listing. NULL in *ret
 * when the domain no longer exists.
 */
int session_xml(struct session_host *h, const struct hv_domain *d, enum hv_xml which,
	const char **ret, struct vxe_error *err) _must_check_;
/*
 * Reads the hypervisor's pools and networks, which adoption needs beside the definitions. The pools
 * are read once per listing of domains, because a newer domain may use a volume of a newer pool.
 */
int session_facts(struct session_host *h, struct vxe_error *err) _must_check_;
/* Reads the pools anew, for a last check before something is written or removed. */
int session_facts_again(struct session_host *h, struct vxe_error *err) _must_check_;
/* Reads the networks, and nothing else; reads them again after session_forget_networks(). */
int session_networks(struct session_host *h, struct vxe_error *err) _must_check_;
void session_forget_networks(struct session_host *h);
/* The versions of libvirt and the hypervisor. */
int session_versions(
	struct session_host *h, const struct hv_versions **ret, struct vxe_error *err) _must_check_;
/* Start time of the domain's QEMU, seconds since 1970; 0 when no QEMU is found. */
int64_t session_began(struct session_host *h, const char *uuid);
/* Drops everything read of the host, and closes the connection. */
void session_host_close(struct session_host *h);
