/* SPDX-License-Identifier: MIT */
/*
 * vm-import: opens an archive and imports its VMs, one after the other. Each of several VMs is imported by an
 * operation of its own; all are tried before the first is imported.
 */
#include "objects/archive/vm_import_devices.h"

#include "backends/xva/download.h"
#include "objects/engine/op_recover.h"

#include <unistd.h>

/* Where an archive comes from. */
struct source {
	int fd;
	/* offset at which the archive begins in the file; -1: it is a pipe and can be read only once */
	off_t start;
	struct download *download;
	struct xva_watch watch; /* used while the document is read */
	struct xva *archive;
};

static void source_clear(struct source *from)
{
	xva_close(from->archive);
}

static int source_open(struct source *from, struct vxe_error *err)
{
	xva_close(TAKE(from->archive));
	return xva_open(&from->archive, from->fd, &from->watch, err);
}

static int source_again(struct source *from, struct vxe_error *err)
{
	if (lseek(from->fd, from->start, SEEK_SET) < 0)
		return vxe_fail_errno(err, "the beginning of the archive");
	return source_open(from, err);
}

static int check_import_cancelled(void *ctx, int64_t done, struct vxe_error *err)
{
	(void)done;
	return session_cancelled(ctx) ? vxe_fail(err, TASK_CANCELLED, "") : 0;
}

/*
 * Tries the import of each VM of the archive as a dry run, with notices for each VM: what can be checked beforehand
 * is checked for all of them before the first is imported.
 */
static int try_each(struct session *s, const struct vm_import_args *args, struct source *from,
	const struct imported_vms *vms, struct vxe_error *err)
{
	struct vm_import_args one = *args;

	one.dry_run = true;
	for (size_t k = 0; k < vms->ids.n; k++) {
		_cleanup_free_ char *uuid = NULL;

		one.only = vms->ids.items[k];
		session_notice(s, "Of the archive: the VM %s.", vms->names.items[k]);
		if (import_vm(s, &one, from->archive, from->download, false, &uuid, err) < 0)
			return -1;
	}
	return 0;
}

static int import_each(struct session *s, const struct vm_import_args *args, struct source *from,
	const struct imported_vms *vms, struct strv *uuids, struct vxe_error *err)
{
	struct vm_import_args one = *args;

	for (size_t k = 0; k < vms->ids.n; k++) {
		_cleanup_free_ char *uuid = NULL;

		one.only = vms->ids.items[k];
		if (k > 0 && !args->metadata && source_again(from, err) < 0)
			return -1;
		if (import_vm(s, &one, from->archive, from->download, true, &uuid, err) == 0)
			strv_add(uuids, uuid);
		else if (err->code == VXE_PLANNED && k + 1 < vms->ids.n)
			error_clear(err);
		else
			return -1;
	}
	return 0;
}

static int import_from(struct session *s, const struct vm_import_args *args, int fd,
	struct download *download, struct strv *uuids, struct vxe_error *err)
{
	_cleanup_(source_clear) struct source from = { .fd = fd,
		.start = lseek(fd, 0, SEEK_CUR),
		.download = download,
		.watch = { check_import_cancelled, s } };
	_cleanup_(imported_vms_clear) struct imported_vms vms = { 0 };
	_cleanup_free_ char *uuid = NULL;

	if (session_prepare(s, err) < 0)
		return -1;
	/* finishes or undoes imports that died, probably of the same archive */
	op_recover_abandoned(s);
	if (source_open(&from, err) < 0)
		return -1;
	imported_find_vms(xva_document(from.archive), &vms);
	if (vms.ids.n > 1 && !args->only && (args->metadata || from.start >= 0)) {
		if (try_each(s, args, &from, &vms, err) < 0)
			return -1;
		if (args->dry_run || import_each(s, args, &from, &vms, uuids, err) == 0)
			return 0;
		_cleanup_free_ char *whole = strv_join(uuids, ", ");

		if (*whole)
			session_notice(s, "Imported before the error, each completely: %s.", whole);
		return -1;
	}
	if (import_vm(s, args, from.archive, download, false, &uuid, err) < 0)
		return -1;
	if (uuid)
		strv_add(uuids, uuid);
	return 0;
}

int vm_import(struct session *s, const struct vm_import_args *args, int fd, struct strv *uuids,
	struct vxe_error *err)
{
	return import_from(s, args, fd, NULL, uuids, err);
}

int vm_import_url(struct session *s, const struct vm_import_args *args, const char *url,
	struct strv *uuids, struct vxe_error *err)
{
	struct download d;
	int r = download_begin(&d, url, err);

	if (r == 0)
		r = import_from(s, args, d.fd, &d, uuids, err);
	download_end(&d, err);
	return r;
}
