"""Epistatic pairs: a product of two dosages carries the signal, neither one alone."""

from __future__ import annotations

import numpy as np

from gxjax.truth.latent import (
    Draft,
    calibrate,
    correlation,
    cut,
    draw_counts,
    feasible_target,
    tolerance,
)

__all__ = ["draw_epistatic_pair", "main_effect_bound"]

TRIES = 8


def main_effect_bound(people: int) -> float:
    """Largest |correlation| of one member's dosage with the phenotype.

    0.010 as published, or two standard errors, 2 / sqrt(N), in smaller cohorts, where
    chance alone makes more than 0.010.
    """
    return max(0.010, 2 / np.sqrt(people))


def draw_epistatic_pair(
    generator: np.random.Generator, phenotype: np.ndarray, target: float
) -> tuple[Draft, Draft]:
    """Two variants with `corr(y, (gA - 2 pA)(gB - 2 pB))` at the signed target.

    `u ~ N(0, 1)` is cut into A, `v = a (y u) + sqrt(1 - a^2) e` into B, MAF 0.08 to
    0.20; a (which carries the sign) is bisected. The pair is redrawn at most 8 times
    until it meets the target within `tolerance` and both main effects are within
    `main_effect_bound`; else the best is kept.

    Args:
      generator: of this pair alone.
      phenotype: float64 [N], mean 0, sd 1. With two values, its sign stands for it in
        v: a variance of v that differs between cases and controls would itself be a
        main effect of B.
      target: signed; 0 gives two variants independent of the phenotype.

    Returns:
      The drafts of A and B, with target and achieved those of the pair. A strongly
      skewed quantitative phenotype leaves B a main effect, and the guard unmet.
    """
    best: tuple[Draft, Draft] | None = None
    for _ in range(TRIES if target else 1):
        pair = _candidate(generator, phenotype, target)
        if best is None or pair[0].violation < best[0].violation:
            best = pair
        if best[0].violation <= 1:
            break
    assert best is not None
    return best


def _candidate(generator, phenotype, target: float) -> tuple[Draft, Draft]:
    people = len(phenotype)
    mafs = generator.uniform(0.08, 0.20, 2)
    counts = [draw_counts(generator, people, maf) for maf in mafs]
    first = generator.standard_normal(people)
    noise = generator.standard_normal(people)
    codes_a = cut(first, counts[0])
    weighted = phenotype * (codes_a - codes_a.mean())
    product = _symmetric(phenotype) * first

    def codes_at(strength):
        return cut(strength * product + np.sqrt(1 - strength**2) * noise, counts[1])

    def measure(codes_b):
        return _pair_correlation(phenotype, codes_a, codes_b, weighted)

    if target:
        target = feasible_target(codes_at, measure, target)
        codes_b, achieved = calibrate(codes_at, measure, target)
        violation = max(
            abs(achieved - target) / tolerance(people, codes_a.std() * codes_b.std()),
            *(
                abs(correlation(phenotype, codes)) / main_effect_bound(people)
                for codes in (codes_a, codes_b)
            ),
        )
    else:
        codes_b = codes_at(0.0)
        achieved, violation = measure(codes_b), 0.0
    shared = float("nan"), target, achieved
    return (
        Draft(codes_a, *shared, float(mafs[0]), violation),
        Draft(codes_b, *shared, float(mafs[1]), violation),
    )


def _symmetric(phenotype: np.ndarray) -> np.ndarray:
    two_values = (np.isin(phenotype, [phenotype.min(), phenotype.max()])).all()
    return np.sign(phenotype) if two_values else phenotype


def _pair_correlation(phenotype, codes_a, codes_b, weighted) -> float:
    """Correlation of y with the product of the centred dosages, by cross table.

    The product has nine values, so its mean and sd need the nine counts only.
    """
    people = len(phenotype)
    cells = np.bincount(3 * codes_a + codes_b, minlength=9).reshape(3, 3) / people
    dosage = np.arange(3.0)
    centred_a = dosage - cells.sum(1) @ dosage
    centred_b = dosage - cells.sum(0) @ dosage
    product = centred_a[:, None] * centred_b[None, :]
    spread = np.sqrt((cells * product**2).sum() - (cells * product).sum() ** 2)
    if spread == 0:
        return 0.0
    by_class = np.bincount(codes_b, weighted, minlength=3)
    return float(by_class @ centred_b / (people * spread))
