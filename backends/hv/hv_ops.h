/* SPDX-License-Identifier: MIT */
/*
 * The calls that a hypervisor implements, and the first members that each implementation's struct hv and struct
 * hv_job have.
 */
#pragma once

#include "backends/hv/hv.h"

/* Calls that ask for facts: about the host, the hypervisor, and what its running domains use. */
struct hv_facts_ops {
	int (*host)(struct hv *h, struct hv_host *ret, struct vxe_error *err);
	int (*sees)(struct hv *h, const char *path, bool *ret, struct vxe_error *err);
	int (*versions)(struct hv *h, struct hv_versions *ret, struct vxe_error *err);
	int (*stats)(struct hv *h, const char *uuid, struct hv_stats *ret, struct vxe_error *err);
	int (*guest)(struct hv *h, const char *uuid, struct hv_guest *ret, struct vxe_error *err);
	int (*new_machine)(struct hv *h, char **ret, struct vxe_error *err);
	int (*machine_gone)(
		struct hv *h, const char *xml, char **ret, char **newest, struct vxe_error *err);
};

/* Domains: lists, definitions, starting and stopping. */
struct hv_domain_ops {
	int (*list)(struct hv *h, struct hv_domains *ret, struct vxe_error *err);
	int (*find)(struct hv *h, const char *uuid, struct hv_domain *ret, struct vxe_error *err);
	int (*find_name)(struct hv *h, const char *name, char **ret_uuid, struct vxe_error *err);
	int (*begun)(struct hv *h, const char *digits, struct strv *ret, struct vxe_error *err);
	int (*reboots)(struct hv *h, struct strv *ret, struct vxe_error *err);
	int (*xml)(struct hv *h, const char *uuid, enum hv_xml which, char **ret,
		struct vxe_error *err);
	int (*xml_many)(struct hv *h, struct hv_xml_wish *wishes, size_t n, struct vxe_error *err);
	int (*define)(struct hv *h, const char *xml, struct vxe_error *err);
	int (*undefine)(struct hv *h, const char *uuid, unsigned how, struct vxe_error *err);
	int (*start)(struct hv *h, const char *uuid, unsigned how, struct vxe_error *err);
	int (*shutdown)(struct hv *h, const char *uuid, struct vxe_error *err);
	int (*destroy)(struct hv *h, const char *uuid, struct vxe_error *err);
	int (*pause)(struct hv *h, const char *uuid, struct vxe_error *err);
	int (*unpause)(struct hv *h, const char *uuid, struct vxe_error *err);
	int (*autostart)(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err);
	int (*set_autostart)(struct hv *h, const char *uuid, bool on, struct vxe_error *err);
	int (*managed_save)(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err);
	int (*managed_drop)(struct hv *h, const char *uuid, struct vxe_error *err);
	int (*saved)(struct hv *h, struct strv *ret, struct vxe_error *err);
	int (*count)(struct hv *h, int *active, int *inactive, struct vxe_error *err);
	int (*own_snapshots)(struct hv *h, const char *uuid, int *ret, struct vxe_error *err);
	int (*disk_files)(struct hv *h, const char *uuid, struct strv *ret, struct vxe_error *err);
	int (*has_disk)(
		struct hv *h, const char *uuid, const char *path, bool *ret, struct vxe_error *err);
	int (*close_file)(struct hv *h, const char *uuid, const char *path, struct vxe_error *err);
	int (*settle)(struct hv *h, const char *uuid, struct hv_left *left, int64_t timeout_ms,
		struct vxe_error *err);
	int (*check_free)(
		struct hv *h, const char *uuid, const char *target, struct vxe_error *err);
	int (*frozen)(struct hv *h, const char *uuid, bool thaw, enum hv_freeze *ret,
		struct vxe_error *err);
	int (*set_memory)(struct hv *h, const char *uuid, int64_t bytes, struct vxe_error *err);
	int (*set_vcpus)(struct hv *h, const char *uuid, int n, struct vxe_error *err);
};

/* Calls that start and follow jobs: work on disks and memory of a domain that takes long. */
struct hv_job_ops {
	int (*switch_start)(struct hv *h, const char *uuid, const struct hv_switch *disks, size_t n,
		const struct hv_switch_how *how, struct hv_job **ret, struct vxe_error *err);
	int (*save_start)(struct hv *h, const char *uuid, const char *path, unsigned how,
		struct hv_job **ret, struct vxe_error *err);
	int (*restore_start)(struct hv *h, const char *path, const char *xml, unsigned how,
		struct hv_job **ret, struct vxe_error *err);
	int (*migrate_start)(struct hv *h, const char *uuid, const struct hv_migration *how,
		struct hv_job **ret, struct vxe_error *err);
	int (*saved_xml)(struct hv *h, const char *path, char **ret, struct vxe_error *err);
	int (*merge_start)(struct hv *h, const char *uuid, const char *target, const char *from,
		const char *base, const char *top, int64_t speed, struct hv_job **ret,
		struct vxe_error *err);
	int (*copy_start)(struct hv *h, const char *uuid, const char *target, const char *from,
		const char *image, int64_t speed, struct hv_job **ret, struct vxe_error *err);
	int (*poll)(struct hv_job *j, struct hv_progress *ret, struct vxe_error *err);
	int (*cancel)(struct hv_job *j, struct vxe_error *err);
	void (*job_free)(struct hv_job *j);
};

/* Snapshots and checkpoints that the hypervisor itself keeps. */
struct hv_snapshot_ops {
	int (*snapshots)(
		struct hv *h, const char *uuid, struct hv_snapshots *ret, struct vxe_error *err);
	int (*with_snapshots)(struct hv *h, struct strv *ret, struct vxe_error *err);
	int (*checkpoints)(struct hv *h, const char *uuid, struct strv *ret, struct vxe_error *err);
	int (*snapshot_put)(struct hv *h, const char *uuid, const char *xml, bool current,
		struct vxe_error *err);
	int (*snapshot_forget)(
		struct hv *h, const char *uuid, const char *name, struct vxe_error *err);
	int (*snapshot_delete)(
		struct hv *h, const char *uuid, const char *name, struct vxe_error *err);
	int (*snapshot_revert)(
		struct hv *h, const char *uuid, const char *name, struct vxe_error *err);
};

/* Devices of a running domain. */
struct hv_device_ops {
	int (*attach_disk)(struct hv *h, const char *uuid, const struct spec_disk *disk,
		struct vxe_error *err);
	int (*detach_disk)(
		struct hv *h, const char *uuid, const char *target, struct vxe_error *err);
	int (*change_media)(struct hv *h, const char *uuid, const struct spec_disk *disk,
		struct vxe_error *err);
	int (*resize_disk)(struct hv *h, const char *uuid, const char *target, int64_t size,
		struct vxe_error *err);
	int (*attach_nic)(struct hv *h, const char *uuid, const char *definition, const char *card,
		struct vxe_error *err);
	int (*detach_nic)(struct hv *h, const char *uuid, const char *card, struct vxe_error *err);
	int (*update_nic)(struct hv *h, const char *uuid, const char *card,
		const struct spec_nic *nic, struct vxe_error *err);
};

/* Storage pools. */
struct hv_pool_ops {
	int (*pools)(struct hv *h, struct hv_pools *ret, struct vxe_error *err);
	int (*pool_define)(struct hv *h, const struct hv_pool *pool, struct vxe_error *err);
	int (*pool_stop)(struct hv *h, const char *name, bool undefine, struct vxe_error *err);
};

/* Networks. */
struct hv_network_ops {
	int (*networks)(struct hv *h, struct hv_networks *ret, struct vxe_error *err);
	int (*network_define)(struct hv *h, const struct hv_network *net, struct vxe_error *err);
	int (*network_undefine)(struct hv *h, const char *uuid, struct vxe_error *err);
};

/*
 * A hypervisor: its calls, in groups. If a group is absent (NULL) its calls fail, except that lists of pools,
 * networks and snapshots are empty.
 */
struct hv_ops {
	const char *name; /* "libvirt", "mock" */
	int (*open)(struct hv **ret, const char *uri, struct vxe_error *err);
	int (*open_other)(struct hv **ret, const char *uri, struct vxe_error *err);
	void (*close)(struct hv *h);
	const struct hv_facts_ops *facts;
	const struct hv_domain_ops *domain;
	const struct hv_job_ops *job;
	const struct hv_snapshot_ops *snapshot;
	const struct hv_device_ops *device;
	const struct hv_pool_ops *pool;
	const struct hv_network_ops *network;
};
/* The file of the libvirt module, and the name of the symbol that it exports, a const struct hv_ops. */
#define HV_MODULE_FILE "vxe-libvirt.so"
#define HV_MODULE_SYMBOL "hv_libvirt_ops"

struct hv {
	const struct hv_ops *ops;
	unsigned changed; /* bits of enum hv_kind */
	bool held;	  /* hv_hold() has been called */
};

struct hv_job {
	const struct hv_ops *ops;
	hv_pivot_fn *before_pivot; /* called before a pivot; NULL: nothing */
	void *pivot_ctx;
};

static inline int hv_may_pivot(const struct hv_job *j, struct vxe_error *err)
{
	return j->before_pivot ? j->before_pivot(j->pivot_ctx, err) : 0;
}
