/* SPDX-License-Identifier: MIT */
/* Modules that are loaded beside the main thread. */
#include "tests/unit/leak.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/child/module.h"
#include "backends/xva/xva.h"
#include "objects/base/str.h"

static nlink_t before;

static nlink_t count_threads(void)
{
	struct stat st;

	cr_assert_eq(stat("/proc/self/task", &st), 0);
	return st.st_nlink;
}

static void start(void)
{
	before = count_threads();
}

/* A thread that has done its work is still ending for a moment, and what libc then frees is seen as lost. */
static void stop(void)
{
	for (int i = 0; i < 200 && count_threads() > before; i++)
		usleep(5000);
	no_leaks();
}

TestSuite(module, .init = start, .fini = stop, .timeout = 600);

static bool is_mapped(const char *file)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[4096];
	bool found = false;

	cr_assert_not_null(maps);
	while (fgets(line, sizeof(line), maps))
		found |= strstr(line, file) != NULL;
	fclose(maps);
	return found;
}

Test(module, preloaded_one_is_there_at_its_first_use)
{
	const char *why = NULL;

	cr_assert(!is_mapped("/" XVA_MODULE_FILE));
	module_preload(XVA_MODULE_FILE, NULL);
	module_preload(XVA_MODULE_FILE, NULL);
	const void *found = module_symbol(XVA_MODULE_FILE, XVA_MODULE_SYMBOL, &why);

	cr_assert_not_null(found, "%s", why);
	cr_assert_eq(found, module_symbol(XVA_MODULE_FILE, XVA_MODULE_SYMBOL, &why));
}

Test(module, preload_ends_with_the_module_in_memory)
{
	module_preload(XVA_MODULE_FILE, NULL);
	module_preload_end();
	cr_assert(is_mapped("/" XVA_MODULE_FILE));
	module_preload_end();
}

Test(module, libraries_are_loaded_before_it)
{
	const struct module_first first[] = { { "libvxe-none.so.1", NULL },
		{ "libtirpc.so.3", NULL }, { NULL, NULL } };
	const char *why = NULL;

	cr_assert(!is_mapped("/libtirpc.so.3"));
	module_preload(XVA_MODULE_FILE, first);
	module_preload_end();
	cr_assert(is_mapped("/libtirpc.so.3"));
	cr_assert_not_null(module_symbol(XVA_MODULE_FILE, XVA_MODULE_SYMBOL, &why), "%s", why);
}

/* The loader waits for a writer of the pipe. */
Test(module, symbol_of_a_module_loaded_before_it_needs_only_that_one)
{
	char dir[] = "/tmp/vxe-module.XXXXXX", pipe[sizeof(dir) + 5];
	const struct module_first first[] = { { XVA_MODULE_FILE, XVA_MODULE_SYMBOL },
		{ pipe, NULL }, { "vxe-missing.so", XVA_MODULE_SYMBOL }, { NULL, NULL } };
	const char *why = NULL;

	cr_assert_not_null(mkdtemp(dir));
	snprintf(pipe, sizeof(pipe), "%s/pipe", dir);
	cr_assert_eq(mkfifo(pipe, 0600), 0);
	module_preload("vxe-none.so", first);
	const void *found = module_symbol(XVA_MODULE_FILE, XVA_MODULE_SYMBOL, &why);

	cr_assert_not_null(found, "%s", why);
	cr_assert_not(module_done(0));
	cr_assert_eq(close(open(pipe, O_WRONLY | O_CLOEXEC)), 0);
	cr_assert(unlink(pipe) == 0 && rmdir(dir) == 0);
	cr_assert_null(module_symbol("vxe-missing.so", XVA_MODULE_SYMBOL, &why));
	cr_assert(strstr(why, "vxe-missing.so"), "%s", why);
	cr_assert_null(module_symbol("vxe-none.so", XVA_MODULE_SYMBOL, &why));
	cr_assert_eq(found, module_symbol(XVA_MODULE_FILE, XVA_MODULE_SYMBOL, &why));
}

static void *end_wait(void *pipe)
{
	usleep(100000);
	close(open(pipe, O_WRONLY | O_CLOEXEC));
	return NULL;
}

/* The thread waits for a writer of one pipe, and later of the other one; the caller, for a module, only for the first. */
Test(module, what_the_caller_needs_is_loaded_next)
{
	char dir[] = "/tmp/vxe-module.XXXXXX", pipe[2][sizeof(dir) + 16];
	const struct module_first first[] = { { pipe[0], NULL }, { pipe[1], NULL },
		{ NULL, NULL } };
	const char *why = NULL;
	pthread_t thread;

	cr_assert_not_null(mkdtemp(dir));
	for (int i = 0; i < 2; i++) {
		snprintf(pipe[i], sizeof(pipe[i]), "%s/p%d", dir, i);
		cr_assert_eq(mkfifo(pipe[i], 0600), 0);
	}
	/* a thread is created before the loader waits: its creation needs the loader's lock */
	cr_assert_eq(pthread_create(&thread, NULL, end_wait, pipe[0]), 0);
	module_preload("vxe-none.so", first);
	cr_assert_not_null(module_symbol(XVA_MODULE_FILE, XVA_MODULE_SYMBOL, &why), "%s", why);
	pthread_join(thread, NULL);
	cr_assert_not(module_done(0));
	cr_assert_eq(close(open(pipe[1], O_WRONLY | O_CLOEXEC)), 0);
	cr_assert_null(module_symbol("vxe-none.so", XVA_MODULE_SYMBOL, &why));
	cr_assert(unlink(pipe[0]) == 0 && unlink(pipe[1]) == 0 && rmdir(dir) == 0);
}

static const void *then_found;
static atomic_int then_calls;

static void note(const void *symbol)
{
	then_found = symbol;
	then_calls++;
}

/* It is registered while the loader waits for a writer of the pipe. */
static bool load_then(const char *file)
{
	static char pipe[sizeof("/tmp/vxe-module.XXXXXX") + 5];
	static const struct module_first first[] = { { pipe, NULL }, { NULL, NULL } }; /* kept */
	char dir[] = "/tmp/vxe-module.XXXXXX";

	cr_assert_not_null(mkdtemp(dir));
	snprintf(pipe, sizeof(pipe), "%s/pipe", dir);
	cr_assert_eq(mkfifo(pipe, 0600), 0);
	module_preload(file, first);
	bool in_time = module_then(file, XVA_MODULE_SYMBOL, note);

	cr_assert_not(module_done(0));

	cr_assert_eq(close(open(pipe, O_WRONLY | O_CLOEXEC)), 0);
	cr_assert(unlink(pipe) == 0 && rmdir(dir) == 0);
	return in_time;
}

Test(module, the_thread_goes_on_with_what_it_has_loaded)
{
	const char *why = NULL;

	cr_assert(load_then(XVA_MODULE_FILE));
	cr_assert_not_null(module_symbol(XVA_MODULE_FILE, XVA_MODULE_SYMBOL, &why), "%s", why);
	cr_assert(module_done(10000));
	cr_assert_eq(then_calls, 1);
	cr_assert_eq(then_found, module_symbol(XVA_MODULE_FILE, XVA_MODULE_SYMBOL, &why));
}

/* Where the thread has done its work, and where there was none. */
Test(module, another_thread_goes_on_with_what_is_loaded)
{
	const char *why = NULL;

	for (int i = 1; i <= 2; i++) {
		then_found = NULL;
		cr_assert(module_then(XVA_MODULE_FILE, XVA_MODULE_SYMBOL, note));
		module_preload_end();
		cr_assert_eq(then_calls, i);
		cr_assert_eq(then_found, module_symbol(XVA_MODULE_FILE, XVA_MODULE_SYMBOL, &why));
	}
	module_preload(XVA_MODULE_FILE, NULL);
	cr_assert(module_done(10000));
	cr_assert(module_then(XVA_MODULE_FILE, XVA_MODULE_SYMBOL, note));
	cr_assert(module_done(10000));
	cr_assert_eq(then_calls, 3);
	module_preload_end();
}

Test(module, the_thread_goes_on_without_a_missing_one)
{
	cr_assert(load_then("vxe-none.so"));
	module_preload_end();
	cr_assert_eq(then_calls, 1);
	cr_assert_null(then_found);
}

Test(module, missing_one_is_an_error_at_its_first_use)
{
	const char *why = NULL;

	module_preload("vxe-none.so", NULL);
	cr_assert_null(module_symbol("vxe-none.so", XVA_MODULE_SYMBOL, &why));
	cr_assert(why && strstr(why, "vxe-none.so"), "%s", why);
	module_preload("vxe-none.so", NULL);
	module_preload_end();
}

Test(module, another_one_may_be_preloaded)
{
	const char *why = NULL;

	module_preload("vxe-none.so", NULL);
	cr_assert_not_null(module_symbol(XVA_MODULE_FILE, XVA_MODULE_SYMBOL, &why), "%s", why);
}
