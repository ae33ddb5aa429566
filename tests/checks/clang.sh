#!/bin/bash
# SPDX-License-Identifier: MIT
# clang has no warning for any source of the program, nor, in ring all, for one of the tests.
cd "$(dirname "$0")/../.." && exec make -s --no-print-directory check-clang
