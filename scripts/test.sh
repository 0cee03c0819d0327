#!/usr/bin/env bash
# All tests; further arguments go to pytest (scripts/test.sh tests/cohort -x).
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
environment test
exec python -m pytest "$@"
