/* SPDX-License-Identifier: MIT */
/* What libvirt says, with the setting that it does not name. */
#include "backends/libvirt/hv_libvirt.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *said_of(const char *operation, struct vxe_error *err)
{
	(void)libvirt_said(
		err, operation, "'migrate': fd: migration to a file is not supported. Use file:");
	return err->params[1];
}

/* Each kind of image has a setting of its own. */
Test(said, the_setting_of_the_image_is_named)
{
	_cleanup_error_ struct vxe_error checkpoint = { 0 }, save = { 0 }, other = { 0 };

	cr_expect_not_null(
		strstr(said_of("switch disks", &checkpoint), "(snapshot_image_format = "));
	cr_expect_not_null(strstr(said_of("save", &save), "(save_image_format = "));
	cr_expect_null(strstr(save.params[1], "snapshot_image_format"));
	(void)libvirt_said(&other, "save", "no space");
	cr_expect_str_eq(other.params[1], "no space");
}
