/* SPDX-License-Identifier: MIT */
/* The file system that sr-create makes on an empty device, and takes away again. */
#include "tests/unit/image_fixture.h"

#include "backends/sr/ext4.h"
#include "backends/sr/sr_config.h"

TestSuite(ext4, .init = enter, .fini = leave, .timeout = 600);

Test(ext4, a_file_system_is_taken_away_only_from_whom_it_was_made_for)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("device"), *gone = in_dir("gone");
	static const char ours[] = "0e984725-c51c-4bf4-9960-e1c80e27aba0",
			  other[] = "0e984725-c51c-4bf4-9960-e1c80e27aba1";
	bool blank;

	make("device", "raw", "8M");
	cr_assert_eq(ext4_make(path, ours, &err), 0);
	cr_assert_eq(device_is_blank(path, &blank, &err), 0);
	cr_assert_not(blank);
	cr_assert_eq(ext4_unmake(path, other, &err), 0);
	cr_assert_eq(device_is_blank(path, &blank, &err), 0);
	cr_assert_not(blank, "another's");
	cr_assert_eq(ext4_unmake(path, ours, &err), 0);
	cr_assert_eq(device_is_blank(path, &blank, &err), 0);
	cr_assert(blank);
	cr_assert_eq(ext4_unmake(path, ours, &err), 0, "twice");
	cr_assert_eq(ext4_unmake(gone, ours, &err), 0, "a device that is not there");
	make("data", "raw", "1M");
	io("data", "raw", "write -q -P 83 0 1M");
	_cleanup_free_ char *data = in_dir("data");
	cr_assert_eq(ext4_unmake(data, ours, &err), 0);
	io("data", "raw", "read -q -P 83 0 1M");
}

/* Data may begin anywhere in the first MiB. */
Test(ext4, a_device_with_anything_on_it_is_not_blank)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("device"), *gone = in_dir("gone");
	bool blank;

	make("device", "raw", "8M");
	io("device", "raw", "write -q -P 1 1M 512");
	cr_assert_eq(device_is_blank(path, &blank, &err), 0);
	cr_expect(blank, "nothing looks for data there");
	io("device", "raw", "write -q -P 1 1048064 512");
	cr_assert_eq(device_is_blank(path, &blank, &err), 0);
	cr_expect_not(blank);
	cr_assert_eq(device_is_blank(gone, &blank, &err), -1);
	expect_failed(&err, "No such file");
}

Test(ext4, what_is_no_device_gets_no_file_system)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const struct sr_place place = { .device = in_dir("device") };

	make("device", "raw", "8M");
	cr_assert_eq(sr_type_ext.check_place(&place, &err), -1);
	cr_expect_eq(err.code, INVALID_VALUE);
	cr_expect_str_eq(err.params[0], "device");
	free(place.device);
}
