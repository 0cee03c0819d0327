"""The exact test of Hardy-Weinberg proportions on chromosome X, of both sexes."""

from __future__ import annotations

import chex
import numpy as np
from scipy.special import gammaln

from gxjax.cohort.hardy_weinberg import (
    NEGLIGIBLE,
    first,
    log_probabilities,
    two_tails,
)

__all__ = ["exact_test_x"]

_ROWS = 1 << 15


def exact_test_x(
    females: np.ndarray, males: np.ndarray, enough: float = np.inf
) -> np.ndarray:
    """Exact p of the females' heterozygotes and the males' alleles together (no mid-p).

    Given the alleles of both sexes, the males' copies of an allele are hypergeometric,
    and the females' heterozygotes given these are those of `exact_test`. p is the
    probability of all pairs that are no more probable than the observed one. So a small
    p may also say that the sexes differ in frequency. Without males it is `exact_test`.

    Costs O(N) per variant at most, and far less where p is not small.

    Graffelman, Weir, "Testing for Hardy-Weinberg equilibrium at biallelic genetic
    markers on the X chromosome", Heredity 116 (2016), https://doi.org/10.1038/hdy.2016.20

    Args:
      females: integers [V, 3], females with 0, 1 and 2 copies of A1.
      males: integers [V, 2], males with 0 and 1 copy.
      enough: where the observed pair alone is as probable as this, its probability
        stands for p, which is larger: a filter need not know how much.

    Returns:
      float64 [V]; 1 where nobody is called; 0 where p is below about 1e-308.
    """
    chex.assert_shape([females, males], [(None, 3), (None, 2)])
    chex.assert_equal(len(females), len(males))
    females, males = np.asarray(females, np.int64), np.asarray(males, np.int64)
    women, men = females.sum(axis=1), males.sum(axis=1)
    copies = females[:, 1] + 2 * females[:, 2] + males[:, 1]
    log_males = _log_hypergeometric(women, men, copies)
    every = np.arange(len(females))
    observed = females[:, [0, 2]].min(axis=1)
    rare = 2 * observed + females[:, 1]
    at = log_probabilities(women, rare)(observed, every) + log_males(males[:, 1], every)

    # Males' copies whose share of the sum could be seen.
    low, high = np.maximum(copies - 2 * women, 0), np.minimum(men, copies) + 1
    mode = first(
        lambda k: log_males(k + 1, every) <= log_males(k, every), low, high - 1
    )
    start = first(lambda k: log_males(k, every) > at + NEGLIGIBLE, low, mode)
    stop = first(lambda k: log_males(k, every) <= at + NEGLIGIBLE, mode + 1, high)
    known = np.exp(at) >= enough
    sums = known.astype(np.float64)
    stop = np.where(known, start, stop)
    ends = np.cumsum(stop - start)
    for top in range(0, int(ends.max(initial=0)), _ROWS):
        row = np.arange(top, min(top + _ROWS, ends[-1]))
        variant = np.searchsorted(ends, row, side="right")
        count = stop[variant] - (ends[variant] - row)
        weight = log_males(count, variant)
        left = copies[variant] - count
        rarer = np.minimum(left, 2 * women[variant] - left)
        share = two_tails(women[variant], rarer, at[variant] - weight)
        np.add.at(sums, variant, share)
    return np.minimum(np.exp(at) * sums, 1.0)


def _log_hypergeometric(women: np.ndarray, men: np.ndarray, copies: np.ndarray):
    """`(k, variants) -> log P(k of the copies are males')`, shapes alike."""
    total = 2 * women + men
    log_factorial = gammaln(np.arange(total.max(initial=0) + 1) + 1.0)

    def log_choose(n: np.ndarray, k: np.ndarray) -> np.ndarray:
        return log_factorial[n] - log_factorial[k] - log_factorial[n - k]

    constant = -log_choose(total, copies)

    def log_probability(k: np.ndarray, variants: np.ndarray) -> np.ndarray:
        alleles, lowest = copies[variants], copies[variants] - 2 * women[variants]
        inside = np.clip(k, np.maximum(lowest, 0), np.minimum(men[variants], alleles))
        value = constant[variants] + log_choose(men[variants], inside)
        value += log_choose(2 * women[variants], alleles - inside)
        return np.where(inside == k, value, -np.inf)

    return log_probability
