#!/bin/bash
# SPDX-License-Identifier: MIT
# Called as xe: lists, errors and exit statuses are those of xe. The Enn are rows of the worked examples from which
# these results were taken.
. "$TESTS/lib/e2e.sh"

ln -s "$VXE" xe
xe() { ./xe "$@"; }
# prints EXPECTED WHAT ARG...: compares xe's output to the last byte; \n as in printf.
prints() {
  local want=$1 what=$2
  shift 2
  ./xe "$@" >got 2>err
  is "$what: exit status" $? 0
  printf "$want" >want
  cmp -s got want
  result $? "$what" || diag "$(od -c got | head -n 20)"
  is "$what: nothing on stderr" "$(cat err)" ''
}
# complains EXPECTED WHAT ARG...: status 1, nothing on stdout, these words on stderr.
complains() {
  local want=$1 what=$2
  shift 2
  exits 1 "$what" ./xe "$@"
  is '... on stderr' "$ERR" "$want"
  is '... alone' "$OUT" ''
}
usage="For usage run: 'xe help'"

guest_make web 1
guest_make db 1
web=$(virsh domuuid web) db=$(virsh domuuid db)
virsh -q start --paused db >/dev/null
xe vm-param-set uuid="$web" name-description='front, end' other-config:auto_poweron=true \
  other-config:owner=bob
for tag in prod eu; do xe vm-param-add uuid="$web" param-name=tags param-key=$tag; done
xe vm-param-add uuid="$db" param-name=tags param-key=prod
s1=$(xe vm-snapshot vm=web new-name-label=s1)
time=$(xe snapshot-param-get uuid="$s1" param-name=snapshot-time)
none=00000000-1111-4222-8333-444444444444

prints "uuid ( RO)           : $web\n     name-label ( RW): web\n    power-state ( RO): halted\n\n\n" \
  'E002 a list' vm-list name-label=web
prints "uuid ( RO)          : $web\n    name-label ( RW): web\n\n\n" \
  'E006 columns in the order of the record' vm-list params=name-label,uuid name-label=web
prints "$web\n" 'E007 --minimal has the first column' \
  vm-list params=name-label,uuid name-label=web --minimal
prints 'front\\, end\n' 'E008 a comma in --minimal' \
  vm-list params=name-description name-label=web --minimal
prints '' 'E009 nothing found' vm-list name-label=none
prints '\n' 'E010 nothing found, --minimal' vm-list name-label=none --minimal
prints '\n\n\n' 'E011 no such column' vm-list params=bogus name-label=web
complains "Error: Unknown field 'bogus'" 'E015 no such field' vm-list bogus=1
prints '' 'E016 a field that is never looked at' vm-list name-label=none bogus=1
prints 'name-label ( RW)        : web\n    possible-hosts ( RO): <expensive field>\n\n\n' \
  'E019 an expensive field' vm-list params=possible-hosts,name-label name-label=web
prints 'name-label ( RW)    : web\n\n\n' 'E020 a key of a map' \
  vm-list other-config:owner=bob params=name-label
complains 'Error: Invalid syntax for set filtering (should be set-param:contains=key)' \
  'E024 a filter of a set' vm-list tags:has=prod
prints '' 'E027 states are lower case' vm-list power-state=Running
prints "uuid ( RO)                : $s1
          name-label ( RW): s1
    name-description ( RW): front, end
    is-vmss-snapshot ( RO): false\n\n\n" 'E037 snapshot-list has the columns that xe prints' snapshot-list
prints "snapshot-of ( RO)      : $web\n    snapshot-time ( RO): $time\n\n\n" \
  'E038 columns of a snapshot' snapshot-list params=snapshot-of,snapshot-time
complains "Error: Unknown field 'snapshot_of'" 'E040 no underscores' snapshot-list snapshot_of="$web"
prints 'front, end\n' 'E053 param-get' vm-param-get uuid="$web" param-name=name-description
prints 'auto_poweron: true; owner: bob\n' 'E055 a map' \
  vm-param-get uuid="$web" param-name=other-config
prints 'prod, eu\n' 'E063 a set' vm-param-get uuid="$web" param-name=tags
complains 'Error: Key nokey not found in map' 'E057 no such key' \
  vm-param-get uuid="$web" param-name=other-config param-key=nokey
complains "Error code: Missing parameter
Error parameters: bogus" 'E060 no such parameter' vm-param-get uuid="$web" param-name=bogus
exits 1 'E061 no such VM' ./xe vm-param-get uuid=$none param-name=name-label
is '... names it' "$(tail -n 2 <<<"$ERR")" "type: VM
uuid: $none"
complains "Required parameter not found: param-name
$usage" 'E065 no parameter' vm-param-get uuid="$web"
complains "Unknown command: no-such-cmd
$usage" 'E067 no such command' no-such-cmd
complains "Unknown command: --minimal
$usage" 'E068 the command comes first' --minimal vm-list
complains "Syntax error: 
$usage" 'E069 words in the wrong order' name-label=web vm-list
prints 'ThinCLI protocol: 0.2\n' 'E073 the version' -version
complains "Error: Field 'power-state' is read-only." 'E082 a field that is not set' \
  vm-param-set uuid="$web" power-state=running
complains 'Error: Cannot clear this parameter' 'E114 a field that is not cleared' \
  vm-param-clear uuid="$web" param-name=VCPUs-max
complains 'Error: No matching VMs found' 'E118 no such name' vm-start vm=nosuch
complains 'Error: Multiple matches VMs found. --multiple required to complete the operation' \
  'E120 two matches' vm-shutdown tags:contains=prod
complains "Error: Unknown field 'force=x'" 'E125 a flag has no value' \
  vm-start uuid="$web" --force=x
exits 1 'E128 it runs already' ./xe vm-start vm=db
is '... in this form' "$(tail -n 3 <<<"$ERR")" "vm: $db (db)
expected: halted
actual: paused"
exits 1 'E129 one of two fails' ./xe vm-start tags:contains=prod paused=true --multiple
is '... on stdout' "$(sed 's/: [A-Z].*/:/' <<<"$OUT")" "operation failed on $db:
vm: $db (db)
expected: halted
actual: paused"
is '... not on stderr' "$ERR" ''
is '... and the other is started' "$(virsh domstate web)" paused
xe vm-shutdown vm=web --force

printf no | ./xe vm-uninstall vm=db >got 2>err
is 'E133 a declined question: exit status' $? 0
is 'E133 a declined question' "$(cat got)" "The following items are about to be destroyed
VM : $db (db)
Type 'yes' to continue
Aborted (you typed: 'no')"
./xe vm-uninstall vm=db </dev/null >got 2>err
is 'E135 no answer: exit status' $? 1
is 'E135 no answer' "$(cat got err)" "The following items are about to be destroyed
VM : $db (db)
Type 'yes' to continue
Lost connection to the server."
is 'E135 the VM is there' "$(xe vm-list uuid="$db" params=name-label --minimal)" db
exits 1 'E137 the host is not destroyed' \
  ./xe vm-destroy uuid="$(xe vm-list is-control-domain=true --minimal)"
like '... in this form' "$ERR" $'\nreason: .+$'

# ---- what is ours alone does not exist

for words in check sr-coalesce fields-doc failpoints; do
  complains "Unknown command: $words
$usage" "xe has no $words" $words
done
complains "Error: Unknown field 'json'" 'nor --json' vm-list --json
complains "Error: Unknown field 'tree'" 'nor --tree' snapshot-list --tree
unlike 'nor are they in its help' "$(xe help --all 2>&1)" 'sr-coalesce|dry-run'
