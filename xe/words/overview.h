/* SPDX-License-Identifier: MIT */
/* What `vxe` prints without words, and the lists that `vxe help` prints. */
#pragma once

#include "xe/model/areas.h"
#include "xe/model/command.h"

/* What `vxe` prints without words: what the program is, the first commands, and where to find more. */
extern const char overview_text[];
/* Prints the commands that most people need, grouped by topics, on a screen of 24 lines of 80 columns. */
void overview_everyday(struct render *r, const struct commands *all);
/*
 * The area that `vxe help WORD` is about: by the name of its manual page ("disk", "disks"), or by a class whose objects
 * its commands list ("vif"); NULL: there is none.
 */
const struct area *overview_topic(const struct commands *all, const char *word);
/* The names of all topics, with commas between them; owned. */
char *overview_topics(void);
/* Adds the names of the commands of the area; those of a class that every class has (vif-param-set) are left out. */
void overview_names(const struct commands *all, const struct area *area, struct strv *ret);
/* Prints what the area is about, and its commands. */
void overview_area(struct render *r, const struct commands *all, const struct area *area);
/* The topic that is no area: what makes the other commands useful in a script. */
#define TOPIC_SCRIPTS "scripts"
void overview_scripts(struct render *r, const struct commands *all);
/* Prints a line for each command in @names, grouped by areas (VMs, snapshots, disks ...). */
void overview_list(struct render *r, const struct commands *all, const struct strv *names);
