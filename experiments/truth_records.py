"""What the truth stage leaves: planted variants, null columns, the phenotype."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.reading import reading
from experiments.records import load_arrays, save_arrays
from experiments.workdir import Workdir
from gxjax.report.tables import read_table, write_table
from gxjax.truth import (
    Spikeins,
    decoy_arm,
    knockoff_arm,
    real_arm,
    spikein_arm,
)
from gxjax.types import Arm, Cohort, Truth

__all__ = [
    "INPUTS",
    "load_arm",
    "load_manifest",
    "load_phenotype",
    "save_generated",
    "save_knockoffs",
    "save_nulls",
    "save_spikeins",
]

INPUTS = ("spikein", "decoy", "real", "knockoff")
"""What an arm's networks are shown."""


def save_spikeins(folder: Path, spikeins: Spikeins) -> None:
    """Writes planted columns and their table."""
    planted = {"codes": spikeins.codes, **_fields(spikeins.truth)}
    save_arrays(folder / "spikein.npz", np.savez_compressed, **planted)
    write_table(spikeins.manifest, folder / "spikein.tsv")


def save_generated(
    folder: Path, truth: Truth, manifest: pd.DataFrame, components: pd.DataFrame
) -> None:
    """Writes which real columns are causal, their table, and variance components."""
    truth = truth._replace(typed=truth.shown)
    save_arrays(folder / "causal.npz", np.savez_compressed, **_fields(truth))
    write_table(manifest, folder / "causal.tsv")
    write_table(components, folder / "components.tsv")


def save_nulls(folder: Path, permutation: np.ndarray, phenotype: np.ndarray) -> None:
    """Writes the decoys' permutation and the phenotype to be learnt."""
    for name, array in (("decoy", permutation), ("phenotype", phenotype)):
        save_arrays(folder / f"{name}.npy", np.save, arr=array)


def save_knockoffs(folder: Path, packed: np.ndarray, bits: int) -> None:
    """Writes packed knockoff genotypes."""
    save_arrays(folder / "knockoff.npz", np.savez, packed=packed, bits=np.array(bits))


def load_phenotype(work: Workdir) -> np.ndarray:
    """float32 [N]: the phenotype to be learnt, shuffled under --null."""
    return _load_array(work, "phenotype")


def load_manifest(work: Workdir) -> pd.DataFrame:
    """The table of what was planted."""
    folder = work.folder("truth")
    name = "causal.tsv" if (folder / "causal.tsv").exists() else "spikein.tsv"
    with reading(folder / name, "truth") as path:
        return read_table(path)


def load_arm(work: Workdir, cohort: Cohort, name: str) -> Arm:
    """Puts an input together from the cohort and the planted truth.

    Args:
      work: whose truth is done.
      cohort: of the same run.
      name: one of `INPUTS`.

    Raises:
      ValueError, OSError: a file is damaged or missing; the message names it.
    """
    if name == "spikein":
        return spikein_arm(cohort, _load_spikeins(work))
    truth = _load_causal(work)
    if name == "decoy":
        return decoy_arm(cohort, _load_array(work, "decoy"), truth)
    if name == "knockoff":
        path = work.folder("truth") / "knockoff.npz"
        found = load_arrays(path, "truth", ("packed", "bits"))
        return knockoff_arm(cohort, found["packed"], int(found["bits"]), truth)
    return real_arm(cohort, truth)


def _load_spikeins(work: Workdir) -> Spikeins:
    folder = work.folder("truth")
    found = load_arrays(folder / "spikein.npz", "truth", (*_REQUIRED, "codes"))
    truth, codes = Truth(*(found[name] for name in _REQUIRED)), found["codes"]
    with reading(folder / "spikein.tsv", "truth") as path:
        manifest = read_table(path)
        if len(manifest) != codes.shape[1]:
            raise ValueError(f"{len(manifest)} rows for {codes.shape[1]} spike-ins")
    return Spikeins(codes, truth, manifest)


def _load_causal(work: Workdir) -> Truth | None:
    """The truth of the real columns, None where spike-ins are planted beside them."""
    path = work.folder("truth") / "causal.npz"
    if not path.exists():
        return None
    found = load_arrays(path, "truth", (*_REQUIRED, "typed"))
    return Truth(*(found[name] for name in Truth._fields))


_REQUIRED = ("kind", "partner", "target", "achieved")


def _fields(truth: Truth) -> dict[str, Any]:
    """The arrays of a `Truth` that are there."""
    return {k: array for k, array in truth._asdict().items() if array is not None}


def _load_array(work: Workdir, name: str) -> np.ndarray:
    with reading(work.folder("truth") / f"{name}.npy", "truth") as path:
        return np.load(path)
