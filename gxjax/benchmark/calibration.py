"""Are p-values of networks that had nothing to learn uniform?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import beta, norm

__all__ = ["Rate", "calibration_table", "rejection_rate"]

_TABLE_COLUMNS = ["method", "noise", "expected", "observed", "lower", "upper"]


class Rate(NamedTuple):
    """A share over simulations with its interval.

    Attributes:
      value: the mean over simulations of the share of variants.
      lower: lower end of its normal interval over simulations.
      upper: upper end.
    """

    value: float
    lower: float
    upper: float


def calibration_table(
    p: np.ndarray,
    columns: Sequence[tuple[str, str]],
    *,
    points: int = 200,
    level: float = 0.95,
) -> pd.DataFrame:
    """Quantiles of p-values beside those of a uniform distribution (a QQ plot's
    points).

    Give p-values of one null ensemble against the others to see whether they are
    calibrated; those of the real ensemble bend upwards where it found something. Of n
    independent uniform p-values the k-th smallest is Beta(k, n - k + 1), which the
    bands are of, point by point: LD and what members share widen the spread, so that a
    line outside its band at a few points proves nothing, and one inside proves little.

    Args:
      p: float [C, V], NaN where there is none.
      columns: C pairs (method, noise).
      points: per column at most, evenly spaced in `log10` of the rank.
      level: of the bands.

    Returns:
      Table `method noise expected observed lower upper`, all in -log10, greatest first;
      expected is that of the Beta's mean, `k / (n + 1)`.

    Raises:
      ValueError: shapes that do not fit, p outside 0 to 1 (0 too), level out of range.
    """
    p = np.asarray(p, np.float64)
    if p.ndim != 2 or len(p) != len(columns):
        raise ValueError(f"p: shape {p.shape}; expected [{len(columns)}, variants]")
    if ((p <= 0) | (p > 1)).any():
        raise ValueError("p: found a value not above 0 or above 1; expected p-values")
    if not 0 < level < 1 or points < 1:
        raise ValueError(
            f"level, points: found {level}, {points}; expected between 0 and 1, and at "
            "least 1"
        )
    tail = (1 - level) / 2
    parts = []
    for (method, noise), row in zip(columns, p, strict=True):
        ascending = np.sort(row[~np.isnan(row)])
        count = len(ascending)
        if count == 0:
            continue
        spaced = np.geomspace(1, count, min(points, count))
        rank = np.unique(np.rint(spaced).astype(np.int64))
        values = {
            "expected": rank / (count + 1),
            "observed": ascending[rank - 1],
            "lower": beta.ppf(1 - tail, rank, count - rank + 1),
            "upper": beta.ppf(tail, rank, count - rank + 1),
        }
        logs = {name: -np.log10(part) + 0.0 for name, part in values.items()}
        parts.append(pd.DataFrame(logs).assign(method=method, noise=noise))
    if not parts:
        return pd.DataFrame(columns=_TABLE_COLUMNS)
    return pd.concat(parts, ignore_index=True)[_TABLE_COLUMNS]


def rejection_rate(p: np.ndarray, threshold: float, *, level: float = 0.95) -> Rate:
    """Share of variants with `p <= threshold`, averaged over independent simulations.

    Variants of one simulation depend on each other, so the interval is of the spread
    between simulations: normal, and too narrow for fewer than about 50 of them.

    Args:
      p: float [S, V], one row per simulation.
      threshold: the nominal rate.
      level: of the interval.

    Returns:
      `Rate`; a calibrated test has one that holds `threshold`.

    Raises:
      ValueError: fewer than two simulations.
    """
    p = np.asarray(p, np.float64)
    if p.ndim != 2 or len(p) < 2:
        raise ValueError(f"p: shape {p.shape}; expected [simulations >= 2, variants]")
    shares = (p <= threshold).mean(axis=1)
    half = norm.ppf((1 + level) / 2) * shares.std(ddof=1) / np.sqrt(len(shares))
    return Rate(
        float(shares.mean()), float(shares.mean() - half), float(shares.mean() + half)
    )
