/* SPDX-License-Identifier: MIT */
/*
 * X-data-source-list and X-data-source-query for VMs, hosts and SRs.
 * Behaviour source: xen-api ocaml/xapi-cli-server/cli_operations.ml.
 */
#include <math.h>

#include "objects/host/data_source.h"
#include "xe/model/select.h"

static const struct column source_columns[] = { { "name_label", CELL_TEXT },
	{ "name_description", CELL_TEXT }, { "enabled", CELL_TEXT }, { "standard", CELL_TEXT },
	{ "min", CELL_TEXT }, { "max", CELL_TEXT }, { "units", CELL_TEXT }, { 0 } };
enum { N_CELLS = ARRAY_LEN(source_columns) - 1 };

/* How commands for one class select objects and read their data sources. */
struct source {
	int (*select)(struct call *c, unsigned flags, struct strv *ret, struct vxe_error *err);
	unsigned flags;
	int (*read)(struct session *s, const char *uuid, struct data_sources *ret,
		struct vxe_error *err);
};
static const struct source of_vm = { select_vms, SELECT_ONE | SELECT_CONTROL, data_sources_of_vm };
static const struct source of_host = { select_hosts, SELECT_ONE, data_sources_of_host };
static const struct source of_sr = { select_srs, SELECT_ONE, data_sources_of_sr };

static int measure(struct call *c, struct data_sources *ret, struct vxe_error *err)
{
	const struct source *from = c->command->arg;
	_cleanup_strv_ struct strv uuids = { 0 };

	if (from->select(c, from->flags, &uuids, err) < 0)
		return -1;
	return from->read(c->session, uuids.items[0], ret, err);
}

/*
 * Lists the data sources of the selected object. All of them can be queried at any time, so each is shown as enabled
 * and standard.
 */
static int list(struct call *c, struct vxe_error *err)
{
	_cleanup_data_sources_ struct data_sources all = { 0 };
	_cleanup_free_ const char **cells = NULL;

	if (measure(c, &all, err) < 0)
		return -1;
	cells = xcalloc(all.n * N_CELLS + 1, sizeof(*cells));
	for (size_t i = 0; i < all.n; i++) {
		const struct data_source *d = &all.items[i];
		const char *const record[N_CELLS] = { d->name, d->doc, "true", "true", "0.",
			isinf(d->most) ? "inf" : "1.", d->units };

		for (size_t k = 0; k < N_CELLS; k++)
			cells[i * N_CELLS + k] = record[k];
	}
	render_cells(c->render, source_columns, cells, all.n);
	return 0;
}

static int query(struct call *c, struct vxe_error *err)
{
	const char *name = call_get(c, "data-source");
	_cleanup_data_sources_ struct data_sources all = { 0 };
	const struct data_source *found;

	if (measure(c, &all, err) < 0)
		return -1;
	found = data_sources_find(&all, name);
	if (!found)
		return vxe_fail(err, INVALID_VALUE, "data_source", name);
	c->result = xasprintf("%f", found->value);
	return 0;
}

const struct command data_source_commands[] = {
	{ "host-data-source-list", list, C_SELECTS_HOST | C_READS | C_AT_HOST,
		"List what can be measured of the host.", NO_PARAMS, .arg = &of_host,
		PRINTS(PRINTS_CELLS, .columns = source_columns) },
	{ "host-data-source-query", query, C_SELECTS_HOST | C_READS | C_AT_HOST,
		"Print a measured value of the host.", PARAMS({ "data-source", P_REQUIRED }),
		.arg = &of_host, PRINTS(PRINTS_TEXTS) },
	{ "sr-data-source-list", list, C_SELECTS_SR | C_READS,
		"List what can be measured of a storage repository.", NO_PARAMS, .arg = &of_sr,
		PRINTS(PRINTS_CELLS, .columns = source_columns) },
	{ "sr-data-source-query", query, C_SELECTS_SR | C_READS,
		"Print a measured value of a storage repository.",
		PARAMS({ "data-source", P_REQUIRED }), .arg = &of_sr, PRINTS(PRINTS_TEXTS) },
	{ "vm-data-source-list", list, C_SELECTS | C_READS | C_ASKS_HOME,
		"List what can be measured of the selected running VM", NO_PARAMS, .arg = &of_vm,
		PRINTS(PRINTS_CELLS, .columns = source_columns) },
	{ "vm-data-source-query", query, C_SELECTS | C_READS | C_ASKS_HOME,
		"Print a measured value of the selected running VM",
		PARAMS({ "data-source", P_REQUIRED }), .arg = &of_vm, PRINTS(PRINTS_TEXTS) },
	{ 0 },
};
