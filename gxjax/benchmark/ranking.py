"""Which variants are on top: the cut by quantile and the order of ties."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import jax
import numpy as np

from gxjax import rng

__all__ = ["check_values", "count_at", "order", "ranks", "top"]


def count_at(quantile: float, variants: int) -> int:
    """K, how many of `variants` lie above a quantile: `(1 - q) m`, halves rounded up.

    Args:
      quantile: in [0, 1).
      variants: m, all variants scored.

    Returns:
      At least 1, so that no quantile asks for an empty list.

    Raises:
      ValueError: the quantile is out of range.
    """
    if not 0 <= quantile < 1:
        raise ValueError(f"quantile: found {quantile}; expected at least 0, below 1")
    # 0.99 is not a binary fraction: without rounding, (1 - 0.99) * 50 is below 0.5.
    return max(1, int(np.floor(round((1 - quantile) * variants, 6) + 0.5)))


def order(scores: np.ndarray) -> np.ndarray:
    """Columns from the highest score to the lowest.

    Ties are broken by a pseudo-random order that depends on V only. Column order would
    favour the real variants, which come first, over spike-ins and decoys.

    Args:
      scores: float [V]; -inf for a variant that has none.

    Returns:
      int64 [V].

    Raises:
      ValueError: a score is NaN.
    """
    scores = np.asarray(scores)
    missing = int(np.isnan(scores).sum())
    if missing:
        raise ValueError(
            f"scores: {missing} of {len(scores)} are NaN; give a variant without a "
            "score -inf"
        )
    return np.lexsort((_tie_order(len(scores)), -scores))


def ranks(scores: np.ndarray) -> np.ndarray:
    """Place of every column in `order(scores)`, int64 [V], 0 the highest score."""
    places = np.empty(len(scores), np.int64)
    places[order(scores)] = np.arange(len(scores))
    return places


def top(scores: np.ndarray, k: int) -> np.ndarray:
    """The k columns with the highest scores, int64 [k], highest first; see `order`."""
    return order(scores)[:k]


def check_values(values: np.ndarray, columns: Sequence, variants: int) -> None:
    """Raises ValueError unless `values` is [C, M, V], a row per column of scores."""
    found, expected = np.shape(values), (len(columns), variants)
    if len(found) != 3 or (found[0], found[2]) != expected:
        raise ValueError(
            f"values: shape {found}; expected [{expected[0]}, members, {expected[1]}], "
            "one row per column and one score per variant of the truth"
        )


@lru_cache(maxsize=8)
def _tie_order(variants: int) -> np.ndarray:
    generator = rng.generator(jax.random.key(0), "benchmark/ties", variants)
    return generator.permutation(variants)
