# SPDX-License-Identifier: MIT
# Completion of vxe (and of xe, where that is a link to it) for fish: the program knows all words.

function __vxe_words
    set -l words (commandline -opc) (commandline -ct)
    vxe __complete (path basename $words[1]) $words[2..] 2>/dev/null
end
complete -c vxe -f -a '(__vxe_words)'
if test (path basename (path resolve (command -v xe; or echo none))) = vxe
    complete -c xe -f -a '(__vxe_words)'
end
