/* SPDX-License-Identifier: MIT */
/* Reads UEFI variables and TPM state for an archive, and writes them from an archive. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects/guest_state/firmware_bytes.h"

#include "backends/content/content.h"
#include "objects/guest_state/state_file.h"
#include "objects/base/file.h"
#include "objects/classes/storage/node_names.h"
#include "objects/engine/plan_space.h"
#include "objects/guest_state/firmware_state_private.h"

/*
 * Limit for the size of a state file (UEFI variables, TPM state), because an archive's document contains its bytes.
 */
#define BYTES_MAX (INT64_C(16) << 20)
#define BYTES_MODE 0600

void captures_clear(struct captures *c)
{
	for (size_t i = 0; i < CAPTURE_KINDS; i++) {
		free(c->items[i].format);
		free(c->items[i].bytes);
	}
	*c = (struct captures){ 0 };
}

/* ---- out --------------------------------------------------------------------------------------- */

static int read_state_file(const char *path, struct captured *ret, struct vxe_error *err)
{
	_cleanup_str_ struct str text = { 0 };
	_cleanup_free_ char *block = xmalloc(65536);
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		return vxe_fail(err, VXE_IMAGE_FAILED, path, strerror(errno));
	while ((n = fread(block, 1, 65536, f)) > 0 && text.len <= (size_t)BYTES_MAX)
		str_add_bytes(&text, block, n);
	bool bad = ferror(f);

	fclose(f);
	if (bad)
		return vxe_fail(err, VXE_IMAGE_FAILED, path, "it cannot be read");
	if (text.len > (size_t)BYTES_MAX)
		return vxe_fail(err, VXE_IMAGE_FAILED, path, "it is too large for an archive");
	ret->n = text.len;
	ret->bytes = str_steal(&text);
	return 0;
}

/* Finds the file with a VM's UEFI variables or TPM state where it is at present; *path is NULL if there is none. */
static int find_state_file(struct session *s, struct txn *t, const struct artifact *a,
	const struct vm *vm, const struct domain_spec *spec, char **path, char **format,
	struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	const char *is = NULL;
	struct content_stat f;

	*path = NULL;
	if (!str_is_empty(capture_node_in(a, vm))) {
		if (node_get(t, capture_node_in(a, vm), &n, err) < 0 ||
			node_path(t, n, path, err) < 0)
			return -1;
		*format = xstrdup(n->format);
		return 0;
	}
	if (!capture_has_files(vm, spec))
		return 0;
	if (capture_find_file(s, a, spec, path, &is, &f, err) < 0)
		return -1;
	*format = xstrdup_null(is);
	return *path ? 0 : capture_check_missing(s, a, vm, spec, false, err);
}

int captures_read(struct session *s, struct txn *t, const struct vm *vm,
	const struct domain_spec *spec, struct captures *ret, struct vxe_error *err)
{
	_cleanup_captures_ struct captures c = { 0 };

	for (size_t i = 0; i < CAPTURE_KINDS; i++) {
		_cleanup_free_ char *path = NULL, *format = NULL;

		if (find_state_file(s, t, &capture_artifacts[i], vm, spec, &path, &format, err) <
				0 ||
			(path && read_state_file(path, &c.items[i], err) < 0))
			return -1;
		if (path)
			c.items[i].format = TAKE(format);
	}
	*ret = c;
	c = (struct captures){ 0 };
	return 0;
}

/* ---- in ---------------------------------------------------------------------------------------- */

static bool knows_format(const struct artifact *a, const char *format)
{
	for (size_t i = 0; a->formats[i]; i++)
		if (str_eq(a->formats[i], format))
			return true;
	return false;
}

/*
 * Fails if there is a file already where an import writes UEFI variables or TPM state. A failed import removes the
 * files that it wrote, so it must not overwrite what a destroyed VM has left.
 */
static int check_state_absent(struct content *c, struct vxe_error *err)
{
	struct content_stat f;

	if (content_stat(c, &f, err) < 0)
		return -1;
	return f.exists ? vxe_fail(err, VXE_IMAGE_FAILED, content_place(c),
				  "state of a VM of this UUID is left there; move it away first")
			: 0;
}

int captures_plan(struct session *s, struct txn *t, const struct captures *c, struct vm *vm,
	const struct domain_spec *spec, struct plan *p, struct vxe_error *err)
{
	if (spec)
		plan_keep_bool(p, OWN_PLACES, true);
	for (size_t i = 0; i < CAPTURE_KINDS; i++) {
		const struct artifact *a = &capture_artifacts[i];
		const struct captured *have = &c->items[i];
		char **named = (char **)(void *)((char *)vm + a->offset);
		_cleanup_free_ char *place = NULL;

		if (!have->format || !knows_format(a, have->format))
			continue;
		if (!spec) {
			const struct content_stat f = { .size = (int64_t)have->n,
				.mode = BYTES_MODE };

			free(TAKE(*named));
			if (capture_plan_node(
				    s, t, a, vm->r.uuid, have->format, &f, p, named, err) < 0)
				return -1;
			continue;
		}
		place = a->find(s, spec, have->format);
		if (!place)
			continue;
		if (check_state_absent(content_of(s, place), err) < 0)
			return -1;
		capture_set_path(p, a, "to", place);
		plan_need(p, place, (int64_t)have->n);
	}
	return 0;
}

static int write_bytes(const struct session *s, const struct captured *c, const char *to,
	bool place, struct vxe_error *err)
{
	_cleanup_close_ int fd = memfd_create("vxe-state", MFD_CLOEXEC);
	const struct content_owner *owner = contents_owner(s->contents);

	if (fd < 0)
		return vxe_fail_errno(err, "room for %s", to);
	/* the file that is made of these bytes is nobody else's */
	if (fd_write(fd, c->bytes, c->n) < 0 || fchmod(fd, BYTES_MODE) < 0 ||
		fchown(fd, owner->uid, owner->gid) < 0)
		return vxe_fail_errno(err, "room for %s", to);
	_cleanup_free_ char *from = xasprintf("/proc/self/fd/%d", fd);
	/* Uses a table of open files of its own, so that the session does not keep the file with these bytes open. */
	_cleanup_contents_ struct content *all = contents_new();
	struct content *bytes = content_at(all, from);

	return place ? state_file_place(bytes, 0, to, err) : state_file_capture(bytes, to, err);
}

int captures_write(struct op *op, const struct captures *c, struct vxe_error *err)
{
	bool place = plan_bool(&op->plan, OWN_PLACES);

	for (size_t i = 0; i < CAPTURE_KINDS; i++) {
		const char *to = capture_get_path(&op->plan, &capture_artifacts[i], "to");

		if (to && write_bytes(op->s, &c->items[i], to, place, err) < 0)
			return -1;
	}
	return 0;
}
