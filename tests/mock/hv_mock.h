/* SPDX-License-Identifier: MIT */
/*
 * A hypervisor for tests: domains are a pair of XML texts in memory, no guest runs, but disk files
 * are real and merges work on them. A test makes one under a URI of its own; every session that
 * opens hv_mock_ops with that URI sees the same mock, also after other sessions were closed, as
 * with a real daemon.
 *
 *	struct hv_mock *m = hv_mock_create("mock:///a");
 *	hv_mock_add(m, xml, HV_RUNNING);
 *	config.hypervisor = &hv_mock_ops, config.connect = "mock:///a";
 *	...
 *	hv_mock_free(m);
 *
 * The registry of URIs is a static list: one process, one thread.
 *
 * What its calls do is what libvirt does: tests/conformance runs on both.
 *
 * Stricter than libvirt on purpose: a start fails when a file of the chain is missing, or when a
 * <backingStore> of the inactive XML contradicts the header below it (libvirt would run the guest
 * on the wrong disk).
 *
 * @slot below is the name of a member of struct hv_ops ("start", "poll"); an unknown one aborts.
 */
#pragma once

#include "backends/hv/hv.h"

extern const struct hv_ops hv_mock_ops;

struct hv_mock;

struct hv_mock *hv_mock_create(const char *uri);
void hv_mock_free(struct hv_mock *m); /* accepts NULL; sessions on it must be closed */
DEFINE_CLEANUP(struct hv_mock *, hv_mock_free)
#define _cleanup_mock_ _cleanup_(hv_mock_free_cleanup)

/* Adds a persistent domain, as if another program had defined (and started) it. */
void hv_mock_add(struct hv_mock *m, const char *xml, enum hv_state state);
void hv_mock_add_transient(struct hv_mock *m, const char *xml);
void hv_mock_remove(struct hv_mock *m, const char *uuid); /* as if another program did */
/* Copies the inactive XML to the live one when the domain becomes active. */
void hv_mock_set_state(struct hv_mock *m, const char *uuid, enum hv_state state);
enum hv_state hv_mock_state(const struct hv_mock *m, const char *uuid);
/* Replaces one XML text, as if another program had edited it. */
void hv_mock_set_xml(struct hv_mock *m, const char *uuid, enum hv_xml which, const char *xml);
/* Borrowed until the next change; NULL when there is no such domain or it is not active. */
const char *hv_mock_xml(const struct hv_mock *m, const char *uuid, enum hv_xml which);
void hv_mock_set_managed_save(struct hv_mock *m, const char *uuid, bool on);
void hv_mock_set_own_snapshots(struct hv_mock *m, const char *uuid, int n);
/* The guest's disk stays on @path until the domain stops, whatever its live XML says. */
void hv_mock_set_disk_file(struct hv_mock *m, const char *uuid, const char *path);
void hv_mock_set_autostart(struct hv_mock *m, const char *uuid, bool on);
bool hv_mock_autostart(const struct hv_mock *m, const char *uuid);
/*
 * The guest's memory is one counter: 0 at a start, and incremented with each poll of a job while
 * the guest runs. Memory images keep the counter, and restores bring it back.
 */
void hv_mock_set_ram(struct hv_mock *m, const char *uuid, uint64_t counter);
uint64_t hv_mock_ram(const struct hv_mock *m, const char *uuid);
/* The counter in a memory image that the mock wrote; aborts if the image is not complete. */
uint64_t hv_mock_image_ram(const char *path);
void hv_mock_add_network(struct hv_mock *m, const char *uuid, const char *name, const char *bridge);
/* A domain with a card on an inactive network does not start. */
void hv_mock_set_network_active(struct hv_mock *m, const char *uuid, bool on);
void hv_mock_add_pool(struct hv_mock *m, const struct hv_pool *pool);
void hv_mock_set_host(struct hv_mock *m, const char *uuid);
/* The guest, which runs, reboots, and its QEMU goes on. */
void hv_mock_reset(struct hv_mock *m, const char *uuid);
/* The guest's reaction to the ACPI button: it powers off (the default) or does nothing. */
void hv_mock_ignore_button(struct hv_mock *m, bool on);
/* The version of libvirt; borrowed. "9.0.0" before the first call. */
void hv_mock_set_library(struct hv_mock *m, const char *version);
/* The reason why hv_open fails; NULL: it succeeds again. Open sessions are not affected. */
void hv_mock_set_unreachable(struct hv_mock *m, const char *why);

/*
 * Gives the guest an agent that reports this OS name and this address of the first card. With @os
 * NULL there is no agent, and the address comes from a DHCP lease.
 */
void hv_mock_set_agent(struct hv_mock *m, const char *uuid, const char *os, const char *ip);

enum hv_mock_when {
	HV_MOCK_BEFORE, /* nothing is done */
	HV_MOCK_AFTER,	/* done, but the answer is lost; for slots that change something */
};
/* After @skip more calls of @slot, the next call fails with VXE_HYPERVISOR_FAILED(slot, text). */
void hv_mock_fail(struct hv_mock *m, const char *slot, unsigned skip, enum hv_mock_when when,
	const char *text);
/* Runs @fn once, right before the next call of @slot, as if another program were faster. */
typedef void hv_mock_fn(struct hv_mock *m, void *ctx);
void hv_mock_before(struct hv_mock *m, const char *slot, hv_mock_fn *fn, void *ctx);
/*
 * The number of calls of @slot so far; NULL: of all slots (spec_read and spec_patch are not
 * counted).
 */
unsigned hv_mock_calls(const struct hv_mock *m, const char *slot);
/*
 * The next migration from here fails when the guest has changed hosts, as if a daemon had died: here the domain is paused, on
 * the other host it runs, and both have its definition.
 */
void hv_mock_die_at_switch(struct hv_mock *m);
/* Each job started from now on answers "running" to @polls polls and then does its work. */
void hv_mock_set_job_polls(struct hv_mock *m, unsigned polls);
