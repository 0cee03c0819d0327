"""The baseline of an arm, and the file that keeps it beside the scores."""

from __future__ import annotations

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pandas as pd

from experiments.arms import ArmPlan
from experiments.baseline_file import GivenRows, read_baselines
from experiments.configuration import AttributionFlags, Configuration
from experiments.keys import root_key
from experiments.named_file import check_named_file
from experiments.scores import variant_columns, write_parquet
from experiments.workdir import Workdir
from gxjax import rng
from gxjax.attribution import Baseline, baseline, make_baseline
from gxjax.types import KINDS, TRAIN, Arm, Cohort, DosageSource

__all__ = ["arm_baseline", "check_baseline", "load_description", "save_baseline"]

_EXTRA = {
    "spikein": "; spike-ins: TRAIN mode",
    "decoy": "; decoys: that of the variant they copy",
    "knockoff": "; knockoffs: that of their variant",
    "real": "",
}


def arm_baseline(
    configuration: Configuration,
    work: Workdir,
    cohort: Cohort,
    plan: ArmPlan,
    arm: Arm,
    source: DosageSource,
    given: GivenRows | None,
) -> Baseline:
    """The baseline that --baseline asks for.

    Args:
      configuration: the flags.
      work: whose replicate names the draw of people.
      cohort: for its TRAIN people.
      plan: of the arm.
      arm: V columns.
      source: the arm's dosages.
      given: of --baseline file.
    """
    flags = configuration.attribution
    rows, words = None, ""
    if given is not None:
        rows = over_all_columns(given.rows, arm)
        words = given.description + _EXTRA[plan.columns]
    if flags.baseline == "people":
        train = np.flatnonzero(cohort.split == TRAIN)
        draw = rng.generator(root_key(configuration, work), "experiments/baseline")
        count = min(flags.baseline_people, len(train))
        chosen = draw.choice(train, count, replace=False).astype(np.int32)
        rows = np.asarray(source.fetch(source.arrays, jnp.asarray(chosen)))
        words = f"dosages of {count} TRAIN people"
        if flags.definitions == "published":
            rows = rows.mean(axis=0, keepdims=True)
            words = f"mean dosage of {count} TRAIN people"
    encoding = arm.encoding
    return make_baseline(
        flags.baseline, arm.counts, encoding.fill, rows, words, mean=encoding.mean
    )


def over_all_columns(rows: np.ndarray, arm: Arm) -> np.ndarray:
    """Rows of the real variants, [K, V], as rows of an arm's columns, [K, V'].

    A decoy or knockoff takes its variant's baseline. What was planted is in nobody's
    file: it takes the TRAIN mode.
    """
    kind, partner = arm.truth.kind, arm.truth.partner
    own = np.arange(len(kind))
    copied = np.isin(kind, [KINDS.index("decoy"), KINDS.index("knockoff")])
    # Real variants come first in every arm, whatever was planted among them.
    origin = np.where(own < rows.shape[1], own, np.where(copied, partner, -1))
    mode = baseline("mode", arm.counts, arm.encoding.fill)
    found = np.repeat(mode, len(rows), axis=0)
    found[:, origin >= 0] = rows[:, origin[origin >= 0]]
    return found


def check_baseline(flags: AttributionFlags) -> None:
    """Raises an error where --baseline and --baseline_file are at odds."""
    check_named_file("baseline", flags.baseline, flags.baseline_file, read_baselines)


def save_baseline(work: Workdir, arm: Arm, chosen: Baseline) -> None:
    """Writes a `Baseline` beside the scores: `#CHROM POS ID A1`, a column per row.

    Kind and description are the `attrs` that `pandas.read_parquet` gives back.
    """
    rows = {f"baseline.{number}": row for number, row in enumerate(chosen.rows)}
    table = pd.concat([variant_columns(arm), pd.DataFrame(rows)], axis=1)
    table.attrs = {"kind": chosen.kind, "description": chosen.description}
    write_parquet(table, _file(work, arm.name))


def load_description(work: Workdir, arm: str) -> str:
    """What the baseline of an arm says of itself."""
    table = pd.read_parquet(_file(work, arm), columns=["POS"])
    return str(table.attrs["description"])


def _file(work: Workdir, arm: str) -> Path:
    return work.folder("attribution") / f"{arm}.baseline.parquet"
