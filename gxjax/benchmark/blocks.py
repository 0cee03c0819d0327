"""Blocks of the genome, the units of a bootstrap, and what lies in them above cuts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gxjax.benchmark.reach import NULL_KINDS, is_of_kind
from gxjax.types import Truth

__all__ = ["BLOCKS", "count_above", "genome_blocks"]

BLOCKS = 100
"""How many blocks a genome is cut into: LD is within them, but for a few edges."""


def genome_blocks(truth: Truth, blocks: int = BLOCKS) -> np.ndarray:
    """The block of each column: adjacent columns, a null column's that of its original.

    Args:
      truth: of the V columns.
      blocks: how many, at most.

    Returns:
      int64 [V] in [0, blocks).

    Raises:
      ValueError: blocks is below 1, or a decoy or knockoff has no original.
    """
    if blocks < 1:
        raise ValueError(f"blocks: found {blocks}; expected at least 1")
    if blocks == 1:
        return np.zeros(len(truth.kind), np.int64)
    is_null = is_of_kind(truth, NULL_KINDS)
    originals = np.flatnonzero(~is_null)
    found = np.zeros(len(truth.kind), np.int64)
    found[originals] = np.arange(len(originals)) * blocks // max(len(originals), 1)
    partner = truth.partner[is_null]
    if (partner < 0).any() or is_null[partner].any():
        raise ValueError("truth: a decoy or knockoff without a real partner")
    found[is_null] = found[partner]
    return found


def count_above(
    places: np.ndarray, labels: np.ndarray, count: int, ks: Sequence[int]
) -> np.ndarray:
    """How often each label is among the top k, for several k.

    Args:
      places: integers [n], ranks.
      labels: integers [n] in [0, count).
      count: of labels.
      ks: Q numbers, in any order.

    Returns:
      float32 [Q, count].
    """
    order = np.argsort(ks, kind="stable")
    bounds = np.asarray(ks)[order]
    cut = np.searchsorted(bounds, places, side="right")
    inside = cut < len(bounds)
    cells = cut[inside] * count + labels[inside]
    sums = np.bincount(cells, minlength=len(bounds) * count).reshape(-1, count)
    found = np.empty(sums.shape, np.float32)
    found[order] = sums.cumsum(axis=0)
    return found
