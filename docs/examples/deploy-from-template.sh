#!/bin/bash
# SPDX-License-Identifier: MIT
#
# deploy-from-template.sh VM TEMPLATE [COUNT]
#
# Turns a copy of the halted VM into a template of that name, unless there is one, and deploys
# COUNT (5) machines TEMPLATE-1, TEMPLATE-2 ... from it, each started and tagged.
set -euo pipefail

vm=${1:?usage: deploy-from-template.sh VM TEMPLATE [COUNT]}
template=${2:?usage: deploy-from-template.sh VM TEMPLATE [COUNT]}
count=${3:-5}

uuid=$(xe template-list name-label="$template" params=uuid --minimal)
if [ -z "$uuid" ]; then
  uuid=$(xe vm-clone vm="$vm" new-name-label="$template")
  xe vm-param-set uuid="$uuid" is-a-template=true name-description="Made from $vm"
fi

for ((i = 1; i <= count; i++)); do
  new=$(xe vm-install template-uuid="$uuid" new-name-label="$template-$i")
  xe vm-param-set uuid="$new" name-description="Machine $i of $count" \
    other-config:deployed-from="$uuid"
  xe vm-param-add uuid="$new" param-name=tags param-key=deployed
  xe vm-start uuid="$new"
  echo "$template-$i $new $(xe vm-param-get uuid="$new" param-name=power-state)"
done
