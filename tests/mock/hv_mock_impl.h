/* SPDX-License-Identifier: MIT */
/* Shared between the files of the mock hypervisor. */
#pragma once

#include "backends/hv/hv_impl.h"
#include "tests/mock/hv_mock.h"

struct mock_domain {
	char *uuid, *name;
	char *inactive; /* NULL: transient */
	char *live;	/* NULL: not active */
	enum hv_state state;
	int id;
	bool managed_save;
	int own_snapshots;
	char *on_file; /* its disk's, whatever the XML says; NULL: what that says */
	bool autostart;
	uint64_t ram;		   /* the guest's counter in memory */
	char *agent_os, *agent_ip; /* what its agent says; NULL: none */
};

/* A slot's script. */
struct mock_slot {
	unsigned calls;
	char *failure; /* NULL: none */
	unsigned skip;
	enum hv_mock_when when;
	bool loses_answer; /* the call that is being made */
	hv_mock_fn *before;
	void *before_ctx;
};

enum mock_slot_id {
	SLOT_HOST,
	SLOT_LIST,
	SLOT_FIND,
	SLOT_FIND_NAME,
	SLOT_XML,
	SLOT_DEFINE,
	SLOT_UNDEFINE,
	SLOT_START,
	SLOT_SHUTDOWN,
	SLOT_DESTROY,
	SLOT_PAUSE,
	SLOT_UNPAUSE,
	SLOT_AUTOSTART,
	SLOT_SET_AUTOSTART,
	SLOT_MANAGED_SAVE,
	SLOT_OWN_SNAPSHOTS,
	SLOT_DISK_FILES,
	SLOT_CLOSE_FILE,
	SLOT_ATTACH_DISK,
	SLOT_NETWORKS,
	SLOT_POOLS,
	SLOT_POOL_DEFINE,
	SLOT_SWITCH_START,
	SLOT_SAVE_START,
	SLOT_RESTORE_START,
	SLOT_SAVED_XML,
	SLOT_MERGE_START,
	SLOT_POLL,
	SLOT_CANCEL,
	SLOT_SETTLE,
	SLOT_VERSIONS,
	SLOT_STATS,
	SLOT_GUEST,
	SLOT_SET_MEMORY,
	SLOT_SET_VCPUS,
	SLOT_NEW_MACHINE,
	SLOT_DETACH_DISK,
	SLOT_CHANGE_MEDIA,
	SLOT_RESIZE_DISK,
	SLOT_ATTACH_NIC,
	SLOT_DETACH_NIC,
	SLOT_UPDATE_NIC,
	SLOT_POOL_STOP,
	SLOT_NETWORK_DEFINE,
	SLOT_NETWORK_UNDEFINE,
	N_SLOTS,
};

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
	bool deaf; /* guests ignore the ACPI button */
};

struct mock_conn {
	struct hv hv;
	struct hv_mock *m;
};

static inline struct hv_mock *mock_of(struct hv *h)
{
	return ((struct mock_conn *)h)->m;
}

/*
 * Every slot's body stands between the two: enter counts, lets somebody else act first and may
 * fail; leave may lose the answer.
 */
int mock_enter(struct hv_mock *m, enum mock_slot_id slot, struct vxe_error *err) _must_check_;
int mock_leave(struct hv_mock *m, enum mock_slot_id slot, struct vxe_error *err) _must_check_;

/* NULL when there is none. */
struct hv_mock *mock_lookup(const char *uri);
struct mock_domain *mock_find(const struct hv_mock *m, const char *uuid);
struct mock_domain *mock_find_name(const struct hv_mock *m, const char *name);
struct mock_domain *mock_add_domain(struct hv_mock *m, const char *uuid, const char *name);
/* Another domain may take its place in memory. */
void mock_remove_domain(struct hv_mock *m, struct mock_domain *d);
void mock_copy_network(struct hv_networks *to, const struct hv_network *n);
void mock_copy_pool(struct hv_pools *to, const struct hv_pool *p);
/* VXE_HYPERVISOR_FAILED unless there is one. */
struct mock_domain *mock_domain(
	const struct hv_mock *m, const char *uuid, const char *operation, struct vxe_error *err);
/* The live XML begins or ends with the state. */
void mock_set_state(struct hv_mock *m, struct mock_domain *d, enum hv_state state);
/* As QEMU looks at the files when it starts: all there, no <backingStore> that lies. */
int mock_check_disks(const char *xml, struct vxe_error *err) _must_check_;

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

/* hv_mock.c: every file of the disk's chain is there. */
int mock_check_chain(const struct spec_disk *disk, struct vxe_error *err) _must_check_;

/* hv_mock_job.c */
int mock_switch_start(struct hv *h, const char *uuid, const struct hv_switch *disks, size_t n,
	const char *memory, struct hv_job **ret, struct vxe_error *err) _must_check_;
int mock_save_start(struct hv *h, const char *uuid, const char *path, struct hv_job **ret,
	struct vxe_error *err) _must_check_;
int mock_restore_start(struct hv *h, const char *path, const char *xml, bool paused,
	struct hv_job **ret, struct vxe_error *err) _must_check_;
int mock_merge_start(struct hv *h, const char *uuid, const char *target, const char *base,
	const char *top, struct hv_job **ret, struct vxe_error *err) _must_check_;
int mock_poll(struct hv_job *j, struct hv_progress *ret, struct vxe_error *err) _must_check_;
int mock_cancel(struct hv_job *j, struct vxe_error *err) _must_check_;
void mock_job_free(struct hv_job *j);

/* hv_mock_stats.c */
int mock_versions(struct hv *h, struct hv_versions *ret, struct vxe_error *err) _must_check_;
int mock_stats(struct hv *h, struct hv_stats *ret, struct vxe_error *err) _must_check_;
int mock_guest(
	struct hv *h, const char *uuid, struct hv_guest *ret, struct vxe_error *err) _must_check_;
int mock_set_memory(
	struct hv *h, const char *uuid, int64_t bytes, struct vxe_error *err) _must_check_;
int mock_set_vcpus(struct hv *h, const char *uuid, int n, struct vxe_error *err) _must_check_;
/* hv_mock_device.c */
int mock_attach_disk(struct hv *h, const char *uuid, const struct spec_disk *disk,
	struct vxe_error *err) _must_check_;
int mock_detach_disk(
	struct hv *h, const char *uuid, const char *target, struct vxe_error *err) _must_check_;
int mock_change_media(struct hv *h, const char *uuid, const struct spec_disk *disk,
	struct vxe_error *err) _must_check_;
int mock_resize_disk(struct hv *h, const char *uuid, const char *target, int64_t size,
	struct vxe_error *err) _must_check_;
int mock_attach_nic(struct hv *h, const char *uuid, const char *definition, const char *card,
	struct vxe_error *err) _must_check_;
int mock_detach_nic(
	struct hv *h, const char *uuid, const char *mac, struct vxe_error *err) _must_check_;
int mock_update_nic(struct hv *h, const char *uuid, const char *card, const struct spec_nic *nic,
	struct vxe_error *err) _must_check_;
int mock_pool_stop(
	struct hv *h, const char *name, bool undefine, struct vxe_error *err) _must_check_;
int mock_network_define(
	struct hv *h, const struct hv_network *net, struct vxe_error *err) _must_check_;
int mock_network_undefine(struct hv *h, const char *uuid, struct vxe_error *err) _must_check_;
