/* SPDX-License-Identifier: MIT */
/* Dirty bitmaps: backup programs have QEMU record in them what a guest changes. */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"
#include "objects/base/str.h"

/* Returns 1 if @c is a qcow2 image whose header names dirty bitmaps. */
int image_has_bitmaps(struct content *c, struct vxe_error *err) _must_check_;
/*
 * Copies the dirty bitmaps of the image @from (qcow2) to the image @to, as libvirt does in a block commit: a bitmap
 * is made in @to, or merged into the one of the same name. Does nothing if @to is not qcow2. Leaves out bitmaps that
 * are of no use because a QEMU that had the image open for writing was killed. No guest may use the images; @to is
 * synced. May be repeated.
 *
 * @up: @to lies on @from. What @to has by itself is in none of the bitmaps of @from, and what a broken one should have
 * recorded is nowhere: so none is made in @to, and the bitmap of a broken one's name records nothing more.
 */
int image_bitmaps_carry(struct content *from, struct content *to, const char *to_format, bool up,
	struct vxe_error *err) _must_check_;
/*
 * Adds to @to, a complete qcow2 copy of the layers from @top on, which nobody uses yet, a bitmap that records nothing for
 * each of the @names, and for each bitmap in these layers. When a guest moves to the copy libvirt takes along what the
 * guest's own layer has recorded in its bitmaps. Without those of the layers below, an increment would lack data; from a bitmap
 * that does not record libvirt makes none. @to is synced.
 */
int image_bitmaps_void(struct content *top, const char *format, const struct strv *names,
	struct content *to, struct vxe_error *err) _must_check_;
/*
 * Adds to @names the bitmaps of @low (qcow2) because of which QEMU will not make it as long as its overlay @high: those
 * that a killed QEMU has left in use, and so of no use.
 */
int image_bitmaps_hinder(struct content *high, struct content *low, struct strv *names,
	struct vxe_error *err) _must_check_;
/*
 * Takes those bitmaps out of @low, and out of @high those of the same names: with them alone libvirt would make an
 * increment that lacks what is recorded nowhere. Fails if one of the overlays of @high, @above, has a bitmap of such a name. No
 * process may have the images open; may be repeated.
 */
int image_bitmaps_clear(struct content *high, struct content *low, const struct strv *above,
	struct vxe_error *err) _must_check_;
