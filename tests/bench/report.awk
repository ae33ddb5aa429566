# SPDX-License-Identifier: MIT
#
# Samples (row, size, side, microseconds, separated by tabs) to a report: FORMAT=json; FORMAT=versions, the rows of a
# table that has rows of other versions, too; FORMAT=limits, the rows with a limit; FORMAT=over, those above it; or Markdown
# with the variables when, cpus and libvirt.

function add_once(list, count, x) {
  if (!((list, x) in known)) { known[list, x] = 1; names[list, ++count[list]] = x }
}

# Sorts the samples of a key; sets low, middle and high, in ms.
function summarize(key,    n, i, k, x, v) {
  n = amount[key]
  for (i = 1; i <= n; i++) {
    x = value[key, i]
    for (k = i - 1; k > 0 && v[k] > x; k--) v[k + 1] = v[k]
    v[k + 1] = x
  }
  low = v[1] / 1000
  high = v[n] / 1000
  middle = (v[int((n + 1) / 2)] + v[int(n / 2) + 1]) / 2000
}

function short(ms) { return ms < 10 ? sprintf("%.1f", ms) : sprintf("%.0f", ms) }

function cell(key) {
  summarize(key)
  return short(middle) " (" short(low) "–" short(high) ")"
}

function print_json(    i, size, side, r, s, first) {
  print "["
  for (r = 1; r <= count["row"]; r++)
    for (s = 1; s <= count["size"]; s++)
      for (i = 1; i <= count["side"]; i++) {
        size = names["size", s]; side = names["side", i]
        if (!((names["row", r], size, side) in amount)) continue
        summarize(names["row", r] SUBSEP size SUBSEP side)
        printf "%s{\"row\": \"%s\", \"domains\": %d, \"side\": \"%s\", \"samples\": %d, \"median_ms\": %.3f, \"min_ms\": %.3f, \"max_ms\": %.3f}",
          first++ ? ",\n" : "", names["row", r], size, side, amount[names["row", r], size, side], middle, low, high
      }
  print "\n]"
}

function other_side(row, size,    i) {
  for (i = 1; i <= count["side"]; i++)
    if (names["side", i] !~ /^(vxe|at most, .*)$/ && (row, size, names["side", i]) in amount) return names["side", i]
  return ""
}

# The limit of a row, "more" or "times"; empty: it has none.
function limit_of(row, size) {
  if ((row, size, "at most, more") in amount) return "more"
  return (row, size, "at most, times") in amount ? "times" : ""
}

# Rows with a limit, or those that are beside one.
function has_limit(row, size) { sub(/, beside .*/, "", row); return limit_of(row, size) != "" }

function print_limits(    r, row, other, kind, ours, theirs, limit) {
  for (r = 1; r <= count["row"]; r++) {
    row = names["row", r]
    if (!has_limit(row, 0)) continue
    kind = limit_of(row, 0); other = other_side(row, 0)
    summarize(row SUBSEP 0 SUBSEP other); theirs = middle
    summarize(row SUBSEP 0 SUBSEP "vxe"); ours = middle
    limit = kind == "" ? 0 : value[row, 0, "at most, " kind, 1] / 1000
    if (FORMAT == "over") {
      if (kind == "more" && ours - theirs > limit || kind == "times" && ours > theirs * limit)
        printf "%s: %.1f ms, and %.1f by %s: the limit is %g %s\n", row, ours, theirs, other, limit, kind == "more" ? "ms more" : "times"
      continue
    }
    printf "| %s | %s | %s | %s | ", row, cell(row SUBSEP 0 SUBSEP "vxe"), other, cell(row SUBSEP 0 SUBSEP other)
    if (kind == "more") printf "%.1f ms more | %g ms more |\n", ours - theirs, limit
    else printf "%.2f times | %s |\n", ours / theirs, kind == "" ? "" : sprintf("%g times", limit)
  }
}

function print_table(size,    r, row, other, ours, any) {
  for (r = 1; r <= count["row"]; r++)
    any = any || ((names["row", r], size, "vxe") in amount) && !has_limit(names["row", r], size)
  if (!any) return
  print "\n## " (size > 0 ? size : "No") " other domains\n"
  print "| | vxe, ms | the other side | ms | ratio |\n|---|---|---|---|---|"
  for (r = 1; r <= count["row"]; r++) {
    row = names["row", r]
    if (!((row, size, "vxe") in amount) || has_limit(row, size)) continue
    other = other_side(row, size)
    printf "| %s | %s | ", row, cell(row SUBSEP size SUBSEP "vxe")
    ours = middle
    if (other == "") { print "| | |"; continue }
    printf "%s | %s | ", other, cell(row SUBSEP size SUBSEP other)
    printf "%.2f |\n", ours / middle
  }
}

# Rows "by version|GUEST" have the sides silent, stopped, took and MiB.
function print_versions(    r, row) {
  for (r = 1; r <= count["row"]; r++) {
    row = names["row", r]
    if (row !~ /^by version\|/) continue
    printf "| %s | %s | %s | %s | %s | %s |\n", versions, substr(row, length("by version|") + 1),
      cell(row SUBSEP 0 SUBSEP "silent"), cell(row SUBSEP 0 SUBSEP "stopped"), cell(row SUBSEP 0 SUBSEP "took"),
      cell(row SUBSEP 0 SUBSEP "MiB")
  }
}

BEGIN { FS = "\t" }
{
  add_once("row", count, $1); add_once("size", count, $2); add_once("side", count, $3)
  value[$1, $2, $3, ++amount[$1, $2, $3]] = $4
}
END {
  if (FORMAT == "json") { print_json(); exit }
  if (FORMAT == "versions") { print_versions(); exit }
  if (FORMAT == "limits" || FORMAT == "over") { print_limits(); exit }
  print "# Performance\n"
  print "Written by `make bench`. Both sides take turns in one run on private hosts; medians, with minimum and maximum,"
  print "in milliseconds. The domains beside the measured one are halted and have one disk each."
  print "\n" when ", libvirt " libvirt ", " cpus " processors."
  for (s = 1; s <= count["size"]; s++) print_table(names["size", s])
}
