/* SPDX-License-Identifier: MIT */
/*
 * What libvirt's own files say about one domain, read without a connection: NAME.xml in the folder of definitions has
 * the domain's UUID, NAME.xml in the folder of states its state while it is active. The files are used only while
 * libvirt runs, and only where vxe has seen libvirt write to these folders; docs/adr/0005-users-of-files.md.
 */
#pragma once

#include "objects/session/session.h"

/*
 * True if libvirt runs and its files of domain definitions can be read; this is cheap to find out, and needs no
 * session.
 */
bool files_tell(const struct session_config *c);
/*
 * The process of the libvirt that this session is connected to, or would be; 0: it is not known, or of another PID
 * namespace.
 */
pid_t files_daemon(const struct session *s);
/*
 * A word for the libvirt of this machine as it runs now: another word after libvirt was restarted, the machine was
 * booted, or something else listens at libvirt's socket. Owned; NULL: another libvirt may answer, or the files do not
 * tell.
 */
char *files_libvirt(const struct session *s);
/*
 * Reads the persistent domain of this VM from libvirt's files: true with its name, state and id in @ret. False:
 * libvirt has to be asked, because the files do not tell, or because the domain's snapshots have changed since
 * vm.snapshots_seen was recorded. The session calls this as the function tells of struct session_above.
 */
bool files_domain(struct session *s, const char *uuid, struct hv_domain *ret);
/*
 * As files_domain(), but only for an active domain, and with its inactive and its live XML, secrets included; both
 * owned. The XML is what libvirt would return, but a change that libvirt is just making may be missing.
 */
bool files_documents(
	struct session *s, const char *uuid, struct hv_domain *ret, char **inactive, char **live);
/*
 * The UUID of the persistent domain called @name; NULL in *ret: there is no such domain. Returns false if libvirt has
 * to be asked, because its files do not tell.
 */
bool files_named(struct session *s, const char *name, char **ret);
/*
 * Lists all persistent domains, or @networks, as "UUID NAME", sorted, for what must not ask libvirt; none if its files
 * cannot be read.
 */
void files_names(const struct session_config *c, bool networks, struct strv *ret);

/*
 * Whether libvirt gives the files of a guest to QEMU's user when it starts it, by the settings with which it was started;
 * which this user may be unable to read.
 */
enum files_owners { OWNERS_UNKNOWN, OWNERS_STAY, OWNERS_CHANGE };
enum files_owners files_owners(const struct session_config *c);

/* Whether libvirt starts the domain when the host starts: 1 or 0; -1: libvirt has to be asked. */
int files_autostart(const struct session *s, const char *name);

/*
 * A word for the present state of the folder in which libvirt keeps the domain's snapshots: a different word after a
 * snapshot was made, deleted or changed. "": there is no folder. Owned; NULL: libvirt has to be asked.
 */
char *files_snapshots(struct session *s, const char *name);
/*
 * The names of all domains for which libvirt has a folder of snapshots, sorted. Returns false if libvirt has to be
 * asked, because its files do not tell.
 */
bool files_with_snapshots(struct session *s, struct strv *ret);
