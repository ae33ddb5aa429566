/* SPDX-License-Identifier: MIT */
/* Settings from the user's file, below those of the environment. */
#include "xe/args/config_file.h"

#include "tests/unit/harness.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/leak.h"
#include "tests/unit/scratch.h"

static char dir[SCRATCH_MAX];

static void make_home(void)
{
	scratch_dir(dir, "config");
	setenv("XDG_CONFIG_HOME", dir, 1);
	unsetenv("VXE_STORE");
	unsetenv("VXE_CONNECT");
}

static void remove_home(void)
{
	scratch_drop(dir);
	no_leaks();
}

TestSuite(config_file, .init = make_home, .fini = remove_home);

static void write_config(const char *text, mode_t mode)
{
	_cleanup_free_ char *folder = xasprintf("%s/vxe", dir);
	_cleanup_free_ char *path = xasprintf("%s/config", folder);

	(void)mkdir(folder, 0755);
	FILE *f = fopen(path, "we");

	cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
	cr_assert_eq(chmod(path, mode), 0);
}

Test(config_file, the_environment_counts_before_the_file)
{
	_cleanup_config_files_ struct config_files c = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };

	write_config(
		"# places\n\n  VXE_STORE=/srv/store of mine\nVXE_CONNECT=qemu:///session\n", 0644);
	setenv("VXE_CONNECT", "qemu:///system", 1);
	cr_assert_eq(config_files_read(&c, &err), 0);
	cr_expect_str_eq(config_files_get(&c, "VXE_STORE"), "/srv/store of mine");
	cr_expect_str_eq(config_files_get(&c, "VXE_CONNECT"), "qemu:///system");
	cr_expect_null(config_files_get(&c, "VXE_IMAGES"));
}

Test(config_file, what_is_no_setting_is_refused)
{
	static const char *const texts[] = { "VXE_STOER=/x\n", "VXE_STORE\n", "PATH=/x\n" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		_cleanup_config_files_ struct config_files c = { 0 };
		_cleanup_error_ struct vxe_error err = { 0 };

		write_config(texts[i], 0644);
		cr_expect_eq(config_files_read(&c, &err), -1, "%s", texts[i]);
		cr_expect(strstr(err.params[0], "line 1: "), "%s", err.params[0]);
	}
}

Test(config_file, a_file_that_others_may_write_is_not_read)
{
	_cleanup_config_files_ struct config_files c = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };

	write_config("VXE_STORE=/evil\n", 0666);
	cr_assert_eq(config_files_read(&c, &err), 0);
	cr_expect_null(config_files_get(&c, "VXE_STORE"));
}
