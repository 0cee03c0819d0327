#!/usr/bin/env bash
# Trains over all hosts of a Cloud TPU slice that exists already:
#
#   scripts/launch_tpu.sh my-v5e-32 us-west4-a --bfile /mnt/data/ukb \
#       --pheno /mnt/data/height.pheno --workdir /mnt/data/gxjax_out
#
# The first two arguments are the name and the zone of the slice; the rest goes to
# experiments/benchmark.py. Paths are those of the hosts: --bfile and --workdir must be on
# a file system that all of them mount (Filestore, or a bucket through gcsfuse). Starting
# it again goes on from the last checkpoint.
set -euo pipefail

if [ $# -lt 2 ]; then
    echo "usage: scripts/launch_tpu.sh NAME ZONE [--flag value ...]" >&2
    exit 2
fi
name="$1" zone="$2"
shift 2
cd "$(dirname "${BASH_SOURCE[0]}")/.."

everywhere() {
    gcloud compute tpus tpu-vm ssh "$name" --zone="$zone" --worker=all --command="$1"
}

# What git knows, as it is here, with changes that are not committed.
archive="$(mktemp --suffix=.tar.gz)"
trap 'rm -f "$archive"' EXIT
git ls-files -z --cached --others --exclude-standard |
    tar --create --gzip --file="$archive" --null --ignore-failed-read --files-from=-
gcloud compute tpus tpu-vm scp "$archive" "$name:gxjax.tar.gz" --zone="$zone" --worker=all
everywhere 'mkdir -p gxjax && tar -xzf gxjax.tar.gz -C gxjax && cd gxjax &&
    source scripts/environment.sh && environment &&
    .venv/bin/python -m pip install --quiet "jax[tpu]"'

# Quoted once more: the command is read by a shell on every host.
arguments=""
[ $# -eq 0 ] || arguments="$(printf '%q ' "$@")"
everywhere "cd gxjax && .venv/bin/python -m experiments.benchmark $arguments"
