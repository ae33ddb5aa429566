/* SPDX-License-Identifier: MIT */
/* Members of the spec in a domain's XML: hardware that guests see. */
#include "backends/libvirt/xml/domain_xml_member.h"

#include <inttypes.h>

/*
 * Reads whether the domain has Hyper-V enlightenments. vxe adds the three that Windows needs on every host; others
 * in the XML stay then.
 */
static void hyperv_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	_cleanup_free_ char *state = tree_get(root, "features/hyperv/relaxed@state");

	(void)m;
	s->hyperv = str_eq(state, "on");
}

static int hyperv_set(const struct xml_member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	struct domain_spec have = { 0 };

	(void)err;
	hyperv_get(m, root, &have);
	if (have.hyperv == want->hyperv)
		return 0;
	if (!want->hyperv) {
		tree_remove(tree_find(root, m->path));
		return 0;
	}
	tree_set(root, "features/hyperv/relaxed@state", "on");
	tree_set(root, "features/hyperv/vapic@state", "on");
	tree_set(root, "features/hyperv/spinlocks@state", "on");
	tree_set(root, "features/hyperv/spinlocks@retries", "8191");
	return 0;
}

const struct xml_member_kind xml_hyperv = { hyperv_get, hyperv_set };

static int64_t topology(const xmlNode *root, const char *name)
{
	_cleanup_free_ char *path = xasprintf("cpu/topology@%s", name);
	int64_t n;

	return tree_get_int(root, path, &n) && n > 0 ? n : 1;
}

/*
 * The number of processors by the XML's topology: the product of all its numbers; if it overflows, any large number
 * will do.
 */
static int64_t topology_cpus(const xmlNode *root)
{
	static const char *const names[] = { "sockets", "dies", "clusters", "modules", "cores",
		"threads" };
	int64_t all = 1;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (__builtin_mul_overflow(all, topology(root, names[i]), &all))
			return INT64_MAX;
	return all;
}

static void cores_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	int64_t n = tree_find(root, m->path) ? topology(root, "cores") : 0;

	s->cores = n > INT_MAX ? INT_MAX : (int)n;
}

/*
 * Writes the cores of each socket. A topology that has this number already, and as many processors as the domain,
 * stays, with its dies and threads.
 */
static int cores_set(const struct xml_member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	int64_t all = topology_cpus(root);
	_cleanup_free_ char *cores = xasprintf("%d", want->cores), *sockets = NULL;
	struct domain_spec have = { 0 };

	(void)err;
	cores_get(m, root, &have);
	if (have.cores == want->cores && (!want->cores || all == want->vcpus_max))
		return 0;
	tree_remove(tree_find(root, m->path));
	if (!want->cores)
		return 0;
	sockets = xasprintf("%d", want->vcpus_max / want->cores);
	tree_set(root, "cpu/topology@sockets", sockets);
	tree_set(root, "cpu/topology@cores", cores);
	tree_set(root, "cpu/topology@threads", "1");
	return 0;
}

const struct xml_member_kind xml_cores = { cores_get, cores_set };

/*
 * The seconds by which the guest's clock is ahead of UTC, as text: "0" for a clock of UTC. NULL: it follows the time zone
 * of the host, or counts from local time.
 */
static char *timeoffset_read(const xmlNode *clock)
{
	_cleanup_free_ char *kind = clock ? tree_get(clock, "@offset") : NULL;
	_cleanup_free_ char *basis = clock ? tree_get(clock, "@basis") : NULL;
	int64_t n = 0;

	if (!kind || str_eq(kind, "utc"))
		return xstrdup("0");
	if (!str_eq(kind, "variable") || (basis && !str_eq(basis, "utc")))
		return NULL;
	(void)tree_get_int(clock, "@adjustment", &n);
	return xasprintf("%" PRId64, n);
}

static void timeoffset_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	s->timeoffset = timeoffset_read(tree_find(root, m->path));
}

/* Sets the seconds by which the guest's clock is ahead of UTC; timers and other children of <clock> stay. */
static int timeoffset_set(const struct xml_member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	static const char *const others[] = { "@adjustment", "@basis", "@timezone", "@start" };
	_cleanup_free_ char *have = timeoffset_read(tree_find(root, m->path));

	(void)err;
	if (!want->timeoffset || str_eq(have, want->timeoffset))
		return 0;
	xmlNode *clock = tree_make(root, m->path);
	bool utc = str_eq(want->timeoffset, "0");
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		tree_set(clock, others[i], NULL);
	tree_set(clock, "@offset", utc ? "utc" : "variable");
	if (utc)
		return 0;
	tree_set(clock, "@adjustment", want->timeoffset);
	tree_set(clock, "@basis", "utc");
	return 0;
}

const struct xml_member_kind xml_timeoffset = { timeoffset_get, timeoffset_set };
