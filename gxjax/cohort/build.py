"""From filtered genotypes, a phenotype and covariates to a `Cohort`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import numpy as np
import pandas as pd

from gxjax.cohort.encoding import fit_encoding
from gxjax.cohort.person_file import read_ids
from gxjax.cohort.phenotype import align
from gxjax.cohort.split import split_people
from gxjax.cohort.trait import Transform, make_phenotype
from gxjax.genotypes.counts import count_codes
from gxjax.types import TRAIN, Cohort, Genotypes

__all__ = ["build_cohort"]


def build_cohort(
    genotypes: Genotypes,
    phenotype_table: pd.DataFrame,
    covariate_table: pd.DataFrame | None = None,
    *,
    seed: int,
    fractions: Sequence[float] = (0.8, 0.1, 0.1),
    impute: Literal["mean", "mode", "zero"] = "mean",
    transform: Transform = "zscore",
    name: str | None = None,
) -> tuple[Cohort, list[str]]:
    """Drops people without values, splits, adjusts the phenotype, fits the encoding.

    Whatever is fitted (covariate effects, mean and deviation, allele frequencies) is
    fitted on TRAIN people alone.

    Args:
      genotypes: after quality control.
      phenotype_table: as `read_phenotype` returns it.
      covariate_table: as `read_covariates` returns it; None for no covariates.
      seed: of the split.
      fractions: of TRAIN, VALIDATION and TEST.
      impute: what stands for a missing call; see `fit_encoding`.
      transform: of a quantitative phenotype; see `make_phenotype`.
      name: the phenotype's name; None takes the column's.

    Returns:
      The cohort, and notes: sentences on what was dropped or read in a special way.

    Raises:
      ValueError: ids do not meet, nobody has all values, a part of the split is empty,
        or what `make_phenotype` refuses.
    """
    column = _single_value_column(phenotype_table)
    values = align(genotypes.samples, phenotype_table)[column].to_numpy(np.float64)
    covariates = pd.DataFrame(index=range(len(values)))
    if covariate_table is not None:
        covariates = align(genotypes.samples, covariate_table).astype(np.float64)
    with _naming(phenotype_table, covariate_table):
        stay, notes = _complete(values, covariates)
    genotypes = _keep_people(genotypes, stay)
    covariates = covariates[stay].reset_index(drop=True)
    split = split_people(genotypes.samples, seed=seed, fractions=fractions)
    train = split == TRAIN
    with _naming(phenotype_table, covariate_table):
        phenotype, trait, more = make_phenotype(
            values[stay], covariates.to_numpy(np.float64), train, transform
        )
    counts = count_codes(
        genotypes.packed, len(genotypes.variants), np.flatnonzero(train)
    )
    encoding = fit_encoding(counts, impute)
    silenced = int((encoding.scale == 0).sum())
    if silenced:
        more = [*more, f"{silenced} variants do not vary in TRAIN and contribute 0."]
    cohort = Cohort(
        genotypes=genotypes,
        phenotype=phenotype,
        covariates=covariates,
        split=split,
        encoding=encoding,
        counts=counts,
        trait=trait,
        name=name or column,
    )
    return cohort, notes + more


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
    """bool [N]: who has every value; and what to say of the others."""
    lacking = np.isnan(values)
    incomplete = covariates.isna().any(axis=1).to_numpy() & ~lacking
    stay = ~(lacking | incomplete)
    if not stay.any():
        raise ValueError(
            f"of {len(values)} people with genotypes {lacking.sum()} lack the "
            f"phenotype and {incomplete.sum()} more lack a covariate; nobody is left"
        )
    notes = []
    if lacking.any():
        notes.append(f"Dropped {lacking.sum()} people without a phenotype.")
    if incomplete.any():
        notes.append(f"Dropped {incomplete.sum()} people who lack a covariate.")
    return stay, notes


def _keep_people(genotypes: Genotypes, stay: np.ndarray) -> Genotypes:
    if stay.all():
        return genotypes
    samples = genotypes.samples[stay].reset_index(drop=True)
    return Genotypes(genotypes.packed[stay], genotypes.variants, samples)
