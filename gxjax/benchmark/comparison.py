"""Paired comparisons of score columns, corrected for their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from gxjax.benchmark.estimates import LEVEL, Estimate
from gxjax.benchmark.paired_differences import paired_differences

__all__ = ["comparisons_table", "holm", "least_draws"]

_TABLE_COLUMNS = [
    *("metric", "effect", "first_method", "first_noise"),
    *("second_method", "second_noise", "difference", "lower", "upper", "p", "p_holm"),
]


def comparisons_table(
    estimates: Mapping[tuple[str, str], Estimate],
    columns: Sequence[tuple[str, str]],
    *,
    reference: tuple[str, str] | None = None,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Differences of all pairs of columns, from draws that are paired.

    Intervals and p-values are those of `paired_differences`. Unless six units differ,
    and all to one side, nothing does at 0.05: it could be chance. And p is never below
    `1 / (1 + B)`, so many columns need many draws: `least_draws`. Holm's correction is
    over the pairs of one metric and effect, not over effects.

    What it can NOT tell: a large p is no proof that two columns are alike; with few
    members p is too small, as the intervals of `estimate` are too narrow, and with one
    replicate it says nothing of other truths; and a difference here is one of means, it
    may be reversed in another cohort.

    Args:
      estimates: by (metric, effect), of the same C columns. Recall and precision have
        draws of their own; only columns within one estimate are compared.
      columns: C pairs (method, noise).
      reference: compare every column with this one only; None: all pairs.
      level: of the percentile interval, for one difference at a time.

    Returns:
      Table `metric effect first_method first_noise second_method second_noise
      difference lower upper p p_holm`; the difference is first - second. NaN where a
      column has none; such pairs are no part of the correction.

    Raises:
      ValueError: a reference that is no column, estimates of other columns.

    References:
      Holm, A simple sequentially rejective multiple test procedure, Scandinavian
      Journal of Statistics 6: 65-70 (1979), https://www.jstor.org/stable/4615733
    """
    names = [tuple(column) for column in columns]
    pairs = _pairs(names, reference)
    tables = []
    for (metric, effect), estimate in estimates.items():
        if estimate.samples.shape[1:] != (len(names),):
            raise ValueError(
                f"estimates: {metric} of {effect} has {estimate.samples.shape[1]} "
                f"columns; expected {len(names)}, one per column"
            )
        figures = _compare(estimate, pairs, level)
        figures.insert(0, "effect", effect)
        figures.insert(0, "metric", metric)
        for place, side in enumerate(("first", "second")):
            chosen = [names[pair[place]] for pair in pairs]
            figures[f"{side}_method"] = [method for method, _ in chosen]
            figures[f"{side}_noise"] = [noise for _, noise in chosen]
        tables.append(figures[_TABLE_COLUMNS])
    if not tables:
        return pd.DataFrame(columns=_TABLE_COLUMNS)
    return pd.concat(tables, ignore_index=True)


def holm(p: np.ndarray) -> np.ndarray:
    """P-values corrected after Holm, float64 of the same shape; NaN stays NaN.

    Args:
      p: float [P], of one family; NaN is no part of it.

    Returns:
      The least level at which each is rejected, with the family's error rate kept.
    """
    p = np.asarray(p, np.float64)
    corrected = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    ascending = known[np.argsort(p[known], kind="stable")]
    factors = np.arange(len(ascending), 0, -1)
    corrected[ascending] = np.maximum.accumulate(np.minimum(1, p[ascending] * factors))
    return corrected


def least_draws(columns: int, alpha: float = 0.05) -> int:
    """Draws below which no pair of `columns` can have a corrected p of `alpha`.

    The least p is `1 / (1 + B)`, and Holm multiplies it by the number of pairs. Ten
    times as many make p-values near alpha reproducible.
    """
    return int(np.ceil(columns * (columns - 1) / 2 / alpha))


def _pairs(
    names: Sequence[tuple[str, ...]], reference: tuple[str, str] | None
) -> list[tuple[int, int]]:
    if reference is None:
        return list(combinations(range(len(names)), 2))
    if tuple(reference) not in names:
        raise ValueError(
            f"reference: found {reference}; expected one of the columns "
            f"{', '.join(str(name) for name in names)}"
        )
    second = names.index(tuple(reference))
    return [(first, second) for first in range(len(names)) if first != second]


def _compare(
    estimate: Estimate, pairs: Sequence[tuple[int, int]], level: float
) -> pd.DataFrame:
    places = np.array(pairs, np.int64).reshape(-1, 2)
    found = paired_differences(estimate, places[:, :1], places[:, 1:], level=level)
    return pd.DataFrame(found._asdict()).assign(p_holm=holm(found.p))
