/* SPDX-License-Identifier: MIT */
/*
 * Words by which people and other tools (incus, qm, git, xl) call the commands of vxe: the first guess for an unknown
 * command.
 */
#include "xe/words/unknown_word.h"

#include <string.h>

struct synonym {
	const char *words; /* the synonyms, each between blanks */
	const char *meant;
};

/* Synonyms for whole names of commands. */
static const struct synonym whole[] = {
	{ " ps ls ", "vm-list" },
	{ " info show inspect describe ", "vm-list name-label= params=all" },
	{ " status ", "vm-list name-label=" },
	{ " run boot up poweron ", "vm-start vm=" },
	{ " stop halt poweroff off down ", "vm-shutdown vm=" },
	{ " kill ", "vm-shutdown vm= --force" },
	{ " snapshot commit vm-snap snap ", "vm-snapshot vm= new-name-label=" },
	{ " checkpoint ", "vm-checkpoint vm= new-name-label=" },
	{ " rollback revert checkout vm-restore vm-revert vm-rollback backup-restore ",
		"snapshot-revert vm= snapshot=" },
	{ " listsnapshot listsnapshots snapshots ", "snapshot-list --tree" },
	{ " delsnapshot ", "snapshot-uninstall vm= snapshot=" },
	{ " branch tree ", "snapshot-list --tree" },
	{ " rm remove delete ", "vm-uninstall vm=" },
	{ " set config edit ", "vm-param-set uuid=" },
	{ " rename mv ", "vm-param-set uuid= name-label=" },
	{ " tag ", "vm-param-add uuid= param-name=tags param-key=" },
	{ " clone ", "vm-clone vm= new-name-label=" },
	{ " copy cp ", "vm-copy vm= new-name-label=" },
	{ " create new init launch deploy ", "vm-install template= new-name-label=" },
	{ " backup export vm-backup ", "vm-export vm= filename=" },
	{ " import ", "vm-import filename=" },
	{ " ip address addr ", "vm-list name-label= params=name-label,networks" },
	{ " exec shell ssh attach ", "console vm=" },
	{ " merge gc prune ", "sr-coalesce" },
	{ " df ", "sr-list params=name-label,physical-utilisation,physical-size" },
	{ " du usage disk-usage ", "space" },
	{ " top stats ", "vm-list params=name-label,power-state,VCPUs-utilisation" },
	{ " doctor fsck verify health ", "check" },
	{ " history journal logs ", "log" },
	{ " version ver ", "--version" },
};

/* Synonyms for names of classes, the first part of the name of a command. */
static const struct synonym prefixes[] = {
	{ " domain dom machine guest ", "vm" },
	{ " disk volume vol ", "vdi" },
	{ " nic interface ", "vif" },
	{ " net ", "network" },
	{ " storage ", "sr" },
	{ " schedule ", "vmss" },
	{ " checkpoint snap ", "snapshot" },
};

/* Words for the part of a name behind the class, such as "delete"; the first row with which a command exists counts. */
static const struct synonym verbs[] = {
	{ " restore rollback ", "revert" },
	{ " delete del remove rm purge ", "uninstall" },
	{ " delete del remove rm purge ", "destroy" },
	{ " stop halt poweroff off down kill ", "shutdown" },
	{ " run boot up poweron ", "start" },
	{ " info show status get inspect describe ", "param-list" },
	{ " ls ps all ", "list" },
	{ " set edit config update modify rename ", "param-set" },
	{ " new add make define ", "create" },
	{ " backup save dump ", "export" },
	{ " load ", "import" },
	{ " cp duplicate ", "copy" },
	{ " restart ", "reboot" },
	{ " grow extend ", "resize" },
	{ " refresh rescan ", "scan" },
};

static bool has_word(const struct synonym *s, const char *word, size_t len)
{
	_cleanup_free_ char *between = xasprintf(" %.*s ", (int)len, word);

	return strstr(s->words, between) != NULL;
}

/* The name of a command with its required parameters: "vm-start vm=". Owned. */
static char *with_words(const struct command *cmd)
{
	const char *selector = command_selector(cmd);
	struct str text = { 0 };

	str_add(&text, cmd->name);
	if (command_param(cmd, "snapshot", false))
		str_add(&text, " vm= snapshot=");
	else if (selector)
		str_addf(&text, " %s=", selector);
	for (const struct param *p = cmd->params; p->name; p++)
		if (p->flags & P_REQUIRED)
			str_addf(&text, " %s=", p->name);
	return str_steal(&text);
}

char *synonym_command(const struct commands *all, const char *name)
{
	const char *dash = strchr(name, '-');
	size_t len = dash ? (size_t)(dash - name) : 0;
	_cleanup_free_ char *prefix = xstrndup(name, len);

	for (size_t i = 0; i < ARRAY_LEN(whole); i++)
		if (has_word(&whole[i], name, strlen(name)))
			return xstrdup(whole[i].meant);
	if (!dash)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (has_word(&prefixes[i], name, len))
			str_replace(&prefix, prefixes[i].meant);
	for (size_t i = 0; i <= ARRAY_LEN(verbs); i++) {
		const char *verb = i < ARRAY_LEN(verbs) ? verbs[i].meant : dash + 1;
		_cleanup_free_ char *meant = xasprintf("%s-%s", prefix, verb);
		const struct command *cmd = commands_find(all, meant);

		if (cmd &&
			(i == ARRAY_LEN(verbs) || has_word(&verbs[i], dash + 1, strlen(dash + 1))))
			return with_words(cmd);
	}
	return NULL;
}
