"""What kind of trait the values are, and the phenotype that a network is fitted to."""

from __future__ import annotations

from typing import Literal

import chex
import numpy as np

from gxjax.cohort.residualise import rank_normalise, residualise, standardise

__all__ = ["check_range", "detect_trait", "make_phenotype"]

Transform = Literal["zscore", "rank"]
# What float32 holds even in units of a small standard deviation; squares of less than
# the least are lost in float64.
_LARGEST, _LEAST = 1e30, 1e-30
_TRANSFORMS = {"zscore": standardise, "rank": rank_normalise}


def detect_trait(values: np.ndarray) -> Literal["quantitative", "binary"]:
    """Binary if the values are 0 and 1, or 1 and 2 (PLINK: 1 control, 2 case).

    Anything else with two values or more is quantitative, two other values included.

    Args:
      values: float [N], NaN missing.

    Returns:
      "quantitative" or "binary".

    Raises:
      ValueError: all are missing, or all are one value.
    """
    values = np.asarray(values, np.float64)
    distinct = np.unique(values[~np.isnan(values)])
    if distinct.size == 0:
        raise ValueError(f"phenotype: missing for all {len(values)} people")
    if distinct.size == 1:
        kind = "one class only" if distinct[0] in (0, 1, 2) else "constant"
        raise ValueError(
            f"phenotype: {kind}, every value is {distinct[0]:g}; expected at least two"
        )
    binary = distinct.tolist() in ([0.0, 1.0], [1.0, 2.0])
    return "binary" if binary else "quantitative"


def check_range(values: np.ndarray) -> None:
    """Refuses values that are too large or too much alike to compute with.

    Args:
      values: float [N], finite, not all one value.

    Raises:
      ValueError: a value is beyond 1e30, or all are within 1e-30.
    """
    low, high = values.min(), values.max()
    if max(-low, high) > _LARGEST:
        raise ValueError(
            f"phenotype: from {low:g} to {high:g}; expected nothing beyond "
            f"{_LARGEST:g}: is it a slip, or a code for missing?"
        )
    if high - low < _LEAST:
        raise ValueError(
            f"phenotype: values differ by {high - low:g} at most, from {low:g} on; "
            f"expected {_LEAST:g} at least: give it in other units"
        )


def make_phenotype(
    values: np.ndarray,
    covariates: np.ndarray,
    train: np.ndarray,
    transform: Transform = "zscore",
) -> tuple[np.ndarray, str, list[str]]:
    """The phenotype that a network is fitted to.

    Args:
      values: float [N], finite, in the file's units.
      covariates: float [N, C], finite; C may be 0.
      train: bool [N], the people whom everything is fitted on.
      transform: of a quantitative trait's residual: "zscore" or "rank" (inverse
        normal).

    Returns:
      float32 [N], the trait, and notes for the user. Quantitative: residual on
      covariates, transformed. Binary: 0 control, 1 case, covariates ignored.

    Raises:
      ValueError: an unknown transform, a constant phenotype or a single class (among
        TRAIN people too), or what `check_range` or `residualise` refuses.
    """
    chex.assert_equal_shape_prefix([values, covariates, train], 1)
    if transform not in _TRANSFORMS:
        raise ValueError(
            f"transform is {transform!r}; expected one of {tuple(_TRANSFORMS)}"
        )
    trait = detect_trait(values)
    if trait == "binary":
        case, notes = _binary(values, covariates.shape[1], train)
        return case, trait, notes
    check_range(values)
    adjusted = residualise(values, covariates, train)
    phenotype = _TRANSFORMS[transform](adjusted, train).astype(np.float32)
    return phenotype, trait, _quantitative_notes(values)


def _binary(
    values: np.ndarray, covariates: int, train: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """0 and 1, and what to say about it."""
    low, high = np.unique(values)
    case = values == high
    if case[train].all() or not case[train].any():
        raise ValueError("phenotype: TRAIN has one class only; expected both")
    notes = [
        f"Binary trait: {low:g} is control ({(~case).sum()} people), {high:g} is case "
        f"({case.sum()})."
    ]
    if covariates:
        notes.append(f"{covariates} covariates are ignored: the trait is binary.")
    return case.astype(np.float32), notes


def _quantitative_notes(values: np.ndarray) -> list[str]:
    distinct = np.unique(values)
    if distinct.size > 3 or not set(distinct) <= {0.0, 1.0, 2.0}:
        return []
    return [
        f"The phenotype has only the values {[float(x) for x in distinct]}, read as "
        "quantitative; PLINK reads them as case/control with 0 missing. Write NA "
        "for 0 if that is meant."
    ]
