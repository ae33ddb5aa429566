/* SPDX-License-Identifier: MIT */
/*
 * What is below a disk is said twice: by the headers of its files, and by the <backingStore> elements of the domain's
 * definition, which count more where there are any. vxe reads and merges by the headers. So both are compared before a
 * disk is read or captured, and before a definition is written without these elements.
 */
#pragma once

#include "objects/session/file_chain.h"
#include "objects/session/session.h"

/* The first layer where definition and headers disagree. All members are NULL if they agree. */
struct chain_odd {
	char *file;    /* file of the layer above it */
	char *defined; /* what the definition has there, as a text for a person */
	char *header;  /* what the header of @file says, as a text for a person */
};
void chain_odd_clear(struct chain_odd *o);
#define _cleanup_chain_odd_ _cleanup_(chain_odd_clear)

/*
 * Compares the XML of @disk with @files, its chain by the headers. @live: the XML of a running domain, in which libvirt
 * writes what it found; then what vxe cannot look at counts as equal. True: they differ, and *@ret, which is empty, says
 * where.
 */
bool disk_chain_differs(const struct session *s, const struct spec_disk *disk,
	const struct file_chain *files, bool live, struct chain_odd *ret);
/* As the function above, and reads the headers itself, if the definition says anything of layers. */
bool disk_chain_is_odd(
	const struct session *s, const struct spec_disk *disk, bool live, struct chain_odd *ret);
/*
 * spec_patch() for a definition of libvirt's: where the headers say the same as its <backingStore> elements, these go.
 * Otherwise the disk keeps them, unless the plan has put another file into it.
 */
int definition_patch(struct session *s, const char *xml, struct domain_spec *want, char **ret,
	struct vxe_error *err) _must_check_;
