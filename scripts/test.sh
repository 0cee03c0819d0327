#!/usr/bin/env bash
# All tests, on all cores; further arguments go to pytest, which then runs on one
# (scripts/test.sh tests/cohort -x; scripts/test.sh -n 2 tests/ensemble).
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
environment test
# A file stays with one process: its tests share networks and compiled programs.
[ $# -gt 0 ] || set -- --numprocesses "$(nproc)" --dist loadfile
exec python -m pytest "$@"
