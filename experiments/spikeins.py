"""The conditional truth of a run: spike-ins drawn given the phenotype."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments import console
from experiments.configuration import Configuration, TruthFlags
from experiments.keys import root_key
from experiments.truth_records import save_spikeins
from experiments.workdir import Workdir
from gxjax.truth import SpikeinCounts, plant_spikeins
from gxjax.types import Cohort

__all__ = ["check_spikeins", "plant", "strength"]

_GENERATIVE = (
    *("three_way", "gene_by_sex", "polygenic"),
    *("twin_r2", "untyped_causal", "covariates_h2"),
)


def plant(
    configuration: Configuration, work: Workdir, cohort: Cohort
) -> tuple[np.ndarray, list[str]]:
    """Writes the spike-ins; the cohort's phenotype as it is, and notes."""
    flags = configuration.truth
    called = cohort.counts[:, :3].sum(axis=1)
    frequencies = (cohort.counts[:, :3] @ np.arange(3)) / np.maximum(2 * called, 1)
    with console.bar("plant spike-ins") as progress:
        spikeins = plant_spikeins(
            root_key(configuration, work),
            cohort.phenotype,
            counts=SpikeinCounts(
                flags.additive, flags.dominant, flags.recessive, flags.epistatic_pairs
            ),
            frequencies=frequencies,
            strength=strength(flags),
            split=cohort.split if flags.train_only else None,
            progress=progress,
        )
    save_spikeins(work.stage("truth"), spikeins)
    missed = int((~spikeins.manifest["guards_met"].astype(bool)).sum())
    if not missed:
        return cohort.phenotype, []
    return cohort.phenotype, [
        f"{missed} of {len(spikeins.manifest)} spike-ins miss a guard of their "
        "construction (column guards_met of spikein.tsv); the best draw was kept"
    ]


def check_spikeins(flags: TruthFlags) -> None:
    """Raises ValueError for a --strength that is none, and for no spike-in at all."""
    strength(flags)
    for name in _GENERATIVE:
        if getattr(flags, name):
            raise ValueError(
                f"--{name}={getattr(flags, name)}: spike-ins know no such thing; use "
                "--truth generative"
            )
    if not any(
        (flags.additive, flags.dominant, flags.recessive, flags.epistatic_pairs)
    ):
        raise ValueError(
            "--additive, --dominant, --recessive and --epistatic_pairs are all 0; "
            "expected at least one spike-in to look for"
        )


def strength(flags: TruthFlags) -> str | float:
    """--strength as the library takes it.

    Raises:
      ValueError: neither a word it knows nor a finite number of at least 0.
    """
    if flags.strength in ("scaled", "published"):
        return flags.strength
    # A word is no number either: NaN fails the comparison.
    number = pd.to_numeric(flags.strength, errors="coerce")
    if not 0 <= number < np.inf:
        raise ValueError(
            f"--strength={flags.strength}: expected 'scaled', 'published' or a number "
            "of at least 0"
        )
    return float(number)
