/* SPDX-License-Identifier: MIT */
/* The group device: disks, media and cards of a running domain. */
#include "tests/conformance/guest.h"

#include <string.h>

#include "backends/content/content.h"
#include "tests/image_at.h"

#define MEDIA 20 /* that are put in, one after the other */
#define DRIVE "<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>"
#define CARD "<interface type='user'><mac address='" MAC "'/><model type='e1000'/></interface>"
#define SECOND_MAC "52:54:00:c0:4f:02"
#define CARDS                                                                                      \
	CARD "<interface type='user'><mac address='" SECOND_MAC                                    \
	     "'/><model type='e1000'/></interface>"

/* A disk @target in the file @name (in the case's folder; NULL: none). */
static struct spec_disk *disk_of(struct world *w, struct domain_spec **ret, const char *target,
	const char *bus, const char *name)
{
	_cleanup_free_ char *path = name ? path_of(w, name) : NULL;

	*ret = domain_spec_new();
	struct spec_disk *d = spec_add_disk(*ret);
	d->target = xstrdup(target);
	d->bus = xstrdup(bus);
	if (name)
		spec_put_file(d, path, str_eq(bus, "virtio") ? "qcow2" : "raw");
	return d;
}

static int attach(struct world *w, const char *target, const char *name)
{
	_cleanup_spec_ struct domain_spec *s = NULL;

	return hv_attach_disk(w->h, w->uuid, disk_of(w, &s, target, "virtio", name), &w->err);
}

static int insert(struct world *w, const char *target, const char *name)
{
	_cleanup_spec_ struct domain_spec *s = NULL;

	return hv_change_media(w->h, w->uuid, disk_of(w, &s, target, "ide", name), &w->err);
}

/* ---- disks -------------------------------------------------------------------------------------- */

static void a_disk_is_plugged_live_only(struct world *w)
{
	make_disk(w, "b");
	make_disk(w, "base");
	make_overlay(w, "broken", "base");
	_cleanup_free_ char *base = path_of(w, "base");
	IS(unlink(base) == 0);
	REFUSED("attach disk", attach(w, "vdb", "b"));
	define(w, "disk", "");
	REFUSED("attach disk", attach(w, "vdb", "b"));
	IS(is_on(w, "vdb", NULL, NULL));
	make_disk(w, "disk");
	DO(hv_start(w->h, w->uuid, 0, &w->err));
	REFUSED("attach disk", attach(w, "vdb", "none"));
	REFUSED("attach disk", attach(w, "vdb", "broken"));
	IS(is_on(w, "vdb", NULL, NULL));
	DO(attach(w, "vdb", "b"));
	IS(is_on(w, "vdb", "b", NULL));
	make_disk(w, "c");
	REFUSED("attach disk", attach(w, "vdb", "c"));
	IS(is_on(w, "vdb", "b", NULL));

	DO(hv_detach_disk(w->h, w->uuid, "vdb", &w->err));
	IS(is_on(w, "vdb", NULL, NULL));
	DO(hv_detach_disk(w->h, w->uuid, "vdb", &w->err));
	IS(is_on(w, "vda", "disk", "disk") && state_of(w) == HV_RUNNING);
}

static void only_a_disk_that_runs_is_unplugged(struct world *w)
{
	REFUSED("detach disk", hv_detach_disk(w->h, w->uuid, "vda", &w->err));
	define(w, "disk", "");
	REFUSED("detach disk", hv_detach_disk(w->h, w->uuid, "vda", &w->err));
	DO(hv_detach_disk(w->h, w->uuid, "vdb", &w->err));
	IS(is_on(w, "vda", "disk", "disk"));
}

static void a_medium_is_changed_live_only(struct world *w)
{
	make_file(w, "one", "one medium");
	make_file(w, "two", "another medium");
	REFUSED("change medium", insert(w, "hdc", "one"));
	define(w, "disk", DRIVE);
	REFUSED("change medium", insert(w, "hdc", "one"));
	DO(insert(w, "hdc", NULL));
	make_disk(w, "disk");
	DO(hv_start(w->h, w->uuid, 0, &w->err));
	DO(insert(w, "hdc", "one"));
	IS(is_on(w, "hdc", "one", NULL));
	DO(insert(w, "hdc", "one"));
	/* Also while the guest boots and its BIOS resets the drive. */
	for (int i = 0; i < MEDIA; i++)
		DO(insert(w, "hdc", i % 2 ? "two" : "one"));
	IS(is_on(w, "hdc", "two", NULL));
	REFUSED("change medium", insert(w, "hdc", "none"));
	IS(is_on(w, "hdc", "two", NULL));
	REFUSED("change medium", insert(w, "hdd", "one"));
	REFUSED("change medium", insert(w, "vda", NULL));
	IS(is_on(w, "vda", "disk", "disk"));
	DO(insert(w, "hdc", NULL));
	IS(is_on(w, "hdc", NULL, NULL));
	DO(insert(w, "hdc", NULL));
}

static void a_disk_grows_with_its_image(struct world *w)
{
	_cleanup_free_ char *path = path_of(w, "disk");
	int64_t size = 0;

	REFUSED("resize disk", hv_resize_disk(w->h, w->uuid, "vda", 8 * MIB, &w->err));
	make_disk(w, "disk");
	define(w, "disk", "");
	REFUSED("resize disk", hv_resize_disk(w->h, w->uuid, "vda", 8 * MIB, &w->err));
	DO(hv_start(w->h, w->uuid, 0, &w->err));
	DO(hv_resize_disk(w->h, w->uuid, "vda", 8 * MIB, &w->err));
	REFUSED("resize disk", hv_resize_disk(w->h, w->uuid, "vdz", 8 * MIB, &w->err));
	DO(hv_destroy(w->h, w->uuid, &w->err));
	DO(content_size(image_at(path), "qcow2", &size, &w->err));
	IS(size == 8 * MIB);
}

/* ---- cards -------------------------------------------------------------------------------------- */

static bool has_card(struct world *w, const char *mac, bool live, bool inactive)
{
	_cleanup_spec_ struct domain_spec *now = spec_of(w, HV_XML_LIVE);
	_cleanup_spec_ struct domain_spec *then = spec_of(w, HV_XML_INACTIVE);

	return (spec_find_nic(now, mac) != NULL) == live &&
		(spec_find_nic(then, mac) != NULL) == inactive;
}

static void a_card_is_plugged_live_only(struct world *w)
{
	_cleanup_free_ char *wider = xml_of(w, w->uuid, "", "disk", CARDS);

	REFUSED("attach nic", hv_attach_nic(w->h, w->uuid, wider, MAC, &w->err));
	REFUSED("detach nic", hv_detach_nic(w->h, w->uuid, MAC, &w->err));
	define(w, "disk", CARD);
	REFUSED("detach nic", hv_detach_nic(w->h, w->uuid, MAC, &w->err));
	DO(hv_detach_nic(w->h, w->uuid, SECOND_MAC, &w->err));
	make_disk(w, "disk");
	DO(hv_start(w->h, w->uuid, 0, &w->err));
	REFUSED("attach nic", hv_attach_nic(w->h, w->uuid, wider, "52:54:00:c0:4f:03", &w->err));
	IS(has_card(w, SECOND_MAC, false, false));
	DO(hv_attach_nic(w->h, w->uuid, wider, SECOND_MAC, &w->err));
	IS(has_card(w, SECOND_MAC, true, false) && has_card(w, MAC, true, true));
	DO(hv_detach_nic(w->h, w->uuid, SECOND_MAC, &w->err));
	IS(has_card(w, SECOND_MAC, false, false) && has_card(w, MAC, true, true));
	DO(hv_detach_nic(w->h, w->uuid, SECOND_MAC, &w->err));

	/* Two may have one address. */
	DO(hv_attach_nic(w->h, w->uuid, wider, MAC, &w->err));
	_cleanup_spec_ struct domain_spec *live = spec_of(w, HV_XML_LIVE);
	IS(live->n_nics == 2 && str_eq(live->nics[0].mac, live->nics[1].mac));
}

static void a_card_stays_where_it_cannot_be_moved(struct world *w)
{
	const struct spec_nic to = { .type = (char[]){ "network" }, .source = w->name };
	const struct spec_nic same = { .type = (char[]){ "user" } };

	REFUSED("update nic", hv_update_nic(w->h, w->uuid, MAC, &to, &w->err));
	define(w, "disk", CARD);
	REFUSED("update nic", hv_update_nic(w->h, w->uuid, MAC, &to, &w->err));
	make_disk(w, "disk");
	DO(hv_start(w->h, w->uuid, HV_STAY_PAUSED, &w->err));
	REFUSED("update nic", hv_update_nic(w->h, w->uuid, SECOND_MAC, &to, &w->err));
	REFUSED("update nic", hv_update_nic(w->h, w->uuid, MAC, &to, &w->err));
	DO(hv_update_nic(w->h, w->uuid, MAC, &same, &w->err));
	_cleanup_spec_ struct domain_spec *live = spec_of(w, HV_XML_LIVE);
	IS(str_eq(spec_find_nic(live, MAC)->type, "user"));
}

const struct conformance_case device_cases[] = {
	CASE(a_disk_is_plugged_live_only),
	CASE(only_a_disk_that_runs_is_unplugged),
	CASE(a_medium_is_changed_live_only),
	CASE(a_disk_grows_with_its_image),
	CASE(a_card_is_plugged_live_only),
	CASE(a_card_stays_where_it_cannot_be_moved),
	{ 0 },
};
