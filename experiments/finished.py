"""A run that is there already, for commands that look at it again."""

from __future__ import annotations

from experiments import flags
from experiments.configuration import Configuration
from experiments.workdir import Workdir

__all__ = ["finished_run"]


def finished_run(
    workdir: str, stage: str, replicates: int | None = None
) -> tuple[Configuration, Workdir]:
    """The saved flags of a run, and its folder.

    Args:
      workdir: its folder.
      stage: that must be done, in every replicate if replicates have it.
      replicates: how many need have it, from the first on; None: all.

    Raises:
      ValueError: no run is there, or the stage is not done.
    """
    work = Workdir(workdir)
    if work.saved_flags() is None:
        raise ValueError(
            f"--workdir={workdir}: there is no run.flags, so no run of "
            "experiments/benchmark.py; give the folder of one"
        )
    saved = f"--flagfile={work.path / 'run.flags'}"
    words = ["benchmark", saved, f"--workdir={work.path}"]
    configuration = flags.parse(words).configuration
    count = configuration.benchmark.replicates
    for number in range(min(count, replicates or count)):
        work.of_replicate(number).require(stage)
    return configuration, work
