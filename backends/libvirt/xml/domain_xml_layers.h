/* SPDX-License-Identifier: MIT */
/* What a domain's XML says of the layers below a disk, and of its encryption. */
#pragma once

#include "backends/hv/domain_spec.h"
#include "backends/libvirt/xml/domain_xml_tree.h"

/* Reads both from a <disk> of tree_parse_top(). */
void domain_xml_read_below(const xmlNode *node, struct spec_disk *d);
