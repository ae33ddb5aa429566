/* SPDX-License-Identifier: MIT */
#include "objects/vm/other_host.h"

#include "objects/classes/host/recorded_facts.h"
#include "objects/classes/network/pif.h"

#include <string.h>

/* The address in a URI: one of IPv6 has brackets. */
static char *address_of(struct session *s, const struct host *host)
{
	const struct machine_facts *m = host_facts_of(s, host->r.uuid);
	const struct machine_nic *nic = machine_nic(m, m->default_nic);
	const char *ip = nic ? nic->ip : NULL;

	if (str_is_empty(ip))
		return NULL;
	return strchr(ip, ':') ? xasprintf("[%s]", ip) : xstrdup(ip);
}

/*
 * True if a URI of a record has libvirt reach another host, and nothing else: it could name a program that runs here
 * (qemu+ext, command=) or there (netcat=), or have ssh read an option in the place of a host. Who can write the records is not
 * root on each host.
 */
static bool is_harmless(const char *uri)
{
	static const char *const ways[] = { "qemu://", "qemu+ssh://", "qemu+libssh://",
		"qemu+libssh2://", "qemu+tcp://", "qemu+tls://", "qemu+unix://" };
	static const char *const words[] = { "keyfile", "known_hosts", "known_hosts_verify", "mode",
		"no_tty", "no_verify", "pkipath", "proxy", "socket", "sshauth", "tls_priority" };
	_cleanup_strv_ struct strv asked = { 0 };
	const char *at = strstr(uri, "://"), *query = strchr(uri, '?');
	bool known = false;

	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		known |= str_starts(uri, ways[i]);
	if (!known)
		return false;
	size_t n = strcspn(at + 3, "/?#");

	/* a user and a host, each without an option's dash before it */
	if (at[3] == '-' || memmem(at, n + 3, "@-", 2) || memchr(at, '%', n + 3) ||
		strchr(uri, '#'))
		return false;
	strv_split(&asked, query ? query + 1 : "", '&');
	for (size_t i = 0; i < asked.n; i++) {
		known = false;
		for (size_t k = 0; k < ARRAY_LEN(words); k++)
			known |= strlen(words[k]) == strcspn(asked.items[i], "=") &&
				str_starts(asked.items[i], words[k]);
		if (!known || strchr(asked.items[i], ';'))
			return false;
	}
	return true;
}

int other_host_uri(struct session *s, const struct host *host, char **ret, struct vxe_error *err)
{
	const char *set = map_get(&host->other_config, "libvirt-uri");
	_cleanup_free_ char *address = set ? NULL : address_of(s, host);

	if (!set && !address) {
		session_notice(s,
			"the address of the host %s is not known: 'vxe host-list' there notes it",
			host->name_label);
		return vxe_fail(err, HOST_OFFLINE, host->r.uuid);
	}
	if (set && !s->config.hypervisor && !is_harmless(set)) {
		session_notice(s,
			"other-config:libvirt-uri of the host %s is not used: it may name a way and an "
			"address, and of the words behind '?' none that name a program",
			host->name_label);
		return vxe_fail(err, HOST_OFFLINE, host->r.uuid);
	}
	/* no_tty: ssh fails where it would have to ask for a password */
	*ret = set ? xstrdup(set)
		   : xasprintf("qemu+ssh://%s/%s?no_tty=1", address,
			     s->config.unprivileged ? "session" : "system");
	return 0;
}

static int address_by(struct session *s, struct txn *t, const struct host *host,
	const char *network, char **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records pifs = { 0 };
	const struct pif *pif = NULL;

	if (records_load(t, &pif_class, NULL, NULL, &pifs, err) < 0)
		return -1;
	for (size_t i = 0; i < pifs.n && !pif; i++) {
		const struct pif *p = pifs.items[i];

		pif = str_eq(p->host, host->r.uuid) && str_eq(p->network, network) ? p : NULL;
	}
	if (!pif)
		return vxe_fail(err, HOST_CANNOT_ATTACH_NETWORK, host->r.uuid, network);
	const char *ip = pif_ip(s, pif);

	if (str_is_empty(ip))
		return vxe_fail(err, INTERFACE_HAS_NO_IP, pif->r.uuid);
	*ret = xstrdup(ip);
	return 0;
}

int other_host_memory_uri(struct session *s, struct txn *t, const struct host *host,
	const char *network, char **ret, struct vxe_error *err)
{
	const char *set = map_get(&host->other_config, "migration-address");
	_cleanup_free_ char *address = NULL;

	if (network && address_by(s, t, host, network, &address, err) < 0)
		return -1;
	if (!network)
		address = set ? xstrdup(set) : address_of(s, host);
	*ret = address ? xasprintf("tcp://%s", address) : NULL;
	return 0;
}

/* Fails if the libvirt that answers is another host's. */
static int check_identity(struct session *s, const char *uuid, struct hv *hv, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(hv_host_clear) struct hv_host found = { 0 };

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || host_get(t, uuid, &host, err) < 0 ||
		hv_host(hv, &found, err) < 0)
		return -1;
	const char *known = str_is_empty(host->hypervisor_uuid) ? uuid : host->hypervisor_uuid;

	return str_eq(known, found.uuid)
		? 0
		: vxe_fail(err, VXE_HYPERVISOR_MISMATCH, known, found.uuid);
}

int other_host_open(struct session *s, const char *host, const char *uri, struct hv **ret,
	struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error down = { 0 };
	struct hv *hv = NULL;

	if (hv_open_other(&hv, s->config.hypervisor, uri, &down) < 0) {
		session_notice(s, "libvirt of the host %s cannot be reached at %s: %s", host, uri,
			down.n_params ? down.params[down.n_params - 1] : "");
		return vxe_fail(err, HOST_OFFLINE, host);
	}
	if (check_identity(s, host, hv, err) < 0) {
		hv_close(hv);
		return -1;
	}
	hv_hold(hv, s->wishes->dry_run);
	*ret = hv;
	return 0;
}
