/* SPDX-License-Identifier: MIT */
/* What the verbs of virsh are called here: the rows of docs/from-virsh.md; tests/checks/virsh.sh compares both. */
#include "xe/words/unknown_word.h"

#include "objects/base/mem.h"

static const struct {
	const char *verb, *command;
} verbs[] = {
	{ "attach-disk", "vbd-create vm-uuid= vdi-uuid= device=" },
	{ "attach-interface", "vif-create vm-uuid= network-uuid= device=" },
	{ "autostart", "vm-param-set uuid= other-config:auto_poweron=true" },
	{ "blockcommit", "vdi-merge uuid=" },
	{ "blockjob", "task-list params=progress" },
	{ "blockpull", "vdi-flatten uuid=" },
	{ "blockresize", "vdi-resize uuid= disk-size= online=true" },
	{ "change-media", "vm-cd-insert vm= cd-name=" },
	{ "desc", "vm-param-set uuid= name-description=" },
	{ "destroy", "vm-shutdown vm= --force" },
	{ "detach-disk", "vbd-unplug uuid=" },
	{ "detach-interface", "vif-unplug uuid=" },
	{ "domblklist", "vm-disk-list vm=" },
	{ "domiflist", "vm-vif-list vm=" },
	{ "dominfo", "vm-param-list uuid=" },
	{ "domjobabort", "task-cancel uuid=" },
	{ "domjobinfo", "task-list params=progress" },
	{ "domrename", "vm-param-set uuid= name-label=" },
	{ "domstate", "vm-param-get uuid= param-name=power-state" },
	{ "dumpxml", "vm-param-list uuid=" },
	{ "list", "vm-list" },
	{ "managedsave", "vm-suspend vm=" },
	{ "managedsave-remove", "vm-shutdown --force" },
	{ "net-list", "network-list" },
	{ "nodeinfo", "host-list params=all" },
	{ "pool-create-as", "sr-create name-label= type=" },
	{ "pool-define-as", "sr-create name-label= type=" },
	{ "pool-refresh", "sr-scan uuid=" },
	{ "reboot", "vm-reboot vm=" },
	{ "reset", "vm-reboot vm= --force" },
	{ "restore", "vm-resume vm= filename=" },
	{ "resume", "vm-unpause vm=" },
	{ "save", "vm-suspend vm=" },
	{ "setvcpus", "vm-vcpu-hotplug vm= new-vcpus=" },
	{ "shutdown", "vm-shutdown vm=" },
	{ "snapshot-create", "vm-checkpoint new-name-label=" },
	{ "snapshot-create-as", "vm-checkpoint new-name-label=" },
	{ "snapshot-current", "snapshot-list current-of=" },
	{ "snapshot-delete", "snapshot-uninstall uuid=" },
	{ "snapshot-edit", "snapshot-param-set uuid= name-description=" },
	{ "snapshot-info", "snapshot-param-list uuid=" },
	{ "snapshot-parent", "snapshot-param-get uuid= param-name=parent-name" },
	{ "start", "vm-start vm=" },
	{ "suspend", "vm-pause vm=" },
	{ "undefine", "vm-destroy uuid=" },
	{ "vol-clone", "vdi-copy uuid= sr-uuid=" },
	{ "vol-create-as", "vdi-create sr-uuid= name-label= virtual-size=" },
	{ "vol-delete", "vdi-destroy uuid=" },
	{ "vol-download", "vdi-export uuid= filename=" },
	{ "vol-list", "vdi-list sr-uuid=" },
	{ "vol-resize", "vdi-resize uuid= disk-size=" },
	{ "vol-upload", "vdi-import uuid= filename=" },
};

const char *virsh_command(const char *verb)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (str_eq(verbs[i].verb, verb))
			return verbs[i].command;
	return NULL;
}
