/* SPDX-License-Identifier: MIT */
/* `vxe check` names the definitions that a host has of VMs which are at home on another one. */
#include "objects/check/check.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/vm/vm.h"
#include "tests/unit/two_hosts.h"

static void start(void)
{
	hosts_start();
	make_image("a.qcow2", NULL, NULL);
	be_host(1);
	add_domain(VM_A, "a", "a.qcow2");
	next_command();
	OK(adopt_domains(S, &E));
}

TestSuite(check_homes, .init = start, .fini = hosts_stop);

static void be_at_home(const char *host)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);

	str_replace(&vm->home, host);
	save(&vm_class, vm);
}

/* What the check of host 1 says of its domain; "": nothing. */
static const char *said(void)
{
	static char text[512];
	_cleanup_findings_ struct findings found = { 0 };

	next_command();
	OK(check_all(S, true, &found, &E));
	snprintf(text, sizeof(text), "%s", found.n ? found.items[0].text : "");
	cr_assert_leq(found.n, 1);
	return text;
}

Test(check_homes, a_definition_of_a_home_that_does_not_answer_is_named)
{
	cr_expect_str_eq(said(), "");
	be_at_home(hosts[2]);
	cr_expect(strstr(said(), "definition of it (a)") && strstr(said(), "at home on second") &&
			strstr(said(), "does not answer: keep it"),
		"%s", said());
	be_at_home(HOME_NONE);
	cr_expect(strstr(said(), "on no host"), "%s", said());
}

Test(check_homes, a_guest_that_runs_there_is_named)
{
	be_at_home(hosts[2]);
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	cr_expect(strstr(said(), "it runs on this host, but is at home on second"), "%s", said());
}

/* What a host has left half done, it ends itself, unless it has died. */
Test(check_homes, the_host_that_ends_an_operation_is_named)
{
	_cleanup_(host_free_cleanup) struct host *second = find(&host_class, hosts[2]);
	struct intent *intent = record_new(&intent_class);

	intent->r.uuid = xstrdup("77777777-0000-4000-8000-000000000007");
	str_replace(&intent->operation, "vm-leave");
	str_replace(&intent->object, VM_A);
	strv_add(&intent->objects, VM_A);
	str_replace(&intent->host, hosts[2]);
	save(&intent_class, intent);
	record_free(&intent_class, intent);
	cr_expect(strstr(said(), "left half done on the host second"), "%s", said());
	second->dead = 1;
	save(&host_class, second);
	cr_expect(strstr(said(), "the next acting command"), "%s", said());
}
