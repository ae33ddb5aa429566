/* SPDX-License-Identifier: MIT */
/* The process: its name, its signals, its standard streams. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects/base/log.h"
#include "xe/args/config_file.h"
#include "xe/model/error_report.h"
#include "xe/program_run.h"
#include "xe/remote/remote_side.h"

/* number of the signal that asks the program to end; 0: none has come */
static volatile sig_atomic_t interrupted;
/* whether the thread is the main one, in which the handlers run */
static _Thread_local bool is_main;
static char **words; /* words of the command line, ended by NULL */

static void on_interrupt(int number)
{
	interrupted = number;
}

/*
 * Ends the program after the second ^C. The handler is removed before it runs (SA_RESETHAND), so raise() has the
 * signal's default action.
 */
static void on_second_interrupt(int number)
{
	io_stdio_wipe();
	raise(number);
}

static void on_first_interrupt(int number)
{
	const struct sigaction second = { .sa_handler = on_second_interrupt,
		.sa_flags = SA_RESETHAND };

	interrupted = number;
	sigaction(number, &second, NULL);
}

static void on_broken_pipe(int number)
{
	(void)number;
}

/*
 * The signal that has come. While the main thread is in a call that no signal ends, such as one on a file whose server hangs,
 * the handler does not run; only a thread that gets no signals sees the signal then. The main thread does not ask the kernel: it
 * asks for each of many VMs.
 */
static int interrupted_by(void)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
	sigset_t waiting;

	for (size_t i = 0; !is_main && !interrupted && i < ARRAY_LEN(numbers); i++)
		if (sigpending(&waiting) == 0 && sigismember(&waiting, numbers[i]) == 1)
			return numbers[i];
	return interrupted;
}

static bool was_interrupted(void *ctx)
{
	(void)ctx;
	return interrupted_by() != 0;
}

/*
 * Overwrites the words of the command line in the memory of the process, where ps and journald read them. The program
 * works with copies.
 */
static void forget_words(void)
{
	for (char **word = words; *word; word++)
		memset(*word, 0, strlen(*word));
}

/* The words for every command: of XE_EXTRA_ARGS, and as `vxe` also of VXE_OPTS, which has the same form. */
static char *extra_words(struct config_files *files, bool as_xe)
{
	const char *xe = getenv("XE_EXTRA_ARGS");
	const char *own = as_xe ? NULL : config_files_get(files, "VXE_OPTS");

	return xe && own ? xasprintf("%s,%s", xe, own) : xstrdup_null(xe ? xe : own);
}

/*
 * A user's libvirt and vxe's locks are found by XDG_RUNTIME_DIR. cron, libvirt's hooks and an sshd without PAM do not set it,
 * and libvirt would start a second daemon elsewhere, which knows no guest that runs.
 */
static void find_runtime_dir(void)
{
	_cleanup_free_ char *dir = xasprintf("/run/user/%u", (unsigned)geteuid());
	struct stat st;

	if (geteuid() && !getenv("XDG_RUNTIME_DIR") && stat(dir, &st) == 0 && S_ISDIR(st.st_mode) &&
		st.st_uid == geteuid())
		setenv("XDG_RUNTIME_DIR", dir, 0);
}

int main(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *base = slash ? slash + 1 : argc > 0 ? argv[0] : "";
	const char *home = getenv("HOME");
	_cleanup_free_ char *rc = home ? xasprintf("%s/.xe", home) : NULL;
	const struct io io = io_stdio();
	_cleanup_config_files_ struct config_files files = { 0 };
	const struct settings settings = { config_files_get, &files };
	_cleanup_error_ struct vxe_error err = { 0 };

	bool as_xe = str_eq(base, "xe");
	is_main = true;

	find_runtime_dir();
	if (config_files_read(&files, &err) < 0) {
		report_text(&io, as_xe, err.params[0]);
		return EXIT_USAGE;
	}
	_cleanup_free_ char *extra = extra_words(&files, as_xe);
	const struct program p = {
		.name = str_eq(base, "xe") ? "xe" : "vxe",
		.as_xe = as_xe,
		.settings = &settings,
		.io = &io,
		.rc = rc,
		.extra = extra,
		.cancelled = was_interrupted,
		.ended_by = interrupted_by,
		.forget_words = forget_words,
		.watch_caller = remote_watch,
		.ssh_command = getenv("SSH_ORIGINAL_COMMAND"),
	};

	words = argc > 0 ? argv + 1 : argv;
	log_set_level(config_files_get(&files, "VXE_LOG"));
	/*
	 * The first ^C makes the operation undo itself, the second one kills the process. SIGPIPE has a handler and is
	 * not ignored, because child processes would inherit that it is ignored.
	 */
	struct sigaction interrupt = { .sa_handler = on_first_interrupt };
	struct sigaction broken = { .sa_handler = on_broken_pipe, .sa_flags = SA_RESTART };

	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGTERM, &interrupt, NULL);
	sigaction(SIGPIPE, &broken, NULL);
	/*
	 * A hangup asks the operation to undo itself, too. Further hangups have no effect: the terminal and the shell
	 * may each send one.
	 */
	struct sigaction hangup = { .sa_handler = on_interrupt }, before;

	if (sigaction(SIGHUP, NULL, &before) == 0 &&
		before.sa_handler != SIG_IGN) /* under nohup it is ignored already */
		sigaction(SIGHUP, &hangup, NULL);
	return program_run(&p, argc > 1 ? (const char *const *)argv + 1 : NULL,
		argc > 1 ? (size_t)argc - 1 : 0);
}
