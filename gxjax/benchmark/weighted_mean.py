"""Weighted means of recall, precision and stability, and which column is first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy import stats

__all__ = [
    *("arithmetic", "first_share", "geometric", "harmonic"),
    *("normalised", "part_scores", "places", "tau_of"),
]


def normalised(weights: Sequence[float]) -> np.ndarray:
    """Weights of recall, precision and stability that sum to 1, float64 [3].

    Raises:
      ValueError: not three numbers of at least 0, or all 0.
    """
    found = np.asarray(weights, np.float64)
    if found.shape != (3,) or not (found >= 0).all() or not 0 < found.sum() < np.inf:
        raise ValueError(
            f"weights: found {list(weights)}; expected three numbers of at least 0, of "
            "recall, precision and stability, and not all 0"
        )
    return found / found.sum()


def tau_of(tau: float | Literal["relative"], median_rsd: np.ndarray) -> np.ndarray:
    """The RSD that halves a stability score, once per draw.

    Args:
      tau: a positive number; "relative": the median over columns of the median RSD.
      median_rsd: float [B, C]; a column with a NaN does not count.

    Returns:
      float64 [B, 1]; NaN where tau is relative and no column counts.

    Raises:
      ValueError: a tau that is neither.
    """
    median_rsd = np.asarray(median_rsd, np.float64)
    if tau == "relative":
        known = median_rsd[:, ~np.isnan(median_rsd).any(axis=0)]
        if known.shape[1] == 0:
            return np.full((len(median_rsd), 1), np.nan)
        return np.median(known, axis=1, keepdims=True)
    if isinstance(tau, str) or not 0 < tau < np.inf:
        raise ValueError(
            f"tau: found {tau!r}; expected a positive number or 'relative'"
        )
    return np.full((len(median_rsd), 1), float(tau))


def part_scores(parts: np.ndarray, tau: np.ndarray) -> np.ndarray:
    """Recall, precision and stability score, each 0 to 1.

    Args:
      parts: float [..., 3], recall, precision (below 0: counts as 0) and median RSD.
      tau: float, broadcasts against `parts[..., 0]`; a tau of 0 halves all but an RSD
        of 0 to nothing.

    Returns:
      float64 [..., 3]; NaN stays NaN.
    """
    recall, precision, rsd = np.moveaxis(np.asarray(parts, np.float64), -1, 0)
    tau = np.broadcast_to(tau, rsd.shape)
    halvings = np.divide(rsd, tau, out=np.zeros(rsd.shape), where=tau != 0)
    halvings = np.where((tau == 0) & (rsd > 0), np.inf, halvings)
    # A NaN over a tau of 0 must not become a stable score.
    stability = np.where(np.isnan(rsd), np.nan, np.exp2(-halvings))
    return np.stack([np.clip(recall, 0, 1), np.clip(precision, 0, 1), stability], -1)


def arithmetic(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted arithmetic mean over the last axis; see `geometric`."""
    return (_counted(scores, weights) * weights).sum(axis=-1)


def geometric(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted geometric mean over the last axis.

    Args:
      scores: float [..., 3], at least 0.
      weights: float, broadcasts against it, sums to 1. What has weight 0 does not
        count, not even a NaN.

    Returns:
      float64 [...], 0 where a score that counts is 0.
    """
    return np.power(_counted(scores, weights), weights).prod(axis=-1)


def harmonic(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted harmonic mean over the last axis; see `geometric`."""
    scores = _counted(scores, weights)
    shares = np.broadcast_to(weights, scores.shape)
    below = np.divide(
        shares, scores, out=np.full(scores.shape, np.inf), where=scores != 0
    )
    return 1 / below.sum(axis=-1)


def places(values: np.ndarray) -> np.ndarray:
    """Rank of every column in every row, int64 [B, C]; 1 is the largest.

    Ties share their best rank; NaN comes last.
    """
    known = np.where(np.isnan(values), -np.inf, values)
    return stats.rankdata(-known, method="min", axis=-1).astype(np.int64)


def first_share(values: np.ndarray) -> np.ndarray:
    """Share of rows in which a column has the largest value.

    Args:
      values: float [B, C].

    Returns:
      float64 [C], sums to 1 over the columns that have values: columns that tie for the
      first place share it. NaN for a column without a value.
    """
    best = np.fmax.reduce(values, axis=1, keepdims=True)
    first = (values == best).astype(np.float64)
    first /= np.maximum(first.sum(axis=1, keepdims=True), 1)
    return np.where(np.isnan(values).all(axis=0), np.nan, first.mean(axis=0))


def _counted(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.where(weights > 0, scores, 1.0)
