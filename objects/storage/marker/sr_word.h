/* SPDX-License-Identifier: MIT */
/*
 * The word in the marker of an SR that several hosts share: by it they tell the SR's storage from copies of it, such as what lies
 * below a mount point, or a replica. It changes when a host plugs the SR, and once a day. The record is written first, so
 * that it knows both words, then the file, then the record again: so what was cut off in between needs no recovery, and the next
 * change ends it. Whoever changes it has found a word in the folder that the record knows, and has the lease of the SR.
 */
#pragma once

#include "objects/session/session.h"

/*
 * After this host has plugged the SR: gives its marker a new word, unless somebody else is just doing that, or the folder cannot be
 * written to. Fails with SR_NOT_ATTACHED if what lies in the folder is not the SR's storage. Does nothing for an SR of one host, nor
 * in a dry run.
 */
int sr_word_renew(struct session *s, const char *sr, struct vxe_error *err) _must_check_;
/*
 * What lies in the folder of the SR on this host is its storage from now on, whatever the word in its marker is, also if it has
 * none: another host whose folder has another one counts as a host on which the SR is not mounted. Fails with SR_NOT_ATTACHED if it has
 * the marker of another SR, or this host has not plugged the SR. Does nothing for an SR of one host, nor in a dry run.
 */
int sr_take_marker(struct session *s, const char *sr, struct vxe_error *err) _must_check_;
/* Gives the markers of this host's SRs new words whose words are a day old, or whose last change was cut off. A failure is logged. */
void sr_words_keep(struct session *s);
