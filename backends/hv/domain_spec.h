/* SPDX-License-Identifier: MIT */
/*
 * The spec of a domain, which callers change, and the functions that convert between a spec and a
 * domain's XML. They ask no hypervisor. The first of these calls loads the libvirt module, because
 * reading XML needs libxml2; if that fails: VXE_HYPERVISOR_UNREACHABLE.
 */
#pragma once

#include "objects/base/error.h"
#include "objects/base/str.h"

#include <stdint.h>

enum disk_source { DISK_NONE, DISK_FILE, DISK_BLOCK, DISK_NETWORK, DISK_VOLUME, DISK_OTHER };
enum disk_device { DISK_DISK, DISK_CDROM, DISK_FLOPPY, DISK_LUN };

/* A file below a disk, as the XML says. */
struct spec_layer {
	enum disk_source source; /* DISK_NONE: nothing is below the layer above */
	char *path;		 /* as of a disk */
	char *format;		 /* NULL when the XML has none */
	char *server;		 /* of a network disk: "host:port" or "host"; NULL: unknown */
	bool encrypted;
	bool partial; /* the XML says more than a header can: a part of a file, a secret */
};
struct spec_disk {
	char *target; /* "vda": the key of the disk */
	char *bus;    /* "virtio" */
	enum disk_device device;
	enum disk_source source;
	/* File or block device; a volume: "pool/name"; else "type:name", network: "protocol:name".
	 * NULL when empty. */
	char *path;
	char *format; /* as the XML says; NULL when the XML has none */
	char *serial;
	char *cache; /* bytes of QEMU's cache for the tables of a qcow2; NULL: QEMU's default, which NULL does not set */
	char *alias; /* user alias ("ua-...") or NULL */
	bool readonly, shareable, transient;
	int boot; /* per-device boot order, 0: none */
	bool encrypted;
	bool opaque; /* only read: it, or a layer below, is encrypted or partial; not as @format says */
	/*
	 * What the XML says of the layers below, top first. libvirt goes by that, and by the headers from the last of
	 * them on. When it is written, it stays in the XML as it was, or goes, if it is none by then.
	 */
	size_t n_below;
	struct spec_layer *below;
};
/*
 * Two cards of a domain may have the same MAC address (a team; a passed-through device and its
 * stand-in).
 */
struct spec_nic {
	char *mac;     /* lower case */
	char *mac_was; /* spec_patch: the MAC address in the document, if it changes */
	int place;     /* among the cards of the document that it was read from; 0: new */
	char *alias;   /* user alias ("ua-...") or NULL; only read */
	char *address; /* on the bus, as one word; NULL: none; only read */
	int queues;    /* 0: the driver's default */
	char *type;    /* "network", "bridge", "user", ... */
	char *source;  /* name of the network or bridge; NULL for others */
	char *model;
	int boot;	/* as for disks */
	bool link_down; /* the guest sees a card without a cable */
};
/* A screen or serial line; only read. */
struct spec_console {
	char *kind;	/* "vnc", "spice", "serial" */
	char *location; /* "" when the domain does not run */
};
/* The channel over which libvirt talks to an agent in the guest. */
enum spec_agent {
	AGENT_NONE,	 /* the domain has no such channel */
	AGENT_AWAY,	 /* nothing in the guest has opened it, or the domain does not run */
	AGENT_CONNECTED, /* a program has opened it */
};
/* Every member but autostart is a row of the table in backends/libvirt/xml/domain_xml.c. */
struct domain_spec {
	char *uuid, *name, *title, *description;
	int64_t memory_max, memory; /* bytes */
	int vcpus_max, vcpus;
	char *arch, *machine, *type; /* type: "kvm", "qemu" */
	char *firmware;		     /* "efi" or "bios" or NULL */
	char *loader, *nvram;	     /* paths; nvram: the variables' file */
	char *varstore;		     /* the file that has them since libvirt 12.1; NULL: nvram */
	char *boot;		     /* os/boot devices in order, joined by ',' ("hd,cdrom") */
	char *on_poweroff, *on_reboot, *on_crash; /* "destroy", "restart", ... */
	bool acpi, apic, pae;
	bool hyperv; /* enlightenments for Windows */
	int cores;   /* per socket; 0: the definition has no topology */
	/*
	 * How many seconds the clock that the guest finds at its start is ahead of UTC, as text; NULL: another kind of
	 * clock (the host's local time, a time zone, a fixed time), which NULL leaves as it is.
	 */
	char *timeoffset;
	bool tpm;
	bool tpm_files;	   /* only read: an emulated TPM, whose state libvirt keeps in files */
	bool host_devices; /* has passed-through devices */
	bool file_systems; /* has shared file systems */
	bool memory_peer; /* only read: memory shared with other guests that is not the guest's own (<shmem>) */
	bool panic;	  /* only read: a device that tells of a crash of the guest */
	int agent;	  /* enum spec_agent; only read */
	char *store;	  /* UUID of the vxe store that marks the domain; NULL */
	char *mark_extra; /* free for vxe's use, in the same metadata element; NULL */
	bool autostart;	  /* not in the XML: the caller asks hv_autostart() */
	/* Only read: where a guest keeps data and no <disk> says so, in words for a person ("-drive FILE"). */
	struct strv unnamed;
	size_t n_disks;
	struct spec_disk *disks;
	size_t n_nics;
	struct spec_nic *nics;
	size_t n_consoles;
	struct spec_console *consoles;
};
struct domain_spec *domain_spec_new(void);
void domain_spec_free(struct domain_spec *s);
DEFINE_CLEANUP(struct domain_spec *, domain_spec_free)
#define _cleanup_spec_ _cleanup_(domain_spec_free_cleanup)
/* NULL when there is no such target; borrowed. */
struct spec_disk *spec_find_disk(const struct domain_spec *s, const char *target);
/* A disk of the running domain that its definition @s does not have; what is in a drive does not count. */
bool spec_is_extra(const struct domain_spec *s, const struct spec_disk *live);
/* Where its content is, in words for a person; borrowed. */
const char *spec_disk_at(const struct spec_disk *d);
/* The path in one of the texts @unnamed of a spec; borrowed. NULL: none. */
const char *spec_unnamed_path(const char *text);
/*
 * Puts the file or block device @path, with the given format, into the disk; file_is_device()
 * tells which of the two it is. Only this function sets a disk's source.
 */
void spec_put_file(struct spec_disk *d, const char *path, const char *format);
/* Adds the absolute paths in an argument for QEMU ("file=/a,format=raw", JSON), each once. */
void qemu_arg_paths(const char *arg, struct strv *ret);
/* From now on only the headers say what is below the disk. */
void spec_drop_below(struct spec_disk *d);
/* The same of all disks, but for those of which a header cannot say all. */
void spec_drop_layers(struct domain_spec *s);
/* The file of the disk, or of a layer below it, that is encrypted; NULL: none. Borrowed. */
const char *spec_encrypted(const struct spec_disk *d);
/* Empties the drive; its format stays, without meaning. */
void spec_put_nothing(struct spec_disk *d);
/* Appends a zeroed disk (or NIC) and returns it. */
struct spec_disk *spec_add_disk(struct domain_spec *s);
struct spec_nic *spec_add_nic(struct domain_spec *s);
void spec_remove_disk(struct domain_spec *s, const char *target);
/*
 * A word that distinguishes a card from all other cards of its domain, also in another document of
 * the domain: its MAC address; if several cards have that, "MAC|alias|address|n". Two such words
 * are compared by the first of alias, address, n that both have. Owned.
 */
char *spec_nic_card(const struct domain_spec *s, const struct spec_nic *nic);
/* True if two such words, possibly from different times, certainly mean the same card. */
bool spec_same_card(const char *a, const char *b);
/* NULL when there is no such card; borrowed. */
struct spec_nic *spec_find_nic(const struct domain_spec *s, const char *card);
void spec_remove_nic(struct domain_spec *s, const char *card);

/* The content of a template's other-config:disks: one row per disk to make. */
struct provision_disk {
	char *device; /* position, "0" */
	int64_t size; /* bytes */
	char *sr;     /* UUID; "" means: choose one */
	char *type;   /* of the VDI: "system", "user" ... */
	bool bootable;
};
struct provision {
	size_t n;
	struct provision_disk *items;
};
void provision_clear(struct provision *p);
#define _cleanup_provision_ _cleanup_(provision_clear)

/* The spec that a domain's XML describes. Formats come from the XML, never from probing. */
int spec_read(const char *xml, struct domain_spec **ret, struct vxe_error *err) _must_check_;
/*
 * Changes the document so that it says what @want says: differing members are changed; disks,
 * matched by target, are changed, added or removed; NICs are matched by place and MAC address;
 * the <backingStore> of a disk that has none below is stripped. Everything else stays byte for byte, as far as libxml2 allows; if
 * nothing differs, all of it.
 */
int spec_patch(const char *xml, const struct domain_spec *want, char **ret,
	struct vxe_error *err) _must_check_;
/*
 * Changes the document into one for another machine named @name on the same host. Things that only
 * one machine of a host can have are renamed (files and sockets of character devices that contain
 * the old name) or left to libvirt (console ports, tap devices, identities). The caller sets UUID,
 * name, disks and MAC addresses with spec_patch().
 */
int xml_unshare(const char *xml, const char *name, char **ret, struct vxe_error *err) _must_check_;
/*
 * Reduces the document to what a guest sees of its machine: no file, socket, device or network of a
 * host, no option for QEMU, no secret. The document may be hostile, so only the elements and
 * attributes of a list stay. Cards become user-mode cards, disks lose their source, serial lines
 * become ptys.
 * @emulated: for a host without KVM. @lost (may be NULL) gets what the guest would lose.
 */
int xml_portable(const char *xml, bool emulated, char **ret, struct strv *lost,
	struct vxe_error *err) _must_check_;
/*
 * A snapshot as libvirt describes one of its own: what 'virsh snapshot-create --redefine' takes. Everything is
 * borrowed. NULL: absent.
 */
struct snapshot_disk {
	const char *target;
	char *overlay; /* the file that the machine wrote to afterwards; NULL: none is known. Owned */
	const char *format;
};
struct snapshot_document {
	const char *name, *description, *parent;
	const char *state;  /* "running", "shutoff", "disk-snapshot" */
	const char *memory; /* the file with the memory */
	int64_t created;    /* seconds since 1970 */
	const char *domain; /* its definition */
	bool secrets;	    /* passwords in the definition stay */
	size_t n_disks;
	struct snapshot_disk *disks;
};
int snapshot_write(
	const struct snapshot_document *d, char **ret, struct vxe_error *err) _must_check_;
/* The document, which libvirt wrote, without these parts of it. */
enum snapshot_part {
	SNAPSHOT_SECRETS = 1 << 0, /* passwords in its definitions */
};
int snapshot_without(
	const char *xml, unsigned parts, char **ret, struct vxe_error *err) _must_check_;
/* The same document with that parent; NULL: with none. */
int snapshot_with_parent(
	const char *xml, const char *parent, char **ret, struct vxe_error *err) _must_check_;
/*
 * The same document, which names these files as those that the domain writes to since it went back to the snapshot. @files:
 * by target; without one, that disk has none.
 */
int snapshot_with_files(
	const char *xml, const struct map *files, char **ret, struct vxe_error *err) _must_check_;
/*
 * What the XPath expression selects in the document, as text: one node after the other, NULL if there is none; @wrap: one
 * document <nodes> with all. As 'virsh dumpxml --xpath'. INVALID_VALUE("xpath", reason).
 */
int xml_select(const char *xml, const char *xpath, bool wrap, char **ret,
	struct vxe_error *err) _must_check_;
/* What it says, but @current (hv_facts.h). VXE_HYPERVISOR_FAILED when it is no such document. */
struct hv_snapshot;
int snapshot_read(const char *xml, struct hv_snapshot *ret, struct vxe_error *err) _must_check_;
/* The disks that a template's provision document describes. INVALID_VALUE("disks", reason). */
int provision_read(const char *xml, struct provision *ret, struct vxe_error *err) _must_check_;

/*
 * The functions that the module implements, and the symbol that it exports: of type const struct
 * spec_ops.
 */
struct spec_ops {
	int (*read)(const char *xml, struct domain_spec **ret, struct vxe_error *err);
	int (*patch)(
		const char *xml, const struct domain_spec *want, char **ret, struct vxe_error *err);
	int (*unshare)(const char *xml, const char *name, char **ret, struct vxe_error *err);
	int (*portable)(const char *xml, bool emulated, char **ret, struct strv *lost,
		struct vxe_error *err);
	int (*provision)(const char *xml, struct provision *ret, struct vxe_error *err);
	int (*snapshot)(const struct snapshot_document *d, char **ret, struct vxe_error *err);
	int (*snapshot_without)(const char *xml, unsigned parts, char **ret, struct vxe_error *err);
	int (*snapshot_with_parent)(
		const char *xml, const char *parent, char **ret, struct vxe_error *err);
	int (*snapshot_with_files)(
		const char *xml, const struct map *files, char **ret, struct vxe_error *err);
	int (*snapshot_read)(const char *xml, struct hv_snapshot *ret, struct vxe_error *err);
	int (*select)(
		const char *xml, const char *xpath, bool wrap, char **ret, struct vxe_error *err);
};
#define SPEC_MODULE_FILE "vxe-xml.so"
#define SPEC_MODULE_SYMBOL "domain_xml_ops"
