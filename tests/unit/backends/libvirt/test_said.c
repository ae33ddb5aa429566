/* SPDX-License-Identifier: MIT */
/* What libvirt says, with the setting that it does not name. */
#include "backends/libvirt/hv_libvirt.h"

#include "tests/unit/harness.h"
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

/* What libvirt says when a host of another release cannot have a guest does not tell what to do. */
Test(said, why_the_other_host_cannot_have_it)
{
	static const struct {
		const char *operation, *said, *hint;
	} all[] = {
		{ "migrate", "guest CPU doesn't match specification: missing features: pcommit",
			"pcommit (the QEMU of the other host " },
		{ "migrate", "unsupported configuration: unknown CPU feature: cmpccxadd",
			"'vxe vm-start on=')" },
		{ "migrate", "tpm-emulator: Setting the stateblob (type 1) failed", "a later one" },
		{ "migrate", "load of migration failed: Invalid argument",
			"is halted may start there" },
		{ "start", "tpm-emulator: TPM result for CMD_INIT: 0x101 operation failed",
			"'vxe vm-start on=')" },
		{ "migrate", "job 'migration out' failed: Sibling indicated error 1",
			"/var/log/libvirt/qemu on the other host" },
		{ "migrate", "Unable to read from socket: Connection reset by peer",
			"/var/log/libvirt/qemu on the other host" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		_cleanup_error_ struct vxe_error err = { 0 };

		(void)libvirt_said(&err, all[i].operation, all[i].said);
		cr_expect_not_null(strstr(err.params[1], all[i].hint), "%s", err.params[1]);
	}
}
