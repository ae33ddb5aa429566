#!/bin/bash
# SPDX-License-Identifier: MIT
# All C sources are as `make format` leaves them. Other versions of the tool break lines elsewhere.
set -u
cd "$(dirname "$0")/../.." || exit 1
if ! clang-format --version 2>/dev/null | grep -q ' version 14\.'; then
  echo 'SKIP: format: no clang-format 14'
  exit 0
fi
find xe objects store backends tests -name '*.[ch]' -print0 |
  xargs -0 -P 2 -n 40 clang-format --dry-run -Werror
