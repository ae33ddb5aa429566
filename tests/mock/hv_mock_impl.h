/* SPDX-License-Identifier: MIT */
/* Shared between the files of the mock hypervisor. */
#pragma once

#include "backends/hv/hv_ops.h"
#include "tests/mock/hv_mock.h"

struct mock_domain {
	char *uuid, *name;
	char *inactive; /* NULL: transient */
	char *live;	/* NULL: not active */
	enum hv_state state;
	int id;
	bool managed_save;
	bool ended;		/* off, and not by a save */
	bool by_user;		/* paused by hv_pause() */
	bool moving;		/* paused on its way to another host */
	int own_snapshots;	/* without documents: hv_mock_set_own_snapshots() */
	struct strv snapshots;	/* their documents */
	char *current_snapshot; /* name; NULL: none */
	char *on_file;		/* of its disk, whatever the XML says; NULL: as in the XML */
	bool autostart;
	uint64_t ram;		   /* the guest's counter in memory */
	char *agent_os, *agent_ip; /* what its agent reports; NULL: no agent */
};

/* The script for one slot. */
struct mock_slot {
	unsigned calls;
	char *failure; /* NULL: none */
	unsigned skip;
	enum hv_mock_when when;
	bool loses_answer; /* of the current call */
	hv_mock_fn *before;
	void *before_ctx;
};

/* clang-format off */
/* The calls that are counted and can be made to fail, by name. */
#define MOCK_SLOTS(X) \
	X(HOST, host) \
	X(SEES, sees) \
	X(LIST, list) \
	X(FIND, find) \
	X(FIND_NAME, find_name) \
	X(BEGUN, begun) \
	X(REBOOTS, reboots) \
	X(XML, xml) \
	X(DEFINE, define) \
	X(UNDEFINE, undefine) \
	X(START, start) \
	X(SHUTDOWN, shutdown) \
	X(DESTROY, destroy) \
	X(PAUSE, pause) \
	X(UNPAUSE, unpause) \
	X(AUTOSTART, autostart) \
	X(SET_AUTOSTART, set_autostart) \
	X(MANAGED_SAVE, managed_save) \
	X(MANAGED_DROP, managed_drop) \
	X(SAVED, saved) \
	X(COUNT, count) \
	X(OWN_SNAPSHOTS, own_snapshots) \
	X(SNAPSHOTS, snapshots) \
	X(WITH_SNAPSHOTS, with_snapshots) \
	X(CHECKPOINTS, checkpoints) \
	X(SNAPSHOT_PUT, snapshot_put) \
	X(SNAPSHOT_FORGET, snapshot_forget) \
	X(SNAPSHOT_DELETE, snapshot_delete) \
	X(SNAPSHOT_REVERT, snapshot_revert) \
	X(DISK_FILES, disk_files) \
	X(HAS_DISK, has_disk) \
	X(CLOSE_FILE, close_file) \
	X(ATTACH_DISK, attach_disk) \
	X(NETWORKS, networks) \
	X(POOLS, pools) \
	X(POOL_DEFINE, pool_define) \
	X(SWITCH_START, switch_start) \
	X(SAVE_START, save_start) \
	X(RESTORE_START, restore_start) \
	X(MIGRATE_START, migrate_start) \
	X(SAVED_XML, saved_xml) \
	X(MERGE_START, merge_start) \
	X(COPY_START, copy_start) \
	X(POLL, poll) \
	X(CANCEL, cancel) \
	X(SETTLE, settle) \
	X(CHECK_FREE, check_free) \
	X(FROZEN, frozen) \
	X(VERSIONS, versions) \
	X(STATS, stats) \
	X(GUEST, guest) \
	X(SET_MEMORY, set_memory) \
	X(SET_VCPUS, set_vcpus) \
	X(NEW_MACHINE, new_machine) \
	X(MACHINE_GONE, machine_gone) \
	X(DETACH_DISK, detach_disk) \
	X(CHANGE_MEDIA, change_media) \
	X(RESIZE_DISK, resize_disk) \
	X(ATTACH_NIC, attach_nic) \
	X(DETACH_NIC, detach_nic) \
	X(UPDATE_NIC, update_nic) \
	X(POOL_STOP, pool_stop) \
	X(NETWORK_DEFINE, network_define) \
	X(NETWORK_UNDEFINE, network_undefine)
/* clang-format on */
#define MOCK_SLOT_ID(id, name) SLOT_##id,
enum mock_slot_id { MOCK_SLOTS(MOCK_SLOT_ID) N_SLOTS };

struct hv_mock {
	struct hv_mock *next;
	char *uri, *unreachable, *host_uuid;
	size_t n;
	struct mock_domain *domains;
	struct hv_networks networks;
	struct hv_pools pools;
	struct mock_slot slots[N_SLOTS];
	unsigned job_polls;
	int next_id;
	const char *library; /* NULL: "9.0.0" */
	bool deaf;	     /* guests ignore the ACPI button */
	struct mock_job *jobs;
	bool dies_at_switch; /* hv_mock_die_at_switch() */
	struct strv reboots; /* the UUIDs of all guests that were reset, in this order */
};

struct mock_conn {
	struct hv hv;
	struct hv_mock *m;
	bool listens;
	size_t heard; /* so many of the reboots */
};

static inline struct hv_mock *mock_of(struct hv *h)
{
	return ((struct mock_conn *)h)->m;
}

/*
 * The body of every slot is between these two calls. mock_enter counts the call, runs the function
 * of hv_mock_before and may fail; mock_leave may fail as if the answer were lost.
 */
int mock_enter(struct hv_mock *m, enum mock_slot_id slot, struct vxe_error *err) _must_check_;
int mock_leave(struct hv_mock *m, enum mock_slot_id slot, struct vxe_error *err) _must_check_;

/* NULL when there is none. */
struct hv_mock *mock_lookup(const char *uri);
struct mock_domain *mock_find(const struct hv_mock *m, const char *uuid);
struct mock_domain *mock_find_name(const struct hv_mock *m, const char *name);
struct mock_domain *mock_add_domain(struct hv_mock *m, const char *uuid, const char *name);
/* Another domain may get the removed domain's place in memory. */
void mock_remove_domain(struct hv_mock *m, struct mock_domain *d);
void mock_copy_network(struct hv_networks *to, const struct hv_network *n);
void mock_copy_pool(struct hv_pools *to, const struct hv_pool *p);
/* Fails with VXE_HYPERVISOR_FAILED if there is no such domain. */
struct mock_domain *mock_domain(
	const struct hv_mock *m, const char *uuid, const char *operation, struct vxe_error *err);
/* Creates or drops the live XML as the state requires. */
void mock_set_state(struct hv_mock *m, struct mock_domain *d, enum hv_state state);
/* Checks as QEMU does at a start: all files exist, and no <backingStore> contradicts a header. */
int mock_check_disks(const char *xml, const char *operation, struct vxe_error *err) _must_check_;
/* As domain_xml_read(); a failure is the operation's. */
int mock_read(const char *xml, const char *operation, struct domain_spec **ret,
	struct vxe_error *err) _must_check_;

/* hv_mock_memory.c */
int mock_memory_write(
	const struct mock_domain *d, const char *path, struct vxe_error *err) _must_check_;
int mock_memory_restore(struct hv_mock *m, const char *path, const char *xml, bool paused,
	struct vxe_error *err) _must_check_;
int mock_saved_xml(struct hv *h, const char *path, char **ret, struct vxe_error *err) _must_check_;
int mock_pause(struct hv *h, const char *uuid, struct vxe_error *err) _must_check_;
int mock_unpause(struct hv *h, const char *uuid, struct vxe_error *err) _must_check_;
int mock_autostart(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err) _must_check_;
int mock_set_autostart(struct hv *h, const char *uuid, bool on, struct vxe_error *err) _must_check_;

/* hv_mock.c: fails unless every file of the disk's chain exists. */
int mock_check_chain(
	const struct spec_disk *disk, const char *operation, struct vxe_error *err) _must_check_;

/* hv_mock_pool.c: the network that the card leads to is there, and up. */
int mock_check_network(const struct hv_mock *m, const struct spec_nic *nic, const char *operation,
	struct vxe_error *err) _must_check_;

/* hv_mock_job.c, hv_mock_snapshot.c, hv_mock_device.c, hv_mock_pool.c */
extern const struct hv_job_ops mock_job_ops;
extern const struct hv_snapshot_ops mock_snapshot_ops;
extern const struct hv_device_ops mock_device_ops;
extern const struct hv_pool_ops mock_pool_ops;
extern const struct hv_network_ops mock_network_ops;

/* hv_mock_job.c: what is at work on the domain has ended, as after a settling with @left (NULL: all). */
void mock_end_jobs(const struct hv_mock *m, const char *uuid, const struct hv_left *left);

/* hv_mock_stats.c */
int mock_reboots(struct hv *h, struct strv *ret, struct vxe_error *err) _must_check_;
int mock_versions(struct hv *h, struct hv_versions *ret, struct vxe_error *err) _must_check_;
int mock_stats(
	struct hv *h, const char *uuid, struct hv_stats *ret, struct vxe_error *err) _must_check_;
int mock_guest(
	struct hv *h, const char *uuid, struct hv_guest *ret, struct vxe_error *err) _must_check_;
int mock_set_memory(
	struct hv *h, const char *uuid, int64_t bytes, struct vxe_error *err) _must_check_;
int mock_set_vcpus(struct hv *h, const char *uuid, int n, struct vxe_error *err) _must_check_;
