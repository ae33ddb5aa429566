#!/bin/bash
# SPDX-License-Identifier: MIT
# vxe report: a page that stands alone, in valid HTML, with each VM, snapshot and schedule; names cannot break it.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/report.sh"

report_world '<b>db & "co"'
exits 0 'the page' vxe report
page=$OUT
printf '%s\n' "$page" >page.html
exits 0 'it is valid' tidy -q -e page.html
is '... without a remark' "$ERR" ''
unlike 'nothing is fetched' "$page" '<script|<link|<img|<iframe|src=|@import|url\(|https?:'
like 'a name is text' "$page" '&#60;b&#62;db &#38; &#34;co&#34;'
unlike '... and no element' "$page" '<b>db'
for name in "${SNAPSHOTS[@]}"; do
	like "the snapshot $name" "$page" "<li>$(sed 's/</\&#60;/g; s/>/\&#62;/g' <<<"$name") <small>"
done
is 'as many circles as snapshots, and one for the present state' "$(grep -c '<circle' page.html)" $((${#SNAPSHOTS[@]} + 1))
like 'the schedule has run' "$page" '2 taken'
like '... and will again' "$page" '24 due'
like '... and says what its next run deletes' "$page" 'the next run deletes web: nightly-'
like 'the check, with what it says besides' "$page" 'Nothing runs the schedule'
ok 'the guest pauses, so that its files stay as large' vxe vm-pause vm=web
# storage: what vxe space has in all. A file may still grow when its file system writes what QEMU has written.
storage() {
  vxe space --json | jq -r '[.[].files[] | {file, bytes}] | unique_by(.file) | map(.bytes) | add' |
    numfmt --to=iec-i --round=nearest --format=%.1f | sed 's/[KMG]i/ &B/'
}
before=$(storage) page=$(vxe report) after=$(storage)
like 'the sum is that of vxe space' "$page" ", ($before|$after) on the storage"
exits 0 'of one VM' vxe report "uuid=$DB"
like '... that one' "$OUT" "id=\"vm-$DB\""
unlike '... and no other' "$OUT" "id=\"vm-$WEB\""
exits 0 'as JSON' vxe report --json
like '... the page in one document' "$(jq -r .html <<<"$OUT")" '^<!DOCTYPE html>'
