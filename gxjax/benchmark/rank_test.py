"""Do columns rank alike from case to case? Friedman's test, Nemenyi's difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from gxjax.benchmark.resampling import Ratio, member_shares

__all__ = ["case_values", "critical_difference", "ranks_table", "similar_groups"]

_TABLE_COLUMNS = [
    *("metric", "method", "noise", "mean_rank"),
    *("critical_difference", "cases", "friedman_p"),
]


def ranks_table(
    cases: Mapping[str, np.ndarray],
    columns: Sequence[tuple[str, str]],
    *,
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Mean rank of every column over cases, and how far apart ranks must be.

    Two columns whose mean ranks differ by less than the critical difference are not
    told apart at level alpha, all pairs together (Nemenyi); Friedman's test asks
    whether any column differs.

    What it can NOT tell: ranks say nothing of how much better a column is. Cases are
    taken as independent. Replicates are; members of one replicate, and effects planted
    in one phenotype, share their truth and data: with them as cases p is too small, and
    the result speaks of this truth only. Below about ten cases Friedman's chi-square is
    rough, and hardly any difference of ranks can be significant.

    Args:
      cases: by metric, float [cases, C], larger is better; see `case_values`.
      columns: C pairs (method, noise).
      alpha: level of the critical difference, in (0, 1).

    Returns:
      Table `metric method noise mean_rank critical_difference cases friedman_p`, best
      mean rank (1 is the best) first. Columns with a NaN are left out of the ranking:
      mean_rank is NaN. friedman_p is NaN for fewer than three columns or two cases.

    Raises:
      ValueError: cases that are not [cases, C], alpha out of range.

    References:
      Demsar, Statistical comparisons of classifiers over multiple data sets, JMLR 7:
      1-30 (2006), https://jmlr.org/papers/v7/demsar06a.html
    """
    tables = []
    for metric, values in cases.items():
        values = np.asarray(values, np.float64)
        if values.ndim != 2 or values.shape[1] != len(columns) or len(values) == 0:
            raise ValueError(
                f"cases: {metric} has shape {values.shape}; expected [cases, "
                f"{len(columns)}], one value per column"
            )
        tables.append(_rank(metric, values, columns, alpha))
    if not tables:
        return pd.DataFrame(columns=_TABLE_COLUMNS)
    return pd.concat(tables, ignore_index=True)


def case_values(ratios: Sequence[Ratio], *, members: bool = False) -> np.ndarray:
    """Cases of a rank test: the shares of every replicate.

    Give the ratios of several effects in one sequence for cases = replicates x effects.

    Args:
      ratios: of the same C columns, one per replicate (and effect).
      members: a case per member of a replicate, instead of their mean. They are not
        independent cases, see `ranks_table`.

    Returns:
      float64 [cases, C].
    """
    shares = [member_shares(ratio) for ratio in ratios]
    if not members:
        shares = [share.mean(axis=1, keepdims=True) for share in shares]
    return np.concatenate(shares, axis=1).T


def critical_difference(columns: int, cases: int, alpha: float = 0.05) -> float:
    """Nemenyi's critical difference of mean ranks; NaN for fewer than two columns.

    Args:
      columns: how many are ranked, C.
      cases: how often.
      alpha: level, of all pairs together.

    Returns:
      `q sqrt(C (C + 1) / (6 cases))`, q the quantile of the studentized range of C
      means with infinitely many degrees of freedom, divided by sqrt(2).

    Raises:
      ValueError: alpha out of range.

    References:
      Demsar (2006), https://jmlr.org/papers/v7/demsar06a.html, section 3.2.2
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha: found {alpha}; expected between 0 and 1")
    if columns < 2:
        return float("nan")
    quantile = stats.studentized_range.ppf(1 - alpha, columns, np.inf) / np.sqrt(2)
    return float(quantile * np.sqrt(columns * (columns + 1) / (6 * cases)))


def similar_groups(mean_ranks: np.ndarray, difference: float) -> list[tuple[int, ...]]:
    """Groups of columns that are not told apart: the bars of the usual diagram.

    Args:
      mean_ranks: float [C]; a NaN is in no group.
      difference: the critical difference.

    Returns:
      Every largest group of two or more columns within the difference of each other:
      column numbers in the order of their ranks. A column may be in several groups.
    """
    order = np.argsort(mean_ranks, kind="stable")
    order = order[~np.isnan(mean_ranks[order])]
    ascending = mean_ranks[order]
    ends = np.searchsorted(ascending, ascending + difference, side="right")
    groups, reached = [], 0
    for start, end in enumerate(ends):
        if end - start > 1 and end > reached:
            groups.append(tuple(int(column) for column in order[start:end]))
            reached = end
    return groups


def _rank(
    metric: str, values: np.ndarray, columns: Sequence[tuple[str, str]], alpha: float
) -> pd.DataFrame:
    known = ~np.isnan(values).any(axis=0)
    mean_ranks = np.full(len(columns), np.nan)
    mean_ranks[known] = stats.rankdata(-values[:, known], axis=1).mean(axis=0)
    table = pd.DataFrame(
        {
            "metric": metric,
            "method": [method for method, _ in columns],
            "noise": [noise for _, noise in columns],
            "mean_rank": mean_ranks,
            "critical_difference": critical_difference(known.sum(), len(values), alpha),
            "cases": len(values),
            "friedman_p": _friedman(values[:, known]),
        }
    )
    return table.sort_values("mean_rank", kind="stable", ignore_index=True)


def _friedman(values: np.ndarray) -> float:
    if len(values) < 2 or values.shape[1] < 3:
        return float("nan")
    if (np.ptp(values, axis=1) == 0).all():
        return 1.0  # ties only: scipy divides by 0
    return float(stats.friedmanchisquare(*values.T).pvalue)
