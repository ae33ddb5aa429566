/* SPDX-License-Identifier: MIT */
/*
 * Data sources: numbers for the present load of a VM, the host or an SR. Nothing records them; each
 * is measured on request. Names and units are XenServer's if it has the same source.
 */
#pragma once

#include "objects/session/session.h"

struct data_source {
	char *name;
	const char *doc;
	const char *units;
	double most; /* greatest possible value; INFINITY: no limit */
	double value;
};
struct data_sources {
	size_t n;
	struct data_source *items;
};
void data_sources_clear(struct data_sources *d);
#define _cleanup_data_sources_ _cleanup_(data_sources_clear)
/* The data source called @name, borrowed; NULL: there is none. */
const struct data_source *data_sources_find(const struct data_sources *d, const char *name);

/*
 * The data sources of a VM; none if the VM does not run. The first call in a session takes 200 ms, in which the load
 * is measured.
 */
int data_sources_of_vm(struct session *s, const char *uuid, struct data_sources *ret,
	struct vxe_error *err) _must_check_;
int data_sources_of_host(struct session *s, const char *uuid, struct data_sources *ret,
	struct vxe_error *err) _must_check_;
int data_sources_of_sr(struct session *s, const char *uuid, struct data_sources *ret,
	struct vxe_error *err) _must_check_;
