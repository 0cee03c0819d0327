"""Bootstrap intervals of shares over people and members."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np

from gxjax.rng import generator

__all__ = ["DRAWS", "LEVEL", "Interval", "mean_interval"]

DRAWS = 1000
"""Bootstrap draws."""

LEVEL = 0.95
"""The share of intervals that shall hold the truth."""


class Interval(NamedTuple):
    """A figure [..] with the ends of its percentile bootstrap interval, float64."""

    value: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def mean_interval(
    numerator: Any,
    denominator: Any,
    key: jax.Array,
    *,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> Interval:
    """The mean over members of each one's sum of numerators over sum of denominators.

    Members and units are resampled, each where there are two or more: of n, n - 1 are
    drawn with replacement, so that the variance over draws has no bias (Rao, Wu & Yue).
    The weights are named by their number alone: columns of one call, and calls with one
    key, are paired.

    What this can NOT tell: with few people and networks, percentile intervals are too
    narrow. The people that were asked are one sample, and the networks share one split.

    Args:
      numerator: float [.., M, U], of U units (people or variants).
      denominator: float, broadcasts against it; 1 for a plain mean.
      key: a JAX key.
      draws: bootstrap draws.
      level: in (0, 1).

    Returns:
      `Interval` of shape [..]; NaN where a denominator's sum is 0: there is nothing to
      take a share of. With one member and unit, lower and upper are the value.

    Raises:
      ValueError: there is no member or no unit.

    References:
      Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13,
      https://doi.org/10.1201/9780429246593
      Rao, Wu & Yue, Some recent work on resampling methods for complex surveys, 1992,
      https://www150.statcan.gc.ca/n1/pub/12-001-x/1992002/article/14486-eng.pdf
    """
    top = np.asarray(numerator, np.float64)
    below = np.broadcast_to(np.asarray(denominator, np.float64), top.shape)
    if top.ndim < 2 or 0 in top.shape[-2:]:
        raise ValueError(
            f"numerator: found shape {top.shape}; expected [.., members, units], none 0"
        )
    members, units = top.shape[-2:]
    value = _share(top.sum(-1), below.sum(-1)).mean(-1)
    weights = _weights(key, "faithfulness/units", units, draws)
    shares = _share(top @ weights.T, below @ weights.T)  # [.., M, draws]
    weights = _weights(key, "faithfulness/members", members, draws)
    samples = np.einsum("...md,dm->...d", shares, weights) / members
    tail = (1 - level) / 2
    lower, upper = np.quantile(samples, [tail, 1 - tail], axis=-1)
    return Interval(value, lower, upper)


def _share(top: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(top, below, out=np.full(top.shape, np.nan), where=below != 0)


def _weights(key: jax.Array, name: str, count: int, draws: int) -> np.ndarray:
    """float64 [draws, count], each row adding up to `count`."""
    if count < 2:
        return np.ones((draws, count))
    drawn = generator(key, name, count)
    chances = np.full(count, 1 / count)
    return drawn.multinomial(count - 1, chances, draws) * (count / (count - 1))
