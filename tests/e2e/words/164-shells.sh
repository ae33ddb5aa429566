#!/bin/bash
# SPDX-License-Identifier: MIT
# zsh and fish complete words of vxe, and file names behind filename= as they do elsewhere. The shells are the real ones.
. "$TESTS/lib/e2e.sh"

share=$TESTS/../share
mkdir bin funcs folder
ln -s "$VXE" bin/vxe
cp "$share/_vxe" funcs
touch data.xva 'folder/a b.xva'
export PATH=$PWD/bin:$PATH

if command -v fish >/dev/null; then
  # fish_offers WORDS: what it offers for them.
  fish_offers() { HOME=$PWD fish --no-config -c "source $share/vxe.fish; complete -C '$1'" | cut -f1; }
  is 'fish: a file behind filename=' "$(fish_offers 'vxe vm-import filename=da')" filename=data.xva
  is 'fish: in a folder' "$(fish_offers 'vxe vm-import filename=folder/')" 'filename=folder/a b.xva'
  is 'fish: a command' "$(fish_offers 'vxe vm-wai')" vm-wait
  is 'fish: a value of vxe' "$(fish_offers 'vxe vm-wait state=r')" state=running
  isnt 'fish: the everyday commands are not behind the others' "$(fish_offers 'vxe snapshot-' | tail -n 1)" snapshot-uninstall
else
  skip 'fish is not installed: make deps'
fi

if command -v zsh >/dev/null; then
  cat >keys.zsh <<'END'
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "unsetopt beep; PS1=; fpath=($1 \$fpath); autoload -U compinit; compinit -u -D; echo is-rea''dy"
zpty -r z text '*is-ready*'
sleep 0.3
# The line with the completed word becomes an argument of ':' and is read back as the shell shows it.
zpty -w -n z "vxe $2"$'\t'
sleep ${3-1}
zpty -w -n z $'\x01print -r -- line=\'\x05\'\n'
zpty -w z "echo is-do''ne"
zpty -r z text '*is-done*'
print -r -- "$text"
END
  # zsh_line WORDS: the line after a tab.
  zsh_line() {
    HOME=$PWD ZDOTDIR=$PWD timeout 60 zsh -f keys.zsh "$PWD/funcs" "$1" | tr -d '\r' | sed -n 's/^line=vxe //p' | tail -n 1
  }
  like 'zsh: a file behind filename=' "$(zsh_line 'vm-import filename=da')" '^vm-import filename=data.xva ?$'
  like 'zsh: in a folder' "$(zsh_line 'vm-import filename=folder/')" '^vm-import filename=folder/a\\ b.xva ?$'
  like 'zsh: a command' "$(zsh_line 'vm-wai')" '^vm-wait ?$'
  like 'zsh: a value of vxe' "$(zsh_line 'vm-wait state=r')" '^vm-wait state=running ?$'
else
  skip 'zsh is not installed: make deps'
fi
