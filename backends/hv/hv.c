/* SPDX-License-Identifier: MIT */
/* The calls to the hypervisor: logs each, and checks that failures have an error. */
#include "backends/hv/hv.h"

#include <assert.h>
#include <string.h>

#include "backends/hv/hv_call.h"
#include "backends/hv/hv_module.h"
#include "objects/base/log.h"
#include "objects/base/call_watch.h"

int hv_checked(const char *call, int rc, const struct vxe_error *err)
{
	watch_end();
	assert((rc < 0) == (err->code != VXE_OK));
	if (rc < 0)
		log_debug("hv: %s failed: %s: %s", call, code_info(err->code)->name,
			hv_or_none(err->n_params ? err->params[err->n_params - 1] : NULL));
	return rc;
}

int hv_absent(const char *call, struct vxe_error *err)
{
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, call, "this hypervisor cannot do that");
}

int hv_held(const char *call, struct vxe_error *err)
{
	_cleanup_free_ char *what = xasprintf("libvirt: %s", call);

	watch_about(NULL);

	return vxe_fail(err, VXE_DRY_RUN, what);
}

int hv_open_other(struct hv **ret, const struct hv_ops *ops, const char *uri, struct vxe_error *err)
{
	_cleanup_free_ char *call = xasprintf(WATCH_OTHER "%s", uri);
	struct hv *h = NULL;

	log_debug("hv: open_other %s %s", ops ? ops->name : "libvirt", uri);
	if (!ops)
		ops = hv_module(uri, err);
	if (!ops)
		return -1;
	watch_begin(call, WATCH_ASKS);
	if (hv_checked("open_other", ops->open_other(&h, uri, err), err) < 0)
		return -1;
	h->ops = ops;
	*ret = h;
	return 0;
}

static int open_now(
	struct hv **ret, const struct hv_ops **ops, const char *uri, struct vxe_error *err)
{
	if (!*ops)
		*ops = hv_module(uri, err);
	if (!*ops)
		return -1;
	watch_begin("open", WATCH_ASKS);
	return hv_checked("open", (*ops)->open(ret, uri, err), err);
}

int hv_open(struct hv **ret, const struct hv_ops *ops, const char *uri, struct vxe_error *err)
{
	struct hv *h = NULL;

	log_debug("hv: open %s %s", ops ? ops->name : "libvirt", uri);
	int opened = ops ? 0 : hv_module_opened(uri, &h, &ops, err);

	if (opened < 0 || (!opened && open_now(&h, &ops, uri, err) < 0))
		return -1;
	h->ops = ops;
	*ret = h;
	return 0;
}

void hv_close(struct hv *h)
{
	if (!h)
		return;
	log_debug("hv: close");
	watch_begin("close", WATCH_CLOSES);
	h->ops->close(h);
	watch_end();
}

void hv_hold(struct hv *h, bool on)
{
	h->held = on;
}

unsigned hv_changed(const struct hv *h)
{
	return h ? h->changed : 0;
}

int hv_host(struct hv *h, struct hv_host *ret, struct vxe_error *err)
{
	log_debug("hv: host");
	return CALL(h, facts, host, h, ret, err);
}

int hv_sees(struct hv *h, const char *path, bool *ret, struct vxe_error *err)
{
	log_debug("hv: sees %s", path);
	return CALL(h, facts, sees, h, path, ret, err);
}

int hv_list(struct hv *h, struct hv_domains *ret, struct vxe_error *err)
{
	log_debug("hv: list");
	return CALL(h, domain, list, h, ret, err);
}

int hv_find(struct hv *h, const char *uuid, struct hv_domain *ret, struct vxe_error *err)
{
	log_debug("hv: find %s", uuid);
	return CALL(h, domain, find, h, uuid, ret, err);
}

int hv_is_up(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };

	if (hv_find(h, uuid, &d, err) < 0)
		return -1;
	*ret = d.uuid && hv_is_active(d.state);
	return 0;
}

int hv_find_name(struct hv *h, const char *name, char **ret_uuid, struct vxe_error *err)
{
	log_debug("hv: find_name %s", name);
	return CALL(h, domain, find_name, h, name, ret_uuid, err);
}

int hv_begun(struct hv *h, const char *digits, struct strv *ret, struct vxe_error *err)
{
	log_debug("hv: begun %s", digits);
	return CALL(h, domain, begun, h, digits, ret, err);
}

/* Not logged, because who waits calls it again and again. */
int hv_reboots(struct hv *h, struct strv *ret, struct vxe_error *err)
{
	return CALL(h, domain, reboots, h, ret, err);
}

int hv_xml(struct hv *h, const char *uuid, enum hv_xml which, char **ret, struct vxe_error *err)
{
	static const char *const names[] = { "inactive", "live", "saved" };

	log_debug("hv: xml %s %s", uuid, names[which]);
	return CALL(h, domain, xml, h, uuid, which, ret, err);
}

int hv_xml_many(struct hv *h, struct hv_xml_wish *wishes, size_t n, struct vxe_error *err)
{
	log_debug("hv: xml of %zu domains", n);
	return CALL(h, domain, xml_many, h, wishes, n, err);
}

static int defined(struct hv *h, int rc)
{
	if (rc == 0)
		h->changed |= HV_DEFINED;
	return rc;
}

int hv_define(struct hv *h, const char *xml, struct vxe_error *err)
{
	/* the XML is not logged, because it may hold a secret */
	log_debug("hv: define, %zu bytes", strlen(xml));
	return defined(h, CHANGE(h, domain, define, h, xml, err));
}

int hv_undefine(struct hv *h, const char *uuid, unsigned how, struct vxe_error *err)
{
	log_debug("hv: undefine %s%s", uuid, how != HV_UNDEFINE_KEEP_STATE ? " with state" : "");
	return CHANGE(h, domain, undefine, h, uuid, how, err);
}

static const char *paused_text(unsigned how)
{
	return how & HV_STAY_PAUSED ? " paused" : "";
}

static const char *cache_text(unsigned how)
{
	return how & HV_BYPASS_CACHE ? " past the cache" : "";
}

int hv_start(struct hv *h, const char *uuid, unsigned how, struct vxe_error *err)
{
	log_debug("hv: start %s%s%s%s", uuid, paused_text(how), cache_text(how),
		how & HV_RESET_NVRAM ? " with new UEFI variables" : "");
	watch_about(uuid);
	return CHANGE(h, domain, start, h, uuid, how, err);
}

int hv_shutdown(struct hv *h, const char *uuid, struct vxe_error *err)
{
	log_debug("hv: shutdown %s", uuid);
	watch_about(uuid);
	return CHANGE(h, domain, shutdown, h, uuid, err);
}

int hv_destroy(struct hv *h, const char *uuid, struct vxe_error *err)
{
	log_debug("hv: destroy %s", uuid);
	watch_about(uuid);
	return CHANGE(h, domain, destroy, h, uuid, err);
}

int hv_pause(struct hv *h, const char *uuid, struct vxe_error *err)
{
	log_debug("hv: pause %s", uuid);
	watch_about(uuid);
	return RUN(h, domain, pause, h, uuid, err);
}

int hv_unpause(struct hv *h, const char *uuid, struct vxe_error *err)
{
	log_debug("hv: unpause %s", uuid);
	watch_about(uuid);
	return RUN(h, domain, unpause, h, uuid, err);
}

int hv_autostart(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err)
{
	log_debug("hv: autostart %s", uuid);
	return CALL(h, domain, autostart, h, uuid, ret, err);
}

int hv_set_autostart(struct hv *h, const char *uuid, bool on, struct vxe_error *err)
{
	log_debug("hv: set_autostart %s %s", uuid, on ? "on" : "off");
	return CHANGE_OF(HV_AUTOSTARTS, h, domain, set_autostart, h, uuid, on, err);
}

bool hv_has_gone(struct hv *h, const char *uuid, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	_cleanup_error_ struct vxe_error ignored = { 0 };

	if (hv_find(h, uuid, &d, &ignored) < 0 || d.uuid)
		return false;
	error_clear(err);
	return true;
}

int hv_managed_save(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err)
{
	log_debug("hv: managed_save %s", uuid);
	return CALL(h, domain, managed_save, h, uuid, ret, err);
}

int hv_managed_drop(struct hv *h, const char *uuid, struct vxe_error *err)
{
	log_debug("hv: managed_drop %s", uuid);
	return RUN(h, domain, managed_drop, h, uuid, err);
}

int hv_saved(struct hv *h, struct strv *ret, struct vxe_error *err)
{
	log_debug("hv: saved");
	return CALL(h, domain, saved, h, ret, err);
}

int hv_count(struct hv *h, int *active, int *inactive, struct vxe_error *err)
{
	log_debug("hv: count");
	return CALL(h, domain, count, h, active, inactive, err);
}

int hv_disk_files(struct hv *h, const char *uuid, struct strv *ret, struct vxe_error *err)
{
	log_debug("hv: disk_files %s", uuid);
	watch_about(uuid);
	return CALL(h, domain, disk_files, h, uuid, ret, err);
}

int hv_has_disk(struct hv *h, const char *uuid, const char *path, bool *ret, struct vxe_error *err)
{
	log_debug("hv: has_disk %s %s", uuid, path);
	watch_about(uuid);
	return CALL(h, domain, has_disk, h, uuid, path, ret, err);
}

int hv_close_file(struct hv *h, const char *uuid, const char *path, struct vxe_error *err)
{
	log_debug("hv: close_file %s %s", uuid, path);
	watch_about(uuid);
	return RUN(h, domain, close_file, h, uuid, path, err);
}

int hv_own_snapshots(struct hv *h, const char *uuid, int *ret, struct vxe_error *err)
{
	log_debug("hv: own_snapshots %s", uuid);
	return CALL(h, domain, own_snapshots, h, uuid, ret, err);
}

int hv_snapshots(struct hv *h, const char *uuid, struct hv_snapshots *ret, struct vxe_error *err)
{
	log_debug("hv: snapshots %s", uuid);
	*ret = (struct hv_snapshots){ 0 };
	if (!h->ops->snapshot)
		return 0;
	return CALL(h, snapshot, snapshots, h, uuid, ret, err);
}

int hv_with_snapshots(struct hv *h, struct strv *ret, struct vxe_error *err)
{
	log_debug("hv: with_snapshots");
	if (!h->ops->snapshot)
		return 0;
	return CALL(h, snapshot, with_snapshots, h, ret, err);
}

int hv_checkpoints(struct hv *h, const char *uuid, struct strv *ret, struct vxe_error *err)
{
	log_debug("hv: checkpoints %s", uuid);
	if (!h->ops->snapshot)
		return 0;
	return CALL(h, snapshot, checkpoints, h, uuid, ret, err);
}

int hv_snapshot_put(
	struct hv *h, const char *uuid, const char *xml, bool current, struct vxe_error *err)
{
	log_debug("hv: snapshot_put %s", uuid);
	return RUN(h, snapshot, snapshot_put, h, uuid, xml, current, err);
}

int hv_snapshot_forget(struct hv *h, const char *uuid, const char *name, struct vxe_error *err)
{
	log_debug("hv: snapshot_forget %s %s", uuid, name);
	return RUN(h, snapshot, snapshot_forget, h, uuid, name, err);
}

int hv_snapshot_delete(struct hv *h, const char *uuid, const char *name, struct vxe_error *err)
{
	log_debug("hv: snapshot_delete %s %s", uuid, name);
	watch_about(uuid);
	return RUN(h, snapshot, snapshot_delete, h, uuid, name, err);
}

int hv_snapshot_revert(struct hv *h, const char *uuid, const char *name, struct vxe_error *err)
{
	log_debug("hv: snapshot_revert %s %s", uuid, name);
	watch_about(uuid);
	return CHANGE(h, snapshot, snapshot_revert, h, uuid, name, err);
}

/* Hands a job (a switch of disks, a save, a merge) to the caller, if the hypervisor has started it. */
static int begun(struct hv *h, int rc, struct hv_job *job, struct hv_job **ret)
{
	if (rc < 0)
		return -1;
	job->ops = h->ops;
	*ret = job;
	return 0;
}

int hv_switch_start(struct hv *h, const char *uuid, const struct hv_switch *disks, size_t n,
	const struct hv_switch_how *how, struct hv_job **ret, struct vxe_error *err)
{
	struct hv_job *job = NULL;

	assert((n > 0 || how->memory) && !(how->memory && how->quiesce_s));
	for (size_t i = 0; i < n; i++) {
		assert(disks[i].target && disks[i].overlay);
		log_debug("hv: switch_start %s %s %s", uuid, disks[i].target, disks[i].overlay);
	}
	if (how->memory)
		log_debug("hv: switch_start %s memory %s", uuid, how->memory);
	if (how->quiesce_s)
		log_debug("hv: switch_start %s quiesced, %d s", uuid, how->quiesce_s);
	if (how->halt)
		log_debug("hv: switch_start %s halting", uuid);
	watch_about(uuid);
	int rc = CHANGE(h, job, switch_start, h, uuid, disks, n, how, &job, err);
	return begun(h, rc, job, ret);
}

int hv_save_start(struct hv *h, const char *uuid, const char *path, unsigned how,
	struct hv_job **ret, struct vxe_error *err)
{
	struct hv_job *job = NULL;

	log_debug("hv: save_start %s %s%s", uuid, path, cache_text(how));
	watch_about(uuid);
	int rc = CHANGE(h, job, save_start, h, uuid, path, how, &job, err);
	return begun(h, rc, job, ret);
}

int hv_restore_start(struct hv *h, const char *path, const char *xml, unsigned how,
	struct hv_job **ret, struct vxe_error *err)
{
	struct hv_job *job = NULL;

	log_debug("hv: restore_start %s%s%s", path, paused_text(how), cache_text(how));
	int rc = CHANGE(h, job, restore_start, h, path, xml, how, &job, err);
	return begun(h, rc, job, ret);
}

int hv_migrate_start(struct hv *h, const char *uuid, const struct hv_migration *how,
	struct hv_job **ret, struct vxe_error *err)
{
	struct hv_job *job = NULL;

	log_debug("hv: migrate_start %s to %s by %s%s", uuid, how->to, hv_or_none(how->memory),
		how->compress ? " compressed" : "");
	watch_about(uuid);
	int rc = CHANGE(h, job, migrate_start, h, uuid, how, &job, err);
	return begun(h, rc, job, ret);
}

int hv_saved_xml(struct hv *h, const char *path, char **ret, struct vxe_error *err)
{
	log_debug("hv: saved_xml %s", path);
	return CALL(h, job, saved_xml, h, path, ret, err);
}

void hv_before_pivot(struct hv_job *j, hv_pivot_fn *fn, void *ctx)
{
	j->before_pivot = fn;
	j->pivot_ctx = ctx;
}

int hv_merge_start(struct hv *h, const char *uuid, const char *target, const char *from,
	const char *base, const char *top, int64_t speed, struct hv_job **ret,
	struct vxe_error *err)
{
	struct hv_job *job = NULL;

	log_debug("hv: merge_start %s %s %s <- %s", uuid, target, base, hv_or_none(top));
	watch_about(uuid);
	int rc = CHANGE(h, job, merge_start, h, uuid, target, from, base, top, speed, &job, err);
	return begun(h, rc, job, ret);
}

int hv_copy_start(struct hv *h, const char *uuid, const char *target, const char *from,
	const char *image, int64_t speed, struct hv_job **ret, struct vxe_error *err)
{
	struct hv_job *job = NULL;

	log_debug("hv: copy_start %s %s -> %s", uuid, target, image);
	watch_about(uuid);
	int rc = CHANGE(h, job, copy_start, h, uuid, target, from, image, speed, &job, err);
	return begun(h, rc, job, ret);
}

/* Asks how far a job is. Not logged while the job runs, because a job is polled many times. */
int hv_poll(struct hv_job *j, struct hv_progress *ret, struct vxe_error *err)
{
	struct hv_progress ignored = { 0 };

	watch_begin("poll", WATCH_ASKS);
	int rc = j->ops->job->poll(j, ret ? ret : &ignored, err);

	if (rc == 0)
		log_debug("hv: the job has ended");
	return hv_checked("poll", rc, err);
}

int hv_cancel(struct hv_job *j, struct vxe_error *err)
{
	log_debug("hv: cancel");
	return CALL_AS(WATCH_ENDS, j, job, cancel, j, err);
}

void hv_job_free(struct hv_job *j)
{
	if (!j)
		return;
	watch_begin("job_free", WATCH_ENDS);
	j->ops->job->job_free(j);
	watch_end();
}

int hv_settle(struct hv *h, const char *uuid, struct hv_left *left, int64_t timeout_ms,
	struct vxe_error *err)
{
	struct hv_left none = { 0 };

	log_debug("hv: settle %s", uuid);
	watch_about(uuid);
	return CALL_AS(
		WATCH_WAITS, h, domain, settle, h, uuid, left ? left : &none, timeout_ms, err);
}

int hv_check_free(struct hv *h, const char *uuid, const char *target, struct vxe_error *err)
{
	log_debug("hv: check_free %s %s", uuid, hv_or_none(target));
	watch_about(uuid);
	return CALL(h, domain, check_free, h, uuid, target, err);
}

int hv_frozen(struct hv *h, const char *uuid, bool thaw, enum hv_freeze *ret, struct vxe_error *err)
{
	log_debug("hv: frozen %s%s", uuid, thaw ? ", thawed" : "");
	*ret = HV_FREEZE_UNKNOWN;
	watch_about(uuid);
	return CALL_AS(WATCH_CHANGES, h, domain, frozen, h, uuid, thaw, ret, err);
}

int hv_versions(struct hv *h, struct hv_versions *ret, struct vxe_error *err)
{
	log_debug("hv: versions");
	return CALL(h, facts, versions, h, ret, err);
}

int hv_stats(struct hv *h, const char *uuid, struct hv_stats *ret, struct vxe_error *err)
{
	log_debug("hv: stats %s", uuid ? uuid : "");
	watch_about(uuid);
	return CALL(h, facts, stats, h, uuid, ret, err);
}

int hv_guest(struct hv *h, const char *uuid, struct hv_guest *ret, struct vxe_error *err)
{
	log_debug("hv: guest %s", uuid);
	watch_about(uuid);
	return CALL(h, facts, guest, h, uuid, ret, err);
}

int hv_set_memory(struct hv *h, const char *uuid, int64_t bytes, struct vxe_error *err)
{
	log_debug("hv: set_memory %s %lld", uuid, (long long)bytes);
	watch_about(uuid);
	return CHANGE(h, domain, set_memory, h, uuid, bytes, err);
}

int hv_set_vcpus(struct hv *h, const char *uuid, int n, struct vxe_error *err)
{
	log_debug("hv: set_vcpus %s %d", uuid, n);
	watch_about(uuid);
	return CHANGE(h, domain, set_vcpus, h, uuid, n, err);
}

int hv_new_machine(struct hv *h, char **ret, struct vxe_error *err)
{
	log_debug("hv: new_machine");
	return CALL(h, facts, new_machine, h, ret, err);
}

int hv_machine_gone(struct hv *h, const char *xml, char **ret, char **newest, struct vxe_error *err)
{
	*ret = NULL;
	log_debug("hv: machine_gone");
	if (newest)
		*newest = NULL;
	return CALL(h, facts, machine_gone, h, xml, ret, newest, err);
}
