/* SPDX-License-Identifier: MIT */
/* Shared by the tests of the mock hypervisor: a directory, a connection, domains and images. */
#pragma once

#include "tests/unit/leak.h"

#include "backends/child/child.h"
#include "objects/disks/images/image_merge.h"
#include "backends/content/content.h"
#include "tests/mock/hv_mock.h"
#include "tests/unit/scratch.h"
#include "tests/image_at.h"
#include "objects/disks/images/image_make.h"

#include <stdio.h>
#include <string.h>

#define URI "mock:///test"
#define UUID "6695eb01-f6a4-8304-79aa-97f2502e193f"
#define OTHER "7795eb01-f6a4-8304-79aa-97f2502e193f"
#define MIB 1048576

static char dir[SCRATCH_MAX]; /* each test runs in a process of its own */

static inline void enter(void)
{
	scratch_dir(dir, "mock");
}

static inline void leave(void)
{
	scratch_drop(dir);
	no_leaks();
}

/* ---- helpers -------------------------------------------------------------------------------- */

/* A hypervisor and a connection to it. */
struct world {
	struct hv_mock *m;
	struct hv *h;
	struct vxe_error err;
};

static inline void world_open(struct world *w)
{
	w->m = hv_mock_create(URI);
	cr_assert_eq(hv_open(&w->h, &hv_mock_ops, URI, &w->err), 0);
}

static inline void world_close(struct world *w)
{
	hv_close(w->h);
	hv_mock_free(w->m);
	error_clear(&w->err);
}
#define _cleanup_world_ _cleanup_(world_close)

static const char *why(const struct vxe_error *err)
{
	return err->n_params ? err->params[err->n_params - 1] : "";
}

#define GOES(w, call) cr_assert_eq((call), 0, "%s: %s", #call, why(&(w).err))

/* The call failed with @code and a text that contains @text. */
static inline void assert_failed(struct world *w, int rc, enum vxe_code code, const char *text)
{
	cr_assert_eq(rc, -1);
	cr_assert_eq(w->err.code, code);
	cr_assert_not_null(strstr(why(&w->err), text), "%s", why(&w->err));
	error_clear(&w->err);
}

static inline char *file(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static inline void qemu_io(const char *path, const char *command)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const char *const argv[] = { "qemu-io", "-f", "qcow2", "-c", command, path, NULL };
	_cleanup_free_ char *output = NULL;

	cr_assert_eq(child_run(argv, path, &output, &err), 0);
	cr_assert_null(strstr(output, "ailed"), "%s", output);
}

static inline void make(const char *name)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = file(name);

	cr_assert_eq(image_make(image_at(path), MIB, &err), 0, "%s", why(&err));
}

static inline void make_overlay(const char *name, const char *backing)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = file(name);
	const struct image_overlay o = { image_at(path), backing, "qcow2", MIB };

	cr_assert_eq(image_make_overlays(&o, 1, NULL, &err), 0, "%s", why(&err));
}

static inline void write_pattern(const char *name, int at_kib, int pattern)
{
	_cleanup_free_ char *path = file(name);
	_cleanup_free_ char *command = xasprintf("write -P %d %dk 64k", pattern, at_kib);

	qemu_io(path, command);
}

static inline void assert_pattern(const char *name, int at_kib, int pattern)
{
	_cleanup_free_ char *path = file(name);
	_cleanup_free_ char *command = xasprintf("read -P %d %dk 64k", pattern, at_kib);

	qemu_io(path, command);
}

static inline char *backing_of(const char *name)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = file(name);
	struct content_header header = { 0 };

	cr_assert_eq(content_read(image_at(path), &header, &err), 1);
	char *backing = xstrdup(header.backing ? header.backing : "");
	content_header_clear(&header);
	return backing;
}

static inline void assert_backing(const char *name, const char *backing)
{
	_cleanup_free_ char *have = backing_of(name);

	cr_assert_str_eq(have, backing, "%s", name);
}

static inline char *domain_xml(const char *uuid, const char *name, const char *leaf)
{
	return xasprintf("<domain type=\"kvm\">\n"
			 "  <name>%s</name>\n"
			 "  <uuid>%s</uuid>\n"
			 "  <devices>\n"
			 "    <disk type=\"file\" device=\"disk\">\n"
			 "      <driver name=\"qemu\" type=\"qcow2\"/>\n"
			 "      <source file=\"%s/%s\"/>\n"
			 "      <target dev=\"vda\" bus=\"virtio\"/>\n"
			 "    </disk>\n"
			 "    <disk type=\"file\" device=\"cdrom\">\n"
			 "      <target dev=\"sda\" bus=\"sata\"/>\n"
			 "    </disk>\n"
			 "  </devices>\n"
			 "</domain>\n",
		name, uuid, dir, leaf);
}

static inline void add(
	struct world *w, const char *uuid, const char *name, const char *leaf, enum hv_state state)
{
	_cleanup_free_ char *xml = domain_xml(uuid, name, leaf);

	hv_mock_add(w->m, xml, state);
}

static inline char *leaf_of(struct world *w, enum hv_xml which)
{
	_cleanup_spec_ struct domain_spec *s = NULL;
	_cleanup_free_ char *xml = NULL;

	GOES(*w, hv_xml(w->h, UUID, which, &xml, &w->err));
	GOES(*w, spec_read(xml, &s, &w->err));
	return xstrdup(strrchr(spec_find_disk(s, "vda")->path, '/') + 1);
}

static inline void assert_leaf(struct world *w, const char *live, const char *inactive)
{
	_cleanup_free_ char *a = leaf_of(w, HV_XML_LIVE), *b = leaf_of(w, HV_XML_INACTIVE);

	cr_assert_str_eq(a, live);
	cr_assert_str_eq(b, inactive);
}

static inline enum hv_state state_of(struct world *w, const char *uuid)
{
	struct hv_domains all = { 0 };

	GOES(*w, hv_list(w->h, &all, &w->err));
	cr_assert_not_null(hv_domains_find(&all, uuid));
	enum hv_state state = hv_domains_find(&all, uuid)->state;
	hv_domains_clear(&all);
	return state;
}

static inline int run(struct world *w, struct hv_job *started)
{
	_cleanup_job_ struct hv_job *job = started;
	int rc;

	while ((rc = hv_poll(job, NULL, &w->err)) == 1)
		;
	return rc;
}

static inline int switch_to(struct world *w, const char *overlay)
{
	_cleanup_free_ char *path = file(overlay);
	const struct hv_switch s = { "vda", path, "qcow2", NULL, NULL };
	const struct hv_switch_how how = { 0 };
	struct hv_job *job = NULL;

	if (hv_switch_start(w->h, UUID, &s, 1, &how, &job, &w->err) < 0)
		return -1;
	return run(w, job);
}

/* Makes four layers, each with its own pattern at its own place and one at a common place. */
static inline void make_chain(void)
{
	make("0");
	make_overlay("1", "0");
	make_overlay("2", "1");
	make_overlay("3", "2");
	for (int i = 0; i < 4; i++) {
		char name[2] = { (char)('0' + i), '\0' };
		write_pattern(name, 64 * (i + 1), 0x10 + i);
		write_pattern(name, 0, 0x20 + i);
	}
}
