"""Who takes part in a regression, and the covariates as it sees them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from gxjax.cohort.residualise import MAX_COVARIATE
from gxjax.cohort.trait import check_range

__all__ = [
    "MAX_CORRELATION",
    "MAX_VIF",
    "CompleteCases",
    "complete_cases",
    "most_missing",
]

MAX_CORRELATION, MAX_VIF = 0.999, 50.0
"""plink2's defaults: beyond them a set of predictors is not fitted."""


class CompleteCases(NamedTuple):
    """The people with a phenotype and every covariate.

    Attributes:
      people: int64 [n], increasing rows of the sample table.
      phenotype: float64 [n], as given.
      design: float64 [n, k]: a column of ones, then the covariates that vary, each of
        mean 0 and mean square 1 over these people.
    """

    people: np.ndarray
    phenotype: np.ndarray
    design: np.ndarray


def complete_cases(
    phenotype: np.ndarray,
    covariates: pd.DataFrame | None,
    people: np.ndarray | None = None,
) -> CompleteCases:
    """Leaves out who lacks a value, and covariates that are constant, as plink2 does.

    Args:
      phenotype: float [N], NaN missing.
      covariates: N rows, a numeric column each, NaN missing; None for none.
      people: integers, whom to choose from; None for all.

    Returns:
      `CompleteCases`.

    Raises:
      ValueError: lengths differ, a value is infinite, fewer people than predictors
        (the column that most lack is named), a constant phenotype, one that
        `check_range` refuses, a covariate beyond 1e100, or covariates that determine
        each other (correlation beyond 0.999 or variance inflation beyond 50).
    """
    y = np.asarray(phenotype, np.float64)
    table = pd.DataFrame(index=range(len(y))) if covariates is None else covariates
    if len(table) != len(y):
        raise ValueError(
            f"covariates: {len(table)} rows; expected {len(y)}, one per phenotype"
        )
    values = table.to_numpy(np.float64).reshape(len(y), -1)
    if np.isinf(y).any() or np.isinf(values).any():
        raise ValueError("phenotype or covariates: a value is infinite; write NA")
    complete = ~(np.isnan(y) | np.isnan(values).any(axis=1))
    if people is not None:
        complete &= np.isin(np.arange(len(y)), people)
    rows = np.flatnonzero(complete)
    if len(rows) < values.shape[1] + 3:
        raise ValueError(
            f"phenotype and covariates: {len(rows)} people have all of them; expected "
            f"at least {values.shape[1] + 3} for {values.shape[1]} covariates"
            + most_missing(y, table, people)
        )
    if np.ptp(y[rows]) == 0:
        raise ValueError(f"phenotype: {y[rows][0]:g} for all {len(rows)} people")
    check_range(y[rows])
    varying = np.ptp(values[rows], axis=0) > 0
    names = [str(name) for name in table.columns[varying]]
    scaled = _scale(values[np.ix_(rows, np.flatnonzero(varying))], names)
    _check_collinear(scaled, names)
    design = np.column_stack([np.ones(len(rows)), scaled])
    return CompleteCases(rows, y[rows], design)


def most_missing(
    phenotype: np.ndarray,
    covariates: pd.DataFrame | None,
    people: np.ndarray | None = None,
) -> str:
    """Words on the column that most people lack; "" where nothing is missing.

    Args:
      phenotype: float [N], NaN missing.
      covariates: N rows, numbers or categories, NaN missing; None for none.
      people: integers, whom to count; None for all.
    """
    table = pd.DataFrame({"phenotype": phenotype}) if covariates is None else covariates
    lacking = np.column_stack([np.isnan(phenotype), table.isna().to_numpy()])
    counts = (lacking if people is None else lacking[people]).sum(axis=0)
    place = int(counts.argmax())
    if not counts[place]:
        return ""
    total = len(phenotype) if people is None else len(people)
    name = f"covariate {table.columns[place - 1]!r}" if place else "the phenotype"
    return f"; {name} is missing for {counts[place]} of {total} people"


def _scale(values: np.ndarray, names: list[str]) -> np.ndarray:
    """Columns that vary, of mean 0 and mean square 1."""
    largest = np.abs(values).max(axis=0, initial=0)
    if (largest > MAX_COVARIATE).any():
        raise ValueError(
            f"covariate {names[largest.argmax()]!r}: a value of {largest.max():g}; "
            f"expected nothing beyond {MAX_COVARIATE:g}: is it a slip, or a code for "
            "missing?"
        )
    # By the range first: the squares of very small numbers would be 0.
    centred = (values - values.mean(axis=0)[None, :]) / np.ptp(values, axis=0)[None, :]
    return centred / centred.std(axis=0)[None, :]


def _check_collinear(scaled: np.ndarray, names: list[str]) -> None:
    if len(names) < 2:
        return
    correlation = scaled.T @ scaled / len(scaled)
    pairs = np.abs(np.triu(correlation, 1))
    if pairs.max() > MAX_CORRELATION:
        one, other = np.unravel_index(pairs.argmax(), pairs.shape)
        raise ValueError(
            f"covariates: {names[one]!r} and {names[other]!r} have correlation "
            f"{correlation[one, other]:.6g}; expected at most {MAX_CORRELATION}: "
            "remove one"
        )
    inverse = np.linalg.pinv(correlation, rcond=1e-10, hermitian=True)
    singular = np.linalg.eigvalsh(correlation)[0] < 1e-10
    inflation = np.diag(inverse)
    if singular or inflation.max() > MAX_VIF:
        found = "infinite" if singular else f"{inflation.max():.4g}"
        raise ValueError(
            f"covariates: {names} determine each other (variance inflation {found}; "
            f"expected at most {MAX_VIF:g}): remove some"
        )
