/* SPDX-License-Identifier: MIT */
/*
 * What every hypervisor behind backends/hv does, as cases over its calls. The same cases run on the mock
 * (tests/unit/mock/test_conformance.c) and on libvirt (tests/e2e/hosts/53-conformance.sh, by main.c): a
 * unit test may build on what the mock does only because libvirt does the same.
 *
 * A case knows nothing of the hypervisor but struct conformance_host. It runs in a process of its own, with
 * a connection and a folder of its own, and judges by results, by the operation that an error names and by
 * files. Its domains, pools and networks have names and UUIDs that no other case has; others may be there.
 * The first judgement that fails ends the case.
 */
#pragma once

#include "backends/hv/hv.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct conformance_host {
	const struct hv_ops *ops;
	const char *uri;
	const char *folder; /* where a guest's disks may lie */
	const char *
		boot; /* a file whose bytes a disk begins with (tests/guest/tick.asm); NULL: no guest runs */
	bool bridges; /* a network can be started */
	/* another program resets the running guest, as by its button; false: that failed */
	bool (*reset)(const char *uri, const char *uuid);
};

struct world {
	const struct conformance_host *host;
	struct hv *h;
	struct vxe_error err;
	char *folder;
	char *name, *uuid; /* of the case's domain */
};

struct conformance_case {
	const char *name;
	void (*run)(struct world *w);
};
#define CASE(function)                                                                             \
	{                                                                                          \
#function, function                                                                \
	}

/* Of each file of cases; the last row has no name. */
extern const struct conformance_case facts_cases[], domain_cases[], layer_cases[], memory_cases[],
	migration_cases[], device_cases[], storage_cases[], network_cases[], snapshot_cases[];

/* Case number @i of all, NULL behind the last one. */
const struct conformance_case *conformance_case(size_t i);

/*
 * Runs it in this process, and prints a TAP line. One that fails ends the process, with status 1, and says
 * where it failed. So a process that has run one case, or none, calls this.
 */
void conformance_run(const struct conformance_host *host, size_t i);

/* ---- judgements --------------------------------------------------------------------------------- */

#define IS(condition)                                                                              \
	((condition) ? (void)0 : conformance_failed(__FILE__, __LINE__, "not so: %s", #condition))
/* The call succeeds. */
#define DO(call) conformance_done(&w->err, (call), __FILE__, __LINE__, #call)
/* The call fails with VXE_HYPERVISOR_FAILED(operation, some text). */
#define REFUSED(operation, call)                                                                   \
	conformance_refused(&w->err, (operation), (call), __FILE__, __LINE__, #call)

/* The call fails with VXE_BUSY of the domain, and says what is at work. */
#define BUSY(call) conformance_busy(w, (call), __FILE__, __LINE__, #call)

void conformance_failed(const char *file, int line, const char *format, ...) _printf_(3, 4)
	__attribute__((noreturn));
void conformance_done(struct vxe_error *err, int rc, const char *file, int line, const char *call);
void conformance_refused(struct vxe_error *err, const char *operation, int rc, const char *file,
	int line, const char *call);
void conformance_busy(struct world *w, int rc, const char *file, int line, const char *call);
