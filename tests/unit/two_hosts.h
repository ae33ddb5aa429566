/* SPDX-License-Identifier: MIT */
/*
 * Two hosts of a pool for tests: two mock hypervisors, and a session on each, with one SQLite store. The session S and
 * the hypervisor mock of host_fixture.h are those of the host that be_host() has named last, at first of host 1.
 */
#pragma once

#include "objects/base/file.h"
#include "objects/base/uuid.h"
#include "objects/classes/host/host.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr.h"
#include "objects/domain/adopt.h"
#include "objects/pool/object_host.h"
#include "tests/unit/host_fixture.h"

#define HOST_2 "22222222-0000-4000-8000-000000000002"
#define URI_2 "mock:///second"

static struct session *sessions[3];
static struct hv_mock *mocks[3];
static char *hosts[3];	     /* their UUIDs */
static int64_t silence = -1; /* what store_last_beat() says of each host */
static bool server_is_lost;  /* ... instead of that */

static inline int say_silence(struct store *s, const char *host, int64_t *ms, struct vxe_error *err)
{
	(void)s;
	(void)host;
	*ms = silence;
	return server_is_lost ? vxe_fail(err, VXE_STORE_LOST, "the server", "gone") : 0;
}

static inline int say_silence_in(
	struct txn *t, const char *host, int64_t *ms, struct vxe_error *err)
{
	(void)t;
	return say_silence(NULL, host, ms, err);
}

/* SQLite, with heartbeats. */
static inline const struct store_ops *pool_engine(void)
{
	static struct store_ops ops;

	ops = store_sqlite_ops;
	ops.last_beat = say_silence;
	ops.beat_in = say_silence_in;
	return &ops;
}

/* Writes this host's own file of ways to the others. */
static inline void write_ways(const char *text)
{
	_cleanup_free_ char *path = object_host_ways(S);

	cr_assert_eq(file_put(path, text, 0600, true), 0, "%s", path);
}

static inline void be_host(int n)
{
	S = sessions[n];
	mock = mocks[n];
}

/* The configuration of a host's session; its folders are in the folder "2" for host 2. */
static inline struct session_config config_of(int n)
{
	static char images[PATH_MAX], machine[PATH_MAX], locks[PATH_MAX];
	struct session_config c = host_config(pool_engine());

	c.host = hosts[n];
	if (n == 1)
		return c;
	snprintf(images, sizeof(images), "%s/2/images/vxe", dir);
	snprintf(machine, sizeof(machine), "%s/second", dir);
	snprintf(locks, sizeof(locks), "%s/2/locks", dir);
	c.connect = URI_2;
	c.image_dir = images;
	c.root = machine;
	c.lock_dir = locks;
	return c;
}

static inline void open_host(int n)
{
	const struct session_config c = config_of(n);

	OK(session_open(&sessions[n], &c, &E));
	sessions[n]->ui.notice = take_notice;
}

static inline void hosts_start(void)
{
	host_start();
	mocks[1] = mock;
	mocks[2] = hv_mock_create(URI_2);
	hv_mock_set_host(mocks[2], HOST_2);
	open_host(1);
	be_host(1);
	OK(adopt_domains(S, &E));
	hosts[1] = xstrdup(S->here->uuid);
	hosts[2] = xstrdup(HOST_2);

	struct host *host = record_new(&host_class);
	host->r.uuid = xstrdup(HOST_2);
	str_replace(&host->name_label, "second");
	str_replace(&host->driver, "QEMU");
	host->enabled = true;
	save(&host_class, host);
	record_free(&host_class, host);
	session_close(TAKE(sessions[1]));
	open_host(1);
	open_host(2);
	be_host(1);
}

static inline void hosts_stop(void)
{
	session_close(TAKE(sessions[2]));
	hv_mock_free(TAKE(mocks[2]));
	be_host(1);
	free(TAKE(hosts[1]));
	free(TAKE(hosts[2]));
	host_stop();
}

/* Host 2 has all SRs of host 1, too. */
static inline void share_srs(void)
{
	_cleanup_records_ struct records pbds = all_of(&pbd_class), srs = all_of(&sr_class);

	for (size_t i = 0; i < pbds.n; i++) {
		struct pbd *pbd = pbds.items[i];
		_cleanup_free_ char *mine = xstrdup(pbd->r.uuid);

		if (!str_eq(pbd->host, hosts[1]))
			continue;
		free(pbd->r.uuid);
		pbd->r.uuid = uuid_derive(HOST_2, mine);
		str_replace(&pbd->host, hosts[2]);
		save(&pbd_class, pbd);
	}
	for (size_t i = 0; i < srs.n; i++) {
		((struct sr *)srs.items[i])->shared = true;
		save(&sr_class, srs.items[i]);
	}
}

/* By which URI the others reach a host's libvirt; NULL: by the default one. */
static inline void set_uri(int host, const char *uri)
{
	_cleanup_(host_free_cleanup) struct host *record = find(&host_class, hosts[host]);

	if (uri)
		map_set(&record->other_config, "libvirt-uri", uri);
	else
		map_remove(&record->other_config, "libvirt-uri");
	save(&host_class, record);
}

/* Domains that host 1 has are on images that both hosts have, and each host reaches the other one's libvirt. */
static inline void share_domains(void)
{
	next_command();
	OK(adopt_domains(S, &E));
	share_srs();
	set_uri(1, URI);
	set_uri(2, URI_2);
}
