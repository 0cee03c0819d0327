"""What few replicates can show: Student's t of the figures that each has."""

from __future__ import annotations

import numpy as np
from scipy import stats

from gxjax.benchmark.bootstrap_weights import expanded_level
from gxjax.benchmark.estimates import interval

__all__ = ["drawn_interval", "replicate_p", "widened_interval"]


def replicate_p(value: np.ndarray, by_replicate: np.ndarray) -> np.ndarray:
    """Two-sided p of figures being 0, by what replicates say of them (Student's t).

    Replicates are independent of each other, whatever varies within each.

    What it can NOT tell: two replicates leave one degree of freedom, so that their
    figures must differ by less than a sixth of their mean to be told from 0 at 0.05.

    Args:
      value: float64 [P], means over replicates, or figures of such means.
      by_replicate: float64 [R, P], the figure in each; a NaN is left out.

    Returns:
      float64 [P]; 0 (no say) of fewer than two replicates, or of those that agree.

    References:
      Student, The probable error of a mean, Biometrika 6: 1-25 (1908),
      https://doi.org/10.1093/biomet/6.1.1
    """
    error, degrees = _standard_error(by_replicate)
    t = np.divide(
        np.abs(value), error, out=np.full(error.shape, np.inf), where=error > 0
    )
    return 2 * stats.t.sf(t, np.maximum(degrees, 1))


def widened_interval(
    lower: np.ndarray,
    upper: np.ndarray,
    value: np.ndarray,
    by_replicate: np.ndarray | None,
    *,
    level: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Intervals, where narrower widened to Student's t of the replicates.

    Its ends may be beyond what a figure can be: cut them where that is known.

    Args:
      lower: float64 [P], lower ends.
      upper: float64 [P], upper ends.
      value: float64 [P].
      by_replicate: as of `replicate_p`; None leaves the intervals as they are.
      level: in (0, 1).

    Returns:
      New lower and upper, float64 [P]; NaN where they were.
    """
    if by_replicate is None:
        return lower, upper
    error, degrees = _standard_error(by_replicate)
    half = error * stats.t.ppf((1 + level) / 2, np.maximum(degrees, 1))
    return np.minimum(lower, value - half), np.maximum(upper, value + half)


def drawn_interval(
    samples: np.ndarray, shrinkage: np.ndarray, replicates: int, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Percentile intervals of draws, as far out as so few replicates ask.

    Args:
      samples: float64 [B, C], draws.
      shrinkage: float64 [C], of `shrinkage_of`: how much of them is due to replicates.
      replicates: R, at least 2.
      level: in (0, 1).

    Returns:
      Lower and upper, float64 [C].
    """
    degrees = (replicates - 1) / np.maximum(shrinkage, 1e-3) ** 4
    levels = expanded_level(level, degrees)
    ends = [interval(*column) for column in zip(samples.T, levels, strict=True)]
    lower, upper = np.array(ends).reshape(-1, 2).T
    return lower, upper


def _standard_error(by_replicate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """That of the mean over rows, and its degrees of freedom, each [P].

    Rows with a NaN are left out of their column; the error of fewer than two is 0.
    """
    known = ~np.isnan(by_replicate)
    count = known.sum(axis=0)
    figures = np.where(known, by_replicate, 0)
    mean = figures.sum(axis=0) / np.maximum(count, 1)
    squares = np.where(known, (figures - mean) ** 2, 0).sum(axis=0)
    return np.sqrt(squares / np.maximum(count * (count - 1), 1)), count - 1
