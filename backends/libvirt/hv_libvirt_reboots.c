/* SPDX-License-Identifier: MIT */
/*
 * Reboots of guests, of which libvirt tells only who listens. Events need libvirt's event loop, which has to be there before
 * a connection is made, and a connection that knows of it is closed by libvirt's daemon if nobody runs the loop for half a
 * minute. So they have a connection of their own, and the loop runs while somebody asks.
 */
#include "backends/libvirt/hv_libvirt.h"

/* Time for the loop to read what has come, which is there at once, and to hand it over. */
#define HAND_OVER_MS 10

struct reboot_listener {
	virConnectPtr conn;
	int callback;	      /* libvirt's number of it; -1: none */
	struct strv rebooted; /* the domains' UUIDs, since somebody has asked */
};

void libvirt_hear_no_more(struct hv_libvirt *l)
{
	struct reboot_listener *listener = TAKE(l->listener);

	if (!listener)
		return;
	/* a callback holds its connection */
	if (listener->callback >= 0)
		virConnectDomainEventDeregisterAny(listener->conn, listener->callback);
	if (listener->conn)
		virConnectClose(listener->conn);
	strv_clear(&listener->rebooted);
	free(listener);
}

static void note_reboot(virConnectPtr conn, virDomainPtr dom, void *ctx)
{
	struct reboot_listener *listener = ctx;

	(void)conn;
	strv_take(&listener->rebooted, libvirt_uuid(dom));
}

static int begin_to_listen(struct hv_libvirt *l, struct vxe_error *err)
{
	static bool has_loop; /* of the process, and for ever */
	_cleanup_free_ char *uri = virConnectGetURI(l->conn);
	struct reboot_listener *listener;

	if (!uri || (!has_loop && virEventRegisterDefaultImpl() < 0))
		return libvirt_fail(err, "reboots");
	has_loop = true;
	l->listener = listener = xcalloc(1, sizeof(*listener));
	listener->conn = virConnectOpen(uri);
	listener->callback = listener->conn
		? virConnectDomainEventRegisterAny(listener->conn, NULL, VIR_DOMAIN_EVENT_ID_REBOOT,
			  note_reboot, listener, NULL)
		: -1;
	if (listener->callback >= 0)
		return 0;
	libvirt_fail(err, "reboots");
	libvirt_hear_no_more(l);
	return -1;
}

static void time_is_up(int timer, void *ctx)
{
	bool *is_up = ctx;

	(void)timer;
	*is_up = true;
}

static int hand_over(struct vxe_error *err)
{
	bool is_up = false;
	int timer = virEventAddTimeout(HAND_OVER_MS, time_is_up, &is_up, NULL);
	int rc = timer < 0 ? -1 : 0;

	while (rc == 0 && !is_up)
		rc = virEventRunDefaultImpl();
	if (timer >= 0)
		virEventRemoveTimeout(timer);
	return rc < 0 ? libvirt_fail(err, "reboots") : 0;
}

int libvirt_reboots(struct hv *h, struct strv *ret, struct vxe_error *err)
{
	struct hv_libvirt *l = (struct hv_libvirt *)h;

	if (l->listener && virConnectIsAlive(l->listener->conn) != 1)
		libvirt_hear_no_more(l);
	if (!l->listener && begin_to_listen(l, err) < 0)
		return -1;
	if (hand_over(err) < 0)
		return -1;
	for (size_t i = 0; i < l->listener->rebooted.n; i++)
		strv_add(ret, l->listener->rebooted.items[i]);
	strv_clear(&l->listener->rebooted);
	return 0;
}
