/* SPDX-License-Identifier: MIT */
/*
 * MAC addresses of VIFs, computed from the VM's mac_seed: the same seed gives the same addresses.
 */
#pragma once

#define MAC_SEED "mac_seed" /* key of other-config of a VM */

/*
 * The MAC address of the network card at position @device ("0", "1" and so on), in lower case; owned. Behaviour
 * source: xen-api ocaml/xapi/xapi_vif_helpers.ml.
 */
char *mac_from_seed(const char *seed, const char *device);
