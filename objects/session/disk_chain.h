/* SPDX-License-Identifier: MIT */
/*
 * The layers below a disk are named twice: by the headers of its files, and by the <backingStore> elements of the
 * domain's definition, which libvirt goes by where there are any. vxe reads and merges by the headers. So both are
 * compared before vxe reads a disk or makes it part of a snapshot, and before it writes a definition without these
 * elements.
 */
#pragma once

#include "objects/session/file_chain.h"
#include "objects/session/session.h"

/*
 * The first layer of a disk where the domain's definition and the headers of the files disagree. All members are NULL
 * if they agree.
 */
struct chain_odd {
	/* path of the file directly above the first layer on which they disagree */
	char *file;
	char *defined; /* what the definition names below @file, as a text for a person */
	/* what the header of @file names as its backing file, as a text for a person */
	char *header;
};
void chain_odd_clear(struct chain_odd *o);
#define _cleanup_chain_odd_ _cleanup_(chain_odd_clear)

/*
 * Compares the lower layers in the XML of @disk with @files, the chain by the headers. @live: the XML is that of a
 * running domain, in which libvirt writes what it found; then what vxe cannot look at counts as equal. True: they
 * differ, and *@ret, which is empty before, says where.
 */
bool disk_chain_differs(const struct session *s, const struct spec_disk *disk,
	const struct file_chain *files, bool live, struct chain_odd *ret);
/* As disk_chain_differs(), but reads the headers itself, if the definition names layers below the disk. */
bool disk_chain_is_odd(
	const struct session *s, const struct spec_disk *disk, bool live, struct chain_odd *ret);
/*
 * As spec_patch(), for a definition from libvirt: if the headers say the same as the <backingStore> elements of a
 * disk, the elements are removed. Otherwise the disk keeps them, unless its file is replaced by another one.
 */
int definition_patch(struct session *s, const char *xml, struct domain_spec *want, char **ret,
	struct vxe_error *err) _must_check_;
