#!/bin/bash
# SPDX-License-Identifier: MIT
# clang has no warning for any source.
cd "$(dirname "$0")/../.." && exec make -s --no-print-directory check-clang
