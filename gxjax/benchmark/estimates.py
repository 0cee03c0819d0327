"""Figures of score columns with their bootstrap draws, and what few units can show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = [
    *("LEVEL", "Estimate", "concatenate", "interval", "least_p"),
    *("paired_figures", "take"),
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
    """

    value: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    least: np.ndarray
    greatest: np.ndarray
    samples: np.ndarray
    units: float = np.inf


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


def least_p(units: float) -> float:
    """The least two-sided p-value of a paired difference over so many units.

    If two columns are alike, the sign of each unit's difference is that of a coin: all
    point to one side with probability `2 / 2^units`. Below six units nothing can be
    told apart at 0.05, whatever the draws say: one unit has no spread to draw from.

    References:
      Fisher, The Design of Experiments (1935), section 21,
      https://archive.org/details/in.ernet.dli.2015.502684
    """
    return float(min(1.0, 2 * 2.0**-units))


def paired_figures(
    difference: np.ndarray, drawn: np.ndarray, units: float, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Interval and p-value of differences, from draws that are paired.

    The p-value is of the bootstrap under a shift: the share of draws whose difference
    is as far from the one seen as that is from 0, `(1 + count) / (1 + B)`, two-sided,
    and no less than `least_p` of the units. Where that exceeds `1 - level` the interval
    is extended to 0.

    Args:
      difference: float [...], as seen.
      drawn: float [B, ...], likewise of every draw.
      units: of the `Estimate`.
      level: of the percentile interval.

    Returns:
      Lower and upper end and p, float64 [...]; p is NaN where one of them is.
    """
    lower, upper = interval(drawn, level)
    floor = least_p(units)
    if floor >= 1 - level:
        lower, upper = np.minimum(lower, 0), np.maximum(upper, 0)
    # Draws are sums of float32: what is equal but for them must count as equal.
    far = np.abs(drawn - difference) >= np.abs(difference) - 1e-6
    p = np.maximum((1 + far.sum(axis=0)) / (1 + len(drawn)), floor)
    return lower, upper, np.where(np.isnan(lower + difference), np.nan, p)


def concatenate(estimates: Sequence[Estimate]) -> Estimate:
    """One estimate of the columns of several, in order; all have the same draws.

    Args:
      estimates: of C1, C2, ... columns, all with B draws of one key.

    Returns:
      `Estimate` of C1 + C2 + ... columns, with the least of their numbers of units.

    Raises:
      ValueError: numbers of draws that differ.
    """
    found = sorted({len(one.samples) for one in estimates})
    if len(found) != 1:
        raise ValueError(f"estimates: found {found} draws; expected one number for all")
    arrays = [one[:-1] for one in estimates]
    parts = [np.concatenate(parts, axis=-1) for parts in zip(*arrays, strict=True)]
    return Estimate._make((*parts, min(one.units for one in estimates)))


def take(estimate: Estimate, columns: Sequence[int]) -> Estimate:
    """The estimate of some of its columns, by number, in the order given."""
    chosen = list(columns)
    parts = [part[..., chosen] for part in estimate[:-1]]
    return Estimate._make((*parts, estimate.units))
