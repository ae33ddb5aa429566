#!/bin/bash
# SPDX-License-Identifier: MIT
# Every header compiles alone.
cd "$(dirname "$0")/../.." && exec make -s --no-print-directory check-headers
