/* SPDX-License-Identifier: MIT */
/* The host and its processors, as the machine is, and who may use them. */
#include "tests/unit/machine_fixture.h"

#include "objects/classes/host/host_cpu.h"
#include "objects/classes/host/role.h"

TestSuite(machine, .init = machine_start, .fini = host_stop);

Test(machine, processors_and_host)
{
	OK(session_prepare(S, &E));

	const char *host = S->here->uuid;

	EXPECT("host-cpu", "number", "0", "modelname", "A CPU");
	EXPECT("host-cpu", "number", "0", "speed", "2593");
	EXPECT("host-cpu", "number", "0", "host-uuid", host);
	EXPECT("host-cpu", "number", "1", "utilisation", "0.000");
	EXPECT("host", "uuid", host, "cpu_info",
		"cpu_count: 2; socket_count: 1; threads_per_core: 2; vendor: GenuineIntel; "
		"speed: 2593; modelname: A CPU; family: 6; model: 85; stepping: 7; "
		"flags: fpu vmx");
	EXPECT("host", "uuid", host, "memory-total", "2097152");
	EXPECT("host", "uuid", host, "memory-free", "1048576");
	EXPECT("host", "uuid", host, "memory-free-computed", "1048576");
	EXPECT("host", "uuid", host, "hostname", "box");
	EXPECT("host", "uuid", host, "secure-boot", "false");
	EXPECT("host", "uuid", host, "chipset-info", "iommu: false");
}

Test(machine, roles)
{
	EXPECT("role", "name", "pool-admin", "uuid", "0165f154-ba3e-034e-6b27-5d271af109ba");
	EXPECT("subject", "subject-identifier", "root", "roles", "pool-admin");
}
