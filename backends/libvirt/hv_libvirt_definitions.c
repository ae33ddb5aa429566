/* SPDX-License-Identifier: MIT */
/*
 * Reads the definitions of many domains. Each is a round trip of a tenth of a millisecond in which mostly the daemon
 * works, so several threads ask at once: the daemon takes five requests of a client at a time (max_client_requests).
 */
#include "backends/libvirt/hv_libvirt.h"

#include <stdatomic.h>

#include "objects/base/thread.h"

#define ASKERS 4

struct asking {
	struct hv *h;
	struct hv_xml_wish *wishes;
	size_t n;
	atomic_size_t next;
};

/*
 * One of several threads that read definitions, one after the other. They only read the list of domain handles, so
 * it needs no lock.
 */
static void *fetch_definitions(void *arg)
{
	struct asking *a = arg;
	size_t i;

	while ((i = atomic_fetch_add(&a->next, 1)) < a->n) {
		struct hv_xml_wish *w = &a->wishes[i];
		_cleanup_domain_ virDomainPtr dom = libvirt_known(a->h, w->uuid);

		w->xml = dom ? libvirt_definition(dom, w->which) : NULL;
	}
	return NULL;
}

int libvirt_xml_many(struct hv *h, struct hv_xml_wish *wishes, size_t n, struct vxe_error *err)
{
	struct asking a = { .h = h, .wishes = wishes, .n = n };
	pthread_t threads[ASKERS - 1];
	size_t started = 0;

	(void)err;
	while (started < ARRAY_LEN(threads) && started + 1 < n &&
		thread_start(&threads[started], fetch_definitions, &a) == 0)
		started++;
	fetch_definitions(&a);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
