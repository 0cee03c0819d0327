"""Which variants are on top: the cut by quantile and the order of ties."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import jax
import numpy as np

from gxjax import rng
from gxjax.types import Progress, Truth, silent

__all__ = [
    "Ranking",
    "check_ranking",
    "check_values",
    "count_at",
    "order",
    "rank_columns",
    "ranks",
    "scored_ranks",
    "top",
]

_LOW = np.uint64(0xFFFFFFFF)
_SIGN = np.uint32(1 << 31)


class Ranking(NamedTuple):
    """Ranks of all score columns and members, made once for all metrics.

    Attributes:
      ranks: int32 [C, M, V], 0 for the highest score; V where a variant is not typed
        or has no score.
      typed: how many variants are ranked.
    """

    ranks: np.ndarray
    typed: int


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
    if scores.dtype == np.float32:
        return _order_of_float32(scores)
    return np.lexsort((_ties(len(scores))[0], -scores))


def _order_of_float32(scores: np.ndarray) -> np.ndarray:
    """As `np.lexsort` has it, several times as fast: one sort of whole numbers."""
    places, columns = _ties(len(scores))
    # Bits of floats compare as whole numbers once the negative ones are turned over;
    # adding 0 makes -0 a 0.
    bits = (np.float32(0) - scores).view(np.uint32)
    bits ^= np.where(bits >> np.uint32(31), np.uint32(0xFFFFFFFF), _SIGN)
    keys = (bits.astype(np.uint64) << np.uint64(32)) | places
    keys.sort()
    return columns[keys & _LOW]


def ranks(scores: np.ndarray) -> np.ndarray:
    """Place of every column in `order(scores)`, int64 [V], 0 the highest score."""
    places = np.empty(len(scores), np.int64)
    places[order(scores)] = np.arange(len(scores))
    return places


def scored_ranks(scores: np.ndarray) -> np.ndarray:
    """As `ranks`, int32 [V], but V for a score of -inf, which is never on top."""
    places = ranks(scores).astype(np.int32)
    places[np.isneginf(scores)] = len(scores)
    return places


def rank_columns(
    values: np.ndarray,
    columns: Sequence[tuple[str, str]],
    truth: Truth,
    progress: Progress = silent,
) -> Ranking:
    """Ranks every member of every score column among the typed variants.

    Args:
      values: float [C, M, V], larger is more important; -inf for what has no score.
      columns: C pairs (method, noise).
      truth: of the V columns; those that are not `typed` have no rank.
      progress: called with rankings done, C M.

    Returns:
      `Ranking`, 4 bytes per score.

    Raises:
      ValueError: `values` is not [C, M, V], a typed score is NaN, nothing is typed.
    """
    values, count = np.asarray(values), len(truth.kind)
    check_values(values, columns, count)
    shown = np.flatnonzero(truth.shown)
    if not len(shown):
        raise ValueError("truth: no column is typed; expected one at least")
    found = np.full(values.shape, count, np.int32)
    counted = np.arange(len(shown), dtype=np.int32)
    total = values.shape[0] * values.shape[1]
    for done, (c, m) in enumerate(np.ndindex(values.shape[:2]), start=1):
        some = values[c, m] if len(shown) == count else values[c, m, shown]
        found[c, m, shown[order(some)]] = counted
        found[c, m, shown[np.isneginf(some)]] = count
        progress(done, total, "ranks")
    return Ranking(found, len(shown))


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


def check_ranking(ranking: Ranking, columns: Sequence, variants: int) -> None:
    """Raises ValueError unless the ranks are integers [C, M, V], a row per column."""
    if not np.issubdtype(ranking.ranks.dtype, np.integer):
        raise ValueError(
            f"ranking: {ranking.ranks.dtype}; expected the integer ranks that "
            "rank_columns makes of scores"
        )
    check_values(ranking.ranks, columns, variants)


@lru_cache(maxsize=8)
def _ties(variants: int) -> tuple[np.ndarray, np.ndarray]:
    """The place of each column among ties, uint64 [V], and its inverse, int64 [V]."""
    generator = rng.generator(jax.random.key(0), "benchmark/ties", variants)
    places = generator.permutation(variants)
    return places.astype(np.uint64), np.argsort(places)
