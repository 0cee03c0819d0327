#!/usr/bin/env bash
# Style, lint and types; what CI runs beside the tests.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
environment test
ruff format --check .
ruff check .
mypy gxjax experiments
