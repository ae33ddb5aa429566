/* SPDX-License-Identifier: MIT */
/*
 * The file systems of a guest, which its agent freezes for a snapshot. If the agent, libvirt or vxe dies meanwhile they
 * stay frozen, and the guest stands still at its next write.
 */
#include "backends/libvirt/hv_libvirt_quiesce.h"

#include "objects/base/clock.h"

#include <json-c/json.h>
#include <libvirt/libvirt-qemu.h>

/* seconds within which the agent must give each answer when it thaws the file systems, which may be slow, too */
#define THAW_MS 60000
#define THAW_S 15
/* milliseconds to wait for an agent that has ended: the guest's init starts it again */
#define AWAY_MS 10000
#define AWAY_POLL_MS 100
#define ASK_S 2 /* seconds for a question to an agent that may not answer at all */

static bool is_mute(int code)
{
	return code == VIR_ERR_AGENT_UNRESPONSIVE || code == VIR_ERR_AGENT_UNSYNCED;
}

/* True if the guest agent answers, even if only that it cannot tell the time. */
static bool agent_answers(virDomainPtr dom)
{
	long long seconds;
	unsigned nanoseconds;

	return virDomainGetTime(dom, &seconds, &nanoseconds, 0) == 0 ||
		!is_mute(virGetLastErrorCode());
}

void libvirt_forget_agent(virDomainPtr dom)
{
	(void)virDomainAgentSetResponseTimeout(dom, VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_DEFAULT, 0);
}

/* ---- asked, and let go ------------------------------------------------------------------------ */

static enum hv_freeze said(const char *answer)
{
	struct json_object *root = answer ? json_tokener_parse(answer) : NULL, *state = NULL;
	enum hv_freeze ret = HV_FREEZE_UNKNOWN;

	if (json_object_object_get_ex(root, "return", &state) &&
		json_object_is_type(state, json_type_string))
		ret = str_eq(json_object_get_string(state), "frozen") ? HV_FROZEN : HV_THAWED;
	json_object_put(root);
	return ret;
}

/*
 * Asks the guest agent whether file systems are frozen. libvirt notes such a raw command to the agent in the
 * domain's log. So it is sent only when the agent refuses to tell the time, as it does while the file systems are
 * frozen.
 */
static enum hv_freeze ask_frozen(virDomainPtr dom)
{
	long long seconds;
	unsigned nanoseconds;

	if (virDomainGetTime(dom, &seconds, &nanoseconds, 0) == 0)
		return HV_THAWED;
	if (is_mute(virGetLastErrorCode()) || libvirt_last_error_is(VIR_ERR_ARGUMENT_UNSUPPORTED))
		return HV_FREEZE_UNKNOWN;
	_cleanup_free_ char *answer = virDomainQemuAgentCommand(
		dom, "{\"execute\": \"guest-fsfreeze-status\"}", ASK_S, 0);

	return said(answer);
}

int libvirt_frozen(
	struct hv *h, const char *uuid, bool thaw, enum hv_freeze *ret, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = NULL;
	int rc = libvirt_lookup(h, uuid, "ask the agent", &dom, err);

	*ret = HV_THAWED;
	if (rc <= 0)
		return rc;
	if (virDomainIsActive(dom) == 0)
		return 0;
	*ret = HV_FREEZE_UNKNOWN;
	if (virDomainAgentSetResponseTimeout(dom, thaw ? THAW_S : ASK_S, 0) < 0) {
		virResetLastError();
		return 0;
	}
	/*
	 * An agent that was started again may not know that the file systems are frozen, and thaws them all the
	 * same.
	 */
	if (thaw)
		*ret = virDomainFSThaw(dom, NULL, 0, 0) < 0 ? HV_FREEZE_UNKNOWN : HV_THAWED;
	else
		*ret = ask_frozen(dom);
	virResetLastError();
	libvirt_forget_agent(dom);
	return 0;
}

/* ---- during a switch -------------------------------------------------------------------------- */

/*
 * Makes the snapshot call @run, for which the agent freezes the guest's file systems. An agent that does not answer
 * in time finds the request to freeze when it reads again; libvirt has given up then, and the guest would stay
 * frozen. So a question that does no harm comes first; and after a freeze that was only slow, vxe waits for the
 * agent to thaw the file systems.
 */
int libvirt_run_quiesced(struct libvirt_job *j, int (*run)(struct libvirt_job *j))
{
	if (virDomainAgentSetResponseTimeout(j->called, j->quiesce_s, 0) < 0 ||
		!agent_answers(j->called))
		return -1;
	int rc = run(j);

	j->stays_frozen = rc < 0 && is_mute(virGetLastErrorCode());
	return rc;
}

/*
 * Thaws the guest's file systems, if they may still be frozen. The agent does one thing after the other: once it has
 * answered the request to thaw, it has frozen the file systems before, or never will.
 */
void libvirt_after_quiesced(struct libvirt_job *j)
{
	int64_t began = clock_ms(), wait = THAW_MS;

	if (j->stays_frozen && j->quiesce_s < THAW_S)
		(void)virDomainAgentSetResponseTimeout(j->called, THAW_S, 0);
	while (j->stays_frozen && clock_ms() - began < wait) {
		j->stays_frozen = virDomainFSThaw(j->called, NULL, 0, 0) < 0 &&
			is_mute(virGetLastErrorCode());
		wait = j->stays_frozen && strstr(virGetLastErrorMessage(), "not connected") != NULL
			? AWAY_MS
			: THAW_MS;
		if (j->stays_frozen)
			clock_sleep_ms(AWAY_POLL_MS);
	}
	libvirt_forget_agent(j->dom);
}

/*
 * Makes the error of a snapshot call that froze file systems. libvirt 9.0 says only in the message, not by a code,
 * that the agent has refused.
 */
int libvirt_explain_quiesced(const struct libvirt_job *j,
	int (*explain)(const struct libvirt_job *j, struct vxe_error *err), struct vxe_error *err)
{
	char uuid[VIR_UUID_STRING_BUFLEN] = "";

	(void)virDomainGetUUIDString(j->dom, uuid);
	if (j->code == VIR_ERR_ARGUMENT_UNSUPPORTED || strstr(j->failure, "not connected"))
		return vxe_fail(err, VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED, uuid, j->failure);
	if (is_mute(j->code)) {
		(void)vxe_fail(err, VM_SNAPSHOT_WITH_QUIESCE_TIMEOUT, uuid);
		if (j->stays_frozen)
			error_note(err, "the agent does not answer any more");
		return -1;
	}
	if (!strstr(j->failure, "guest-fsfreeze"))
		return explain(j, err);
	(void)vxe_fail(err, VM_SNAPSHOT_WITH_QUIESCE_FAILED, uuid);
	error_note(err, "%s", j->failure);
	return -1;
}
