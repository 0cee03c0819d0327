"""The tables that attribution leaves: scores of every input column."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from experiments.reading import reading
from experiments.truth_records import load_arm
from experiments.workdir import Workdir
from gxjax.replacing import replacing
from gxjax.types import Arm, Cohort, Scores

Columns = tuple[tuple[str, str], ...]
"""Pairs (method, noise)."""

__all__ = [
    "Columns",
    "load_scores",
    "load_shown",
    "save_scores",
    "variant_columns",
    "write_parquet",
]


def save_scores(work: Workdir, arm: Arm, scores: Scores) -> None:
    """Writes an arm's scores and completeness deltas, each whole or not at all.

    The mean absolute attribution of everybody is <arm>.parquet; every other reduction
    or stratum is <arm>.<reduction>.<stratum>.parquet.
    """
    folder = work.stage("attribution")
    for (reduction, stratum), values in scores.reductions.items():
        plain = (reduction, stratum) == ("mean_absolute", "all")
        name = "" if plain else f".{reduction}.{stratum}"
        columns = {
            f"{method}.{noise}.{member}": values[column, member]
            for column, (method, noise) in enumerate(scores.columns)
            for member in range(values.shape[1])
        }
        table = pd.concat([variant_columns(arm), pd.DataFrame(columns)], axis=1)
        write_parquet(table, folder / f"{arm.name}{name}.parquet")
    deltas = folder / f"{arm.name}.completeness.parquet"
    write_parquet(scores.completeness, deltas)


def load_scores(work: Workdir, arm: str) -> tuple[np.ndarray, Columns]:
    """An arm's scores float32 [C, M, V] and its C pairs (method, noise)."""
    with reading(work.folder("attribution") / f"{arm}.parquet", "attribution") as path:
        table = pd.read_parquet(path)
    names = [name for name in table.columns if name.count(".") >= 2]
    words = (name.rsplit(".", 2) for name in names)
    pairs = dict.fromkeys((method, noise) for method, noise, _ in words)
    values = table[names].to_numpy(np.float32).T
    return values.reshape(len(pairs), -1, len(table)), tuple(pairs)


def load_shown(work: Workdir, cohort: Cohort, arm: str) -> tuple[np.ndarray, Columns]:
    """Scores of real columns, float32 [C, M, V'], of those that networks are shown.

    A hidden column has a score of 0 in every network, which agrees with itself.
    """
    values, columns = load_scores(work, arm)
    typed = load_arm(work, cohort, "real").truth.typed
    return (values if typed is None else values[:, :, typed]), columns


def variant_columns(arm: Arm) -> pd.DataFrame:
    """`#CHROM POS ID A1` of an arm's columns."""
    table = arm.variants[["CHROM", "POS", "ID", "A1"]]
    return table.rename(columns={"CHROM": "#CHROM"})


def write_parquet(table: pd.DataFrame, path: Path) -> None:
    """Writes a table whole or not at all."""
    with replacing(path) as temporary:
        table.to_parquet(temporary, index=False)
