/* SPDX-License-Identifier: MIT */
/*
 * A host for tests: a scratch directory, a mock hypervisor and a session on it, and a machine,
 * whose files a test writes to the folder "machine" in the directory. Each test runs in a process
 * of its own, so all of these are static.
 */
#pragma once

#include "objects/disks/images/image_merge.h"
#include "objects/start/session_open.h"
#include "objects/disks/disks.h"
#include "tests/mock/hv_mock.h"
#include "tests/unit/expect.h"
#include "tests/unit/leak.h"
#include "tests/unit/scratch.h"
#include "tests/image_at.h"
#include "objects/disks/images/image_make.h"

#include "tests/unit/harness.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define URI "mock:///host"
#define VM_A "aaaaaaaa-0000-4000-8000-000000000001"
#define VM_B "bbbbbbbb-0000-4000-8000-000000000002"

static struct vxe_error E;
static char dir[SCRATCH_MAX];
static struct hv_mock *mock;
static struct session *S;
static struct strv notices;

static inline void take_notice(void *ctx, const char *text)
{
	(void)ctx;
	strv_add(&notices, text);
}

static inline struct session_config host_config(const struct store_ops *engine)
{
	static char store[PATH_MAX], locks[PATH_MAX], images[PATH_MAX];
	static char nvram[PATH_MAX], tpm[PATH_MAX], machine[PATH_MAX];

	snprintf(store, sizeof(store), "%s/store", dir);
	snprintf(locks, sizeof(locks), "%s/locks", dir);
	snprintf(images, sizeof(images), "%s/images/vxe", dir);
	snprintf(nvram, sizeof(nvram), "%s/nvram", dir);
	snprintf(tpm, sizeof(tpm), "%s/tpm", dir);
	snprintf(machine, sizeof(machine), "%s/machine", dir);
	return (struct session_config){ .store = store,
		.connect = URI,
		.lock_dir = locks,
		.image_dir = images,
		.nvram_dir = nvram,
		.tpm_dir = tpm,
		.root = machine,
		.engine = engine,
		.hypervisor = &hv_mock_ops };
}

static inline void session_start(const struct store_ops *engine)
{
	struct session_config c = host_config(engine);

	OK(session_open(&S, &c, &E));
	S->ui.notice = take_notice;
}

/*
 * Prepares the next command, which must read everything again. The memory store ends with its
 * session.
 */
static inline void next_command(void)
{
	session_forget_domains(S->here);
	S->reports.adopted = false;
}

static inline void host_start(void)
{
	scratch_dir(dir, "host");
	mock = hv_mock_create(URI);
}

static inline void host_start_mem(void)
{
	host_start();
	session_start(&store_mem_ops);
}

static inline void host_stop(void)
{
	session_close(TAKE(S));
	hv_mock_free(TAKE(mock));
	strv_clear(&notices);
	error_clear(&E);
	scratch_drop(dir);
	no_leaks();
}

/* ---- files ----------------------------------------------------------------------------------- */

/* The path of a name in the scratch directory; owned by the caller. */
static inline char *at(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static inline void make_dirs(const char *path)
{
	for (const char *p = strchr(path + strlen(dir) + 1, '/'); p; p = strchr(p + 1, '/')) {
		_cleanup_free_ char *above = xstrndup(path, (size_t)(p - path));

		(void)mkdir(above, 0700);
	}
}

/* Writes the text to a file in the scratch directory and replaces an earlier file. */
static inline void write_text(const char *name, const char *text)
{
	_cleanup_free_ char *path = at(name);

	make_dirs(path);
	FILE *f = fopen(path, "we");
	cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0, "%s", path);
}

/* The text of the file; "-" if there is none. Owned. */
static inline char *read_text(const char *path)
{
	char text[256] = "-";
	FILE *f = fopen(path, "re");

	if (f) {
		text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
		fclose(f);
	}
	return xstrdup(text);
}

static inline void expect_file(const char *path, const char *text)
{
	_cleanup_free_ char *now = read_text(path);

	cr_assert_str_eq(now, text, "%s holds %s", path, now);
}

/* A qcow2 image of 1 MiB with the backing file @backing (NULL: none) in the same directory. */
static inline void make_image(const char *name, const char *backing, const char *backing_format)
{
	_cleanup_free_ char *path = at(name);

	if (!backing) {
		OK(image_make(image_at(path), 1 << 20, &E));
		return;
	}
	const struct image_overlay o = { image_at(path), backing, backing_format, 1 << 20 };
	OK(image_make_overlays(&o, 1, NULL, &E));
}

/* ---- domains --------------------------------------------------------------------------------- */

static inline char *disk_xml(const char *target, const char *format, const char *file)
{
	return xasprintf("<disk type='file' device='disk'><driver name='qemu' type='%s'/>"
			 "<source file='%s/%s'/><target dev='%s' bus='virtio'/></disk>",
		format, dir, file, target);
}

/* A domain with the devices' XML inside; owned by the caller. */
static inline char *domain_xml(const char *uuid, const char *name, const char *devices)
{
	return xasprintf(
		"<domain type='qemu'><name>%s</name><uuid>%s</uuid>"
		"<memory unit='MiB'>64</memory><currentMemory unit='MiB'>64</currentMemory>"
		"<vcpu>2</vcpu><os><type arch='x86_64' machine='pc'>hvm</type>"
		"<boot dev='hd'/><boot dev='cdrom'/></os>"
		"<features><acpi/></features><on_poweroff>destroy</on_poweroff>"
		"<on_reboot>restart</on_reboot><on_crash>destroy</on_crash>"
		"<devices>%s</devices></domain>",
		name, uuid, devices);
}

/* The same with UEFI variables and a TPM; their files are in libvirt's own places. */
#define NVRAM_FILE "nvram/%s_VARS.fd"
#define TPM_FILE "tpm/%s/tpm2/tpm2-00.permall"
static inline char *uefi_xml(const char *uuid, const char *name, const char *devices)
{
	_cleanup_free_ char *all = xasprintf("%s<tpm model='tpm-crb'>"
					     "<backend type='emulator' version='2.0'/></tpm>",
		devices);
	_cleanup_free_ char *xml = domain_xml(uuid, name, all);
	char *os = strstr(xml, "<os>");

	return xasprintf("%.*s<os firmware='efi'>%s", (int)(os - xml), xml, os + strlen("<os>"));
}

/* A domain with one qcow2 disk, vda. */
static inline void add_domain(const char *uuid, const char *name, const char *file)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", file);
	_cleanup_free_ char *xml = domain_xml(uuid, name, disk);

	hv_mock_add(mock, xml, HV_SHUTOFF);
}

/* Changes the devices in the definition, as another program might. */
static inline void edit_devices(const char *uuid, const char *name, const char *devices)
{
	_cleanup_free_ char *xml = domain_xml(uuid, name, devices);

	hv_mock_set_xml(mock, uuid, HV_XML_INACTIVE, xml);
}

/* A machine type that no hypervisor of the tests has, as that of a later QEMU. */
static inline void edit_machine(const char *uuid, const char *name, const char *file)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", file);
	_cleanup_free_ char *xml = domain_xml(uuid, name, disk);
	char *type = strstr(xml, "'pc'");
	_cleanup_free_ char *other =
		xasprintf("%.*s'gone'%s", (int)(type - xml), xml, type + strlen("'pc'"));

	hv_mock_set_xml(mock, uuid, HV_XML_INACTIVE, other);
}

static inline void edit_disk(const char *uuid, const char *name, const char *file)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", file);

	edit_devices(uuid, name, disk);
}

/* ---- records --------------------------------------------------------------------------------- */

static inline int64_t store_generation(void)
{
	_cleanup_txn_ struct txn *t = NULL;
	int64_t generation;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(txn_generation(t, &generation, &E));
	return generation;
}

static inline struct records all_of(const struct class *c)
{
	_cleanup_txn_ struct txn *t = NULL;
	struct records found = { 0 };

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(records_load(t, c, NULL, NULL, &found, &E));
	return found;
}

static inline size_t count_of(const struct class *c)
{
	_cleanup_records_ struct records found = all_of(c);

	return found.n;
}

struct save_one {
	const struct class *c;
	const void *obj;
};

static inline int save_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct save_one *w = ctx;

	return record_save(t, w->c, w->obj, err);
}

static inline void save(const struct class *c, const void *obj)
{
	OK(store_update(S->store, save_body, &(struct save_one){ c, obj }, &E));
}

/* The record; NULL if there is none. Owned. */
static inline void *find(const struct class *c, const char *uuid)
{
	_cleanup_txn_ struct txn *t = NULL;
	void *obj;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(record_find(t, c, uuid, &obj, &E));
	return obj;
}

static inline struct node *node_of(const char *name)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_free_ char *path = at(name);
	struct node *node;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(node_by_path(S, t, path, &node, &E));
	return node;
}
