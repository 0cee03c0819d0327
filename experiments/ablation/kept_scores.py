"""Scores that an ablation keeps: where, and whether they are of what is there now."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np

from experiments.ablation.grid import Setting
from experiments.arms import ArmPlan, arm_plans
from experiments.configuration import Configuration
from experiments.records import load_arrays
from experiments.workdir import Workdir

__all__ = ["check_made_of", "is_kept", "kept_file", "made_of"]


def is_kept(
    configuration: Configuration,
    work: Workdir,
    plan: ArmPlan,
    setting: Setting,
    people: np.ndarray,
) -> bool:
    """Whether a setting was scored already, on these people and networks."""
    path = kept_file(work, plan.name, setting)
    if not path.exists():
        return False
    found = load_arrays(path, "ablation", ("people", "made_of"))
    same = np.array_equal(found["people"], people)
    return same and int(found["made_of"]) == made_of(configuration, work, plan)


def made_of(configuration: Configuration, work: Workdir, plan: ArmPlan) -> int:
    """A number that changes with the networks and the settings of attribution."""
    flags = configuration.attribution
    words = (
        *(flags.noise_draws, flags.noise_sigma, flags.integration_steps),
        *(flags.integration_tolerance, flags.baseline_people, flags.definitions),
    )
    trained = (work.folder(f"ensemble/{plan.name}") / "done").read_text()
    return zlib.crc32(f"{words} {trained}".encode())


def kept_file(work: Workdir, name: str, setting: Setting) -> Path:
    """Where the scores of an arm under a setting are kept; makes the folder."""
    folder = work.stage(f"ablation/scores/{work.replicate}")
    kind = "global" if setting.multiplied else "local"
    return folder / f"{name}.{setting.baseline}.{kind}.npz"


def check_made_of(configuration: Configuration, work: Workdir) -> None:
    """Raises ValueError if kept scores are of other networks or flags than now.

    What it can NOT tell: of what a table was made whose scores were deleted.

    Args:
      configuration: of the run, as it is now.
      work: of the run; every replicate that was ablated is looked at.
    """
    for number in range(configuration.benchmark.replicates):
        one = work.of_replicate(number)
        for plan in arm_plans(configuration, number):
            folder = one.folder(f"ablation/scores/{number}")
            for path in sorted(folder.glob(f"{plan.name}.*.npz")):
                kept = load_arrays(path, "ablation", ("made_of",))["made_of"]
                if int(kept) != made_of(configuration, one, plan):
                    raise ValueError(
                        f"{path}: made of other networks or flags than are in "
                        f"{work.path} now; run experiments.ablate --overwrite with the "
                        "same --workdir"
                    )
