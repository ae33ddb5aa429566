/* SPDX-License-Identifier: MIT */
/*
 * Loads the libvirt module: in a thread beside the command, if the command will connect in any case, or at the first
 * hv_open(). A command that needs only the store (vxe's database) never loads libvirt.
 */
#include "backends/hv/hv_module.h"

#include "backends/child/module.h"
#include "backends/hv/domain_spec.h"
#include "objects/base/str.h"
#include "objects/base/call_watch.h"
#include "objects/base/shortcut.h"

/*
 * What is loaded before the libvirt module. The loader looks for each symbol of a library in all libraries that are
 * loaded with it, which are sixty for libvirt. These libraries, which libvirt needs in the end, have many symbols
 * and need few others: alone they are loaded faster. With the first two a domain's XML can be read, long before
 * libvirt can be asked.
 */
static const struct module_first first[] = { { "libxml2.so.2", NULL },
	{ SPEC_MODULE_FILE, SPEC_MODULE_SYMBOL }, { "libcrypto.so.3", NULL },
	{ "libgnutls.so.30", NULL }, { "libcurl-gnutls.so.4", NULL }, { NULL, NULL } };

const struct hv_ops *hv_module(const char *uri, struct vxe_error *err)
{
	const char *why = NULL;
	const struct hv_ops *ops = module_symbol(HV_MODULE_FILE, HV_MODULE_SYMBOL, &why);

	if (!ops)
		vxe_fail(err, VXE_HYPERVISOR_UNREACHABLE, uri, why);
	return ops;
}

void hv_preload(void)
{
	static const struct module_first none[] = { { NULL, NULL } };

	if (shortcut_on(SHORTCUT_LOAD_AHEAD))
		module_preload(HV_MODULE_FILE, shortcut_on(SHORTCUT_LIBRARIES) ? first : none);
}

/* ---- a connection that a thread opens -------------------------------------------------------- */

static struct {
	/* URI of the connection that another thread opens ahead; NULL: none is, or hv_open() has taken it */
	char *uri;
	/* the caller has stopped waiting: the thread hangs in libvirt, and still uses the members below */
	bool abandoned;
	const struct hv_ops *ops;
	struct hv *hv;
	struct vxe_error err;
} ahead;

static void open_ahead(const void *symbol)
{
	ahead.ops = symbol;
	if (ahead.ops && ahead.ops->open(&ahead.hv, ahead.uri, &ahead.err) < 0)
		ahead.hv = NULL;
}

void hv_open_ahead(const char *uri)
{
	if (ahead.uri)
		return;
	ahead.uri = xstrdup(uri);
	if (!module_then(HV_MODULE_FILE, HV_MODULE_SYMBOL, open_ahead))
		free(TAKE(ahead.uri));
}

static bool settled(void *unused, int64_t ms)
{
	(void)unused;
	return module_done(ms);
}

static int wait_settled(struct vxe_error *err)
{
	const struct watch_wait w = watch_wait("open", WATCH_ASKS, settled, NULL);

	if (!w.given_up)
		return 0;
	ahead.abandoned = true;
	if (w.asked)
		return vxe_fail(err, TASK_CANCELLED, "");
	_cleanup_free_ char *seconds = xasprintf("%.1f", (double)w.ms / 1000);

	return vxe_fail(err, VXE_HYPERVISOR_SILENT, ahead.uri, "open", seconds);
}

int hv_module_opened(
	const char *uri, struct hv **ret, const struct hv_ops **ops, struct vxe_error *err)
{
	if (!str_eq(ahead.uri, uri))
		return 0;
	if (wait_settled(err) < 0)
		return -1;
	module_preload_end();
	free(TAKE(ahead.uri));
	if (!ahead.ops) /* hv_module() reports why */
		return 0;
	*ops = ahead.ops;
	*ret = TAKE(ahead.hv);
	error_move(err, &ahead.err);
	return *ret ? 1 : -1;
}

void hv_preload_end(void)
{
	if (ahead.abandoned)
		return;
	if (!ahead.uri) {
		module_preload_end();
		return;
	}
	/* The command has failed before it needed the connection, which is closed here. */
	watch_begin("close", WATCH_CLOSES);
	module_preload_end();
	if (ahead.hv)
		ahead.ops->close(TAKE(ahead.hv));
	watch_end();
	free(TAKE(ahead.uri));
	error_clear(&ahead.err);
}
