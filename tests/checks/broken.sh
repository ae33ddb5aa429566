#!/bin/bash
# SPDX-License-Identifier: MIT
# Each check of this folder fails when what it forbids is done, and says it: in a copy of the tree everything that is
# forbidden is done at once, then each check runs once. Those that take long are tried in ring all.
set -u
cd "$(dirname "$0")/../.." || exit 1
found=0
copy=$(mktemp -d /tmp/vxe-broken.XXXXXX) || exit 1
trap 'rm -rf "$copy"' EXIT

tar --exclude=./build --exclude=./.git -cf - . | tar -xpf - -C "$copy" || exit 1
mkdir -p "$copy/build/asan/tests" || exit 1
for folder in objects xe store backends; do
  (cd build/asan && find $folder -name '*.o' -print0 | tar --null -T - -cf -) | tar -xpf - -C "$copy/build/asan" || exit 1
done
cp -rp build/asan/vxe build/asan/*.so build/asan/man build/asan/html "$copy/build/asan/" || exit 1
[ ! -d build/asan/tests/fuzz ] || cp -rp build/asan/tests/fuzz "$copy/build/asan/tests/"
cd "$copy" || exit 1
export PATCHES_ONLY=1 # of contributing: what it builds is not what is broken

SLOW='clang commands docs fuzz format headers install packages reproducible virsh'
WANTED=()
# sees CHECK WHAT REGEX: the check has to say this of what was done just before.
sees() { WANTED+=("$1"$'\t'"$2"$'\t'"$3"); }
compiled() { gcc -std=gnu17 -D_GNU_SOURCE -I. -c -o "build/asan/${1%.c}.o" "$1" 2>/dev/null || { echo "$1 cannot be compiled" && found=1; }; }
# adds FILE LINE...: lines at its end.
adds() {
  local file=$1
  shift
  printf '%s\n' "$@" >>"$file"
}
# turns FILE SED
turns() {
  cp "$1" was && sed -i "$2" "$1"
  ! cmp -s was "$1" || { echo "$1 is not changed by $2" && found=1; }
}

# ---- layers: also the ways around it that were open once -----------------------------------------

adds objects/helper.c 'void op_clear(void *);' 'void zz_up(void *);' 'void zz_up(void *p)' '{' '	op_clear(p);' '}' && compiled objects/helper.c
sees layers 'a file beside the registry' 'objects/helper.c: only the registry'
adds store/lease.c 'void vm_suspend(void);' 'void zz(void);' 'void zz(void)' '{' '	vm_suspend();' '}' && compiled store/lease.c
sees layers 'a call upwards without its header' 'store/lease.c .store. uses vm_suspend'
sleep 0.1 && adds store/cells.c 'void zz_cells(void);'
sees layers 'a source that was not compiled again' 'store/cells.c: changed since'
rm build/asan/store/doc.o
sees layers 'a missing object' 'store/doc.c: changed since'
turns objects/engine/op.c '0,/^#include/s//#include "objects\/vm\/vm_ops.h"\n#include/'
sees layers 'a header of a room above' 'objects/engine/op.c .engine. includes'
# prints FILE CALL
prints() { adds "$1" '#include <stdio.h>' '#include <unistd.h>' 'void zz_out(void);' 'void zz_out(void)' '{' "	$2;" '}' && compiled "$1"; }
prints objects/vm/vm_clone.c 'fputs("x", stdout)'
sees layers 'output by fputs' 'objects/vm/vm_clone.c writes.*stdout'
prints objects/vm/vm_pause.c 'dprintf(1, "x")'
sees layers 'output by dprintf' 'objects/vm/vm_pause.c writes.*dprintf'
prints objects/vm/vm_reset.c '(void)!write(1, "x", 1)'
sees layers 'output by write' 'objects/vm/vm_reset.c writes to the terminal'
adds objects/vm/vm_copy.h '#define ZZ_FILE(s) strcmp((s).type, "file")' '#define ZZ_SMB(s) strcmp((s)->type, "smb")' '#define ZZ_NFS(s) str_eq((s), "nfs")'
sees layers 'a type of SR' 'vm_copy.h:.*[.]type, "file"'
sees layers 'a type of SR that is new' 'vm_copy.h:.*type, "smb"'
sees layers 'the word of a type' 'vm_copy.h:.*"nfs"'
adds objects/vm/vm_spare.c '/* nothing */'
sees layers 'a source that is in no build' 'objects/vm/vm_spare.c: changed since'
mkdir objects/spare && adds objects/spare/spare.h '#pragma once'
sees layers 'a folder that is no room' 'objects/spare/spare.h: in no room'

# ---- the others ----------------------------------------------------------------------------------

adds objects/vm/vm_disk_add.c 'int step_thaw(void *, void *);' 'int zz_step(void *o);' 'int zz_step(void *o)' '{' '	return step_thaw(o, o);' '}' && compiled objects/vm/vm_disk_add.c
sees acts 'a function of a step of disks' 'objects/vm/vm_disk_add.c step_thaw'
adds objects/guest_state/state_file.c 'extern const int other_domains_members[];' 'const int *zz_data(void);' 'const int *zz_data(void)' '{' '	return other_domains_members;' '}' && compiled objects/guest_state/state_file.c
sees acts 'the data of a step of disks' 'objects/guest_state/state_file.c other_domains_members'

adds xe/output/terminal_text.c 'void zz_text(char *p) { strcpy(p, p); }'
sees banned 'strcpy' 'xe/output/terminal_text.c: .*strcpy'
adds tests/lib/zz.sh 'true'
sees banned 'a file without a licence' 'tests/lib/zz.sh: no SPDX'
for file in xe/output/{io,progress,table,text}.c; do
  adds "$file" 'static int zz_often;'
done
sees banned 'a name in many files' 'zz_often is static in 4 files: .*xe/output/table.c'
adds xe/output/io.c 'static void zz_long(void)' '{' '	;'{1..60} '}'
sees banned 'a long function' 'xe/output/io.c: zz_long.. has 63 lines'
adds xe/output/table.c 'int zz_more'{1..600}'(void);'
sees banned 'a long file' 'xe/output/table.c: more than 600 lines'
adds xe/zz.h '/* SPDX-License-Identifier: MIT */' 'struct zz { struct never_declared x; };'
sees banned 'a header without a guard' 'xe/zz.h: no #pragma once'
turns tests/commands.tsv 's/^vm-start\tdone/vm-start\trefused/'
sees commands 'a command that is not what the table says' 'refused, but help says otherwise|vm-start is refused without'
turns tests/conformance/domain_cases.c 's/hv_xml_many(/hv_xml_none(/'
sees conformance 'a call that no case makes' 'no case calls hv_xml_many'
adds objects/disks/disks.h 'int zz_more'{1..40}'(void);'
sees disks 'a header that grows' 'functions; 40 are allowed'
adds objects/storage/vdi_update.c '#include "objects/disks/overlay.h"'
sees disks 'another header of disks' 'vdi_update.c:.*objects/disks/overlay.h'
adds objects/storage/vdi_loaded.c 'int merge_plan(void);' 'int zz_merge(void);' 'int zz_merge(void)' '{' '	return merge_plan();' '}' && compiled objects/storage/vdi_loaded.c
sees disks 'a function of disks that is not for others' 'objects/storage/vdi_loaded.c uses merge_plan'
turns docs/performance.md 's/^| `watch` |/| `wach` |/'
sees numbers 'a shortcut without a row' 'differ in: watch'
turns objects/file_index/name_filter.c 's/shortcut_on(SHORTCUT_NAMES)/true/'
sees numbers 'a shortcut that cannot be turned off' 'no code asks for SHORTCUT_NAMES'
turns debian/changelog '1s/vxe (/vxe (99./'
sees numbers 'another version in a package' 'debian/changelog: not of version'
turns rpm/vxe.spec 's/^Version: */&99./'
sees numbers 'another version in the spec' 'rpm/vxe.spec: not of version'
turns CHANGELOG.md "s/^## 0.1.0/## 0.9.9\n$(printf '%0.s\\n' {1..41})&/"
sees numbers 'a long section of the changelog' 'CHANGELOG.md: 0.9.9 has more than 40 lines'
turns docs/contributing.md 's/^ \tchar \*name_description;$/ \tchar *zz_was;/'
sees contributing 'a patch that no longer applies' "diff of 'A stored field' does not apply"
turns docs/contributing.md '/^## An error$/,/^```diff$/s/^```diff$/```c/'
sees contributing 'a step without its patch' "no section 'An error' with a diff"
adds docs/start.md '[nowhere](nowhere.md)'
sees docs 'a link to nothing' 'docs/start.md: no such file: nowhere.md'
turns build/asan/html/docs/start.html 's/packages\.html/zz.html/'
sees docs 'a page of HTML that leads nowhere' 'docs/start.html: no such file: zz.html'
rm build/asan/man/vxe-vm-start.1
sees docs 'a command without its manual page' 'other commands have manual pages of their own'
adds docs/fields.md 'by hand'
sees docs 'a generated page changed by hand' 'docs/fields.md is stale'
turns objects/session/session.h 's|^\tconst struct wishes \*wishes;|&\n\tbool zz_lazy;\n\tvoid (*zz_above)(struct session *s);\n\tvoid *zz_own;|'
adds objects/disks/active_layer.c 'void *zz_use(struct session *s) { return s->zz_own; }'
sees context 'an option in the session' 'struct session: zz_lazy is no state'
sees context 'a pointer upwards' 'struct session: zz_above is a pointer'
sees context 'a member of one room' 'only objects/disks uses zz_own'
turns tests/e2e/words/93-dry-run.sh 's/^does vm-pause /dry vm-pause /'
sees dry 'a dry run that nobody compares' 'dry run of vm-pause'
turns objects/base/codes.h 's/^\tX(SR_FULL, /\tX(ZZ_NOBODY, API, FAILED, "x") \\\n&/'
sees errors 'a code that nothing raises' 'nothing raises ZZ_NOBODY'
adds objects/disks/steps/copy_steps.c 'bool zz_judge(const struct content_header *h) { return h->dirty; }'
sees images 'another judge of a header' 'copy_steps.c:.*h->dirty'
adds objects/vm/vm_install.c 'void zz_start(void)' '{' '	const char *const argv[] = { "qemu-img", "info", NULL };' '}'
sees images 'a program of QEMU that nobody has listed' 'objects/vm/vm_install.c zz_start'
adds objects/vm/vm_template.c 'int zz_thaw(void *c);' 'int zz_thaw(void *c)' '{' '	return content_thaw(c, 0, 0);' '}' && compiled objects/vm/vm_template.c
sees images 'a room that writes to images' 'objects/vm/vm_template.c content_thaw'
adds objects/devices/device.c 'int zz_look(void *c);' 'int zz_look(void *c)' '{' '	return content_stat(c, 0, 0);' '}' && compiled objects/devices/device.c
sees images 'a room above disks that asks the door' 'objects/devices/device.c content_stat'
adds backends/content/content.h 'int zz_more'{1..25}'(void);'
sees images 'a door that grows' 'functions; 25 are allowed'
adds objects/vm/vm_install.c '#include "backends/content/content_private.h"'
sees images 'a way around the door' 'vm_install.c:.*content_private.h'
adds objects/vm/vm_create.h '#define ZZ_MEMBER(p) plan_has(p, "zz-member")'
sees members 'a member that no operation declares' '"zz-member" is a member that no operation declares'
cp tests/e2e/hosts/00-harness.sh tests/e2e/hosts/01-zz.sh
sees numbers 'a number twice' 'more than one test has: 01'
sees rings 'a script in no ring' 'tests/e2e/hosts/01-zz.sh stands in 0 rows'
cp tests/e2e/hosts/00-harness.sh tests/e2e/290-zz.sh
sees rings 'a script in no area' 'tests/e2e/290-zz.sh is in no folder'
mkdir tests/e2e/zz && cp tests/e2e/hosts/00-harness.sh tests/e2e/zz/291-zz.sh
sees rings 'an area that no page names' 'no row for tests/e2e/zz'
adds tests/e2e/hosts/00-harness.sh 'rm -rf "$VXE_STORE"'
sees rings 'a test that takes its store for a folder' '00-harness.sh takes its store for a folder'
adds tests/e2e/hosts/44-silent-libvirt.sh '# own store: because'
sees rings 'a test that does not run with PostgreSQL' 'more than 7 tests have a store of their own kind'
sees rings '... and does not say why' '44-silent-libvirt.sh does not say why'
mkdir tests/unit/zz && cp tests/unit/store/test_lease.c tests/unit/zz/
sees rings 'a unit of nothing' 'tests/unit/zz/test_lease.c: there is no folder zz'
sees rings 'a unit twice' 'more than one file makes: test_lease.c'
rm tests/unit/objects/audit/test_*.c
sees rings 'a folder without a unit' 'objects/audit has no unit'
turns tests/rings.list 's/^check [0-9]* \(.*00-harness.sh\)$/check 2000 \1/'
sees rings 'a make check that takes too long' 'in ring check take [0-9]* s'
tee tests/bench/zz{1..40}.sh </dev/null
sees rings 'a full folder' 'tests/bench has [0-9]+ scripts; 40 are allowed'
turns Makefile 's/^PACKAGES := /&zz-nothing /'
sees packages 'a package that is not there' 'zz-nothing is not installed'
turns tests/pitfalls.tsv 's/^p05\t/p55\t/'
sees pitfalls 'a row in the wrong place' 'p55 stands in the place of p05'
turns tests/situations.tsv '0,/^3\t/s/which the domain db uses, too/zz &/'
sees situations 'words that no script has' '^tests/situations.tsv: 3 .*has no "zz'
turns backends/hv/hv_by_version.c '0,/"tests\/e2e/s//"tests\/zz/'
sees versions 'a test that is not there' 'no tests/zz'
adds docs/from-virsh.md '' '| `snapshot-zz` | `vm-zz` | | 05-depth |'
sees virsh 'a command that there is not' 'no such command: vm-zz'
find tests/e2e -name '*.sh' -exec sed -i -E 's/(wrong|leads|again) SR_FULL/\1x SR_FULL/' {} +
sees ways 'a way out that nobody took' 'no test (meets|does what|runs what) SR_FULL'

adds objects/vm/vm_reboot.c 'static int zz_unused;'
sees clang 'a warning' 'zz_unused'
mkdir tests/fuzz/corpus/zz && echo x >tests/fuzz/corpus/zz/one
sees fuzz 'inputs without a target' 'corpus/zz has no target'
adds objects/vm/new_vm.h 'int    zz_spaces( void );'
sees format 'what the formatter changes' 'new_vm.h'
sees headers 'a header that does not compile alone' 'zz.h'

# ---- each check, once ----------------------------------------------------------------------------

for script in tests/checks/*.sh; do
  name=$(basename "$script" .sh)
  [ "$name" != broken ] || continue
  [[ " $SLOW " != *" $name "* || ${RING:-} = all ]] || continue
  # What they build or run is not what they check.
  [[ " install reproducible runner units_end " != *" $name "* ]] || continue
  printf '%s\n' "${WANTED[@]}" | cut -f1 | grep -qx "$name" || { echo "nothing breaks $name" && found=1 && continue; }
  bash "$script" >said 2>&1 </dev/null && echo "$name sees nothing" && found=1
  while IFS=$'\t' read -r check what regex; do
    [ "$check" = "$name" ] || continue
    grep -qE -- "$regex" said && continue
    echo "$name does not see: $what" && head -n 20 said && found=1
  done < <(printf '%s\n' "${WANTED[@]}")
done
exit $found
