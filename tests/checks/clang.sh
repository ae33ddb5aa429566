#!/bin/bash
# SPDX-License-Identifier: MIT
# clang finds nothing to say about any source either.
cd "$(dirname "$0")/../.." && exec make -s --no-print-directory check-clang
