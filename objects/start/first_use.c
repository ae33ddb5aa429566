/* SPDX-License-Identifier: MIT */
/*
 * First use: a new store gets its pool, host, control domain, networks, default templates and the
 * SR "Local storage" in one transaction. Objects that mirror something of libvirt's have UUIDs
 * derived from it, so that they are the same after a lost store is made again. libvirt is only read.
 */
#include "objects/start/first_use.h"

#include "objects/classes/host/host_machine.h"
#include "objects/base/log.h"
#include "objects/base/uuid.h"
#include "objects/classes/host/host_identity.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/network/network_records.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sm.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/classes/storage/sr_pool.h"
#include "objects/classes/vm/vm.h"
#include "objects/start/inventory.h"
#include "objects/start/default_templates.h"

struct first {
	struct session *s;
	struct hv_host host;
	struct strv bridges;
	char *pool;    /* UUID for the pool record */
	char *sr;      /* UUID of the SR "Local storage" */
	char *sr_pool; /* name of the pool that libvirt has for the SR "Local storage"; NULL: none */
	char *control_domain;
	char *machine, *board; /* identity of this machine; NULL: unknown */
	bool foreign;	       /* the folder of the SR "Local storage" belongs to another store */
	char *at;    /* folder of the other store that has the SR's folder; NULL: unknown */
	bool filled; /* this process has filled the store */
};

static void first_clear(struct first *f)
{
	hv_host_clear(&f->host);
	strv_clear(&f->bridges);
	free(f->pool);
	free(f->sr);
	free(f->sr_pool);
	free(f->control_domain);
	free(f->machine);
	free(f->board);
	free(f->at);
}

/* ---- facts and the SR's place, before the transaction ---------------------------------------- */

static int make_place(struct first *f, struct vxe_error *err)
{
	const char *dir = f->s->config.image_dir;
	_cleanup_free_ char *name = xasprintf("sr:%s", dir ? dir : "");
	_cleanup_free_ char *uuid = uuid_derive(f->host.uuid, name);
	_cleanup_mark_ struct sr_mark found = { 0 };
	/* the marker file names no store yet, in case vxe dies before the store is filled */
	struct sr_mark blank = { .sr = uuid };
	const struct hv_pool *there;

	if (!dir)
		return vxe_fail_internal(err, "no directory for the SR is configured");
	if (sr_mark_make(dir, &blank, &found, err) < 0)
		return -1;
	f->sr = xstrdup(found.sr);
	f->foreign = !sr_mark_is_ours(f->s, &found);
	f->at = TAKE(found.at);
	there = sr_pool_at(f->s, dir);
	if (!f->foreign && there)
		f->sr_pool = xstrdup(there->name);
	return 0;
}

/* ---- the records ----------------------------------------------------------------------------- */

static int put_pool(struct first *f, struct txn *t, struct vxe_error *err)
{
	_cleanup_(pool_free_cleanup) struct pool *pool = record_new(&pool_class);

	pool->r.uuid = xstrdup(f->pool);
	str_replace(&pool->master, f->host.uuid);
	str_replace(&pool->default_sr, f->sr);
	str_replace(&pool->suspend_image_sr, f->sr);
	str_replace(&pool->crash_dump_sr, f->sr);
	return record_save(t, &pool_class, pool, err);
}

static int put_host(struct first *f, struct txn *t, struct vxe_error *err)
{
	const struct machine_facts *machine = host_facts(f->s->here);
	_cleanup_(host_free_cleanup) struct host *host = record_new(&host_class);

	host->r.uuid = xstrdup(f->host.uuid);
	str_replace(&host->name_label, machine->hostname);
	str_replace(&host->timezone, machine->timezone);
	str_replace(&host->driver, f->host.driver);
	str_replace(&host->machine, f->machine ? f->machine : "");
	str_replace(&host->board, f->board ? f->board : "");
	str_replace(&host->suspend_image_sr, f->sr);
	str_replace(&host->crash_dump_sr, f->sr);
	str_replace(&host->control_domain, f->control_domain);
	host->enabled = true;
	return record_save(t, &host_class, host, err);
}

static int put_control_domain(struct first *f, struct txn *t, struct vxe_error *err)
{
	const struct machine_facts *machine = host_facts(f->s->here);
	_cleanup_(vm_free_cleanup) struct vm *vm = record_new(&vm_class);

	vm->r.uuid = xstrdup(f->control_domain);
	free(vm->name_label);
	vm->name_label = xasprintf("Control domain on host: %s", machine->hostname);
	str_replace(&vm->name_description, "The machine on which the VMs run.");
	vm->is_control_domain = true;
	vm->memory_static_max = vm->memory_dynamic_max = machine->memory_total;
	vm->memory_dynamic_min = vm->memory_static_min = machine->memory_total;
	vm->vcpus_max = vm->vcpus_at_startup = (int64_t)machine->n_cpus;
	str_replace(&vm->affinity, f->host.uuid);
	str_replace(&vm->home, f->host.uuid);
	return record_save(t, &vm_class, vm, err);
}

static int put_local_storage(struct first *f, struct txn *t, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = record_new(&sr_class);
	const struct sr_type *type = sr_type_found(SR_DISKS, NULL);

	sr->r.uuid = xstrdup(f->sr);
	str_replace(&sr->name_label, "Local storage");
	str_replace(&sr->type, type->name);
	str_replace(&sr->content_type, type->content_type);
	str_replace(&sr->path, f->s->config.image_dir);
	str_replace(&sr->pool_name, f->sr_pool ? f->sr_pool : "");
	sr->pool_due = !f->sr_pool;
	sr->detached = f->foreign;
	return record_save(t, &sr_class, sr, err);
}

static int count_row(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	(void)uuid, (void)values, (void)err;
	++*(int *)ctx;
	return 0;
}

static int fill_store(struct txn *t, void *ctx, struct vxe_error *err)
{
	static const char *const none[] = { NULL };
	struct first *f = ctx;
	int pools = 0;

	if (txn_scan(t, pool_class.name, none, count_row, &pools, err) < 0)
		return -1;
	if (pools) /* another vxe has filled the store first */
		return 0;
	_cleanup_map_ struct map config = { 0 };
	map_set(&config, "location", f->s->config.image_dir);
	if (pbd_put(t, f->host.uuid, f->sr, &config, err) < 0 || sms_put(t, f->host.uuid, err) < 0)
		return -1;
	if (put_pool(f, t, err) < 0 || put_host(f, t, err) < 0 ||
		put_control_domain(f, t, err) < 0 || put_local_storage(f, t, err) < 0 ||
		networks_put(f->s, t, &f->bridges, f->host.uuid, err) < 0)
		return -1;
	f->filled = true;
	return templates_put(t, f->host.uuid, err);
}

/*
 * Writes this store's UUID into the marker file of the SR's folder (.vxe-sr). If that fails, the first command that
 * uses the folder does it.
 */
static void name_store(const struct first *f)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_mark_ struct sr_mark own = sr_mark_own(f->s, f->sr), found = { 0 };
	const char *dir = f->s->config.image_dir;

	str_replace(&own.store, f->pool);
	str_replace(&own.host, f->host.uuid);
	int r = sr_mark_read(dir, &found, &ignored);

	own.word = xstrdup_null(found.word);
	if (r < 0 || (!found.store && sr_mark_write(dir, &own, &ignored) < 0))
		log_info("the marker of %s names no store", dir);
}

int first_use(struct session *s, struct vxe_error *err)
{
	_cleanup_(first_clear) struct first f = { .s = s };

	if (hv_host(s->here->hv, &f.host, err) < 0 || session_facts(s->here, err) < 0)
		return -1;
	f.pool = uuid_new();
	f.control_domain = inventory_control_domain(f.host.uuid);
	f.machine = host_machine(s->config.root, f.host.uuid);
	f.board = host_board(s->config.root, f.host.uuid);
	machine_bridges(s->config.root, &f.bridges);
	if (make_place(&f, err) < 0)
		return -1;
	if (store_update(s->store, fill_store, &f, err) < 0)
		return -1;
	/*
	 * If another vxe has filled the store first, the store that the marker file of the SR's folder names is this
	 * one.
	 */
	if (f.filled && f.foreign) {
		/*
		 * Warns that the SR's folder belongs to another store: if two stores use one folder, each takes the
		 * other's layers for its own.
		 */
		_cleanup_free_ char *pbd = uuid_derive(f.sr, "pbd");

		session_notice(f.s,
			"%s belongs to another store of vxe (in %s), so the SR \"Local storage\" is not "
			"attached. VXE_IMAGES can name another folder. If that store is gone: "
			"'vxe sr-param-set uuid=%s other-config:take-over=true' and 'vxe pbd-plug uuid=%s'",
			f.s->config.image_dir, f.at ? f.at : "an unknown folder", f.sr, pbd);
	} else if (f.filled)
		name_store(&f);
	return 0;
}
