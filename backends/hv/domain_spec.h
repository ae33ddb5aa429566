/* SPDX-License-Identifier: MIT */
/*
 * The spec of a domain (its XML as a struct), which callers change, and the functions that convert between a spec
 * and a domain's XML. They ask no hypervisor. The first of these calls loads the XML module, because reading XML
 * needs libxml2; if that fails: VXE_HYPERVISOR_UNREACHABLE.
 */
#pragma once

#include "objects/base/error.h"
#include "objects/base/str.h"

#include <stdint.h>

enum disk_source { DISK_NONE, DISK_FILE, DISK_BLOCK, DISK_NETWORK, DISK_VOLUME, DISK_OTHER };
enum disk_device { DISK_DISK, DISK_CDROM, DISK_FLOPPY, DISK_LUN };

/* A layer below a disk's top image (a backing file), as the XML describes it. */
struct spec_layer {
	/* DISK_NONE: there is no such file, and the layer above is the lowest */
	enum disk_source source;
	char *path;   /* path or name of the file, as in struct spec_disk */
	char *format; /* NULL: the XML does not say */
	char *server; /* server of a network disk, "host:port" or "host"; NULL: unknown */
	bool encrypted;
	/* the XML says what no image header can say: that the layer is only a part of a file, or needs a secret */
	bool partial;
};
struct spec_disk {
	char *target; /* name of the disk, "vda", by which it is found */
	char *bus;    /* bus, "virtio" */
	enum disk_device device;
	enum disk_source source;
	/*
	 * Path of the disk's file or block device; "pool/name" of a volume; "protocol:name" on a network; else
	 * "type:name". NULL: the drive is empty.
	 */
	char *path;
	char *format; /* NULL: the XML does not say */
	char *serial;
	/* bytes of QEMU's cache for the tables of a qcow2 image; NULL: QEMU's default, and nothing is set */
	char *cache;
	char *alias; /* alias that a user gave ("ua-..."); NULL: none */
	bool readonly, shareable, transient;
	bool keeps_owner; /* only read: libvirt does not give the file to QEMU's user for this domain */
	int boot;	  /* number of the device in the boot order; 0: none */
	bool encrypted;
	/*
	 * only read: the disk or a layer below is encrypted or a part of a file, and so not simply of
	 * @format
	 */
	bool opaque;
	/*
	 * The layers below the disk that the XML describes (<backingStore>), top first. libvirt believes these, and
	 * below the last of them the headers of the images. When a spec is written, the <backingStore> stays in the
	 * XML as it was, or is removed if @n_below is 0 by then.
	 */
	size_t n_below;
	struct spec_layer *below;
};
/*
 * A network interface of a domain. Several may have the same MAC address (a team; a passed-through device and its
 * stand-in).
 */
struct spec_nic {
	char *mac; /* in lower case */
	/* for spec_patch(): MAC address that the interface still has in the XML; NULL: the same as @mac */
	char *mac_was;
	/* position among the interfaces of the XML from which it was read, from 1; 0: the interface is new */
	int place;
	char *alias;   /* only read: alias that a user gave ("ua-..."); NULL: none */
	char *address; /* only read: address on the bus, as one word; NULL: none */
	int queues;    /* number of queues of the driver; 0: the driver's default */
	char *type;    /* kind of connection: "network", "bridge", "user" */
	/* name of the network, bridge or host device to which the interface is connected; NULL for other kinds */
	char *source;
	char *model;
	int boot;	/* number of the interface in the boot order; 0: none */
	bool link_down; /* the guest sees an interface without a cable */
};
/* A screen or serial line of a domain, which is only read from the XML and never written. */
struct spec_console {
	char *kind; /* "vnc", "spice", "serial" */
	/*
	 * URI of the screen, or path or URI of the serial line, at which it can be reached; "" if the domain does
	 * not run
	 */
	char *location;
};
/* State of the channel by which libvirt talks to an agent in the guest. */
enum spec_agent {
	AGENT_NONE, /* the domain has no such channel */
	AGENT_AWAY, /* no agent in the guest has opened the channel, or the domain does not run */
	AGENT_CONNECTED, /* an agent in the guest has opened the channel */
};
/* What a domain's XML says. Each member but autostart is a row of the table in backends/libvirt/xml/domain_xml.c. */
struct domain_spec {
	char *uuid, *name, *title, *description;
	int64_t memory_max, memory; /* in bytes */
	int vcpus_max, vcpus;
	char *arch, *machine, *type; /* type is "kvm" or "qemu" */
	char *firmware;		     /* "efi", "bios" or NULL */
	char *loader, *nvram; /* paths of the firmware and of the file with the UEFI variables */
	/* file with the UEFI variables since libvirt 12.1 (<varstore>); NULL: @nvram has them */
	char *varstore;
	char *boot; /* kinds of devices in boot order, separated by ',' ("hd,cdrom") */
	char *on_poweroff, *on_reboot, *on_crash; /* "destroy", "restart" and so on */
	bool acpi, apic, pae;
	bool hyperv; /* the domain has Hyper-V enlightenments, for Windows */
	int cores;   /* cores of each socket; 0: the definition has no topology */
	/*
	 * How many seconds the clock that the guest finds at its start is ahead of UTC, as text; NULL: another kind of
	 * clock (the host's local time, a time zone, a fixed time), which NULL leaves as it is.
	 */
	char *timeoffset;
	bool tpm;
	/* only read: the domain has an emulated TPM, whose state libvirt keeps in files */
	bool tpm_files;
	bool host_devices; /* only read: the domain has passed-through devices */
	bool file_systems; /* only read: the domain has file systems shared with the host */
	/* only read: the domain has memory that other guests share and that is not its own (<shmem>) */
	bool memory_peer;
	bool panic; /* only read: the domain has a device by which the guest tells of its crash */
	int agent;  /* only read: enum spec_agent */
	char *user; /* only read: user and group of its QEMU, "user:group"; NULL: those of all guests */
	bool keeps_owners; /* only read: libvirt gives no file of the domain to QEMU's user */
	/* UUID of the vxe store (database) to which the domain belongs; NULL: none */
	char *store;
	char *mark_extra; /* vxe's own text in its <metadata> element of the domain; NULL: none */
	/* libvirt starts the domain with the host; not in the XML: the caller asks hv_autostart() */
	bool autostart;
	/*
	 * Only read: places where the guest keeps data and that no <disk> names, as texts for people ("-drive FILE").
	 */
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
/* The disk of the spec with the target @target ("vda"), borrowed; NULL: there is none. */
struct spec_disk *spec_find_disk(const struct domain_spec *s, const char *target);
/*
 * True for a disk of the running domain that its definition @s does not have; the medium in a drive does not count.
 */
bool spec_is_extra(const struct domain_spec *s, const struct spec_disk *live);
/* Where the disk's content is, as text for people; borrowed. */
const char *spec_disk_at(const struct spec_disk *d);
/* The path in a text of domain_spec.unnamed ("-drive FILE"); borrowed; NULL: the text has none. */
const char *spec_unnamed_path(const char *text);
/*
 * Puts the file or block device @path, with the given format, into the disk; file_is_device()
 * tells which of the two it is. Only this function sets a disk's source.
 */
void spec_put_file(struct spec_disk *d, const char *path, const char *format);
/* Adds the absolute paths in an argument for QEMU ("file=/a,format=raw", JSON), each once. */
void qemu_arg_paths(const char *arg, struct strv *ret);
/* Forgets the layers below the disk that the XML describes (<backingStore>), so that the image headers count. */
void spec_drop_below(struct spec_disk *d);
/*
 * Forgets the layers below all disks that the XML describes, except for disks about which an image header cannot say
 * all (encrypted ones, parts of files).
 */
void spec_drop_layers(struct domain_spec *s);
/*
 * The path of the first encrypted file of a disk: its top image or a layer below; NULL: none is encrypted. Borrowed.
 */
const char *spec_encrypted(const struct spec_disk *d);
/* Empties the drive; its format stays and means nothing. */
void spec_put_nothing(struct spec_disk *d);
/* Adds an empty disk (or NIC) at the end, and returns it. */
struct spec_disk *spec_add_disk(struct domain_spec *s);
struct spec_nic *spec_add_nic(struct domain_spec *s);
void spec_remove_disk(struct domain_spec *s, const char *target);
/*
 * A word that distinguishes a network interface from all others of its domain, also in another XML of the domain:
 * its MAC address; if several interfaces have that, "MAC|alias|address|n". Two such words are compared by the first
 * of alias, address, n that both have. Owned.
 */
char *spec_nic_card(const struct domain_spec *s, const struct spec_nic *nic);
/* True if two texts of spec_nic_card(), perhaps of different times, surely mean the same network interface. */
bool spec_same_card(const char *a, const char *b);
/* The network interface that @card, a text of spec_nic_card(), names; borrowed; NULL: the spec has none. */
struct spec_nic *spec_find_nic(const struct domain_spec *s, const char *card);
void spec_remove_nic(struct domain_spec *s, const char *card);

/* A template's other-config:disks: one row for each disk that an installation makes. */
struct provision_disk {
	char *device; /* position of the disk, "0" */
	int64_t size; /* in bytes */
	char *sr;     /* UUID of the SR for the disk; "": the caller chooses an SR */
	char *type;   /* type of the VDI: "system", "user" and so on */
	bool bootable;
};
struct provision {
	size_t n;
	struct provision_disk *items;
};
void provision_clear(struct provision *p);
#define _cleanup_provision_ _cleanup_(provision_clear)

/* Reads a domain's XML into a spec. Formats come from the XML; nothing is guessed from content. */
int spec_read(const char *xml, struct domain_spec **ret, struct vxe_error *err) _must_check_;
/*
 * Changes a domain's XML so that it says what @want says: differing members are changed; disks, matched by target,
 * and NICs, matched by position and MAC address, are changed, added or removed; the <backingStore> of a disk that
 * has no layers in @want is removed. Everything else stays byte for byte, as far as libxml2 allows, and so does the
 * whole text if nothing differs.
 */
int spec_patch(const char *xml, const struct domain_spec *want, char **ret,
	struct vxe_error *err) _must_check_;
/*
 * Changes a domain's XML into that of another machine named @name on the same host. Things that only one machine of
 * a host can have are renamed (files and sockets of character devices that contain the old name) or left to libvirt
 * (console ports, tap devices, identities). The caller sets UUID, name, disks and MAC addresses with spec_patch().
 */
int xml_unshare(const char *xml, const char *name, char **ret, struct vxe_error *err) _must_check_;
/*
 * Reduces a domain's XML to what a guest sees of its machine: no file, socket, device or network of a host, no
 * option for QEMU, no secret. The XML may be hostile, so only the elements and attributes of a list stay. Network
 * interfaces become those of type 'user', disks lose their source, serial lines become ptys. @emulated: for a host
 * without KVM. @lost (may be NULL) gets what the guest would lose.
 */
int xml_portable(const char *xml, bool emulated, char **ret, struct strv *lost,
	struct vxe_error *err) _must_check_;
/*
 * A snapshot as libvirt would describe it, for 'virsh snapshot-create --redefine'. Everything is borrowed. NULL:
 * absent.
 */
struct snapshot_disk {
	const char *target;
	char *overlay; /* the file to which the machine wrote after the snapshot; NULL: none is known. Owned */
	const char *format;
};
struct snapshot_document {
	const char *name, *description, *parent;
	const char *state;  /* "running", "shutoff", "disk-snapshot" */
	const char *memory; /* path of the file with the memory */
	int64_t created;    /* seconds since 1970 */
	const char *domain; /* XML of the domain's definition */
	bool secrets;	    /* keep passwords in the definition */
	size_t n_disks;
	struct snapshot_disk *disks;
};
int snapshot_write(
	const struct snapshot_document *d, char **ret, struct vxe_error *err) _must_check_;
/* Parts of a libvirt snapshot's XML that snapshot_without() leaves out, as bits. */
enum snapshot_part {
	SNAPSHOT_SECRETS = 1 << 0, /* passwords in its definitions */
};
int snapshot_without(
	const char *xml, unsigned parts, char **ret, struct vxe_error *err) _must_check_;
/* The XML of a libvirt snapshot with @parent instead of its own parent; NULL: with none. */
int snapshot_with_parent(
	const char *xml, const char *parent, char **ret, struct vxe_error *err) _must_check_;
/*
 * The XML of a libvirt snapshot, with @files as those to which the domain writes since it was reverted to the
 * snapshot (<revertDisks>). @files: by the disks' targets; a disk that is not in it has no such file.
 */
int snapshot_with_files(
	const char *xml, const struct map *files, char **ret, struct vxe_error *err) _must_check_;
/*
 * What an XPath expression selects in the XML, as text like that of 'virsh dumpxml --xpath': one node after the
 * other, NULL if there is none; @wrap: one document <nodes> with all. INVALID_VALUE("xpath", reason).
 */
int xml_select(const char *xml, const char *xpath, bool wrap, char **ret,
	struct vxe_error *err) _must_check_;
/* Reads the XML of a libvirt snapshot, all members but @current (hv_facts.h). VXE_HYPERVISOR_FAILED if it is none. */
struct hv_snapshot;
int snapshot_read(const char *xml, struct hv_snapshot *ret, struct vxe_error *err) _must_check_;
/* The disks in a template's provision document. INVALID_VALUE("disks", reason). */
int provision_read(const char *xml, struct provision *ret, struct vxe_error *err) _must_check_;

/*
 * The functions that the XML module exports; the module's file; and the name of the symbol, which is a const struct
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
