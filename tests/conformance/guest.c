/* SPDX-License-Identifier: MIT */
/* What cases have in common: a domain, its disks and what they hold. */
#include "tests/conformance/guest.h"

#include <string.h>

#include "backends/child/child.h"
#include "backends/content/content.h"
#include "objects/base/clock.h"
#include "tests/image_at.h"
#include "objects/disks/images/image_make.h"

#define POLL_MS 2

char *path_of(const struct world *w, const char *name)
{
	return *name == '/' ? xstrdup(name) : xasprintf("%s/%s", w->folder, name);
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* ---- disks ------------------------------------------------------------------------------------ */

/* As a reader it does not mind a guest that has the image. */
static bool qemu_io(const struct world *w, const char *name, bool write, const char *command)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = path_of(w, name);
	const char *const reads[] = { "qemu-io", "-U", "-r", "-f", "qcow2", "-c", command, path,
		NULL };
	const char *const writes[] = { "qemu-io", "-f", "qcow2", "-c", command, path, NULL };
	_cleanup_free_ char *output = NULL;

	return child_run(write ? writes : reads, path, &output, &err) == 0 &&
		!strstr(output, "ailed");
}

void make_disk(struct world *w, const char *name)
{
	_cleanup_free_ char *path = path_of(w, name);

	DO(image_make(image_at(path), 4 * MIB, &w->err));
	if (!w->host->boot)
		return;
	_cleanup_free_ char *command = xasprintf("write -q -s %s 0 1024", w->host->boot);
	IS(qemu_io(w, name, true, command));
}

void make_overlay(struct world *w, const char *name, const char *backing)
{
	_cleanup_free_ char *path = path_of(w, name);
	const struct image_overlay o = { image_at(path), backing, "qcow2", 4 * MIB };

	DO(image_make_overlays(&o, 1, NULL, &w->err));
}

void make_file(const struct world *w, const char *name, const char *text)
{
	_cleanup_free_ char *path = path_of(w, name);
	FILE *f = fopen(path, "we");

	IS(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

void write_pattern(const struct world *w, const char *name, int at_kib, int pattern)
{
	_cleanup_free_ char *command = xasprintf("write -P %d %dk 64k", pattern, at_kib);

	IS(qemu_io(w, name, true, command));
}

bool has_pattern(const struct world *w, const char *name, int at_kib, int pattern)
{
	_cleanup_free_ char *command = xasprintf("read -P %d %dk 64k", pattern, at_kib);

	return qemu_io(w, name, false, command);
}

char *backing_of(struct world *w, const char *name)
{
	_cleanup_free_ char *path = path_of(w, name);
	_cleanup_header_ struct content_header header = { 0 };

	IS(content_read(image_at(path), &header, &w->err) == 1);
	return xstrdup(header.backing ? header.backing : "");
}

bool is_backed_by(struct world *w, const char *name, const char *backing)
{
	_cleanup_free_ char *have = backing_of(w, name);

	return str_eq(have, backing);
}

/* ---- the domain ------------------------------------------------------------------------------- */

char *xml_of(const struct world *w, const char *uuid, const char *suffix, const char *disk,
	const char *devices)
{
	_cleanup_free_ char *path = path_of(w, disk);

	return xasprintf("<domain type='qemu'><name>%s%s</name><uuid>%s</uuid>"
			 "<memory unit='b'>%d</memory><vcpu current='1'>2</vcpu>"
			 "<os><type arch='x86_64' machine='pc'>hvm</type></os>"
			 "<features><acpi/></features>"
			 "<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>"
			 "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>"
			 "<source file='%s'/><target dev='vda' bus='virtio'/>"
			 "<boot order='1'/></disk>"
			 "<controller type='usb' model='none'/>%s</devices></domain>",
		w->name, suffix, uuid, MEMORY, path, devices);
}

void define(struct world *w, const char *disk, const char *devices)
{
	_cleanup_free_ char *xml = xml_of(w, w->uuid, "", disk, devices);

	DO(hv_define(w->h, xml, &w->err));
}

void run_guest(struct world *w, const char *devices)
{
	make_disk(w, "disk");
	define(w, "disk", devices);
	DO(hv_start(w->h, w->uuid, 0, &w->err));
}

enum hv_state state_of(struct world *w)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };

	DO(hv_find(w->h, w->uuid, &d, &w->err));
	return d.uuid ? d.state : HV_SHUTOFF;
}

struct domain_spec *spec_of(struct world *w, enum hv_xml which)
{
	_cleanup_free_ char *xml = NULL;
	struct domain_spec *spec = NULL;

	DO(hv_xml(w->h, w->uuid, which, &xml, &w->err));
	DO(spec_read(xml, &spec, &w->err));
	return spec;
}

static bool is_on_one(struct world *w, const char *target, enum hv_xml which, const char *name)
{
	_cleanup_spec_ struct domain_spec *spec = spec_of(w, which);
	const struct spec_disk *disk = spec_find_disk(spec, target);
	_cleanup_free_ char *path = name ? path_of(w, name) : NULL;

	return name ? disk && str_eq(disk->path, path) : !disk || !disk->path;
}

bool is_on(struct world *w, const char *target, const char *live, const char *inactive)
{
	return is_on_one(w, target, HV_XML_LIVE, live) &&
		is_on_one(w, target, HV_XML_INACTIVE, inactive);
}

/* ---- jobs ------------------------------------------------------------------------------------- */

int finish(struct world *w, int begun, struct hv_job *job)
{
	int rc = begun;

	if (begun < 0)
		return -1;
	while ((rc = hv_poll(job, NULL, &w->err)) == 1)
		clock_sleep_ms(POLL_MS);
	hv_job_free(job);
	return rc;
}

int merge(struct world *w, const char *base, const char *top)
{
	_cleanup_free_ char *b = path_of(w, base), *t = top ? path_of(w, top) : NULL;
	struct hv_job *job = NULL;
	int rc = hv_merge_start(w->h, w->uuid, "vda", NULL, b, t, 0, &job, &w->err);

	return finish(w, rc, job);
}

int switch_to(struct world *w, const char *overlay, const char *memory)
{
	_cleanup_free_ char *o = path_of(w, overlay), *m = memory ? path_of(w, memory) : NULL;
	const struct hv_switch s = { "vda", o, "qcow2", NULL, NULL };
	const struct hv_switch_how how = { .memory = m };
	struct hv_job *job = NULL;
	int rc = hv_switch_start(w->h, w->uuid, &s, 1, &how, &job, &w->err);

	return finish(w, rc, job);
}
