/* SPDX-License-Identifier: MIT */
/*
 * Handles of domains. libvirt's handle is only a name and a UUID, so one handle serves all later
 * calls on the connection; a lookup for each call would double the round trips.
 */
#include "backends/libvirt/hv_libvirt.h"

#include <stdio.h>
#include <string.h>

char *libvirt_uuid(virDomainPtr dom)
{
	char text[VIR_UUID_STRING_BUFLEN];

	return virDomainGetUUIDString(dom, text) < 0 ? NULL : xstrdup(text);
}

/*
 * Compares two known domains by their UUIDs. These are kept beside the handles, because libvirt formats a log line
 * for each question to a handle.
 */
static int compare_known(const void *a, const void *b)
{
	const struct known_domain *x = a, *y = b;

	return strcmp(x->uuid, y->uuid);
}

static void add_known(struct hv_libvirt *l, virDomainPtr dom, const char *uuid, bool own)
{
	struct known_domain k = { .dom = dom, .own = own };

	if (l->n_known == l->room) {
		l->room = l->room ? 2 * l->room : 64;
		l->known = xrealloc(l->known, l->room, sizeof(*l->known));
	}
	if (own)
		virDomainRef(dom);
	snprintf(k.uuid, sizeof(k.uuid), "%s", uuid);
	l->known[l->n_known++] = k;
}

static struct known_domain *find_known(const struct hv_libvirt *l, const char *uuid)
{
	struct known_domain key = { 0 };

	snprintf(key.uuid, sizeof(key.uuid), "%s", uuid);
	return l->n_known ? bsearch(&key, l->known, l->n_known, sizeof(key), compare_known) : NULL;
}

void libvirt_know(struct hv *h, virDomainStatsRecordPtr *listing, const struct hv_domains *facts)
{
	struct hv_libvirt *l = (struct hv_libvirt *)h;

	for (size_t i = 0; i < l->n_known; i++)
		if (l->known[i].own)
			virDomainFree(l->known[i].dom);
	free(TAKE(l->known));
	l->n_known = l->room = 0;
	if (l->listing)
		virDomainStatsRecordListFree(l->listing);
	l->listing = listing;
	for (size_t i = 0; listing && i < facts->n; i++)
		add_known(l, listing[i]->dom, facts->items[i].uuid, false);
	if (l->n_known)
		qsort(l->known, l->n_known, sizeof(*l->known), compare_known);
}

virDomainPtr libvirt_known(struct hv *h, const char *uuid)
{
	struct known_domain *known = find_known((struct hv_libvirt *)h, uuid);

	if (known)
		virDomainRef(known->dom);
	return known ? known->dom : NULL;
}

int libvirt_lookup(struct hv *h, const char *uuid, const char *operation, virDomainPtr *ret,
	struct vxe_error *err)
{
	struct hv_libvirt *l = (struct hv_libvirt *)h;

	*ret = virDomainLookupByUUIDString(l->conn, uuid);
	if (!*ret)
		return libvirt_last_error_is(VIR_ERR_NO_DOMAIN) ? 0 : libvirt_fail(err, operation);
	if (!find_known(l, uuid)) {
		/*
		 * Inserts the new handle at its sorted place: sorting all 10,000 handles again for each new one took
		 * minutes.
		 */
		size_t low = 0, high = l->n_known;

		while (low < high) {
			size_t mid = low + (high - low) / 2;

			if (strcmp(l->known[mid].uuid, uuid) < 0)
				low = mid + 1;
			else
				high = mid;
		}
		add_known(l, *ret, uuid, true);
		struct known_domain last = l->known[l->n_known - 1];

		memmove(&l->known[low + 1], &l->known[low], (l->n_known - 1 - low) * sizeof(last));
		l->known[low] = last;
	}
	return 1;
}

int libvirt_domain(struct hv *h, const char *uuid, const char *operation, virDomainPtr *ret,
	struct vxe_error *err)
{
	*ret = libvirt_known(h, uuid);
	if (*ret)
		return 0;
	int rc = libvirt_lookup(h, uuid, operation, ret, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return libvirt_fail(err, operation);
}
