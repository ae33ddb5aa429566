#!/bin/bash
# SPDX-License-Identifier: MIT
# A thousand races of two hosts for one guest.
# shellcheck disable=SC2034 # for the script
RACES=1000
# shellcheck source=227-start-race.sh
. "$TESTS/e2e/pool/227-start-race.sh"
