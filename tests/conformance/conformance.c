/* SPDX-License-Identifier: MIT */
/* The cases by number, their judgements, and what is around each of them. */
#include "tests/conformance/conformance.h"

#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "objects/base/uuid.h"

static size_t number; /* of the case that runs, from 1 */

static const struct conformance_case *const files[] = { facts_cases, domain_cases, layer_cases,
	memory_cases, migration_cases, device_cases, storage_cases, network_cases, snapshot_cases };

const struct conformance_case *conformance_case(size_t i)
{
	for (size_t f = 0; f < ARRAY_LEN(files); f++)
		for (const struct conformance_case *c = files[f]; c->name; c++)
			if (i-- == 0)
				return c;
	return NULL;
}

/* ---- judgements ------------------------------------------------------------------------------- */

void conformance_failed(const char *file, int line, const char *format, ...)
{
	va_list args;

	printf("not ok %zu - %s\n# at %s:%d: ", number, conformance_case(number - 1)->name,
		strrchr(file, '/') ? strrchr(file, '/') + 1 : file, line);
	va_start(args, format);
	(void)vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	_exit(1);
}

static const char *why(const struct vxe_error *err)
{
	return err->n_params ? err->params[err->n_params - 1] : "";
}

void conformance_done(struct vxe_error *err, int rc, const char *file, int line, const char *call)
{
	if (rc != 0)
		conformance_failed(file, line, "%s is %d: %s: %s", call, rc,
			code_info(err->code)->name, why(err));
}

void conformance_refused(struct vxe_error *err, const char *operation, int rc, const char *file,
	int line, const char *call)
{
	if (rc != -1)
		conformance_failed(file, line, "%s is %d and not refused", call, rc);
	if (err->code != VXE_HYPERVISOR_FAILED || !str_eq(err->params[0], operation) ||
		str_is_empty(why(err)))
		conformance_failed(file, line, "%s fails with %s(%s): %s", call,
			code_info(err->code)->name, err->n_params ? err->params[0] : "", why(err));
	error_clear(err);
}

void conformance_busy(struct world *w, int rc, const char *file, int line, const char *call)
{
	if (rc != -1 || w->err.code != VXE_BUSY || !str_eq(w->err.params[0], w->uuid) ||
		str_is_empty(w->err.params[1]))
		conformance_failed(file, line, "%s is %d with %s and not busy", call, rc,
			code_info(w->err.code)->name);
	error_clear(&w->err);
}

/* ---- a case ----------------------------------------------------------------------------------- */

static void drop_domains(struct world *w)
{
	struct hv_domains all = { 0 };

	DO(hv_list(w->h, &all, &w->err));
	for (size_t i = 0; i < all.n; i++) {
		if (!str_starts(all.items[i].name, w->name))
			continue;
		DO(hv_destroy(w->h, all.items[i].uuid, &w->err));
		DO(hv_undefine(w->h, all.items[i].uuid, HV_UNDEFINE_DROP_STATE, &w->err));
	}
	hv_domains_clear(&all);
}

void conformance_run(const struct conformance_host *host, size_t i)
{
	const struct conformance_case *c = conformance_case(i);
	struct world world = { .host = host }, *w = &world;

	number = i + 1;
	w->folder = xasprintf("%s/%s", host->folder, c->name);
	w->name = xasprintf("conformance-%zu-", number);
	w->uuid = uuid_new();
	IS(mkdir(w->folder, 0711) == 0);
	DO(hv_open(&w->h, host->ops, host->uri, &w->err));
	c->run(w);
	drop_domains(w);
	hv_close(w->h);
	free(w->folder);
	free(w->name);
	free(w->uuid);
	printf("ok %zu - %s\n", number, c->name);
	fflush(stdout);
}
