"""How alike members rank variants: Spearman, overlap of the top, Nogueira's index."""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np

from gxjax import rng
from gxjax.benchmark.jackknife import Jackknife, jackknife
from gxjax.benchmark.ranking import order

__all__ = [
    "Similarity",
    "jaccard",
    "mean_spearman",
    "nogueira",
    "similarity",
]


class Similarity(NamedTuple):
    """What members of one ensemble have in common.

    Attributes:
      spearman: float64 [M, M], rank correlation of two members' scores, ties at their
        mean rank; NaN for a member whose scores are all the same.
      shared: int64 [M, M], how many variants are on top in both.
      top: K, how many are on top.
      variants: V.
    """

    spearman: np.ndarray
    shared: np.ndarray
    top: int
    variants: int


def similarity(values: np.ndarray, top: int) -> Similarity:
    """Ranks each member once and compares all pairs of members.

    Args:
      values: float [M, V], scores of one column.
      top: K, at least 1; see `ranking.count_at`. Ties there are broken at random, by
        each member otherwise: what is 0 in all of them is no agreement.

    Returns:
      `Similarity`.

    Raises:
      ValueError: NaN scores, a top that is not 1 to V.
    """
    members, variants = np.shape(values)
    if not 1 <= top <= variants:
        raise ValueError(f"top: found {top}; expected 1 to {variants}, the variants")
    centred = np.empty((members, variants))
    above = np.zeros((members, variants), np.float32)
    for member, scores in enumerate(values):
        descending = order(scores)
        above[member, _on_top(scores, descending, top, member)] = 1
        centred[member, descending] = _mean_ranks(np.asarray(scores)[descending])
        centred[member] -= (variants - 1) / 2
    products = centred @ centred.T
    norms = np.sqrt(np.diag(products))
    size = norms[:, None] * norms[None, :]
    spearman = np.full(products.shape, np.nan)
    np.divide(products, size, out=spearman, where=size > 0)
    # Sums of ones below 2^24 are exact in float32.
    shared = (above @ above.T).astype(np.int64)
    return Similarity(spearman, shared, top, variants)


def _on_top(
    scores: np.ndarray, descending: np.ndarray, top: int, member: int
) -> np.ndarray:
    """int64 [top]: the highest; of those as high as the last, which is the member's."""
    tied = np.flatnonzero(scores == scores[descending[top - 1]])
    higher = int(np.count_nonzero(scores > scores[tied[0]]))
    if len(tied) == top - higher:
        return descending[:top]
    draw = rng.generator(jax.random.key(0), "benchmark/ties_at_the_cut", member)
    drawn = draw.choice(tied, top - higher, replace=False)
    return np.concatenate([descending[:higher], drawn])


def mean_spearman(found: Similarity) -> Jackknife:
    """Mean rank correlation over pairs of members, one figure.

    It is mostly about the many variants that matter to nobody: their ranks follow the
    allele frequency, which all members see alike, and so it may be high where members
    agree on no variant that matters.

    References:
      Spearman, The proof and measurement of association between two things, American
      Journal of Psychology 15(1): 72-101 (1904), https://doi.org/10.2307/1412159
    """
    return _pairwise(found.spearman)


def jaccard(found: Similarity) -> Jackknife:
    """Mean over pairs of members of shared / all variants on top of either, one figure.

    By chance it is about `K / (2 V - K)`, so figures of other K can not be compared;
    `nogueira` can. NaN where a member's scores are all the same. Two variants in
    perfect LD count as two: members that choose different ones of them disagree here.

    References:
      Jaccard, The distribution of the flora in the alpine zone, New Phytologist 11(2):
      37-50 (1912), https://doi.org/10.1111/j.1469-8137.1912.tb05611.x
    """
    shares = found.shared / (2 * found.top - found.shared)
    blank = _without_order(found)
    return _pairwise(np.where(blank[:, None] | blank, np.nan, shares))


def nogueira(found: Similarity) -> Jackknife:
    """Nogueira's stability of the top K, corrected for chance: 1 equal, 0 as by chance.

    `1 - mean_j s_j^2 / (K/V (1 - K/V))`, s_j^2 the unbiased variance of being on top.
    Of sets of one size it is Kuncheva's index. A score blind to the network has 1.

    Returns:
      `Jackknife` of one figure with the published asymptotic variance in M, normal; NaN
      for one member, if all variants are on top, or if a member's scores are all the
      same. The variance is NaN for two members: their influences are always equal.

    References:
      Nogueira, Sechidis & Brown, On the stability of feature selection algorithms,
      Journal of Machine Learning Research 18(174): 1-54 (2018),
      https://jmlr.org/papers/v18/17-514.html
    """
    members, share = len(found.shared), found.top / found.variants
    if members < 2 or share == 1 or _without_order(found).any():
        unknown = np.full((1, 1), np.nan)
        return Jackknife(unknown[0], unknown, np.inf)
    scale = share * (1 - share)
    frequency_squared = found.shared.mean() / found.variants
    value = 1 - members / (members - 1) * (share - frequency_squared) / scale
    own = found.shared.mean(axis=1) / found.variants
    influence = own - share**2 + value / 2 * (2 * share**2 - 2 * share + 1)
    root = 2 * (influence - influence.mean()) / scale / members
    if members < 3:
        root = np.full(1, np.nan)
    return Jackknife(np.array([value]), root[:, None], np.inf)


def _without_order(found: Similarity) -> np.ndarray:
    """bool [M]: members whose scores are all the same, so that nothing is on top."""
    return np.isnan(np.diag(found.spearman))


def _mean_ranks(descending: np.ndarray) -> np.ndarray:
    """Ranks 0, 1, ... of sorted scores, ties at their mean, float64."""
    starts = np.flatnonzero(np.append(True, descending[1:] != descending[:-1]))
    sizes = np.diff(np.append(starts, len(descending)))
    return np.repeat(starts + (sizes - 1) / 2, sizes)


def _pairwise(matrix: np.ndarray) -> Jackknife:
    """Mean off the diagonal, and without each member; NaN for one member."""
    members = len(matrix)
    rows = matrix.sum(axis=1) - np.diag(matrix)
    total = rows.sum()
    pairs = members * (members - 1)
    value = total / pairs if pairs else np.nan
    left = (members - 1) * (members - 2)
    leaves = (total - 2 * rows) / left if left > 0 else np.full(members, np.nan)
    return jackknife(np.array([value]), leaves[:, None])
