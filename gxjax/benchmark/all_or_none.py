"""Intervals of shares where every unit, or none, is found: no draw leaves them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["effective_units", "widened_ends"]


def effective_units(denominators: Sequence[np.ndarray]) -> np.ndarray:
    """How many units, counted alike, would tell as much, of each column.

    A block of the genome with nothing on top tells nothing, and what lies in one block
    may depend on each other: of a replicate and member it is `(sum d)^2 / sum d^2`.
    Members are of the same units, so theirs is averaged; replicates add up.

    Args:
      denominators: float [C, M, U] per replicate (or 1 in place of C and M), at least
        0: what each unit counts.

    Returns:
      float64 [C], 0 where nothing was counted.

    References:
      Kish, Survey Sampling (1965), section 11.7,
      https://archive.org/details/surveysampling0000kish
    """
    found = []
    for below in denominators:
        total = below.sum(axis=2, dtype=np.float64)
        squares = np.square(below, dtype=np.float64).sum(axis=2)
        number = np.divide(
            total**2, squares, out=np.zeros(total.shape), where=squares > 0
        )
        found.append(number.mean(axis=1))
    return np.asarray(sum(found))


def widened_ends(
    value: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    units: np.ndarray,
    *,
    level: float,
    bounds: tuple[float, float],
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of intervals, where a figure lies on a bound as far as chance could reach.

    Where each unit is found, the lower end is the share of which that had a chance of
    `(1 - level) / 2`; where none is, likewise the upper. A figure without a least one,
    1 less the odds of a share (precision: null per real column), has the odds of it.

    What it can NOT tell: where one network of several found one unit less, the figure
    is not on a bound, and its interval is that of the bootstrap.

    Args:
      value: float64 [C].
      lower: float64 [C], lower ends.
      upper: float64 [C], upper ends.
      units: float64 [C], of `effective_units`, or to be broadcast.
      level: of the interval.
      bounds: least and greatest that a figure can be; only a greatest: see above;
        without it nothing is changed.

    Returns:
      New lower and upper, float64 [C].

    References:
      Clopper & Pearson, The use of confidence or fiducial limits illustrated in the
      case of the binomial, Biometrika 26: 404-413 (1934),
      https://doi.org/10.1093/biomet/26.4.404
    """
    least, greatest = bounds
    if not np.isfinite(greatest):
        return lower, upper
    # Of no unit at all the share may be anything.
    power = np.divide(1, units, out=np.full(np.shape(units), np.inf), where=units > 0)
    share = 1 - ((1 - level) / 2) ** power
    if not np.isfinite(least):
        odds = np.divide(
            share, 1 - share, out=np.full(share.shape, np.inf), where=share < 1
        )
        ends = np.minimum(lower, greatest - odds)
        return np.where(value == greatest, ends, lower), upper
    reach = (greatest - least) * share
    lower = np.where(value == greatest, np.minimum(lower, greatest - reach), lower)
    return lower, np.where(value == least, np.maximum(upper, least + reach), upper)
