#!/usr/bin/env bash
# Trains over several nodes of a Slurm cluster, one task a GPU. Submit it from the root of
# the repository; every argument goes to experiments/benchmark.py:
#
#   sbatch --nodes=2 --gpus-per-node=8 --ntasks-per-node=8 --time=4:00:00 \
#       scripts/launch_slurm.sh --bfile /data/ukb --pheno /data/height.pheno \
#       --workdir /shared/gxjax_out
#
# GXJAX_JAX names the JAX to install first ("jax[cuda12]" if unset; "none": as it is).
# --workdir must be on a file system that all nodes share. At the time limit and when the
# job is preempted, training saves its state, and the job is queued again to go on.
#SBATCH --job-name=gxjax
#SBATCH --output=gxjax-%j.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=TERM@300
#SBATCH --nodes=1
#SBATCH --gpus-per-node=1
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
set -euo pipefail

# Slurm runs a copy of this script, from elsewhere.
repository="${SLURM_SUBMIT_DIR:?submit this script with sbatch, from the root of gxjax}"
# shellcheck source=scripts/environment.sh
source "$repository/scripts/environment.sh"
# Once, before many tasks would do it at the same time.
environment
[ "${GXJAX_JAX:=jax[cuda12]}" = none ] || .venv/bin/python -m pip install --quiet "$GXJAX_JAX"

# JAX gives each task the GPU of its number on the node: all must be visible.
status=0
srun --kill-on-bad-exit=1 --gpu-bind=none \
    "$repository/.venv/bin/python" -m experiments.benchmark "$@" || status=$?

# 143 is what a run says that SIGTERM stopped when its state was saved.
if [ "$status" -eq 143 ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$status"
