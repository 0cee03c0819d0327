"""Genotypes cut from a latent variable that is correlated with the phenotype."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

__all__ = [
    "TOLERANCE",
    "Draft",
    "attenuation",
    "calibrate",
    "correlation",
    "cut",
    "draw_counts",
    "feasible_target",
    "tolerance",
]

TOLERANCE = 0.004
"""How far an achieved correlation may lie from its target, in a large cohort."""

LIMIT = 0.99
"""Largest |strength|: beyond it the latent variable is the phenotype itself."""

FEASIBLE_SHARE = 0.8
"""Largest |target|, as a share of the correlation that `LIMIT` attains."""


class Draft(NamedTuple):
    """One candidate spike-in.

    Attributes:
      codes: uint8 [N], dosage.
      latent_rho: latent correlation asked for; NaN for a member of an epistatic pair.
      target: correlation of the coded genotype asked for.
      achieved: correlation of the coded genotype that `codes` have.
      maf_target: allele frequency the genotype counts were drawn from.
      violation: worst guard, as a multiple of its bound; at most 1 where all are met.
    """

    codes: np.ndarray
    latent_rho: float
    target: float
    achieved: float
    maf_target: float
    violation: float


def correlation(phenotype: np.ndarray, values: np.ndarray) -> float:
    """Pearson correlation with a phenotype of mean 0 and sd 1; 0 for a constant.

    Args:
      phenotype: float64 [N], mean 0, sd 1 (ddof 0).
      values: [N], any numeric dtype.
    """
    values = values.astype(np.float64)
    spread = values.std()
    if spread == 0:
        return 0.0
    return float(phenotype @ values / (len(phenotype) * spread))


def tolerance(people: int, spread: float) -> float:
    """How far an achieved correlation may lie from its target and still count as met.

    0.004, or `2 / (N sd)` where that is more: exchanging two people whose phenotypes
    are 2 sd apart moves the correlation by that much, so nothing finer can be asked.

    Args:
      people: N.
      spread: sd of the coded genotype.
    """
    return max(TOLERANCE, 2 / (people * spread))


def draw_counts(generator: np.random.Generator, people: int, maf: float) -> np.ndarray:
    """Genotype counts int64 [3] of `people` drawn under Hardy-Weinberg equilibrium.

    Where chance makes A1 the major allele the counts are mirrored, so that A1 stays
    the minor allele.
    """
    other = 1 - maf
    counts = generator.multinomial(people, [other**2, 2 * maf * other, maf**2])
    return counts[::-1] if counts[1] + 2 * counts[2] > people else counts


def cut(latent: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Classes 0, 1, ... by rank of the latent variable, with exactly `counts` people.

    Ranks, unlike fixed normal quantiles, keep the allele frequency when the phenotype
    (and so the latent variable) is not normal, for example in a case-control trait.

    Args:
      latent: float64 [N].
      counts: int [k], people per class from the lowest latent values up; sums to N.

    Returns:
      uint8 [N].
    """
    edges = np.cumsum(counts)[:-1]
    inner = np.unique(edges[(edges > 0) & (edges < len(latent))])
    order = np.argpartition(latent, inner) if len(inner) else np.arange(len(latent))
    codes = np.empty(len(latent), np.uint8)
    codes[order] = np.repeat(np.arange(len(counts), dtype=np.uint8), counts)
    return codes


def attenuation(counts: np.ndarray) -> float:
    """Correlation of a standard normal latent variable with its classes 0, 1, ....

    `E[z 1(z > c)]` is the normal density at c, so the covariance of z with the class
    number is the sum of the densities at the cut points.

    Args:
      counts: int [k], people per class; the cut points are their normal quantiles.

    Returns:
      Between 0 and 1; 0 where one class has everybody.
    """
    shares = np.asarray(counts) / np.sum(counts)
    classes = np.arange(len(shares))
    variance = shares @ classes**2 - (shares @ classes) ** 2
    if variance <= 0:
        return 0.0
    points = norm.ppf(np.cumsum(shares)[:-1])
    return float(norm.pdf(points).sum() / np.sqrt(variance))


def feasible_target(
    codes_at: Callable[[float], np.ndarray],
    measure: Callable[[np.ndarray], float],
    target: float,
) -> float:
    """The target, lowered to `FEASIBLE_SHARE` of what `LIMIT` attains if need be.

    A rare class of a case-control trait can not reach what a normal trait allows: at
    best all its members are cases (or controls, for the negative sign).
    """
    attained = abs(measure(codes_at(float(np.copysign(LIMIT, target)))))
    return float(np.copysign(min(abs(target), FEASIBLE_SHARE * attained), target))


def calibrate(
    codes_at: Callable[[float], np.ndarray],
    measure: Callable[[np.ndarray], float],
    target: float,
    steps: int = 20,
) -> tuple[np.ndarray, float]:
    """Bisects the strength until the drawn genotypes have the target correlation.

    `codes_at` must use the same random numbers for every strength; what it measures
    then rises with the strength, up to steps of one exchanged pair of people. Stops
    within 2 % of the target, and half of `TOLERANCE` at most.

    Args:
      codes_at: strength in (-1, 1) -> codes uint8 [N].
      measure: codes -> the correlation meant by `target`.
      target: signed correlation.
      steps: most evaluations.

    Returns:
      The codes nearest to the target, and the correlation that they have.
    """
    low, high, strength = -LIMIT, LIMIT, target
    best: tuple[np.ndarray, float] | None = None
    for _ in range(steps):
        codes = codes_at(strength)
        achieved = measure(codes)
        if best is None or abs(achieved - target) < abs(best[1] - target):
            best = codes, achieved
        if abs(achieved - target) <= min(0.02 * abs(target), 0.5 * TOLERANCE):
            break
        low, high = (strength, high) if achieved < target else (low, strength)
        strength = (low + high) / 2
    assert best is not None
    return best
