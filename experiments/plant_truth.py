"""Plants spike-ins and decoys in a prepared cohort: cohort -> truth.

Reads <workdir>/cohort, writes <workdir>/truth with its manifest spikein.tsv.

example:
  python -m experiments.plant_truth --workdir out
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments import console
from experiments.configuration import Configuration, TruthFlags
from experiments.launcher import launch_stage, root_key
from experiments.records import load_cohort, save_truth
from experiments.workdir import Workdir
from gxjax.truth import (
    SpikeinCounts,
    permute_within_split,
    plant_spikeins,
    shuffle_phenotype,
)


def run(configuration: Configuration, work: Workdir) -> list[str]:
    flags, key = configuration.truth, root_key(configuration)
    cohort = load_cohort(work)
    called = cohort.counts[:, :3].sum(axis=1)
    frequencies = (cohort.counts[:, :3] @ np.arange(3)) / np.maximum(2 * called, 1)
    with console.bar("plant spike-ins") as progress:
        spikeins = plant_spikeins(
            key,
            cohort.phenotype,
            counts=SpikeinCounts(
                flags.additive, flags.dominant, flags.recessive, flags.epistatic_pairs
            ),
            frequencies=frequencies,
            strength=strength(flags),
            progress=progress,
        )
    phenotype, notes = cohort.phenotype, []
    if flags.null:
        phenotype = shuffle_phenotype(key, phenotype, cohort.split)
        notes.append("--null: the phenotype was shuffled after the truth was planted")
    missed = int((~spikeins.manifest["guards_met"].astype(bool)).sum())
    if missed:
        notes.append(
            f"{missed} of {len(spikeins.manifest)} spike-ins miss a guard of their "
            "construction (column guards_met of spikein.tsv); the best draw was kept"
        )
    permutation = permute_within_split(key, cohort.split)
    save_truth(work.stage("truth"), spikeins, permutation, phenotype)
    return notes


def check_flags(flags: TruthFlags) -> None:
    """Raises ValueError for a --strength that is none, and for no spike-in at all."""
    strength(flags)
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


if __name__ == "__main__":
    launch_stage("truth", __doc__, run, needs="cohort")
