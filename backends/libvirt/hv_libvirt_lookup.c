/* SPDX-License-Identifier: MIT */
/*
 * Handles of domains. libvirt's handle is only a name and a UUID, so one handle serves all later
 * calls on the connection; a lookup for each call would double the round trips.
 */
#include "backends/libvirt/hv_libvirt.h"

#include <string.h>

static int compare_known(const void *a, const void *b)
{
	unsigned char left[VIR_UUID_BUFLEN], right[VIR_UUID_BUFLEN];

	(void)virDomainGetUUID(*(const virDomainPtr *)a, left);
	(void)virDomainGetUUID(*(const virDomainPtr *)b, right);
	return memcmp(left, right, sizeof(left));
}

static void add_known(struct hv_libvirt *l, virDomainPtr dom)
{
	virDomainRef(dom);
	l->known = xrealloc(l->known, l->n_known + 1, sizeof(virDomainPtr));
	l->known[l->n_known++] = dom;
}

/* Keeps the order: sorting all again for each of 10,000 handles took minutes. */
static void insert_known(struct hv_libvirt *l, virDomainPtr dom)
{
	size_t low = 0, high = l->n_known;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare_known(&l->known[mid], &dom) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	add_known(l, dom);
	memmove(&l->known[low + 1], &l->known[low], (l->n_known - 1 - low) * sizeof(dom));
	l->known[low] = dom;
}

static int known_by_uuid(const void *uuid, const void *dom)
{
	char text[VIR_UUID_STRING_BUFLEN] = "";

	(void)virDomainGetUUIDString(*(const virDomainPtr *)dom, text);
	return strcmp(uuid, text);
}

static virDomainPtr *find_known(const struct hv_libvirt *l, const char *uuid)
{
	return l->n_known ? bsearch(uuid, l->known, l->n_known, sizeof(virDomainPtr), known_by_uuid)
			  : NULL;
}

void libvirt_know(struct hv *h, const virDomainStatsRecordPtr *records, size_t n)
{
	struct hv_libvirt *l = (struct hv_libvirt *)h;

	for (size_t i = 0; i < l->n_known; i++)
		virDomainFree(l->known[i]);
	free(TAKE(l->known));
	l->n_known = 0;
	for (size_t i = 0; i < n; i++)
		add_known(l, records[i]->dom);
	if (n)
		qsort(l->known, n, sizeof(virDomainPtr), compare_known);
}

int libvirt_lookup(struct hv *h, const char *uuid, const char *operation, virDomainPtr *ret,
	struct vxe_error *err)
{
	struct hv_libvirt *l = (struct hv_libvirt *)h;

	*ret = virDomainLookupByUUIDString(l->conn, uuid);
	if (!*ret)
		return libvirt_last_error_is(VIR_ERR_NO_DOMAIN) ? 0 : libvirt_fail(err, operation);
	if (!find_known(l, uuid))
		insert_known(l, *ret);
	return 1;
}

int libvirt_domain(struct hv *h, const char *uuid, const char *operation, virDomainPtr *ret,
	struct vxe_error *err)
{
	virDomainPtr *known = find_known((struct hv_libvirt *)h, uuid);

	if (known) {
		*ret = *known;
		virDomainRef(*ret);
		return 0;
	}
	int rc = libvirt_lookup(h, uuid, operation, ret, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return libvirt_fail(err, operation);
}
