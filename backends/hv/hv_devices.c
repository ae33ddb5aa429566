/* SPDX-License-Identifier: MIT */
/* The calls to the hypervisor for devices of a running domain, storage pools and networks; otherwise as in hv.c. */
#include "backends/hv/hv.h"

#include "backends/hv/hv_call.h"

int hv_attach_disk(
	struct hv *h, const char *uuid, const struct spec_disk *disk, struct vxe_error *err)
{
	log_debug("hv: attach_disk %s %s %s", uuid, disk->target, hv_or_none(disk->path));
	watch_about(uuid);
	return CHANGE(h, device, attach_disk, h, uuid, disk, err);
}

int hv_detach_disk(struct hv *h, const char *uuid, const char *target, struct vxe_error *err)
{
	log_debug("hv: detach_disk %s %s", uuid, target);
	watch_about(uuid);
	return CHANGE(h, device, detach_disk, h, uuid, target, err);
}

int hv_change_media(
	struct hv *h, const char *uuid, const struct spec_disk *disk, struct vxe_error *err)
{
	log_debug("hv: change_media %s %s %s", uuid, disk->target, hv_or_none(disk->path));
	watch_about(uuid);
	return CHANGE(h, device, change_media, h, uuid, disk, err);
}

int hv_resize_disk(
	struct hv *h, const char *uuid, const char *target, int64_t size, struct vxe_error *err)
{
	log_debug("hv: resize_disk %s %s", uuid, target);
	watch_about(uuid);
	return CHANGE(h, device, resize_disk, h, uuid, target, size, err);
}

int hv_attach_nic(struct hv *h, const char *uuid, const char *definition, const char *card,
	struct vxe_error *err)
{
	log_debug("hv: attach_nic %s %s", uuid, card);
	watch_about(uuid);
	return CHANGE(h, device, attach_nic, h, uuid, definition, card, err);
}

int hv_detach_nic(struct hv *h, const char *uuid, const char *card, struct vxe_error *err)
{
	log_debug("hv: detach_nic %s %s", uuid, card);
	watch_about(uuid);
	return CHANGE(h, device, detach_nic, h, uuid, card, err);
}

int hv_update_nic(struct hv *h, const char *uuid, const char *card, const struct spec_nic *nic,
	struct vxe_error *err)
{
	log_debug("hv: update_nic %s %s", uuid, card);
	watch_about(uuid);
	return CHANGE(h, device, update_nic, h, uuid, card, nic, err);
}

int hv_pools(struct hv *h, struct hv_pools *ret, struct vxe_error *err)
{
	log_debug("hv: pools");
	*ret = (struct hv_pools){ 0 };
	if (!h->ops->pool)
		return 0;
	return CALL(h, pool, pools, h, ret, err);
}

int hv_pool_define(struct hv *h, const struct hv_pool *pool, struct vxe_error *err)
{
	log_debug("hv: pool_define %s %s", pool->name, pool->path);
	return CHANGE_OF(HV_POOLS, h, pool, pool_define, h, pool, err);
}

int hv_pool_stop(struct hv *h, const char *name, bool undefine, struct vxe_error *err)
{
	log_debug("hv: pool_stop %s", name);
	return CHANGE_OF(HV_POOLS, h, pool, pool_stop, h, name, undefine, err);
}

int hv_networks(struct hv *h, struct hv_networks *ret, struct vxe_error *err)
{
	log_debug("hv: networks");
	*ret = (struct hv_networks){ .unknown = true };
	if (!h->ops->network)
		return 0;
	return CALL(h, network, networks, h, ret, err);
}

int hv_network_define(struct hv *h, const struct hv_network *net, struct vxe_error *err)
{
	log_debug("hv: network_define %s", net->name);
	return CHANGE_OF(HV_NETWORKS, h, network, network_define, h, net, err);
}

int hv_network_undefine(struct hv *h, const char *uuid, struct vxe_error *err)
{
	log_debug("hv: network_undefine %s", uuid);
	return CHANGE_OF(HV_NETWORKS, h, network, network_undefine, h, uuid, err);
}
