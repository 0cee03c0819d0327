"""Scores, truth and LD of a benchmark that nobody ran: what do metrics cost?

LD is a band: so many adjacent variants on either side, and r^2 of at least one half
with each. Scores are noise that neighbours share, with planted variants raised.
"""

from __future__ import annotations

import numpy as np

from gxjax.types import KINDS, Neighbours, Truth

__all__ = ["band", "simulated_scores", "simulated_truth", "with_decoys"]

_PLANTED = {"additive": 100, "dominant": 100, "recessive": 100, "epistatic": 100}
_POLYGENIC = 1000


def simulated_truth(variants: int) -> Truth:
    """400 planted variants or fewer, pairs among them, and polygenic ones."""
    generator = np.random.default_rng(0)
    share = min(1.0, variants / 5000)
    counts = {name: 2 * int(count * share / 2) for name, count in _PLANTED.items()}
    counts["polygenic"] = int(_POLYGENIC * share)
    chosen = generator.choice(variants, sum(counts.values()), replace=False)
    kind, partner = np.zeros(variants, np.int8), np.full(variants, -1, np.int32)
    names = np.repeat([KINDS.index(name) for name in counts], list(counts.values()))
    kind[chosen] = names
    first, second = np.flatnonzero(kind == KINDS.index("epistatic")).reshape(2, -1)
    partner[first], partner[second] = second, first
    none = np.full(variants, np.nan, np.float32)
    return Truth(kind, partner, none, none)


def with_decoys(truth: Truth) -> Truth:
    """A decoy of each variant behind them all."""
    count = len(truth.kind)
    none = np.full(2 * count, np.nan, np.float32)
    decoys = np.full(count, KINDS.index("decoy"), np.int8)
    partner = np.concatenate([truth.partner, np.arange(count, dtype=np.int32)])
    return Truth(np.concatenate([truth.kind, decoys]), partner, none, none)


def band(variants: int, neighbours: int) -> Neighbours:
    """Every variant in LD with half of `neighbours` on either side."""
    reach = np.arange(1, neighbours // 2 + 1, dtype=np.int32)
    offsets = np.concatenate([-reach[::-1], reach])
    rows = np.arange(variants, dtype=np.int32)[:, None]
    columns = rows + offsets[None, :]
    inside = (columns >= 0) & (columns < variants)
    # Alike from either end of a pair.
    r2 = (0.5 + ((rows + columns) % 8) / 16).astype(np.float32)
    starts = np.concatenate([[0], np.cumsum(inside.sum(axis=1))])
    return Neighbours(starts, columns[inside], r2[inside])


def simulated_scores(
    truth: Truth, columns: int, members: int, neighbours: int
) -> np.ndarray:
    """float32 [C, M, V], positive; planted variants are on top more often than others.

    Members share half of their noise, and so do score columns.
    """
    generator = np.random.default_rng(1)
    count = len(truth.kind)
    is_planted = (truth.kind > 0) & (truth.kind < KINDS.index("decoy"))
    raised = np.where(is_planted, np.float32(2), np.float32(0))
    shared = _smooth_noise(generator, count, neighbours)
    found = np.empty((columns, members, count), np.float32)
    for own in found.reshape(-1, count):
        own[:] = _smooth_noise(generator, count, neighbours) + shared + raised
        np.abs(own, out=own)
    return found


def _smooth_noise(
    generator: np.random.Generator, count: int, neighbours: int
) -> np.ndarray:
    """float32 [count], of variance 1/2 or so, alike over a quarter of a band."""
    wide = max(neighbours // 4, 1)
    noise = generator.standard_normal(count + wide, np.float32)
    sums = np.cumsum(noise, dtype=np.float64)
    return ((sums[wide:] - sums[:-wide]) / np.sqrt(2 * wide)).astype(np.float32)
