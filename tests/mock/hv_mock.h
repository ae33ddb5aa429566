/* SPDX-License-Identifier: MIT */
/*
 * A hypervisor for tests: domains are a pair of XML texts in memory, no guest runs, but disk files
 * are real and merges work on them. A test makes one under a URI of its own; every session that
 * opens hv_mock_ops with that URI sees it, also after others were closed, as with a real daemon.
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

/* A persistent domain, as if somebody had defined (and started) it. */
void hv_mock_add(struct hv_mock *m, const char *xml, enum hv_state state);
void hv_mock_add_transient(struct hv_mock *m, const char *xml);
void hv_mock_remove(struct hv_mock *m, const char *uuid); /* as if by somebody else */
/* Copies the inactive XML to the live one when the domain becomes active. */
void hv_mock_set_state(struct hv_mock *m, const char *uuid, enum hv_state state);
enum hv_state hv_mock_state(const struct hv_mock *m, const char *uuid);
/* Somebody edits: replaces one XML. */
void hv_mock_set_xml(struct hv_mock *m, const char *uuid, enum hv_xml which, const char *xml);
/* Borrowed until the next change; NULL when there is no such domain or it is not active. */
const char *hv_mock_xml(const struct hv_mock *m, const char *uuid, enum hv_xml which);
void hv_mock_set_managed_save(struct hv_mock *m, const char *uuid, bool on);
void hv_mock_set_own_snapshots(struct hv_mock *m, const char *uuid, int n);
/* The guest's disk is on that file until the domain stops, whatever its live XML says. */
void hv_mock_set_disk_file(struct hv_mock *m, const char *uuid, const char *path);
void hv_mock_set_autostart(struct hv_mock *m, const char *uuid, bool on);
bool hv_mock_autostart(const struct hv_mock *m, const char *uuid);
/*
 * The guest's memory is one counter: 0 at a start, one more with each poll of a job while the
 * guest runs, kept by memory images and brought back by restores.
 */
void hv_mock_set_ram(struct hv_mock *m, const char *uuid, uint64_t counter);
uint64_t hv_mock_ram(const struct hv_mock *m, const char *uuid);
/* The counter in a memory image that the mock wrote; aborts when @path is no complete one. */
uint64_t hv_mock_image_ram(const char *path);
void hv_mock_add_network(struct hv_mock *m, const char *uuid, const char *name, const char *bridge);
/* A domain with a card on a network that is not active does not start. */
void hv_mock_set_network_active(struct hv_mock *m, const char *uuid, bool on);
void hv_mock_add_pool(struct hv_mock *m, const struct hv_pool *pool);
void hv_mock_set_host(struct hv_mock *m, const char *uuid);
/* What the guest does with the ACPI button: power off (as at first) or nothing. */
void hv_mock_ignore_button(struct hv_mock *m, bool on);
/* NULL: reachable again. Counts for hv_open only. */
void hv_mock_set_unreachable(struct hv_mock *m, const char *why);

/*
 * An agent answers in that guest, with this OS name and this address of its first card. @os NULL:
 * there is none, and the address is leased.
 */
void hv_mock_set_agent(struct hv_mock *m, const char *uuid, const char *os, const char *ip);

enum hv_mock_when {
	HV_MOCK_BEFORE, /* nothing is done */
	HV_MOCK_AFTER,	/* done, but the answer is lost; for slots that change something */
};
/* The call of @slot after @skip more ones fails with VXE_HYPERVISOR_FAILED(slot, text). */
void hv_mock_fail(struct hv_mock *m, const char *slot, unsigned skip, enum hv_mock_when when,
	const char *text);
/* Runs @fn once, right before the next call of @slot: somebody else was quicker. */
typedef void hv_mock_fn(struct hv_mock *m, void *ctx);
void hv_mock_before(struct hv_mock *m, const char *slot, hv_mock_fn *fn, void *ctx);
/* Calls of @slot so far; of all of them when NULL (spec_read and spec_patch are never counted). */
unsigned hv_mock_calls(const struct hv_mock *m, const char *slot);
/* Jobs started from now on answer "running" to that many polls, then do their work. */
void hv_mock_set_job_polls(struct hv_mock *m, unsigned polls);
