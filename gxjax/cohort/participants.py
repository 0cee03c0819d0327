"""Who is in a cohort, and all that is known of them before a genotype is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import pandas as pd

from gxjax.cohort.categories import split_categories
from gxjax.cohort.person_file import read_ids
from gxjax.cohort.phenotype import align
from gxjax.cohort.split import split_people
from gxjax.cohort.trait import Transform, make_phenotype
from gxjax.types import TRAIN

__all__ = ["Participants", "choose_participants"]


class Participants(NamedTuple):
    """The people who have every value, N of those with genotypes.

    Attributes:
      rows: increasing int64 [N], rows of the samples that they were chosen from.
      phenotype: float32 [N], as `Cohort.phenotype`.
      covariates: table of N rows, one numeric column per covariate; of a category one
        of 0 and 1 per name but the commonest in TRAIN, such as `site=Leeds`.
      split: int8 [N] of TRAIN, VALIDATION, TEST.
      trait: "quantitative" or "binary".
      name: the phenotype's name.
      notes: sentences on who was dropped and what was read in a special way.
    """

    rows: np.ndarray
    phenotype: np.ndarray
    covariates: pd.DataFrame
    split: np.ndarray
    trait: str
    name: str
    notes: tuple[str, ...]


def choose_participants(
    samples: pd.DataFrame,
    phenotype_table: pd.DataFrame,
    covariate_table: pd.DataFrame | None = None,
    *,
    seed: int,
    fractions: Sequence[float] = (0.8, 0.1, 0.1),
    transform: Transform = "zscore",
    name: str | None = None,
) -> Participants:
    """Drops people without values, splits, adjusts the phenotype.

    Whatever is fitted (covariate effects, mean and deviation) is fitted on TRAIN people
    alone.

    Args:
      samples: people with genotypes after quality control, as `Genotypes.samples`.
      phenotype_table: as `read_phenotype` returns it.
      covariate_table: as `read_covariates` returns it; None for no covariates.
      seed: of the split.
      fractions: of TRAIN, VALIDATION and TEST.
      transform: of a quantitative phenotype; see `make_phenotype`.
      name: the phenotype's name; None takes the column's.

    Raises:
      ValueError: ids do not meet, nobody has all values, a part of the split is empty,
        or what `split_categories` or `make_phenotype` refuses.
    """
    column = _single_value_column(phenotype_table)
    values = align(samples, phenotype_table)[column].to_numpy(np.float64)
    covariates = pd.DataFrame(index=range(len(values)))
    if covariate_table is not None:
        covariates = align(samples, covariate_table)
    with _naming(phenotype_table, covariate_table):
        rows, dropped = _complete(values, covariates)
    split = split_people(samples.iloc[rows], seed=seed, fractions=fractions)
    train, covariates = split == TRAIN, covariates.iloc[rows].reset_index(drop=True)
    with _naming(phenotype_table, covariate_table):
        covariates, unknown = split_categories(covariates, train)
        phenotype, trait, more = make_phenotype(
            values[rows], covariates.to_numpy(np.float64), train, transform
        )
    notes = (*phenotype_table.attrs.get("notes", ()), *dropped, *unknown, *more)
    return Participants(
        rows, phenotype, covariates, split, trait, name or column, notes
    )


@contextmanager
def _naming(*tables: pd.DataFrame | None) -> Iterator[None]:
    """Puts the files of the tables before what is wrong with their values."""
    try:
        yield
    except ValueError as error:
        found = [table.attrs.get("file") for table in tables if table is not None]
        files = " and ".join(file for file in found if file)
        raise ValueError(f"{files}: {error}" if files else str(error)) from error


def _single_value_column(table: pd.DataFrame) -> str:
    ids = read_ids(table)
    columns = [name for name in table.columns if name not in ids]
    if len(columns) != 1:
        raise ValueError(
            f"phenotype_table: value columns {columns}; expected a single one"
        )
    return str(columns[0])


def _complete(
    values: np.ndarray, covariates: pd.DataFrame
) -> tuple[np.ndarray, list[str]]:
    """int64 [n]: rows that have every value; and what to say of the others."""
    lacking = np.isnan(values)
    incomplete = covariates.isna().any(axis=1).to_numpy() & ~lacking
    stay = ~(lacking | incomplete)
    if not stay.any():
        raise ValueError(
            f"of {len(values)} people with genotypes {lacking.sum()} lack the "
            f"phenotype and {incomplete.sum()} more lack a covariate"
            f"{_worst(covariates)}; nobody is left"
        )
    notes = []
    if lacking.any():
        notes.append(f"Dropped {lacking.sum()} people without a phenotype.")
    if incomplete.any():
        notes.append(f"Dropped {incomplete.sum()} people who lack a covariate.")
    return np.flatnonzero(stay), notes


def _worst(covariates: pd.DataFrame) -> str:
    """Which covariate most people lack, for a message; "" without any."""
    lacking = covariates.isna().sum()
    if not lacking.any():
        return ""
    return f", most of them {lacking.idxmax()} ({lacking.max()} people)"
