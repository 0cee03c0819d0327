#!/usr/bin/env bash
# The main job: simulate or read a cohort, plant truth, train, attribute, benchmark, report.
# Without arguments: the embedded cohort, into ./demo_out. Otherwise every argument goes
# to experiments/benchmark.py (see scripts/run.sh --help).
caller="$PWD"
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
repository="$PWD"
environment
if [ $# -eq 0 ]; then
    set -- --flagfile="$repository/experiments/configs/demo.flags"
fi
# Paths in the arguments are the caller's.
cd "$caller"
exec python -m experiments.benchmark "$@"
