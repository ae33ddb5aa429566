/* SPDX-License-Identifier: MIT */
/* What the kernel's files say: of neighbours, guests, loop devices, loads, and of who called. */
#include "backends/machine/machine.h"
#include "backends/machine/machine_caller.h"
#include "backends/machine/machine_journal.h"
#include "tests/unit/leak.h"
#include "tests/unit/machine_files.h"

#include <sys/socket.h>
#include <sys/un.h>

static void start(void)
{
	scratch_dir(machine_root, "machine");
}

static void stop(void)
{
	scratch_drop(machine_root);
	no_leaks();
}

TestSuite(machine_files, .init = start, .fini = stop);

Test(machine_files, neighbours)
{
	_cleanup_strv_ struct strv found = { 0 };
	_cleanup_free_ char *all = NULL;

	machine_neighbours(machine_root, "02:00:00:00:0a:12", &found);
	cr_expect_eq(found.n, 0, "there is no table");
	put_file("/proc/net/arp",
		"IP address       HW type     Flags       HW address            Mask     Device\n"
		"198.51.100.20    0x1         0x2         02:00:00:00:0a:12     *        br0\n"
		"198.51.100.21    0x1         0x0         02:00:00:00:0a:12     *        br0\n"
		"198.51.100.22    0x1         0x2         02:00:00:00:0a:13     *        br0\n"
		"198.51.100.123   0x1         0x6         02:00:00:00:0A:12     *        br0\n");
	machine_neighbours(machine_root, "02:00:00:00:0a:12", &found);
	all = strv_join(&found, " ");
	cr_expect_str_eq(all, "198.51.100.20 198.51.100.123");
}

/* @line is the file's text, NULL: a kernel that keeps no login. Whom the kernel names counts, then sudo's user. */
static void expect_caller(const char *line, const char *sudo, int64_t login, const char *person)
{
	_cleanup_caller_ struct caller c = { 0 };
	_cleanup_free_ char *file = below("/proc/self/loginuid");

	(void)unlink(file);
	if (line)
		put_file("/proc/self/loginuid", line);
	caller_read(machine_root, sudo, &c);
	cr_expect_eq(c.login, login, "%s", line ? line : "none");
	cr_expect_eq(c.uid, getuid());
	cr_expect_str_eq(c.sudo, getuid() || !sudo ? "" : sudo);
	cr_expect_str_eq(c.person, person ? person : getuid() || !sudo ? c.user : sudo);
}

Test(machine_files, who_logged_in)
{
	expect_caller(NULL, NULL, -1, NULL);
	expect_caller("4294967295", NULL, -1, NULL);
	expect_caller("4294967295", "alice", -1, NULL);
	expect_caller("4294967294", "alice", 4294967294, "4294967294");
	expect_caller("0", "alice", 0, "root");
}

/* ---- guests ---------------------------------------------------------------------------------- */

#define GUEST "aaaaaaaa-0000-4000-8000-000000000001"

static void put_process(const char *pid, const char *words, size_t n, int64_t seconds)
{
	_cleanup_free_ char *line = xasprintf("/proc/%s/cmdline", pid);
	_cleanup_free_ char *stat = xasprintf("/proc/%s/stat", pid);
	/* A name may have blanks and parentheses; the start is the 20th number after it. */
	_cleanup_free_ char *text = xasprintf(
		"%s (qemu (a) b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 %lld 21\n", pid,
		(long long)seconds * sysconf(_SC_CLK_TCK));

	put_bytes(line, words, n);
	put_file(stat, text);
}
#define PROCESS(pid, words, seconds) put_process((pid), (words), sizeof(words), (seconds))

static void put_processes(void)
{
	PROCESS("41", "qemu-system-x86_64\0-name\0web\0-uuid\0" GUEST, 5);
	PROCESS("42",
		"qemu-system-x86_64\0-uuid\0"
		"no uuid at all, but as long as one is",
		6);
	PROCESS("43", "sh\0-c\0x-uuid\0" GUEST, 7);
	PROCESS("self", "qemu-system-x86_64\0-uuid\0" GUEST, 8);
}

Test(machine_files, the_word_after_uuid_names_a_guest)
{
	_cleanup_free_ char *guest = NULL;

	put_processes();
	guest = machine_guest_of(machine_root, "41");
	cr_expect_str_eq(guest, GUEST);
	cr_expect_null(machine_guest_of(machine_root, "42"));
	cr_expect_null(machine_guest_of(machine_root, "43"));
	cr_expect_null(machine_guest_of(machine_root, "44"), "it has ended");
}

Test(machine_files, guests_have_the_time_of_their_start)
{
	_cleanup_map_ struct map guests = { 0 }, unknown = { 0 };

	put_processes();
	machine_guests(machine_root, &unknown);
	cr_expect_eq(unknown.n, 0, "nothing says when the machine was booted");
	put_file("/proc/stat", "cpu  4 0 0 4\nbtime 1700000000\nprocesses 9\n");
	machine_guests(machine_root, &guests);
	cr_assert_eq(guests.n, 1);
	cr_expect_str_eq(map_get(&guests, GUEST), "1700000005");
}

/* Those of other users and of containers are not this machine's. */
Test(machine_files, daemons_are_of_root_and_of_no_container)
{
	_cleanup_map_ struct map daemons = { 0 };
	_cleanup_free_ char *self = xasprintf("%s/proc/self/ns", machine_root);
	char link[PATH_MAX], to[PATH_MAX];

	put_file("/proc/stat", "cpu  4 0 0 4\nbtime 1700000000\n");
	for (int i = 71; i <= 73; i++) {
		snprintf(link, sizeof(link), "/proc/%d/comm", i);
		put_file(link, i == 73 ? "libvirtd2\n" : "libvirtd\n");
		snprintf(link, sizeof(link), "/proc/%d/stat", i);
		put_file(link,
			"71 (libvirtd) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 500 20\n");
		snprintf(link, sizeof(link), "/proc/%d/ns/x", i);
		put_file(link, "");
		snprintf(to, sizeof(to), "%s/proc/%d/ns/pid", machine_root, i);
		cr_assert_eq(symlink(i == 72 ? "pid:[2]" : "pid:[1]", to), 0);
	}
	put_file("/proc/self/ns/x", "");
	snprintf(to, sizeof(to), "%s/pid", self);
	cr_assert_eq(symlink("pid:[1]", to), 0);
	machine_daemons(machine_root, "libvirtd", &daemons);
	if (geteuid() != 0) {
		cr_expect_eq(daemons.n, 0);
		return;
	}
	cr_assert_eq(daemons.n, 1);
	cr_expect_str_eq(daemons.items[0].key, "71-500");
	cr_expect_str_eq(daemons.items[0].value, "1700000005");
}

/* ---- devices and loads ------------------------------------------------------------------------- */

Test(machine_files, loop_devices_have_files)
{
	_cleanup_strv_ struct strv devices = { 0 }, files = { 0 };

	machine_loops(machine_root, &devices, &files);
	cr_expect_eq(devices.n, 0);
	put_file("/sys/block/loop0/size", "0\n");
	put_file("/sys/block/loop7/loop/backing_file", "/srv/a disk.raw\n");
	put_file("/sys/block/sda/loop/backing_file", "/srv/no.raw\n");
	machine_loops(machine_root, &devices, &files);
	cr_assert(devices.n == 1 && files.n == 1);
	cr_expect_str_eq(devices.items[0], "/dev/loop7");
	cr_expect_str_eq(files.items[0], "/srv/a disk.raw");
}

/* The two samples are alike, so nothing was done between them; what is not in the files is unknown. */
Test(machine_files, loads_are_those_between_two_samples)
{
	struct machine_cpu cpus[] = { { .number = 1 }, { .number = 11 } };
	char eth0[] = "eth0", eth1[] = "eth1";
	struct machine_nic nics[] = { { .name = eth0 }, { .name = eth1 } };
	const struct machine_facts m = { .n_cpus = 2, .cpus = cpus, .n_nics = 2, .nics = nics };
	struct machine_load l = { 0 };

	put_file("/proc/stat", "cpu  4 0 0 4\ncpu1 5 0 0 5 0 0 0 0 0 0\n");
	put_file("/proc/loadavg", "0.75 0.50 0.25 1/100 4242\n");
	put_file("/sys/class/net/eth0/statistics/rx_bytes", "1024\n");
	machine_measure(machine_root, &m, 10, &l);
	cr_assert(l.n_cpus == 2 && l.n_nics == 2);
	cr_expect_eq(l.cpus[0], 0);
	cr_expect_eq(l.cpus[1], -1, "there is no cpu11");
	cr_expect_eq(l.in[0], 0);
	cr_expect_eq(l.out[0], -1, "the card does not count what it sends");
	cr_expect_eq(l.in[1], -1, "there is no such card");
	machine_load_clear(&l);
	cr_expect_eq(machine_load_average(machine_root), 0.75);
	cr_expect_eq(machine_load_average("/nowhere"), 0);
}

/* ---- the journal ------------------------------------------------------------------------------- */

static int listen_at(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	cr_assert_lt(strlen(path), sizeof(at.sun_path));
	memcpy(at.sun_path, path, strlen(path));
	cr_assert_eq(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void expect_datagram(int fd, const char *beginning, const char *end)
{
	char text[512];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	cr_assert_gt(n, 0);
	text[n] = '\0';
	cr_expect(str_starts(text, beginning) && str_ends(text, end), "%s", text);
}

Test(machine_files, a_line_reaches_the_journal_or_syslog)
{
	_cleanup_free_ char *path = below("/socket"), *nobody = below("/nobody");
	char *fields[] = { (char[]){ "VXE_UUID=u" }, (char[]){ "VXE_COMMAND=vm-start" } };
	const struct journal_line line = { JOURNAL_WARNING, "bob: vm-start", { 2, fields } };

	cr_expect_not(journal_send(nobody, &line));
	cr_expect_not(syslog_send(nobody, &line));
	_cleanup_close_ int fd = listen_at(path);

	cr_expect(journal_send(path, &line));
	expect_datagram(fd,
		"MESSAGE=bob: vm-start\nPRIORITY=4\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=vxe\n",
		"\nVXE_UUID=u\nVXE_COMMAND=vm-start\n");
	cr_expect(syslog_send(path, &line));
	expect_datagram(fd, "<28>", "]: bob: vm-start"); /* 3 * 8 + 4 */
}

/* ---- what another process has ------------------------------------------------------------------- */

/* The name is the one that the listener has bound. */
Test(machine_files, the_peer_of_a_connection)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	_cleanup_close_ int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	_cleanup_close_ int client = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%.90s/some-sock", machine_root);
	cr_assert_eq(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	cr_assert_eq(listen(listener, 1), 0);
	cr_expect_eq(machine_peer("some-sock"), 0, "nothing is connected");
	cr_assert_eq(connect(client, (struct sockaddr *)&at, sizeof(at)), 0);
	cr_expect_eq(machine_peer("some-sock"), getpid());
	cr_expect_eq(machine_peer("sock"), 0, "it has another name");
}

/* An absolute link leads to what is below the root of the process. */
Test(machine_files, what_a_process_sees)
{
	_cleanup_free_ char *own = below("/proc/71/root/data/disk");
	struct stat want, st;

	cr_expect_eq(machine_look(machine_root, 71, "/data/disk", &st), -1, "it has ended");
	put_file("/proc/71/root/data/disk", "x");
	put_link("/proc/71/root/images", "/data");
	cr_assert_eq(stat(own, &want), 0);
	cr_assert_eq(machine_look(machine_root, 71, "/data/disk", &st), 1);
	cr_expect_eq(st.st_ino, want.st_ino);
	cr_assert_eq(machine_look(machine_root, 71, "/images/disk", &st), 1);
	cr_expect_eq(st.st_ino, want.st_ino);
	cr_expect_eq(machine_look(machine_root, 71, "/images/none", &st), 0);
	cr_expect_eq(machine_look(machine_root, 71, "/data/disk/none", &st), 0);
	cr_expect_eq(machine_look(NULL, getpid(), "/", &st), 1, "its real root");
}
