"""Figures of score columns with their bootstrap draws, paired between columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = [
    *("LEVEL", "Estimate", "concatenate", "interval", "take"),
]

LEVEL = 0.95
"""The share of intervals that shall hold the truth."""


class Estimate(NamedTuple):
    """A figure per column, with its bootstrap draws.

    Attributes:
      value: float64 [C], the mean over replicates and members of the member's share.
      lower: float64 [C], lower end of the percentile bootstrap interval.
      upper: float64 [C], its upper end.
      least: float64 [C], the least share of a member of a replicate.
      greatest: float64 [C], the greatest.
      samples: float64 [B, C], the draws; those of two columns are paired.
      units: how many units were counted, over all replicates; infinity where the figure
        is not one of units.
      contributions: float64 [C, units], what each unit adds to the value; None where
        the value is no sum over units.
      by_replicate: float64 [R, C], the figure in each replicate, NaN where it has no
        unit; None where that is not known.
    """

    value: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    least: np.ndarray
    greatest: np.ndarray
    samples: np.ndarray
    units: float = np.inf
    contributions: np.ndarray | None = None
    by_replicate: np.ndarray | None = None


def interval(
    samples: np.ndarray, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper end of the percentile interval of draws.

    Args:
      samples: float [B, ...].
      level: in (0, 1).

    Returns:
      Two float64 [...]; NaN where a draw is NaN.
    """
    tail = (1 - level) / 2
    lower, upper = np.quantile(samples, [tail, 1 - tail], axis=0)
    return lower, upper


def concatenate(estimates: Sequence[Estimate]) -> Estimate:
    """One estimate of the columns of several, in order; all have the same draws.

    Args:
      estimates: of C1, C2, ... columns, all with B draws of one key.

    Returns:
      `Estimate` of C1 + C2 + ... columns, with the least of their numbers of units.
      Contributions are kept if all have them, of the same units; figures by replicate
      if all have as many.

    Raises:
      ValueError: numbers of draws that differ.
    """
    found = sorted({len(one.samples) for one in estimates})
    if len(found) != 1:
        raise ValueError(f"estimates: found {found} draws; expected one number for all")
    arrays = [one[:6] for one in estimates]
    parts = [np.concatenate(parts, axis=-1) for parts in zip(*arrays, strict=True)]
    units = min(one.units for one in estimates)
    added = _joined([one.contributions for one in estimates], axis=0)
    each = _joined([one.by_replicate for one in estimates], axis=1)
    return Estimate._make((*parts, units, added, each))


def take(estimate: Estimate, columns: Sequence[int]) -> Estimate:
    """The estimate of some of its columns, by number, in the order given."""
    chosen = list(columns)
    parts = [part[..., chosen] for part in estimate[:6]]
    added, each = estimate.contributions, estimate.by_replicate
    added = None if added is None else added[chosen]
    each = None if each is None else each[:, chosen]
    return Estimate._make((*parts, estimate.units, added, each))


def _joined(arrays: Sequence[np.ndarray | None], axis: int) -> np.ndarray | None:
    """Arrays [n, C] or [C, n] joined over C, the axis; None unless all have one n."""
    known = [array for array in arrays if array is not None]
    alike = len({array.shape[1 - axis] for array in known}) == 1
    if len(known) < len(arrays) or not alike:
        return None
    return np.concatenate(known, axis=axis)
