"""The exact test of Hardy-Weinberg proportions, for many variants at once."""

from __future__ import annotations

from collections.abc import Callable

import chex
import numpy as np
from scipy.special import gammaln

__all__ = ["exact_test", "first", "log_probabilities", "two_tails"]

TIE = 1e-7
NEGLIGIBLE = -45.0
_STRIDE = 32
_BLOCK = 1 << 15


def exact_test(counts: np.ndarray) -> np.ndarray:
    """Exact p-value of the heterozygote count, given the allele counts (no mid-p).

    The probabilities of all heterozygote counts are unimodal, so p is two tails: the
    one that begins at the observed count, and the opposite one from the first count
    that is no more probable. Both are summed outwards until a term is below e**-45 of
    the observed one, which costs O(sqrt(N)) per variant instead of O(N).

    A small p says that genotypes are not in HWE, not why: genotyping error, population
    structure, inbreeding and selection all do it.

    Wigginton, Cutler, Abecasis, "A note on exact tests of Hardy-Weinberg equilibrium",
    Am J Hum Genet 76 (2005), https://doi.org/10.1086/429864

    Args:
      counts: integers [V, 3], people with 0, 1 and 2 copies of A1.

    Returns:
      float64 [V]; 1 where nobody is called; 0 where p is below about 1e-308.
    """
    chex.assert_shape(counts, (None, 3))
    counts = np.asarray(counts, np.int64)
    starts = range(0, max(len(counts), 1), _BLOCK)
    return np.concatenate([_test(counts[start : start + _BLOCK]) for start in starts])


def _test(counts: np.ndarray) -> np.ndarray:
    """`exact_test` of as many variants as fit in memory at once."""
    observed = counts[:, [0, 2]].min(axis=1)
    people = counts.sum(axis=1)
    rare = 2 * observed + counts[:, 1]
    at = log_probabilities(people, rare)(observed, np.arange(len(counts)))
    return np.minimum(np.exp(at) * two_tails(people, rare, at), 1.0)


def two_tails(people: np.ndarray, rare: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Probability of the heterozygote counts that are no more probable than exp(at).

    Args:
      people: int64 [R].
      rare: int64 [R], copies of the rarer allele among them.
      at: float64 [R], a logarithm; may be above 0.

    Returns:
      float64 [R], in units of exp(at).
    """
    log_probability = log_probabilities(people, rare)
    every, top, zero = np.arange(len(people)), rare // 2, np.zeros_like(rare)
    mode = first(
        lambda k: log_probability(k + 1, every) <= log_probability(k, every), zero, top
    )
    bound = at + TIE
    left = first(lambda k: log_probability(k, every) > bound, zero, mode + 1)
    right = first(lambda k: log_probability(k, every) <= bound, mode + 1, top + 1)
    # Where even the commonest is no more probable, all are.
    some, whole = np.flatnonzero(left <= mode), left > mode
    terms = np.zeros(len(at))
    terms[whole] = np.exp(-at[whole])
    terms[some] = _tail(log_probability, at, left - 1, -1, some)
    terms[some] += _tail(log_probability, at, right, 1, some)
    return terms


def log_probabilities(people: np.ndarray, rare: np.ndarray) -> Callable:
    """`(k, variants) -> log P(k rare homozygotes | rare alleles)`, shapes alike."""
    log_factorial = gammaln(np.arange(2 * people.max(initial=0) + 1) + 1.0)
    constant = log_factorial[people] + log_factorial[rare]
    constant += log_factorial[2 * people - rare] - log_factorial[2 * people]

    def log_probability(k: np.ndarray, variants: np.ndarray) -> np.ndarray:
        total, alleles = people[variants], rare[variants]
        inside = np.clip(k, 0, alleles // 2)
        heterozygous = alleles - 2 * inside
        value = constant[variants] + heterozygous * np.log(2.0)
        value -= log_factorial[inside] + log_factorial[heterozygous]
        value -= log_factorial[total - heterozygous - inside]
        return np.where(inside == k, value, -np.inf)

    return log_probability


def first(
    holds: Callable[[np.ndarray], np.ndarray], low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """By bisection, the first k in [low, high) from which `holds`; else `high`."""
    low, high = low.copy(), high.copy()
    while (low < high).any():
        middle = (low + high) // 2
        yes = holds(middle)
        low = np.where(yes | (low >= high), low, middle + 1)
        high = np.where(yes, middle, high)
    return high


def _tail(
    log_probability: Callable,
    at: np.ndarray,
    start: np.ndarray,
    step: int,
    some: np.ndarray,
) -> np.ndarray:
    """Of some variants, sum of P(k) / exp(at) for k from `start` in steps of +-1."""
    sums = np.zeros(len(at))
    active = some
    offset = 0
    while active.size:
        k = start[active, None] + step * (offset + np.arange(_STRIDE))[None, :]
        log_terms = log_probability(k, active[:, None]) - at[active, None]
        sums[active] += np.exp(log_terms).sum(axis=1)
        active = active[log_terms[:, -1] > NEGLIGIBLE]
        offset += _STRIDE
    return sums[some]
