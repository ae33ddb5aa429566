# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Completion of vxe (and of xe, where that is a link to it) for bash: the program knows all words.
# Of a line, blanks separate words; what stands in quotes is left to the shell.

_vxe_words() {
  local line=${COMP_LINE:0:COMP_POINT} word head lines
  local -a words
  read -ra words <<<"$line"
  [[ $line != *[[:blank:]] ]] || words+=('')
  word=${words[${#words[@]}-1]}
  mapfile -t lines < <(vxe __complete "${words[0]##*/}" "${words[@]:1}" 2>/dev/null)
  # bash replaces only what follows the last of its own separators.
  head=${word%"${word##*[=:]}"}
  COMPREPLY=()
  for line in "${lines[@]}"; do
    line=${line%%$'\t'*}
    line=${line#"$head"}
    # Only what the shell would take apart is quoted.
    [[ $line != *[!A-Za-z0-9_.,:=/+@%-]* ]] || printf -v line %q "$line"
    [ -z "$line" ] || COMPREPLY+=("$line")
  done
  if [ ${#COMPREPLY[@]} -gt 0 ]; then
    compopt +o default
  fi
  case ${#COMPREPLY[@]} in
  1) [[ ${COMPREPLY[0]} != *[=:-] ]] || compopt -o nospace ;;
  esac
}
complete -o nosort -o default -F _vxe_words vxe
[[ $(readlink -f "$(type -P xe)" 2>/dev/null) != */vxe ]] || complete -o nosort -o default -F _vxe_words xe
