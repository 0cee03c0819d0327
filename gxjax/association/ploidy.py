"""Regression of a whole genome, with X, Y and MT as `plink2 --glm` tests them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import chex
import numpy as np
import pandas as pd

from gxjax.association.complete_cases import MAX_CORRELATION
from gxjax.association.genotype_test import TestName
from gxjax.cohort.chromosome import (
    CHR_X,
    CHR_Y,
    HAPLOID,
    chromosomes_of,
    copy_numbers,
)
from gxjax.genotypes import BedSource
from gxjax.genotypes.tables import HUMAN
from gxjax.types import Progress, silent

__all__ = ["regress_by_ploidy"]

_NAMES = {CHR_X: "X", CHR_Y: "Y", HAPLOID: "MT"}
_MALE = 1


class _Part(NamedTuple):
    """Variants that are regressed alike: which, on whom, on what, per how much."""

    variants: np.ndarray
    people: np.ndarray
    covariates: pd.DataFrame | None
    one_copy: bool


def regress_by_ploidy(
    regress: Callable[..., pd.DataFrame],
    source: BedSource,
    phenotype: np.ndarray,
    covariates: pd.DataFrame | None = None,
    *,
    people: np.ndarray | None = None,
    test: TestName = "additive",
    chr_set: int = HUMAN,
    progress: Progress = silent,
) -> tuple[pd.DataFrame, list[str]]:
    """Tests every variant on the people, and per the copies, that its chromosome asks.

    As `plink2 --glm` (v2.00a3.5) does: on X people of known sex count, males with 0 or
    2, and sex is a covariate; on Y males count; on Y and MT, where nobody has more than
    one copy, an effect is that of this copy, twice the effect of a dosage that says 2.
    Only the additive test goes beyond autosomes and what is diploid like them. Where a
    covariate is sex already plink2 stops; here X is tested with that one.

    It knows ploidy by the name of the chromosome alone: pseudo-autosomal variants that
    are called X are taken for X.

    Args:
      regress: `linear_regression` or `logistic_regression`.
      source: N people, V variants.
      phenotype: float [N], NaN missing.
      covariates: N rows, a numeric column each, NaN missing.
      people: integers, rows to choose from; None for all.
      test: as of `regress`.
      chr_set: autosomes of the species.
      progress: called with variants done, V.

    Returns:
      The table of `regress`, in the order of the variants, without those of a
      chromosome that can not be tested; and sentences on these.

    Raises:
      ValueError: as of `regress`, but for X, Y and MT; or no variant can be tested.
    """
    chex.assert_shape(phenotype, (len(source.samples),))
    chosen = np.arange(len(phenotype)) if people is None else np.asarray(people)
    kinds = copy_numbers(chromosomes_of(source, chr_set))
    found, notes, done, total = [], list[str](), 0, len(kinds)
    for kind, part in _parts(source, kinds, chosen, covariates):
        if kind in _NAMES and test != "additive":
            notes.append(f"{_NAMES[kind]}: left out, as plink2 does of --test {test}")
            continue

        def within(here: int, of: int, note: str = "", before: int = done) -> None:
            del of
            progress(before + here, total, note)

        try:
            table = regress(
                source.select(variants=part.variants),
                phenotype,
                part.covariates,
                people=part.people,
                test=test,
                progress=within,
            )
        except ValueError as error:
            if kind not in _NAMES:
                raise
            notes.append(f"{_NAMES[kind]}: left out; {error}")
            continue
        done += len(part.variants)
        tests = len(table) // len(part.variants)
        table.index = pd.Index(part.variants.repeat(tests))
        found.append(_per_copy(table) if part.one_copy else table)
    if not found:
        raise ValueError(f"variants: none can be tested: {'; '.join(notes)}")
    whole = pd.concat(found).sort_index(kind="stable").reset_index(drop=True)
    return whole, notes


def _parts(
    source: BedSource,
    kinds: np.ndarray,
    people: np.ndarray,
    covariates: pd.DataFrame | None,
) -> Iterator[tuple[int, _Part]]:
    sex = source.samples["SEX"].to_numpy()
    special = np.isin(kinds, list(_NAMES))
    if not special.all():
        yield -1, _Part(np.flatnonzero(~special), people, covariates, False)
    if (kinds == CHR_X).any():
        known = people[sex[people] > 0]
        yield (
            CHR_X,
            _Part(
                np.flatnonzero(kinds == CHR_X),
                known,
                _with_sex(covariates, sex, known),
                False,
            ),
        )
    if (kinds == CHR_Y).any():
        males = people[sex[people] == _MALE]
        yield CHR_Y, _Part(np.flatnonzero(kinds == CHR_Y), males, covariates, True)
    if (kinds == HAPLOID).any():
        yield HAPLOID, _Part(np.flatnonzero(kinds == HAPLOID), people, covariates, True)


def _with_sex(
    covariates: pd.DataFrame | None, sex: np.ndarray, people: np.ndarray
) -> pd.DataFrame:
    """Sex as one covariate more, unless one of them is sex in other numbers."""
    own = sex.astype(np.float64)
    if covariates is None:
        return pd.DataFrame({"SEX": own})
    for _, column in covariates.items():
        values = column.to_numpy(np.float64)[people]
        there = ~np.isnan(values)
        pair = values[there], own[people][there]
        varies = all(each.size and np.ptp(each) > 0 for each in pair)
        if varies and abs(np.corrcoef(*pair)[0, 1]) > MAX_CORRELATION:
            return covariates
    label = "SEX"
    while label in covariates:
        label += "_"
    return covariates.assign(**{label: own})


def _per_copy(table: pd.DataFrame) -> pd.DataFrame:
    """Effects of a dosage of 0 or 2, as those of the one copy that it stands for."""
    if "OR" in table:
        with np.errstate(over="ignore"):
            return table.assign(
                OR=table["OR"] ** 2, **{"LOG(OR)_SE": 2 * table["LOG(OR)_SE"]}
            )
    return table.assign(BETA=2 * table["BETA"], SE=2 * table["SE"])
