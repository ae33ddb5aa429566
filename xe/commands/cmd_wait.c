/* SPDX-License-Identifier: MIT */
/*
 * vm-wait: asks libvirt about one VM again and again, holds no lock meanwhile and writes nothing. libvirt's events
 * say nothing of addresses, nor of what came about before somebody listened.
 */
#include "objects/base/clock.h"
#include "objects/queries/list.h"
#include "xe/model/select.h"

#include <inttypes.h>

enum { WAIT_RUNNING, WAIT_HALTED, WAIT_AGENT, WAIT_IP };
static const struct enum_table state_words = { .names = (const struct enum_name[]){
						       { "running", NULL }, { "halted", NULL },
						       { "agent", NULL }, { "ip", NULL }, { 0 } } };
static const struct param_kind state_kind = { "state", PARAM_WORD,
	.meaning = "running, halted, agent (the agent in the guest answers) or ip (an address of "
		   "the guest is known).",
	.words = &state_words, .refusal = "Unknown state: " };
static const struct param_kind timeout_kind = { "timeout", PARAM_NUMBER,
	.meaning = "Seconds to wait at most, for all VMs together.",
	.absent = "as long as it takes", .natural = true };

/*
 * The states for which vm-wait can wait: the VM is in the state if the field @field has the text @value; @value NULL:
 * any text but an empty one.
 */
static const struct state {
	const char *field, *value;
	int64_t every_ms;
} states[] = {
	[WAIT_RUNNING] = { "power-state", "running", 200 },
	[WAIT_HALTED] = { "power-state", "halted", 200 },
	/* The agent in the guest is asked less often than libvirt, because answering is work for the guest. */
	[WAIT_AGENT] = { "PV-drivers-detected", "true", 1000 },
	[WAIT_IP] = { "address", NULL, 1000 },
};

struct wait {
	const struct state *state;
	const char *word;
	int64_t start_ms, limit_ms; /* limit_ms is -1 if there is no time limit */
};

/* Reads fields of the VM anew: its power state, and the text of the field for which vm-wait waits. */
static int read_vm_state(struct call *c, const struct wait *w, const char *uuid, char **power,
	char **text, struct vxe_error *err)
{
	const struct view *v = view_by_prefix("vm");
	const struct filter filter = { "uuid", uuid };
	const struct field *fields[] = { class_field(v->cls, "power-state"),
		class_field(v->cls, w->state->field), NULL };
	_cleanup_rows_ struct rows rows = { 0 };

	if (fields[1] == fields[0])
		fields[1] = NULL;
	session_forget_domains(c->session->here);
	session_retry(c->session->here);
	if (list_rows(c->session, v, &filter, 1, fields, LIST_COSTLY | LIST_KNOWN, &rows, err) < 0)
		return -1;
	if (!rows.n)
		return vxe_fail(err, UUID_INVALID, "VM", uuid);
	for (size_t i = 0; i < rows.n_fields; i++) {
		char *value = value_print(c->session, rows.fields[i], &rows.items[0].values[i]);

		if (str_eq(rows.fields[i]->name, w->state->field))
			str_replace(text, value);
		if (str_eq(rows.fields[i]->name, "power-state"))
			str_replace(power, value);
		free(value);
	}
	return 0;
}

static bool is_reached(const struct wait *w, const char *text)
{
	return w->state->value ? str_eq(text, w->state->value) : !str_is_empty(text);
}

static int wait_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	const struct wait *w = c->ctx;
	_cleanup_free_ char *what = xasprintf("state %s", w->word);

	for (;;) {
		_cleanup_free_ char *power = NULL, *text = NULL;
		int64_t past;

		if (read_vm_state(c, w, uuid, &power, &text, err) < 0)
			return -1;
		if (is_reached(w, text))
			return 0;
		past = clock_ms() - w->start_ms;
		if (session_cancelled(c->session))
			return vxe_fail(err, TASK_CANCELLED, uuid);
		if (w->limit_ms >= 0 && past >= w->limit_ms) {
			_cleanup_free_ char *seconds = xasprintf("%" PRId64, w->limit_ms / 1000);

			return vxe_fail(err, VXE_WAIT_TIMEOUT, uuid, w->word, power, seconds);
		}
		session_awaits(c->session, what, past, w->limit_ms > 0 ? w->limit_ms : 0);
		clock_sleep_ms(w->limit_ms >= 0 && w->limit_ms - past < w->state->every_ms
				? w->limit_ms - past
				: w->state->every_ms);
	}
}

static int cmd_vm_wait(struct call *c, struct vxe_error *err)
{
	int64_t seconds = call_value(c, "timeout", -1);
	struct wait w = { .state = &states[call_value(c, "state", WAIT_RUNNING)],
		.word = call_get(c, "state"),
		.start_ms = clock_ms(),
		.limit_ms = seconds < 0		     ? -1
			: seconds > INT64_MAX / 1000 ? -1
						     : seconds * 1000 };

	return each_vm(c, 0, wait_one, &w, err);
}

const struct command wait_commands[] = {
	{ "vm-wait", cmd_vm_wait, C_OURS | C_STANDARD | C_SELECTS | C_READS | C_ASKS_HOME,
		"Wait until the selected VMs run or are off, until the agent in the guest answers, "
		"or until an address of the guest is known. With --multiple until all have reached "
		"the state",
		PARAMS({ "state", P_REQUIRED }, { "timeout", 0 }),
		KINDS(&state_kind, &timeout_kind), PRINTS(PRINTS_NOTHING) },
	{ 0 },
};
