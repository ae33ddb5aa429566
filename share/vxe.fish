# SPDX-License-Identifier: MIT
# Completion of vxe (and of xe, where that is a link to it) for fish: the program knows all words.

function __vxe_words
    set -l words (commandline -opc) (commandline -ct)
    set -l found (vxe __complete (path basename $words[1]) $words[2..] 2>/dev/null)
    if set -q found[1]
        printf '%s\n' $found
        return
    end
    # Nothing of vxe's own: a file, of filename=FILE the part behind the first sign.
    set -l parts (string split -m 1 = -- (commandline -ct))
    if set -q parts[2]
        for file in (__fish_complete_path $parts[2])
            printf '%s=%s\n' $parts[1] $file
        end
    else
        __fish_complete_path "$parts"
    end
end
complete -c vxe -k -f -a '(__vxe_words)'
if test (path basename (path resolve (command -v xe; or echo none))) = vxe
    complete -c xe -k -f -a '(__vxe_words)'
end
