"""Bootstrap intervals over replicates, members and units: how sure a figure is.

A *unit* is what a share counts: a planted variant, a pair, a block of the genome. A
*member* is a network of an ensemble, a *replicate* a benchmark with its own truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np

from gxjax import rng
from gxjax.benchmark.all_or_none import effective_units, widened_ends
from gxjax.benchmark.bootstrap_weights import counts, mean_one, shrinkage_of
from gxjax.benchmark.estimates import LEVEL, Estimate, interval
from gxjax.benchmark.few_replicates import drawn_interval

__all__ = [
    *("ANY", "DRAWS", "SHARE", "Ratio", "estimate", "member_shares"),
]

DRAWS = 1000
"""Bootstrap draws, B."""

ANY = (-np.inf, np.inf)
"""Bounds of a figure that may be anything."""

SHARE = (0.0, 1.0)
"""Bounds of a share."""

_COUNTS_AT_ONCE = 1 << 22


class Ratio(NamedTuple):
    """A share per column and member, of one replicate: `numerator / denominator`.

    The share of column c and member m is `numerator[c, m].sum() /
    denominator[c, m].sum()`, 0 where the denominator's sum is 0.

    Attributes:
      numerator: float32 [C, M, U].
      denominator: float32, broadcasts against it: [C, M, U] or [1, 1, U].
    """

    numerator: np.ndarray
    denominator: np.ndarray


def estimate(
    ratios: Sequence[Ratio],
    key: jax.Array,
    *,
    unit: str = "",
    draws: int = DRAWS,
    level: float = LEVEL,
    bounds: tuple[float, float] = ANY,
) -> Estimate:
    """Mean share with its bootstrap interval, of every column.

    Replicates, members and units are resampled, each where there are two or more: of n,
    n - 1 are drawn with replacement and weigh n / (n - 1), so that the variance over
    draws has no bias (Rao, Wu & Yue). The deviations of replicates are shrunk by what
    their units and members explain of them (Ng et al.), and the percentiles moved out
    as far as Student's t is wider for so few (Hesterberg). Weights are named by
    replicate and number of units (members), and are the same for all columns. So a
    column's estimate is the same in whatever company, and columns of one call, or of
    calls with one key, are paired: compare them by differences of their draws. Figures
    of other units of the same networks have the same draws of replicates and members,
    so that a mean of them varies as their networks do; figures of other networks need a
    key of their own.

    No draw leaves the range of what was seen. So where no unit is found, or each is,
    the interval ends where that had a chance of `(1 - level) / 2` (`all_or_none`): 0 of
    6 units is "0 to 0.46". Draws that hold nothing to count are left out.

    What this can NOT tell: intervals are too narrow where few are resampled and these
    vary most. In simulations a nominal 0.95 held the truth in 0.91 of all cases for ten
    members, 0.88 for five; in 0.9 for five replicates, 0.8 for three; in 0.92 or more
    for shares of 1 to 50 units, found or not, of one member; in 0.90 or more for shares
    of 3 to 50 loci, or of top columns, over 10 or 100 blocks (before draws without any
    were left out, in 0.4 to 0.97). One replicate says nothing of other truths, one
    member nothing of other trainings. Units are taken as independent: give blocks where
    neighbours depend on each other.

    Args:
      ratios: one `Ratio` per replicate, of the same C columns; M and U may differ. A
        replicate without a unit is left out.
      key: a JAX key.
      unit: what the units are, if others are counted in the same networks: units of
        another name have draws of their own, also where there are as many.
      draws: B.
      level: in (0, 1).
      bounds: least and greatest that a share can be, to which draws and intervals are
        cut.

    Returns:
      `Estimate`. With one unit and one member, lower and upper are the value, unless it
      is one of the bounds; so they are where one block holds all that is counted.

    Raises:
      ValueError: no unit at all, columns that differ between replicates, shapes that do
        not fit, draws or level out of range.

    References:
      Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 13,
      https://doi.org/10.1201/9780429246593
      Rao, Wu & Yue (1992), Ng, Grieve & Carpenter (2013), Hesterberg (2015): in full in
      `gxjax/benchmark/bootstrap_weights.py`.
    """
    _check(ratios, draws, level)
    kept = [(r, ratio) for r, ratio in enumerate(ratios) if ratio.numerator.shape[2]]
    shares = [member_shares(ratio) for _, ratio in kept]
    drawn = [_draw(ratio, key, unit, r, draws) for r, ratio in kept]
    means = np.stack([share.mean(axis=1) for share in shares])
    samples = np.mean(drawn, axis=0)
    if len(kept) > 1:
        weights = mean_one(key, "benchmark/replicates", len(kept), draws, 0)
        between = (weights - 1) @ means / len(kept)
        shrinkage = shrinkage_of(means, np.stack(drawn))
        samples = samples + shrinkage * between
        lower, upper = drawn_interval(samples, shrinkage, len(kept), level)
    else:
        lower, upper = interval(samples, level)
    value, units = means.mean(axis=0), sum(r.numerator.shape[2] for _, r in kept)
    lower, upper = np.clip(lower, *bounds), np.clip(upper, *bounds)
    counted = effective_units([ratio.denominator for _, ratio in kept])
    lower, upper = widened_ends(
        value, lower, upper, counted, level=level, bounds=bounds
    )
    together = np.concatenate(shares, axis=1)
    least, greatest = together.min(axis=1), together.max(axis=1)
    samples = np.clip(samples, *bounds)
    added = np.concatenate([_contributions(ratio) for _, ratio in kept], axis=1)
    added /= len(kept)
    each = np.full((len(ratios), len(value)), np.nan)
    each[[r for r, _ in kept]] = means
    ends = value, lower, upper, least, greatest
    return Estimate(*ends, samples, units, added, each)


def member_shares(ratio: Ratio) -> np.ndarray:
    """The share of every column and member of one replicate, float64 [C, M]."""
    shares, _ = _shares(ratio, np.ones((1, 1)))
    return shares[0]


def _contributions(ratio: Ratio) -> np.ndarray:
    """What each unit adds to the mean share over members, float64 [C, U]."""
    below = ratio.denominator.sum(axis=2, dtype=np.float64, keepdims=True)
    below = np.broadcast_to(below, (*ratio.numerator.shape[:2], 1))
    above = ratio.numerator.astype(np.float64)
    return np.divide(above, below, out=np.zeros(above.shape), where=below != 0).mean(1)


def _draw(
    ratio: Ratio, key: jax.Array, unit: str, replicate: int, draws: int
) -> np.ndarray:
    """Draws of one replicate's mean share over members, float64 [B, C]."""
    _, members, units = ratio.numerator.shape
    name = f"benchmark/units/{unit}" if unit else "benchmark/units"
    generator = rng.generator(key, name, replicate, units)
    batches, empty = [], []
    step = max(1, _COUNTS_AT_ONCE // units)
    for start in range(0, draws, step):
        drawn = counts(generator, min(step, draws - start), units)
        shares, is_empty = _shares(ratio, drawn)
        batches.append(shares)
        empty.append(is_empty)
    shares = _redrawn(np.concatenate(batches), np.concatenate(empty))
    over_members = mean_one(key, "benchmark/members", members, draws, replicate)
    return np.einsum("bm,bcm->bc", over_members, shares) / members


def _redrawn(shares: np.ndarray, empty: np.ndarray) -> np.ndarray:
    """Shares [B, C, M]; where a draw holds nothing to count, those of the one before.

    Of the first draws it is the last one; 0 where no draw holds anything.
    """
    if not empty.any():
        return shares
    empty = np.broadcast_to(empty, shares.shape)
    at = np.where(empty, -1, np.arange(len(shares), dtype=np.int32)[:, None, None])
    at = np.maximum.accumulate(at, axis=0)
    return np.take_along_axis(shares, np.where(at < 0, at[-1], at), axis=0)


def _shares(ratio: Ratio, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares [B, C, M], float64, of units weighted [B, U]; [1, 1]: all alike.

    And whether they are 0 for want of anything to count, which broadcasts to them.
    """
    if weights.shape[1] == 1:
        above, below = (
            part.sum(axis=2, dtype=np.float64)[None] * weights[:, :, None]
            for part in ratio
        )
    else:
        above, below = (_weighted(part, weights) for part in ratio)
    empty = below == 0
    shares = np.divide(above, below, out=np.zeros(above.shape), where=~empty)
    return shares, empty


def _weighted(part: np.ndarray, weights: np.ndarray) -> np.ndarray:
    columns, members, units = part.shape
    flat = np.asarray(part, np.float32).reshape(columns * members, units)
    sums = (weights @ flat.T).astype(np.float64)
    return sums.reshape(len(weights), columns, members)


def _check(ratios: Sequence[Ratio], draws: int, level: float) -> None:
    if draws < 2 or not 0 < level < 1:
        raise ValueError(
            f"draws, level: found {draws}, {level}; expected at least 2, and between "
            "0 and 1"
        )
    shapes = [np.shape(ratio.numerator) for ratio in ratios]
    if any(len(shape) != 3 for shape in shapes) or len({s[0] for s in shapes}) > 1:
        raise ValueError(
            f"ratios: numerators of shape {shapes}; expected [C, members, units] with "
            "the same C in every replicate"
        )
    if not any(shape[2] for shape in shapes):
        raise ValueError("ratios: no unit in any replicate; leave the figure out")
    for shape, ratio in zip(shapes, ratios, strict=True):
        below = np.shape(ratio.denominator)
        fits = [b in (1, s) for b, s in zip(below, shape[:2], strict=False)]
        if len(below) != 3 or not all(fits) or below[2] != shape[2]:
            raise ValueError(
                f"ratios: a denominator of shape {below}; expected {shape}, or 1 in "
                "place of C and members"
            )
