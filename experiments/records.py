"""The records that cross from one stage to the next, as files of a workdir."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.workdir import Workdir, write_text
from gxjax.genotypes import open_store
from gxjax.report.tables import read_table, write_table
from gxjax.truth import Spikeins, decoy_arm, real_arm, spikein_arm
from gxjax.types import Arm, Cohort, Encoding, Genotypes, Truth

__all__ = ["ARMS", "STORE", "load_arm", "load_cohort", "save_cohort", "save_truth"]

ARMS = ("spikein", "decoy", "real")
STORE = "genotypes.zarr"
"""The store of packed genotypes in the cohort's folder."""

# A stage reads the whole matrix several times, and from a store each time anew: what
# any machine can spare is held in memory instead.
_IN_MEMORY = 1 << 30


def save_cohort(cohort: Cohort, folder: Path) -> None:
    """Writes a `Cohort` but for its packed genotypes, which `STORE` has already."""
    genotypes = cohort.genotypes
    genotypes.variants.to_parquet(folder / "variants.parquet")
    genotypes.samples.to_parquet(folder / "samples.parquet")
    cohort.covariates.to_parquet(folder / "covariates.parquet")
    np.savez(folder / "people.npz", phenotype=cohort.phenotype, split=cohort.split)
    np.savez(folder / "encoding.npz", **cohort.encoding._asdict(), counts=cohort.counts)
    trait = {"trait": cohort.trait, "name": cohort.name}
    write_text(folder / "trait.json", json.dumps(trait) + "\n")


def load_cohort(work: Workdir) -> Cohort:
    """Reads what the cohort stage wrote; genotypes of over 1 GiB stay on disk."""
    folder = work.path / "cohort"
    store = open_store(folder / STORE)
    packed: Any = store if store.nbytes > _IN_MEMORY else store.read()
    people, encoding = np.load(folder / "people.npz"), np.load(folder / "encoding.npz")
    genotypes = Genotypes(
        packed,
        pd.read_parquet(folder / "variants.parquet"),
        pd.read_parquet(folder / "samples.parquet"),
    )
    return Cohort(
        genotypes,
        people["phenotype"],
        pd.read_parquet(folder / "covariates.parquet"),
        people["split"],
        Encoding(*(encoding[name] for name in Encoding._fields)),
        encoding["counts"],
        **json.loads((folder / "trait.json").read_text()),
    )


def save_truth(
    folder: Path, spikeins: Spikeins, permutation: np.ndarray, phenotype: np.ndarray
) -> None:
    """Writes spike-ins, the decoys' permutation and the phenotype to be learnt."""
    np.savez_compressed(
        folder / "spikein.npz", codes=spikeins.codes, **spikeins.truth._asdict()
    )
    np.save(folder / "decoy.npy", permutation)
    np.save(folder / "phenotype.npy", phenotype)
    write_table(spikeins.manifest, folder / "spikein.tsv")


def load_spikeins(work: Workdir) -> Spikeins:
    """Reads the spike-ins that `save_truth` wrote."""
    folder = work.path / "truth"
    found = np.load(folder / "spikein.npz")
    truth = Truth(*(found[name] for name in Truth._fields))
    return Spikeins(found["codes"], truth, read_table(folder / "spikein.tsv"))


def load_phenotype(work: Workdir) -> np.ndarray:
    """float32 [N]: the phenotype to be learnt, shuffled under --null."""
    return np.load(work.path / "truth" / "phenotype.npy")


def load_arm(work: Workdir, cohort: Cohort, name: str) -> Arm:
    """Puts an arm together from the cohort and the planted truth."""
    if name == "spikein":
        return spikein_arm(cohort, load_spikeins(work))
    if name == "decoy":
        return decoy_arm(cohort, np.load(work.path / "truth" / "decoy.npy"))
    return real_arm(cohort)
