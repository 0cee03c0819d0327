"""Flags that change how a run goes, not what comes out."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.option import option

__all__ = ["RunningFlags"]


@dataclass(frozen=True)
class RunningFlags:
    """Memory, devices, checkpoints and warnings; free to change at a restart.

    Results agree to rounding, and bit by bit on the same devices.
    """

    # They belong to no stage, so a workdir never refuses a change of them.
    max_memory: float = option(
        0.0,
        "GiB per device: of all that training takes, which is refused beyond it, and "
        "of all that attribution takes, whose genotypes are streamed, then tiles and "
        "batches cut, until it fits. 0: no limit but the device's own. Of the host it "
        "bounds what the cohort stage holds of the genotypes, 1 GiB at the most",
        lower=0,
        upper=1e6,
    )
    training_mesh: str = option(
        "auto",
        "devices that training is spread over, as member,sample,variant: 2,1,4 gives "
        "half of the members to four devices each, which share the variants. auto: "
        "all accelerators, over members, then variants",
    )
    distributed: str = option(
        "auto",
        "auto: several processes work as one where Slurm, Open MPI, a TPU slice or the "
        "three flags below say so; off: this process alone",
        choices=("auto", "off"),
    )
    coordinator: str | None = option(
        None,
        "host:port of process 0, where no cluster tells; with --num_processes and "
        "--process_id",
        saved=False,
    )
    num_processes: int | None = option(
        None, "how many processes work as one", lower=1, saved=False
    )
    process_id: int | None = option(
        None, "which of them this is, from 0", lower=0, saved=False
    )
    heartbeat_timeout: int = option(
        100,
        "seconds of silence after which a process counts as lost and the others end",
        lower=2,
    )
    stream: bool = option(
        False,
        "send packed genotypes to the devices a batch at a time, where they are too "
        "many to stay there",
    )
    checkpoint_steps: int = option(
        0, "training steps between checkpoints; 0: by minutes alone", lower=0
    )
    checkpoint_minutes: float = option(
        5.0, "minutes between checkpoints of training; 0: by steps alone", lower=0
    )
    tensorboard: bool = option(
        False,
        "write TensorBoard events to <workdir>/ensemble/<arm>/events (pip install "
        "'gxjax[tensorboard]')",
    )
    profile_steps: str = option(
        "", "training steps to trace with jax.profiler, as first:last, such as 20:25"
    )
    attribution_mesh: str = option(
        "auto",
        "devices that attribution is spread over, as member,sample,variant: 1,1,8 cuts "
        "the variants into eight. auto: all of this host, over people if the number of "
        "devices divides --attribution_batch_size, else over variants",
    )
    attribution_checkpoint_seconds: float = option(
        60.0, "how often an unfinished attribution is saved", lower=0
    )
    completeness_tolerance: float = option(
        0.25,
        "warn where a method that claims completeness misses it by more than this "
        "share for more than 1 % of people and networks. Shares are of the change of "
        "output, so they are large where it hardly changes",
        lower=0,
    )
