"""The arms of a run: which ensembles are trained, on which input and phenotype."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from experiments.configuration import Configuration, EnsembleFlags
from experiments.keys import root_key
from experiments.truth_records import load_arm, load_phenotype
from experiments.workdir import Workdir
from gxjax import rng
from gxjax.truth import shuffle_phenotype
from gxjax.types import Arm, Cohort

__all__ = [
    "ArmPlan",
    "arm_plans",
    "load_arm_phenotype",
    "load_planned",
    "null_arms",
    "planted_arm",
    "reference_arm",
]


class ArmPlan(NamedTuple):
    """An ensemble to be trained and scored.

    Attributes:
      name: of its folders.
      columns: its input: "spikein", "decoy", "knockoff" or "real".
      shuffle: number of the permutation of its phenotype; None: as it is.
      data_order: of `EnsembleFlags`; None: as the flags say.
      bootstrap: of `EnsembleFlags`; None: as the flags say.
    """

    name: str
    columns: str
    shuffle: int | None = None
    data_order: str | None = None
    bootstrap: bool | None = None

    def flags(self, flags: EnsembleFlags) -> EnsembleFlags:
        """The flags of this arm's ensemble."""
        changes = {"data_order": self.data_order, "bootstrap": self.bootstrap}
        given = {name: value for name, value in changes.items() if value is not None}
        return replace(flags, **given)  # type: ignore[arg-type]


def planted_arm(configuration: Configuration) -> str:
    """The arm whose columns hold what is to be found."""
    return "spikein" if configuration.truth.truth == "conditional" else "real"


def reference_arm(configuration: Configuration) -> tuple[str, str]:
    """The arm that precision is counted in, and the kind of its null columns."""
    exact = configuration.truth.knockoffs != "none"
    return ("knockoff", "knockoff") if exact else ("decoy", "permuted")


def null_arms(configuration: Configuration) -> list[str]:
    """Arms of the null ensembles."""
    return [
        f"null{number}" for number in range(configuration.faithfulness.null_ensembles)
    ]


def arm_plans(configuration: Configuration, replicate: int = 0) -> list[ArmPlan]:
    """Every arm of a replicate, in the order in which they are trained.

    The first three are the published ones. With a generative truth the real arm holds
    the causal variants, and there are no spike-ins. Only the first replicate has null
    ensembles and those of the spread: p-values and spread are of it alone, and further
    ones would be trained for nobody. What an older run left of them is passed over.
    """
    plans = [ArmPlan("decoy", "decoy"), ArmPlan("real", "real")]
    columns = planted_arm(configuration)
    if columns == "spikein":
        plans.insert(0, ArmPlan("spikein", "spikein"))
    if configuration.truth.knockoffs != "none":
        plans.append(ArmPlan("knockoff", "knockoff"))
    if replicate:
        return plans
    for number, name in enumerate(null_arms(configuration)):
        plans.append(ArmPlan(name, columns, shuffle=number))
    if configuration.benchmark.spread:
        plans += [
            ArmPlan("seed", "real", data_order="shared", bootstrap=False),
            ArmPlan("data_order", "real", data_order="own", bootstrap=False),
            ArmPlan("bootstrap", "real", data_order="own", bootstrap=True),
        ]
    return plans


def load_planned(work: Workdir, cohort: Cohort, plan: ArmPlan) -> Arm:
    """Puts an arm together from the cohort and the truth."""
    return replace(load_arm(work, cohort, plan.columns), name=plan.name)


def load_arm_phenotype(
    configuration: Configuration, work: Workdir, cohort: Cohort, plan: ArmPlan
) -> np.ndarray:
    """float32 [N]: the phenotype that an arm's networks learn."""
    phenotype = load_phenotype(work)
    if plan.shuffle is None:
        return phenotype
    key = rng.named(root_key(configuration, work), "experiments/null", plan.shuffle)
    return shuffle_phenotype(key, phenotype, cohort.split)
