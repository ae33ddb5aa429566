/* SPDX-License-Identifier: MIT */
/* Reads the machine's processors, memory and names from /proc and /sys. */
#include "backends/machine/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/* ---- files ----------------------------------------------------------------------------------- */

static char *below(const char *root, const char *path)
{
	return xasprintf("%s%s", root ? root : "", path);
}

/*
 * Files in /proc and /sys have no size, so they are read until the end. The NULs between the words of a command line
 * become newlines.
 */
char *machine_text(const char *root, const char *path)
{
	_cleanup_free_ char *full = below(root, path);
	_cleanup_close_ int fd = open(full, O_RDONLY | O_CLOEXEC);
	_cleanup_str_ struct str text = { 0 };
	char block[4096];
	ssize_t n;

	if (fd < 0)
		return NULL;
	while ((n = read(fd, block, sizeof(block))) > 0) {
		for (char *c = memchr(block, 0, (size_t)n); c;
			c = memchr(c, 0, (size_t)(block + n - c)))
			*c = '\n';
		str_add_bytes(&text, block, (size_t)n);
	}
	return n < 0 ? NULL : str_steal(&text);
}

char *machine_word(const char *root, const char *path)
{
	char *text = machine_text(root, path);

	if (!text)
		return xstrdup("");
	text[strcspn(text, "\n")] = '\0';
	return text;
}

int64_t machine_int(const char *root, const char *path, int64_t otherwise)
{
	_cleanup_free_ char *text = machine_text(root, path);
	char *end;
	long long n;

	if (!text)
		return otherwise;
	errno = 0;
	n = strtoll(text, &end, 0);
	return errno || end == text ? otherwise : n;
}

/* The number behind @name in the line of @text that begins with it; -1: there is no such line. */
static int64_t number_of(const char *text, const char *name)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (str_starts(line, name))
			return strtoll(line + strlen(name), NULL, 10);
	}
	return -1;
}

/* ---- processors ------------------------------------------------------------------------------ */

struct topology {
	struct strv packages, cores;
};

static void cpu_take(struct machine_cpu *c, const char *key, const char *value)
{
	if (str_eq(key, "vendor_id") || str_eq(key, "CPU implementer"))
		str_replace(&c->vendor, value);
	else if (str_eq(key, "model name"))
		str_replace(&c->modelname, value);
	else if (str_eq(key, "stepping"))
		str_replace(&c->stepping, value);
	else if (str_eq(key, "flags") || str_eq(key, "Features"))
		str_replace(&c->flags, value);
	else if (str_eq(key, "cpu family"))
		c->family = strtoll(value, NULL, 10);
	else if (str_eq(key, "model"))
		c->model = strtoll(value, NULL, 10);
	else if (str_eq(key, "cpu MHz"))
		c->mhz = strtoll(value, NULL, 10);
}

static struct machine_cpu *add_cpu(struct machine_facts *m, const char *number)
{
	m->cpus = xrealloc(m->cpus, m->n_cpus + 1, sizeof(*m->cpus));
	m->cpus[m->n_cpus] = (struct machine_cpu){ .number = (int)strtol(number, NULL, 10),
		.vendor = xstrdup(""),
		.modelname = xstrdup(""),
		.stepping = xstrdup(""),
		.flags = xstrdup("") };
	return &m->cpus[m->n_cpus++];
}

/* Reads a line "KEY<tab>: VALUE". */
static void take_line(struct machine_facts *m, struct topology *t, char *line, char **package)
{
	char *colon = strchr(line, ':'), *end = colon;

	if (!colon)
		return;
	while (end > line && strchr(" \t", end[-1]))
		end--;
	*end = '\0';
	const char *value = colon + 1 + strspn(colon + 1, " ");

	if (str_eq(line, "processor"))
		add_cpu(m, value);
	else if (m->n_cpus)
		cpu_take(&m->cpus[m->n_cpus - 1], line, value);
	/* Counts cores; their numbers begin again in each package. */
	if (str_eq(line, "physical id")) {
		str_replace(package, value);
		if (!strv_has(&t->packages, value))
			strv_add(&t->packages, value);
	} else if (str_eq(line, "core id")) {
		_cleanup_free_ char *core = xasprintf("%s/%s", *package ? *package : "", value);

		if (!strv_has(&t->cores, core))
			strv_add(&t->cores, core);
	}
}

/* ---- memory and names ------------------------------------------------------------------------ */

int64_t machine_memory_free(const char *root)
{
	_cleanup_free_ char *text = machine_text(root, "/proc/meminfo");
	int64_t kib = text ? number_of(text, "MemAvailable:") : -1;

	return kib < 0 ? 0 : kib * 1024;
}

static int64_t memory_total(const char *root)
{
	_cleanup_free_ char *text = machine_text(root, "/proc/meminfo");
	int64_t kib = text ? number_of(text, "MemTotal:") : -1;

	return kib < 0 ? 0 : kib * 1024;
}

static char *read_timezone(const char *root)
{
	static const char zoneinfo[] = "/zoneinfo/";
	_cleanup_free_ char *path = below(root, "/etc/localtime");
	char target[256];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *at;

	if (n <= 0)
		return xstrdup("UTC");
	target[n] = '\0';
	at = strstr(target, zoneinfo);
	return xstrdup(at ? at + strlen(zoneinfo) : "UTC");
}

/* True if secure boot is on: reads the UEFI variable, whose file begins with four bytes of attributes. */
static bool read_secure_boot(const char *root)
{
	_cleanup_free_ char *path = below(
		root, "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char bytes[5];

	return fd >= 0 && read(fd, bytes, sizeof(bytes)) == sizeof(bytes) && bytes[4] == 1;
}

static bool exists(const char *root, const char *path)
{
	_cleanup_free_ char *full = below(root, path);
	struct stat st;

	return stat(full, &st) == 0;
}

static char *read_dns(const char *root)
{
	_cleanup_free_ char *text = machine_text(root, "/etc/resolv.conf");
	_cleanup_strv_ struct strv lines = { 0 }, servers = { 0 };

	strv_split(&lines, text ? text : "", '\n');
	for (size_t i = 0; i < lines.n; i++) {
		const char *at = lines.items[i];

		if (!str_starts(at, "nameserver"))
			continue;
		at += strlen("nameserver");
		at += strspn(at, " \t");
		strv_take(&servers, xstrndup(at, strcspn(at, " \t#")));
	}
	return strv_join(&servers, ",");
}

void machine_read(const char *root, struct machine_facts *ret)
{
	struct utsname uts;

	*ret = (struct machine_facts){ 0 };
	if (uname(&uts) < 0)
		memset(&uts, 0, sizeof(uts));
	ret->hostname = machine_word(root, "/proc/sys/kernel/hostname");
	ret->kernel = machine_word(root, "/proc/sys/kernel/osrelease");
	ret->arch = xstrdup(uts.machine);
	ret->timezone = read_timezone(root);
	ret->memory_total = memory_total(root);
	ret->kvm = exists(root, "/dev/kvm");
	/* The machine has an IOMMU if the directory has an entry for an IOMMU group. */
	_cleanup_free_ char *path = below(root, "/sys/kernel/iommu_groups");
	struct stat st;

	ret->iommu = stat(path, &st) == 0 && st.st_nlink > 2;
	ret->secure_boot = read_secure_boot(root);
	ret->dns = read_dns(root);
	_cleanup_free_ char *text = machine_text(root, "/proc/cpuinfo"), *package = NULL;
	_cleanup_strv_ struct strv lines = { 0 };
	struct topology t = { 0 };

	strv_split(&lines, text ? text : "", '\n');
	for (size_t i = 0; i < lines.n; i++)
		take_line(ret, &t, lines.items[i], &package);
	ret->sockets = t.packages.n ? (int)t.packages.n : 1;
	ret->threads_per_core = t.cores.n ? (int)(ret->n_cpus / t.cores.n) : 1;
	if (ret->threads_per_core < 1)
		ret->threads_per_core = 1;
	strv_clear(&t.packages);
	strv_clear(&t.cores);
	machine_read_nics(root, ret);
}

void machine_unknown(struct machine_facts *ret)
{
	*ret = (struct machine_facts){ .hostname = xstrdup(""),
		.kernel = xstrdup(""),
		.arch = xstrdup(""),
		.timezone = xstrdup(""),
		.dns = xstrdup(""),
		.default_nic = xstrdup(""),
		.gateway = xstrdup("") };
}

static void nic_clear(struct machine_nic *n)
{
	char *const texts[] = { n->name, n->mac, n->master, n->parent, n->duplex, n->vendor_id,
		n->device_id, n->pci_path, n->bond_mode, n->ip, n->netmask };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		free(texts[i]);
	strv_clear(&n->ipv6);
}

void machine_clear(struct machine_facts *m)
{
	char *const texts[] = { m->hostname, m->kernel, m->arch, m->timezone, m->dns,
		m->default_nic, m->gateway };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		free(texts[i]);
	for (size_t i = 0; i < m->n_cpus; i++) {
		free(m->cpus[i].vendor);
		free(m->cpus[i].modelname);
		free(m->cpus[i].stepping);
		free(m->cpus[i].flags);
	}
	for (size_t i = 0; i < m->n_nics; i++)
		nic_clear(&m->nics[i]);
	free(m->cpus);
	free(m->nics);
	*m = (struct machine_facts){ 0 };
}

/* ---- the kernel's log ------------------------------------------------------------------------ */

char *machine_dmesg(void)
{
	enum { READ_ALL = 3, SIZE = 10 };
	int size = klogctl(SIZE, NULL, 0);
	_cleanup_free_ char *text = xmalloc((size_t)(size > 0 ? size : 0) + 1);
	int n = size < 0 ? -1 : klogctl(READ_ALL, text, size);

	if (n < 0)
		return NULL;
	text[n] = '\0';
	return TAKE(text);
}
