/* SPDX-License-Identifier: MIT */
/* Reads what a domain's XML says about the layers below a disk, and whether they are encrypted. */
#pragma once

#include "backends/hv/domain_spec.h"
#include "backends/libvirt/xml/domain_xml_tree.h"

/* Reads the layers below a disk, and whether they are encrypted, from a <disk> that tree_parse_top() has parsed. */
void domain_xml_read_below(const xmlNode *node, struct spec_disk *d);
