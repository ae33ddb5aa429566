/* SPDX-License-Identifier: MIT */
#include "objects/classes/host/host_machine.h"

#include "objects/classes/host/host_identity.h"

#define SAMPLE_MS 200

const struct machine_facts *host_facts(struct session_host *h)
{
	if (!h->machine) {
		bool here = host_is_here(h->s);

		h->machine = xmalloc(sizeof(*h->machine));
		if (here)
			machine_read(h->s->config.root, h->machine);
		else
			machine_unknown(h->machine);
	}
	return h->machine;
}

const struct machine_load *host_load(struct session_host *h)
{
	const struct machine_facts *m = host_facts(h);

	if (!h->load) {
		h->load = xmalloc(sizeof(*h->load));
		machine_measure(h->s->config.root, m, SAMPLE_MS, h->load);
	}
	return h->load;
}
