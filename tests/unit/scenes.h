/* SPDX-License-Identifier: MIT */
/*
 * Scenes with unnamed layers, as real files below a mock hypervisor. The content of every VDI is
 * the same before and after the merges, also after an error in the middle.
 */
#pragma once

#include "objects/disks/disks.h"
#include "objects/disks/merge/coalesce.h"
#include "tests/unit/layers.h"
#include "tests/unit/leak.h"

#include "tests/unit/harness.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

/*
 * A scene is a tree with one layer that no VDI names (N, in some scenes m), the VDIs and machines
 * that use the tree, and the expected result.
 */
struct scene {
	const char *name;
	struct layer layers[6];
	struct {
		char vdi, node;
		bool snapshot;
	} vdis[6];
	struct {
		char vm;
		const char *vdis;
		enum hv_state state;
	} vms[4];
	const char *gone, *kept; /* nodes without, or with, files and records at the end */
	struct {
		char vdi, node;
	} then[6];
	const char *writable; /* those of @kept with write bits; all others have none */
	const char *op;	      /* the operation whose failpoints are tried; NULL: none */
};

#define FROZEN NODE_MADE, NODE_FROZEN, NULL
#define LEAF NODE_MADE, NODE_WRITABLE, NULL
#define FOREIGN NODE_ADOPTED_BASE, NODE_FROZEN, NULL
#define OWN_LEAF NODE_ADOPTED_LEAF, NODE_WRITABLE, NULL

static const struct scene scenes[] = {
	{ "halted, below a header that is not ours it goes up",
		{ { 'R', 0, FROZEN, 0, 15 }, { 'N', 'R', FROZEN, 2, 3 }, { 'C', 'N', FROZEN, 3, 9 },
			{ 'E', 'C', FOREIGN, 7, 8 }, { 'L', 'E', OWN_LEAF, 1, 1 } },
		{ { 's', 'R', true }, { 't', 'C', true }, { 'v', 'L', false } },
		{ { 'W', "v", HV_SHUTOFF } }, "N", "RCEL", { { 't', 'C' }, { 'v', 'L' } }, "EL",
		"coalesce-pull" },
	{ "halted, the small leaf goes down and the definition follows",
		{ { 'R', 0, FROZEN, 0, 15 }, { 'N', 'R', FROZEN, 2, 13 },
			{ 'L', 'N', LEAF, 3, 4 } },
		{ { 's', 'R', true }, { 'v', 'L', false } }, { { 'W', "v", HV_SHUTOFF } }, "L",
		"RN", { { 's', 'R' }, { 'v', 'N' } }, "N", "coalesce-commit" },
	{ "halted, the user's raw file takes its overlay in",
		{ { 'U', 0, NODE_ADOPTED_LEAF, NODE_FROZEN, "raw", 0, 1 },
			{ 'L', 'U', LEAF, 1, 12 } },
		{ { 'v', 'L', false } }, { { 'W', "v", HV_SHUTOFF } }, "L", "U", { { 'v', 'U' } },
		"U", NULL },
	{ "halted, a snapshot with two overlays goes down",
		{ { 'N', 0, FROZEN, 0, 15 }, { 'C', 'N', FROZEN, 4, 5 }, { 'L', 'C', LEAF, 0, 1 },
			{ 'M', 'C', LEAF, 8, 9 } },
		{ { 's', 'C', true }, { 'v', 'L', false }, { 'w', 'M', false } },
		{ { 'W', "v", HV_SHUTOFF }, { 'X', "w", HV_SHUTOFF } }, "C", "NLM",
		{ { 's', 'N' }, { 'v', 'L' }, { 'w', 'M' } }, "LM", "coalesce-commit" },
	{ "halted, all goes down into the base",
		{ { 'N', 0, FROZEN, 0, 1 }, { 'C', 'N', FROZEN, 1, 9 }, { 'L', 'C', LEAF, 3, 4 } },
		{ { 's', 'C', true }, { 'v', 'L', false } }, { { 'W', "v", HV_SHUTOFF } }, "C",
		"NL", { { 's', 'N' }, { 'v', 'L' } }, "L", NULL },
	{ "running, a middle layer goes down",
		{ { 'R', 0, FROZEN, 0, 15 }, { 'N', 'R', FROZEN, 2, 3 }, { 'C', 'N', FROZEN, 3, 9 },
			{ 'L', 'C', LEAF, 0, 0 } },
		{ { 's', 'R', true }, { 't', 'C', true }, { 'v', 'L', false } },
		{ { 'W', "v", HV_RUNNING } }, "C", "RNL", { { 't', 'N' }, { 'v', 'L' } }, "L",
		"coalesce-commit" },
	{ "running, the active layer goes down though more is copied",
		{ { 'R', 0, FROZEN, 0, 15 }, { 'N', 'R', FROZEN, 2, 3 }, { 'L', 'N', LEAF, 3, 9 } },
		{ { 's', 'R', true }, { 'v', 'L', false } }, { { 'W', "v", HV_RUNNING } }, "L",
		"RN", { { 's', 'R' }, { 'v', 'N' } }, "N", "coalesce-commit" },
	{ "running, the active layer goes down",
		{ { 'R', 0, FROZEN, 0, 15 }, { 'N', 'R', FROZEN, 2, 13 },
			{ 'L', 'N', LEAF, 3, 4 } },
		{ { 's', 'R', true }, { 'v', 'L', false } }, { { 'W', "v", HV_RUNNING } }, "L",
		"RN", { { 's', 'R' }, { 'v', 'N' } }, "N", "coalesce-commit" },
	{ "running, all goes down into an unnamed base",
		{ { 'N', 0, FROZEN, 0, 1 }, { 'L', 'N', LEAF, 3, 9 } }, { { 'v', 'L', false } },
		{ { 'W', "v", HV_RUNNING } }, "L", "N", { { 'v', 'N' } }, "N", NULL },
	{ "a whole unnamed branch goes",
		{ { 'R', 0, FROZEN, 0, 15 }, { 'N', 'R', FROZEN, 2, 3 }, { 'm', 'N', FROZEN, 3, 9 },
			{ 'L', 'R', LEAF, 1, 1 } },
		{ { 's', 'R', true }, { 'v', 'L', false } }, { { 'W', "v", HV_RUNNING } }, "Nm",
		"RL", { { 's', 'R' }, { 'v', 'L' } }, "L", NULL },
	{ "two unnamed layers in a row",
		{ { 'R', 0, FROZEN, 0, 15 }, { 'N', 'R', FROZEN, 2, 3 }, { 'm', 'N', FROZEN, 3, 5 },
			{ 'L', 'm', LEAF, 5, 12 } },
		{ { 's', 'R', true }, { 'v', 'L', false } }, { { 'W', "v", HV_SHUTOFF } }, "mL",
		"RN", { { 's', 'R' }, { 'v', 'N' } }, "N", NULL },
	{ "halted, the leaf goes down though more is copied",
		{ { 'R', 0, FROZEN, 0, 15 }, { 'N', 'R', FROZEN, 2, 3 }, { 'L', 'N', LEAF, 3, 9 } },
		{ { 's', 'R', true }, { 'v', 'L', false } }, { { 'W', "v", HV_SHUTOFF } }, "L",
		"RN", { { 's', 'R' }, { 'v', 'N' } }, "N", NULL },
	{ "halted, below a header that is not ours the base of all goes up",
		{ { 'N', 0, FROZEN, 0, 1 }, { 'C', 'N', FROZEN, 1, 9 }, { 'E', 'C', FOREIGN, 3, 4 },
			{ 'L', 'E', OWN_LEAF, 5, 5 } },
		{ { 's', 'C', true }, { 'v', 'L', false } }, { { 'W', "v", HV_SHUTOFF } }, "N",
		"CEL", { { 's', 'C' }, { 'v', 'L' } }, "EL", NULL },
};

/* The initial contents of the VDIs, in the order of the scene; they must never change. */
struct contents {
	char text[6][CLUSTERS + 1];
};

static inline void expected_content(const struct scene *sc, char node, char text[CLUSTERS + 1])
{
	const struct layer *n = sc->layers;

	while (n->name != node)
		n++;
	if (n->parent)
		expected_content(sc, n->parent, text);
	else
		memset(text, '.', CLUSTERS);
	for (int i = n->first; n->last && i <= n->last; i++)
		text[i] = node;
	text[CLUSTERS] = '\0';
}

/* @from: another fixture of the same scene whose files are copied; NULL: new files are made. */
static inline void copy_scene(struct layers *l, const struct scene *sc,
	const struct store_ops *engine, const struct layers *from, struct contents *c)
{
	layers_open(l, engine);
	l->from = from ? from->dir : NULL;
	for (size_t i = 0; sc->layers[i].name; i++)
		layers_add(l, &sc->layers[i]);
	for (size_t i = 0; sc->vdis[i].vdi; i++) {
		layers_vdi(l, sc->vdis[i].vdi, sc->vdis[i].node, sc->vdis[i].snapshot);
		expected_content(sc, sc->vdis[i].node, c->text[i]);
	}
	for (size_t i = 0; sc->vms[i].vm; i++)
		layers_vm(l, sc->vms[i].vm, sc->vms[i].vdis, sc->vms[i].state);
	layers_sync(l);
}

static inline void set_scene(struct layers *l, const struct scene *sc, struct contents *c)
{
	copy_scene(l, sc, NULL, NULL, c);
}

/* The content that the machine's first disk has, or would have after a start. */
static inline void expect_machine(const struct layers *l, const struct scene *sc, char vm, char vdi,
	enum hv_xml which, const struct contents *c, const char *when)
{
	_cleanup_free_ char *now = layers_read_node(l, layers_disk(l, vm, "vda", which));
	size_t i = 0;

	while (sc->vdis[i].vdi != vdi)
		i++;
	cr_assert_str_eq(now, c->text[i], "%s, %s: machine %c reads %s, was %s", sc->name, when, vm,
		now, c->text[i]);
}

static inline bool is_of_machine(const struct layers *l, const struct scene *sc, char vdi)
{
	for (size_t i = 0; sc->vms[i].vm; i++)
		if (sc->vms[i].vdis[0] == vdi)
			return layers_disk(l, sc->vms[i].vm, "vda", HV_XML_INACTIVE) ==
				layers_node_of(l, vdi);
	return false;
}

static inline void expect_contents(
	const struct layers *l, const struct scene *sc, const struct contents *c, const char *when)
{
	for (size_t i = 0; sc->vdis[i].vdi; i++) {
		if (is_of_machine(l, sc, sc->vdis[i].vdi))
			continue;
		_cleanup_free_ char *now = layers_read(l, sc->vdis[i].vdi);

		cr_assert_str_eq(now, c->text[i], "%s, %s: VDI %c reads %s, was %s", sc->name, when,
			sc->vdis[i].vdi, now, c->text[i]);
	}
	for (size_t i = 0; sc->vms[i].vm; i++) {
		expect_machine(l, sc, sc->vms[i].vm, sc->vms[i].vdis[0], HV_XML_INACTIVE, c, when);
		if (hv_is_active(sc->vms[i].state) &&
			layers_disk(l, sc->vms[i].vm, "vda", HV_XML_LIVE) !=
				layers_disk(l, sc->vms[i].vm, "vda", HV_XML_INACTIVE))
			expect_machine(
				l, sc, sc->vms[i].vm, sc->vms[i].vdis[0], HV_XML_LIVE, c, when);
	}
}

static inline void expect_clean(struct layers *l, const struct scene *sc, const char *when)
{
	_cleanup_free_ char *findings = layers_check(l);

	cr_assert_str_empty(findings, "%s, %s: %s", sc->name, when, findings);
}

/* The definitions and live disks of the machines name the files of their VDIs. */
static inline void expect_disks(const struct layers *l, const struct scene *sc)
{
	for (size_t i = 0; sc->vms[i].vm; i++) {
		char node = layers_node_of(l, sc->vms[i].vdis[0]);

		cr_assert_eq(layers_disk(l, sc->vms[i].vm, "vda", HV_XML_INACTIVE), node, "%s",
			sc->name);
		if (hv_is_active(sc->vms[i].state))
			cr_assert_eq(layers_disk(l, sc->vms[i].vm, "vda", HV_XML_LIVE), node, "%s",
				sc->name);
	}
}

static inline void expect_end(
	struct layers *l, const struct scene *sc, const struct contents *c, const char *when)
{
	for (const char *n = sc->gone; *n; n++) {
		_cleanup_(node_free_cleanup) struct node *node = layers_node(l, *n);

		cr_assert(!node, "%s, %s: the record of %c is left", sc->name, when, *n);
		cr_assert(
			!layers_file(l, *n), "%s, %s: the file of %c is left", sc->name, when, *n);
		cr_assert_eq(layers_node_of(l, *n), 0, "%s: a base copy is left", sc->name);
	}
	for (const char *n = sc->kept; *n; n++) {
		cr_assert(layers_file(l, *n), "%s, %s: %c is gone", sc->name, when, *n);
		cr_assert_eq(layers_writable(l, *n), strchr(sc->writable, *n) != NULL,
			"%s, %s: write bits of %c", sc->name, when, *n);
	}
	for (size_t i = 0; sc->then[i].vdi; i++)
		cr_assert_eq(layers_node_of(l, sc->then[i].vdi), sc->then[i].node, "%s, %s: VDI %c",
			sc->name, when, sc->then[i].vdi);
	expect_contents(l, sc, c, when);
	expect_disks(l, sc);
	expect_clean(l, sc, when);
}

/* Returns only the numbers; each waiting layer must have a reason. */
static inline struct coalesce_result run(struct layers *l)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct coalesce_result r;
	_cleanup_strv_ struct strv waits = { 0 };

	cr_assert_eq(
		coalesce(l->s, NULL, NULL, &r, &waits, &err), 0, "%s", code_info(err.code)->name);
	cr_assert_geq((int)waits.n, r.waiting);
	for (size_t i = 0; i < waits.n; i++)
		cr_assert(str_ends(waits.items[i], ")"), "%s", waits.items[i]);
	return r;
}
