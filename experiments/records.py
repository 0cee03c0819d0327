"""The records that cross from one stage to the next, as files of a workdir."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.reading import reading
from experiments.workdir import Workdir, write_text
from gxjax.genotypes import open_store
from gxjax.replacing import replacing
from gxjax.report.tables import read_table, write_table
from gxjax.truth import Spikeins, decoy_arm, real_arm, spikein_arm
from gxjax.types import Arm, Cohort, Encoding, Genotypes, Truth

__all__ = ["ARMS", "STORE", "load_arm", "load_cohort", "save_cohort", "save_truth"]

ARMS = ("spikein", "decoy", "real")
STORE = "genotypes.zarr"
"""The store of packed genotypes in the cohort's folder."""

_TABLES = ("variants", "samples", "covariates")

# A stage reads the whole matrix several times, and from a store each time anew: what
# any machine can spare is held in memory instead.
_IN_MEMORY = 1 << 30


def save_cohort(cohort: Cohort, folder: Path) -> None:
    """Writes a `Cohort` but for its packed genotypes, which `STORE` has already."""
    genotypes = cohort.genotypes
    tables = genotypes.variants, genotypes.samples, cohort.covariates
    for name, table in zip(_TABLES, tables, strict=True):
        with replacing(folder / f"{name}.parquet") as temporary:
            table.to_parquet(temporary)
    people = {"phenotype": cohort.phenotype, "split": cohort.split}
    _save_arrays(folder / "people.npz", np.savez, **people)
    encoding = cohort.encoding._asdict()
    _save_arrays(folder / "encoding.npz", np.savez, **encoding, counts=cohort.counts)
    trait = {"trait": cohort.trait, "name": cohort.name}
    write_text(folder / "trait.json", json.dumps(trait) + "\n")


def load_cohort(work: Workdir) -> Cohort:
    """Reads what the cohort stage wrote; genotypes of over 1 GiB stay on disk.

    Raises:
      ValueError, OSError: a file is damaged or missing; the message names it.
    """
    folder = work.path / "cohort"
    store = open_store(folder / STORE)
    packed: Any = store if store.nbytes > _IN_MEMORY else store.read()
    tables = {}
    for name in _TABLES:
        with reading(folder / f"{name}.parquet", "cohort") as path:
            tables[name] = pd.read_parquet(path)
    people = _load_arrays(folder / "people.npz", "cohort", ("phenotype", "split"))
    parts = (*Encoding._fields, "counts")
    fitted = _load_arrays(folder / "encoding.npz", "cohort", parts)
    with reading(folder / "trait.json", "cohort") as path:
        saved = json.loads(path.read_text())
        trait = {name: saved[name] for name in ("trait", "name")}
    return Cohort(
        Genotypes(packed, tables["variants"], tables["samples"], store.bits),
        people["phenotype"],
        tables["covariates"],
        people["split"],
        Encoding(*(fitted[name] for name in Encoding._fields)),
        fitted["counts"],
        **trait,
    )


def save_truth(
    folder: Path, spikeins: Spikeins, permutation: np.ndarray, phenotype: np.ndarray
) -> None:
    """Writes spike-ins, the decoys' permutation and the phenotype to be learnt."""
    planted = {"codes": spikeins.codes, **spikeins.truth._asdict()}
    _save_arrays(folder / "spikein.npz", np.savez_compressed, **planted)
    for name, array in (("decoy", permutation), ("phenotype", phenotype)):
        _save_arrays(folder / f"{name}.npy", np.save, arr=array)
    write_table(spikeins.manifest, folder / "spikein.tsv")


def load_spikeins(work: Workdir) -> Spikeins:
    """Reads the spike-ins that `save_truth` wrote.

    Raises:
      ValueError, OSError: a file is damaged or missing; the message names it.
    """
    folder = work.path / "truth"
    names = (*Truth._fields, "codes")
    found = _load_arrays(folder / "spikein.npz", "truth", names)
    truth, codes = Truth(*(found[name] for name in Truth._fields)), found["codes"]
    with reading(folder / "spikein.tsv", "truth") as path:
        manifest = read_table(path)
        if len(manifest) != codes.shape[1]:
            raise ValueError(f"{len(manifest)} rows for {codes.shape[1]} spike-ins")
    return Spikeins(codes, truth, manifest)


def load_phenotype(work: Workdir) -> np.ndarray:
    """float32 [N]: the phenotype to be learnt, shuffled under --null."""
    return _load_array(work, "phenotype")


def load_arm(work: Workdir, cohort: Cohort, name: str) -> Arm:
    """Puts an arm together from the cohort and the planted truth."""
    if name == "spikein":
        return spikein_arm(cohort, load_spikeins(work))
    if name == "decoy":
        return decoy_arm(cohort, _load_array(work, "decoy"))
    return real_arm(cohort)


def _load_array(work: Workdir, name: str) -> np.ndarray:
    with reading(work.path / "truth" / f"{name}.npy", "truth") as path:
        return np.load(path)


def _load_arrays(path: Path, stage: str, names: Sequence[str]) -> dict[str, np.ndarray]:
    # Of a file that is no archive, NumPy leaves open what it opened itself.
    with reading(path, stage), path.open("rb") as file, np.load(file) as found:
        return {name: found[name] for name in names}


def _save_arrays(path: Path, write: Callable[..., None], **arrays: np.ndarray) -> None:
    with replacing(path) as temporary, temporary.open("wb") as file:
        write(file, **arrays)
