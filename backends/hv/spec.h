/* SPDX-License-Identifier: MIT */
/*
 * The neutral spec of a domain, which can be changed and given back, and the functions from and to
 * a domain's XML. They ask no hypervisor. The first of them loads the libvirt module, as reading XML
 * needs libxml2; a failure of that is VXE_HYPERVISOR_UNREACHABLE.
 */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>

enum disk_source { DISK_NONE, DISK_FILE, DISK_BLOCK, DISK_NETWORK, DISK_VOLUME, DISK_OTHER };
enum disk_device { DISK_DISK, DISK_CDROM, DISK_FLOPPY, DISK_LUN };

struct spec_disk {
	char *target; /* "vda": the key of the disk */
	char *bus;    /* "virtio" */
	enum disk_device device;
	enum disk_source source;
	/* File or block device; a volume: "pool/name"; else "type:name", network: "protocol:name".
	 * NULL when empty. */
	char *path;
	char *format; /* as the XML says; NULL when it does not */
	char *serial;
	char *alias; /* user alias ("ua-...") or NULL */
	bool readonly, shareable, transient;
	int boot;    /* per-device boot order, 0: none */
	bool opaque; /* only read: encrypted, or a part of the file; not what the format says */
};
/* Two cards of a domain may have one address (a team, a device passed through and its stand-in). */
struct spec_nic {
	char *mac;     /* lower case */
	char *mac_was; /* spec_patch: that in the document, where it changes */
	int place;     /* among the cards of the document that it was read from, from 1; 0: new */
	char *alias;   /* user alias ("ua-...") or NULL; only read */
	char *address; /* on the bus, a word; NULL: none; only read */
	int queues;    /* 0: as the driver has it */
	char *type;    /* "network", "bridge", "user", ... */
	char *source;  /* name of the network or bridge; NULL for others */
	char *model;
	int boot; /* as of disks */
};
/* A screen or serial line; only read. */
struct spec_console {
	char *kind;	/* "vnc", "spice", "serial" */
	char *location; /* "" when the domain does not run */
};
/* Every member but autostart is a row of the table in backends/libvirt/domain_xml.c. */
struct domain_spec {
	char *uuid, *name, *title, *description;
	int64_t memory_max, memory; /* bytes */
	int vcpus_max, vcpus;
	char *arch, *machine, *type; /* type: "kvm", "qemu" */
	char *firmware;		     /* "efi" or "bios" or NULL */
	char *loader, *nvram;	     /* paths; nvram: the variables' file */
	char *boot;		     /* os/boot devices in order, joined by ',' ("hd,cdrom") */
	char *on_poweroff, *on_reboot, *on_crash; /* "destroy", "restart", ... */
	bool acpi, apic, pae;
	bool hyperv; /* enlightenments for Windows */
	int cores;   /* of a socket; 0: the definition has no topology */
	bool tpm;
	bool tpm_files;	   /* only read: an emulated one, whose state libvirt keeps in files */
	bool host_devices; /* has passed-through devices */
	bool file_systems; /* has shared file systems */
	char *store;	   /* UUID of the vxe store that marks the domain; NULL */
	char *mark_extra;  /* free for vxe, kept in the same metadata element; NULL */
	bool autostart;	   /* no part of the XML: whoever needs it asks hv_autostart() */
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
/*
 * Puts the file or block device @path into the disk, with the format of what lies there; which of
 * the two it is, is asked of the place (image_is_device()). The only writer of a disk's source.
 */
void spec_put_file(struct spec_disk *d, const char *path, const char *format);
/* Empties the drive; its format says nothing then and stays. */
void spec_put_nothing(struct spec_disk *d);
/* Appends a zeroed disk (or NIC) and returns it. */
struct spec_disk *spec_add_disk(struct domain_spec *s);
struct spec_nic *spec_add_nic(struct domain_spec *s);
void spec_remove_disk(struct domain_spec *s, const char *target);
/*
 * What tells a card from all others of its domain, also in another document of it: its MAC address;
 * where several have that, "MAC|alias|address|n", of which the first counts that both sides know.
 * Owned.
 */
char *spec_nic_card(const struct domain_spec *s, const struct spec_nic *nic);
/* Whether two such words, also of two moments, surely mean one card. */
bool spec_same_card(const char *a, const char *b);
/* NULL when there is none; borrowed. */
struct spec_nic *spec_find_nic(const struct domain_spec *s, const char *card);
void spec_remove_nic(struct domain_spec *s, const char *card);

/* What a template's other-config:disks asks for: one row per disk to make. */
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
 * The same document made to say what @want says: members that differ are changed, disks are
 * matched by target (changed, added, removed), NICs by place and MAC, every <backingStore> is stripped;
 * everything else survives byte for byte as far as libxml2 lets it.
 */
int spec_patch(const char *xml, const struct domain_spec *want, char **ret,
	struct vxe_error *err) _must_check_;
/*
 * The document for another machine, called @name, beside the one that it describes: what only one
 * machine of a host can have is renamed with it (files and sockets of character devices, that bear
 * the old name) or left to libvirt to choose (console ports, tap devices, identities). UUID, name,
 * disks and MAC addresses are the caller's, by spec_patch().
 */
int xml_unshare(const char *xml, const char *name, char **ret, struct vxe_error *err) _must_check_;
/*
 * The document with what a guest sees of its machine, and nothing else: no file, socket, device or
 * network of a host, no word for QEMU, no secret. It may come from a stranger: elements and attributes
 * stay by a list. Cards are on user-mode networking, disks without source, lines on a pty.
 * @emulated: for a host without KVM. @lost (may be NULL) learns what the guest would miss.
 */
int xml_portable(const char *xml, bool emulated, char **ret, struct strv *lost,
	struct vxe_error *err) _must_check_;
/* The disks that a template's provision document asks for. INVALID_VALUE("disks", reason). */
int provision_read(const char *xml, struct provision *ret, struct vxe_error *err) _must_check_;

/* What the module implements, and the symbol that it exports: of type const struct spec_ops. */
struct spec_ops {
	int (*read)(const char *xml, struct domain_spec **ret, struct vxe_error *err);
	int (*patch)(
		const char *xml, const struct domain_spec *want, char **ret, struct vxe_error *err);
	int (*unshare)(const char *xml, const char *name, char **ret, struct vxe_error *err);
	int (*portable)(const char *xml, bool emulated, char **ret, struct strv *lost,
		struct vxe_error *err);
	int (*provision)(const char *xml, struct provision *ret, struct vxe_error *err);
};
#define SPEC_MODULE_SYMBOL "domain_xml_ops"
