"""The weights of a bootstrap: how often each of n is drawn, how replicates count."""

from __future__ import annotations

import jax
import numpy as np
from scipy import stats

from gxjax import rng

__all__ = ["counts", "expanded_level", "mean_one", "shrinkage_of"]

_COUNTS_IN_CACHE = 1 << 16


def mean_one(
    key: jax.Array, name: str, count: int, draws: int, replicate: int = 0
) -> np.ndarray:
    """Weights of `count` replicates or members, for means.

    Of n, n - 1 are drawn with replacement, and weigh n / (n - 1): a weighted mean then
    has over the draws the variance of the mean, without bias.

    Args:
      key: a JAX key.
      name: of what is drawn; together with `replicate` and `count` it names the draws.
      count: n.
      draws: B.
      replicate: number of the replicate that is drawn within.

    Returns:
      float64 [B, n], at least 0, of mean 1 in every draw; 1 where n is 1.

    References:
      Rao, Wu & Yue, Some recent work on resampling methods for complex surveys, Survey
      Methodology 18: 209-217 (1992),
      https://www150.statcan.gc.ca/n1/pub/12-001-x/1992002/article/14486-eng.pdf
    """
    generator = rng.generator(key, name, replicate, count)
    drawn = counts(generator, draws, count).astype(np.float64)
    return drawn * (count / max(count - 1, 1))


def counts(generator: np.random.Generator, draws: int, count: int) -> np.ndarray:
    """How often each of `count` comes in count - 1 draws with replacement.

    Args:
      generator: one that goes on from call to call.
      draws: B.
      count: n.

    Returns:
      float32 [B, n], whole numbers that add up to n - 1; 1 where n is 1.
    """
    if count == 1:
        return np.ones((draws, 1), np.float32)
    drawn = np.empty((draws, count), np.float32)
    for rows in np.array_split(drawn, max(1, draws * count // _COUNTS_IN_CACHE)):
        picked = generator.integers(count, size=(len(rows), count - 1))
        picked += np.arange(len(rows))[:, None] * count
        rows[:] = np.bincount(picked.ravel(), minlength=rows.size).reshape(rows.shape)
    return drawn


def shrinkage_of(means: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """What is left of the deviations of replicates, for each column.

    Replicates differ also because of their units and members, whose draws are in the
    samples already: as they are, these would count twice.

    Args:
      means: float64 [R, C], of R >= 2 replicates.
      drawn: float64 [R, B, C], draws of each replicate's units and members.

    Returns:
      float64 [C], 0 to 1: `sqrt(1 - within / between)` of the variances, 0 where within
      is the larger or one is NaN.

    References:
      Ng, Grieve & Carpenter, Two-stage nonparametric bootstrap sampling with shrinkage
      correction for clustered data, Stata Journal 13: 141-164 (2013),
      https://www.stata-journal.com/article.html?article=st0288
    """
    between = means.var(axis=0, ddof=1)
    within = drawn.var(axis=1, ddof=1).mean(axis=0)
    larger = between > within
    share = np.divide(within, between, out=np.ones(between.shape), where=larger)
    return np.sqrt(1 - share)


def expanded_level(level: float, degrees: np.ndarray) -> np.ndarray:
    """The level at which percentiles of a normal reach Student's t at `level`.

    Args:
      level: in (0, 1).
      degrees: float [C], degrees of freedom, above 0.

    Returns:
      float64 [C], at least `level`.

    References:
      Hesterberg, What teachers should know about the bootstrap, The American
      Statistician 69: 371-386 (2015), https://doi.org/10.1080/00031305.2015.1089789
    """
    return 2 * stats.norm.cdf(stats.t.ppf((1 + level) / 2, degrees)) - 1
