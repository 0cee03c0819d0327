"""The cohort, LD included, as files of a workdir."""

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
from gxjax.types import Cohort, Encoding, Genotypes, Neighbours

__all__ = [
    "STORE",
    "load_arrays",
    "load_cohort",
    "load_neighbours",
    "save_arrays",
    "save_cohort",
    "save_neighbours",
]

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
    save_arrays(folder / "people.npz", np.savez, **people)
    encoding = cohort.encoding._asdict()
    save_arrays(folder / "encoding.npz", np.savez, **encoding, counts=cohort.counts)
    trait = {"trait": cohort.trait, "name": cohort.name}
    write_text(folder / "trait.json", json.dumps(trait) + "\n")


def load_cohort(work: Workdir) -> Cohort:
    """Reads what the cohort stage wrote; genotypes of over 1 GiB stay on disk.

    Raises:
      ValueError, OSError: a file is damaged or missing; the message names it.
    """
    folder = work.folder("cohort")
    store = open_store(folder / STORE)
    packed: Any = store if store.nbytes > _IN_MEMORY else store.read()
    tables = {}
    for name in _TABLES:
        with reading(folder / f"{name}.parquet", "cohort") as path:
            tables[name] = pd.read_parquet(path)
    people = load_arrays(folder / "people.npz", "cohort", ("phenotype", "split"))
    parts = (*Encoding._fields, "counts")
    fitted = load_arrays(folder / "encoding.npz", "cohort", parts)
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


def save_neighbours(neighbours: Neighbours, folder: Path) -> None:
    """Writes the LD between variants of TRAIN people."""
    save_arrays(folder / "neighbours.npz", np.savez, **neighbours._asdict())


def load_neighbours(work: Workdir) -> Neighbours:
    """Reads the LD that `save_neighbours` wrote.

    Raises:
      ValueError, OSError: the file is damaged or missing; the message names it.
    """
    path = work.folder("cohort") / "neighbours.npz"
    return Neighbours(**load_arrays(path, "cohort", Neighbours._fields))


def load_arrays(path: Path, stage: str, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Arrays of an .npz file that a stage wrote; errors name the file."""
    # Of a file that is no archive, NumPy leaves open what it opened itself.
    with reading(path, stage), path.open("rb") as file, np.load(file) as found:
        return {name: found[name] for name in names}


def save_arrays(path: Path, write: Callable[..., None], **arrays: np.ndarray) -> None:
    """Calls `write(file, **arrays)` on a file that is there whole or not at all."""
    with replacing(path) as temporary, temporary.open("wb") as file:
        write(file, **arrays)
