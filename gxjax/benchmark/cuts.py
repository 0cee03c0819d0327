"""Cuts of a ranking, by quantile and by number, and estimates at all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np

from gxjax.benchmark.estimates import LEVEL, Estimate, take
from gxjax.benchmark.ranking import count_at
from gxjax.benchmark.resampling import ANY, DRAWS, Ratio, estimate

__all__ = ["KS", "SUMMARY", "Cut", "cuts_at", "estimate_cuts", "summary"]

KS = (10, 20, 50, 100, 200, 500, 1000)
"""The K of "at K" rows, beside those of quantiles."""

SUMMARY = ("value", "lower", "upper", "least", "greatest")
"""Columns of every table of estimates: mean, its interval, and range over members."""

_NUMBERS_AT_ONCE = 1 << 24


class Cut(NamedTuple):
    """One cut of the rankings of R replicates.

    Attributes:
      quantile: the share of the ranking below it; of the first replicate where it was
        given as a K.
      ks: R numbers, how many columns of each replicate's ranking are above.
    """

    quantile: float
    ks: tuple[int, ...]


def cuts_at(
    quantiles: Sequence[float], ks: Sequence[int], ranked: Sequence[int]
) -> list[Cut]:
    """Cuts at quantiles, then at those K that no quantile has cut at.

    Args:
      quantiles: each in [0, 1).
      ks: numbers, at least 1; those above a number of ranked columns are left out.
      ranked: how many columns each of R replicates ranks.

    Raises:
      ValueError: a quantile or K is out of range.
    """
    wrong = [k for k in ks if k < 1]
    if wrong:
        raise ValueError(f"ks: found {wrong[0]}; expected at least 1")
    cuts = [Cut(q, tuple(count_at(q, count) for count in ranked)) for q in quantiles]
    cut_at = {cut.ks[0] for cut in cuts}
    more = [k for k in ks if k not in cut_at and k <= min(ranked)]
    return cuts + [Cut(1 - k / ranked[0], (k,) * len(ranked)) for k in more]


def estimate_cuts(
    ratios: Sequence[Sequence[Ratio]],
    key: jax.Array,
    *,
    unit: str = "",
    draws: int = DRAWS,
    level: float = LEVEL,
    bounds: tuple[float, float] = ANY,
) -> list[Estimate]:
    """`estimate` of every cut, many at a time: the weights of units are drawn once.

    Args:
      ratios: per cut, per replicate, a `Ratio` of the same units at every cut.
      key: a JAX key.
      unit: what the units are, as of `estimate`.
      draws: bootstrap draws, B.
      level: of the intervals.
      bounds: as of `estimate`.

    Returns:
      One `Estimate` per cut, the same as each alone would have.

    Raises:
      ValueError: no score column; else as `estimate`.
    """
    if not ratios:
        return []
    columns = ratios[0][0].numerator.shape[0]
    if not columns:
        raise ValueError("ratios: no score column; expected at least one to estimate")
    largest = max(
        ratio.numerator.shape[1] * max(ratio.numerator.shape[2], draws)
        for ratio in ratios[0]
    )
    together = max(1, _NUMBERS_AT_ONCE // (columns * largest))
    found: list[Estimate] = []
    for start in range(0, len(ratios), together):
        some = ratios[start : start + together]
        stacked = [_stacked(replicate) for replicate in zip(*some, strict=True)]
        joint = estimate(
            stacked, key, unit=unit, draws=draws, level=level, bounds=bounds
        )
        for place in range(len(some)):
            here = range(place * columns, (place + 1) * columns)
            found.append(take(joint, here))
    return found


def summary(one: Estimate, column: int) -> dict[str, float]:
    """The entries of `SUMMARY` of a score column."""
    return {name: float(getattr(one, name)[column]) for name in SUMMARY}


def _stacked(ratios: Sequence[Ratio]) -> Ratio:
    above = np.concatenate([ratio.numerator for ratio in ratios])
    first = ratios[0].denominator
    if len(first) == 1 and all(np.array_equal(r.denominator, first) for r in ratios):
        return Ratio(above, first)
    below = [
        np.broadcast_to(ratio.denominator, ratio.numerator.shape) for ratio in ratios
    ]
    return Ratio(above, np.concatenate(below))
