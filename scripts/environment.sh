# Sourced by run.sh, test.sh and check.sh: makes the virtual environment once, and
# again whenever setup.cfg changes. Usage: environment [extra]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

environment() {
    local extra="${1:-}" python="${PYTHON:-python3}" stamp
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "gxjax needs Python 3.11 or newer; '$python' is $("$python" --version)." \
             "Name another with PYTHON=/path/to/python." >&2
        exit 2
    }
    stamp=".venv/installed-${extra:-core}-$(cksum <setup.cfg | cut -d' ' -f1)"
    if [ ! -e "$stamp" ]; then
        echo "Making the environment in .venv (about a minute) ..." >&2
        [ -x .venv/bin/python ] || "$python" -m venv .venv
        .venv/bin/python -m pip install --quiet --editable ".${extra:+[$extra]}"
        rm -f .venv/installed-"${extra:-core}"-*
        touch "$stamp"
    fi
    PATH="$PWD/.venv/bin:$PATH"
}
