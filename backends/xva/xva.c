/* SPDX-License-Identifier: MIT */
/* Loads the module that reads and writes archives, and calls it. */
#include "backends/xva/xva.h"

#include <stdlib.h>
#include <string.h>

#include "backends/child/module.h"

/*
 * The functions of the XVA module: the address is NULL in vxe, which loads the module; test programs are linked with
 * the module's code.
 */
extern const struct xva_ops xva_module_ops __attribute__((weak));

struct xva {
	const struct xva_ops *ops;
};

static int load_xva_ops(const struct xva_ops **ret, struct vxe_error *err)
{
	const char *why = NULL;

	*ret = &xva_module_ops;
	if (!*ret)
		*ret = module_symbol(XVA_MODULE_FILE, XVA_MODULE_SYMBOL, &why);
	return *ret ? 0 : vxe_fail_internal(err, "the module for archives: %s", why);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct xva_disk *)a)->id, ((const struct xva_disk *)b)->id);
}

void xva_sort(struct xva_disk *disks, size_t n)
{
	if (n)
		qsort(disks, n, sizeof(*disks), by_id);
}

int xva_write(int fd, enum xva_compression how, const struct ova *document,
	const struct xva_disk *disks, size_t n, const struct xva_watch *watch,
	struct vxe_error *err)
{
	const struct xva_ops *ops;

	if (load_xva_ops(&ops, err) < 0)
		return -1;
	return ops->write(fd, how, document, disks, n, watch, err);
}

int xva_open(struct xva **ret, int fd, const struct xva_watch *watch, struct vxe_error *err)
{
	const struct xva_ops *ops;

	if (load_xva_ops(&ops, err) < 0 || ops->open(ret, fd, watch, err) < 0)
		return -1;
	(*ret)->ops = ops;
	return 0;
}

const struct ova *xva_document(const struct xva *x)
{
	return x->ops->document(x);
}

int xva_read(struct xva *x, const struct xva_reading *r, struct vxe_error *err)
{
	return x->ops->read(x, r, err);
}

void xva_close(struct xva *x)
{
	if (x)
		x->ops->close(x);
}
