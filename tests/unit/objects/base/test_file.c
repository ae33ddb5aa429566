/* SPDX-License-Identifier: MIT */
/*
 * A device that becomes full accepts a part of a write; the limit on a file's size has the same
 * effect. Also, not every file system syncs folders.
 */
#include "tests/unit/harness.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects/base/file.h"
#include "objects/classes/storage/sr_marker.h"
#include "tests/unit/scratch.h"
#include "tests/unit/sync_fixture.h"

#define SR "0d3f2c7e-55a5-4c6f-9a6e-2f8d3a4b5c61"

static void limit(rlim_t bytes)
{
	struct rlimit l = { .rlim_cur = bytes, .rlim_max = RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &l), 0);
}

Test(file, a_short_write_goes_on_and_then_says_why)
{
	char dir[SCRATCH_MAX];
	struct stat st;

	scratch_dir(dir, "file");
	_cleanup_free_ char *path = xasprintf("%s/f", dir);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	limit(5);
	errno = 0;
	cr_expect_eq(fd_write(fd, "0123456789", 10), -1);
	cr_expect_eq(errno, EFBIG);
	limit(RLIM_INFINITY);
	cr_expect_eq(fstat(fd, &st), 0);
	cr_expect_eq(st.st_size, 5);
	cr_expect_eq(fd_write(fd, "56789", 5), 0);
	scratch_drop(dir);
}

/* Once it reported the error of the call before, or "Success". */
Test(file, a_marker_that_does_not_fit_says_why)
{
	char dir[SCRATCH_MAX], sr[] = SR;
	_cleanup_error_ struct vxe_error err = { 0 };
	struct sr_mark m = { .sr = sr };

	scratch_dir(dir, "file");
	limit(5);
	errno = 0;
	cr_expect_eq(sr_mark_write(dir, &m, &err), -1);
	limit(RLIM_INFINITY);
	cr_assert_eq(err.n_params, 2);
	cr_expect_str_eq(err.params[1], strerror(EFBIG));
	cr_expect_eq(rmdir(dir), 0, "nothing is left");
}

Test(file, a_file_system_that_syncs_no_folders_is_passed_over)
{
	static const int none[] = { EINVAL, ENOSYS, EOPNOTSUPP }, bad[] = { EIO, ENOSPC, EDQUOT };
	char dir[SCRATCH_MAX];

	scratch_dir(dir, "file");
	sync_folder = dir;
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		sync_error = none[i];
		cr_expect_eq(dir_sync(dir), 0, "%s", strerror(none[i]));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		sync_error = bad[i];
		cr_expect_eq(dir_sync(dir), -1);
		cr_expect_eq(errno, bad[i]);
	}
	cr_expect_eq(syncs, 6);
	scratch_drop(dir);
}
