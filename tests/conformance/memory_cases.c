/* SPDX-License-Identifier: MIT */
/* The group job: a guest's memory, saved, taken while the guest runs, and restored. */
#include "tests/conformance/guest.h"

#include <string.h>

#include "backends/hv/memory_image.h"
#include "tests/image_at.h"

static int save(struct world *w, const char *name)
{
	_cleanup_free_ char *path = path_of(w, name);
	struct hv_job *job = NULL;
	int rc = hv_save_start(w->h, w->uuid, path, 0, &job, &w->err);

	return finish(w, rc, job);
}

static int restore(struct world *w, const char *name, const char *xml, bool paused)
{
	_cleanup_free_ char *path = path_of(w, name);
	struct hv_job *job = NULL;
	int rc = hv_restore_start(w->h, path, xml, paused ? HV_STAY_PAUSED : 0, &job, &w->err);

	return finish(w, rc, job);
}

/* The image's own XML with the disk in @disk, as a caller sends it back; owned. */
static char *saved_xml(struct world *w, const char *name, const char *disk)
{
	_cleanup_free_ char *path = path_of(w, name), *file = path_of(w, disk), *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;
	char *patched = NULL;

	DO(hv_saved_xml(w->h, path, &xml, &w->err));
	DO(spec_read(xml, &spec, &w->err));
	IS(str_eq(spec->uuid, w->uuid) && str_eq(spec->name, w->name));
	spec_put_file(spec_find_disk(spec, "vda"), file, "qcow2");
	DO(spec_patch(xml, spec, &patched, &w->err));
	return patched;
}

static bool is_complete(struct world *w, const char *name)
{
	_cleanup_free_ char *path = path_of(w, name);

	return memory_image_complete(image_at(path), &w->err) == 1;
}

static bool has_ended(struct world *w)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };

	return hv_find(w->h, w->uuid, &d, &w->err) == 0 && d.ended;
}

/* ---- save and restore --------------------------------------------------------------------------- */

static void a_restore_brings_back_what_a_save_took(struct world *w)
{
	run_guest(w, "");
	make_overlay(w, "top", "disk");
	DO(save(w, "memory"));
	IS(state_of(w) == HV_SHUTOFF && is_complete(w, "memory"));
	IS(is_on(w, "vda", "disk", "disk") && !has_ended(w));
	_cleanup_free_ char *xml = saved_xml(w, "memory", "disk");
	DO(restore(w, "memory", xml, true));
	IS(state_of(w) == HV_PAUSED && is_complete(w, "memory"));
	REFUSED("restore", restore(w, "memory", xml, true));
	DO(hv_unpause(w->h, w->uuid, &w->err));
	IS(state_of(w) == HV_RUNNING);
	DO(hv_destroy(w->h, w->uuid, &w->err));
	IS(has_ended(w));

	/* On another file, which is the running domain's alone. */
	_cleanup_free_ char *moved = saved_xml(w, "memory", "top");
	DO(restore(w, "memory", moved, false));
	IS(state_of(w) == HV_RUNNING && is_on(w, "vda", "top", "disk"));
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	DO(hv_find(w->h, w->uuid, &d, &w->err));
	IS(d.persistent && d.id > 0);
}

static void a_paused_guest_is_saved_and_restored_as_the_caller_says(struct world *w)
{
	make_disk(w, "disk");
	define(w, "disk", "");
	DO(hv_start(w->h, w->uuid, HV_STAY_PAUSED, &w->err));
	DO(save(w, "memory"));
	_cleanup_free_ char *xml = saved_xml(w, "memory", "disk");
	DO(restore(w, "memory", xml, false));
	IS(state_of(w) == HV_RUNNING);
}

static void the_caches_of_the_host_may_be_bypassed(struct world *w)
{
	_cleanup_free_ char *path = path_of(w, "memory");
	struct hv_job *job = NULL;

	run_guest(w, "");
	int rc = hv_save_start(w->h, w->uuid, path, HV_BYPASS_CACHE, &job, &w->err);
	DO(finish(w, rc, job));
	IS(state_of(w) == HV_SHUTOFF && is_complete(w, "memory"));
	_cleanup_free_ char *xml = saved_xml(w, "memory", "disk");
	rc = hv_restore_start(w->h, path, xml, HV_BYPASS_CACHE | HV_STAY_PAUSED, &job, &w->err);
	DO(finish(w, rc, job));
	IS(state_of(w) == HV_PAUSED && is_complete(w, "memory"));
}

static void without_a_definition_a_restored_domain_is_transient(struct world *w)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 }, gone = { 0 };

	run_guest(w, "");
	DO(hv_undefine(w->h, w->uuid, HV_UNDEFINE_KEEP_STATE, &w->err));
	DO(save(w, "memory"));
	DO(hv_find(w->h, w->uuid, &gone, &w->err));
	IS(!gone.uuid);
	_cleanup_free_ char *xml = saved_xml(w, "memory", "disk");
	DO(restore(w, "memory", xml, false));
	DO(hv_find(w->h, w->uuid, &d, &w->err));
	IS(d.uuid && !d.persistent && d.state == HV_RUNNING);
	DO(hv_destroy(w->h, w->uuid, &w->err));
	DO(hv_find(w->h, w->uuid, &gone, &w->err));
	IS(!gone.uuid);
}

static void nothing_is_saved_of_a_domain_that_is_off(struct world *w)
{
	_cleanup_free_ char *path = path_of(w, "memory");
	struct hv_job *job = NULL;

	REFUSED("save", hv_save_start(w->h, w->uuid, path, 0, &job, &w->err));
	define(w, "disk", "");
	REFUSED("save", save(w, "memory"));
	IS(!file_exists(path));
}

static void no_file_is_overwritten(struct world *w)
{
	_cleanup_free_ char *path = path_of(w, "there"), *overlay = path_of(w, "top");
	const struct hv_switch s = { "vda", overlay, "qcow2", NULL, NULL };
	const struct hv_switch_how how = { .memory = path };
	struct hv_job *job = NULL;

	run_guest(w, "");
	make_overlay(w, "top", "disk");
	make_file(w, "there", "content");
	REFUSED("save", hv_save_start(w->h, w->uuid, path, 0, &job, &w->err));
	REFUSED("switch disks", hv_switch_start(w->h, w->uuid, &s, 1, &how, &job, &w->err));
	REFUSED("save", save(w, "no-folder/memory"));
	REFUSED("switch disks", switch_to(w, "top", "no-folder/memory"));
	IS(file_exists(path) && !is_complete(w, "there"));
	IS(state_of(w) == HV_RUNNING && is_on(w, "vda", "disk", "disk"));
}

/* The ways in which it may not differ. */
enum difference { NAME, IDENTITY, SIZE, VCPUS, SERIAL, DIFFERENCES };

static char *changed(struct world *w, const char *xml, enum difference d)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	char *patched = NULL;

	DO(spec_read(xml, &spec, &w->err));
	if (d == NAME)
		str_replace(&spec->name, "conformance-another");
	else if (d == IDENTITY)
		str_replace(&spec->uuid, "6695eb01-f6a4-8304-79aa-97f2502e193f");
	else if (d == SIZE)
		spec->memory = spec->memory_max = 2 * MEMORY;
	else if (d == VCPUS)
		spec->vcpus_max = 3;
	else
		str_replace(&spec_find_disk(spec, "vda")->serial, "another");
	DO(spec_patch(xml, spec, &patched, &w->err));
	return patched;
}

static void a_restore_keeps_identity_and_hardware(struct world *w)
{
	run_guest(w, "");
	DO(save(w, "memory"));
	_cleanup_free_ char *xml = saved_xml(w, "memory", "disk");
	for (enum difference d = NAME; d < DIFFERENCES; d++) {
		_cleanup_free_ char *other = changed(w, xml, d);

		REFUSED("restore", restore(w, "memory", other, false));
		IS(state_of(w) == HV_SHUTOFF && is_complete(w, "memory"));
	}
	REFUSED("restore", restore(w, "memory", "<domain", false));
	DO(restore(w, "memory", xml, false));
}

static void what_is_no_image_is_not_restored(struct world *w)
{
	_cleanup_free_ char *xml = NULL, *path = path_of(w, "bad"), *none = path_of(w, "none");
	_cleanup_free_ char *definition = xml_of(w, w->uuid, "", "disk", "");

	make_disk(w, "disk");
	define(w, "disk", "");
	make_file(w, "bad", "no image");
	REFUSED("read memory image", hv_saved_xml(w->h, path, &xml, &w->err));
	REFUSED("read memory image", hv_saved_xml(w->h, none, &xml, &w->err));
	REFUSED("restore", restore(w, "bad", definition, false));
	REFUSED("restore", restore(w, "none", definition, false));
	IS(state_of(w) == HV_SHUTOFF && !xml);
}

static void a_restore_wants_the_disks(struct world *w)
{
	_cleanup_free_ char *disk = path_of(w, "disk"), *away = path_of(w, "away");

	run_guest(w, "");
	DO(save(w, "memory"));
	_cleanup_free_ char *xml = saved_xml(w, "memory", "disk");
	IS(rename(disk, away) == 0);
	REFUSED("restore", restore(w, "memory", xml, false));
	IS(state_of(w) == HV_SHUTOFF && is_complete(w, "memory"));
}

/* ---- memory of a guest that runs on ------------------------------------------------------------- */

static void memory_and_disks_are_taken_at_one_instant(struct world *w)
{
	run_guest(w, "");
	make_overlay(w, "1", "disk");
	make_overlay(w, "2", "1");
	DO(switch_to(w, "1", "memory"));
	IS(state_of(w) == HV_RUNNING && is_on(w, "vda", "1", "1") && is_complete(w, "memory"));
	DO(hv_pause(w->h, w->uuid, &w->err));
	DO(switch_to(w, "2", "second"));
	IS(state_of(w) == HV_PAUSED && is_on(w, "vda", "2", "2") && is_complete(w, "second"));
	DO(hv_destroy(w->h, w->uuid, &w->err));
	_cleanup_free_ char *xml = saved_xml(w, "memory", "2");
	DO(restore(w, "memory", xml, false));
	IS(state_of(w) == HV_RUNNING);
}

static void a_switch_can_end_the_guest(struct world *w)
{
	_cleanup_free_ char *one = path_of(w, "1"), *two = path_of(w, "2");
	_cleanup_free_ char *memory = path_of(w, "memory");
	struct hv_switch s = { "vda", one, "qcow2", NULL, NULL };
	struct hv_switch_how how = { .halt = true };
	struct hv_job *job = NULL;
	int rc;

	run_guest(w, "");
	make_overlay(w, "1", "disk");
	make_overlay(w, "2", "1");
	rc = hv_switch_start(w->h, w->uuid, &s, 1, &how, &job, &w->err);
	DO(finish(w, rc, job));
	IS(state_of(w) == HV_SHUTOFF && is_on(w, "vda", "1", "1"));
	DO(hv_start(w->h, w->uuid, 0, &w->err));
	s.overlay = two;
	how.memory = memory;
	rc = hv_switch_start(w->h, w->uuid, &s, 1, &how, &job, &w->err);
	DO(finish(w, rc, job));
	IS(state_of(w) == HV_SHUTOFF && is_on(w, "vda", "2", "2") && is_complete(w, "memory"));
}

static void memory_alone_is_taken(struct world *w)
{
	_cleanup_free_ char *path = path_of(w, "memory");
	const struct hv_switch_how how = { .memory = path };
	struct hv_job *job = NULL;

	run_guest(w, "");
	int rc = hv_switch_start(w->h, w->uuid, NULL, 0, &how, &job, &w->err);
	DO(finish(w, rc, job));
	IS(state_of(w) == HV_RUNNING && is_on(w, "vda", "disk", "disk"));
	IS(is_complete(w, "memory"));
}

static void a_switch_that_fails_leaves_no_memory(struct world *w)
{
	_cleanup_free_ char *path = path_of(w, "memory");

	run_guest(w, "");
	REFUSED("switch disks", switch_to(w, "none", "memory"));
	IS(state_of(w) == HV_RUNNING && is_on(w, "vda", "disk", "disk") && !file_exists(path));
}

/* Cancelled, the job has done all or nothing; which of them is a matter of time. */
static void a_job_on_memory_that_is_cancelled_is_whole_or_nothing(struct world *w)
{
	_cleanup_free_ char *memory = path_of(w, "memory"), *overlay = path_of(w, "top");
	_cleanup_free_ char *saved = path_of(w, "saved");
	const struct hv_switch s = { "vda", overlay, "qcow2", NULL, NULL };
	const struct hv_switch_how how = { .memory = memory };
	struct hv_job *job = NULL;

	run_guest(w, "");
	make_overlay(w, "top", "disk");
	DO(hv_switch_start(w->h, w->uuid, &s, 1, &how, &job, &w->err));
	DO(hv_cancel(job, &w->err));
	DO(hv_cancel(job, &w->err));
	bool took = hv_poll(job, NULL, &w->err) == 0;
	error_clear(&w->err);
	hv_job_free(job);
	const char *leaf = took ? "top" : "disk";
	IS(state_of(w) == HV_RUNNING && is_on(w, "vda", leaf, leaf));
	IS(file_exists(memory) == took && is_complete(w, "memory") == took);

	DO(hv_save_start(w->h, w->uuid, saved, 0, &job, &w->err));
	DO(hv_cancel(job, &w->err));
	took = hv_poll(job, NULL, &w->err) == 0;
	error_clear(&w->err);
	hv_job_free(job);
	IS(state_of(w) == (took ? HV_SHUTOFF : HV_RUNNING));
	IS(file_exists(saved) == took && is_complete(w, "saved") == took);
}

const struct conformance_case memory_cases[] = {
	CASE(a_restore_brings_back_what_a_save_took),
	CASE(a_paused_guest_is_saved_and_restored_as_the_caller_says),
	CASE(the_caches_of_the_host_may_be_bypassed),
	CASE(without_a_definition_a_restored_domain_is_transient),
	CASE(nothing_is_saved_of_a_domain_that_is_off),
	CASE(no_file_is_overwritten),
	CASE(a_restore_keeps_identity_and_hardware),
	CASE(what_is_no_image_is_not_restored),
	CASE(a_restore_wants_the_disks),
	CASE(memory_and_disks_are_taken_at_one_instant),
	CASE(a_switch_can_end_the_guest),
	CASE(memory_alone_is_taken),
	CASE(a_switch_that_fails_leaves_no_memory),
	CASE(a_job_on_memory_that_is_cancelled_is_whole_or_nothing),
	{ 0 },
};
