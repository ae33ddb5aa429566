/* SPDX-License-Identifier: MIT */
/*
 * What libvirt's own files say about one domain, without a connection: NAME.xml in the folder of
 * definitions has its UUID, NAME.xml in the folder of states its state while it is active. They count
 * only while libvirt runs and where vxe has seen it write there; docs/adr/0005-users-of-files.md.
 */
#pragma once

#include "objects/session/session.h"

/* True if the files can be read and libvirt runs: a cheap question, before the session exists. */
bool files_tell(const struct session_config *c);
/*
 * Whether this is the libvirt that this store's last search for domains asked: it has not been started since,
 * and the machine neither. Then its host is the one on record.
 */
bool files_same_libvirt(const struct session *s);
/*
 * The persistent domain of this VM, read from libvirt's files: true with its name, state and id in @ret. False: libvirt
 * has to be asked, because the files do not tell, or because the domain's snapshots are not those that vm.snapshots_seen
 * says. The session calls it as its function "tells".
 */
bool files_domain(struct session *s, const char *uuid, struct hv_domain *ret);
/*
 * The same of an active one, with its inactive and its live document, secrets included; both owned. They are what
 * libvirt would say, as far as it has written it: a change that it makes at this moment may be missing.
 */
bool files_documents(
	struct session *s, const char *uuid, struct hv_domain *ret, char **inactive, char **live);
/* The UUID of the persistent domain called @name; NULL: there is no such domain. Returns false as above. */
bool files_named(struct session *s, const char *name, char **ret);

/* Whether libvirt starts the domain when the host starts: 1 or 0; -1: libvirt has to be asked. */
int files_autostart(const struct session *s, const char *name);

/*
 * The state of the folder in which libvirt keeps the domain's snapshots, as one word: another one after a snapshot has
 * come, gone or changed. "": there is no folder. Owned; NULL: libvirt has to be asked.
 */
char *files_snapshots(struct session *s, const char *name);
/* The names of all domains that have a folder of snapshots, sorted. Returns false as above. */
bool files_with_snapshots(struct session *s, struct strv *ret);
